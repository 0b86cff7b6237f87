// Images made from a prompt, from images and a prompt, or from one image. The result is stored as the provider sent it.
import Type from "typebox"
import { checker, isMissing, stream } from "./bodyschema.ts"
import { type Endpoint, listReader, type MemberText, type Submission, streamMember } from "./endpoint.ts"
import type { ParameterError } from "./parametertable.ts"
import { countItems, known, readTokens } from "./usage.ts"

const read = listReader("data", "list of images")
const usage = (result: MemberText) => known({ ...readTokens(result), images: countItems(result, "data") })

/** The required form. */
export const generationRequired = Type.Object({
  prompt: Type.String({ description: "What to make an image of." }),
  stream: Type.Optional(stream),
})
const checkGeneration = checker(generationRequired, { prompt: "prompt cannot be empty" })

export const imageGenerations: Endpoint = {
  requestType: "image_generation",
  path: "/images/generations",
  summary: "image generation",
  forms: ["json"],
  reads: ["model", "prompt", "stream", "fallbacks", "service_tier"],
  dropped: [],
  check: ({ fields }) => checkGeneration(fields),
  asksForStream: streamMember,
  streamRefusal: "stream is not supported for async image generations",
  read,
  usage,
  isBilledPerCall: true,
  readImage: readImage,
}

/** A form has images in file parts. JSON has them as URLs or base64: a single one, a list, or objects. */
const jsonImages = Type.Union([Type.String(), Type.Array(Type.Unknown()), Type.Object({})], {
  description: "What to edit: an address or base64 text, an object with `image_url`, or a list of them.",
})
const editPrompt = Type.Optional(Type.String({ description: "What to make of it." }))
/** The required form of JSON, except that there must be an image. */
export const editRequired = Type.Object({
  prompt: editPrompt,
  image: Type.Optional(jsonImages),
  images: Type.Optional(jsonImages),
  stream: Type.Optional(stream),
})
const checkEdit = {
  json: checker(editRequired, {}),
  multipart: checker(Type.Object({ prompt: editPrompt }), {}),
}

export const imageEdits: Endpoint = {
  requestType: "image_edit",
  path: "/images/edits",
  summary: "image edit",
  forms: ["multipart", "json"],
  // Without `image`, because a form may have several.
  reads: ["model", "prompt", "stream", "fallbacks", "service_tier"],
  dropped: [],
  check: (submission) => missingImage(submission) ?? checkEdit[submission.form](submission.fields),
  asksForStream: streamMember,
  streamRefusal: "stream is not supported for async image edits",
  read,
  usage,
  isBilledPerCall: true,
  readImage: readImage,
}

export const imageVariations: Endpoint = {
  requestType: "image_variation",
  path: "/images/variations",
  summary: "image variation",
  forms: ["multipart"],
  reads: ["model", "fallbacks", "service_tier"],
  dropped: [],
  check: missingImage,
  asksForStream: () => null,
  streamRefusal: null,
  read,
  usage,
  isBilledPerCall: true,
  readImage: readImage,
}

function missingImage({ form, fields, files }: Submission): ParameterError | null {
  const hasImage =
    form === "json"
      ? [fields["image"], fields["images"]].flat().some((image) => !isMissing(image))
      : files.some(({ name, bytes }) => (name === "image" || name === "image[]") && bytes > 0)
  return hasImage ? null : { message: "at least one image is required", param: "image" }
}

/** One image of the list: its bytes, from base64 or a data: URL, or the address at which the provider keeps it. */
function readImage(result: string, index: number): { bytes: Uint8Array; type: string } | { url: string } | null {
  const { data } = JSON.parse(result) as { data: ({ b64_json?: unknown; url?: unknown } | null)[] }
  const image = data[index]
  if (typeof image?.b64_json === "string") return imageFrom(image.b64_json)
  if (typeof image?.url !== "string") return null
  const inline = /^data:[^,]*;base64,/.exec(image.url)?.[0]
  if (inline !== undefined) return imageFrom(image.url.slice(inline.length))
  // Normalised as a browser would read it: without line breaks, and in ASCII.
  const url = URL.canParse(image.url) ? new URL(image.url) : null
  return url?.protocol === "https:" || url?.protocol === "http:" ? { url: url.href } : null
}

function imageFrom(base64: string): { bytes: Uint8Array; type: string } {
  const bytes = Buffer.from(base64, "base64")
  return { bytes, type: detectType(bytes) }
}

/** By the first bytes, because a result may repeat the requested format instead of the real one. */
function detectType(bytes: Buffer): string {
  const head = bytes.toString("latin1", 0, 12)
  if (head.startsWith("\x89PNG")) return "image/png"
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg"
  if (head.startsWith("GIF8")) return "image/gif"
  if (/^.{4}ftypavi[fs]/s.test(head)) return "image/avif"
  return head.startsWith("RIFF") && head.endsWith("WEBP") ? "image/webp" : "application/octet-stream"
}
