// Reads a multipart/form-data body as it streams by and finds the bytes to change; keeps no file bytes and never rebuilds a body.
// Where two readers of one body could disagree about it, it is refused: the provider that gets the bytes reads them once more.
import { isUtf8 } from "node:buffer"
import { quoted } from "./errors.ts"

/** A file of the form. `bytes` is the length of its content as it came, whatever its Content-Transfer-Encoding. */
export interface Part {
  name: string
  fileName: string | null
  contentType: string | null
  bytes: number
}

/** A replacement of `length` bytes at offset `at` of the body by `text`. In ascending order, never overlapping. */
export interface Edit {
  at: number
  length: number
  text: string
}

export interface Form {
  /** SHA-256, as hex, of all but the boundary; null where it was not asked for. */
  digest: string | null
  /** Text fields in their order; a list where a name came more than once. */
  fields: Record<string, string | string[]>
  /** In their order, names as they came: "image[]" stays "image[]". */
  files: Part[]
  /** Length of the whole body. */
  bytes: number
  /**
   * Edits that give every text field of a name another value (text) or remove it whole (null). Absent names are skipped.
   * @throws {FormError} when a value holds the form's boundary
   */
  edits(changes: Record<string, string | null>): Edit[]
}

/** What is wrong with a form, and what to send instead. */
export class FormError extends Error {}

const PARTS_MAX = 1000
const HEAD_BYTES_MAX = 16 * 1024
const NAME_CHARS_MAX = 512
const TEXT_BYTES_MAX = 1024 * 1024
const TEXTS_BYTES_MAX = 10 * TEXT_BYTES_MAX
/** RFC 2046, section 5.1.1. */
const BOUNDARY_CHARS_MAX = 70
/** A slice is copied when bytes of the one before are held: 5 GB/s at this size, 0.6 GB/s with 100 MB in one go. */
const SLICE_BYTES = 64 * 1024

const CR = 13
const LF = 10
const LINE_END = Buffer.from("\r\n")
const HEAD_END = Buffer.from("\r\n\r\n")
const NOTHING = Buffer.alloc(0)

/** A part and where it lies: `at` its delimiter's first dash, which is two bytes behind the `contentEnd` of the part before. */
interface Section extends Head {
  at: number
  contentAt: number
  contentEnd: number
  /** Of a file always empty. */
  text: string
}

interface Head {
  name: string
  isFile: boolean
  fileName: string | null
  contentType: string | null
}

/**
 * `content`: a part's, or the preamble; ends with the line end in front of a delimiter.
 * `head`: the rest of the delimiter's line and the headers. `close`: the rest of the last delimiter's line. `epilogue`: what follows it.
 */
type State = "content" | "head" | "close" | "epilogue"

/** Takes pieces of any size. After a FormError it is of no more use. */
export class FormReader {
  readonly #boundary: string
  /** A delimiter without the CR in front of it. */
  readonly #delimiter: Buffer
  readonly #sections: Section[] = []
  /** The head that is being read, or the content of a text field with the line end in front of it. */
  readonly #kept = new Kept()
  #textBytes = 0
  #state: State = "content"
  /** Whose content is being read; null in the preamble. */
  #section: Section | null = null
  /** Where the delimiter that was found last has its first dash. */
  #dashesAt = 0
  /** A body may begin with a delimiter, as if a line end stood in front of it. */
  #held: Buffer = LINE_END
  /** Where in the body the first byte lies that is held or still to come. */
  #at = -LINE_END.length

  /** Over heads and contents: a client that sends a form again makes a new boundary. */
  readonly #hash: Bun.CryptoHasher | null

  /**
   * @param isDigested whether the form's digest will be asked for
   * @throws {FormError} when the header does not say multipart/form-data and one usable boundary
   */
  constructor(contentType: string, isDigested = false) {
    this.#hash = isDigested ? new Bun.CryptoHasher("sha256") : null
    this.#boundary = readBoundary(contentType)
    this.#delimiter = Buffer.from(`\n--${this.#boundary}`)
  }

  /** How many bytes of text fields are held. */
  get heldBytes(): number {
    return this.#textBytes + this.#kept.length
  }

  /** @throws {FormError} */
  push(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; at += SLICE_BYTES) {
      const slice = Buffer.from(piece.buffer, piece.byteOffset + at, Math.min(SLICE_BYTES, piece.length - at))
      let rest = this.#held.length > 0 ? Buffer.concat([this.#held, slice]) : slice
      this.#held = NOTHING
      while (rest.length > 0) rest = this.#step(rest)
    }
  }

  /** @throws {FormError} when the body ends before the form does */
  end(): Form {
    if (this.#state === "content") throw this.#unclosed()
    if (this.#state === "head") throw this.#unfinished("the form ends within a delimiter or the headers of a part")
    const sections = this.#sections
    return {
      fields: fieldsOf(sections),
      files: sections.filter(({ isFile }) => isFile).map(fileOf),
      bytes: this.#at,
      digest: this.#hash?.digest("hex") ?? null,
      edits: (changes) => editsOf(sections, changes, this.#boundary),
    }
  }

  /** Reads a run of bytes of one kind and returns what follows it. */
  #step(bytes: Buffer): Buffer {
    if (this.#state === "content") return this.#readContent(bytes)
    if (this.#state === "head") return this.#readHead(bytes)
    if (this.#state === "close") return this.#readClose(bytes)
    this.#at += bytes.length
    return NOTHING
  }

  #readContent(bytes: Buffer): Buffer {
    const found = bytes.indexOf(this.#delimiter)
    if (found >= 0) {
      // Some readers take LF alone for a line end, others for content.
      if (bytes[found - 1] !== CR) throw this.#notDelimiter()
      this.#keepText(bytes.subarray(0, found - 1))
      this.#finishSection(this.#at + found - 1)
      this.#dashesAt = this.#at + found + 1
      this.#at += found + this.#delimiter.length
      this.#state = "head"
      return bytes.subarray(found + this.#delimiter.length)
    }
    const tailAt = Math.max(0, bytes.length - this.#delimiter.length)
    const lineEnd = bytes.subarray(tailAt).findIndex((byte) => byte === CR || byte === LF)
    const passed = lineEnd < 0 ? bytes : bytes.subarray(0, tailAt + lineEnd)
    this.#keepText(passed)
    this.#at += passed.length
    this.#held = Buffer.from(bytes.subarray(passed.length))
    return NOTHING
  }

  #readHead(bytes: Buffer): Buffer {
    const before = this.#kept.length
    this.#kept.add(bytes.subarray(0, HEAD_BYTES_MAX - before))
    if (before < 2 && this.#kept.startsWith("--")) {
      this.#kept.clear()
      this.#at += 2 - before
      this.#state = "close"
      return bytes.subarray(2 - before)
    }
    const end = this.#kept.indexOf(HEAD_END, before - HEAD_END.length + 1)
    if (end < 0) {
      if (this.#kept.length === HEAD_BYTES_MAX)
        throw this.#unfinished(`the headers of a part are longer than ${HEAD_BYTES_MAX} bytes`)
      this.#at += bytes.length
      return NOTHING
    }
    const used = end + HEAD_END.length - before
    this.#at += used
    this.#startSection(this.#kept.text(0, end))
    // The empty line's end is read as the content's first: the delimiter may follow it at once.
    this.#at -= LINE_END.length
    return used >= LINE_END.length
      ? bytes.subarray(used - LINE_END.length)
      : Buffer.concat([LINE_END, bytes.subarray(used)])
  }

  #readClose(bytes: Buffer): Buffer {
    const lineEnd = bytes.indexOf(LF)
    const used = lineEnd < 0 ? bytes.length : lineEnd + 1
    if (!/^[ \t\r]*\n?$/.test(bytes.toString("latin1", 0, used))) throw this.#notDelimiter()
    this.#at += used
    if (lineEnd >= 0) this.#state = "epilogue"
    return bytes.subarray(used)
  }

  #startSection(head: string): void {
    if (this.#sections.length === PARTS_MAX)
      throw new FormError(`the form has more than ${PARTS_MAX} parts: send fewer`)
    const { padding, headers } = splitHead(head)
    this.#checkPadding(padding)
    this.#section = {
      ...readHead(headers, this.#sections.length + 1),
      at: this.#dashesAt,
      contentAt: this.#at,
      contentEnd: this.#at,
      text: "",
    }
    this.#sections.push(this.#section)
    this.#hash?.update(`${padding}--${headers}--`)
    this.#kept.clear()
    this.#state = "content"
  }

  #finishSection(contentEnd: number): void {
    const section = this.#section
    if (section === null) return
    if (contentEnd < section.contentAt) {
      throw new FormError(
        `part ${quoted(section.name)} has no line end of its own in front of the next delimiter: send an empty line, the content, a line end and then the delimiter`,
      )
    }
    section.contentEnd = contentEnd
    if (!section.isFile) {
      if (!this.#kept.isUtf8())
        throw new FormError(
          `field ${quoted(section.name)} is not UTF-8 text: send text as UTF-8, or as a file with a filename`,
        )
      section.text = this.#kept.text(LINE_END.length)
      this.#textBytes += this.#kept.length - LINE_END.length
    }
    this.#kept.clear()
    this.#section = null
  }

  #keepText(bytes: Uint8Array): void {
    if (this.#section !== null) this.#hash?.update(bytes)
    if (this.#section === null || this.#section.isFile) return
    const length = this.#kept.length + bytes.length - LINE_END.length
    if (length > TEXT_BYTES_MAX) throw tooLong(this.#section.name, "is", TEXT_BYTES_MAX)
    if (this.#textBytes + length > TEXTS_BYTES_MAX)
      throw tooLong(this.#section.name, "and the text fields before it are together", TEXTS_BYTES_MAX)
    this.#kept.add(bytes)
  }

  #checkPadding(padding: string): void {
    if (/^[ \t]*\n/.test(padding)) throw lineEndsWrong()
    if (!/^[ \t]*$/.test(padding)) throw this.#notDelimiter()
  }

  /** Why no end of a head was found: another reason comes before the one that `sentence` says. */
  #unfinished(sentence: string): FormError {
    const head = this.#kept.text()
    if (head !== "-") this.#checkPadding(splitHead(head).padding)
    return hasOtherLineEnds(head.replace(/\r$/, ""))
      ? lineEndsWrong()
      : new FormError(`${sentence}: send an empty line between headers and content, and a last delimiter`)
  }

  #unclosed(): FormError {
    const delimiter = quoted(`--${this.#boundary}`)
    if (this.#section !== null) {
      return new FormError(
        `the form ends within part ${quoted(this.#section.name)}: its last delimiter, ${quoted(`--${this.#boundary}--`)} on a line of its own, is missing`,
      )
    }
    return new FormError(
      this.#at + this.#held.length === 0
        ? "the body is empty: send a form"
        : `the body has no line that begins with ${delimiter}: send a form with the boundary that content-type names, and CRLF line ends`,
    )
  }

  #notDelimiter(): FormError {
    return new FormError(
      `a line begins with the boundary ${quoted(this.#boundary)} but is no delimiter: end delimiters with CRLF and choose a boundary that no content has`,
    )
  }
}

/** Applies edits to a body that comes in pieces, which may be cut anywhere. Keeps no bytes: what it returns are views of the piece. */
export function applyEdits(edits: readonly Edit[]): (piece: Uint8Array) => Uint8Array[] {
  let at = 0
  let next = 0
  /** Up to where the body has been copied or replaced. */
  let done = 0
  return (piece) => {
    const result: Uint8Array[] = []
    const add = (bytes: Uint8Array) => {
      if (bytes.length > 0) result.push(bytes)
    }
    const end = at + piece.length
    for (let edit = edits[next]; edit && edit.at <= end; edit = edits[++next]) {
      add(piece.subarray(done - at, edit.at - at))
      add(Buffer.from(edit.text))
      done = edit.at + edit.length
    }
    if (end > done) {
      add(piece.subarray(done - at))
      done = end
    }
    at = end
    return result
  }
}

/** Length in bytes of a body of `bytes` with the edits applied. */
export function editedLength(bytes: number, edits: readonly Edit[]): number {
  return edits.reduce((length, edit) => length + Buffer.byteLength(edit.text) - edit.length, bytes)
}

/** Bytes that grow at the end, in one allocation that is used again. */
class Kept {
  #bytes = Buffer.alloc(1024)
  length = 0

  add(piece: Uint8Array): void {
    const length = this.length + piece.length
    if (length > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(length, 2 * this.#bytes.length))
      larger.set(this.#bytes.subarray(0, this.length))
      this.#bytes = larger
    }
    this.#bytes.set(piece, this.length)
    this.length = length
  }

  clear(): void {
    this.length = 0
  }

  text(start = 0, end = this.length): string {
    return this.#bytes.toString("utf8", start, end)
  }

  startsWith(text: string): boolean {
    return this.text(0, Math.min(text.length, this.length)) === text
  }

  indexOf(sought: Buffer, from: number): number {
    return this.#bytes.subarray(0, this.length).indexOf(sought, Math.max(0, from))
  }

  isUtf8(): boolean {
    return isUtf8(this.#bytes.subarray(0, this.length))
  }
}

function readBoundary(contentType: string): string {
  const type = /^\s*multipart\/form-data\s*(?=;|$)/i.exec(contentType)
  if (!type) throw new FormError(`content-type ${quoted(contentType)} is no form: send multipart/form-data; boundary=…`)
  const boundary = readParameters(contentType.slice(type[0].length))?.get("boundary")
  if (boundary === undefined)
    throw new FormError(
      `content-type ${quoted(contentType)} does not name one boundary: send multipart/form-data; boundary=…`,
    )
  // More than RFC 2046 allows: what other readers take, as long as it is one line of ASCII.
  if (!/^[\x20-\x7e]*[\x21-\x7e]$/.test(boundary) || boundary.length > BOUNDARY_CHARS_MAX) {
    throw new FormError(
      `boundary ${quoted(boundary)} cannot be used: send 1 to ${BOUNDARY_CHARS_MAX} ASCII characters that do not end in a space`,
    )
  }
  return boundary
}

/** What follows the boundary on the delimiter's line, and the header lines. */
function splitHead(head: string): { padding: string; headers: string } {
  const lineEnd = head.indexOf("\r\n")
  return lineEnd < 0
    ? { padding: head, headers: "" }
    : { padding: head.slice(0, lineEnd), headers: head.slice(lineEnd) }
}

/** @param headers each line with its line end in front */
function readHead(headers: string, number: number): Head {
  const found = new Map<string, string>()
  for (const line of headers.split(/\r\n(?![ \t])/).slice(1)) {
    if (hasOtherLineEnds(line)) throw lineEndsWrong()
    const [, name, value] = /^([^\s:]+):(.*)$/s.exec(line) ?? []
    if (name === undefined || value === undefined)
      throw new FormError(`part ${number} has a header line that is no header: ${quoted(line)}; send name: value`)
    const key = name.toLowerCase()
    if (found.has(key)) throw new FormError(`part ${number} has the header ${quoted(name)} twice: send it once`)
    found.set(key, value.replaceAll("\r\n", "").trim())
  }
  return {
    ...readDisposition(found.get("content-disposition"), number),
    contentType: found.get("content-type") ?? null,
  }
}

function readDisposition(disposition: string | undefined, number: number): Omit<Head, "contentType"> {
  const wanted = 'send content-disposition: form-data; name="…"'
  if (disposition === undefined) throw new FormError(`part ${number} has no content-disposition header: ${wanted}`)
  const type = /^form-data\s*(?=;|$)/i.exec(disposition)
  const parameters = type && readParameters(disposition.slice(type[0].length))
  if (!parameters)
    throw new FormError(
      `part ${number} has a content-disposition that cannot be read: ${quoted(disposition)}; ${wanted}`,
    )
  // Some readers take name* and name*0 for the name, others skip them.
  if ([...parameters.keys()].some((key) => key.startsWith("name*")))
    throw new FormError(`part ${number} has an encoded name: ${quoted(disposition)}; ${wanted} with the name in UTF-8`)
  const name = parameters.get("name")
  if (!name) throw new FormError(`part ${number} has no name: ${wanted}`)
  if (name.length > NAME_CHARS_MAX)
    throw new FormError(`part ${number} has a name of ${name.length} characters: send at most ${NAME_CHARS_MAX}`)
  const plain = parameters.get("filename")
  const extended = parameters.get("filename*")
  const fileName = (extended === undefined ? undefined : decodeExtended(extended)) ?? plain ?? extended ?? null
  return { name, isFile: fileName !== null, fileName }
}

/**
 * `; name="a"; filename=b` by lower-case names, or null when it is something else or says one thing twice.
 * Browsers write a quote as %22, which stays, and a backslash as it is; others put a backslash in front of either.
 */
function readParameters(text: string): Map<string, string> | null {
  const parameter = /\s*;\s*(?:([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))\s*)?(?=;|$)/suy
  const found = new Map<string, string>()
  while (parameter.lastIndex < text.length) {
    const match = parameter.exec(text)
    if (!match) return null
    const [, name, inQuotes, bare] = match
    if (name === undefined) continue
    const key = name.toLowerCase()
    if (found.has(key)) return null
    found.set(key, inQuotes?.replace(/\\(["\\])/g, "$1") ?? bare ?? "")
  }
  return found
}

/** RFC 5987: `UTF-8''na%C3%AFve.png`. */
function decodeExtended(value: string): string | undefined {
  const [, charset, encoded] = /^([^']+)'[^']*'([\x20-\x7e]*)$/.exec(value) ?? []
  if (charset === undefined || encoded === undefined) return undefined
  const bytes = encoded.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  try {
    return new TextDecoder(charset.toLowerCase() as Bun.Encoding, { fatal: true }).decode(Buffer.from(bytes, "latin1"))
  } catch {
    return undefined
  }
}

function fieldsOf(sections: readonly Section[]): Form["fields"] {
  const found = new Map<string, string | string[]>()
  for (const { name, isFile, text } of sections) {
    if (isFile) continue
    const before = found.get(name)
    if (before === undefined) found.set(name, text)
    else if (typeof before === "string") found.set(name, [before, text])
    else before.push(text)
  }
  // Not by assignment: a field may be called __proto__.
  return Object.fromEntries(found)
}

function fileOf({ name, fileName, contentType, contentAt, contentEnd }: Section): Part {
  return { name, fileName, contentType, bytes: contentEnd - contentAt }
}

function editsOf(sections: readonly Section[], changes: Record<string, string | null>, boundary: string): Edit[] {
  const edits: Edit[] = []
  for (const { name, isFile, at, contentAt, contentEnd } of sections) {
    const change = !isFile && Object.hasOwn(changes, name) ? changes[name] : undefined
    if (change === undefined) continue
    // From this delimiter's dashes up to the next one's: what stays is a form, also when nothing stays.
    if (change === null) edits.push({ at, length: contentEnd + LINE_END.length - at, text: "" })
    else if (`\n${change}`.includes(`\n--${boundary}`))
      throw new FormError(`field ${quoted(name)} holds the form's boundary: choose one that no content has`)
    else edits.push({ at: contentAt, length: contentEnd - contentAt, text: change })
  }
  return edits
}

/** A CR or LF that is no line end of the form. */
function hasOtherLineEnds(text: string): boolean {
  return /[\r\n]/.test(text.replaceAll("\r\n", ""))
}

function lineEndsWrong(): FormError {
  return new FormError("the form has lines that do not end in CRLF: end its delimiters and headers with CR and LF")
}

function tooLong(name: string, verb: string, bytesMax: number): FormError {
  return new FormError(
    `field ${quoted(name)} ${verb} longer than ${bytesMax / 1024 / 1024} MiB: send less text, or send it as a file`,
  )
}
