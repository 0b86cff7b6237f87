// The full view of a job: the job object with its attempts, their usage, its position in the queue and why it is queued. And the
// shorter one of lists.
import type { Usage } from "../../call.ts"
import { parseExact } from "../../exactjson.ts"
import type { AttemptView, JobRow, Reads } from "../../jobs/reads.ts"
import type { OwnerView } from "../intake/caller.ts"
import { priorities } from "../request/joboptions.ts"
import type { Details, Listing } from "./dialect.ts"
import { formatTime, writeJob } from "./jobobject.ts"

/** A job of a list, without its error. */
export function writeListedJob(job: Listing["jobs"][number]) {
  return {
    ...writeJob(job),
    ...writeTarget(job),
    started_at: job.startedAt === null ? null : formatTime(job.startedAt),
    priority: priorities[job.priority],
    attempts: job.attempt,
    key_name: job.keyName,
    usage: addTotal(parse(job.usage) as Usage | null),
    cost_usd: job.cost,
    content_type: job.contentKind,
    origin_id: job.originId,
    batch_id: job.batchId,
    ...writeOwner(job),
  }
}

/** The job object, followed by its details. */
export function writeFullJob(job: JobRow, details: Details, now: number) {
  const { attempts, keyName, closedUntil, line } = details
  // Of very many attempts only the first and the last are stored.
  const omitted = job.attempt - attempts.length - (isUnderWay(job) ? 1 : 0)
  const costs = attempts.flatMap(({ cost }) => cost ?? [])
  const last = attempts.at(-1)
  return {
    ...writeJob(job),
    ...writeTarget(job),
    priority: priorities[job.priority],
    deadline_at: formatTime(job.deadlineAt),
    origin_id: job.originId,
    batch_id: line?.batchId ?? null,
    batch_line: line?.line ?? null,
    ...writeOwner(details),
    cost_usd: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost),
    attempts: [
      ...attempts.map((attempt, at) => writeEndedAttempt(attempt, job, attempts[at - 1])),
      ...(isUnderWay(job) ? [writeAttemptUnderWay(job, keyName, last)] : []),
    ],
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

function writeTarget({ state, requestType, provider, model }: JobRow) {
  return { state, request_type: requestType, provider, model }
}

function writeOwner({ ownedBy }: { ownedBy: OwnerView | undefined }) {
  return ownedBy === undefined ? {} : { owner: ownedBy }
}

/** The tokens of both directions together, where either is known. */
function addTotal(used: Usage | null) {
  const { input_tokens: input, output_tokens: output } = used ?? {}
  return input === undefined && output === undefined ? used : { ...used, total_tokens: (input ?? 0) + (output ?? 0) }
}

function writeEndedAttempt(attempt: AttemptView, job: JobRow, before: AttemptView | undefined) {
  return {
    attempt: attempt.attempt,
    provider: attempt.provider,
    key_name: attempt.keyName,
    model: attempt.model,
    ...writeWait(attempt, job, before),
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

/** How long the job was in the queue before an attempt: since the attempt before it, which may be one that is not stored. */
function writeWait(
  { attempt, startedAt }: Pick<AttemptView, "attempt" | "startedAt">,
  { createdAt }: JobRow,
  before: AttemptView | undefined,
) {
  const queuedAt = attempt === 1 ? createdAt : before?.attempt === attempt - 1 ? before.finishedAt : null
  return {
    queued_at: queuedAt === null ? null : formatTime(queuedAt),
    waited_ms: queuedAt === null ? null : Math.max(0, startedAt - queuedAt),
  }
}

export function isUnderWay({ state }: JobRow): boolean {
  return state === "running" || state === "waiting"
}

/** The attempts that had ended when the job was read: where that was a moment ago, more may have ended since. */
export async function readEndedAttempts(job: JobRow, reads: Pick<Reads, "attempts">): Promise<AttemptView[]> {
  const last = isUnderWay(job) ? job.attempt - 1 : job.attempt
  return (await reads.attempts(job.id)).filter(({ attempt }) => attempt <= last)
}

/** The attempt in progress, which is not stored as an attempt until it ends. */
function writeAttemptUnderWay(job: JobRow, keyName: string | null, before: AttemptView | undefined) {
  const startedAt = job.startedAt ?? job.createdAt
  return {
    attempt: job.attempt,
    provider: job.provider,
    key_name: keyName,
    model: job.model,
    ...writeWait({ attempt: job.attempt, startedAt }, job, before),
    started_at: formatTime(startedAt),
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
