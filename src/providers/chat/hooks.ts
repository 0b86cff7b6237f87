// Adjusts the request body that the SDK builds: adds members that its specification lacks, and rejects changes that it makes silently.

import type { ParameterError } from "../../endpoints/parametertable.ts"
import { ExactNumber } from "../../exactjson.ts"
import { asList, asRecord, asRecords, isRecord } from "../../values.ts"
import { isForced, planReasoning, readMark, readOutputLimit, readSchema, THINKING_SHARE_MAX } from "./chatrequest.ts"
import type { Target } from "./family.ts"
import { buildCachePoint } from "./parts.ts"

type Fields = Record<string, unknown>

/** Changes the body in place, or returns why the request cannot be sent. Null when there is nothing to change. */
export type Change = ((body: Fields) => ParameterError | null) | null

/** https://platform.claude.com/docs/en/build-with-claude/extended-thinking#how-extended-thinking-works */
const THINKING_TOKENS_MIN = 1024
/** The least reasoning of Gemini 2.5 Pro: https://ai.google.dev/gemini-api/docs/thinking#set-budget */
const GEMINI_THINKING_TOKENS_MIN = 128
/** The packages' shares of a model's maximum output. Here they are shares of the request's limit. */
const thinkingShares: Readonly<Record<string, number>> = { minimal: 0.02, low: 0.1, medium: 0.3, high: 0.6 }

/**
 * @param warnings receives what the change leaves out
 * @param suppressed receives features whose warnings by the package become untrue
 */
export function planChange(fields: Fields, target: Target, warnings: string[], suppressed: Set<string>): Change {
  const changes = [
    target.dialect === "gemini" ? generation(fields) : null,
    target.isClaude || target.dialect === "gemini" ? limit(fields, target, warnings, suppressed) : null,
    isForced(fields) ? force(target) : null,
    isRecord(readSchema(fields["response_format"])) && !isForced(fields) ? schema(fields, target, warnings) : null,
    search(fields, target),
    cachePoints(fields, target),
  ].filter((change) => change !== null)
  if (changes.length === 0) return null
  return (body) => {
    for (const change of changes) {
      const problem = change(body)
      if (problem !== null) return problem
    }
    return null
  }
}

/** Numbers of a request that the packages read as such, and their names in the providers' forms. */
const numbers: Readonly<Record<string, readonly string[]>> = {
  ...{ temperature: ["temperature"], top_p: ["top_p", "topP"], top_k: ["top_k", "topK"], seed: ["seed"] },
  max_tokens: ["max_tokens", "maxTokens", "maxOutputTokens"],
  max_completion_tokens: ["max_tokens", "maxTokens", "maxOutputTokens"],
}

/** Gives numbers that have passed a package unchanged the digits of the request. Null when they have not lost any. */
export function planDigits(fields: Fields): ((body: Fields) => void) | null {
  const lost = Object.keys(numbers).filter((name) => fields[name] instanceof ExactNumber)
  if (lost.length === 0) return null
  return (body) => {
    const { inferenceConfig, generationConfig, additionalModelRequestFields } = body
    for (const holder of [body, inferenceConfig, generationConfig, additionalModelRequestFields].map(asRecord)) {
      for (const param of lost) {
        for (const name of numbers[param] ?? []) {
          if (holder[name] === Number(fields[param])) holder[name] = fields[param]
        }
      }
    }
  }
}

/** https://ai.google.dev/api/generate-content#v1beta.GenerationConfig */
function generation(fields: Fields): Change {
  const { n, logprobs, top_logprobs, presence_penalty, frequency_penalty } = fields
  const added = Object.entries({
    candidateCount: Number(n) === 1 ? undefined : n,
    responseLogprobs: logprobs === true ? true : undefined,
    logprobs: logprobs === true ? top_logprobs : undefined,
    presencePenalty: presence_penalty,
    frequencyPenalty: frequency_penalty,
  }).filter(([, value]) => value !== undefined && value !== null)
  if (added.length === 0) return null
  return (body) => {
    body["generationConfig"] = { ...asRecord(body["generationConfig"]), ...Object.fromEntries(added) }
    return null
  }
}

/**
 * OpenAI's token limit includes reasoning, and so do the providers' limits. The packages add Claude's reasoning to the limit, and let
 * Gemini's use all of it. This keeps the limit, and the reasoning within it.
 */
function limit(fields: Fields, target: Target, warnings: string[], suppressed: Set<string>): Change {
  const asked = readOutputLimit(fields)
  if (asked === undefined) return null
  const { dialect } = target
  const { effort, budget } = planReasoning(fields, target)
  const share = budget === null ? (thinkingShares[effort ?? ""] ?? THINKING_SHARE_MAX) : THINKING_SHARE_MAX
  if (dialect === "gemini") {
    return (body) => {
      const thinking = asRecord(asRecord(body["generationConfig"])["thinkingConfig"])
      const most = Math.max(GEMINI_THINKING_TOKENS_MIN, Math.floor(asked * share))
      if (Number(thinking["thinkingBudget"]) > most) thinking["thinkingBudget"] = most
      return null
    }
  }
  return (body) => {
    const more = asRecord(body["additionalModelRequestFields"])
    const [holder, name, thinker] =
      dialect === "converse"
        ? ([asRecord(body["inferenceConfig"]), "maxTokens", more] as const)
        : ([body, "max_tokens", body] as const)
    const thinking = asRecord(thinker["thinking"])
    const tokens = thinking["budget_tokens"]
    if (typeof tokens !== "number") return null
    const whole = Math.min(asked, Number(holder[name]))
    if (whole === asked) suppressed.add("maxOutputTokens")
    holder[name] = whole
    thinking["budget_tokens"] = Math.min(tokens, Math.max(THINKING_TOKENS_MIN, Math.floor(whole * share)))
    if (whole > THINKING_TOKENS_MIN) return null
    delete thinker["thinking"]
    warnings.push(
      `reasoning was not requested: it needs more than ${THINKING_TOKENS_MIN} tokens, and max_completion_tokens allows ${asked}`,
    )
    return null
  }
}

/** When a model cannot be forced to call a tool, the package silently lets it choose. */
function force({ dialect }: Target): Change {
  return (body) => {
    const config = asRecord(body["toolConfig"])
    const choice = {
      messages: ["any", "tool"].includes(String(asRecord(body["tool_choice"])["type"])),
      converse:
        isRecord(asRecord(config["toolChoice"])["any"]) ||
        isRecord(asRecord(config["toolChoice"])["tool"]) ||
        ["any", "tool"].includes(
          String(asRecord(asRecord(body["additionalModelRequestFields"])["tool_choice"])["type"]),
        ),
      gemini: asRecord(config["functionCallingConfig"])["mode"] === "ANY",
    }[dialect]
    if (choice) return null
    const message =
      "tool_choice cannot force a tool with this model, or not with reasoning: use auto, or leave out reasoning_effort"
    return { isUnsupported: true, message, param: "tool_choice" }
  }
}

/** A model is held to a schema by an output format or by a tool named `json` that it must call. Otherwise the schema is only part of the prompt. */
function schema(fields: Fields, { dialect }: Target, warnings: string[]): Change {
  if (dialect === "gemini") return null
  const asked = readSchema(fields["response_format"])
  return (body) => {
    const more = dialect === "converse" ? asRecord(body["additionalModelRequestFields"]) : body
    const format = asRecord(asRecord(more["output_config"])["format"])
    if (isRecord(format["schema"])) {
      if (!Bun.deepEquals(format["schema"], asked)) {
        warnings.push(
          "response_format: what the provider does not take of the schema was put into its descriptions or left out",
        )
      }
      return null
    }
    const tools = [...asList(body["tools"]), ...asList(asRecord(body["toolConfig"])["tools"])].map(asRecord)
    const hasTool = tools.some((tool) => (tool["name"] ?? asRecord(tool["toolSpec"])["name"]) === "json")
    if (!hasTool) {
      warnings.push("response_format: the schema is only a part of the prompt, and the model may not follow it")
    } else if (dialect === "messages" && asRecord(body["tool_choice"])["type"] !== "any") {
      const message =
        "response_format json_schema is not supported by this model with reasoning: leave out reasoning_effort"
      return { isUnsupported: true, message, param: "response_format" }
    }
    return null
  }
}

/** Gemini before version 3 can search or call tools, but not both. The package then silently leaves out the tools. */
function search({ web_search_options, tools }: Fields, { dialect }: Target): Change {
  if (dialect !== "gemini" || !isRecord(web_search_options) || asList(tools).length === 0) return null
  return (body) => {
    if (asList(body["tools"]).some((tool) => "functionDeclarations" in asRecord(tool))) return null
    const message = "web_search_options cannot be combined with tools for this model: leave one of them out"
    return { isUnsupported: true, message, param: "web_search_options" }
  }
}

/** Converse marks the end of a cached prefix of tools by an entry behind it, which the package does not write. */
function cachePoints({ tools }: Fields, { dialect }: Target): Change {
  const marks = new Map(asRecords(tools).map((tool) => [asRecord(tool["function"])["name"], readMark(tool)]))
  if (dialect !== "converse" || [...marks.values()].every((mark) => mark === null)) return null
  return (body) => {
    const config = asRecord(body["toolConfig"])
    config["tools"] = asRecords(config["tools"]).flatMap((tool) => {
      const mark = marks.get(asRecord(tool["toolSpec"])["name"]) ?? null
      return mark === null ? [tool] : [tool, { cachePoint: buildCachePoint(mark) }]
    })
    return null
  }
}
