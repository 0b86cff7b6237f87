// The plain data that crosses between the engine and a provider worker. Types only: nothing here executes.

/** Everything one attempt needs. `body` is the client's JSON text, byte for byte as it was accepted. */
export interface Call {
  jobId: string
  /** Fences the outcome: a late answer of an older attempt changes nothing. Counts from 1. */
  attempt: number
  requestId: string
  requestType: string
  provider: string
  /** The model as the provider knows it: what follows the first `/`. */
  model: string
  /** Milliseconds until the call is aborted as a timeout. */
  timeoutMs: number
  body: string
}

/** A provider's own words about a refusal, as far as it gave any. */
export interface Refusal {
  type: string | null
  code: string | null
  message: string
  param: string | null
}

/** What one attempt learned: facts, no policy. */
export type Outcome =
  /** A 2xx that can be read: `body` is the stored result, JSON text. */
  | { kind: "answered"; status: number; body: string }
  /** Any other status: the provider's own words, and when it asked us to come back. */
  | { kind: "refused"; status: number; refusal: Refusal; retryAfterMs: number | null }
  /** A 2xx that is not what the endpoint promises. It was probably billed. `body` is the raw text. */
  | { kind: "unreadable"; status: number; message: string; body: string }
  /** No answer at all. */
  | { kind: "unreached"; reason: UnreachedReason; message: string }

export type UnreachedReason = "timeout" | "network" | "aborted" | "crashed"
