// Finds media types by the ending of a file's name and by the first bytes of its content. Pure. The table is written by hand, because mrmime
// has no flac, aiff, docx, xls and xlsx and takes mpeg for video, and mime-types would bring its whole database for thirty names.

type Types = Readonly<Record<string, string>>

const documents = {
  ...{ pdf: "application/pdf", txt: "text/plain", md: "text/markdown", csv: "text/csv", html: "text/html" },
  ...{ json: "application/json", xml: "text/xml", doc: "application/msword", xls: "application/vnd.ms-excel" },
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
const images = { png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", gif: "image/gif", webp: "image/webp" }
/** Of files that are transcribed. */
const sounds: Types = {
  ...{ mp3: "audio/mpeg", mpga: "audio/mpeg", mpeg: "audio/mpeg", wav: "audio/wav", flac: "audio/flac" },
  ...{ ogg: "audio/ogg", oga: "audio/ogg", opus: "audio/ogg", m4a: "audio/mp4", mp4: "video/mp4", aac: "audio/aac" },
  ...{ webm: "audio/webm", aif: "audio/aiff", aiff: "audio/aiff" },
}

/** The types of files in chat messages; `audio/mp3` is Gemini's name: https://ai.google.dev/gemini-api/docs/audio#supported-formats */
export const chatTypes: Types = { ...documents, ...images, mp3: "audio/mp3", wav: "audio/wav", mp4: "video/mp4" }

/** Null when the name has no ending of the table. */
export function findTypeByEnding(types: Types, name: string | null): string | null {
  const ending = /\.([a-z0-9]+)$/i.exec(name ?? "")?.[1]?.toLowerCase() ?? ""
  return Object.hasOwn(types, ending) ? (types[ending] ?? null) : null
}

/** The media type that the client gave, unless that says nothing, or else the one of the name's ending. */
export function findSoundType({
  contentType,
  fileName,
}: {
  contentType: string | null
  fileName: string | null
}): string {
  const said = contentType?.split(";", 1)[0]?.trim().toLowerCase()
  if (said !== undefined && said !== "" && said !== "application/octet-stream") return said
  return findTypeByEnding(sounds, fileName) ?? "application/octet-stream"
}

/** Names that are used although they were never registered. https://www.iana.org/assignments/media-types */
const registered: Types = {
  ...{
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "image/x-webp": "image/webp",
  },
  ...{ "application/x-pdf": "application/pdf", "text/x-markdown": "text/markdown", "application/csv": "text/csv" },
  ...{ "audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "audio/x-mp3": "audio/mp3" },
}

/** A media type in lower case, without parameters, by its registered name. */
export function normaliseType(type: string): string {
  const bare = type.split(";", 1)[0]?.trim().toLowerCase() ?? ""
  return Object.hasOwn(registered, bare) ? (registered[bare] ?? bare) : bare
}

/** Begin of the bytes in Latin-1 -> media type. */
const signatures: readonly [RegExp, string][] = [
  [/^\x89PNG/, "image/png"],
  [/^\xff\xd8\xff/, "image/jpeg"],
  [/^GIF8/, "image/gif"],
  [/^RIFF[\s\S]{4}WEBP/, "image/webp"],
  [/^%PDF-/, "application/pdf"],
]
const SIGNATURE_BYTES = 12

/** The media type that the first bytes tell, which somebody may have told wrong. Null when they tell none. @param data base64 or bytes */
export function sniffType(data: string | Uint8Array): string | null {
  const begin =
    typeof data === "string" ? Buffer.from(data.slice(0, 24), "base64") : Buffer.from(data.subarray(0, SIGNATURE_BYTES))
  const text = begin.toString("latin1")
  return signatures.find(([begins]) => begins.test(text))?.[1] ?? null
}

/** An image's type by its first bytes in base64. */
export function findImageType(base64: string): string {
  return sniffType(base64) ?? "image/png"
}
