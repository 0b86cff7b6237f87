// Checks a request in OpenAI's form against the parameters that providers of upstream jobs support. Pure.

import { isMissing } from "../../endpoints/bodyschema.ts"
import type { Submission } from "../../endpoints/endpoint.ts"
import {
  checkParameters,
  failed,
  merge,
  type ParameterCheck,
  type ParameterTable,
  rulesFor,
  UNKNOWN,
  unsupported,
} from "../../endpoints/parametertable.ts"
import { asWord, isRecord } from "../../values.ts"

type Fields = Readonly<Record<string, unknown>>

/** What a provider's image models support. */
export interface ImageCapabilities {
  /** Whether one request can make several images. */
  several: boolean
  masks: boolean
  /** How many images a request may contain. */
  imagesMax: number
  /** Models that make images from others only. */
  remakers?: readonly string[]
  /** The supported aspect ratios. Null when sizes are given in pixels. */
  ratios: readonly string[] | null
  /** Whether images may be sent as files, besides addresses. */
  files: boolean
}

/** What models of any provider may support. */
export const anyImage: ImageCapabilities = {
  several: true,
  masks: true,
  imagesMax: Number.POSITIVE_INFINITY,
  ratios: null,
  files: true,
}

/** @param images what the provider's image models support */
export function checkUpstreamJob(
  images: ImageCapabilities,
  requestType: string,
  model: string,
  { fields, files }: Submission,
): ParameterCheck {
  return merge([
    checkType(images, requestType, model, { fields, files }),
    checkParameters(ignoredTables[requestType] ?? {}, withoutMissing(fields), null),
  ])
}

function checkType(
  images: ImageCapabilities,
  requestType: string,
  model: string,
  { fields, files }: Pick<Submission, "fields" | "files">,
): ParameterCheck {
  if (requestType === "chat_completion") return checkChat(fields, model)
  if (requestType === "transcription") return checkTranscription(fields, model)
  const given = [fields["image"], fields["images"]].flat().filter((image) => !isMissing(image))
  return checkImage(images, fields, {
    model,
    images: given.length + files.filter(({ name }) => /^images?(\[\])?$/.test(name)).length,
    hasMask: !isMissing(fields["mask"]) || files.some(({ name }) => name === "mask"),
    hasFiles: files.length > 0,
  })
}

/** Parameters that do not concern the result and that these providers do not have. */
const ignoredTables: Readonly<Record<string, ParameterTable>> = {
  chat_completion: ignoring("user", "metadata", "store", "parallel_tool_calls"),
  image_generation: ignoring("user"),
  image_edit: ignoring("user"),
  transcription: ignoring("chunking_strategy"),
}

function ignoring(...params: string[]): ParameterTable {
  return { rules: rulesFor(params, { verdict: "warned", says: UNKNOWN }) }
}

/** The images of a request. */
interface ImageInputs {
  model: string
  images: number
  hasMask: boolean
  hasFiles: boolean
}

type ImageContext = ImageCapabilities & ImageInputs

const imageTable: ParameterTable<ImageContext> = {
  rules: [
    {
      param: "n",
      when: (n) => !Number.isInteger(Number(asWord(n))) || Number(asWord(n)) < 1,
      says: "must be a whole number from 1",
      isInvalid: true,
    },
    {
      param: "n",
      when: (n, _, { several }) => !several && Number(asWord(n)) > 1,
      says: "above 1 is not supported: this provider makes one image; submit the request as often",
    },
    {
      param: "response_format",
      neutral: "url",
      says: "other than url is not supported: this provider keeps the images, the result has their addresses",
    },
    {
      param: "mask",
      when: (_, __, { masks }) => !masks,
      says: "is not supported: leave it out, and say in the prompt where to edit",
    },
    {
      param: "prompt",
      when: (_, { referenceImages }, { images, model, remakers }) =>
        images === 0 && referenceImages === undefined && remakers?.includes(model) === true,
      says: (_, { model }) =>
        `is not enough for ${model}, which makes images from others: send image too, or take another model`,
    },
    {
      param: "image",
      when: (_, __, { images, imagesMax }) => images > imagesMax,
      says: (_, { imagesMax }) => `more than ${imagesMax} times is not supported: send fewer`,
    },
    {
      param: "image",
      when: (_, __, { hasFiles, files }) => hasFiles && !files,
      says: "as a file is not supported: this provider takes addresses; send JSON with an https one",
    },
    {
      param: "size",
      neutral: "auto",
      when: (size, { aspect_ratio }) => aspect_ratio === undefined && parseSize(size) === null,
      says: "must be WIDTHxHEIGHT, as 1024x1024, or auto",
      isInvalid: true,
    },
    {
      param: "size",
      neutral: "auto",
      when: (size, { aspect_ratio }, { ratios }) => {
        const pixels = parseSize(size)
        return aspect_ratio === undefined && pixels !== null && ratios?.includes(formatRatio(pixels)) === false
      },
      says: (size, { ratios }) =>
        `${size} is not supported: this provider makes images of the shapes ${ratios?.join(", ")}; send aspect_ratio`,
    },
  ],
}

export function checkImage(allowed: ImageCapabilities, fields: Fields, inputs: ImageInputs): ParameterCheck {
  const { images, hasMask, hasFiles } = inputs
  const { image: _, images: __, mask: ___, ...rest } = withoutMissing(fields)
  const members = {
    ...rest,
    ...(images > 0 || hasFiles ? { image: true } : {}),
    ...(hasMask ? { mask: true } : {}),
  }
  return checkParameters(imageTable, members, { ...allowed, ...inputs })
}

/** For these providers an empty text or list counts as absent. */
function withoutMissing(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isMissing(value)))
}

export interface Size {
  width: number
  height: number
}

export function parseSize(size: unknown): Size | null {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(asWord(size)) ?? []
  return Number(width) > 0 && Number(height) > 0 ? { width: Number(width), height: Number(height) } : null
}

/** Aspect ratios whose usual names are not reduced. */
const shapes: Readonly<Record<string, string>> = { "7:3": "21:9", "3:7": "9:21", "8:5": "16:10", "5:8": "10:16" }

/** `1024x576` is `16:9`. */
export function formatRatio({ width, height }: Size): string {
  let [divisor, rest] = [width, height]
  while (rest > 0) [divisor, rest] = [rest, divisor % rest]
  const ratio = `${width / divisor}:${height / divisor}`
  return shapes[ratio] ?? ratio
}

const formats = ["json", "text", "srt", "vtt", "verbose_json", "diarized_json"]

const transcriptionTable: ParameterTable = {
  rules: [
    {
      param: "response_format",
      when: (format) => !formats.includes(asWord(format)),
      says: `must be ${formats.join(", ")}`,
      isInvalid: true,
    },
    ...rulesFor(["include", "known_speaker_names", "known_speaker_references"], {
      says: "is not supported: this provider has no counterpart; leave it out",
    }),
  ],
}

/** Models that ended: https://github.com/vercel/ai/releases/tag/@ai-sdk%2Fassemblyai@2.0.42 */
const ended = ["nano"]

export function checkTranscription(fields: Fields, model: string): ParameterCheck {
  if (ended.includes(model)) return failed(unsupported("model", `${model} is no longer served: write universal-2`))
  // In a form the names of lists may end in brackets.
  const members = Object.entries(withoutMissing(fields)).map(([name, value]) => [name.replace(/\[\]$/, ""), value])
  return checkParameters(transcriptionTable, Object.fromEntries(members), null)
}

const chatTable: ParameterTable<string> = {
  rules: [
    ...rulesFor<string>(["tools", "functions", "audio", "logit_bias", "logprobs", "web_search_options"], {
      neutral: false,
      when: (value) => !isEmpty(value),
      says: "is not supported: this provider's models only continue a text; leave it out",
    }),
    { param: "n", neutral: 1, says: "above 1 is not supported: submit the request as often" },
    {
      param: "modalities",
      when: (modalities) => [modalities].flat().some((one) => one !== "text"),
      says: "but text is not supported: leave it out",
    },
    {
      param: "response_format",
      when: (format) => isRecord(format) && format["type"] !== "text",
      says: "other than text is not supported: leave it out",
    },
    {
      param: "messages",
      when: (messages, _, model) => !takesMessages(model) && !isPlain(messages),
      says: "of more than instructions and one text of the user is not supported: this model takes a prompt",
    },
  ],
}

/** Models accept a prompt. Those of OpenAI also accept a list of messages. */
export function checkChat(fields: Fields, model: string): ParameterCheck {
  return checkParameters(chatTable, withoutMissing(fields), model)
}

function takesMessages(model: string): boolean {
  return model.startsWith("openai/")
}

/** Whether the messages are only texts: instructions, if any, and one message of the user. */
export function isPlain(messages: unknown): boolean {
  if (!Array.isArray(messages) || !messages.every(isRecord)) return false
  const others = messages.filter(({ role }) => role !== "system" && role !== "developer")
  return (
    others.length === 1 &&
    others[0]?.["role"] === "user" &&
    messages.every(({ content }) => readPrompt(content) !== null)
  )
}

/** The text of a message. Null when it has other parts. */
export function readPrompt(content: unknown): string | null {
  if (typeof content === "string") return content
  if (!Array.isArray(content) || !content.every((part) => isRecord(part) && typeof part["text"] === "string"))
    return null
  return content.map(({ text }) => text).join("\n")
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0
}
