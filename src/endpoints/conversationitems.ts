// The items of conversations, and of the input of responses: their ids, and how they are shown. Pure.
import { asText } from "../values.ts"
import { readItemType } from "./translate/items.ts"

type Fields = Record<string, unknown>

const prefixes: Readonly<Record<string, string>> = {
  message: "msg",
  function_call: "fc",
  function_call_output: "fco",
  reasoning: "rs",
}

/** Whoever asks for the item writes its id into a path. */
const USABLE = /^[\w.:-]{1,256}$/

/**
 * An id for an item that has none.
 * @param digits those of the id of what it came with
 * @param at its place there
 */
export function makeItemId(item: Fields, digits: string, at: number): string {
  return `${prefixes[readItemType(item)] ?? "item"}_${digits}_${at}`
}

/** The id that an item has, or one that is made as by `makeItemId`. */
export function chooseItemId(item: Fields, digits: string, at: number): string {
  const own = asText(item["id"])
  return USABLE.test(own) ? own : makeItemId(item, digits, at)
}

/** The item with this id, as it is shown: a client that has sent less has not said what follows of itself. */
export function completeItem(item: Fields, id: string): Fields & { id: string } {
  const type = readItemType(item)
  return { ...item, id, type, ...(type === "message" ? completeMessage(item) : {}) }
}

/** A content that is a text is a list of one part. */
function completeMessage({ role, content, status }: Fields): Fields {
  const type = role === "assistant" ? "output_text" : "input_text"
  const beside = type === "output_text" ? { annotations: [] } : {}
  const parts = typeof content === "string" ? [{ type, text: content, ...beside }] : content
  return { status: status ?? "completed", content: parts }
}
