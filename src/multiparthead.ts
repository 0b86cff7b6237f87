// Reads the boundary of a multipart/form-data body and the headers of its parts. What two readers could understand differently is refused. Pure.
import { quoted } from "./errors.ts"

/** What is wrong with a form, and what to send instead. */
export class FormError extends Error {}

const NAME_CHARS_MAX = 512
/** RFC 2046, section 5.1.1. */
const BOUNDARY_CHARS_MAX = 70

export interface Head {
  name: string
  isFile: boolean
  fileName: string | null
  contentType: string | null
}

export function readBoundary(contentType: string): string {
  const type = /^\s*multipart\/form-data\s*(?=;|$)/i.exec(contentType)
  if (!type) throw new FormError(`content-type ${quoted(contentType)} is no form: send multipart/form-data; boundary=…`)
  const boundary = readParameters(contentType.slice(type[0].length))?.get("boundary")
  if (boundary === undefined)
    throw new FormError(
      `content-type ${quoted(contentType)} does not name one boundary: send multipart/form-data; boundary=…`,
    )
  // This allows more than RFC 2046: what other readers accept, as long as it is one line of ASCII.
  if (!/^[\x20-\x7e]*[\x21-\x7e]$/.test(boundary) || boundary.length > BOUNDARY_CHARS_MAX) {
    throw new FormError(
      `boundary ${quoted(boundary)} cannot be used: send 1 to ${BOUNDARY_CHARS_MAX} ASCII characters that do not end in a space`,
    )
  }
  return boundary
}

/** Splits a head into what follows the boundary on its line, and the header lines. */
export function splitHead(head: string): { padding: string; headers: string } {
  const lineEnd = head.indexOf("\r\n")
  return lineEnd < 0
    ? { padding: head, headers: "" }
    : { padding: head.slice(0, lineEnd), headers: head.slice(lineEnd) }
}

/** @param headers lines, each with its line end in front */
export function readHead(headers: string, number: number): Head {
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
  // Some readers take name* and name*0 for the name, and others skip them.
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
 * Reads parameters like `; name="a"; filename=b` by their lower-case names. Null when they are invalid or one is repeated. Browsers
 * write a quote as %22, which is kept, and a backslash unchanged. Other clients write a backslash before either.
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

/** Whether there is a CR or LF that is no CRLF. */
export function hasOtherLineEnds(text: string): boolean {
  return /[\r\n]/.test(text.replaceAll("\r\n", ""))
}

export function lineEndsWrong(): FormError {
  return new FormError("the form has lines that do not end in CRLF: end its delimiters and headers with CR and LF")
}
