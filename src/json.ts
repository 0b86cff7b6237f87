// Edits JSON text without parsing it into values, so that every byte that is not edited stays as it came.

/** One member of the outermost object: offsets into the text. */
export interface Member {
  key: string
  start: number
  valueStart: number
  end: number
}

export type Scan =
  | { kind: "object"; members: Member[]; depth: number }
  /** The text is valid JSON, but its outermost value is not an object. */
  | { kind: "other" }

/** The second parser takes about a second for 40 MB; nobody finds a comma in that by its column. */
const LOCATED_CHARS_MAX = 4_000_000
/** Far deeper than the answer of any provider. */
const DEPTH_MAX = 1000
const QUOTE = 34
const BACKSLASH = 92
const COMMA = 44
const COLON = 58
const BRACE = 123
const BRACKET = 91

/**
 * Lists the members of the outermost object and how deep the text nests.
 * `text` must have passed JSON.parse: this only finds its way, it does not validate.
 */
export function scan(text: string): Scan {
  let at = skipSpace(text, 0)
  if (text[at] !== "{") return { kind: "other" }
  const members: Member[] = []
  let depth = 1
  let deepest = 1
  let start = -1
  let key = ""
  let valueStart = -1
  let last = at
  for (at++; at < text.length; at++) {
    const c = text.charCodeAt(at)
    if (c <= 32) continue
    if (c === QUOTE) {
      const end = stringEnd(text, at)
      if (depth === 1 && start < 0) {
        start = at
        key = keyAt(text, at, end)
      }
      at = end
    } else if (c === 123 || c === 91) {
      depth++
      if (depth > deepest) deepest = depth
    } else if (c === 125 || c === 93) {
      depth--
      if (depth === 0) {
        if (start >= 0) members.push({ key, start, valueStart, end: last + 1 })
        break
      }
    } else if (depth === 1) {
      if (c === COLON && valueStart < 0) valueStart = skipSpace(text, at + 1)
      else if (c === COMMA) {
        members.push({ key, start, valueStart, end: last + 1 })
        start = -1
        valueStart = -1
        continue
      }
    }
    last = at
  }
  return { kind: "object", members, depth: deepest }
}

/**
 * Replaces (JSON text) or removes (null) members of the outermost object and leaves every other byte alone.
 * A member that the text does not have is not added. `found` is the text's scan.
 */
export function edit(text: string, changes: Record<string, string | null>, found = scan(text)): string {
  if (found.kind !== "object") return text
  let result = ""
  let copied = 0
  let isFirst = true
  for (let index = 0; index < found.members.length; index++) {
    const member = found.members[index] as Member
    const change = Object.hasOwn(changes, member.key) ? changes[member.key] : undefined
    if (change === undefined) {
      isFirst = false
    } else if (change !== null) {
      result += text.slice(copied, member.valueStart) + change
      copied = member.end
      isFirst = false
    } else {
      // Its comma goes too: the one behind it while nothing stands before it, else the one in front.
      const next = found.members[index + 1]
      const previous = found.members[index - 1]
      if (isFirst && next) {
        result += text.slice(copied, member.start)
        copied = next.start
      } else {
        result += text.slice(copied, isFirst || !previous ? member.start : previous.end)
        copied = member.end
      }
    }
  }
  return result + text.slice(copied)
}

/** Where the values of a list are. `text` must be a JSON list that has passed JSON.parse. */
export function listValues(text: string): { start: number; end: number }[] {
  const values: { start: number; end: number }[] = []
  let at = skipSpace(text, skipSpace(text, 0) + 1)
  while (at < text.length && text[at] !== "]") {
    const end = valueEnd(text, at)
    values.push({ start: at, end })
    at = skipSpace(text, end)
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1)
  }
  return values
}

/** Where the value that starts at `start` ends. */
function valueEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const c = text.charCodeAt(at)
    if (c === QUOTE) at = stringEnd(text, at)
    else if (c === 123 || c === 91) depth++
    else if (c === 125 || c === 93) depth--
    // A number or a word goes on; it ends before what follows it.
    else if (depth > 0 || !isPastWord(text.charCodeAt(at + 1))) continue
    if (depth === 0) return at + 1
  }
  return text.length
}

/** Whether no number and no word goes on with this character. */
function isPastWord(c: number): boolean {
  return Number.isNaN(c) || c <= 32 || c === COMMA || c === 93 || c === 125
}

/** The text of a member of the outermost object, or null; of two with one name the last. `found` is the text's scan. */
export function member(text: string, found: Scan, key: string): string | null {
  const wanted = found.kind === "object" ? found.members.findLast((candidate) => candidate.key === key) : undefined
  return wanted ? text.slice(wanted.valueStart, wanted.end) : null
}

/** Adds a last member to the outermost object. `value` is JSON text; a member of that name that is already there gives way. */
export function append(text: string, key: string, value: string, found = scan(text)): string {
  if (found.kind !== "object") return text
  const { members } = found
  const isAlone = members.every((other) => other.key === key)
  const base = members.some((other) => other.key === key) ? edit(text, { [key]: null }) : text
  const close = base.lastIndexOf("}")
  return `${base.slice(0, close)}${isAlone ? "" : ","}${JSON.stringify(key)}:${value}${base.slice(close)}`
}

/** Where text that JSON.parse refused goes wrong, as the end of a sentence: JavaScriptCore does not say, a second, slower parser does. */
export function whereInvalid(text: string): string {
  if (text.length > LOCATED_CHARS_MAX) return ""
  // Loaded with the first text that is no JSON: it takes 1.5 MB. By its path, because its main form cannot be bundled.
  const { printParseErrorCode, visit } = require("jsonc-parser/lib/esm/main.js") as typeof import("jsonc-parser")
  let where = ""
  const note = (what: string, line: number, column: number) => {
    where ||= `: ${what} at line ${line + 1}, column ${column + 1}`
  }
  try {
    visit(text, {
      onError: (code, _offset, _length, line, column) => note(words(printParseErrorCode(code)), line, column),
      onComment: (_offset, _length, line, column) => note("a comment", line, column),
    })
  } catch {
    return ": it nests too deep to be read"
  }
  return where
}

/** `CommaExpected` -> `comma expected` */
function words(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase()
}

function keyAt(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end)
  return raw.includes("\\") ? (JSON.parse(text.slice(start, end + 1)) as string) : raw
}

/**
 * Why a JSON text must not be parsed and serialised again, by us or by a package. Null when it may be. Serialising 100,000 nested levels
 * fails after seconds, which block the thread's other calls.
 */
export function depthDefect(text: string): string | null {
  if (text.length <= DEPTH_MAX) return null
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at)
    if (c === QUOTE) at = stringEnd(text, at)
    else if (c === BRACE || c === BRACKET) depth++
    // The code of a closing bracket is two more than that of the opening one.
    else if (c === BRACE + 2 || c === BRACKET + 2) depth--
    if (depth > DEPTH_MAX) return `it nests deeper than ${DEPTH_MAX} levels`
  }
  return null
}

/** Where the string that starts at `at` has its closing quote. Leaps, because strings can be megabytes long. */
export function stringEnd(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++
    if (slashes % 2 === 0) return end
  }
  return text.length
}

function skipSpace(text: string, at: number): number {
  while (text.charCodeAt(at) <= 32) at++
  return at
}

/** The value of a JSON text; undefined when it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
