// What of OpenAI's requests the media providers cannot carry although it changes the result: told before anything goes out. Pure.

import { isMissing, isRecord } from "../../endpoints/bodyschema.ts"
import type { Problem, Submission } from "../../endpoints/endpoint.ts"
import type { UpstreamJobName } from "../adapternames.ts"

type Fields = Readonly<Record<string, unknown>>

/** What a provider's images can be asked for. */
export interface Able {
  /** More than one image of one prompt. */
  several: boolean
  masks: boolean
  /** How many images may go in. */
  imagesMax: number
  /** The shapes that an image can have, width to height; null: a size in pixels. */
  ratios: readonly string[] | null
  /** Whether images go in as files too, not only as addresses. */
  files: boolean
}

const anyImage: Able = { several: true, masks: true, imagesMax: Number.POSITIVE_INFINITY, ratios: null, files: true }

export const able: Readonly<Record<Exclude<UpstreamJobName, "assemblyai">, Able>> = {
  replicate: anyImage,
  fal: anyImage,
  // https://docs.dev.runwayml.com/api/#tag/Start-generating/paths/~1v1~1text_to_image/post
  runway: { ...anyImage, masks: false, imagesMax: 16 },
  // https://docs.lumalabs.ai/docs/image-generation: "you should upload and use your own cdn image urls"
  luma: {
    several: false,
    masks: false,
    imagesMax: 1,
    ratios: ["1:1", "16:9", "9:16", "4:3", "3:4", "21:9", "9:21"],
    files: false,
  },
}

/** What a submission asks of this provider that it cannot give, or null. */
export function problemOf(
  adapter: UpstreamJobName,
  requestType: string,
  model: string,
  { fields, files }: Submission,
): Problem | null {
  if (requestType === "chat_completion") return chatProblem(fields, model)
  if (adapter === "assemblyai") return transcriptionProblem(fields)
  const isImage = (name: string) => /^images?(\[\])?$/.test(name)
  const given = [fields["image"], fields["images"]].flat().filter((image) => !isMissing(image))
  const images = given.length + files.filter(({ name }) => isImage(name)).length
  const hasMask = !isMissing(fields["mask"]) || files.some(({ name }) => name === "mask")
  return imageProblem(able[adapter], fields, images, hasMask, files.length > 0)
}

/** Members that say nothing of the result, and for which these providers have no place. */
const placeless: Readonly<Record<string, readonly string[]>> = {
  chat_completion: ["user", "metadata", "store", "parallel_tool_calls"],
  image_generation: ["user"],
  image_edit: ["user"],
  transcription: ["chunking_strategy"],
}

/** What of a submission is left out although the result stays what it is. */
export function warningsOf(requestType: string, { fields }: Submission): string[] {
  const left = (placeless[requestType] ?? []).filter((name) => !isMissing(fields[name]))
  return left.map((name) => `${name} is not known to this provider and was not sent`)
}

export function imageProblem(
  { several, masks, imagesMax, ratios, files }: Able,
  { n, size, response_format, aspect_ratio }: Fields,
  images: number,
  hasMask: boolean,
  hasFiles: boolean,
): Problem | null {
  const count = isMissing(n) ? 1 : Number(n)
  if (!Number.isInteger(count) || count < 1) return wrong("n", "must be a whole number from 1")
  if (count > 1 && !several) return lost("n", " above 1", "this provider makes one image; submit the request as often")
  if (!isMissing(response_format) && response_format !== "url") {
    return lost("response_format", " other than url", "this provider keeps the images, the result has their addresses")
  }
  if (hasMask && !masks) return lost("mask", "", "leave it out, and say in the prompt where to edit")
  if (images > imagesMax) return lost("image", ` more than ${imagesMax} times`, "send fewer")
  if (hasFiles && !files)
    return lost("image", " as a file", "this provider takes addresses; send JSON with an https one")
  if (isMissing(size) || size === "auto" || !isMissing(aspect_ratio)) return null
  const pixels = sizeOf(size)
  if (pixels === null) return wrong("size", "must be WIDTHxHEIGHT, as 1024x1024, or auto")
  if (ratios === null || ratios.includes(ratioOf(pixels))) return null
  return lost("size", ` ${size}`, `this provider makes images of the shapes ${ratios.join(", ")}; send aspect_ratio`)
}

export interface Size {
  width: number
  height: number
}

export function sizeOf(size: unknown): Size | null {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(String(size)) ?? []
  return Number(width) > 0 && Number(height) > 0 ? { width: Number(width), height: Number(height) } : null
}

/** Shapes that are called by more than their smallest numbers. */
const shapes: Readonly<Record<string, string>> = { "7:3": "21:9", "3:7": "9:21", "8:5": "16:10", "5:8": "10:16" }

/** `1024x576` is `16:9`. */
export function ratioOf({ width, height }: Size): string {
  let [divisor, rest] = [width, height]
  while (rest > 0) [divisor, rest] = [rest, divisor % rest]
  const ratio = `${width / divisor}:${height / divisor}`
  return shapes[ratio] ?? ratio
}

const spoken = ["json", "text", "srt", "vtt", "verbose_json", "diarized_json"]

export function transcriptionProblem(fields: Fields): Problem | null {
  const format = fields["response_format"]
  if (!isMissing(format) && !spoken.includes(String(format)))
    return wrong("response_format", `must be ${spoken.join(", ")}`)
  const missing = ["include", "known_speaker_names", "known_speaker_references"].find(
    (name) => !isMissing(fields[name]) || !isMissing(fields[`${name}[]`]),
  )
  return missing === undefined ? null : lost(missing, "", "this provider has no counterpart; leave it out")
}

/** Members that a model which only continues a text has no counterpart for, where they ask for something. */
const chatMembers = ["tools", "functions", "audio", "logit_bias", "logprobs", "web_search_options"]

/** Its models take a prompt; those of OpenAI a list of messages too. */
export function chatProblem(fields: Fields, model: string): Problem | null {
  const asked = chatMembers.find((name) => !isMissing(fields[name]) && fields[name] !== false && !isEmpty(fields[name]))
  if (asked !== undefined) return lost(asked, "", "this provider's models only go on with a text; leave it out")
  if (!isMissing(fields["n"]) && fields["n"] !== 1) return lost("n", " above 1", "submit the request as often")
  if ([fields["modalities"] ?? []].flat().some((one) => one !== "text"))
    return lost("modalities", " but text", "leave it out")
  const format = fields["response_format"]
  if (isRecord(format) && format["type"] !== "text") return lost("response_format", " other than text", "leave it out")
  if (takesMessages(model) || isPlain(fields["messages"])) return null
  return lost("messages", " of more than instructions and one text of the user", "this model takes a prompt")
}

export function takesMessages(model: string): boolean {
  return model.startsWith("openai/")
}

/** Whether the messages are texts: instructions, if any, and one of the user. */
export function isPlain(messages: unknown): boolean {
  if (!Array.isArray(messages) || !messages.every(isRecord)) return false
  const others = messages.filter(({ role }) => role !== "system" && role !== "developer")
  return (
    others.length === 1 && others[0]?.["role"] === "user" && messages.every(({ content }) => promptOf(content) !== null)
  )
}

/** The text of a message, or null where it is more than text. */
export function promptOf(content: unknown): string | null {
  if (typeof content === "string") return content
  if (!Array.isArray(content) || !content.every((part) => isRecord(part) && typeof part["text"] === "string"))
    return null
  return content.map(({ text }) => text).join("\n")
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0
}

function lost(param: string, when: string, advice: string): Problem {
  return { isUnsupported: true, message: `${param}${when} is not supported: ${advice}`, param }
}

function wrong(param: string, what: string): Problem {
  return { message: `${param} ${what}`, param }
}
