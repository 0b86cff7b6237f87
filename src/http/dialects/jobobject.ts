// The job object of Bifrost's wire: its members in their order, its four statuses, and the format of its times.
import type { State } from "../../jobs/job.ts"
import type { JobRow } from "../../jobs/reads.ts"

/** The status of a job. One that was started once stays `processing` between its retries. */
export function nameStatus(state: State, attempt: number): "pending" | "processing" | "completed" | "failed" {
  switch (state) {
    case "queued":
      return attempt === 0 ? "pending" : "processing"
    case "running":
    case "waiting":
      return "processing"
    case "succeeded":
      return "completed"
    case "failed":
    case "cancelled":
      return "failed"
  }
}

/** The job object without result and error, in the order of the wire. */
export function writeJob(job: JobRow) {
  const { id, requestId: request_id, completedAt, expiresAt, statusCode: status_code } = job
  const status = nameStatus(job.state, job.attempt)
  const created_at = formatTime(job.createdAt)
  if (completedAt === null || expiresAt === null) return { id, request_id, status, created_at }
  const completed_at = formatTime(completedAt)
  return { id, request_id, status, expires_at: formatTime(expiresAt), created_at, completed_at, status_code }
}

/** The text of a time up to its seconds, by minutes since 1970. */
const minutes = new Map<number, string>()
const MINUTES_MAX = 1000

/** The same as `toISOString`, three calls of which would be a tenth of the cost of a poll. */
export function formatTime(ms: number): string {
  const minute = Math.floor(ms / 60_000)
  let text = minutes.get(minute)
  if (text === undefined) {
    text = new Date(minute * 60_000).toISOString().slice(0, -"00.000Z".length)
    if (minutes.size >= MINUTES_MAX) minutes.clear()
    minutes.set(minute, text)
  }
  const rest = String(100_000 + ms - minute * 60_000)
  return `${text}${rest.slice(1, 3)}.${rest.slice(3)}Z`
}
