// The plain data that crosses between the engine and a provider worker. Types only: nothing here executes.

/** Everything one attempt needs. */
export interface Call {
  jobId: string
  /** Fences the outcome: a late answer of an older attempt changes nothing. Counts from 1. */
  attempt: number
  /** What is asked: the work; how far the provider's own job is, whose `state` is known; or to end that job. */
  step: "start" | "resume" | "cancel"
  /** What the adapter said of the provider's own job, as its JSON text; null before there is one. */
  state: string | null
  requestId: string
  /** The same for every attempt at one provider, so that one that honours it bills once. */
  idempotencyKey: string
  requestType: string
  provider: string
  /** The model as the provider knows it: what follows the first `/`. */
  model: string
  /**
   * Where the key has another name for the model: what the job calls it, and what it is known as where models have prices.
   * Set by the worker, who then has the other name as `model`.
   */
  requested?: { model: string; knownAs: string }
  /** Whether it is made again when its answer is lost: another attempt is left, and the caller minds no second one. */
  isRepeatable: boolean
  /** Milliseconds until the call is aborted as a timeout. */
  timeoutMs: number
  /** The client's JSON text, byte for byte as it was accepted; null where the body is a form. */
  body: string | null
  /** The client's form, whose bytes are asked for piece by piece. */
  form: Form | null
  extras: Extras
  /** The id of the configured key to go out with; null: none, or the caller's own. */
  keyId: string | null
  /** The caller's own provider key, which then is the one to use. */
  callerKey: string | null
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

/** What a provider's headers say of one of its limits; null where they do not. */
export interface Allowance {
  limit: number | null
  remaining: number | null
  /** Milliseconds until all of it is there again. */
  resetMs: number | null
}

/** How fast a provider lets us go. */
export interface Limits {
  requests: Allowance | null
  tokens: Allowance | null
}

/** What an attempt used, of whatever its request type counts; a member that is not known is not there. */
export interface Usage {
  /** All that went in, cached ones too. */
  input_tokens?: number
  /** All that came out, reasoning too. */
  output_tokens?: number
  cached_tokens?: number
  reasoning_tokens?: number
  images?: number
  seconds?: number
  characters?: number
  pages?: number
}

/** What stands around any answer of a provider. */
export interface Upstream {
  /** The provider's own id of the request. */
  requestId: string | null
  limits: Limits | null
}

/** What one attempt learned: facts, no policy. */
export type Outcome =
  /** A 2xx that can be read. */
  | {
      kind: "answered"
      status: number
      /** The stored result, JSON text. */
      body: string
      content?: Content
      /** What the provider says it used, as its JSON text. */
      usage: string | null
      /** The same, read; null when nothing is known. */
      used: Usage | null
      /** In US dollars; null when it is not known. */
      cost: number | null
      /** What of the request was left out, or went out as something else; not there: nothing new. */
      warnings?: string[]
      upstream: Upstream
    }
  /** The provider has taken it as a job of its own. `state` is all that `resume` needs, as JSON text. */
  | { kind: "pending"; state: string; afterMs: number; upstream: Upstream }
  /** Any other status: the provider's own words, and when it asked us to come back. */
  | {
      kind: "refused"
      status: number
      refusal: Refusal
      retryAfterMs: number | null
      /** It is the key that was refused, not the request: another key may do. */
      isKeyRefused: boolean
      /** The provider's own job has ended so: to ask again how far it is tells nothing new. */
      isEnd?: true
      upstream: Upstream
    }
  /**
   * A 2xx that is not what the endpoint promises; with no status, an answer that is no HTTP. It was probably billed. `body`
   * is the raw text, as much of it as is worth keeping.
   */
  | { kind: "unreadable"; status: number | null; message: string; body: string; upstream: Upstream }
  /** No answer at all. */
  | { kind: "unreached"; reason: UnreachedReason; message: string }

export type UnreachedReason =
  /** No connection: nothing went out. */
  | "unconnected"
  /** It went out, and no answer came in its time. */
  | "timeout"
  /** It went out, and the connection broke. */
  | "network"
  | "aborted"
  | "crashed"
  /** It never went out: the configuration lacks something, and only the operator can mend it. */
  | "misconfigured"
  /** It never went out: what it is made of cannot be read any more. */
  | "not_sent"
