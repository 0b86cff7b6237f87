// The wire of Bifrost's async API, with the list and the full view of jobs that this gateway adds to it.
import { findStatus, type GatewayError, ownError, type WireError } from "../../errors.ts"
import type { JobRow } from "../../jobs/reads.ts"
import { cutTo } from "../../providers/bounds.ts"
import { jsonHeaders } from "../reply.ts"
import type { AcceptedJob, Exchange, JobDialect, Listing, Reply, Result, SubmitExchange } from "./dialect.ts"
import { writeFullJob, writeListedJob } from "./jobdetails.ts"
import { formatTime, nameStatus, writeJob } from "./jobobject.ts"

export const bifrost: JobDialect = { prefix: "/v1/async", accepted, pending, ended, refused, listed }

/** Errors are cut to this length in lists. */
const LISTED_MESSAGE_CHARS_MAX = 512
const LISTED_WORD_CHARS_MAX = 128

function accepted(job: AcceptedJob, pollAfterMs: number, exchange: SubmitExchange): Reply {
  const headers: Record<string, string> = { "x-request-id": exchange.requestId, "content-type": "application/json" }
  setExchange(headers, job.id, exchange)
  setPollAfter(headers, pollAfterMs)
  headers["server-timing"] = `store;dur=${exchange.stored.storedMs.toFixed(2)}`
  const head = {
    id: job.id,
    request_id: job.requestId,
    status: nameStatus(job.state, job.attempt),
    created_at: formatTime(job.createdAt),
    ...(job.originId === null ? {} : { origin_id: job.originId }),
  }
  return { status: 202, headers, body: `${JSON.stringify(head)}\n` }
}

function pending(job: JobRow, pollAfterMs: number, exchange: Exchange): Reply {
  const headers = writeJobHeaders(job, exchange)
  setPollAfter(headers, pollAfterMs)
  return { status: 202, headers, body: `${writeHead(job, exchange)}\n` }
}

/** The stored result or error is inserted as text, without being parsed. */
function ended(job: JobRow, result: Result | null, exchange: Exchange): Reply {
  const headers = writeJobHeaders(job, exchange)
  const open = writeHead(job, exchange).slice(0, -1)
  if (job.error !== null) return { status: 200, headers, body: `${open},"error":${job.error}}\n` }
  const omitted = exchange.details?.resultBytes ?? null
  if (omitted !== null) return { status: 200, headers, body: `${open},"result_bytes":${omitted}}\n` }
  const isHeld = result === null || typeof result === "string"
  return {
    status: 200,
    headers,
    body: isHeld ? `${open},"result":${result}}\n` : surround(`${open},"result":`, result),
  }
}

async function* surround(open: string, result: AsyncIterable<string | Uint8Array>) {
  yield open
  yield* result
  yield "}\n"
}

function writeHead(job: JobRow, { details, now }: Exchange): string {
  return JSON.stringify(details === null ? writeJob(job) : writeFullJob(job, details, now))
}

function writeJobHeaders(job: JobRow, exchange: Exchange): Record<string, string> {
  const headers: Record<string, string> = {
    "x-request-id": exchange.requestId,
    "content-type": "application/json",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "server-timing": writeTiming(job, exchange.now),
  }
  setExchange(headers, job.id, exchange)
  return headers
}

function setExchange(headers: Record<string, string>, id: string, { waitSeconds, stored }: Exchange): void {
  if (waitSeconds !== null) headers["preference-applied"] = `wait=${waitSeconds}`
  if (stored === null) return
  headers["location"] = `${bifrost.prefix}${stored.path}/${id}`
  if (stored.isReplayed) headers["idempotent-replayed"] = "true"
}

/** Server-Timing: the time until the last attempt started, and since then; both only up to the end of the job. */
function writeTiming({ createdAt, startedAt, completedAt }: JobRow, now: number): string {
  const until = completedAt ?? now
  return startedAt === null
    ? `wait;dur=${until - createdAt}`
    : `wait;dur=${startedAt - createdAt}, run;dur=${until - startedAt}`
}

/** In whole seconds, and in milliseconds for clients that know OpenAI's header. */
function setPollAfter(headers: Record<string, string>, pollAfterMs: number): void {
  headers["retry-after"] = String(Math.max(1, Math.ceil(pollAfterMs / 1000)))
  headers["openai-poll-after-ms"] = String(pollAfterMs)
}

function refused({ code, message, fields, param, retryAfter, headers }: GatewayError, requestId: string): Reply {
  return {
    status: findStatus(code),
    headers: {
      ...jsonHeaders,
      "x-request-id": requestId,
      ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
      ...headers,
    },
    body: `${JSON.stringify(ownError(code, message, fields, param))}\n`,
  }
}

function listed({ jobs, next, revision }: Listing, nextPath: string | null, requestId: string): Reply {
  const data = jobs.map((job) => ({
    ...writeListedJob(job),
    ...(job.error === null ? {} : { error: shortenError(job.error) }),
  }))
  const headers: Record<string, string> = { ...jsonHeaders, "cache-control": "no-store", "x-request-id": requestId }
  if (nextPath !== null) headers["link"] = `<${nextPath}>; rel="next"`
  const page = {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: next ?? data.at(-1)?.id ?? null,
    has_more: next !== null,
    revision,
  }
  return { status: 200, headers, body: `${JSON.stringify(page)}\n` }
}

/** Keeps a page of long errors small. The whole error is in the job itself. */
function shortenError(json: string): WireError {
  const whole = JSON.parse(json) as WireError
  const { message, innererror: _, ...words } = whole.error
  const short = Object.fromEntries(
    Object.entries(words).map(([name, word]) => [name, cutTo(word, LISTED_WORD_CHARS_MAX)]),
  )
  return { ...whole, error: { ...short, message: cutTo(message, LISTED_MESSAGE_CHARS_MAX) } }
}
