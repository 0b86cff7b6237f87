// The plain data that crosses between the engine and a provider worker. Types only: nothing here executes.

/** Everything one attempt needs. */
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
  /** The client's JSON text, byte for byte as it was accepted; null where the body is a form. */
  body: string | null
  /** The client's form, whose bytes are asked for piece by piece. */
  form: Form | null
  extras: Extras
  /** The caller's own provider key, which then is the one to use. */
  ownKey: string | null
}

/** A multipart body as it is stored, and what must change in it on its way out. */
export interface Form {
  /** The media type with its boundary, as the client sent it. */
  contentType: string
  bytes: number
  edits: Edit[]
}

/** A replacement of `length` bytes at offset `at` of a body by `text`. */
export interface Edit {
  at: number
  length: number
  text: string
}

/** What a client may send along with its body. */
export interface Extras {
  headers?: Record<string, string>
  /** Name or id of the one configured key to use. */
  keyName?: string
}

/** A provider's own words about a refusal, as far as it gave any. */
export interface Refusal {
  type: string | null
  code: string | null
  message: string
  param: string | null
}

/** Bytes that stand beside a result, and their media type. */
export interface Content {
  type: string
  bytes: Uint8Array
}

/** What one attempt learned: facts, no policy. */
export type Outcome =
  /** A 2xx that can be read: `body` is the stored result, JSON text; `usage` what the provider says it used, JSON text too. */
  | { kind: "answered"; status: number; body: string; usage: string | null; content?: Content }
  /** Any other status: the provider's own words, and when it asked us to come back. */
  | { kind: "refused"; status: number; refusal: Refusal; retryAfterMs: number | null }
  /** A 2xx that is not what the endpoint promises. It was probably billed. `body` is the raw text. */
  | { kind: "unreadable"; status: number; message: string; body: string }
  /** No answer at all. */
  | { kind: "unreached"; reason: UnreachedReason; message: string }

export type UnreachedReason =
  | "timeout"
  | "network"
  | "aborted"
  | "crashed"
  /** It never went out: what it is made of cannot be read any more. */
  | "unsendable"
