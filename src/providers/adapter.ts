// The contract of an adapter, which speaks one provider's form: what it gets for an attempt, and what it must return. Types only.
import type { Call, Outcome } from "../call.ts"
import type { CallMemory } from "./answermemory.ts"
import type { ProviderSettings } from "./provider.ts"
import type { TransportContext } from "./transport.ts"

/** What an adapter may use of the process it runs in. */
export interface CallContext extends TransportContext {
  memory?: Pick<CallMemory, "take" | "waitedMs">
  /** Resolves to a piece of the call's form, counted from 0, or to null past its end. */
  pieceAt(seq: number): Promise<Uint8Array<ArrayBuffer> | null>
  /**
   * Passes on a piece of a streamed answer before the outcome is known: server-sent events, in the form of the endpoint. Present only
   * when a client reads the stream, or did until a crash. The adapter awaits the returned promise before it reads on. The outcome
   * must still contain the whole result, because it is stored, and the client may disconnect. Once something was passed on, no outcome
   * may be retried, unless `mayBeginAnew`.
   */
  emit?: ((events: string) => Promise<void> | undefined) | undefined
  /** Another attempt may follow in the stream what was passed on. */
  mayBeginAnew?: boolean
  /**
   * Stores the state of an upstream job, as a `pending` outcome does, while the call goes on with its stream. A call whose stream breaks
   * is then followed by `resume`, and not made again. Present where another attempt may follow in the stream.
   */
  keepState?: ((state: string) => void) | undefined
}

/** One attempt of a call at one provider. */
export interface Attempt {
  call: Call
  provider: ProviderSettings
  /** The secret that authorises the call. Null when there is none. */
  key: string | null
  context: CallContext
}

/**
 * Does one step of a call. Sends each billed request once, and has no retries, no logs and no policy. Whatever the provider answers
 * is an outcome, which is returned, or thrown as a Settled (outcomes.ts) when that is simpler. All other errors thrown are those of fetch.
 */
export type Step = (attempt: Attempt) => Promise<Outcome>

/** An adapter for an upstream job answers `start` with a `pending` outcome, and has the other two steps as well. */
export interface Adapter {
  start: Step
  /** Polls the upstream job that `call.state` describes. Needs nothing of the process that started it. */
  resume?: Step
  /** Cancels the upstream job that `call.state` describes. Nobody reads the outcome. */
  cancel?: Step
}
