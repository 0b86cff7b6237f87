// The jobs of a list, kept up to date: what changes is read again with the filter, and new ones wait while the reader is busy.
import { signal } from "@preact/signals"
import { useEffect, useRef, useState } from "preact/hooks"
import { type Change, useLive } from "./changes.ts"
import { announce } from "./parts/toast.tsx"
import type { Usage } from "./parts/values.tsx"
import { useResource, useSometimes } from "./resource.ts"
import { after as later } from "./ticks.ts"

export interface Job {
  id: string
  request_id: string
  state: string
  created_at: string
  started_at: string | null
  completed_at?: string
  request_type: string
  provider: string
  model: string
  attempts: number
  usage: Usage | null
  cost_usd: number | null
  key_name: string | null
  priority: string
  origin_id: string | null
  batch_id: string | null
  /** For the admin. */
  owner?: { kind: "virtual_key" | "caller_key"; id: string; name?: string } | null
  error?: { error: { message: string; code?: string; type?: string } }
}

interface Page {
  data: Job[]
  last_id: string | null
  has_more: boolean
  revision: string
}

export interface JobList {
  /** Null: nothing has been read yet. */
  jobs: readonly Job[] | null
  /** Those that are shown and do not match any more. */
  left: ReadonlySet<string>
  /** How many match that are not shown yet. */
  fresh: number
  /** Where the next page begins; null: this is the last one. */
  next: string | null
  error: string | null
  /** They are those of the filter before. */
  isOld: boolean
  reload(): void
  /** Shows the new ones. */
  showFresh(): void
}

/** The list that was shown last: what the page of a job walks. */
export const listed = signal<{ query: string; ids: readonly string[] }>({ query: "", ids: [] })

const ROWS = 100
/** How often a list is read at most. */
const REFRESH_MS = 1000
/** The same while more changes than can be told: nobody follows rows then, and each reading takes time from the jobs. */
const CROWDED_MS = 5000
/** Changes come four times a second: after so long a silence a crowd is over, and how it ended is shown. */
const QUIET_MS = 500

interface Shown {
  path: string
  jobs: readonly Job[]
  left: ReadonlySet<string>
  fresh: number
}

/**
 * @param filter as the parameters of the API
 * @param after the id that the page begins behind; null: the newest
 * @param isBusy whether the reader would lose their place if rows moved
 */
export function useJobList(filter: URLSearchParams, after: string | null, isBusy: () => boolean): JobList {
  const query = new URLSearchParams([...filter, ["limit", String(ROWS)], ...(after === null ? [] : [["after", after]])])
  const path = `/v1/async/jobs?${query}`
  const { data, error, isOld, isLoading, reload } = useResource<Page>(path)
  const [shown, setShown] = useState<Shown | null>(null)
  const refresh = useSometimes(reload, REFRESH_MS)
  const refreshInCrowd = useSometimes(reload, CROWDED_MS)
  const quiet = useRef(() => {})
  useEffect(() => () => quiet.current(), [])
  /** The revision with which a stream has begun while the list was on its way. */
  const begun = useRef<string | null>(null)
  useLive(filter.toString(), ({ changed, reload: isUnknown, revision }: Change) => {
    if (revision !== undefined) {
      if (isLoading || isOld) begun.current = revision
      else if (revision !== data?.revision) refresh()
      return
    }
    if (isUnknown) {
      quiet.current()
      quiet.current = later(QUIET_MS, refresh)
      refreshInCrowd()
      return
    }
    const isShown = (id: string) => shown?.jobs.some((job) => job.id === id) === true
    if (changed.some((job) => isShown(job.id) || (after === null && mayEnter(job, filter)))) refresh()
  })
  useEffect(() => {
    if (data === null || isOld) return
    const since = begun.current
    begun.current = null
    if (since !== null && since !== data.revision) refresh()
    const jobs = data.data
    const next = shown !== null && shown.path === path && isBusy() ? mergeJobs(shown, jobs) : show(path, jobs)
    setShown(next)
    listed.value = { query: filter.toString(), ids: next.jobs.map(({ id }) => id) }
    if (next.fresh > 0) announce(`${next.fresh} new jobs`)
  }, [data, isOld])
  return {
    jobs: shown?.jobs ?? null,
    left: shown?.left ?? new Set(),
    fresh: shown?.fresh ?? 0,
    next: data?.has_more ? data.last_id : null,
    error,
    isOld: isOld || shown?.path !== path,
    reload,
    showFresh: () => data !== null && setShown(show(path, data.data)),
  }
}

function show(path: string, jobs: readonly Job[]): Shown {
  return { path, jobs, left: new Set(), fresh: 0 }
}

/** What changes while a job lives: one that was accepted long ago may come to match such a filter. */
const changing = ["state", "status", "error_code"]

/** Whether a job that has changed may match now, and did not before. */
function mayEnter({ state, is_new }: Change["changed"][number], filter: URLSearchParams): boolean {
  return is_new || (changing.some((name) => filter.has(name)) && (filter.get("state") ?? state) === state)
}

/** The rows stay where they are: each in its newest form, and those that have left the filter are known. Ids rise with time. */
function mergeJobs(shown: Shown, read: readonly Job[]): Shown {
  const byId = new Map(read.map((job) => [job.id, job]))
  const oldest = read.at(-1)?.id ?? ""
  const newest = shown.jobs[0]?.id ?? ""
  const left = shown.jobs.filter(({ id }) => !byId.has(id) && id >= oldest).map(({ id }) => id)
  return {
    path: shown.path,
    jobs: shown.jobs.map((job) => byId.get(job.id) ?? job),
    left: new Set(left),
    fresh: read.filter(({ id }) => id > newest).length,
  }
}
