// Reads a provider's answer in each of the native forms into the parts of the AI SDK's specification. By hand, because the answer is paid
// for: a package refuses all of it for one block that it does not know, and rounds its numbers. Pure.

import type { LanguageModelV4Content, LanguageModelV4GenerateResult } from "@ai-sdk/provider"
import { quoted } from "../../endpoints/translate/translation.ts"
import { firstCount } from "../../endpoints/usage.ts"
import { parseJson } from "../../json.ts"
import { asList, asRecord, asRecords, asText, asWord, isRecord } from "../../values.ts"
import { asksForJson } from "./chatrequest.ts"
import type { Target } from "./family.ts"

type Fields = Record<string, unknown>
type Content = LanguageModelV4Content
type Result = LanguageModelV4GenerateResult
type End = Result["finishReason"]["unified"]

/** What the answer alone does not tell. */
export interface Asking {
  target: Target
  headers: Headers
  /** A JSON object is asked for. */
  isJson: boolean
  /** The tool whose input is that JSON: the packages add one where a model has no other way. Null when there is none. */
  jsonTool: string | null
  /** Makes the id of a tool call that has none. */
  makeId(): string
}

export interface NativeAnswer {
  /** One for each candidate of Gemini, otherwise one. */
  results: Result[]
  /** What was left out, and what cannot be sent back. */
  warnings: string[]
}

/** A result, and the blocks of it that are not known. */
type Found = { result: Result; unknown: string[] }

/** The least answer of each form, which a package reads instead of the provider's. */
export const emptyAnswers: Readonly<Record<Target["dialect"], object>> = {
  messages: {
    ...{ type: "message", id: "", role: "assistant", model: "", content: [], stop_reason: "end_turn" },
    usage: { input_tokens: 0, output_tokens: 0 },
  },
  gemini: { candidates: [{ content: { parts: [] }, finishReason: "STOP" }] },
  converse: { output: { message: { role: "assistant", content: [] } }, stopReason: "end_turn" },
}

/** The tool that a package has added for the JSON that is asked for, by its name. Null when there is none. @param sent the request's body */
export function findJsonTool(fields: Fields, sent: string): string | null {
  if (!asksForJson(fields)) return null
  const { tools, toolConfig } = asRecord(parseJson(sent))
  const listed = [...asRecords(tools), ...asRecords(asRecord(toolConfig)["tools"])]
  const names = listed.flatMap((tool) => [tool, asRecord(tool["toolSpec"]), ...asRecords(tool["functionDeclarations"])])
  const own = new Set(asRecords(fields["tools"]).map((tool) => asRecord(tool["function"])["name"]))
  const added = names.map(({ name }) => asText(name)).find((name) => /^json(_\d+)?$/.test(name) && !own.has(name))
  return added ?? null
}

/** Null when nothing of it can be read. @param reply the provider's answer, with exact numbers */
export function readAnswer(reply: Fields, asking: Asking): NativeAnswer | null {
  const { dialect } = asking.target
  const found = readers[dialect](reply, asking)
  const contents = found.flatMap(({ result }) => result.content)
  const unknown = new Set(found.flatMap((one) => one.unknown))
  if (found.length === 0 || (contents.length === 0 && unknown.size > 0)) return null
  const warnings = [...unknown].map((block) => `the answer has ${block}, which is not known here and was left out`)
  const isUnsigned = contents.some((part) => part.type === "reasoning" && part.providerMetadata === undefined)
  // Only there every block of reasoning has a signature.
  if (dialect === "messages" && isUnsigned) warnings.push("the reasoning has no signature and cannot be sent back")
  return { results: found.map(({ result }) => result), warnings }
}

const readers: Readonly<Record<Target["dialect"], (reply: Fields, asking: Asking) => Found[]>> = {
  messages: readMessage,
  gemini: readCandidates,
  converse: readConverse,
}

/** @param read returns null for a block that is not known; its second parameter is the content before it */
function readBlocks(blocks: Fields[], read: (block: Fields, before: Content[]) => Content[] | null) {
  const content: Content[] = []
  const unknown: string[] = []
  for (const block of blocks) {
    const parts = read(block, content)
    if (parts !== null) content.push(...parts)
    else unknown.push(`a block of ${quoted(asText(block["type"]) || Object.keys(block).join(", "))}`)
  }
  return { content, unknown }
}

/** Blocks of tools that the provider runs itself. What they found is in the text. */
const serverBlocks = ["server_tool_use", "web_search_tool_result"]

/** https://platform.claude.com/docs/en/api/messages#response */
function readMessage(reply: Fields, { jsonTool }: Asking): Found[] {
  const { content: list, stop_reason, usage, service_tier, id, model } = reply
  if (!Array.isArray(list)) return []
  const blocks = asRecords(list)
  const isTool = (name: unknown) => jsonTool !== null && name === jsonTool
  const isJson = blocks.some(({ type, name }) => type === "tool_use" && isTool(name))
  const { content, unknown } = readBlocks(blocks, (block) => {
    const { type, text, citations, thinking, signature, data, id, name, input } = block
    if (type === "text" && typeof text === "string") {
      const cited = asList(citations).length > 0 ? about({ anthropic: { citations } }) : {}
      // Where the JSON is a tool's input, it is the whole answer.
      return isJson ? [] : [{ type, text, ...cited }]
    }
    if (type === "thinking" && typeof thinking === "string") return [thought(thinking, "anthropic", { signature })]
    if (type === "redacted_thinking") return [thought("", "anthropic", { redactedData: data })]
    if (type === "tool_use") return [called(id, name, input, isTool(name))]
    return serverBlocks.includes(asText(type)) ? [] : null
  })
  const { input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens, ...more } = asRecord(usage)
  const counted = countTokens({
    input: [input_tokens, cache_read_input_tokens, cache_creation_input_tokens],
    output: [output_tokens],
    cacheRead: cache_read_input_tokens,
    cacheWrite: cache_creation_input_tokens,
    reasoning: asRecord(more["output_tokens_details"])["thinking_tokens"],
  })
  const tier = about({ anthropic: { serviceTier: more["service_tier"] ?? service_tier } })
  return [{ result: { ...end(stop_reason, content, isJson), ...counted, ...named(id, model), ...tier }, unknown }]
}

/** https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse */
function readCandidates(reply: Fields, asking: Asking): Found[] {
  const { candidates, promptFeedback, usageMetadata, responseId } = reply
  const usage = asRecord(usageMetadata)
  const { promptTokenCount, toolUsePromptTokenCount, candidatesTokenCount, thoughtsTokenCount, ...more } = usage
  const counted = countTokens({
    input: [promptTokenCount, toolUsePromptTokenCount],
    output: [candidatesTokenCount ?? 0, thoughtsTokenCount],
    cacheRead: more["cachedContentTokenCount"],
    reasoning: thoughtsTokenCount ?? 0,
  })
  const serviceTier = more["serviceTier"] ?? asking.headers.get("x-gemini-service-tier")
  const rest = { ...counted, ...named(responseId), ...about({ google: { serviceTier, usageMetadata: usage } }) }
  const all = asRecords(candidates)
  const { blockReason } = asRecord(promptFeedback)
  const isBlocked = typeof blockReason === "string" && !/^(BLOCK(ED)?_REASON_UNSPECIFIED)?$/.test(blockReason)
  const blocked = { unified: "content-filter" as const, raw: asWord(blockReason) }
  if (all.length === 0 && isRecord(promptFeedback)) all.push({})
  return all.map((candidate) => {
    const { content, unknown } = readParts(candidate, asking)
    const { finishReason } = candidate
    const result = { ...end(finishReason, content), ...rest }
    if (isBlocked && !finishReason) result.finishReason = blocked
    return { result, unknown }
  })
}

/** Parts of tools that the provider runs itself. */
const serverParts = ["executableCode", "codeExecutionResult", "toolCall", "toolResponse"]

/** https://ai.google.dev/api/caching#Part */
function readParts(candidate: Fields, { jsonTool, makeId }: Asking) {
  const parts = asRecords(asRecord(candidate["content"])["parts"])
  return readBlocks(parts, (part, before) => {
    const { text, thought: isThought, functionCall, inlineData, thoughtSignature, ...others } = part
    const signed = thoughtSignature ? about({ google: { thoughtSignature } }) : {}
    if (isRecord(functionCall)) {
      const { id, name, args } = functionCall
      return [{ ...called(id || makeId(), name, args, jsonTool !== null && name === jsonTool), ...signed }]
    }
    if (isRecord(inlineData)) {
      const type = isThought === true ? "reasoning-file" : "file"
      const data = { type: "data" as const, data: asWord(inlineData["data"]) }
      return [{ type, data, mediaType: asWord(inlineData["mimeType"]), ...signed }]
    }
    if (typeof text === "string" && text !== "") {
      if (isThought === true) return [{ type: "reasoning", text, ...signed }]
      // Where the JSON is a tool's input, it is the whole answer.
      return jsonTool === null ? [{ type: "text", text, ...signed }] : []
    }
    const names = Object.keys(others)
    // A signature without a text belongs to what came before.
    if (names.length === 0) Object.assign(before.at(-1) ?? {}, signed)
    return names.length === 0 || names.some((name) => serverParts.includes(name)) ? [] : null
  })
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax */
function readConverse(reply: Fields, { isJson, jsonTool, headers, makeId }: Asking): Found[] {
  const { output, stopReason, usage, serviceTier } = reply
  const { content: list } = asRecord(asRecord(output)["message"])
  if (!Array.isArray(list)) return []
  const blocks = asRecords(list)
  const isTool = (block: Fields) => jsonTool !== null && asRecord(block["toolUse"])["name"] === jsonTool
  const { content, unknown } = readBlocks(blocks, (block) => {
    const { text, citationsContent, reasoningContent, toolUse } = block
    if (typeof text === "string") return [{ type: "text", text: isJson ? findObject(text) : text }]
    if (isRecord(citationsContent)) {
      return asRecords(citationsContent["content"]).map((one) => ({ type: "text", text: asText(one["text"]) }))
    }
    if (isRecord(reasoningContent)) return readReasoning(reasoningContent)
    if (!isRecord(toolUse)) return null
    return [called(toolUse["toolUseId"] || makeId(), toolUse["name"], toolUse["input"], isTool(block))]
  })
  const { inputTokens, outputTokens, cacheReadInputTokens, cacheWriteInputTokens } = asRecord(usage)
  const counted = countTokens({
    input: [inputTokens, cacheReadInputTokens, cacheWriteInputTokens],
    output: [outputTokens],
    cacheRead: cacheReadInputTokens,
    cacheWrite: cacheWriteInputTokens,
  })
  const rest = { ...counted, ...named(headers.get("x-amzn-requestid")), ...about({ amazonBedrock: { serviceTier } }) }
  return [{ result: { ...end(stopReason, content, blocks.some(isTool)), ...rest }, unknown }]
}

function readReasoning({ reasoningText, redactedContent, redactedReasoning }: Fields): Content[] | null {
  const { text, signature } = asRecord(reasoningText)
  if (typeof text === "string") return [thought(text, "amazonBedrock", { signature })]
  const { data: redactedData } = asRecord(redactedReasoning)
  if (redactedContent === undefined && redactedData === undefined) return null
  return [thought("", "amazonBedrock", { redactedContent, redactedData })]
}

/** A model that is only told to answer in JSON may put words around it. */
function findObject(text: string): string {
  if (parseJson(text) !== undefined) return text
  const object = text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1)
  return isRecord(parseJson(object)) ? object : text
}

/** @param proof what must be sent back with it: a signature, or encrypted reasoning */
function thought(text: string, package_: string, proof: Fields): Content {
  const given = Object.entries(proof).filter(([, value]) => typeof value === "string" && value !== "")
  return { type: "reasoning", text, ...(given.length > 0 ? about({ [package_]: Object.fromEntries(given) }) : {}) }
}

/** A call of a tool. @param isAnswer its input is the answer's text */
function called(id: unknown, name: unknown, input: unknown, isAnswer: boolean): Content {
  const text = typeof input === "string" ? input : JSON.stringify(input ?? {})
  if (isAnswer) return { type: "text", text }
  return { type: "tool-call", toolCallId: asWord(id), toolName: asWord(name), input: text }
}

/** The provider's names of why an answer ends. */
const ends: Readonly<Record<string, End>> = {
  // https://platform.claude.com/docs/en/api/handling-stop-reasons
  ...{ end_turn: "stop", stop_sequence: "stop", pause_turn: "stop", tool_use: "tool-calls", refusal: "content-filter" },
  ...{ max_tokens: "length", model_context_window_exceeded: "length" },
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
  ...{ content_filtered: "content-filter", guardrail_intervened: "content-filter" },
  // https://ai.google.dev/api/generate-content#FinishReason
  ...{ STOP: "stop", MAX_TOKENS: "length", CONTINUATION: "length", MALFORMED_FUNCTION_CALL: "error" },
  ...{ SAFETY: "content-filter", RECITATION: "content-filter", BLOCKLIST: "content-filter", SPII: "content-filter" },
  ...{ PROHIBITED_CONTENT: "content-filter", IMAGE_SAFETY: "content-filter" },
}

/** The content with why it ends. @param isJson whether the input of a tool is the text */
function end(
  reason: unknown,
  content: Content[],
  isJson = false,
): Pick<Result, "content" | "finishReason" | "warnings"> {
  const raw = asText(reason)
  const known = Object.hasOwn(ends, raw) ? ends[raw] : undefined
  const hasCalls = content.some(({ type }) => type === "tool-call")
  const unified = raw === "STOP" && hasCalls ? "tool-calls" : raw === "tool_use" && isJson ? "stop" : (known ?? "other")
  return { content, finishReason: { unified, raw: raw || undefined }, warnings: [] }
}

interface Tokens {
  /** Counts that make up the whole. Without the first there is none. */
  input: unknown[]
  output: unknown[]
  cacheRead: unknown
  cacheWrite?: unknown
  reasoning?: unknown
}

function countTokens({ input, output, cacheRead, cacheWrite, reasoning }: Tokens): Pick<Result, "usage"> {
  return {
    usage: {
      inputTokens: {
        ...{ total: sum(input), noCache: undefined },
        ...{ cacheRead: firstCount(cacheRead), cacheWrite: firstCount(cacheWrite) },
      },
      outputTokens: { total: sum(output), text: undefined, reasoning: firstCount(reasoning) },
    },
  }
}

function sum(counts: unknown[]): number | undefined {
  const first = firstCount(counts[0])
  return first === undefined ? undefined : counts.reduce((all: number, one) => all + (firstCount(one) ?? 0), 0)
}

/** The answer's id and the model that made it, where the provider tells them. */
function named(id: unknown, model?: unknown): Pick<Result, "response"> {
  const [given, modelId] = [asText(id), asText(model)]
  return { response: { ...(given === "" ? {} : { id: given }), ...(modelId === "" ? {} : { modelId }) } }
}

/** What the specification has no place for, by the name of the package. */
function about(metadata: Record<string, Fields>): { providerMetadata: NonNullable<Result["providerMetadata"]> } {
  return { providerMetadata: metadata as NonNullable<Result["providerMetadata"]> }
}
