// What a request says beside its body, whichever wire it came on. Intake asks for each part in its turn, because asking can refuse.
import type { ErrorFields } from "../../errors.ts"
import type { Caller } from "./caller.ts"

export interface RequestHead {
  requestId: string
  /** When the request came, in epoch milliseconds. */
  receivedAt: number
  /** The name or id of the one configured key to call with; null: any. */
  pinnedKey: string | null
  /** Whether the caller's own key is to be used even where the gateway has one. */
  isCallerKeyWanted: boolean
  /** @param fields what is known of the request by now @throws {GatewayError} where the caller is unknown or blocked */
  authenticate(fields: ErrorFields): Caller
  /** Tells callers without a key apart; empty where there is only one who can send requests. */
  nameAnonymous(): string
  /** @throws {GatewayError} invalid_request */
  readOptions(): JobOptions
}

/** How a job is to run, as far as its caller says. */
export interface JobOptions {
  /** Epoch milliseconds. */
  deadlineAt: number
  /** How long the job is kept after its end. */
  ttlMs: number
  /** 0 low, 1 normal, 2 high; null: the body decides. */
  priority: number | null
  /** What to do when a call's answer is lost on its way; null: the request type decides. */
  onInterrupt: "retry" | "fail" | null
  idempotencyKey: string | null
  /** Headers that go out to the provider, by their lower-case names. */
  extraHeaders: Record<string, string>
  /** Whether they go to the providers of fallbacks too. */
  extraHeadersTo: "primary" | "all"
  /** A W3C trace context that the call belongs to. */
  traceparent: string | null
}
