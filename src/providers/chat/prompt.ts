// Translates the messages of an OpenAI chat request into a prompt of the AI SDK's model specification. chatmessages.ts has checked them.

import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
  LanguageModelV4ToolResultPart,
  SharedV4ProviderOptions,
} from "@ai-sdk/provider"
import { listParts } from "../../endpoints/translate/translation.ts"
import { parseInner } from "../../exactjson.ts"
import { asRecord, asRecords, asWord, isRecord } from "../../values.ts"
import { normaliseType, sniffType } from "../mediatypes.ts"
import { createDocumentNames } from "./documentnames.ts"
import type { Target } from "./family.ts"
import {
  buildCachePoint,
  isBlank,
  listThoughts,
  type Media,
  readAudio,
  readFile,
  readImage,
  readPartText,
} from "./parts.ts"

type Fields = Record<string, unknown>
type AssistantPart = Extract<LanguageModelV4Message, { role: "assistant" }>["content"][number]
type ToolOutput = LanguageModelV4ToolResultPart["output"]

/** Downloads what a message links to. `param` is the place in the request, for errors. */
export type Load = (url: string, param: string) => Promise<{ bytes: Uint8Array; mediaType: string | null }>

/** Addresses that a provider downloads itself. */
const passedOn: Record<Target["family"], RegExp | null> = {
  // https://platform.claude.com/docs/en/build-with-claude/vision#url-based-image-example
  anthropic: /^https:/i,
  gemini: null,
  // https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/image-understanding
  vertex: /^gs:/i,
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_S3Location.html
  bedrock: /^s3:/i,
}

/** What the parts of a prompt are made with. */
interface Making {
  target: Target
  load: Load
  /** The name of the next document at the provider. */
  nameDocument: (name: string | null) => string | null
}

/**
 * Instructions are moved to the front. Consecutive tool results become one message, in the order of the calls: Gemini needs the results of
 * a turn together, and on Vertex identifies them by their order only. A message of which nothing is sent is none, so that its neighbours
 * join: Claude and Converse want user and assistant to take turns, each with something to say.
 * https://ai.google.dev/gemini-api/docs/function-calling#parallel_function_calling,
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
 */
export async function buildPrompt(messages: Fields[], target: Target, load: Load): Promise<LanguageModelV4Prompt> {
  const calls = new Map<unknown, { name: string; place: number }>()
  const instructions: LanguageModelV4Prompt = []
  const talk: LanguageModelV4Prompt = []
  const making: Making = { target, load, nameDocument: createDocumentNames(target) }
  for (const [at, message] of messages.entries()) {
    const { role } = message
    const path = `messages[${at}].content`
    if (role === "system" || role === "developer") {
      const parts = sentParts(message, path, target).map(({ part }) => part)
      const made = parts.map((part) => ({ role: "system" as const, content: readPartText(part), ...cached(part) }))
      instructions.push(...markLast(made, message))
    } else if (role === "assistant") {
      for (const call of asRecords(message["tool_calls"])) {
        calls.set(call["id"], { name: asWord(asRecord(call["function"])["name"]), place: calls.size })
      }
      const content = markLast(assistantParts(message, target), message)
      if (content.length > 0) talk.push({ role, content })
    } else if (role === "tool") {
      const id = asWord(message["tool_call_id"])
      const output = await buildOutput(listParts(message["content"]), path, making)
      const part = { type: "tool-result" as const, toolCallId: id, toolName: calls.get(id)?.name ?? id, output }
      const marked = { ...part, ...cached(findMark(message)) }
      const last = talk.at(-1)
      if (last?.role === "tool") last.content.push(marked)
      else talk.push({ role, content: [marked] })
    } else {
      const parts = sentParts(message, path, target).map(({ part, param }) => userPart(part, param, making))
      if (parts.length > 0) talk.push({ role: "user", content: markLast(await Promise.all(parts), message) })
    }
  }
  const findOrder = (part: object) => ("toolCallId" in part ? (calls.get(part.toolCallId)?.place ?? 0) : 0)
  for (const { role, content } of talk) {
    if (role === "tool") content.sort((one, other) => findOrder(one) - findOrder(other))
  }
  return [...instructions, ...talk]
}

/** The parts of a message that say something, and their places in the request. */
function sentParts(message: Fields, path: string, target: Target): { part: Fields; param: string }[] {
  return listParts(message["content"])
    .map((part, index) => ({ part, param: `${path}[${index}]` }))
    .filter(({ part }) => !isBlank(part, target))
}

/** Gives the mark of a cache that a whole message has to its last part. */
function markLast<Part extends object>(parts: Part[], message: Fields): Part[] {
  if (!isRecord(message["cache_control"])) return parts
  return parts.map((part, at) => (at === parts.length - 1 ? { ...cached(message), ...part } : part))
}

/** A result is sent as one: the last of its marks counts. */
function findMark(message: Fields): Fields {
  const marked = [...listParts(message["content"]), message].filter((part) => isRecord(part["cache_control"]))
  return { cache_control: marked.at(-1)?.["cache_control"] }
}

async function userPart(
  part: Fields,
  param: string,
  making: Making,
): Promise<LanguageModelV4TextPart | LanguageModelV4FilePart> {
  switch (part["type"]) {
    case "image_url":
      return { ...(await mediaPart(readImage(part), "image", param, making)), ...cached(part) }
    case "input_audio":
      return { ...(await mediaPart(readAudio(part), "audio", param, making)), ...cached(part) }
    case "file":
      return { ...(await mediaPart(readFile(part), "application", param, making)), ...cached(part) }
    default:
      return { type: "text", text: readPartText(part), ...cached(part) }
  }
}

/** @param kind the known part of the media type; the package finds the rest from the bytes */
async function mediaPart(
  { url, data, mediaType, name }: Media,
  kind: "image" | "audio" | "application",
  param: string,
  { target: { family }, load, nameDocument }: Making,
): Promise<LanguageModelV4FilePart> {
  const filename = kind === "application" ? nameDocument(name) : name
  const file = { type: "file" as const, ...(filename === null ? {} : { filename }) }
  if (url === null) return { ...file, data: { type: "data", data: data ?? "" }, mediaType: mediaType ?? kind }
  if (passedOn[family]?.test(url)) {
    const known = mediaType ?? (kind === "application" ? "application/pdf" : `${kind}/*`)
    return { ...file, data: { type: "url", url: new URL(url) }, mediaType: known }
  }
  const loaded = await load(url, param)
  // Many servers send images as application/octet-stream.
  const said =
    loaded.mediaType === "application/octet-stream" ? null : loaded.mediaType && normaliseType(loaded.mediaType)
  const isLikely = said !== null && (kind === "application" || said.startsWith(`${kind}/`))
  const found = sniffType(loaded.bytes) ?? (isLikely ? said : (mediaType ?? kind))
  return { ...file, data: { type: "data", data: loaded.bytes }, mediaType: found }
}

/** First reasoning, then text, then calls: the order of the answer. */
function assistantParts(message: Fields, target: Target): AssistantPart[] {
  const signature = readSignature(message)
  const texts = listParts(message["content"]).filter((part) => !isBlank(part, target))
  const refusal = { type: "refusal", refusal: message["refusal"] ?? "" }
  if (texts.length === 0 && !isBlank(refusal, target)) texts.push(refusal)
  if (texts.length === 0 && signature !== null) texts.push({ text: "" })
  return [
    ...thoughts(message, target),
    ...texts.map((part, at): AssistantPart => {
      const isSigned = signature !== null && at === texts.length - 1
      return { type: "text", text: readPartText(part), ...(isSigned ? signed(signature) : cached(part)) }
    }),
    // Only Gemini answers with pictures, and takes them back.
    ...(target.dialect === "gemini" ? asRecords(message["images"]).map(picture) : []),
    ...asRecords(message["tool_calls"]).map(toolCall),
  ]
}

/** Anthropic's own blocks, which other gateways use too: `{type: "thinking", thinking, signature}`, `{type: "redacted_thinking", data}`. */
function thoughts(message: Fields, target: Target): AssistantPart[] {
  const blocks = listThoughts(message, target)
  const { reasoning_content } = message
  if (blocks.length === 0 && target.dialect === "gemini" && typeof reasoning_content === "string") {
    return [{ type: "reasoning", text: reasoning_content }]
  }
  return blocks.map((block) =>
    block["type"] === "redacted_thinking"
      ? { type: "reasoning", text: "", providerOptions: redacted(asWord(block["data"])) }
      : { type: "reasoning", text: asWord(block["thinking"]), ...signed(asWord(block["signature"])) },
  )
}

function toolCall(call: Fields): AssistantPart {
  const { name, arguments: text } = asRecord(call["function"])
  const signature = readSignature(call)
  return {
    type: "tool-call",
    toolCallId: asWord(call["id"]),
    toolName: asWord(name),
    input: asArguments(parseInner(asWord(text) || "{}") ?? text),
    ...(signature === null ? cached(call) : signed(signature)),
  }
}

/** All providers take objects alone. What is none goes out under the name that the packages use. */
function asArguments(value: unknown): unknown {
  return isRecord(value) ? value : { rawInvalidInput: value }
}

function picture(image: Fields): AssistantPart {
  const { data, mediaType } = readImage(image)
  const signature = readSignature(image)
  return {
    type: "file",
    data: { type: "data", data: data ?? "" },
    mediaType: mediaType ?? "image/png",
    ...(signature === null ? {} : signed(signature)),
  }
}

/** All texts are joined, because Gemini's older models would take several parts for several results. */
async function buildOutput(parts: Fields[], path: string, making: Making): Promise<ToolOutput> {
  const joined = parts
    .filter(({ type }) => type === "text")
    .map(readPartText)
    .join("\n")
  const text = isBlank({ type: "text", text: joined }, making.target) ? "" : joined
  const images = parts.flatMap((part, at) => (part["type"] === "image_url" ? [{ part, param: `${path}[${at}]` }] : []))
  const files = await Promise.all(images.map(({ part, param }) => mediaPart(readImage(part), "image", param, making)))
  // Converse takes a result without content, but none with an empty text.
  if (files.length === 0 && (text !== "" || making.target.dialect !== "converse")) return { type: "text", value: text }
  return { type: "content", value: [...(text === "" ? [] : [{ type: "text" as const, text }]), ...files] }
}

/** In the form of Google's own OpenAI API: https://ai.google.dev/gemini-api/docs/thought-signatures#openai */
function readSignature({ extra_content }: Fields): string | null {
  const signature = asRecord(asRecord(extra_content)["google"])["thought_signature"]
  return typeof signature === "string" ? signature : null
}

/** Each package reads the options under its own name. */
function signed(signature: string): { providerOptions: SharedV4ProviderOptions } {
  return {
    providerOptions: {
      anthropic: { signature },
      amazonBedrock: { signature },
      google: { thoughtSignature: signature },
    },
  }
}

function redacted(data: string): SharedV4ProviderOptions {
  return { anthropic: { redactedData: data }, amazonBedrock: { redactedContent: data } }
}

/** Anthropic's options of a part: the end of a cached prefix, and whether a document is to be cited. */
function cached(part: Fields): { providerOptions?: SharedV4ProviderOptions } {
  const { cache_control: control, citations } = part
  const isCited = part["type"] === "file" && asRecord(citations)["enabled"] === true
  if (!isRecord(control) && !isCited) return {}
  const cites = isCited ? { citations: { enabled: true } } : {}
  return {
    providerOptions: {
      anthropic: { ...cites, ...(isRecord(control) ? { cacheControl: control as { type: "ephemeral" } } : {}) },
      amazonBedrock: { ...cites, ...(isRecord(control) ? { cachePoint: buildCachePoint(control) } : {}) },
    },
  }
}
