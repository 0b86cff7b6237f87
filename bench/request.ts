// The request that every load sends and an answer to it, and the clock that its sender and its receiver share.

export const CHAT = "/v1/async/chat/completions"
export const REQUEST_BYTES = 1024

/** What the upstream reads of a request. */
export interface Stamped {
  /** When the request was due to be sent, by `epochMs`. */
  scheduled_at?: number
}

/** A chat completion of REQUEST_BYTES bytes; with `scheduledAt` the upstream notes how long after that it arrived. */
export function chatRequest(model: string, scheduledAt?: number): string {
  const stamp: Stamped = scheduledAt === undefined ? {} : { scheduled_at: scheduledAt }
  const of = (content: string) => JSON.stringify({ model, messages: [{ role: "user", content }], ...stamp })
  return of("x".repeat(REQUEST_BYTES - of("").length))
}

/** A chat completion that says `content`. */
export function chatAnswer(content: string): string {
  return JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_700_000_000,
    model: "any",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  })
}

/** Epoch milliseconds finer than Date.now(), and the same in every process of a machine. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now()
}
