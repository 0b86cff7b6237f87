// Joins the chunks of a stream into the completion that they are pieces of, also of one that nobody asked for: it is paid for. Pure.
// https://platform.openai.com/docs/api-reference/chat/streaming; servers that stream where nothing is said:
// https://github.com/diegosouzapw/OmniRoute/issues/10239, https://github.com/decolua/9router/issues/4122
import { parseExact } from "../../exactjson.ts"
import { depthDefect } from "../../json.ts"
import { asRecords, isRecord } from "../../values.ts"
import { BROKEN_OFF, saysError } from "../endpoint.ts"

type Members = Record<string, unknown>

/** The completion as JSON text. Null when the events are no chunks; half an answer is none, as it is none where a client reads it. */
export function joinChunks(events: string[]): string | typeof BROKEN_OFF | null {
  if (events.some((event) => depthDefect(event) !== null)) return null
  const chunks = events.map(parseExact)
  // The chunk with the usage has no choices. A single text is a whole completion.
  const isPiece = (choice: Members) => isRecord(choice["delta"]) || (chunks.length > 1 && "text" in choice)
  // An error that ends the stream may stand alone: https://github.com/vercel/ai/pull/1835
  const isChunk = (chunk: unknown) =>
    isRecord(chunk) && (Array.isArray(chunk["choices"]) ? asRecords(chunk["choices"]).every(isPiece) : saysError(chunk))
  if (!chunks.every(isChunk)) return null
  const whole = empty()
  const choices: Members[] = []
  for (const { choices: pieces, ...rest } of asRecords(chunks)) {
    merge(whole, rest)
    for (const { delta, ...piece } of asRecords(pieces)) {
      const choice = findByIndex(choices, piece)
      merge(choice, piece)
      if (isRecord(delta)) choice["message"] = merge(isRecord(choice["message"]) ? choice["message"] : empty(), delta)
    }
  }
  const isWhole = choices.every((choice) => typeof choice["finish_reason"] === "string")
  if (!isWhole && !saysError(whole)) return BROKEN_OFF
  const object = whole["object"] === "chat.completion.chunk" ? { object: "chat.completion" } : {}
  return JSON.stringify({ ...whole, ...object, choices })
}

/** Members that come in pieces, unlike names, ids and roles. */
const pieced =
  /^(content|text|refusal|reasoning|reasoning_content|arguments|tokens|logprobs|token_logprobs|data|transcript)$/

/** Adds a piece to what has come before it. What says nothing changes nothing. */
export function merge(before: Members, piece: Members): Members {
  for (const [name, value] of Object.entries(piece)) {
    const there = before[name]
    if (value === null && there !== undefined) continue
    if (typeof there === "string" && typeof value === "string" && pieced.test(name)) before[name] = there + value
    else if (Array.isArray(there) && Array.isArray(value)) before[name] = mergeLists(there, value)
    else if (Array.isArray(value)) before[name] = mergeLists([], value)
    else if (isRecord(there) && isRecord(value)) merge(there, value)
    else if (value !== "" || there === undefined) before[name] = isRecord(value) ? merge(empty(), value) : value
  }
  return before
}

/** An object without a prototype: a member that is called `__proto__` must not reach the one that all objects share. */
export function empty(): Members {
  return Object.create(null)
}

/** Items with an index are pieces of one item, as the calls of tools are; others are items of their own. */
function mergeLists(before: unknown[], piece: unknown[]): unknown[] {
  for (const item of piece) {
    if (isRecord(item) && typeof item["index"] === "number") merge(findByIndex(before, item), item)
    else before.push(item)
  }
  return before
}

/** The items of a list that have an index, by it. */
const places = new WeakMap<unknown[], Map<unknown, Members>>()

/** The item of this index, which is added where there is none. */
export function findByIndex(items: unknown[], { index }: Members): Members {
  const known = places.get(items) ?? new Map<unknown, Members>()
  const item = known.get(index) ?? empty()
  if (known.has(index)) return item
  places.set(items, known.set(index, item))
  items.push(item)
  return item
}
