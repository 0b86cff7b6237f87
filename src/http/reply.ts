// Makes responses: of the replies of a dialect, and of JSON that is the same on every wire.
import type { Reply } from "./dialects/dialect.ts"

export function toResponse(reply: Reply): Response {
  const { body } = reply
  return new Response(typeof body === "string" || body === null ? body : streamPieces(body), reply)
}

/** A JSON response. It ends with a line break, for terminals. */
export function json(value: object, headers: Record<string, string> = {}, status = 200): Response {
  return new Response(`${JSON.stringify(value)}\n`, { status, headers: { ...jsonHeaders, ...headers } })
}

export const jsonHeaders = { "content-type": "application/json", "x-content-type-options": "nosniff" }

/** A response of server-sent events, for browsers and programs. */
export function streamEvents(events: AsyncIterable<string>, requestId: string): Response {
  return new Response(streamPieces(events), {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      "x-content-type-options": "nosniff",
      "x-request-id": requestId,
    },
  })
}

/** A stream that reads the next piece only when the client has taken the one before. */
export function streamPieces(
  pieces: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const reader = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]()
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await reader.next()
        if (done) controller.close()
        else controller.enqueue(typeof value === "string" ? encoder.encode(value) : value)
      },
      cancel: () => void reader.return?.(),
    },
    { highWaterMark: 0 },
  )
}
