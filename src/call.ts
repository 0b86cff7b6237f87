// The data that the engine and a provider worker send each other: a call goes out, an outcome comes back. Types only.

/** Everything one attempt needs. */
export interface Call {
  jobId: string
  /** Counts from 1. An outcome with an older number is ignored. */
  attempt: number
  /** `start` sends the request. `resume` polls the upstream job that `state` describes, or reads on its stream, and `cancel` cancels it. */
  step: "start" | "resume" | "cancel"
  /** The adapter's description of the upstream job, as JSON text. Null until there is one. */
  state: string | null
  requestId: string
  /** The same for all attempts at one provider: a provider that honours idempotency keys bills once. */
  idempotencyKey: string
  requestType: string
  provider: string
  /** The model's name at the provider: what follows the first `/` in the request. */
  model: string
  /**
   * Set by the worker when the key has an alias for the model: the name in the request, and the name that has a price. `model` is
   * then the alias's target.
   */
  requested?: { model: string; knownAs: string }
  /** Whether another attempt follows if the answer is lost: one is left, and the caller allows it. */
  isRepeatable: boolean
  /** After so many milliseconds the call ends with a timeout. */
  timeoutMs: number
  /** The client's JSON text, byte for byte as it was accepted. Null when the body is a form. */
  body: string | null
  /** The client's form. The worker asks the engine for its bytes piece by piece. */
  form: Form | null
  extras: Extras
  /** The id of the configured key to use. Null when the call has none, or the caller's. */
  keyId: string | null
  /** The caller's key for the provider, which is then the one to use. */
  callerKey: string | null
  /** How the client that waits reads the answer. Absent: none waits. */
  reader?: Reader
  /** What is logged of the answer by now. Absent: nothing. */
  log?: LoggedAnswer
}

/** What is in the event log of a job before a call. */
export interface LoggedAnswer {
  /** The index of the first item of the attempt. */
  nextIndex: number
  /** The ids of the items of earlier attempts, and of their calls. */
  ids: string[]
  /**
   * What the attempt itself has logged, where the call goes on with it: lines of `eventline.ts`, and the provider's number of the last of
   * them, which is null where it is not known. Absent: nothing.
   */
  own?: { lines: string[]; sequence: number | null }
}

/**
 * How the client that waits for a job reads its answer: piece by piece, whole as soon as the attempt has it, or from the store when the
 * job has ended.
 */
export type Reader = "stream" | "answer" | "end"

/** A multipart body as it is stored, and the edits to make when it is sent. */
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
  /** What makes the text a part of the form, where it is a part of its own: what goes before it and after it. */
  around?: [before: string, after: string]
}

/** What a client may send along with its body, and what of the body is not read again. */
export interface Extras {
  headers?: Record<string, string>
  /** The body asks for a stream. */
  asksForStream?: true
  /** Its events are stored as they come: see engine/eventlog.ts. */
  isLogged?: true
  /** The number of the conversation that it is a turn of, and how many of the items of its input were there before. */
  conversation?: { number: number; from: number }
}

/** An item that is added to a conversation. */
export interface NewItem {
  /** Another one is made of it where the conversation has an item with this id. */
  id: string
  /** What the model thought is of use to this provider only, which it came from. Null: that is not known, or it is no thought. */
  provider: string | null
  /** JSON text, as it came: its own id is not read. */
  item: string
}

/** What a job that succeeds adds to its conversation: what was asked and what was answered. */
export interface ConversationTurn {
  /** Of the conversation. */
  number: number
  items: NewItem[]
}

/** What a provider said about a refusal. */
export interface Refusal {
  type: string | null
  code: string | null
  message: string
  param: string | null
  /** What the provider says of its reason in an object of its own, as JSON text: Azure tells there what its content filter found. */
  innererror?: string
}

/** Binary content that belongs to a result, such as audio. */
export interface Content {
  type: string
  bytes: Uint8Array
}

/** One rate limit, as the provider's headers describe it. A member is null when they do not say it. */
export interface Allowance {
  limit: number | null
  remaining: number | null
  /** Milliseconds until the limit is reset. */
  resetMs: number | null
}

/** A provider's rate limits. */
export interface Limits {
  requests: Allowance | null
  tokens: Allowance | null
}

/** What an attempt used, in the units of its request type. Unknown members are left out. */
export interface Usage {
  /** All input tokens, including cached ones. */
  input_tokens?: number
  /** All output tokens, including reasoning. */
  output_tokens?: number
  cached_tokens?: number
  reasoning_tokens?: number
  images?: number
  seconds?: number
  characters?: number
  pages?: number
}

/** What any answer of a provider has besides its body. */
export interface Upstream {
  /** The provider's id of the request. */
  requestId: string | null
  limits: Limits | null
}

/** What one attempt learned. It states facts; the engine decides what follows. */
export type Outcome =
  /** A 2xx that can be read. */
  | {
      kind: "answered"
      status: number
      /** The stored result, JSON text. */
      body: string
      content?: Content
      /** The usage that the provider reports, as its JSON text. */
      usage: string | null
      /** The same, parsed. Null when nothing is known. */
      used: Usage | null
      /** In US dollars. Null when it is not known. */
      cost: number | null
      /** What was left out of the request or changed in it. Absent when there is nothing to say. */
      warnings?: string[]
      /** Of a job that is a turn of a conversation. */
      turn?: ConversationTurn
      upstream: Upstream
    }
  /** The provider works on the request as an upstream job. `state` is all that `resume` needs, as JSON text. */
  | { kind: "pending"; state: string; afterMs: number; upstream: Upstream }
  /** Any other status, with the provider's message and the delay that it asked for. */
  | {
      kind: "refused"
      status: number
      refusal: Refusal
      retryAfterMs: number | null
      /** The key was refused and not the request, so another key may work. */
      isKeyRefused: boolean
      /** The refusal passes, although its status does not say so: a later try may succeed. */
      isPassing?: true
      /** The upstream job has ended with this refusal: another poll would say the same. */
      isEnd?: true
      upstream: Upstream
    }
  /**
   * A 2xx that is not what the endpoint promises, or, with no status, an answer that is not HTTP. It was probably billed. `body`
   * is the beginning of the raw text.
   */
  | {
      kind: "unreadable"
      status: number | null
      message: string
      body: string
      /** No other provider is asked either. */
      isFinal?: true
      upstream: Upstream
    }
  /** There was no answer. */
  | { kind: "unreached"; reason: UnreachedReason; message: string }

export type UnreachedReason =
  /** There was no connection, so nothing was sent. */
  | "unconnected"
  /** The request was sent, and no answer came in time. */
  | "timeout"
  /** The request was sent, and the connection broke. */
  | "network"
  | "aborted"
  | "crashed"
  /** The upstream job is not at the provider any more, and nobody knows how it ended. */
  | "gone"
  /** Nothing was sent: the configuration lacks something that only the operator can add. */
  | "misconfigured"
  /** Nothing was sent: the stored request can no longer be read. */
  | "not_sent"
