// The stream of a response that is made in the background: what has happened by now, and what happens until its end. The events of its
// answer are read from the event log, or made of the stored answer where it did not come as a stream; those around it are made of the job.
// So they have the same numbers for every reader, whenever it begins and wherever it goes on.
// https://platform.openai.com/docs/api-reference/responses-streaming
import { makeResponseId } from "../../endpoints/responseid.ts"
import { writeNumbered } from "../../endpoints/streams/eventline.ts"
import { responseStream } from "../../endpoints/streams/responsestream.ts"
import { startResponseWriter } from "../../endpoints/streams/responsewriter.ts"
import { writeEvent } from "../../endpoints/streams/streamform.ts"
import { GatewayError } from "../../errors.ts"
import { parseExact } from "../../exactjson.ts"
import type { JobView } from "../../jobs/reads.ts"
import { asRecord } from "../../values.ts"
import { callDialect } from "../dialects/openai.ts"
import type { FindOptions } from "../jobs.ts"
import { stopped } from "../streaming.ts"
import { readBrokenAnswer } from "./brokenresponse.ts"
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
/** The number of the first event of the answer. */
const ANSWER = STARTED + 1

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
  const { reads, clock } = options
  const release = options.keepOpen(request)
  const bell = createBell(id, request.signal, options)
  const log = options.engine.logs.follow(id, reads, () => bell.ring("more"))
  const find = () => findResponse(makeResponseId(id), request, options)
  let last = startingAfter
  let begun = 0
  try {
    let job = await find()
    let foundAt = clock.now()
    // Held until the end, and no more of it than is repeated.
    const { input: _, ...fields } = await readStoredRequest(id, reads)
    function* tellUpTo(event: number): Generator<string> {
      for (const { type, ...state } of beginnings.slice(begun, event + 1)) {
        const sequence_number = begun++
        if (sequence_number <= startingAfter) continue
        last = sequence_number
        yield writeEvent({ type, sequence_number, response: writeUnanswered({ ...job, ...state }, fields) }, type)
      }
    }
    let place = Math.max(0, startingAfter + 1 - ANSWER)
    let silenceMs = START_MS
    for (;;) {
      yield* tellUpTo(job.attempt > 0 ? STARTED : STARTED - 1)
      const isEnded = job.completedAt !== null
      for (;;) {
        const group = await log.read(place, isEnded)
        if (group === null) break
        const { lines } = group
        yield* tellUpTo(STARTED)
        const first = place + ANSWER
        place += lines.length
        last = place + ANSWER - 1
        yield lines.map((line, at) => writeNumbered(line, first + at)).join("")
      }
      if (isEnded) break
      const what = await bell.next(silenceMs)
      if (request.signal.aborted) return
      if (what === "more" && clock.now() < foundAt + KEEPALIVE_MS) continue
      // It may have been deleted, and the reader may no longer be allowed to.
      job = await find()
      foundAt = clock.now()
      if (job.completedAt !== null) continue
      // The engine tells of the end of a job, and of its own.
      if (what === "end") throw stopped(id)
      if (what === "silence") {
        silenceMs = KEEPALIVE_MS
        yield writeEvent({ type: "keepalive", sequence_number: last }, "keepalive")
      }
    }
    yield* tellUpTo(STARTED)
    const response = asRecord(parseExact(await readResponse(job, fields, reads)))
    let sequence = ANSWER + (await reads.eventCount(id))
    for (const write of await listLast(job, response, sequence, options)) {
      const event = write(sequence)
      if (sequence++ > startingAfter) yield event
    }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    yield responseStream.writeError(callDialect.describeRefusal(error), `"sequence_number":${last}`)
  } finally {
    log.stop()
    bell.stop()
    release()
  }
}

/**
 * The last events: those of an answer that was not logged, those that close one that broke, and the end. There is none for a cancellation:
 * the response says that it is cancelled.
 * @param first the number of the first of them
 */
async function listLast(
  job: JobView,
  response: Fields,
  first: number,
  { reads }: FollowOptions,
): Promise<((sequence: number) => string)[]> {
  if (job.state === "succeeded" && first === ANSWER) {
    return [...startResponseWriter(response, {}, first).finish(response)].map((event) => () => event)
  }
  const isIncomplete = job.state === "cancelled" || response["status"] === "incomplete"
  const type = `response.${isIncomplete ? "incomplete" : job.state === "failed" ? "failed" : "completed"}`
  const closing = job.state === "succeeded" ? [] : (await readBrokenAnswer(job.id, reads)).closing
  return [
    ...closing.map((line) => (sequence: number) => writeNumbered(line, sequence)),
    (sequence_number) => writeEvent({ type, sequence_number, response }, type),
  ]
}

type Heard = "more" | "end" | "silence"

/** Wakes a reader: when there are more events, when the engine has told of an end, when the reader has gone, or after a silence. */
function createBell(id: string, signal: AbortSignal, { engine, clock }: FollowOptions) {
  let heard: Heard | null = null
  let wake: (what: Heard) => void = () => {}

  function ring(what: Heard): void {
    if (heard !== "end") heard = what
    wake(what)
  }

  const leave = () => ring("end")
  const stopWatching = engine.watch(id, leave)
  signal.addEventListener("abort", leave, { once: true })
  if (signal.aborted) leave()

  return {
    ring,

    async next(withinMs: number): Promise<Heard> {
      if (heard === null) {
        const { promise, resolve } = Promise.withResolvers<Heard>()
        wake = resolve
        const cancel = clock.after(withinMs, () => resolve("silence"))
        await promise
        cancel()
      }
      const what = heard ?? "silence"
      heard = null
      return what
    },

    stop(): void {
      stopWatching()
      signal.removeEventListener("abort", leave)
    },
  }
}
