// What a job was at an earlier moment, as its attempts tell. The filters of an operation hold at the moment of its request: without
// this, a job would be taken that has begun to match since, as one that fails while failed ones are deleted.
import { fits, type JobFilter } from "../../jobs/jobfilter.ts"
import type { AttemptView, ListedJob, Reads } from "../../jobs/reads.ts"

/**
 * Whether a job that matches now did so at the moment. A job that is polled at its provider counts as running or waiting as it is
 * now.
 * @param moment epoch milliseconds
 */
export async function matchedAt(job: ListedJob, filter: JobFilter, moment: number, reads: Reads): Promise<boolean> {
  return !mayHaveChanged(job, moment) || fits(findStanding(job, await reads.attempts(job.id), moment), filter)
}

/** Whether the job may have been another at the moment. Most were not, and then no attempts are read. */
function mayHaveChanged(job: ListedJob, moment: number): boolean {
  if (job.completedAt !== null) return job.completedAt > moment
  if (job.state === "queued") return job.attempt > 0
  return job.startedAt !== null && job.startedAt > moment
}

/** The job at the moment, at which it had not ended. */
function findStanding(job: ListedJob, attempts: readonly AttemptView[], moment: number): ListedJob {
  const { state, attempt, provider, model, startedAt, keyName } = job
  const isOut = state === "running" || state === "waiting"
  const own = isOut && startedAt !== null ? { attempt, provider, model, startedAt, keyName } : undefined
  const ended = attempts.filter(({ finishedAt }) => finishedAt <= moment)
  const costs = ended.flatMap(({ cost }) => cost ?? [])
  const then = {
    ...job,
    ...{ completedAt: null, error: null, upstreamRequestId: null },
    cost: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0),
  }
  const last = ended.at(-1)
  const queued = { ...then, state: "queued" as const, keyName: last?.keyName ?? null }
  // The attempt that was under way at the moment, or the next one that began.
  const next = attempts.find(({ finishedAt }) => finishedAt > moment) ?? own
  if (next === undefined) return queued
  const target = { provider: next.provider, model: next.model }
  if (next.startedAt > moment) return { ...queued, ...target, attempt: next.attempt - 1 }
  const current = next === own ? state : "running"
  return { ...then, ...target, state: current, attempt: next.attempt, keyName: next.keyName }
}
