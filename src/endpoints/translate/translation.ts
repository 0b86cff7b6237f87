// What a translation is: it serves a request type by requesting another one. Types, and functions that all translations need. Pure.

import type { Refusal } from "../../call.ts"
import { asRecords, asText } from "../../values.ts"
import type { ParameterCheck } from "../parametertable.ts"

const QUOTE_CHARS = 100

export type Fields = Record<string, unknown>

/** What the translated answer needs besides the request and the answer. */
export interface About {
  provider: string
  jobId: string
  /** Epoch milliseconds. */
  now: number
}

/** A translated answer. */
export type Translated =
  | { answer: Fields }
  /** The end of a sentence that starts with "but". */
  | { problem: string }
  /** The answer is a 2xx that reports a failure. */
  | { status: number; refusal: Refusal }

export interface Translation {
  /** The request type that is sent to the provider. */
  asks: string
  check(fields: Fields, provider: string): ParameterCheck
  /** @param fields must have passed the check */
  request(fields: Fields, provider: string): Fields
  /** @param fields the request before its translation */
  answer(answer: Fields, fields: Fields, about: About): Translated
}

/** Quotes a name of a request in an error. It may have any length, and is cut. */
export function quoted(value: unknown): string {
  return JSON.stringify(asText(value).slice(0, QUOTE_CHARS))
}

/** The members that are given. Null counts as absent. */
export function given(members: Fields): Fields {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null))
}

export function without(members: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)))
}

/** Null instead of an empty object. */
export function filled(members: Fields): Fields | null {
  return Object.keys(members).length > 0 ? members : null
}

/** The parts of a content. A text is one part. */
export function listParts(content: unknown): Fields[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : asRecords(content)
}

/** A single text part becomes a text, because some servers accept lists only when they must. */
export function simplifyContent(parts: Fields[]): string | Fields[] {
  const [part, ...others] = parts
  return part && others.length === 0 && isPlainText(part) ? asText(part["text"]) : parts
}

export function isPlainText(part: Fields): boolean {
  return part["type"] === "text" && typeof part["text"] === "string" && Object.keys(part).length === 2
}
