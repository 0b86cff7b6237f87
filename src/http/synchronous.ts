// POST at the path of a request type on a wire that answers with the result. The request becomes a job like any other: it is on disk
// before it is called, and the response is its result, which is stored at the same time.
import type { Reader } from "../call.ts"
import { isBackground } from "../endpoints/backgroundoptions.ts"
import type { Endpoint, Submission } from "../endpoints/endpoint.ts"
import type { StreamForm } from "../endpoints/streams/streamform.ts"
import { GatewayError } from "../errors.ts"
import type { JobView } from "../jobs/reads.ts"
import { type AsyncOptions, answerAsync } from "./asyncheaders.ts"
import { withConversation } from "./continuation.ts"
import type { CallDialect } from "./dialects/dialect.ts"
import type { EngineClient } from "./engineclient.ts"
import { type Accepted, accept } from "./intake/intake.ts"
import { withModel } from "./intake/received.ts"
import { toResponse } from "./reply.ts"
import { readBody } from "./request/body.ts"
import { readHead } from "./request/head.ts"
import { type JobDefaults, priorities } from "./request/joboptions.ts"
import { describeAnswered, readContent, showText } from "./resultbody.ts"
import { type StreamedCall, type StreamOptions, stopped, stream } from "./streaming.ts"
import type { Streams, WholeAnswer } from "./streamreader.ts"

export interface SynchronousOptions extends AsyncOptions, StreamOptions {
  engine: AsyncOptions["engine"] & Pick<EngineClient, "submit" | "watch" | "expect"> & StreamOptions["engine"]
  /** The answers that are read as they come. */
  streams: Streams
  /** Keeps the connection of a request open, however long nothing is sent on it, until the returned function is called. */
  keepOpen(request: Request): () => void
}

/**
 * Clients of OpenAI's wire wait 10 minutes by default, and then ask for another call. They hear that this one has failed before.
 * `Cancel-After` asks for more or less.
 */
const DEADLINE_MS = 595_000
/** How long the result stays after the response, for a client that has lost it. `x-bf-async-job-result-ttl` asks for more or less. */
const TTL_MS = 60_000
/**
 * Somebody waits for the response, so it goes before jobs that are collected later. Priorities are shares of the turns (see
 * schedule/roundrobin.ts), so that it starves nobody.
 */
const HIGH = priorities.indexOf("high")
/**
 * What becomes of the job when its client disconnects: it is cancelled, or it goes on and is collected later. With an Idempotency-Key
 * it goes on where nothing is said: the client comes again with it, and would be answered with its own cancellation. With `resume` it goes
 * on too, and its stream can be opened again after any event, also after a crash of the gateway.
 */
export const ON_DISCONNECT = "x-asyncgate-on-disconnect"
export const onDisconnect = ["cancel", "continue", "resume"] as const

/**
 * @param endpoint one that refuses no streams
 * @param model that the path names; empty: it names none
 * @throws {GatewayError} for every request that is not accepted
 */
export async function answer(
  endpoint: Endpoint,
  dialect: CallDialect,
  request: Request,
  model: string,
  options: SynchronousOptions,
): Promise<Response> {
  const asynchronous = answerAsync(endpoint, dialect, request, model, options)
  if (asynchronous !== null) return asynchronous
  const leaving = readOnDisconnect(request.headers)
  const goesOn = leaving !== "cancel"
  const defaults = describeDefaults(options)
  const asking = readHead(request, endpoint.requestType, options, defaults)
  const id = options.newJobId(asking.receivedAt)
  const given = withModel(await readBody(request, id, endpoint.forms, options), model)
  const body = await withConversation(endpoint, given, request, options)
  if (request.signal.aborted && !goesOn) {
    body.settle(false)
    throw new GatewayError("body_incomplete", "the client disconnected before the job was stored")
  }
  const { submission } = body
  const isResponse = endpoint.requestType === "responses"
  if (isResponse && isBackground(submission.fields)) {
    const { answerInBackground } = await import("./responses/background.ts")
    return answerInBackground(endpoint, id, request, body, options)
  }
  if (leaving === "resume") {
    if (!isResponse || chooseStream(endpoint, submission) === null) {
      body.settle(false)
      throw refuseResume()
    }
    const { streamLogged } = await import("./responses/background.ts")
    const ttlMs = submission.fields["store"] === true ? options.storedTtlMs : options.ttlMs
    const kept = readHead(request, endpoint.requestType, options, { ...defaults, ttlMs })
    return streamLogged(endpoint, id, request, body, kept, options)
  }
  // A response that is to be stored is kept as long as one in the background that is.
  const isKept = isResponse && submission.fields["store"] === true
  const head = isKept
    ? readHead(request, endpoint.requestType, options, { ...defaults, ttlMs: options.storedTtlMs })
    : asking
  const form = chooseStream(endpoint, submission)
  const isTurn = body.conversation !== undefined
  const isPlainText = endpoint.isPlainText?.(submission) ?? false
  const reader = form === null ? null : options.streams.open(id)
  const how = chooseReader(form, request.headers, isTurn)
  const done = Promise.withResolvers<WholeAnswer | null>()
  const stop = options.engine.expect(id, how, done.resolve)
  const allowances = options.streams.keepAllowances(id)
  try {
    const accepted = await accept(id, endpoint, head, body, options, how).catch((error: unknown) => {
      reader?.close()
      stop()
      throw error
    })
    const release = options.keepOpen(request)
    const jobId = accepted.replayedId ?? id
    const waited = waitForEnd(accepted, { ...done, stop }, goesOn, request, options).finally(release)
    const call = { jobId, requestId: head.requestId, dialect, allowances }
    const streamed = {
      ...call,
      isTurn,
      fields: submission.fields,
      signal: request.signal,
      isOwn: accepted.replayedId === null,
    }
    return form !== null && reader !== null
      ? await stream({ ...streamed, form, reader, ended: waited.then(() => readJob(jobId, options)) }, options)
      : await show(await waited, { ...call, isPlainText }, options)
  } finally {
    allowances.close()
  }
}

/** The response to a request for a whole answer. @param whole the answer where it came before the end of its job; null: it is stored */
async function show(
  whole: WholeAnswer | null,
  call: Pick<StreamedCall, "jobId" | "requestId" | "dialect" | "allowances"> & { isPlainText: boolean },
  options: SynchronousOptions,
): Promise<Response> {
  const { jobId, requestId, dialect, allowances, isPlainText } = call
  if (whole !== null) {
    const told = { id: jobId, processingMs: whole.tookMs }
    return toResponse(allowances.addTo(dialect.answered(told, showText(whole.text, isPlainText), requestId)))
  }
  const job = await readJob(jobId, options)
  if (job.completedAt === null) throw stopped(job.id)
  await allowances.settled(options.clock)
  if (job.error !== null) return toResponse(allowances.addTo(dialect.failed(job, requestId)))
  const content = await readContent(job, isPlainText, options.reads)
  return toResponse(allowances.addTo(dialect.answered(describeAnswered(job), content, requestId)))
}

/**
 * Whoever sends an Idempotency-Key asks that all answers to it are one: its answer is read from the store. So is that of a turn of a
 * conversation, because the next turn may follow at once. Any other is given to its client while it is stored.
 */
function chooseReader(form: StreamForm | null, headers: Headers, isTurn: boolean): Reader {
  if (form !== null) return "stream"
  return hasIdempotencyKey(headers) || isTurn ? "end" : "answer"
}

/** An empty one is none. */
function hasIdempotencyKey(headers: Headers): boolean {
  return (headers.get("idempotency-key") ?? "") !== ""
}

function describeDefaults({ deadlineMs, ttlMsMax, reserved, keyring }: SynchronousOptions): JobDefaults {
  return {
    deadlineMs: Math.min(deadlineMs, DEADLINE_MS),
    ttlMs: TTL_MS,
    ttlMsMax,
    usualPriority: HIGH,
    reserved,
    keyring,
  }
}

async function readJob(id: string, { reads, clock }: SynchronousOptions): Promise<JobView> {
  const job = await reads.job(id, clock.now())
  if (job === null) throw new GatewayError("job_not_found", "job not found or expired")
  return job
}

function readOnDisconnect(headers: Headers): (typeof onDisconnect)[number] {
  const given = headers.get(ON_DISCONNECT) ?? (hasIdempotencyKey(headers) ? "continue" : "cancel")
  const word = onDisconnect.find((candidate) => candidate === given)
  if (word !== undefined) return word
  throw new GatewayError("invalid_request", `${ON_DISCONNECT} must be one of ${onDisconnect.join(", ")}`, {
    param: ON_DISCONNECT,
  })
}

function refuseResume(): GatewayError {
  const message = `${ON_DISCONNECT}: resume is for POST /v1/responses with stream: true. Send continue instead: the job goes on when the client disconnects, and its result is collected at /v1/async/jobs/{job_id}`
  return new GatewayError("invalid_request", message, { param: ON_DISCONNECT })
}

/** The form of the stream that the request asks for; null: it asks for none. */
function chooseStream({ asksForStream, stream }: Endpoint, submission: Submission): StreamForm | null {
  return asksForStream(submission) === null ? null : (stream ?? null)
}

/**
 * Resolves with the answer as soon as its call has it; with null when the job has ended, when the engine stops, or when the client has
 * disconnected. Its job is cancelled then, unless it was another request's first.
 * @param expected the job's own end, which is another's where the job was there before
 */
async function waitForEnd(
  { job, replayedId }: Accepted,
  expected: PromiseWithResolvers<WholeAnswer | null> & { stop: () => void },
  goesOn: boolean,
  { signal }: Request,
  { engine }: SynchronousOptions,
): Promise<WholeAnswer | null> {
  let { stop } = expected
  const leave = () => expected.resolve(null)
  if (replayedId !== null) {
    stop()
    stop = engine.watch(replayedId, leave)
  }
  signal.addEventListener("abort", leave, { once: true })
  if (signal.aborted) leave()
  const answer = await expected.promise
  stop()
  // An answer that is here has been paid for, and is kept although its client has just gone.
  if (answer === null && signal.aborted && replayedId === null && !goesOn) await engine.leave(job.id)
  return answer
}
