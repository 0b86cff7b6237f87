// Reads server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

export interface ServerEvent {
  name: string | null
  data: string
  /** The event is the provider's report of an error, whatever its data. */
  isError?: true
}

/** The events of each chunk, when they are complete. */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent[]> {
  const parser = new EventParser()
  for await (const chunk of chunks) yield parser.push(chunk)
  yield parser.end()
}

export class EventParser {
  private readonly utf8 = new TextDecoder()
  private rest = ""
  /** Whether `rest` ends with a CR, whose LF may follow. */
  private hasReturn = false
  private name: string | null = null
  private data: string[] = []

  /** The events that are complete with this chunk. Comments and other fields are left out. */
  push(chunk: Uint8Array): ServerEvent[] {
    return this.pushText(this.utf8.decode(chunk, { stream: true }))
  }

  pushText(text: string): ServerEvent[] {
    const isWithin = !/[\r\n]/.test(text) && !this.hasReturn
    this.hasReturn = text === "" ? this.hasReturn : text.endsWith("\r")
    this.rest += text
    // A long line, as that of an image, is not searched again with each of its pieces.
    if (isWithin) return []
    const lines = this.rest.split(/\r\n|\n|\r(?!$)/)
    this.rest = lines.pop() ?? ""
    return lines.flatMap((line) => this.readLine(line))
  }

  /** The event whose last line has no end: some servers close the connection without it. */
  end(): ServerEvent[] {
    return [...this.readLine(this.rest.replace(/\r$/, "")), ...this.readLine("")]
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
