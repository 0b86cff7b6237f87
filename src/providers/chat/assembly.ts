// What a native stream is while it is read: its events make the answer that the provider would have given whole, and say live what the
// client may have of it. Types, and what all of them need. Pure.
import type { Said } from "../../endpoints/streams/streamform.ts"
import { parseExact } from "../../exactjson.ts"
import { depthDefect } from "../../json.ts"
import { isRecord } from "../../values.ts"
import type { ServerEvent } from "../eventparser.ts"
import type { Chunks } from "../transport.ts"

export type Fields = Record<string, unknown>

export interface NativeAssembly {
  /** Adds an event, and returns what it says of the answer. @param name of the event, where its form has names */
  add(event: Fields, name: string | null): Said[]
  /** Whether the stream has said why the answer ends. */
  isComplete(): boolean
  /** The answer, in the provider's form of a whole one. */
  build(): Fields
  /** Events and deltas that are not known here. They are left out. */
  unknown: Set<string>
}

/** The stream of a native form. */
export interface NativeStream {
  mediaType: string
  /** The request for the stream, from the one for the whole answer. */
  ask(url: string, body: string): { url: string; body: string }
  read(chunks: Chunks): AsyncIterable<ServerEvent[]>
  start(telling: Telling): NativeAssembly
  /** The status of a whole answer that says the same as an event; null: the event is no error. */
  readStatus(event: Fields, name: string | null): number | null
}

/** What the assembly must know of the call. */
export interface Telling {
  /** As in nativeanswers.ts: where the JSON that is asked for is a tool's input, that is the whole answer. */
  jsonTool: string | null
  /** The answer is a JSON object, which may have words around it. */
  isJson: boolean
  /** The caller's name of a tool, from the one that was sent. */
  nameOf(sent: string): string
  /** Makes the id of a tool call that has none. */
  makeId(): string
}

export function sayText(text: unknown, choice = 0): Said[] {
  return typeof text === "string" && text !== "" ? [{ choice, delta: { content: text } }] : []
}

export function sayThought(text: unknown, choice = 0): Said[] {
  return typeof text === "string" && text !== "" ? [{ choice, delta: { reasoning_content: text } }] : []
}

/** @param more what else is known of it: some clients read it in a call's first piece alone */
export function sayCall(index: number, id: unknown, name: string, choice = 0, more: Fields = {}): Said {
  const call = { index, id: String(id), type: "function", function: { name, arguments: "" }, ...more }
  return { choice, delta: { tool_calls: [call] } }
}

export function sayArguments(index: number, text: unknown, choice = 0): Said[] {
  if (typeof text !== "string" || text === "") return []
  return [{ choice, delta: { tool_calls: [{ index, function: { arguments: text } }] } }]
}

/** The input of a tool from the text that came in pieces. A text that is no JSON, because it was cut, stays a text. */
export function parseInput(text: string): unknown {
  const value = depthDefect(text) === null ? parseExact(text) : undefined
  return value === undefined ? text : value
}

/** What grows at an index: its blocks in their order. */
export function createBlocks() {
  const blocks = new Map<number, Fields>()
  return {
    /** The block at an index; an empty one where there is none. */
    at(index: unknown): Fields {
      const there = blocks.get(Number(index))
      if (there) return there
      const made: Fields = {}
      blocks.set(Number(index), made)
      return made
    },
    list: (): Fields[] => [...blocks].toSorted(([one], [other]) => one - other).map(([, block]) => block),
  }
}

/** The object at a name; an empty one is put there where there is none. */
export function open(target: Fields, name: string): Fields {
  const there = target[name]
  if (isRecord(there)) return there
  const made: Fields = {}
  target[name] = made
  return made
}

/** Adds items to a list that is a member. Not by a copy: a list may become long. */
export function push(target: Fields, name: string, items: readonly unknown[]): void {
  const there = target[name]
  const list = Array.isArray(there) ? there : []
  target[name] = list
  for (const item of items) list.push(item)
}

/** Adds a text to a member. */
export function grow(target: Fields, name: string, text: unknown): void {
  if (typeof text === "string") target[name] = `${target[name] ?? ""}${text}`
}
