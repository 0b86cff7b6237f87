// Reads a JSON text that comes in pieces, a little with each of them, so that a large one never holds the thread.
// Takes what JSON.parse takes and gives the same values, within the limits below.

export interface JsonLimits {
  /** How deep objects and lists may nest. */
  depth: number
  /** How many values there may be in all: objects, lists, texts, numbers, true, false and null. */
  values: number
}

/** What is wrong with the text, as the rest of a sentence that begins with what the text is: "the body …". */
export class JsonError extends Error {
  /** There is only too much of it. */
  readonly isTooLarge: boolean

  constructor(message: string, isTooLarge = false) {
    super(message)
    this.isTooLarge = isTooLarge
  }
}

type Container = unknown[] | Record<string, unknown>

/** What may come next, beside white space. */
type Expected = "value" | "value or end" | "name" | "name or end" | "colon" | "comma or end" | "nothing"

/** JSON.parse reads a number of any length, in a time that grows with it. */
const NUMBER_CHARS_MAX = 100_000
const SCALAR_START = /[-\dtfn]/
/** Anything that ends a number or a word. */
const SCALAR_END = /[\s,:[\]{}"]/g
const NOT_SPACE = /[^ \t\r\n]/g
/** What comes before the space. */
const CONTROL = /[^ -\uffff]/

const QUOTE = 34
const COMMA = 44
const COLON = 58
const BACKSLASH = 92

export class JsonReader {
  /** The names of the outermost object's members, in their order; one that is given twice is here twice. */
  readonly names: string[] = []
  readonly #limits: JsonLimits
  #values = 0
  #expected: Expected = "value"
  #root: unknown
  /** The objects and lists that are open, the innermost last, and the name that each of them waits for a value of. */
  readonly #open: Container[] = []
  readonly #namesOpen: string[] = []
  /** What has been read of a text; null outside of one. */
  #text: string | null = null
  /** The end of the last piece: an escape sequence, a number or a word that goes on in the next one. */
  #rest = ""
  /** How many characters lie before what is being read. */
  #before = 0

  constructor(limits: JsonLimits) {
    this.#limits = limits
  }

  /** @throws {JsonError} */
  push(piece: string): void {
    // Not by `+` alone: what comes of it is copied when it is searched, and the copy is kept.
    const chars = this.#rest === "" ? piece : this.#rest + piece
    this.#rest = ""
    let at = 0
    while (at < chars.length) at = this.#text === null ? this.#step(chars, at) : this.#readText(chars, at)
    this.#before += chars.length - this.#rest.length
  }

  /** The value. @throws {JsonError} when the text ends before it does */
  end(): unknown {
    if (this.#rest !== "" && this.#text === null) {
      const scalar = this.#rest
      this.#rest = ""
      this.#addScalar(scalar, 0)
    }
    if (this.#expected !== "nothing" || this.#text !== null) throw new JsonError("breaks off before its end")
    return this.#root
  }

  /** Reads one token, or the white space in front of one, and returns where the next one begins. */
  #step(chars: string, at: number): number {
    const c = chars.charCodeAt(at)
    if (c === 32 || c === 10 || c === 13 || c === 9) return skipSpace(chars, at)
    const expected = this.#expected
    if (c === QUOTE && expected !== "colon" && expected !== "comma or end" && expected !== "nothing") {
      this.#text = ""
      return at + 1
    }
    if (expected === "colon" && c === COLON) this.#expected = "value"
    else if (expected === "comma or end" && c === COMMA) this.#expected = this.#isInList() ? "value" : "name"
    else if (this.#canClose(chars[at])) this.#close()
    else if (expected !== "value" && expected !== "value or end") throw this.#unexpected(chars, at)
    else if (c === 123) this.#openContainer({}, "name or end")
    else if (c === 91) this.#openContainer([], "value or end")
    else return this.#readScalar(chars, at)
    return at + 1
  }

  /** A number, true, false or null. */
  #readScalar(chars: string, at: number): number {
    if (!SCALAR_START.test(chars.charAt(at))) throw this.#unexpected(chars, at)
    SCALAR_END.lastIndex = at
    const end = SCALAR_END.exec(chars)?.index ?? chars.length
    const scalar = chars.slice(at, end)
    if (scalar.length > NUMBER_CHARS_MAX)
      throw new JsonError(`has a number of more than ${NUMBER_CHARS_MAX} characters: send a shorter one`)
    if (end === chars.length) this.#rest = scalar
    else this.#addScalar(scalar, at)
    return end
  }

  #addScalar(scalar: string, at: number): void {
    try {
      this.#add(JSON.parse(scalar))
    } catch (error) {
      throw error instanceof JsonError ? error : this.#unexpected(scalar, 0, at)
    }
  }

  /** The rest of a text, or as much of it as has come. */
  #readText(chars: string, at: number): number {
    const end = closingQuote(chars, at)
    const stop = end < 0 ? lastWhole(chars, at) : end
    this.#text += this.#decode(chars.slice(at, stop), at)
    if (end < 0) {
      this.#rest = chars.slice(stop)
      return chars.length
    }
    const text = this.#text ?? ""
    this.#text = null
    if (this.#expected === "name" || this.#expected === "name or end") this.#addName(text)
    else this.#add(text)
    return end + 1
  }

  /** What stands between quotes, in pieces that end between escape sequences. */
  #decode(raw: string, at: number): string {
    const isPlain = !raw.includes("\\")
    if (isPlain && !CONTROL.test(raw)) return raw
    try {
      return JSON.parse(`"${raw}"`) as string
    } catch {
      throw new JsonError(
        `is not valid JSON: a control character or an unknown escape sequence in the text at character ${this.#before + at + 1}`,
      )
    }
  }

  #addName(name: string): void {
    if (this.#open.length === 1) this.names.push(name)
    this.#namesOpen[this.#open.length - 1] = name
    this.#expected = "colon"
  }

  #add(value: unknown): void {
    if (++this.#values > this.#limits.values)
      throw new JsonError(`has more than ${this.#limits.values} values: send less at a time`, true)
    const container = this.#open.at(-1)
    if (container === undefined) this.#root = value
    else if (Array.isArray(container)) container.push(value)
    else setOwn(container, this.#namesOpen[this.#open.length - 1] ?? "", value)
    this.#expected = container === undefined ? "nothing" : "comma or end"
  }

  #openContainer(container: Container, expected: Expected): void {
    this.#add(container)
    if (this.#open.length === this.#limits.depth)
      throw new JsonError(`nests more than ${this.#limits.depth} deep: send it flatter`)
    this.#open.push(container)
    this.#expected = expected
  }

  #canClose(char: string | undefined): boolean {
    if (this.#open.length === 0) return false
    const isEnd = this.#expected === "comma or end"
    return this.#isInList()
      ? char === "]" && (isEnd || this.#expected === "value or end")
      : char === "}" && (isEnd || this.#expected === "name or end")
  }

  #close(): void {
    this.#open.pop()
    this.#expected = this.#open.length === 0 ? "nothing" : "comma or end"
  }

  #isInList(): boolean {
    return Array.isArray(this.#open.at(-1))
  }

  /** @param base where in this piece `chars` begins */
  #unexpected(chars: string, at: number, base = 0): JsonError {
    const what = JSON.stringify(chars.slice(at, at + 1))
    return new JsonError(`is not valid JSON: ${what} is not expected at character ${this.#before + base + at + 1}`)
  }
}

function skipSpace(chars: string, at: number): number {
  NOT_SPACE.lastIndex = at
  return NOT_SPACE.exec(chars)?.index ?? chars.length
}

/** Not by assignment alone: a member may be called __proto__. */
function setOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== "__proto__") object[name] = value
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}

/** Where the quote is that ends a text whose content begins or goes on at `start`, or -1. Searches natively: texts can be megabytes long. */
function closingQuote(chars: string, start: number): number {
  for (let end = chars.indexOf('"', start); end >= 0; end = chars.indexOf('"', end + 1)) {
    if (backslashesBefore(chars, end, start) % 2 === 0) return end
  }
  return -1
}

/** Where the last escape sequence begins if it has not come whole; else the end. */
function lastWhole(chars: string, start: number): number {
  const last = chars.lastIndexOf("\\")
  if (last < start || backslashesBefore(chars, last, start) % 2 === 1) return chars.length
  const length = chars[last + 1] === "u" ? 6 : 2
  return last + length > chars.length ? last : chars.length
}

function backslashesBefore(chars: string, at: number, start: number): number {
  let count = 0
  while (at - 1 - count >= start && chars.charCodeAt(at - 1 - count) === BACKSLASH) count++
  return count
}
