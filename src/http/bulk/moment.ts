// What a job was at an earlier moment, as its attempts tell. The filters of an operation hold at the moment of its request: without
// this, a job would be taken that has begun to match since, as one that fails while others are retried.
import { isInState } from "../../jobs/job.ts"
import type { AttemptView, JobFilter, JobRow, Reads } from "../../jobs/reads.ts"

/**
 * Whether a job that matches now did so at the moment. What decides is how it was stored then; a job that is polled at its provider
 * counts as running or waiting as it is now.
 * @param moment epoch milliseconds
 */
export async function matchedAt(job: JobRow, filter: JobFilter, moment: number, reads: Reads): Promise<boolean> {
  if (!mayHaveChanged(job, moment)) return true
  const then = { ...job, ...findStanding(job, await reads.attempts(job.id), moment) }
  return (
    isInState(then, filter) &&
    (filter.provider === null || then.provider === filter.provider) &&
    (filter.model === null || then.model === filter.model)
  )
}

/** Whether the job may have had another state or target at the moment. Most have not, and then no attempts are read. */
function mayHaveChanged(job: JobRow, moment: number): boolean {
  if (job.completedAt !== null) return job.completedAt > moment
  if (job.state === "queued") return job.attempt > 0
  return job.startedAt !== null && job.startedAt > moment
}

type Standing = Pick<JobRow, "state" | "attempt" | "provider" | "model">

function findStanding(job: JobRow, attempts: readonly AttemptView[], moment: number): Standing {
  const { state, attempt, provider, model } = job
  if (job.completedAt !== null && job.completedAt <= moment) return { state, attempt, provider, model }
  const isOut = state === "running" || state === "waiting"
  const own = isOut && job.startedAt !== null ? { attempt, provider, model, startedAt: job.startedAt } : undefined
  // The attempt that was under way at the moment, or the next one that began.
  const next = attempts.find(({ finishedAt }) => finishedAt > moment) ?? own
  if (next === undefined) return { state: "queued", attempt, provider, model }
  const target = { provider: next.provider, model: next.model }
  if (next.startedAt > moment) return { state: "queued", attempt: next.attempt - 1, ...target }
  return { state: next === own ? state : "running", attempt: next.attempt, ...target }
}
