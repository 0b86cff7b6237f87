// Reads server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

export interface ServerEvent {
  name: string | null
  data: string
}

/** The events of each chunk, when they are complete. */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent[]> {
  const parser = new EventParser()
  for await (const chunk of chunks) yield parser.push(chunk)
  yield parser.end()
}

export class EventParser {
  private readonly utf8 = new TextDecoder()
  /** The line that has no end yet. */
  private rest = ""
  /** A CR that stood last: an LF may belong to it. */
  private half = ""
  private name: string | null = null
  private data: string[] = []

  /** The events that are complete with this chunk. Comments and other fields are left out. */
  push(chunk: Uint8Array): ServerEvent[] {
    // Only what has come is searched: a line may have megabytes, and come in thousands of chunks.
    const text = this.half + this.utf8.decode(chunk, { stream: true })
    this.half = text.endsWith("\r") ? "\r" : ""
    const lines = text.slice(0, text.length - this.half.length).split(/\r\n|\n|\r/)
    lines[0] = this.rest + (lines[0] ?? "")
    this.rest = lines.pop() ?? ""
    return lines.flatMap((line) => this.readLine(line))
  }

  /** The event whose last line has no end: some servers close the connection without it. */
  end(): ServerEvent[] {
    return [...this.readLine(this.rest), ...this.readLine("")]
  }

  private readLine(line: string): ServerEvent[] {
    if (line === "") {
      const event = { name: this.name, data: this.data.join("\n") }
      const isEmpty = this.data.length === 0
      this.name = null
      this.data = []
      return isEmpty ? [] : [event]
    }
    const [, field = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (field === "data") this.data.push(value)
    else if (field === "event") this.name = value
    return []
  }
}
