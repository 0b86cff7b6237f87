// Builds an OpenAI chat completion from what was read of a provider's answer and the provider's answer itself. Pure.

import type { LanguageModelV4Content, LanguageModelV4GenerateResult, SharedV4Warning } from "@ai-sdk/provider"
import { asList, asRecord, asRecords } from "../../values.ts"
import { type Piece, readAnnotations } from "./citations.ts"
import type { Target } from "./family.ts"

type Fields = Record<string, unknown>

/** Members of the completion that the answer may lack. */
export interface Known {
  id: string
  model: string
  /** Epoch seconds. */
  created: number
  /** The caller's name of a tool, from the one that was sent. */
  nameOf(sent: string): string
}

export interface Completion {
  completion: Fields
  warnings: string[]
}

/**
 * @param results one for each candidate of Gemini, otherwise one
 * @param reply the provider's answer
 * @param noted the package's warnings of the request
 * @param suppressed features whose warnings by the package are no longer true
 */
export function buildCompletion(
  results: LanguageModelV4GenerateResult[],
  reply: Fields,
  target: Target,
  known: Known,
  noted: SharedV4Warning[],
  suppressed: ReadonlySet<string>,
): Completion {
  const first = results[0]
  const warnings = noted.filter((one) => !("feature" in one && suppressed.has(one.feature))).map(worded)
  const candidates = target.dialect === "gemini" ? asRecords(reply["candidates"]) : [reply]
  const choices = results.map((result, index) => {
    const { finish_reason, warning } = readFinish(result)
    if (warning !== null) warnings.push(warning)
    const candidate = candidates[index] ?? {}
    const isFiltered = finish_reason === "content_filter"
    const message = buildMessage(
      result.content,
      candidate,
      target,
      known,
      isFiltered ? explainStop(reply, candidate) : null,
    )
    return { index, message, logprobs: readLogprobs(candidate), finish_reason }
  })
  const tier = readTier(first?.providerMetadata ?? {})
  return {
    warnings,
    completion: {
      id: first?.response?.id ?? known.id,
      object: "chat.completion",
      created: known.created,
      model: first?.response?.modelId ?? reply["modelVersion"] ?? known.model,
      choices,
      usage: readUsage(first?.usage),
      ...(tier === null ? {} : { service_tier: tier }),
    },
  }
}

function buildMessage(
  content: LanguageModelV4Content[],
  reply: Fields,
  target: Target,
  { nameOf }: Known,
  refusal: string | null,
): Fields {
  const pieces: Piece[] = []
  let text = ""
  for (const part of content) {
    if (part.type !== "text") continue
    pieces.push({ start: text.length, end: text.length + part.text.length, metadata: part.providerMetadata ?? {} })
    text += part.text
  }
  const reasoning = content.filter((part) => part.type === "reasoning")
  const thought = reasoning.map((part) => part.text).join("")
  const blocks = reasoning
    .map((part) => thinkingBlock(part.text, part.providerMetadata))
    .filter((block) => block !== null)
  const calls = findCalls(content)
  const images = content.filter((part) => part.type === "file" && part.data.type === "data")
  const annotations = readAnnotations(target, reply, pieces)
  const signature = readSignature(pieces.at(-1)?.metadata)
  return {
    role: "assistant",
    content: text === "" && (calls.length > 0 || images.length > 0 || refusal !== null) ? null : text,
    refusal,
    ...(thought === "" ? {} : { reasoning_content: thought }),
    ...(blocks.length === 0 ? {} : { thinking_blocks: blocks }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => toolCall(call, nameOf)) }),
    ...(images.length === 0 ? {} : { images: images.map(image) }),
    ...(annotations.length === 0 ? {} : { annotations }),
    ...googleExtra(signature),
  }
}

/** Anthropic's own form of reasoning, which clients send back unchanged. Bedrock's and Gemini's signatures use the same form. */
function thinkingBlock(thinking: string, metadata: Fields | undefined): Fields | null {
  const { signature, redactedData, redactedContent } = {
    ...asRecord(metadata?.["anthropic"]),
    ...asRecord(metadata?.["amazonBedrock"]),
  }
  const proof = signature ?? readSignature(metadata)
  if (typeof proof === "string") return { type: "thinking", thinking, signature: proof }
  const data = redactedContent ?? redactedData
  return typeof data === "string" ? { type: "redacted_thinking", data } : null
}

function toolCall(part: LanguageModelV4Content, nameOf: Known["nameOf"]): Fields {
  if (part.type !== "tool-call") return {}
  return {
    id: part.toolCallId,
    type: "function",
    function: { name: nameOf(part.toolName), arguments: part.input },
    ...googleExtra(readSignature(part.providerMetadata)),
  }
}

/** In OpenRouter's form: https://openrouter.ai/docs/features/multimodal/image-generation */
function image(part: LanguageModelV4Content): Fields {
  if (part.type !== "file" || part.data.type !== "data") return {}
  const { data } = part.data
  const base64 = typeof data === "string" ? data : Buffer.from(data).toString("base64")
  const url = `data:${part.mediaType};base64,${base64}`
  return { type: "image_url", image_url: { url }, ...googleExtra(readSignature(part.providerMetadata)) }
}

/** In the form of Google's own OpenAI API: https://ai.google.dev/gemini-api/docs/thought-signatures#openai */
export function googleExtra(signature: string | null): Fields {
  return signature === null ? {} : { extra_content: { google: { thought_signature: signature } } }
}

/** Calls of the client's tools. Tools that the provider runs itself are left out. */
function findCalls(content: LanguageModelV4Content[]) {
  return content.filter((part) => part.type === "tool-call").filter(({ providerExecuted }) => providerExecuted !== true)
}

function readSignature(metadata: Fields | undefined): string | null {
  const { thoughtSignature } = { ...asRecord(metadata?.["googleVertex"]), ...asRecord(metadata?.["google"]) }
  return typeof thoughtSignature === "string" ? thoughtSignature : null
}

const finishes: Readonly<Record<string, string>> = {
  stop: "stop",
  length: "length",
  "content-filter": "content_filter",
  "tool-calls": "tool_calls",
}

/** Finish reasons of the providers that the packages do not map. */
const finishesByName: Readonly<Record<string, string>> = {
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax
  model_context_window_exceeded: "length",
  refusal: "content_filter",
  // https://ai.google.dev/api/generate-content#FinishReason
  ...{ LANGUAGE: "content_filter", IMAGE_PROHIBITED_CONTENT: "content_filter", IMAGE_RECITATION: "content_filter" },
}

/** Finish reasons that the client should know, because `finish_reason` cannot express them. */
const tellingNames = new Set(["pause_turn", "CONTINUATION"])

/** The turn could not be finished: what there is of it is no answer. */
const failures = new Set([
  // https://ai.google.dev/api/generate-content#FinishReason
  ...["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MALFORMED_RESPONSE"],
  "MISSING_THOUGHT_SIGNATURE",
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax
  ...["malformed_model_output", "malformed_tool_use"],
])

/**
 * Why none of the choices is an answer, as the end of a sentence that starts with "but"; null when one is.
 * @param candidates Gemini's
 */
export function findFailure(results: LanguageModelV4GenerateResult[], candidates: Fields[]): string | null {
  const reasons = results.map(({ finishReason: { unified, raw = "" }, content }) => {
    const isEmpty = content.every((part) => part.type === "reasoning" || (part.type === "text" && part.text === ""))
    const isKnown = finishes[unified] !== undefined || Object.hasOwn(finishesByName, raw)
    return failures.has(raw) || (isEmpty && !isKnown) ? raw || unified : null
  })
  const [first] = reasons
  if (first === undefined || first === null || reasons.includes(null)) return null
  const { finishMessage } = candidates[0] ?? {}
  return `the model's turn failed with ${first}${typeof finishMessage === "string" ? ` (${finishMessage})` : ""}`
}

function readFinish({ finishReason: { unified, raw = "" }, content }: LanguageModelV4GenerateResult) {
  const known = finishes[unified] ?? (Object.hasOwn(finishesByName, raw) ? finishesByName[raw] : undefined)
  // With tool calls the client must continue, whatever the reason.
  const finish_reason = known ?? (findCalls(content).length > 0 ? "tool_calls" : "stop")
  const isTold = known === undefined || tellingNames.has(raw)
  return {
    finish_reason,
    warning: isTold ? `the provider ended with ${raw || unified}: finish_reason says ${finish_reason}` : null,
  }
}

/** The provider's explanation of why it does not answer. */
function explainStop(reply: Fields, candidate: Fields): string {
  const { explanation, category } = asRecord(reply["stop_details"])
  const { blockReason, blockReasonMessage } = asRecord(reply["promptFeedback"])
  const words = [explanation, candidate["finishMessage"], blockReasonMessage]
  const reason = [category, blockReason, candidate["finishReason"], reply["stop_reason"], reply["stopReason"]]
  const text = words.find((word) => typeof word === "string" && word !== "")
  return typeof text === "string"
    ? text
    : `the provider stopped the answer: ${reason.find((one) => typeof one === "string")}`
}

/** https://ai.google.dev/api/generate-content#LogprobsResult; it has no bytes. */
function readLogprobs(candidate: Fields): Fields | null {
  const { chosenCandidates, topCandidates } = asRecord(candidate["logprobsResult"])
  const chosen = asRecords(chosenCandidates)
  if (chosen.length === 0) return null
  const entry = ({ token, logProbability }: Fields) => ({ token, logprob: logProbability, bytes: null })
  const tops = asList(topCandidates).map((one) => asRecords(asRecord(one)["candidates"]).map(entry))
  return { content: chosen.map((one, at) => ({ ...entry(one), top_logprobs: tops[at] ?? [] })), refusal: null }
}

/** Counted as OpenAI does: cached tokens are a part of the input, reasoning tokens a part of the output. */
function readUsage(usage: LanguageModelV4GenerateResult["usage"] | undefined): Fields | null {
  const { total: input, cacheRead, cacheWrite } = usage?.inputTokens ?? {}
  const { total: output, reasoning } = usage?.outputTokens ?? {}
  if (input === undefined || output === undefined) return null
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: {
      cached_tokens: cacheRead ?? 0,
      // Tokens written to the cache have a price of their own.
      ...(cacheWrite ? { cache_write_tokens: cacheWrite } : {}),
    },
    ...(reasoning === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoning } }),
  }
}

/** The tier that served the request, by OpenAI's name if there is one. */
function readTier(metadata: Fields): string | null {
  const anthropic = asRecord(metadata["anthropic"])["serviceTier"]
  const google = { ...asRecord(metadata["googleVertex"]), ...asRecord(metadata["google"]) }
  const { type } = asRecord(asRecord(metadata["amazonBedrock"])["serviceTier"])
  const tier = anthropic ?? google["serviceTier"] ?? asRecord(google["usageMetadata"])["trafficType"] ?? type
  if (typeof tier !== "string") return null
  const name = tier.toLowerCase().replace(/^on_demand_?/, "")
  return name === "" || name === "standard" ? "default" : name
}

/** The packages' names of parameters -> OpenAI's. */
const paramNames: Readonly<Record<string, string>> = {
  maxOutputTokens: "max_completion_tokens",
  topP: "top_p",
  topK: "top_k",
  stopSequences: "stop",
  toolChoice: "tool_choice",
  responseFormat: "response_format",
  reasoning: "reasoning_effort",
  serviceTier: "service_tier",
}

function worded(warning: SharedV4Warning): string {
  if (warning.type === "other") {
    const isUnsigned = warning.message.includes("skip_thought_signature_validator")
    return isUnsigned
      ? "tool_calls without extra_content.google.thought_signature went out with Google's placeholder for it: hand tool_calls back as they came"
      : warning.message
  }
  if (warning.type === "deprecated") return `${warning.setting}: ${warning.message}`
  return `${paramNames[warning.feature] ?? warning.feature}: ${warning.details ?? "not supported by this provider"}`
}
