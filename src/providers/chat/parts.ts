// Reads the parts of an OpenAI chat message: the media type of each, and where its bytes are. Pure.

import { asRecord } from "../../values.ts"
import { chatTypes, findTypeByEnding } from "../mediatypes.ts"

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

/** The text of a part, or of a refusal. */
export function readPartText(part: Fields): string {
  return String(part["type"] === "refusal" ? part["refusal"] : (part["text"] ?? ""))
}

export function readImage({ image_url }: Fields): Media {
  return at(String(typeof image_url === "string" ? image_url : asRecord(image_url)["url"]), null)
}

export function readAudio({ input_audio }: Fields): Media {
  const { data, format } = asRecord(input_audio)
  return { url: null, data: String(data), mediaType: `audio/${format}`, name: null }
}

/** The media type is that of the data, or else that of the name's ending. */
export function readFile({ file }: Fields): Media {
  const { file_data, file_url, filename } = asRecord(file)
  const name = typeof filename === "string" ? filename : null
  if (typeof file_url === "string") return at(file_url, name)
  if (typeof file_data !== "string") return { url: null, data: null, mediaType: null, name }
  if (/^(data|https?|gs|s3):/i.test(file_data)) return at(file_data, name)
  return { url: null, data: file_data, mediaType: findTypeByEnding(chatTypes, name) ?? typeOfBase64(file_data), name }
}

/** Base64 is not decoded, because it would only be encoded again. https://www.rfc-editor.org/rfc/rfc2397 */
function at(url: string, name: string | null): Media {
  const inside = /^data:([^,]*),/i.exec(url)
  const path = URL.canParse(url) ? new URL(url).pathname : ""
  if (inside === null)
    return { url, data: null, mediaType: findTypeByEnding(chatTypes, name) ?? findTypeByEnding(chatTypes, path), name }
  const [type = "", ...parameters] = (inside[1] ?? "").toLowerCase().split(";")
  const rest = url.slice(inside[0].length)
  const isBase64 = parameters.includes("base64")
  const said = type === "application/octet-stream" ? null : type || "text/plain"
  return {
    url: null,
    data: isBase64 ? rest : new TextEncoder().encode(decode(rest)),
    mediaType: said ?? findTypeByEnding(chatTypes, name) ?? typeOfBase64(rest),
    name,
  }
}

/** `%PDF-` in base64. */
function typeOfBase64(data: string): string | null {
  return data.startsWith("JVBERi") ? "application/pdf" : null
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
