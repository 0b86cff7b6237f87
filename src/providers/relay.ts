// Reads the events of a streamed answer and passes on what the client gets of them. Until the first content nothing is passed on, so
// that a failure before it can still be retried. After it nothing is repeated, because what was sent cannot be taken back, except in the
// event log, where another attempt may follow.
import type { Outcome, Refusal } from "../call.ts"
import { depthDefect } from "../json.ts"
import type { Attempt } from "./adapter.ts"
import type { ServerEvent } from "./eventparser.ts"
import { Settled } from "./outcomes.ts"
import { ANSWER_BYTES_MAX, type Reply, TOO_LARGE } from "./transport.ts"
import { refusedInside, unreadable } from "./upstreamreplies.ts"

/** An error as an event. */
export interface ErrorEvent {
  /** The status of a whole answer that says the same. What is no status of an error counts as 502. */
  status: number
  refusal: Refusal
  isKeyRefused?: boolean | undefined
  /** The answer itself has failed, and not only its stream. */
  isEnd?: boolean
  /** What may name a wait. */
  said?: unknown
}

/** A stream in one form, while it is read. */
export interface Reading {
  /** What the client gets of an event, as it is sent; or the error that the event is. */
  take(event: ServerEvent): string | ErrorEvent
  /** Whether an event had content. */
  hasBegun(): boolean
  /** Whether the stream has said that it is at its end. */
  isComplete(): boolean
}

/**
 * @param reply the beginning of the answer, without bytes
 * @returns the reply with the time that the stream took
 * @throws {Settled} when the stream is no whole answer, and what the events throw before the first content
 */
export async function relay(
  attempt: Attempt,
  reply: Reply,
  events: AsyncIterable<ServerEvent[]>,
  reading: Reading,
): Promise<Reply> {
  const { context } = attempt
  const startedAt = context.clock.now()
  /** What came before the first content; null: it has been passed on. */
  let held: string | null = ""
  let chars = 0
  try {
    for await (const list of events) {
      for (const event of list) {
        chars += event.data.length
        const problem = chars > ANSWER_BYTES_MAX ? TOO_LARGE : depthDefect(event.data)
        if (problem !== null) throw new Settled(unreadable(attempt, reply, problem))
        await context.memory?.take(event.data.length)
        const taken = reading.take(event)
        const isOver = held === null && context.mayBeginAnew !== true
        if (typeof taken !== "string") throw new Settled(describeError(attempt, taken, reply, isOver))
        const piece: string = (held ?? "") + taken
        held = reading.hasBegun() ? null : piece
        if (held === null && piece !== "") await context.emit?.(piece)
      }
    }
  } catch (error) {
    if (error instanceof Settled) throw error
    if (held !== null || context.mayBeginAnew) {
      // Nothing was passed on that cannot be followed by another attempt: it is an answer that was lost, as any other.
      if (context.trace) context.trace.failure = { error }
      throw error
    }
  }
  if (!reading.isComplete()) {
    const isLate = context.signal.aborted
    const what = isLate ? "had not ended when the time of the call was up" : "broke off before its end"
    // What has no event is no stream that broke.
    if (context.mayBeginAnew && chars > 0) {
      const message = `the stream of ${attempt.call.provider} ${what}`
      throw new Settled({ kind: "unreached", reason: isLate ? "timeout" : "network", message })
    }
    throw new Settled(unreadable(attempt, reply, `its stream ${what}`))
  }
  return { ...reply, latencyMs: reply.latencyMs + context.clock.now() - startedAt }
}

/** Where content has been passed on it ends the job, because a client cannot begin anew. */
function describeError(attempt: Attempt, error: ErrorEvent, reply: Reply, hasBegun: boolean): Outcome {
  const { type, code, message } = error.refusal
  const words = message || `the stream ended with ${type ?? code ?? "an error"}`
  const status = error.status >= 400 && error.status <= 599 ? error.status : 502
  const outcome = refusedInside(attempt, reply, { status, refusal: { ...error.refusal, message: words } }, error.said)
  if (hasBegun) return unreadable(attempt, reply, `its stream ended with an error: ${outcome.refusal.message}`)
  return {
    ...outcome,
    ...(error.isKeyRefused ? { isKeyRefused: true } : {}),
    ...(error.isEnd ? { isEnd: true } : {}),
  }
}
