// The jobs of a list, kept up to date: what changes is read again with the filter, and new ones wait while the reader is busy.
import { signal } from "@preact/signals"
import { useEffect, useState } from "preact/hooks"
import { type Change, useLive } from "./changes.ts"
import { announce } from "./parts/toast.tsx"
import type { Usage } from "./parts/values.tsx"
import { useResource, useSometimes } from "./resource.ts"

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
  /** For the admin. */
  owner?: { kind: "virtual_key" | "caller_key"; id: string; name?: string } | null
  error?: { error: { message: string; code?: string; type?: string } }
}

interface Page {
  data: Job[]
  last_id: string | null
  has_more: boolean
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
  const { data, error, isOld, reload } = useResource<Page>(path)
  const [shown, setShown] = useState<Shown | null>(null)
  const refresh = useSometimes(reload, REFRESH_MS)
  useLive(filter.toString(), ({ changed, reload: isUnknown }: Change) => {
    const isShown = (id: string) => shown?.jobs.some((job) => job.id === id) === true
    if (isUnknown || changed.some(({ id, is_new }) => isShown(id) || (is_new && after === null))) refresh()
  })
  useEffect(() => {
    if (data === null || isOld) return
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
