// The full view of a job: the job object with its attempts, their usage, its position in the queue and why it is queued.
import { parseExact } from "../../exactjson.ts"
import type { AttemptView, JobRow } from "../../jobs/reads.ts"
import { priorities } from "../request/joboptions.ts"
import type { Details } from "./dialect.ts"
import { formatTime, writeJob } from "./jobobject.ts"

/** The job object, followed by its details. */
export function writeFullJob(job: JobRow, details: Details, now: number) {
  const { attempts, keyName, closedUntil } = details
  // Of very many attempts only the first and the last are stored.
  const omitted = job.attempt - attempts.length - (isUnderWay(job) ? 1 : 0)
  return {
    ...writeJob(job),
    request_type: job.requestType,
    provider: job.provider,
    model: job.model,
    priority: priorities[job.priority],
    deadline_at: formatTime(job.deadlineAt),
    attempts: [...attempts.map(writeEndedAttempt), ...(isUnderWay(job) ? [writeAttemptUnderWay(job, keyName)] : [])],
    ...(omitted > 0 ? { attempts_omitted: omitted } : {}),
    usage: parse(job.usage),
    warnings: parse(job.warnings) ?? [],
    ...(job.state === "queued"
      ? {
          queue: {
            position: details.position,
            runs_at: formatTime(Math.max(job.runAt, closedUntil ?? 0)),
            reason: explainQueued(job, details, now),
          },
        }
      : {}),
  }
}

function writeEndedAttempt(attempt: AttemptView) {
  return {
    attempt: attempt.attempt,
    provider: attempt.provider,
    key_name: attempt.keyName,
    model: attempt.model,
    started_at: formatTime(attempt.startedAt),
    finished_at: formatTime(attempt.finishedAt),
    status_code: attempt.status,
    outcome: attempt.outcome,
    reason: attempt.reason,
    upstream_request_id: attempt.upstreamRequestId,
    usage: parse(attempt.usage),
    cost_usd: attempt.cost,
  }
}

function isUnderWay({ state }: JobRow): boolean {
  return state === "running" || state === "waiting"
}

/** The attempt in progress, which is not stored as an attempt until it ends. */
function writeAttemptUnderWay(job: JobRow, keyName: string | null) {
  return {
    attempt: job.attempt,
    provider: job.provider,
    key_name: keyName,
    model: job.model,
    started_at: formatTime(job.startedAt ?? job.createdAt),
    finished_at: null,
    status_code: null,
    outcome: job.state,
    reason: null,
    upstream_request_id: null,
    usage: null,
    cost_usd: null,
  }
}

function explainQueued(job: JobRow, { attempts, position, closedUntil, lack }: Details, now: number): string {
  if (lack !== null) return lack
  const last = attempts.at(-1)
  if (last?.outcome === "misconfigured" && job.runAt > now) return `${last.reason}; it is tried again at runs_at`
  if (closedUntil !== null && closedUntil >= job.runAt) {
    return `provider ${job.provider} answered 429: it takes no calls for model ${job.model} before runs_at`
  }
  if (job.runAt > now) {
    return job.attempt === 0
      ? "it is not due yet"
      : `attempt ${job.attempt} did not succeed; it is tried again at runs_at`
  }
  return position > 0
    ? `${position} of its caller's jobs for the same model and of the same priority are due before it`
    : `all calls that provider ${job.provider} or its caller may have at one time are out`
}

function parse(json: string | null): unknown {
  return json === null ? null : parseExact(json)
}
