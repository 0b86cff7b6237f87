// What is there of an answer whose stream broke. Where it is lost: the events that close it, so that another attempt can follow in the same
// stream. Its items begin at the next index; clients end with the items of the last attempt, because the response has only these. Where
// the provider still has it: the events that are missing. Pure.
import { parseExact } from "../../exactjson.ts"
import { asList, asRecord, asText, isRecord } from "../../values.ts"
import { type Fields, readLine, writeLine } from "./eventline.ts"
import { type WrittenItem, writeRest } from "./responsewriter.ts"

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
  /** Whether what grows in it has ended, while it is open itself. */
  isSaid: boolean
  /** The parts that are open, each with the events that name it and where it is. */
  open: Map<string, OpenPart>
}

interface OpenPart {
  part: Fields
  list: "content" | "summary"
  index: number
  /** Whether its text has ended. */
  isSaid: boolean
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
const ownEnds = new Set(["response.function_call_arguments.done", "response.custom_tool_call_input.done"])

/** @param lines the events of all attempts, in their order */
export function readBroken(lines: Iterable<string>): BrokenAnswer {
  const items = readItems(lines)
  const closing = [...items].flatMap(([at, item]) => (item.isOpen ? closeItem(item, at) : []))
  const sorted = [...items].sort(([a], [b]) => a - b)
  return {
    closing,
    output: sorted.map(([, { item }]) => item),
    nextIndex: (sorted.at(-1)?.[0] ?? -1) + 1,
    ids: sorted.flatMap(([, { item }]) => [item["id"], item["call_id"]].map(asText).filter((id) => id !== "")),
  }
}

/**
 * The events that are missing of an answer, as they are sent. They have no numbers: those of the provider are not known.
 * @param lines what is there of its events
 * @param from the index of its first item there
 * @param response the whole answer
 */
export function writeMissing(lines: Iterable<string>, from: number, response: Fields): Iterable<string> {
  const written = new Map([...readItems(lines)].map(([at, item]) => [at - from, describeWritten(item)] as const))
  return writeRest(response, written)
}

function describeWritten({ item, isOpen, isSaid, open }: Item): WrittenItem {
  const openParts = [...open.values()].map(({ part, ...place }) => {
    const annotations = asList(part["annotations"]).length
    return { ...place, type: asText(part["type"]), text: asText(part[nameText(part)]), annotations }
  })
  const count = (list: OpenPart["list"]) =>
    asList(item[list]).length - openParts.filter((part) => part.list === list).length
  const text = asText(item["arguments"])
  return { isOpen, isSaid, openParts, closed: { content: count("content"), summary: count("summary") }, text }
}

function readItems(lines: Iterable<string>): Map<number, Item> {
  const items = new Map<number, Item>()
  for (const line of lines) {
    const { type, members } = readLine(line)
    takeEvent(items, type, asRecord(parseExact(members)))
  }
  return items
}

function takeEvent(items: Map<number, Item>, type: string, event: Fields): void {
  const at = Number(event["output_index"])
  if (type === "response.output_item.added" || type === "response.output_item.done") {
    const isOpen = type === "response.output_item.added"
    items.set(at, { item: { ...asRecord(event["item"]) }, isOpen, isSaid: false, open: new Map() })
    return
  }
  const there = items.get(at)
  if (there === undefined || !there.isOpen) return
  const own = ownTexts[type]
  if (ownEnds.has(type)) there.isSaid = true
  else if (own !== undefined) there.item[own] = asText(there.item[own]) + asText(event["delta"])
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
    if (type.endsWith(".added")) there.open.set(name, { part, list, index, isSaid: false })
    else there.open.delete(name)
    return
  }
  const open = there.open.get(name)
  if (open === undefined) return
  if (type.endsWith(".annotation.added")) {
    open.part["annotations"] = [...asList(open.part["annotations"]), event["annotation"]]
  }
  if (type.endsWith(".done")) open.isSaid = true
  if (!type.endsWith(".delta")) return
  const member = nameText(open.part)
  open.part[member] = asText(open.part[member]) + asText(event["delta"])
}

/** The member of a part that grows. */
function nameText({ type }: Fields): string {
  return type === "refusal" ? "refusal" : "text"
}

function closeItem({ item, open }: Item, output_index: number): string[] {
  item["status"] = "incomplete"
  const closing = [...open.values()].flatMap(({ part, list, index, isSaid }) => {
    const where = { item_id: item["id"], output_index, [`${list}_index`]: index }
    const text = textEvents[asText(part["type"])]
    const event = list === "content" ? "response.content_part.done" : "response.reasoning_summary_part.done"
    const said = { [nameText(part)]: asText(part[nameText(part)]) }
    const beside = part["type"] === "output_text" ? { logprobs: [] } : {}
    return [
      ...(text === undefined || isSaid ? [] : [writeLine({ type: `${text}.done`, ...where, ...said, ...beside })]),
      writeLine({ type: event, ...where, part }),
    ]
  })
  return [...closing, writeLine({ type: "response.output_item.done", output_index, item })]
}
