// The response to a request for a stream: the pieces of the provider's answer as they come, or a stream that is made of the result.
import type { Clock } from "../clock.ts"
import { type Fields, type StreamForm, split } from "../endpoints/streams/streamform.ts"
import { GatewayError } from "../errors.ts"
import type { JobView, Reads } from "../jobs/reads.ts"
import type { CallDialect } from "./dialects/dialect.ts"
import type { EngineClient } from "./engineclient.ts"
import { toResponse } from "./reply.ts"
import { readWholeResult } from "./result.ts"
import type { KeptAllowances, StreamReader } from "./streamreader.ts"

export interface StreamOptions {
  engine: Pick<EngineClient, "leave">
  reads: Reads
  clock: Clock
}

/** A request for a stream whose job is on disk. */
export interface StreamedCall {
  jobId: string
  requestId: string
  /** The members of the request. */
  fields: Fields
  signal: AbortSignal
  /** Whether the job was made for this request, and not for an earlier one with the same Idempotency-Key. */
  isOwn: boolean
  form: StreamForm
  reader: StreamReader
  /** The job when it has ended, when the engine has stopped, or when the client has disconnected. */
  ended: Promise<JobView>
  dialect: CallDialect
  /** Whether it is a turn of a conversation: its end is sent when the turn is on disk, because the next one may follow at once. */
  isTurn: boolean
  /** What its provider still allows. */
  allowances: KeptAllowances
}

/** A comment is sent after so long a silence, so that no proxy takes the connection for dead. */
const FIRST_HEARTBEAT_MS = 10_000
const HEARTBEAT_MS = 15_000
const HEARTBEAT = ": heartbeat\n\n"

/** The response begins with the first content: until then a failure is a response with its own status. */
export async function stream(call: StreamedCall, options: StreamOptions): Promise<Response> {
  const { jobId, requestId, isOwn, reader, ended, signal, dialect, allowances } = call
  // The reader is closed whatever happens to the response: a worker waits for it. The end may not be stored for long after a disconnect.
  signal.addEventListener("abort", reader.close, { once: true })
  const read = ended.then((job) => {
    if (signal.aborted) reader.close()
    else reader.endAfter(isOwn && job.completedAt !== null && job.error === null ? job.attempt : null)
    return job
  })
  read.catch(reader.close)
  await Promise.race([reader.begun(), read])
  // The end may be known before the first piece is here.
  if (reader.isEmpty()) await read.then(reader.begun)
  // A failure does not say whether there were pieces. Their worker has sent them before it, but by another way.
  if (reader.isEmpty()) await new Promise<void>((resolve) => options.clock.soon(resolve))
  if (reader.isEmpty()) {
    const last = await read
    reader.close()
    if (last.completedAt === null) throw stopped(jobId)
    if (last.error !== null) return toResponse(allowances.addTo(dialect.failed(last, requestId)))
    return toResponse(allowances.addTo(dialect.streamed(jobId, splitResult(last, call, options), requestId)))
  }
  return toResponse(allowances.addTo(dialect.streamed(jobId, relay(call, read, options), requestId)))
}

/** The pieces as they come, and the end of the stream when the result is on disk. */
async function* relay(
  { jobId, form, reader, dialect, isTurn }: StreamedCall,
  read: Promise<JobView>,
  { engine, clock }: StreamOptions,
): AsyncGenerator<string> {
  let last = ""
  let held = ""
  try {
    for await (const piece of readWithHeartbeats(reader, clock)) {
      if (piece !== HEARTBEAT && (held !== "" || (isTurn && form.hasEnd?.(piece)))) held += piece
      else {
        if (piece !== HEARTBEAT) last = piece
        yield piece
      }
    }
    // Another attempt answers anew, but what was sent belongs to the first.
    if (reader.isBroken()) {
      const left = engine.leave(jobId).catch(() => {})
      yield form.writeError(dialect.describeRefusal(crashed()), last)
      await left
      yield form.end
      return
    }
    const job = await read
    if (job.completedAt === null) yield form.writeError(dialect.describeRefusal(stopped(jobId)), last)
    else if (job.error !== null) yield form.writeError(dialect.describeFailure(job), last)
    else if (held !== "") yield held
    yield form.end
  } finally {
    reader.close()
  }
}

async function* readWithHeartbeats(reader: StreamReader, clock: Clock): AsyncGenerator<string> {
  let heartbeatAt = clock.now() + FIRST_HEARTBEAT_MS
  // One timer, which looks whether there was a silence when it fires: a timer for each piece would cost a part of what the piece costs.
  const look = () => {
    const now = clock.now()
    if (now >= heartbeatAt) {
      heartbeatAt = now + HEARTBEAT_MS
      reader.interrupt()
    }
    cancel = clock.after(heartbeatAt - now, look)
  }
  let cancel = clock.after(FIRST_HEARTBEAT_MS, look)
  try {
    for (;;) {
      const piece = await reader.next()
      if (piece === null) return
      if (piece !== "") heartbeatAt = clock.now() + FIRST_HEARTBEAT_MS
      yield piece === "" ? HEARTBEAT : piece
    }
  } finally {
    cancel()
  }
}

/** A stream of a result that did not come as one. */
async function* splitResult(
  job: JobView,
  { form, fields }: StreamedCall,
  { reads }: StreamOptions,
): AsyncGenerator<string> {
  yield* split(form, JSON.parse(await readWholeResult(job, reads)) as Fields, fields)
  yield form.end
}

/** The thread of the attempt that was streamed has died. */
function crashed(): GatewayError {
  const message = "the worker thread that made the call died in the middle of the stream: send the request again"
  return new GatewayError("worker_crashed", message)
}

/** The engine has stopped before the job has ended. */
export function stopped(jobId: string): GatewayError {
  const message = `the gateway stops before the job has ended, and goes on with it at its next start: collect it at GET /v1/async/jobs/${jobId}, because another request would be another call`
  return new GatewayError("shutting_down", message, {
    headers: { "x-job-id": jobId, "x-should-retry": "false" },
    retryAfter: 5,
  })
}
