// Translates an OpenAI chat request into call options of the AI SDK's model specification, except for its messages. Pure.

import type { LanguageModelV4CallOptions, SharedV4ProviderOptions } from "@ai-sdk/provider"
import { readNumber } from "../../exactjson.ts"
import { asList, asRecord, isRecord } from "../../values.ts"
import { readSchema } from "./chatparameters.ts"
import type { Target } from "./family.ts"

type Fields = Record<string, unknown>
type Options = LanguageModelV4CallOptions
type Tools = NonNullable<Options["tools"]>
type Schema = Extract<Tools[number], { type: "function" }>["inputSchema"]
type Reasoning = NonNullable<Options["reasoning"]>
type JsonObject = SharedV4ProviderOptions[string]

/** How much reasoning is asked for: as an effort, or as tokens. */
interface Thinking {
  effort: Reasoning | null
  /** Null when the effort decides. */
  budget: number | null
}

export function buildOptions(fields: Fields, target: Target): Omit<Options, "prompt"> {
  const { effort } = readReasoning(fields)
  const tools = buildTools(fields, target)
  return given<Omit<Options, "prompt">>({
    maxOutputTokens: readOutputLimit(fields),
    temperature: readNumber(fields["temperature"]),
    topP: readNumber(fields["top_p"]),
    topK: readNumber(fields["top_k"]),
    stopSequences: readStops(fields["stop"]),
    ...(target.dialect === "gemini" ? { seed: readNumber(fields["seed"]) } : {}),
    responseFormat: readFormat(fields),
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
  return readFormat(fields) !== undefined
}

/** Whether the model must call a tool. Then there is no text, and its format does not matter. */
export function isForced({ tool_choice: choice }: Fields): boolean {
  return choice === "required" || readChoice(choice)?.type === "tool" || readAllowed(choice)["mode"] === "required"
}

/** OpenAI's `reasoning_effort`, the `reasoning: {effort, max_tokens}` of other gateways, and Anthropic's `thinking`. */
export function readReasoning({ reasoning_effort, reasoning, thinking }: Fields): Thinking {
  const { effort, max_tokens } = asRecord(reasoning)
  const { type, budget_tokens } = asRecord(thinking)
  const word = reasoning_effort ?? effort ?? (type === "disabled" ? "none" : type === "adaptive" ? "medium" : null)
  return { effort: word as Reasoning | null, budget: readNumber(budget_tokens) ?? readNumber(max_tokens) ?? null }
}

/** Tools that are not allowed are not sent, so that the model cannot call them. */
function buildTools(fields: Fields, target: Target): Tools {
  const allowed = asList(readAllowed(fields["tool_choice"])["tools"]).map(
    (tool) => asRecord(asRecord(tool)["function"])["name"],
  )
  const tools = asList(fields["tools"]).map((tool) => functionTool(asRecord(asRecord(tool)["function"])))
  const functions = allowed.length > 0 ? tools.filter(({ name }) => allowed.includes(name)) : tools
  // Converse has no tool choice of none. As long as no tool was called, sending no tools has the same effect.
  if (target.dialect === "converse" && fields["tool_choice"] === "none") return []
  return [...functions, ...searchTool(fields["web_search_options"], target)]
}

function functionTool({ name, description, parameters, strict }: Fields): Extract<Tools[number], { type: "function" }> {
  return {
    type: "function",
    name: String(name),
    inputSchema: (isRecord(parameters) ? parameters : { type: "object", properties: {} }) as Schema,
    ...(typeof description === "string" ? { description } : {}),
    ...(strict === true ? { strict } : {}),
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
  if (type === "function") return { type: "tool", toolName: String(asRecord(called)["name"]) }
  const word = type === "allowed_tools" ? readAllowed(choice)["mode"] : choice
  return word === "none" || word === "auto" || word === "required" ? { type: word } : undefined
}

function readAllowed(choice: unknown): Fields {
  return asRecord(asRecord(choice)["allowed_tools"])
}

function readFormat(fields: Fields): Options["responseFormat"] {
  const format = fields["response_format"]
  const { type } = asRecord(format)
  if (isForced(fields) || (type !== "json_object" && type !== "json_schema")) return undefined
  const { name, description } = asRecord(asRecord(format)["json_schema"])
  const schema = readSchema(format)
  return {
    type: "json",
    ...(isRecord(schema) ? { schema: schema as Schema } : {}),
    ...(typeof name === "string" ? { name } : {}),
    ...(typeof description === "string" ? { description } : {}),
  }
}

function anthropic(fields: Fields, { family }: Target): JsonObject {
  const { budget } = readReasoning(fields)
  const tiers = { auto: "auto", default: "standard_only", standard: "standard_only", priority: "auto" }
  const user = fields["safety_identifier"] ?? fields["user"]
  return given<JsonObject>({
    thinking: budget === null ? undefined : { type: "enabled", budgetTokens: budget },
    disableParallelToolUse: fields["parallel_tool_calls"] === false ? true : undefined,
    metadata: typeof user === "string" ? { userId: user } : undefined,
    // https://platform.claude.com/docs/en/api/service-tiers; only Anthropic's own API has them.
    serviceTier: family === "anthropic" ? mapTier(fields, tiers) : undefined,
  })
}

function google(fields: Fields, { family }: Target): JsonObject {
  const { effort, budget } = readReasoning(fields)
  const isThinking = budget !== null || (effort !== null && effort !== "none")
  const modalities = asList(fields["modalities"]).map((one) => String(one).toUpperCase())
  const tier = mapTier(fields, { default: "standard", standard: "standard", flex: "flex", priority: "priority" })
  return given<JsonObject>({
    // Without it reasoning is billed and not returned.
    thinkingConfig: isThinking
      ? { includeThoughts: true, ...(budget === null ? {} : { thinkingBudget: budget }) }
      : undefined,
    responseModalities: modalities.length > 0 ? modalities : undefined,
    [family === "vertex" ? "sharedRequestType" : "serviceTier"]: tier,
  })
}

/** The package copies unknown members into the request: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
function bedrock(fields: Fields, { isClaude }: Target): JsonObject {
  const { effort, budget } = readReasoning(fields)
  const { metadata } = fields
  return given<JsonObject>({
    reasoningConfig: budget === null ? undefined : { type: "enabled", budgetTokens: budget },
    // The package sends nothing, and newer models then use reasoning.
    additionalModelRequestFields:
      isClaude && effort === "none" && budget === null ? { thinking: { type: "disabled" } } : undefined,
    requestMetadata: isRecord(metadata) ? (metadata as Record<string, string>) : undefined,
    serviceTier: mapTier(fields, { default: "default", standard: "default", flex: "flex", priority: "priority" }),
  })
}

function mapTier({ service_tier }: Fields, tiers: Record<string, string>): string | undefined {
  const tier = String(service_tier)
  return Object.hasOwn(tiers, tier) ? tiers[tier] : undefined
}

function readStops(stop: unknown): string[] | undefined {
  const stops = typeof stop === "string" ? [stop] : asList(stop).map(String)
  return stops.length > 0 ? stops : undefined
}

/** The members that are there. */
function given<T extends object>(members: { [Name in keyof T]: T[Name] | undefined }): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T
}
