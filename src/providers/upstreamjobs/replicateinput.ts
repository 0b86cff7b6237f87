// Builds the input of a model at Replicate from an image or chat request, with the model's own names.

import { isMissing } from "../../endpoints/bodyschema.ts"
import { parseExact } from "../../exactjson.ts"
import { asList, asRecord, isRecord } from "../../values.ts"
import { Settled } from "../outcomes.ts"
import { unreadable } from "../upstreamreplies.ts"
import { type ImageRequest, imageRequest, type Picture } from "./imageresult.ts"
import { anyImage, checkChat, formatRatio, isPlain, readPrompt } from "./jobparameters.ts"
import { ask, encodePath, type JobAttempt, readText, refusal } from "./upstreamjob.ts"

/** "Use a data URL when you have a small file <= 256kb". */
const INLINE_BYTES_MAX = 256 * 1024
/** "Files must be less than 100MB in size". */
const FILE_BYTES_MAX = 100_000_000
type Fields = Record<string, unknown>

/** The paths of a model's predictions and of its description. */
export interface Target {
  path: string
  /** Sent beside the input. */
  version: { version?: string }
  /** Members that all predictions of this model have. */
  identity: Fields
  /** The path of the model's description. Null when there is none. */
  described: string | null
}

/** `owner/name`, `owner/name:version`, a version alone, or `deployments/owner/name`. */
export function parseModel(model: string): Target {
  const [name = "", version] = /^[0-9a-f]{64}$/.test(model) ? ["", model] : model.split(":")
  if (version !== undefined) {
    return {
      path: "/predictions",
      version: { version: name === "" ? version : `${encodePath(name)}:${encodePath(version)}` },
      identity: { version },
      described: name === "" ? null : `/models/${encodePath(name)}/versions/${version}`,
    }
  }
  const [, deployment] = /^deployments\/(.+)$/.exec(name) ?? []
  const path = deployment === undefined ? `/models/${encodePath(name)}` : `/deployments/${encodePath(deployment)}`
  return {
    path: `${path}/predictions`,
    version: {},
    identity: deployment === undefined ? { model: name } : {},
    described: deployment === undefined ? path : null,
  }
}

/** The input of the model. Files in it are not uploaded yet. */
export async function buildDraft(attempt: JobAttempt, target: Target): Promise<Fields> {
  if (attempt.call.requestType === "chat_completion") return await chatInput(attempt, target)
  const request = await imageRequest(attempt, anyImage)
  const { prompt, n, size, images, mask, rest } = request
  const isPrompt = n === 1 && size === null && images.length === 0 && mask === null
  const inputs = isPrompt ? null : await fetchInputs(attempt, target)
  return { prompt, ...toCount(request, inputs), ...toSizes(request, inputs), ...toPictures(request, inputs), ...rest }
}

/** A model's inputs by its description: name -> schema, and the choices of an input. */
interface Inputs {
  properties: Fields
  choices(name: string): unknown[]
}

/**
 * Fetched when the names matter, because Replicate silently drops names that a model does not know
 * (https://github.com/replicate/cog/pull/2943). Null when the model has no description.
 */
async function fetchInputs(attempt: JobAttempt, { described }: Target): Promise<Inputs | null> {
  if (described === null) return null
  try {
    const { value } = await ask(attempt, { method: "GET", path: described })
    const version = asRecord(value["latest_version"] ?? value)
    const schemas = asRecord(asRecord(asRecord(version["openapi_schema"])["components"])["schemas"])
    const properties = asRecord(schemas["Input"])["properties"]
    if (!isRecord(properties)) return null
    return { properties, choices: (name) => asList(asRecord(schemas[name] ?? properties[name])["enum"]) }
  } catch (error) {
    const isUnknown = error instanceof Settled && error.outcome.kind === "refused" && error.outcome.status === 404
    if (isUnknown) return null
    throw error
  }
}

/** The first of the names that the model has. Without a description, the first of all. */
function findName(inputs: Inputs | null, param: string, names: readonly [string, ...string[]]): string {
  const name = inputs === null ? names[0] : names.find((one) => Object.hasOwn(inputs.properties, one))
  if (name !== undefined) return name
  const message = `${param} is not supported: this model has none of the inputs ${names.join(", ")}; leave it out`
  throw refusal({ isUnsupported: true, message, param })
}

function toCount({ n }: ImageRequest, inputs: Inputs | null): Fields {
  return n === 1 ? {} : { [findName(inputs, "n", ["num_outputs", "number_of_images", "num_images", "n"])]: n }
}

function toSizes({ size, rest }: ImageRequest, inputs: Inputs | null): Fields {
  if (size === null) return {}
  if (inputs === null) return { ...size, aspect_ratio: formatRatio(size) }
  const { properties, choices } = inputs
  // Some models accept pixels only with this value.
  const custom = ["aspect_ratio", "size"].filter((name) => choices(name).includes("custom"))
  if (Object.hasOwn(properties, "width") && Object.hasOwn(properties, "height")) {
    return { ...size, ...Object.fromEntries(custom.map((name) => [name, "custom"])) }
  }
  const name = findName(inputs, "size", ["aspect_ratio", "size"])
  return Object.hasOwn(rest, name)
    ? {}
    : { [name]: name === "size" ? `${size.width}x${size.height}` : formatRatio(size) }
}

function toPictures({ images, mask }: ImageRequest, inputs: Inputs | null): Fields {
  const pictures: Fields = {}
  if (mask !== null) pictures[findName(inputs, "mask", ["mask", "mask_image"])] = mask
  if (images.length === 0) return pictures
  const lists = ["input_images", "image_input", "images"] as const
  const singles = ["image", "input_image", "image_prompt"] as const
  const name = findName(inputs, "image", images.length > 1 ? [...lists, ...singles] : [...singles, ...lists])
  const isList = inputs === null ? images.length > 1 : asRecord(inputs.properties[name])["type"] === "array"
  if (isList) pictures[name] = images
  else {
    images.forEach((image, at) => {
      pictures[at === 0 ? name : findName(inputs, "image", [`${name}_${at + 1}`])] = image
    })
  }
  return pictures
}

/** A small file becomes part of the input. Others are uploaded to Replicate, which keeps them for a day. */
export async function toFile(attempt: JobAttempt, picture: Picture): Promise<string> {
  if (typeof picture === "string") return picture
  if (picture.size > FILE_BYTES_MAX) throw refusal({ message: "image is larger than 100 MB", param: "image" })
  if (picture.size <= INLINE_BYTES_MAX) {
    return `data:${picture.type};base64,${Buffer.from(await picture.arrayBuffer()).toString("base64")}`
  }
  const body = new FormData()
  body.set("content", picture)
  body.set("filename", picture.name)
  body.set("type", picture.type)
  const reply = await ask(attempt, { method: "POST", path: "/files", body, isFree: true })
  const url = readText(asRecord(reply.value["urls"])["get"])
  if (url === null) throw new Settled(unreadable(attempt, reply, "it names no address of the file"))
  return url
}

/** OpenAI's parameters of chat, and the names that models have for each. */
const chatNames: readonly [member: string, ...names: [string, ...string[]]][] = [
  ["max_completion_tokens", "max_completion_tokens", "max_tokens", "max_new_tokens", "max_output_tokens"],
  ["max_tokens", "max_tokens", "max_completion_tokens", "max_new_tokens", "max_output_tokens"],
  ["temperature", "temperature"],
  ["top_p", "top_p"],
  ["presence_penalty", "presence_penalty"],
  ["frequency_penalty", "frequency_penalty"],
  ["seed", "seed"],
  ["reasoning_effort", "reasoning_effort"],
  ["stop", "stop_sequences", "stop"],
]
/** Parameters that mean nothing to a model or that the gateway reads. */
const chatOwn = [
  "model",
  "messages",
  "stream",
  "stream_options",
  "fallbacks",
  "service_tier",
  "user",
  "metadata",
  "store",
]
const chatVoid = ["n", "tools", "tool_choice", "parallel_tool_calls", "response_format", "logprobs", "modalities"]

/** https://replicate.com/openai/o1/api: `prompt`, `system_prompt`, `messages`. */
async function chatInput(attempt: JobAttempt, target: Target): Promise<Fields> {
  const { call } = attempt
  const fields = parseExact(call.body ?? "{}") as Fields & { messages: { role: string; content: unknown }[] }
  const [error] = checkChat(fields, call.model).errors
  if (error !== undefined) throw refusal(error)
  const { messages } = fields
  const known = chatNames.filter(([member]) => !isMissing(fields[member]))
  const instructions = messages.filter(({ role }) => role !== "user").map(({ content }) => readPrompt(content))
  const inputs = known.length + instructions.length > 0 ? await fetchInputs(attempt, target) : null
  const skipped = new Set([...chatOwn, ...chatVoid, ...chatNames.map(([member]) => member)])
  const input: Fields = Object.fromEntries(Object.entries(fields).filter(([name]) => !skipped.has(name)))
  for (const [member, ...names] of known) {
    const name = findName(inputs, member, names)
    const value = fields[member]
    input[name] = name === "stop_sequences" ? [value].flat().join(",") : value
  }
  if (!isPlain(messages)) return { ...input, messages }
  const prompt = readPrompt(messages.find(({ role }) => role === "user")?.content)
  if (instructions.length === 0) return { ...input, prompt }
  const system = instructions.join("\n\n")
  const isTaken = inputs === null || Object.hasOwn(inputs.properties, "system_prompt")
  return isTaken ? { ...input, prompt, system_prompt: system } : { ...input, prompt: `${system}\n\n${prompt}` }
}
