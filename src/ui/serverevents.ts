// Streams of server-sent events. They are read by fetch, so that the reader's key goes in a header and not in the address.
import { ask } from "./client.ts"
import { after } from "./ticks.ts"

export interface ServerEvent {
  /** With it a stream goes on after this event; null: it has none. */
  id: string | null
  type: string
  data: string
}

/** The gateway sends something every 15 s. A stream that is silent for longer has broken without saying so. */
const SILENT_MS = 40_000

/**
 * The events of a stream, until it ends. https://html.spec.whatwg.org/multipage/server-sent-events.html
 * @param lastId that of the last event that the reader has
 * @throws {Refused}; an AbortError, also where the stream is silent; a TypeError where it breaks
 */
export async function* readEvents(
  path: string,
  signal: AbortSignal,
  lastId: string | null = null,
): AsyncGenerator<ServerEvent> {
  const silence = new AbortController()
  let quiet = () => {}
  const hearSomething = () => {
    quiet()
    quiet = after(SILENT_MS, () => silence.abort())
  }
  try {
    hearSomething()
    const headers = { accept: "text/event-stream", ...(lastId === null ? {} : { "last-event-id": lastId }) }
    const { body } = await ask(path, { signal: AbortSignal.any([signal, silence.signal]), headers })
    if (body !== null) yield* readBody(body, hearSomething)
  } finally {
    quiet()
  }
}

async function* readBody(body: ReadableStream<Uint8Array>, onBytes: () => void): AsyncGenerator<ServerEvent> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ""
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      onBytes()
      rest += decoder.decode(value, { stream: true })
      const events = rest.split("\n\n")
      rest = events.pop() ?? ""
      for (const text of events) {
        const event = readEvent(text)
        if (event !== null) yield event
      }
    }
  } finally {
    void reader.cancel().catch(() => {})
  }
}

/** Null: it is none, but a comment, or the time after which to connect again. */
function readEvent(text: string): ServerEvent | null {
  const lines = text.split("\n")
  const list = (field: string) =>
    lines.flatMap((line) => (line.startsWith(`${field}:`) ? line.slice(field.length + 1).trimStart() : []))
  const data = list("data")
  if (data.length === 0) return null
  return { id: list("id").at(-1) ?? null, type: list("event").at(-1) ?? "message", data: data.join("\n") }
}
