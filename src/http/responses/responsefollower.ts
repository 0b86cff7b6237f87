// The stream of a response that is made in the background: what has happened by now, and what happens until its end. Its events are made
// of the job and its answer, so that they have the same numbers for every reader, whenever it begins and wherever it goes on.
// https://platform.openai.com/docs/api-reference/responses-streaming
import { makeResponseId } from "../../endpoints/responseid.ts"
import { responseStream } from "../../endpoints/streams/responsestream.ts"
import { startResponseWriter } from "../../endpoints/streams/responsewriter.ts"
import { writeEvent } from "../../endpoints/streams/streamform.ts"
import { GatewayError } from "../../errors.ts"
import type { JobView } from "../../jobs/reads.ts"
import { asRecord } from "../../values.ts"
import { callDialect } from "../dialects/openai.ts"
import type { FindOptions } from "../jobs.ts"
import { stopped } from "../streaming.ts"
import { findResponse, readResponse, readStoredRequest } from "./responsejob.ts"
import { writeUnanswered } from "./responseobject.ts"

export interface FollowOptions extends FindOptions {
  keepOpen(request: Request): () => void
}

type Fields = Record<string, unknown>

/** An event is sent after so long a silence, so that no proxy takes the connection for dead. */
const KEEPALIVE_MS = 15_000
/** Most jobs start at once. After this time it is looked for the first time whether one has. */
const START_MS = 1000

/** The events before the answer, by their numbers: each has the response as it was then. */
const beginnings = [
  { type: "response.created", state: "queued", attempt: 0 },
  { type: "response.queued", state: "queued", attempt: 0 },
  { type: "response.in_progress", state: "running", attempt: 1 },
] as const
const STARTED = 2

/**
 * The events, as they are sent.
 * @param startingAfter the number of the last event that the reader has; -1: it has none
 */
export async function* followResponse(
  id: string,
  startingAfter: number,
  request: Request,
  options: FollowOptions,
): AsyncGenerator<string> {
  const release = options.keepOpen(request)
  const find = () => findResponse(makeResponseId(id), request, options)
  let last = -1
  try {
    let job = await find()
    // Held until the end, and no more of it than is repeated.
    const { input: _, ...fields } = await readStoredRequest(id, options.reads)
    function* tellUpTo(event: number): Generator<string> {
      for (const { type, ...state } of beginnings.slice(last + 1, event + 1)) {
        const sequence_number = ++last
        const response = writeUnanswered({ ...job, ...state }, fields)
        if (sequence_number > startingAfter) yield writeEvent({ type, sequence_number, response }, type)
      }
    }
    yield* tellUpTo(STARTED - 1)
    for (let silenceMs = START_MS; job.completedAt === null; silenceMs = KEEPALIVE_MS) {
      if (job.attempt > 0) yield* tellUpTo(STARTED)
      const isTold = await waitForEnd(id, silenceMs, request.signal, options)
      if (request.signal.aborted) return
      // It may have been deleted, and the reader may no longer be allowed to.
      job = await find()
      if (job.completedAt !== null) break
      // The engine tells of the end of a job, and of its own.
      if (isTold) throw stopped(id)
      yield writeEvent({ type: "keepalive", sequence_number: last }, "keepalive")
    }
    yield* tellUpTo(STARTED)
    const response = asRecord(JSON.parse(await readResponse(job, fields, options.reads)))
    let sequence = STARTED + 1
    for (const event of writeEnd(job, response, sequence)) if (sequence++ > startingAfter) yield event
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    yield responseStream.writeError(callDialect.describeRefusal(error), `"sequence_number":${last}`)
  } finally {
    release()
  }
}

/** The events of an end, each as it is sent. There is none for a cancellation: the response says that it is cancelled. */
function writeEnd({ state }: JobView, response: Fields, sequence: number): Iterable<string> {
  if (state === "succeeded") return startResponseWriter(response, {}, sequence).finish(response)
  const type = state === "failed" ? "response.failed" : "response.incomplete"
  return [writeEvent({ type, sequence_number: sequence, response }, type)]
}

/** @returns whether the engine has told of an end; false: the time is over, or the reader has gone */
async function waitForEnd(
  id: string,
  withinMs: number,
  signal: AbortSignal,
  { engine, clock }: FollowOptions,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const stopWatching = engine.watch(id, () => resolve(true))
  const cancel = clock.after(withinMs, () => resolve(false))
  const leave = () => resolve(false)
  signal.addEventListener("abort", leave, { once: true })
  if (signal.aborted) leave()
  try {
    return await promise
  } finally {
    stopWatching()
    cancel()
    signal.removeEventListener("abort", leave)
  }
}
