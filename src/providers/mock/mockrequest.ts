// Requests and answers of the mock provider, and functions to read a request. Reading never throws: a member of the wrong form counts as absent.
import { asRecord, asText } from "../../values.ts"

/** A request to the mock provider, from JSON or a form. */
export interface MockRequest {
  /** JSON members, or a form's text fields: a string, or a list of strings when the name came more than once. */
  fields: Record<string, unknown>
  files: { name: string; fileName: string | null; contentType: string | null; bytes: Uint8Array }[]
}

export interface MockAnswer {
  contentType: string
  bytes: Uint8Array
}

/** The job that an answer belongs to. */
export interface MockJob {
  jobId: string
  model: string
  /** Epoch milliseconds. */
  now: number
}

export type Answerer = (request: MockRequest, about: MockJob) => MockAnswer

/** The limit of inputs that are answered, because a short body could ask for gigabytes. It is OpenAI's limit for embeddings. */
const INPUTS_MAX = 2048

/** Part of every answer. */
export const notice = "[mock answer by asyncgate, no model was asked]"

export function repeat(text: string): string {
  return `${notice} ${text}`
}

export function json(value: Record<string, unknown>): MockAnswer {
  return { contentType: "application/json", bytes: Buffer.from(JSON.stringify(value)) }
}

export function seconds(epochMs: number): number {
  return Math.floor(epochMs / 1000)
}

/** Used as the number of tokens. */
export function countWords(text: string): number {
  return text.split(/\s+/).filter(Boolean).length
}

/** A message's content is text or a list of parts. */
export function readText(content: unknown): string {
  if (typeof content === "string") return content
  if (!Array.isArray(content)) return ""
  return content.map((part) => asText(asRecord(part)["text"])).join(" ")
}

/** A whole number from 1 to `maximum`, as a number or as digits. Null for anything else. */
export function readCount(value: unknown, maximum: number): number | null {
  const count = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value
  return typeof count === "number" && Number.isInteger(count) && count >= 1 && count <= maximum ? count : null
}

/** One text to complete or to embed. */
export interface Input {
  text: string
  tokens: number
}

/** OpenAI's four forms of an input: a text, a list of texts, a list of tokens, a list of lists of tokens. */
export function readInputs(value: unknown): { inputs: Input[]; cut: { mock?: string } } {
  const isList = Array.isArray(value) && value.length > 0 && !value.every((item) => typeof item === "number")
  const list: unknown[] = isList ? value : [value]
  const cut = list.length > INPUTS_MAX ? { mock: `the first ${INPUTS_MAX} of ${list.length} inputs are answered` } : {}
  return { inputs: list.slice(0, INPUTS_MAX).map(readInput), cut }
}

function readInput(item: unknown): Input {
  if (typeof item === "string") return { text: item, tokens: countWords(item) }
  if (item === undefined || item === null) return { text: "", tokens: 0 }
  return { text: JSON.stringify(item), tokens: Array.isArray(item) ? item.length : 1 }
}
