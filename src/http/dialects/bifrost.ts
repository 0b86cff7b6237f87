// A job as the wire tells it: the poll of the native paths, and the full view of any job.

import type { State } from "../../jobs/job.ts"
import type { AttemptView, JobRow, JobView, Reads } from "../../jobs/sqlite/reads.ts"
import { priorities } from "../intake/options.ts"
import { type Pace, setPace } from "../pace.ts"

/** The four words of the wire. A job that was started once stays `processing` between its retries. */
export function statusOf(state: State, attempt: number): "pending" | "processing" | "completed" | "failed" {
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

/** Everything but result and error, in the wire's order. */
export function wireJob(job: JobRow) {
  const { id, requestId: request_id, completedAt, expiresAt, statusCode: status_code } = job
  const status = statusOf(job.state, job.attempt)
  const created_at = timeOf(job.createdAt)
  if (completedAt === null || expiresAt === null) return { id, request_id, status, created_at }
  const completed_at = timeOf(completedAt)
  return { id, request_id, status, expires_at: timeOf(expiresAt), created_at, completed_at, status_code }
}

/** What a full view tells beside the job object. Times are epoch milliseconds. */
export interface Details {
  attempts: AttemptView[]
  /** The name of the key that the attempt under way went out with; null: none that is configured. */
  keyName: string | null
  /** Of a job that is queued: how many that are alike (caller, model, priority) are due before it. */
  position: number
  /** Of a job that is queued: until when the provider takes no calls for its model; null: it does, for all that is known. */
  closedUntil: number | null
  /** Of a job that is queued: what the configuration lacks for it to go out, in words; null: nothing. */
  lack: string | null
  now: number
}

/** The job object, and behind it what only its owner's tools want to know. */
export function fullJob(job: JobRow, details: Details) {
  const { attempts, keyName, closedUntil } = details
  // Each has a row, but of very many only the first and the last are kept.
  const omitted = job.attempt - attempts.length - (isUnderWay(job) ? 1 : 0)
  return {
    ...wireJob(job),
    request_type: job.requestType,
    provider: job.provider,
    model: job.model,
    priority: priorities[job.priority],
    deadline_at: timeOf(job.deadlineAt),
    attempts: [...attempts.map(endedAttempt), ...(isUnderWay(job) ? [attemptUnderWay(job, keyName)] : [])],
    ...(omitted > 0 ? { attempts_omitted: omitted } : {}),
    usage: parsed(job.usage),
    warnings: parsed(job.warnings) ?? [],
    ...(job.state === "queued"
      ? {
          queue: {
            position: details.position,
            runs_at: timeOf(Math.max(job.runAt, closedUntil ?? 0)),
            reason: whyQueued(job, details),
          },
        }
      : {}),
  }
}

function endedAttempt(attempt: AttemptView) {
  return {
    attempt: attempt.attempt,
    provider: attempt.provider,
    key_name: attempt.keyName,
    model: attempt.model,
    started_at: timeOf(attempt.startedAt),
    finished_at: timeOf(attempt.finishedAt),
    status_code: attempt.status,
    outcome: attempt.outcome,
    reason: attempt.reason,
    upstream_request_id: attempt.upstreamRequestId,
    usage: parsed(attempt.usage),
    cost_usd: attempt.cost,
  }
}

function isUnderWay({ state }: JobRow): boolean {
  return state === "running" || state === "waiting"
}

/** An attempt has no row of its own until it ends. */
function attemptUnderWay(job: JobRow, keyName: string | null) {
  return {
    attempt: job.attempt,
    provider: job.provider,
    key_name: keyName,
    model: job.model,
    started_at: timeOf(job.startedAt ?? job.createdAt),
    finished_at: null,
    status_code: null,
    outcome: job.state,
    reason: null,
    upstream_request_id: null,
    usage: null,
    cost_usd: null,
  }
}

function whyQueued(job: JobRow, { attempts, position, closedUntil, lack, now }: Details): string {
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

/** What stands before the seconds, by minutes since 1970. */
const minutes = new Map<number, string>()
const MINUTES_MAX = 1000

/** As `toISOString`, whose three calls are a tenth of what a poll costs. */
export function timeOf(ms: number): string {
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

function parsed(json: string | null): unknown {
  return json === null ? null : JSON.parse(json)
}

/**
 * A job's answer: 202 while it has not ended, 200 when it has. The stored result and error are spliced in, never parsed.
 * @param context `headers` are the answer's own, and get the rest
 */
export function answerFor(
  job: JobView,
  head: object,
  context: { reads: Reads; pace: Pace; now: number; headers: Record<string, string> },
): Response {
  const { reads, pace, now } = context
  const { headers } = context
  headers["content-type"] = "application/json"
  headers["x-content-type-options"] = "nosniff"
  headers["cache-control"] = "no-store"
  headers["server-timing"] = timingOf(job, now)
  const text = JSON.stringify(head)
  if (job.completedAt === null) {
    setPace(headers, pace.afterMs(job, now))
    return new Response(`${text}\n`, { status: 202, headers })
  }
  pace.learn(job)
  const open = text.slice(0, -1)
  if (job.error !== null) return new Response(`${open},"error":${job.error}}\n`, { headers })
  if (!job.isLong && job.contentKind === null) return new Response(`${open},"result":${job.result}}\n`, { headers })
  return new Response(textStream(resultPieces(job, `${open},"result":`, reads)), { headers })
}

/** How long the job waited for its last attempt, and how long ago that began; both until its end, if it has come to it. */
function timingOf({ createdAt, startedAt, completedAt }: JobView, now: number): string {
  const until = completedAt ?? now
  return startedAt === null
    ? `wait;dur=${until - createdAt}`
    : `wait;dur=${startedAt - createdAt}, run;dur=${until - startedAt}`
}

/** A result that is too large to be held at once, or that has bytes beside it which go into its first member as base64. */
function* resultPieces(job: JobView, open: string, reads: Reads): Generator<string | Uint8Array> {
  yield open
  if (job.contentKind === null) yield* reads.bodies().pieces(job.id, "result")
  else {
    yield AUDIO_OPEN
    yield* base64Of(reads.bodies().pieces(job.id, "content"))
    yield* reads.bodies().pieces(job.id, "result", AUDIO_OPEN.length)
  }
  yield "}\n"
}

/** How a result with bytes beside it begins: see `Reading` of endpoints/endpoint.ts. */
const AUDIO_OPEN = '{"audio":"'

/** Base64 in pieces: three bytes make four characters, so what is left of a piece goes to the next. */
function* base64Of(pieces: Iterable<Uint8Array>): Generator<string> {
  let left = Buffer.alloc(0)
  for (const piece of pieces) {
    const bytes =
      left.length > 0 ? Buffer.concat([left, piece]) : Buffer.from(piece.buffer, piece.byteOffset, piece.length)
    const whole = bytes.length - (bytes.length % 3)
    yield bytes.toString("base64", 0, whole)
    left = Buffer.from(bytes.subarray(whole))
  }
  yield left.toString("base64")
}

/** A stream that reads on only when the client has taken what was read. */
export function textStream(pieces: Generator<string | Uint8Array>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream(
    {
      pull(controller) {
        const { done, value } = pieces.next()
        if (done) controller.close()
        else controller.enqueue(typeof value === "string" ? encoder.encode(value) : value)
      },
    },
    { highWaterMark: 0 },
  )
}
