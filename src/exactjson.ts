// Reads JSON whose numbers keep their digits. JSON.parse rounds a long one, and JSON.stringify writes 1.10 as 1.1: what goes through a
// translation would not be what came. Here a number that would be written differently is an object that stands for it.

import { depthDefect, stringEnd } from "./json.ts"

const QUOTE = 34
const MINUS = 45
const ZERO = 48
const NINE = 57

/** A number as it was written. It counts and compares as its value, and becomes a text, or JSON, with its own digits. */
export class ExactNumber {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }

  valueOf(): number {
    return Number(this.source)
  }

  toString(): string {
    return this.source
  }

  toJSON(): unknown {
    return rawJSON(this.source)
  }
}

/** The value of a JSON text; undefined when it is no JSON. Only where a text has such a number it costs more than JSON.parse. */
export function parseExact(text: string): unknown {
  try {
    return isRewritten(text) ? parse(text, keepDigits) : JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * The same of a text within a request, whose depth nobody has checked. Undefined also when it nests so deep that it could not be
 * written again.
 */
export function parseInner(text: string): unknown {
  return depthDefect(text) === null ? parseExact(text) : undefined
}

/** The value of a number in either form; undefined when it is none. */
export function readNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value
  return value instanceof ExactNumber ? Number(value) : undefined
}

/** Whether it is a number in either form. */
export function isNumber(value: unknown): boolean {
  return readNumber(value) !== undefined
}

/** The number that a field of a form has as its text, or a number of JSON as it is. NaN when it is none. */
export function toNumber(value: unknown): unknown {
  const read = typeof value === "string" ? parseInner(value) : value
  return isNumber(read) ? read : typeof value === "object" ? Number.NaN : Number(value)
}

/** https://github.com/tc39/proposal-json-parse-with-source; TypeScript does not know it yet. */
const { parse, rawJSON } = JSON as unknown as {
  parse(text: string, reviver: (name: string, value: unknown, context: { source?: string }) => unknown): unknown
  rawJSON(text: string): unknown
}

function keepDigits(_name: string, value: unknown, { source }: { source?: string }): unknown {
  const isChanged = typeof value === "number" && source !== undefined && String(value) !== source
  return isChanged ? new ExactNumber(source) : value
}

/** Whether the text has a number that JSON.stringify would write differently. The text may be invalid. */
function isRewritten(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at)
    if (c === QUOTE) at = stringEnd(text, at)
    else if (c === MINUS || isDigit(c)) {
      const end = numberEnd(text, at)
      if (!isKept(text, at, end)) return true
      at = end - 1
    }
  }
  return false
}

function numberEnd(text: string, start: number): number {
  let end = start + 1
  // Signs, the point, digits, and the letter of an exponent.
  for (let c = text.charCodeAt(end); isDigit(c) || c === 46 || c === 43 || c === MINUS || (c | 32) === 101; ) {
    c = text.charCodeAt(++end)
  }
  return end
}

/** A digit is always kept, and is the usual number. */
function isKept(text: string, start: number, end: number): boolean {
  if (end - start === 1) return text.charCodeAt(start) !== MINUS
  const source = text.slice(start, end)
  return String(Number(source)) === source
}

function isDigit(c: number): boolean {
  return c >= ZERO && c <= NINE
}
