// Reads the lines of a batch's input file: https://platform.openai.com/docs/api-reference/batch/request-input. What is wrong with a line
// is said as OpenAI says it: in the `errors` of a batch that has failed, with the number of the line.
import { isUtf8 } from "node:buffer"
import { quoted } from "../errors.ts"
import { depthDefect, member, scan, whereInvalid } from "../json.ts"
import { isRecord } from "../values.ts"
import type { SplitLine } from "./splitlines.ts"

export const LINES_MAX = 50_000
/** How many errors a failed batch lists. */
export const ERRORS_MAX = 20
const CUSTOM_ID_CHARS_MAX = 512

/** A request of a batch. */
export interface InputLine {
  number: number
  customId: string
  /** The request as it was written: JSON text of an object. */
  body: string
  /** The members of that object. */
  fields: Record<string, unknown>
  /** The offset in the file of the byte after the line. */
  end: number
}

/** One of the `errors` of a batch. */
export interface LineError {
  code:
    | "invalid_json_line"
    | "missing_required_parameter"
    | "invalid_custom_id"
    | "duplicate_custom_id"
    | "invalid_method"
    | "url_mismatch"
    | "model_not_found"
    | "invalid_request"
    | "empty_file"
    | "too_many_tasks"
    | "file_not_found"
  message: string
  param: string | null
  /** Counted from 1; null: the whole file. */
  line: number | null
}

type ReadLine = { line: InputLine; error?: never } | { line?: never; error: LineError }

/** @param url the endpoint of the batch, as `/v1/chat/completions` */
export function readInputLine({ number, bytes, end }: SplitLine, url: string, lineBytesMax: number): ReadLine {
  const refuse = (code: LineError["code"], param: string | null, message: string): ReadLine => ({
    error: { code, message, param, line: number },
  })
  if (bytes === null) {
    return refuse("invalid_request", null, `The line is longer than ${lineBytesMax} bytes, the most of one request.`)
  }
  const text = decodeLine(bytes)
  if (text === null) return refuse("invalid_json_line", null, "The line is not UTF-8 text.")
  if (text.trim() === "") return refuse("invalid_json_line", null, "The line is empty: leave it out.")
  if (depthDefect(text) !== null) return refuse("invalid_json_line", null, "The line nests too deep to be read.")
  const fields = parseLine(text)
  if (fields === undefined) return refuse("invalid_json_line", null, `The line is not valid JSON${whereInvalid(text)}.`)
  if (!isRecord(fields)) return refuse("invalid_json_line", null, "The line must be a JSON object.")
  const found = scan(text)
  const names = found.kind === "object" ? found.members.map(({ key }) => key) : []
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) return refuse("invalid_request", twice, `${quoted(twice)} is given twice in the line.`)
  for (const name of ["custom_id", "method", "url", "body"]) {
    if (fields[name] !== undefined && fields[name] !== null) continue
    return refuse("missing_required_parameter", name, `Missing required parameter: '${name}'.`)
  }
  const { custom_id: customId, method, url: given, body } = fields
  if (typeof customId !== "string" || customId === "" || customId.length > CUSTOM_ID_CHARS_MAX) {
    const message = `custom_id must be a text of 1 to ${CUSTOM_ID_CHARS_MAX} characters.`
    return refuse("invalid_custom_id", "custom_id", message)
  }
  if (method !== "POST") return refuse("invalid_method", "method", 'method must be "POST".')
  if (given !== url) {
    return refuse("url_mismatch", "url", `url must be ${quoted(url)}, the endpoint of the batch, in every line.`)
  }
  if (!isRecord(body)) return refuse("invalid_request", "body", "body must be a JSON object: the request.")
  if (body["stream"] === true) {
    return refuse("invalid_request", "body.stream", "stream cannot be true in a batch: leave it out.")
  }
  return { line: { number, customId, body: member(text, found, "body") ?? "", fields: body, end } }
}

function decodeLine(bytes: Uint8Array): string | null {
  return isUtf8(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString() : null
}

function parseLine(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
