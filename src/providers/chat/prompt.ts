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
import { parseExact } from "../../exactjson.ts"
import { asRecord, asRecords, isRecord } from "../../values.ts"
import type { Target } from "./family.ts"
import { type Media, readAudio, readFile, readImage, readPartText } from "./parts.ts"

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

/**
 * Instructions are moved to the front. Consecutive tool results become one message, in the order of the calls: Gemini needs the results of
 * a turn together, and on Vertex identifies them by their order only.
 * https://ai.google.dev/gemini-api/docs/function-calling#parallel_function_calling
 */
export async function buildPrompt(messages: Fields[], target: Target, load: Load): Promise<LanguageModelV4Prompt> {
  const calls = new Map<unknown, { name: string; place: number }>()
  const instructions: LanguageModelV4Prompt = []
  const talk: LanguageModelV4Prompt = []
  for (const [at, message] of messages.entries()) {
    const { role, content } = message
    const path = `messages[${at}].content`
    if (role === "system" || role === "developer") {
      const parts = listParts(content).filter((part) => readPartText(part) !== "")
      for (const part of parts) instructions.push({ role: "system", content: readPartText(part), ...cached(part) })
    } else if (role === "assistant") {
      for (const call of asRecords(message["tool_calls"])) {
        calls.set(call["id"], { name: String(asRecord(call["function"])["name"]), place: calls.size })
      }
      talk.push({ role, content: assistantParts(message, target) })
    } else if (role === "tool") {
      const id = String(message["tool_call_id"])
      const output = await buildOutput(listParts(content), path, target, load)
      const part = { type: "tool-result" as const, toolCallId: id, toolName: calls.get(id)?.name ?? id, output }
      const last = talk.at(-1)
      if (last?.role === "tool") last.content.push(part)
      else talk.push({ role, content: [part] })
    } else {
      const parts = listParts(content).map((part, index) => userPart(part, `${path}[${index}]`, target, load))
      talk.push({ role: "user", content: await Promise.all(parts) })
    }
  }
  const findOrder = (part: object) => ("toolCallId" in part ? (calls.get(part.toolCallId)?.place ?? 0) : 0)
  for (const { role, content } of talk) {
    if (role === "tool") content.sort((one, other) => findOrder(one) - findOrder(other))
  }
  return [...instructions, ...talk]
}

async function userPart(
  part: Fields,
  param: string,
  target: Target,
  load: Load,
): Promise<LanguageModelV4TextPart | LanguageModelV4FilePart> {
  switch (part["type"]) {
    case "image_url":
      return { ...(await mediaPart(readImage(part), "image", param, target, load)), ...cached(part) }
    case "input_audio":
      return { ...(await mediaPart(readAudio(part), "audio", param, target, load)), ...cached(part) }
    case "file":
      return { ...(await mediaPart(readFile(part), "application", param, target, load)), ...cached(part) }
    default:
      return { type: "text", text: readPartText(part), ...cached(part) }
  }
}

/** @param kind the known part of the media type; the package finds the rest from the bytes */
async function mediaPart(
  { url, data, mediaType, name }: Media,
  kind: "image" | "audio" | "application",
  param: string,
  { family }: Target,
  load: Load,
): Promise<LanguageModelV4FilePart> {
  const file = { type: "file" as const, ...(name === null ? {} : { filename: name }) }
  if (url === null) return { ...file, data: { type: "data", data: data ?? "" }, mediaType: mediaType ?? kind }
  if (passedOn[family]?.test(url)) {
    const known = mediaType ?? (kind === "application" ? "application/pdf" : `${kind}/*`)
    return { ...file, data: { type: "url", url: new URL(url) }, mediaType: known }
  }
  const loaded = await load(url, param)
  // Many servers send images as application/octet-stream.
  const said = loaded.mediaType === "application/octet-stream" ? null : loaded.mediaType
  const isLikely = said !== null && (kind === "application" || said.startsWith(`${kind}/`))
  return { ...file, data: { type: "data", data: loaded.bytes }, mediaType: isLikely ? said : (mediaType ?? kind) }
}

/** First reasoning, then text, then calls: the order of the answer. */
function assistantParts(message: Fields, target: Target): AssistantPart[] {
  const signature = readSignature(message)
  const texts = listParts(message["content"]).filter((part) => readPartText(part) !== "")
  const refusal = message["refusal"]
  if (texts.length === 0 && typeof refusal === "string") texts.push({ text: refusal })
  if (texts.length === 0 && signature !== null) texts.push({ text: "" })
  return [
    ...thoughts(message, target),
    ...texts.map((part, at): AssistantPart => {
      const isSigned = signature !== null && at === texts.length - 1
      return { type: "text", text: readPartText(part), ...(isSigned ? signed(signature) : cached(part)) }
    }),
    ...asRecords(message["images"]).map(picture),
    ...asRecords(message["tool_calls"]).map(toolCall),
  ]
}

/** Anthropic's own blocks, which other gateways use too: `{type: "thinking", thinking, signature}`, `{type: "redacted_thinking", data}`. */
function thoughts({ thinking_blocks, reasoning_content }: Fields, { dialect }: Target): AssistantPart[] {
  const blocks = asRecords(thinking_blocks)
  if (blocks.length === 0 && dialect === "gemini" && typeof reasoning_content === "string") {
    return [{ type: "reasoning", text: reasoning_content }]
  }
  return blocks.map((block) =>
    block["type"] === "redacted_thinking"
      ? { type: "reasoning", text: "", providerOptions: redacted(String(block["data"])) }
      : { type: "reasoning", text: String(block["thinking"] ?? ""), ...signed(String(block["signature"])) },
  )
}

function toolCall(call: Fields): AssistantPart {
  const { name, arguments: text } = asRecord(call["function"])
  const signature = readSignature(call)
  return {
    type: "tool-call",
    toolCallId: String(call["id"]),
    toolName: String(name),
    input: parseExact(String(text || "{}")) ?? text,
    ...(signature === null ? {} : signed(signature)),
  }
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
async function buildOutput(parts: Fields[], path: string, target: Target, load: Load): Promise<ToolOutput> {
  const text = parts.filter(({ type }) => type === "text").map(readPartText)
  const images = parts.flatMap((part, at) => (part["type"] === "image_url" ? [{ part, param: `${path}[${at}]` }] : []))
  const files = await Promise.all(
    images.map(({ part, param }) => mediaPart(readImage(part), "image", param, target, load)),
  )
  if (files.length === 0) return { type: "text", value: text.join("\n") }
  return {
    type: "content",
    value: [...(text.length > 0 ? [{ type: "text" as const, text: text.join("\n") }] : []), ...files],
  }
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
      amazonBedrock: { ...cites, ...(isRecord(control) ? { cachePoint: { type: "default" } } : {}) },
    },
  }
}
