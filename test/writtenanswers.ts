// Answers that a test writes piece by piece, as a model does: streams of chat completions, or of events in a provider's own form.
import type { Upstream } from "./upstream.ts"

/** A streamed answer that the test writes piece by piece. */
export interface Written {
  say(...events: object[]): void
  end(): void
  /** Closes the connection, as `end` does: what was said decides which it is. */
  break(): void
}

/** Answers the next calls with streams, each when it comes. */
export function answerByStreams(upstream: Upstream): { next(): Promise<Written> } {
  const ready: Written[] = []
  const waiting: ((written: Written) => void)[] = []
  upstream.answer(() => {
    let controller: ReadableStreamDefaultController<Uint8Array>
    const body = new ReadableStream<Uint8Array>({
      start(given) {
        controller = given
      },
    })
    const write = (text: string) => controller.enqueue(new TextEncoder().encode(text))
    const written: Written = {
      say: (...events) => write(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("")),
      end: () => controller.close(),
      break: () => controller.close(),
    }
    const take = waiting.shift()
    if (take) take(written)
    else ready.push(written)
    return new Response(body, { headers: { "content-type": "text/event-stream" } })
  })
  return {
    next: () => {
      const there = ready.shift()
      return there ? Promise.resolve(there) : new Promise((resolve) => waiting.push(resolve))
    },
  }
}

export const chunk = (delta: object, finish_reason: string | null = null) => ({
  ...{ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m" },
  choices: [{ index: 0, delta, finish_reason }],
})
export const done = chunk({}, "stop")
