// Writes the stream of a response: its items as they grow, and then what the result has beside them.
// https://platform.openai.com/docs/api-reference/responses-streaming
import { asRecord, asRecords, asText } from "../../values.ts"
import { readDigits } from "../responseid.ts"
import { itemIds } from "./itemids.ts"
import { cutText, type EventWriter, type Fields, rest, type Said, writeEvent } from "./streamform.ts"

const SUMMARY = "response.reasoning_summary_part"

/** The parts of items that grow: the list and the index that they stand in, their member with the text, and the names of their events. */
const partForms = {
  output_text: { list: "content", place: "content_index", member: "text", part: "response.content_part" },
  refusal: { list: "content", place: "content_index", member: "refusal", part: "response.content_part" },
  reasoning_text: { list: "content", place: "content_index", member: "text", part: "response.content_part" },
  summary_text: { list: "summary", place: "summary_index", member: "text", part: SUMMARY },
} as const
type PartType = keyof typeof partForms

interface OpenPart {
  type: PartType
  index: number
  written: string
  /** How many of its annotations are written, and whether the end of its text is. */
  annotations: number
  isSaid: boolean
}

/** What the stream of a response has of an item. */
export interface WrittenItem {
  isOpen: boolean
  /** Those of its parts that are open, and how many others each list has. */
  openParts: (Omit<OpenPart, "type" | "written"> & { type: string; list: "content" | "summary"; text: string })[]
  closed: OpenItem["counts"]
  /** The arguments of a call, and whether their end is written. */
  text: string
  isSaid: boolean
}

interface OpenItem {
  id: string
  output_index: number
  parts: OpenPart[]
  /** How many parts each list has. */
  counts: { content: number; summary: number }
  /** The arguments of a call that are written, and whether their end is. */
  written: string
  isSaid: boolean
}

type WriteTyped = (type: string, rest: Fields) => string

const ARGUMENTS = "response.function_call_arguments"
const ends = new Set(["completed", "incomplete", "failed"])

/** What a response has before its end. */
const unended = { status: "in_progress", incomplete_details: null, output: [], usage: null, completed_at: null }

/** @param sequence the number of the first event; without events before it, the stream begins with its own beginning */
export function startResponseWriter(beginning: Fields, _request: Fields = {}, sequence = 0): EventWriter {
  const write: WriteTyped = (type, more) => writeEvent({ type, sequence_number: sequence++, ...more }, type)
  const items = new Map<string, OpenItem>()
  const ids = itemIds(readDigits(asText(beginning["id"])))

  function begin(): string {
    if (sequence > 0) return ""
    const { extra_fields: _, ...response } = beginning
    const begun = { ...response, ...unended }
    return write("response.created", { response: begun }) + write("response.in_progress", { response: begun })
  }

  /** @param item all that is known of it; what grows in it is empty when it begins */
  function openItem(item: Fields): { open: OpenItem; text: string } {
    const id = asText(item["id"])
    const there = items.get(id)
    if (there) return { open: there, text: "" }
    const open = {
      id,
      output_index: items.size,
      parts: [],
      counts: { content: 0, summary: 0 },
      written: "",
      isSaid: false,
    }
    items.set(id, open)
    return { open, text: writeAdded(item, open.output_index, write) }
  }

  function growText(item: Fields, type: PartType, said: string): string {
    const { open, text } = openItem(item)
    const there = open.parts.find((part) => part.type === type)
    const part = there ?? openPart(open, type)
    const opening = there
      ? ""
      : write(`${partForms[type].part}.added`, { ...findPlace(open, part), part: emptyPart(type) })
    return text + opening + writeDelta(open, part, said, write)
  }

  function growCall(call: Fields): string {
    const { name, arguments: said } = asRecord(call["function"])
    const id = ids.call(Number(call["index"]))
    const { open, text } = openItem({ id, type: "function_call", call_id: call["id"], name, arguments: "" })
    return text + writeArguments(open, asText(said), write)
  }

  return {
    write({ choice, delta }: Said) {
      const { content, reasoning_content, refusal, tool_calls } = delta
      // A response has one answer.
      if (choice !== 0) return ""
      const reasoning = { id: ids.reasoning, type: "reasoning", summary: [] }
      const message = { id: ids.message, type: "message", role: "assistant", content: [] }
      const said = asText(content) || asText(refusal)
      return [
        begin(),
        asText(reasoning_content) === "" ? "" : growText(reasoning, "summary_text", asText(reasoning_content)),
        said === "" ? "" : growText(message, asText(content) === "" ? "refusal" : "output_text", said),
        ...asRecords(tool_calls).map(growCall),
      ].join("")
    },
    *finish({ extra_fields: _, ...response }) {
      if (sequence === 0) yield begin()
      const output = asRecords(response["output"]).map((item, at) => ({
        ...item,
        id: asText(item["id"]) || `item_${at}`,
      }))
      for (const item of output) {
        const { open, text } = openItem(item)
        if (text !== "") yield text
        yield* finishItem(item, open, write)
      }
      const status = asText(response["status"])
      yield write(`response.${ends.has(status) ? status : "completed"}`, { response: { ...response, output } })
    },
  }
}

/**
 * The events of what a response has and its stream has not, without numbers.
 * @param there what the stream has, by the places of the items
 */
export function* writeRest(response: Fields, there: ReadonlyMap<number, WrittenItem>): Generator<string> {
  const write: WriteTyped = (type, more) => writeEvent({ type, ...more }, type)
  for (const [output_index, item] of asRecords(response["output"]).entries()) {
    const written = there.get(output_index)
    if (written === undefined) yield writeAdded(item, output_index, write)
    if (written?.isOpen !== false)
      yield* finishItem(item, openAgain(item, output_index, written), write, written?.closed)
  }
}

function openAgain({ id }: Fields, output_index: number, written: WrittenItem | undefined): OpenItem {
  const counts = { content: 0, summary: 0, ...written?.closed }
  const parts: OpenPart[] = []
  for (const { type, list, text, ...part } of written?.openParts ?? []) {
    counts[list]++
    if (isPartType(type)) parts.push({ ...part, type, written: text })
  }
  return { id: asText(id), output_index, parts, counts, written: written?.text ?? "", isSaid: written?.isSaid ?? false }
}

function writeAdded(item: Fields, output_index: number, write: WriteTyped): string {
  const added = { ...item, ...emptied(item), status: "in_progress" }
  return write("response.output_item.added", { output_index, item: added })
}

/** What grows in an item, as it is at its beginning. */
function emptied({ type, content, summary }: Fields): Fields {
  if (type === "function_call") return { arguments: "" }
  if (type === "message") return { content: [] }
  if (type !== "reasoning") return {}
  return { ...(content === undefined ? {} : { content: [] }), ...(summary === undefined ? {} : { summary: [] }) }
}

function emptyPart(type: PartType): Fields {
  return { type, [partForms[type].member]: "", ...(type === "output_text" ? { annotations: [], logprobs: [] } : {}) }
}

function openPart({ parts, counts }: OpenItem, type: PartType): OpenPart {
  const part = { type, index: counts[partForms[type].list]++, written: "", annotations: 0, isSaid: false }
  parts.push(part)
  return part
}

function findPlace({ id: item_id, output_index }: OpenItem, { type, index }: OpenPart): Fields {
  return { item_id, output_index, [partForms[type].place]: index }
}

function nameEvent(type: PartType): string {
  return type === "summary_text" ? "response.reasoning_summary_text" : `response.${type}`
}

/** Only a text has log probabilities. */
function beside(type: PartType): Fields {
  return type === "output_text" ? { logprobs: [] } : {}
}

function writeDelta(open: OpenItem, part: OpenPart, delta: string, write: WriteTyped): string {
  part.written += delta
  return write(`${nameEvent(part.type)}.delta`, { ...findPlace(open, part), delta, ...beside(part.type) })
}

function writeArguments(open: OpenItem, delta: string, write: WriteTyped): string {
  if (delta === "") return ""
  open.written += delta
  return write(`${ARGUMENTS}.delta`, { item_id: open.id, output_index: open.output_index, delta })
}

/** What an item has and was not written, and its end. @param closed how many parts of each list are written as a whole */
function* finishItem(
  item: Fields,
  open: OpenItem,
  write: WriteTyped,
  closed: OpenItem["counts"] = { content: 0, summary: 0 },
): Generator<string> {
  const { type, name, content, summary, arguments: given } = item
  const isGrown = type === "message" || type === "reasoning"
  const unfinished = [...open.parts]
  const left = isGrown ? [...asRecords(summary).slice(closed.summary), ...asRecords(content).slice(closed.content)] : []
  for (const part of left) {
    yield* finishPart(part, open, unfinished, write)
  }
  if (type === "function_call") {
    const text = asText(given)
    const unsaid = rest(text, open.written)
    if (unsaid !== "") yield writeArguments(open, unsaid, write)
    if (!open.isSaid)
      yield write(`${ARGUMENTS}.done`, { item_id: open.id, output_index: open.output_index, name, arguments: text })
  }
  yield write("response.output_item.done", { output_index: open.output_index, item })
}

/** @param unfinished the parts that are open; the first of the same type is this one */
function* finishPart(part: Fields, open: OpenItem, unfinished: OpenPart[], write: WriteTyped): Generator<string> {
  const type = asText(part["type"])
  if (!isPartType(type)) return
  const { member, part: event } = partForms[type]
  const at = unfinished.findIndex((other) => other.type === type)
  const [there] = at < 0 ? [] : unfinished.splice(at, 1)
  const place = there ?? openPart(open, type)
  const where = findPlace(open, place)
  const text = asText(part[member])
  if (!there) yield write(`${event}.added`, { ...where, part: { ...part, ...emptyPart(type) } })
  for (const delta of cutText(rest(text, place.written))) yield writeDelta(open, place, delta, write)
  for (const [annotation_index, annotation] of asRecords(part["annotations"]).entries()) {
    if (annotation_index < place.annotations) continue
    yield write("response.output_text.annotation.added", { ...where, annotation_index, annotation })
  }
  if (!place.isSaid) yield write(`${nameEvent(type)}.done`, { ...where, [member]: text, ...beside(type) })
  yield write(`${event}.done`, { ...where, part })
}

function isPartType(type: string): type is PartType {
  return Object.hasOwn(partForms, type)
}
