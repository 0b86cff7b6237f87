// The request that every load sends and an answer to it, and the clock that its sender and its receiver share.

export const CHAT = "/v1/async/chat/completions"
export const REQUEST_BYTES = 1024
export const ANSWER_BYTES = 1024

/** What the upstream reads of a request. */
export interface Stamped {
  /** When the request was sent, by `epochMs`: the upstream notes how long after that it arrived, and stamps its answer. */
  sent_at?: number
  /** How long the answer is to be; without it ANSWER_BYTES. */
  answer_bytes?: number
  /** The answer is a stream of so many pieces, one after each `piece_ms`. */
  stream?: boolean
  stream_pieces?: number
  piece_ms?: number
}

/** A chat completion of REQUEST_BYTES bytes. */
export function chatRequest(model: string, stamp: Stamped = {}): string {
  const of = (content: string) => JSON.stringify({ model, messages: [{ role: "user", content }], ...stamp })
  return of("x".repeat(REQUEST_BYTES - of("").length))
}

/** What an upstream adds to a stamped answer. */
export interface AnswerStamp {
  /** When it left, by `epochMs`. */
  answered_at?: number
}

/** A chat completion that says `content`. */
export function chatAnswer(content: string, stamp: AnswerStamp = {}): string {
  return JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_700_000_000,
    model: "any",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    ...stamp,
  })
}

/** A chat completion of so many bytes, but for a stamp. */
export function makeChatAnswer(bytes: number, stamp: AnswerStamp = {}): string {
  return chatAnswer("x".repeat(bytes - chatAnswer("").length), stamp)
}

/** Epoch milliseconds finer than Date.now(), and the same in every process of a machine. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now()
}
