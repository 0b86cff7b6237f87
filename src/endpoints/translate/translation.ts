// What a translation is: one request type is asked in place of another, and its answer becomes the other's. Types, and what they all need. Pure.

import type { Refusal } from "../../call.ts"
import { asRecords, asText } from "../../values.ts"
import type { ParameterCheck } from "../parametertable.ts"

const QUOTE_CHARS = 100

export type Fields = Record<string, unknown>

/** What an answer needs that neither the request nor the other answer says. */
export interface About {
  provider: string
  jobId: string
  /** Epoch milliseconds. */
  now: number
}

/** What an answer came to. */
export type Translated =
  | { answer: Fields }
  /** The end of a sentence that starts with "but". */
  | { problem: string }
  /** It came with a 2xx and says that it failed. */
  | { status: number; refusal: Refusal }

export interface Translation {
  /** The request type that is asked. */
  asks: string
  check(fields: Fields, provider: string): ParameterCheck
  /** @param fields those that the check found no errors in */
  request(fields: Fields, provider: string): Fields
  /** @param fields the request as it was before */
  answer(answer: Fields, fields: Fields, about: About): Translated
}

/** A name out of a request, for an error: it may be of any length. */
export function quoted(value: unknown): string {
  return JSON.stringify(asText(value).slice(0, QUOTE_CHARS))
}

/** The members that are there: null is as good as absent. */
export function given(members: Fields): Fields {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null))
}

export function without(members: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)))
}

/** Null where there would be no members. */
export function filled(members: Fields): Fields | null {
  return Object.keys(members).length > 0 ? members : null
}

/** The parts of a content; a text counts as one. */
export function listParts(content: unknown): Fields[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : asRecords(content)
}

/** One part that is nothing but text is that text: some servers take no lists where one text will do. */
export function simplifyContent(parts: Fields[]): string | Fields[] {
  const [part, ...others] = parts
  return part && others.length === 0 && isPlainText(part) ? asText(part["text"]) : parts
}

export function isPlainText(part: Fields): boolean {
  return part["type"] === "text" && typeof part["text"] === "string" && Object.keys(part).length === 2
}
