// One job with all that the gateway tells of it, kept up to date while it runs, and its neighbours in the list that the reader came from.
import { signal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import { type BodyText, useBody } from "./bodytext.ts"
import { useLive } from "./changes.ts"
import { type Job, listed } from "./livejobs.ts"
import type { Usage } from "./parts/values.tsx"
import { useResource, useSometimes } from "./resource.ts"
import { me } from "./session.ts"

export interface Attempt {
  attempt: number
  provider: string
  key_name: string | null
  model: string
  queued_at: string | null
  started_at: string
  finished_at: string | null
  status_code: number | null
  outcome: string
  reason: string | null
  upstream_request_id: string | null
  usage: Usage | null
  cost_usd: number | null
}

export interface FullJob extends Omit<Job, "attempts"> {
  expires_at?: string
  deadline_at: string
  batch_line: number | null
  status_code?: number
  attempts: Attempt[]
  attempts_omitted?: number
  warnings: unknown[]
  /** Only of a job that has succeeded. */
  result_bytes?: number
  queue?: { position: number; runs_at: string; reason: string }
}

export interface OpenJob {
  /** Null: it has not been read. */
  job: FullJob | null
  /** As it is stored; null where there is none, or where it has not been read. */
  result: BodyText | null
  error: string | null
  isLoading: boolean
  reload(): void
  /** Reads more of the result. */
  more(): void
}

const ended = ["succeeded", "failed", "cancelled"]
const REFRESH_MS = 500

/** @param id null: no job */
export function useJob(id: string | null): OpenJob {
  const path = id === null ? null : `/v1/async/jobs/${encodeURIComponent(id)}`
  const { data, isOld, reload, ...view } = useResource<FullJob>(path && `${path}?omit=result`)
  const job = isOld ? null : data
  // Where bodies are not to be shown, they are not asked for either.
  const areShown = me.value?.ui.bodies !== false
  const body = useBody(areShown && job?.result_bytes !== undefined ? `${path}/result` : null)
  const refresh = useSometimes(reload, REFRESH_MS)
  const isOpen = id !== null && job !== null && !isEnded(job)
  useLive(isOpen ? `search=${encodeURIComponent(id)}` : null, ({ changed, reload: isUnknown }) => {
    if (isUnknown || changed.some((each) => each.id === id)) refresh()
  })
  return {
    job,
    result: body.isOld ? null : body.data,
    error: view.error ?? body.error,
    isLoading: view.isLoading || body.isLoading,
    reload: view.error === null && body.error !== null ? body.reload : reload,
    more: body.more,
  }
}

export function isEnded({ state }: { state: string }): boolean {
  return ended.includes(state)
}

/** What all attempts used together, as far as it is known; null: of none. */
export function sumUsage({ attempts }: FullJob): { input_tokens: number | null; output_tokens: number | null } {
  const sum = (name: "input_tokens" | "output_tokens") => {
    const known = attempts.flatMap(({ usage }) => usage?.[name] ?? [])
    return known.length === 0 ? null : known.reduce((total, tokens) => total + tokens, 0)
  }
  return { input_tokens: sum("input_tokens"), output_tokens: sum("output_tokens") }
}

/** The jobs that were made of this one, of the newest ones. */
export function useReplays(job: FullJob | null): readonly Job[] {
  const query =
    job === null ? null : new URLSearchParams({ origin: job.id, created_after: job.created_at, limit: "20" })
  return useResource<{ data: Job[] }>(query && `/v1/async/jobs?${query}`).data?.data ?? []
}

/** A list that begins where the reader has gone beyond the one that was shown. */
const walked = signal<{ query: string; ids: readonly string[] }>({ query: "", ids: [] })

/**
 * The jobs before and behind one in the list with this filter, newest first. Null: there is none, or it is not known.
 * @param filter the parameters of the list
 */
export function useNeighbours(id: string, filter: URLSearchParams): { newer: string | null; older: string | null } {
  const query = filter.toString()
  const known = [walked.value, listed.value].find((list) => list.query === query && list.ids.includes(id))
  const join = (more: Record<string, string>) =>
    `/v1/async/jobs?${new URLSearchParams([...filter, ...Object.entries(more)])}`
  const first = useResource<{ data: Job[] }>(known === undefined ? join({ limit: "100" }) : null)
  const ids = known?.ids ?? first.data?.data.map((job) => job.id) ?? []
  const at = ids.indexOf(id)
  const isAsking = known === undefined && first.data === null
  const isLast = !isAsking && at === ids.length - 1
  const next = useResource<{ data: Job[] }>(isLast || (at < 0 && !isAsking) ? join({ after: id, limit: "1" }) : null)
  const older =
    ids[at + 1] !== undefined && at >= 0 ? (ids[at + 1] ?? null) : next.isOld ? null : (next.data?.data[0]?.id ?? null)
  useEffect(() => {
    if (known === undefined && at >= 0) walked.value = { query, ids }
    else if (older !== null && !ids.includes(older)) walked.value = { query, ids: [...(at < 0 ? [id] : ids), older] }
  }, [known, at, older])
  return { newer: at > 0 ? (ids[at - 1] ?? null) : null, older }
}
