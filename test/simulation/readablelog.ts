// A reader of an event log who believes nothing: follows its items as the helpers of clients do, and finds what would break these.
import { type Fields, readLine } from "../../src/endpoints/streams/eventline.ts"

interface OpenItem {
  id: string
  index: number
  /** The texts of the open parts, and of what grows in the item itself, by where they are. */
  texts: Map<string, string>
}

export class ReadableLog {
  /** The ids of all items, in their places. */
  readonly ids: string[] = []
  private open: OpenItem | null = null

  get isOpen(): boolean {
    return this.open !== null
  }

  /** Reads the next event. @returns what is wrong with it, or null */
  read(line: string): string | null {
    const { type, members } = readLine(line)
    const event = JSON.parse(members) as Fields & { output_index: number; item?: { id: string }; item_id?: string }
    const { output_index: index, item } = event
    const id = item?.id ?? event.item_id ?? ""
    if (type === "response.output_item.added") return this.begin(id, index)
    const { open } = this
    if (open === null) return `${type} belongs to no open item`
    if (open.index !== index || open.id !== id) return `${type} is of ${id} at ${index}, and ${open.id} is open`
    if (type === "response.output_item.done") {
      this.open = null
      return [...open.texts.keys()].some((where) => where !== "item") ? `${id} is closed, and has open parts` : null
    }
    return readPart(open, type, event)
  }

  private begin(id: string, index: number): string | null {
    if (this.open !== null) return `${id} begins, and ${this.open.id} is open`
    if (index !== this.ids.length) return `${id} begins at ${index}, after ${this.ids.length} items`
    if (this.ids.includes(id)) return `${id} begins twice`
    this.ids.push(id)
    this.open = { id, index, texts: new Map() }
    return null
  }
}

function readPart({ id, texts }: OpenItem, type: string, event: Fields): string | null {
  const { content_index: content, summary_index: summary } = event
  const where = content !== undefined ? `content ${content}` : summary !== undefined ? `summary ${summary}` : "item"
  if (type.endsWith("part.added")) {
    if (texts.has(where)) return `${where} of ${id} begins twice`
    texts.set(where, "")
    return null
  }
  const text = texts.get(where) ?? (where === "item" ? "" : null)
  if (text === null) return `${type} belongs to no open part of ${id}`
  if (type.endsWith(".delta")) {
    texts.set(where, `${text}${event["delta"]}`)
    return null
  }
  const part = event["part"] as Fields | undefined
  const whole = part?.["text"] ?? event["text"] ?? event["arguments"]
  if (type.endsWith("part.done")) texts.delete(where)
  return whole === text ? null : `${type} of ${id} has ${JSON.stringify(whole)}, after ${JSON.stringify(text)}`
}
