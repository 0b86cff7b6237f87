// What a request says beside its body, on whichever wire it came. Intake reads each part in its turn, because reading it can fail.
import type { ErrorFields } from "../../errors.ts"
import type { Caller } from "./caller.ts"

export interface RequestHead {
  requestId: string
  /** When the request came, in epoch milliseconds. */
  receivedAt: number
  /** The id of the job whose request is repeated; null: this one was sent. */
  originId: string | null
  /** The batch of which it is a line, counted from 1; null: none. */
  batch: { number: number; line: number } | null
  /** The name or id of the one configured key to call with; null: any. */
  pinnedKey: string | null
  /** Whether the caller's own key is to be used even where the gateway has one. */
  isCallerKeyWanted: boolean
  /** Whether its stream is stored as it comes, for any number of readers. */
  isLogged?: boolean
  /** @param fields of the request, for a refusal @throws {GatewayError} where the caller is unknown or blocked */
  authenticate(fields: ErrorFields): Caller
  /** Distinguishes callers without a key; empty where there can be only one caller. */
  nameAnonymous(): string
  /** @throws {GatewayError} invalid_request */
  readOptions(): JobOptions
}

/** The options of a job, as its caller gave them. */
export interface JobOptions {
  /** Epoch milliseconds. */
  deadlineAt: number
  /** How long the job is kept after its end. */
  ttlMs: number
  /** 0 low, 1 normal, 2 high; null: the body decides. */
  priority: number | null
  /** What it is when neither says. */
  usualPriority: number
  /** What to do when the response to a call is lost; null: the request type decides. */
  onInterrupt: "retry" | "fail" | null
  idempotencyKey: string | null
  /** Headers to send to the provider, by their lower-case names. */
  extraHeaders: Record<string, string>
  /** Whether they are sent to the providers of fallbacks too. */
  extraHeadersTo: "primary" | "all"
  /** The W3C trace context of the request, which may be invalid. */
  traceparent: string | null
  /** The name of the webhook endpoint that is to be told of the end; null: none. */
  webhookName: string | null
}
