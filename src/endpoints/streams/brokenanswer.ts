// What is there of an answer whose stream broke, and the events that close it, so that another attempt can follow in the same stream: its
// items begin at the next index. Clients end with the items of the last attempt, because the response has only these. Pure.
import { parseExact } from "../../exactjson.ts"
import { asRecord, asText, isRecord } from "../../values.ts"
import { type Fields, readLine, writeLine } from "./eventline.ts"

export interface BrokenAnswer {
  /** The events that close what is open, as they are stored. */
  closing: string[]
  /** The items, each in its place. Those that were open are incomplete. */
  output: Fields[]
  /** The index of the next item. */
  nextIndex: number
  /** The ids of the items, and those of their calls: clients find an item by either. */
  ids: string[]
}

interface Item {
  item: Fields
  isOpen: boolean
  /** The parts that are open, each with the events that name it and where it is. */
  open: Map<string, OpenPart>
}

interface OpenPart {
  part: Fields
  list: "content" | "summary"
  index: number
}

const textEvents: Record<string, string> = {
  output_text: "response.output_text",
  refusal: "response.refusal",
  reasoning_text: "response.reasoning_text",
  summary_text: "response.reasoning_summary_text",
}
/** What grows in an item itself, and by which event. */
const ownTexts: Record<string, string> = {
  "response.function_call_arguments.delta": "arguments",
  "response.custom_tool_call_input.delta": "input",
}

/** @param lines the events of all attempts, in their order */
export function readBroken(lines: Iterable<string>): BrokenAnswer {
  const items = new Map<number, Item>()
  for (const line of lines) {
    const { type, members } = readLine(line)
    const event = asRecord(parseExact(members))
    takeEvent(items, type, event)
  }
  const closing = [...items].flatMap(([at, item]) => (item.isOpen ? closeItem(item, at) : []))
  const sorted = [...items].sort(([a], [b]) => a - b)
  return {
    closing,
    output: sorted.map(([, { item }]) => item),
    nextIndex: (sorted.at(-1)?.[0] ?? -1) + 1,
    ids: sorted.flatMap(([, { item }]) => [item["id"], item["call_id"]].map(asText).filter((id) => id !== "")),
  }
}

function takeEvent(items: Map<number, Item>, type: string, event: Fields): void {
  const at = Number(event["output_index"])
  if (type === "response.output_item.added" || type === "response.output_item.done") {
    const isOpen = type === "response.output_item.added"
    items.set(at, { item: { ...asRecord(event["item"]) }, isOpen, open: new Map() })
    return
  }
  const there = items.get(at)
  if (there === undefined || !there.isOpen) return
  const own = ownTexts[type]
  if (own !== undefined) there.item[own] = asText(there.item[own]) + asText(event["delta"])
  else if (event["content_index"] !== undefined) takePart(there, type, event, "content", Number(event["content_index"]))
  else if (event["summary_index"] !== undefined) takePart(there, type, event, "summary", Number(event["summary_index"]))
}

function takePart(there: Item, type: string, event: Fields, list: OpenPart["list"], index: number): void {
  const name = `${list} ${index}`
  if (isRecord(event["part"])) {
    const part = { ...event["part"] }
    const parts = Array.isArray(there.item[list]) ? [...there.item[list]] : []
    parts[index] = part
    there.item[list] = parts
    if (type.endsWith(".added")) there.open.set(name, { part, list, index })
    else there.open.delete(name)
    return
  }
  const open = there.open.get(name)
  if (open === undefined || !type.endsWith(".delta")) return
  const member = nameText(open.part)
  open.part[member] = asText(open.part[member]) + asText(event["delta"])
}

/** The member of a part that grows. */
function nameText({ type }: Fields): string {
  return type === "refusal" ? "refusal" : "text"
}

function closeItem({ item, open }: Item, output_index: number): string[] {
  item["status"] = "incomplete"
  const closing = [...open.values()].flatMap(({ part, list, index }) => {
    const where = { item_id: item["id"], output_index, [`${list}_index`]: index }
    const text = textEvents[asText(part["type"])]
    const event = list === "content" ? "response.content_part.done" : "response.reasoning_summary_part.done"
    const said = { [nameText(part)]: asText(part[nameText(part)]) }
    const beside = part["type"] === "output_text" ? { logprobs: [] } : {}
    return [
      ...(text === undefined ? [] : [writeLine({ type: `${text}.done`, ...where, ...said, ...beside })]),
      writeLine({ type: event, ...where, part }),
    ]
  })
  return [...closing, writeLine({ type: "response.output_item.done", output_index, item })]
}
