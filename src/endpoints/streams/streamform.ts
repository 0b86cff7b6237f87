// What the stream of a request type is: how a result is put together from its events, and how a stream is made of a result. Pure.

import type { Content } from "../../call.ts"

export type Fields = Record<string, unknown>

export interface StreamForm {
  /** Members with which the provider's request asks for a stream that says all that the result has: name -> JSON text. */
  completeRequest(request: Fields): Record<string, string>
  /** Whether the client gets an event, and not only the result that is put together. */
  isWanted(event: Fields, request: Fields): boolean
  startAssembly(request: Fields): Assembly
  /** Absent: no type is translated through this one. */
  startReader?(): EventReader
  /** @param beginning a result; of its answer only what stands before the model's words is read */
  startWriter(beginning: Fields, request: Fields): EventWriter
  /** Whether the end of the answer is among these events, as they are sent. Absent: nobody needs to know. */
  hasEnd?(events: string): boolean
  /** An error as an event, as it is sent. @param last what was sent before it; empty: nothing was */
  writeError(error: StreamError, last: string): string
  /** What follows the last event, as it is sent. */
  end: string
}

/** An error in OpenAI's form. */
export interface StreamError {
  message: string
  type: string
  param: string | null
  code: string | null
}

/** A result that is put together from the events of its stream. */
export interface Assembly {
  add(event: Fields): void
  /** Whether an event had content. Until then another attempt may begin anew without the client noticing. */
  hasBegun(): boolean
  /** Whether the stream has said that it is at its end. */
  isComplete(): boolean
  build(): Fields
  /** The bytes that belong to what `build` returns, where the result has some. */
  content?(): Content
}

/** A part of an answer as it comes, whatever the form of its stream. */
export interface Said {
  /** The index of the choice that it belongs to. */
  choice: number
  /**
   * In the form of chat's deltas: `content`, `reasoning_content` or `refusal`; or `tool_calls` with one item, which has an index, and
   * first all that the call has but its arguments, later only arguments.
   */
  delta: Fields
}

/** Reads the stream of one answer for a translation. */
export interface EventReader {
  /** What an event says of the answer. */
  read(event: Fields): Said[]
  /** A result with all that the stream has said of itself by now, and without an answer. */
  begin(): Fields
}

/** Writes the stream of one answer: what is said as it comes, or at the end the whole result, or both. */
export interface EventWriter {
  /** The events of a part, as they are sent. Empty when the form has none. */
  write(part: Said): string
  /** The events of what the result has and was not written, and those at the end of a stream, as they are sent. */
  finish(result: Fields): Iterable<string>
}

/** The events of a result that did not come as a stream, as they are sent. */
export function split(form: StreamForm, result: Fields, request: Fields): Iterable<string> {
  return form.startWriter(result, request).finish(result)
}

/** What a whole text has after its beginning. Empty when it does not begin so: what was sent stands then. */
export function rest(whole: unknown, beginning: string): string {
  return typeof whole === "string" && whole.startsWith(beginning) ? whole.slice(beginning.length) : ""
}

/** An event as it is sent. @param name of the event, where its form has names */
export function writeEvent(data: object, name?: string): string {
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`
}

const PIECES_MAX = 200

/** Cuts a text between words into at most 200 pieces. */
export function cutText(text: string): string[] {
  const wanted = Math.ceil(text.length / PIECES_MAX)
  const pieces: string[] = []
  let piece = ""
  for (const word of text.match(/\s*\S+\s*$|\s*\S+|\s+/g) ?? []) {
    piece += word
    if (piece.length < wanted) continue
    pieces.push(piece)
    piece = ""
  }
  return piece === "" ? pieces : [...pieces, piece]
}
