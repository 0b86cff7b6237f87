// Reads the parts of an OpenAI chat message: the media type of each, and where its bytes are. Pure.

import { asRecord, asRecords, asText, asWord } from "../../values.ts"
import { chatTypes, findTypeByEnding, normaliseType, sniffType } from "../mediatypes.ts"
import { splitAddress } from "../net/address.ts"
import type { Target } from "./family.ts"

type Fields = Record<string, unknown>

/** An image, a sound or a document. */
export interface Media {
  /** Its address, when it is not in the message. */
  url: string | null
  /** Its content, when it is in the message: base64 text or bytes. */
  data: string | Uint8Array | null
  /** Null when it is not known. */
  mediaType: string | null
  name: string | null
}

/** What a dialect refuses to be sent as a text, or takes for no part at all. */
const blanks: Record<Target["dialect"], RegExp> = {
  // "text content blocks must contain non-whitespace text": https://github.com/anthropics/claude-code/issues/23369
  messages: /^\s*$/,
  // "The text field in the ContentBlock object is blank": https://github.com/NousResearch/hermes-agent/issues/55092
  converse: /^\s*$/,
  gemini: /^$/,
}

/** Whether a part is a text that this provider refuses because it says nothing. */
export function isBlank(part: Fields, { dialect }: Target): boolean {
  return (part["type"] === "text" || part["type"] === "refusal") && blanks[dialect].test(readPartText(part))
}

/** The blocks of reasoning that can be sent back: with the proof of their maker, which Gemini does not want. */
export function listThoughts({ thinking_blocks }: Fields, { dialect }: Target): Fields[] {
  const isProven = ({ type, data, signature }: Fields) => asText(type === "redacted_thinking" ? data : signature) !== ""
  return asRecords(thinking_blocks).filter((block) => dialect === "gemini" || isProven(block))
}

/** Anthropic's mark of the end of a cached prefix, as Converse writes it. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CachePointBlock.html */
export function buildCachePoint({ ttl }: Fields): { type: "default"; ttl?: string } {
  return typeof ttl === "string" ? { type: "default", ttl } : { type: "default" }
}

/** The text of a part, or of a refusal. */
export function readPartText(part: Fields): string {
  return asWord(part["type"] === "refusal" ? part["refusal"] : part["text"])
}

export function readImage({ image_url }: Fields): Media {
  return at(asText(typeof image_url === "string" ? image_url : asRecord(image_url)["url"]), null)
}

export function readAudio({ input_audio }: Fields): Media {
  const { data, format } = asRecord(input_audio)
  return { url: null, data: asText(data), mediaType: normaliseType(`audio/${asText(format)}`), name: null }
}

/** The media type is that of the first bytes, or else the one that is given, or else that of the name's ending. */
export function readFile({ file }: Fields): Media {
  const { file_data, file_url, filename } = asRecord(file)
  const name = typeof filename === "string" ? filename : null
  if (typeof file_url === "string") return at(file_url, name)
  if (typeof file_data !== "string") return { url: null, data: null, mediaType: null, name }
  if (/^(data|https?|gs|s3):/i.test(file_data)) return at(file_data, name)
  return { url: null, data: file_data, mediaType: sniffType(file_data) ?? findTypeByEnding(chatTypes, name), name }
}

/** Base64 is not decoded, because it would only be encoded again. https://www.rfc-editor.org/rfc/rfc2397 */
function at(url: string, name: string | null): Media {
  const inside = /^data:([^,]*),/i.exec(url)
  if (inside === null) {
    const path = splitAddress(url)?.path ?? ""
    return { url, data: null, mediaType: findTypeByEnding(chatTypes, name) ?? findTypeByEnding(chatTypes, path), name }
  }
  const head = (inside[1] ?? "").toLowerCase()
  const [type = ""] = head.split(";", 1)
  const rest = url.slice(inside[0].length)
  const data = /;base64(;|$)/.test(head) ? rest : new TextEncoder().encode(decode(rest))
  const said = type === "application/octet-stream" ? null : normaliseType(type) || "text/plain"
  return { url: null, data, mediaType: sniffType(data) ?? said ?? findTypeByEnding(chatTypes, name), name }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
