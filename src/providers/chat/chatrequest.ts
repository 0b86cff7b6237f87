// Translates an OpenAI chat request into call options of the AI SDK's model specification, except for its messages. Pure.

import type { LanguageModelV4CallOptions, SharedV4ProviderOptions } from "@ai-sdk/provider"
import { readNumber } from "../../exactjson.ts"
import { asList, asRecord, asRecords, asWord, isRecord } from "../../values.ts"
import { type Claude, describeClaude } from "./claude.ts"
import type { Target } from "./family.ts"

type Fields = Record<string, unknown>
type Options = LanguageModelV4CallOptions
type Tools = NonNullable<Options["tools"]>
type Schema = Extract<Tools[number], { type: "function" }>["inputSchema"]
type Reasoning = NonNullable<Options["reasoning"]>
type JsonObject = SharedV4ProviderOptions[string]

/** How much reasoning is asked for: as an effort, as tokens, or as much as the model finds right. */
interface Thinking {
  effort: Reasoning | null
  /** Null when the effort decides. */
  budget: number | null
  isFree: boolean
}

export function buildOptions(fields: Fields, target: Target): Omit<Options, "prompt"> {
  const { effort } = planReasoning(fields, target)
  const tools = buildTools(fields, target)
  return given<Omit<Options, "prompt">>({
    maxOutputTokens: readOutputLimit(fields),
    temperature: readNumber(fields["temperature"]),
    topP: isTopPLost(fields, target) ? undefined : readNumber(fields["top_p"]),
    topK: readNumber(fields["top_k"]),
    stopSequences: readStops(fields["stop"], target),
    ...(target.dialect === "gemini" ? { seed: readNumber(fields["seed"]) } : {}),
    responseFormat: readFormat(fields, target),
    tools: tools.length > 0 ? tools : undefined,
    toolChoice: tools.length > 0 ? readChoice(fields["tool_choice"]) : undefined,
    reasoning: effort ?? undefined,
    providerOptions: {
      anthropic: anthropic(fields, target),
      google: google(fields, target),
      amazonBedrock: bedrock(fields, target),
    },
  })
}

/** Includes reasoning tokens, as OpenAI counts. */
export function readOutputLimit(fields: Fields): number | undefined {
  return readNumber(fields["max_completion_tokens"]) ?? readNumber(fields["max_tokens"])
}

/** Whether the answer must be a JSON object. */
export function asksForJson(fields: Fields): boolean {
  const { type } = asRecord(fields["response_format"])
  return (type === "json_schema" || type === "json_object") && !isForced(fields)
}

/** The rate that Anthropic's own SDK expects of a call that is not streamed: https://github.com/anthropics/anthropic-sdk-typescript#long-requests */
const TOKENS_PER_HOUR = 128_000
/** Many answers need so many, also where the time is short. */
const TOKENS_MIN = 4096
/** The share of the token limit that reasoning may use. The rest is for the answer. */
export const THINKING_SHARE_MAX = 0.8

/** Claude needs a limit. Without one in the request it is what can be answered in time. */
export function limitTokens(fields: Fields, timeoutMs: number, tokensMax: number): Fields {
  if (readOutputLimit(fields) !== undefined) return fields
  const inTime = Math.max(TOKENS_MIN, Math.floor((timeoutMs / 3_600_000) * TOKENS_PER_HOUR))
  const withBudget = Math.ceil((readReasoning(fields).budget ?? 0) / THINKING_SHARE_MAX)
  return { ...fields, max_completion_tokens: Math.min(tokensMax, Math.max(inTime, withBudget)) }
}

/** JSON as an instruction: without a schema the only way for models that refuse forced tools and prefilled answers. */
export function instructJson(fields: Fields, target: Target): Fields[] {
  const format = fields["response_format"]
  const isFree = asRecord(format)["type"] === "json_object" && target.dialect !== "gemini"
  const isTold = isSchemaTold(fields, target)
  if (!asksForJson(fields) || !(isFree || isTold)) return []
  const schema = isTold ? ` It must match this JSON schema: ${JSON.stringify(readSchema(format))}` : ""
  const content = `Answer with one JSON object and nothing else: no text before or after it, and no code fence.${schema}`
  return [{ role: "system", content }]
}

/**
 * Whether a schema can only be told: a model on Bedrock that refuses formats would have to be forced to a tool for it, and could not call
 * others. The package tells it to the models that it knows.
 */
function isSchemaTold(fields: Fields, target: Target): boolean {
  const isKnown = /claude-(?:opus-4-[78]|opus-5|sonnet-5|fable-5)/.test(target.name)
  const isAsked = isRecord(readSchema(fields["response_format"])) && asList(fields["tools"]).length > 0
  return isAsked && isUnstructured(target) && !isKnown
}

/** Whether formats and strict tools are refused here. */
export function isUnstructured({ dialect, name }: Target): boolean {
  return dialect === "converse" && describeClaude(name).isUnstructuredOnBedrock
}

/** Whether the model must call a tool. Then there is no text, and its format does not matter. */
export function isForced({ tool_choice: choice }: Fields): boolean {
  return choice === "required" || readChoice(choice)?.type === "tool" || readAllowed(choice)["mode"] === "required"
}

/** OpenAI's `reasoning_effort`, the `reasoning: {effort, max_tokens}` of other gateways, and Anthropic's `thinking`. */
export function readReasoning({ reasoning_effort, reasoning, thinking }: Fields): Thinking {
  const { effort, max_tokens } = asRecord(reasoning)
  const { type, budget_tokens } = asRecord(thinking)
  const word = reasoning_effort ?? effort ?? (type === "disabled" ? "none" : null)
  const budget = readNumber(budget_tokens) ?? readNumber(max_tokens) ?? null
  return { effort: word as Reasoning | null, budget, isFree: word === null && budget === null && isRecord(thinking) }
}

/** Whether the model is asked to think. */
function isReasoning(fields: Fields): boolean {
  const { effort, budget, isFree } = readReasoning(fields)
  return budget !== null || isFree || (effort !== null && effort !== "none")
}

/**
 * The same as this model can have it. A Claude that refuses budgets thinks as much as it finds right; a model that cannot do that gets
 * an effort.
 */
export function planReasoning(fields: Fields, { isClaude, dialect, name }: Target): Thinking {
  const asked = readReasoning(fields)
  if (!isClaude) return asked.isFree && dialect === "converse" ? { ...asked, effort: "medium" } : asked
  const { isAdaptive, refusesBudget } = describeClaude(name)
  if (asked.isFree && !isAdaptive) return { effort: "medium", budget: null, isFree: false }
  const isLost = asked.budget !== null && refusesBudget
  return isLost ? { ...asked, budget: null, isFree: asked.effort === null } : asked
}

/** Whether this is a Claude that thinks for a budget of tokens, which the package makes of an effort for older models. */
export function isBudgeted(fields: Fields, target: Target): boolean {
  if (!target.isClaude || !isReasoning(fields)) return false
  return !describeClaude(target.name).isAdaptive || planReasoning(fields, target).budget !== null
}

/** Claude 4 and later take one of the two: https://github.com/BerriAI/litellm/issues/15070. Its package leaves out the same one. */
export function isTopPLost({ temperature, top_p }: Fields, { isClaude, dialect }: Target): boolean {
  return isClaude && dialect === "converse" && readNumber(temperature) !== undefined && readNumber(top_p) !== undefined
}

/** Tools that are not allowed are not sent, so that the model cannot call them. */
function buildTools(fields: Fields, target: Target): Tools {
  const allowed = new Set(
    asRecords(readAllowed(fields["tool_choice"])["tools"]).map((tool) => asRecord(tool["function"])["name"]),
  )
  const tools = asRecords(fields["tools"]).map((tool) => functionTool(tool, target))
  const functions = allowed.size > 0 ? tools.filter(({ name }) => allowed.has(name)) : tools
  // Converse has no tool choice of none. As long as no tool was called, sending no tools has the same effect.
  if (target.dialect === "converse" && fields["tool_choice"] === "none") return []
  return [...functions, ...searchTool(fields["web_search_options"], target)]
}

/** The mark of a cache, where other gateways' clients write it. */
export function readMark({ cache_control, function: called }: Fields): Fields | null {
  const mark = cache_control ?? asRecord(called)["cache_control"]
  return isRecord(mark) ? mark : null
}

function functionTool(tool: Fields, target: Target): Extract<Tools[number], { type: "function" }> {
  const { name, description, parameters, strict } = asRecord(tool["function"])
  const mark = readMark(tool)
  return {
    type: "function",
    name: asWord(name),
    inputSchema: (isRecord(parameters) ? parameters : { type: "object", properties: {} }) as Schema,
    ...(typeof description === "string" ? { description } : {}),
    ...(strict === true && !isUnstructured(target) ? { strict } : {}),
    ...(mark === null ? {} : { providerOptions: { anthropic: { cacheControl: mark as { type: "ephemeral" } } } }),
  }
}

/** https://platform.openai.com/docs/guides/tools-web-search#user-location */
function searchTool(asked: unknown, { dialect }: Target): Tools {
  if (!isRecord(asked)) return []
  if (dialect === "gemini") return [{ type: "provider", id: "google.google_search", name: "google_search", args: {} }]
  const place = asRecord(asRecord(asked["user_location"])["approximate"])
  const args = Object.keys(place).length > 0 ? { userLocation: { type: "approximate", ...place } } : {}
  return [{ type: "provider", id: "anthropic.web_search_20250305", name: "web_search", args }]
}

function readChoice(choice: unknown): Options["toolChoice"] {
  const { type, function: called } = asRecord(choice)
  if (type === "function") return { type: "tool", toolName: asWord(asRecord(called)["name"]) }
  const word = type === "allowed_tools" ? readAllowed(choice)["mode"] : choice
  return word === "none" || word === "auto" || word === "required" ? { type: word } : undefined
}

function readAllowed(choice: unknown): Fields {
  return asRecord(asRecord(choice)["allowed_tools"])
}

/** JSON without a schema is only a part of Claude's and Converse's prompt. */
function readFormat(fields: Fields, target: Target): Options["responseFormat"] {
  const format = fields["response_format"]
  const isFree = asRecord(format)["type"] === "json_object" && target.dialect !== "gemini"
  if (!asksForJson(fields) || isFree || isSchemaTold(fields, target)) return undefined
  const { name, description } = asRecord(asRecord(format)["json_schema"])
  const schema = readSchema(format)
  return {
    type: "json",
    ...(isRecord(schema) ? { schema: schema as Schema } : {}),
    ...(typeof name === "string" ? { name } : {}),
    ...(typeof description === "string" ? { description } : {}),
  }
}

function anthropic(fields: Fields, target: Target): JsonObject {
  const { budget, isFree } = planReasoning(fields, target)
  const { family } = target
  const tiers = { auto: "auto", default: "standard_only", standard: "standard_only", priority: "auto" }
  const user = fields["safety_identifier"] ?? fields["user"]
  return given<JsonObject>({
    thinking: isFree ? summarized : budget === null ? undefined : { type: "enabled", budgetTokens: budget },
    // https://platform.claude.com/docs/en/build-with-claude/prompt-caching#automatic-caching; only Anthropic's own API has it.
    cacheControl:
      family === "anthropic" && isRecord(fields["cache_control"]) ? (fields["cache_control"] as JsonObject) : undefined,
    disableParallelToolUse: fields["parallel_tool_calls"] === false ? true : undefined,
    metadata: typeof user === "string" ? { userId: user } : undefined,
    // https://platform.claude.com/docs/en/api/service-tiers; only Anthropic's own API has them.
    serviceTier: family === "anthropic" ? mapTier(fields, tiers) : undefined,
  })
}

function google(fields: Fields, { family }: Target): JsonObject {
  const { budget } = readReasoning(fields)
  const modalities = asList(fields["modalities"]).map((one) => asWord(one).toUpperCase())
  const tier = mapTier(fields, { default: "standard", standard: "standard", flex: "flex", priority: "priority" })
  return given<JsonObject>({
    // Without it reasoning is billed and not returned.
    thinkingConfig: isReasoning(fields)
      ? { includeThoughts: true, ...(budget === null ? {} : { thinkingBudget: budget }) }
      : undefined,
    responseModalities: modalities.length > 0 ? modalities : undefined,
    [family === "vertex" ? "sharedRequestType" : "serviceTier"]: tier,
  })
}

/** The package copies unknown members into the request: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
function bedrock(fields: Fields, target: Target): JsonObject {
  const { metadata } = fields
  return given<JsonObject>({
    // Otherwise the package sends a format to models that it does not know.
    structuredOutputMode: isUnstructured(target) && asList(fields["tools"]).length === 0 ? "jsonTool" : undefined,
    ...claudeOnBedrock(planReasoning(fields, target), target, describeClaude(target.name)),
    requestMetadata: isRecord(metadata) ? (metadata as Record<string, string>) : undefined,
    serviceTier: mapTier(fields, { default: "default", standard: "default", flex: "flex", priority: "priority" }),
  })
}

/** Newer models return none of their thoughts without it: https://platform.claude.com/docs/en/build-with-claude/thinking */
const summarized = { type: "adaptive", display: "summarized" }

/** The package sends nothing for an effort of none, and newer models then think. */
function claudeOnBedrock({ effort, budget, isFree }: Thinking, { isClaude }: Target, claude: Claude): JsonObject {
  if (budget !== null) return { reasoningConfig: { type: "enabled", budgetTokens: budget } }
  if (!isClaude || (effort === null && !isFree)) return {}
  if (effort !== "none") return claude.isAdaptive ? { reasoningConfig: summarized } : {}
  if (claude.alwaysThinks) return { additionalModelRequestFields: { output_config: { effort: "low" } } }
  return { additionalModelRequestFields: { thinking: { type: "disabled" } } }
}

/** The schema of a `response_format`. */
export function readSchema(format: unknown): unknown {
  return asRecord(asRecord(format)["json_schema"])["schema"]
}

function mapTier({ service_tier }: Fields, tiers: Record<string, string>): string | undefined {
  const tier = asWord(service_tier)
  return Object.hasOwn(tiers, tier) ? tiers[tier] : undefined
}

function readStops(stop: unknown, target: Target): string[] | undefined {
  const stops = listStops(stop).filter((text) => !isStopLost(text, target))
  return stops.length > 0 ? stops : undefined
}

export function listStops(stop: unknown): string[] {
  return typeof stop === "string" ? [stop] : asList(stop).map(asWord)
}

/**
 * Nobody takes an empty one. Claude: "stop_sequences: each stop sequence must contain non-whitespace",
 * https://github.com/BerriAI/litellm/issues/3286
 */
export function isStopLost(text: string, { isClaude }: Target): boolean {
  return (isClaude ? text.trim() : text) === ""
}

/** The members that are there. */
function given<T extends object>(members: { [Name in keyof T]: T[Name] | undefined }): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T
}
