// Checks an OpenAI chat request against what a native chat form takes. Pure; imports no SDK.

import {
  checkParameters,
  invalid,
  merge,
  type ParameterCheck,
  type ParameterError,
  type ParameterRule,
  type ParameterTable,
  rulesFor,
  unsupported,
} from "../../endpoints/parametertable.ts"
import { asList, asRecord, asRecords, asWord, isRecord } from "../../values.ts"
import type { Family } from "../adapternames.ts"
import { checkMessages } from "./chatmessages.ts"
import {
  isBudgeted,
  isForced,
  isStopLost,
  isTopPLost,
  isUnstructured,
  listStops,
  readReasoning,
  readSchema,
} from "./chatrequest.ts"
import { describeClaude } from "./claude.ts"
import { findTarget, type Target } from "./family.ts"
import { warnOfNested } from "./nestedmembers.ts"

type Fields = Record<string, unknown>

/** Parameters that are translated or have no effect here. `fallbacks` is read by the gateway. */
const supported = [
  ...["model", "messages", "fallbacks", "stream", "stream_options", "temperature", "top_p", "top_k", "seed", "stop"],
  ...["max_tokens", "max_completion_tokens", "presence_penalty", "frequency_penalty", "n", "logprobs", "top_logprobs"],
  ...["logit_bias", "modalities", "audio", "tools", "tool_choice", "parallel_tool_calls", "functions", "function_call"],
  ...["response_format", "reasoning_effort", "reasoning", "thinking", "service_tier", "web_search_options"],
  ...["user", "safety_identifier", "metadata", "store", "cache_control"],
]

const types: ParameterTable["types"] = {
  ...{ temperature: "number", top_p: "number", top_k: "number", seed: "number", n: "number", top_logprobs: "number" },
  ...{ max_tokens: "number", max_completion_tokens: "number", presence_penalty: "number", frequency_penalty: "number" },
  ...{ logprobs: "boolean", parallel_tool_calls: "boolean" },
}

const rules: readonly ParameterRule<Target>[] = [
  {
    param: "n",
    when: (n, _, { dialect }) => dialect !== "gemini" && n !== 1,
    says: "above 1 is not supported: this provider gives one choice for a request; submit it as often as you want choices",
  },
  {
    param: "logprobs",
    when: (logprobs, _, { dialect }) => dialect !== "gemini" && logprobs !== false,
    says: "is not supported: this provider gives no log probabilities; leave it out",
  },
  {
    param: "top_logprobs",
    when: (count, _, { dialect }) => dialect !== "gemini" && count !== 0,
    says: "is not supported: this provider gives no log probabilities; leave it out",
  },
  {
    param: "logit_bias",
    when: (bias) => Object.keys(asRecord(bias)).length > 0,
    says: "is not supported: this provider has no counterpart; leave it out",
  },
  {
    param: "response_format",
    when: (format, fields, { dialect }) =>
      dialect !== "gemini" && asRecord(format)["type"] === "json_object" && !isForced(fields),
    says: "json_object is only a part of the prompt, and the model may not follow it: this provider keeps to a json_schema alone",
    verdict: "warned",
  },
  {
    param: "response_format",
    when: (format) => !["text", "json_object", "json_schema"].includes(asWord(asRecord(format)["type"])),
    says: "must have the type text, json_object or json_schema",
  },
  {
    param: "response_format",
    when: (format) => asRecord(format)["type"] === "json_schema" && !isRecord(readSchema(format)),
    says: "must have its schema in json_schema.schema",
  },
  { param: "functions", says: "is not supported: use tools" },
  { param: "function_call", says: "is not supported: use tool_choice" },
  { param: "audio", says: "is not supported: this provider answers in text here; leave it out" },
  {
    param: "modalities",
    when: (modalities, _, { dialect }) =>
      asList(modalities).some((one) => one !== "text" && !(dialect === "gemini" && one === "image")),
    says: "asks for what this provider does not give here: leave it out",
  },
  {
    param: "parallel_tool_calls",
    when: (isParallel, { tools }, { isClaude }) => isParallel === false && !isClaude && asList(tools).length > 0,
    says: "false is not supported: this model may always call several tools at once; leave it out",
  },
  {
    param: "web_search_options",
    when: (_, __, { dialect }) => dialect === "converse",
    says: "is not supported: this provider has no web search; leave it out",
  },
  {
    param: "web_search_options",
    when: (options) => asRecord(options)["search_context_size"] !== undefined,
    says: "search_context_size has no counterpart and was not sent",
    verdict: "warned",
  },
  {
    param: "web_search_options",
    when: (options, _, { dialect }) => dialect === "gemini" && isRecord(asRecord(options)["user_location"]),
    says: "user_location has no counterpart and was not sent",
    verdict: "warned",
  },
  {
    param: "reasoning_effort",
    when: (effort) => !efforts.has(asWord(effort)),
    says: "must be one of none, minimal, low, medium, high, xhigh and max",
  },
  {
    param: "reasoning",
    when: (reasoning) => {
      const { effort } = asRecord(reasoning)
      return effort !== undefined && effort !== null && !efforts.has(asWord(effort))
    },
    says: "must have one of none, minimal, low, medium, high, xhigh and max as its effort",
  },
  {
    param: "thinking",
    when: (thinking) => !["enabled", "adaptive", "disabled"].includes(asWord(asRecord(thinking)["type"])),
    says: "must have the type enabled, adaptive or disabled",
  },
  {
    param: "top_p",
    when: (_, fields, target) => isTopPLost(fields, target),
    says: "was not sent: this model takes it or temperature, not both",
    verdict: "warned",
  },
  {
    param: "stop",
    when: (stop, _, target) => listStops(stop).some((text) => isStopLost(text, target)),
    says: "has a sequence that is blank, which this model refuses and which was not sent",
    verdict: "warned",
  },
  {
    param: "cache_control",
    when: (_, __, { family, dialect }) => family !== "anthropic" && dialect !== "gemini",
    says: "of the whole request has no counterpart and was not sent: mark parts of messages, or tools",
    verdict: "warned",
  },
  {
    param: "seed",
    when: (_, __, { dialect }) => dialect !== "gemini",
    says: "has no counterpart and was not sent",
    verdict: "warned",
  },
  ...rulesFor<Target>(["presence_penalty", "frequency_penalty"], {
    verdict: "warned",
    when: (penalty, _, { dialect }) => dialect !== "gemini" && penalty !== 0,
    says: "has no counterpart and was not sent",
  }),
  {
    param: "service_tier",
    when: (tier, _, target) => !["auto", "default", "standard", ...listTiers(target)].includes(asWord(tier)),
    says: "has no counterpart at this provider and was not sent",
    verdict: "warned",
  },
  ...rulesFor<Target>(["user", "safety_identifier"], {
    verdict: "warned",
    when: (_, __, { dialect }) => dialect !== "messages",
    says: "has no counterpart and was not sent",
  }),
  {
    param: "metadata",
    when: (_, __, { dialect }) => dialect !== "converse",
    says: "has no counterpart and was not sent",
    verdict: "warned",
  },
  {
    param: "store",
    when: (store) => store === true,
    says: "has no counterpart: this provider keeps no completions",
    verdict: "warned",
  },
]

/** A provider's service tiers besides the default one. Claude on Vertex has no others. */
function listTiers({ family, isClaude }: Target): string[] {
  if (family === "anthropic") return ["priority"]
  return family === "vertex" && isClaude ? [] : ["flex", "priority"]
}

const efforts = new Set(["none", "minimal", "low", "medium", "high", "xhigh", "max"])

const table: ParameterTable<Target> = {
  supported,
  types,
  rules,
  unknown: "is not known to this provider's chat and was not sent",
}

/** @param knownAs the model's real name, for one that an alias stands for */
export function checkNativeChat(family: Family, model: string, fields: Fields, knownAs = model): ParameterCheck {
  const target = findTarget(family, model, knownAs)
  const errors = isName(model) ? [] : [invalid("model", "has characters that no model's name has")]
  return merge([
    { errors, warnings: [] },
    checkParameters(table, fields, target),
    { errors: [...checkTools(target, fields), ...checkForce(target, fields)], warnings: [] },
    { errors: [], warnings: [...warnOfThinking(target, fields), ...warnOfStrict(target, fields)] },
    checkMessages(target, asRecords(fields["messages"])),
    { errors: [], warnings: warnOfNested(fields, target) },
  ])
}

/** "Property keys should match pattern": https://github.com/ComposioHQ/composio/issues/3500. It looks at the outermost alone. */
function checkKeys(tool: Fields, at: number): ParameterError[] {
  const properties = asRecord(asRecord(asRecord(tool["function"])["parameters"])["properties"])
  const foreign = Object.keys(properties).find((key) => !/^[a-zA-Z0-9_.-]{1,64}$/.test(key))
  if (foreign === undefined) return []
  const what = JSON.stringify(foreign.slice(0, 100))
  const says = `has a property ${what}, which Claude refuses: use at most 64 letters, digits, underscores, dots and hyphens`
  return [unsupported(`tools[${at}].function.parameters`, says)]
}

/** A Claude that thinks for a budget cannot be forced to call a tool, and the newest never. */
function checkForce(target: Target, fields: Fields): ParameterError[] {
  if (!target.isClaude || !isForced(fields) || asList(fields["tools"]).length === 0) return []
  // https://platform.claude.com/docs/en/models/opus-5-5/migration-guide
  if (describeClaude(target.name).refusesForcedTools) {
    return [
      unsupported("tool_choice", "cannot force a tool with this model: use auto, and ask for the tool in the prompt"),
    ]
  }
  // https://platform.claude.com/docs/en/build-with-claude/extended-thinking#extended-thinking-with-tool-use
  return isBudgeted(fields, target)
    ? [
        unsupported(
          "tool_choice",
          "cannot force a tool while this model thinks: use auto, or leave out reasoning_effort",
        ),
      ]
    : []
}

function warnOfStrict(target: Target, fields: Fields): string[] {
  if (!isUnstructured(target)) return []
  return asRecords(fields["tools"]).flatMap((tool, at) =>
    asRecord(tool["function"])["strict"] === true
      ? [`tools[${at}].function.strict has no counterpart for this model on Bedrock and was not sent`]
      : [],
  )
}

/** What a Claude does with a wish for reasoning that it cannot fulfil. Anthropic's package says the second itself. */
function warnOfThinking(target: Target, fields: Fields): string[] {
  if (!target.isClaude) return []
  const { effort, budget } = readReasoning(fields)
  const { refusesBudget, alwaysThinks } = describeClaude(target.name)
  const isUnbudgeted = budget !== null && refusesBudget
  const isUnstopped = effort === "none" && budget === null && alwaysThinks && target.dialect === "converse"
  return [
    ...(isUnbudgeted ? ["reasoning: this model takes no budget of tokens, and thinks as much as it finds right"] : []),
    ...(isUnstopped ? ["reasoning_effort: this model always thinks, and was asked to with the effort low"] : []),
  ]
}

/** The model's name becomes a part of the address, and must not lead to another one. */
function isName(model: string): boolean {
  return /^[\w.:@/+-]+$/.test(model) && !model.split("/").some((part) => part === "" || /^\.+$/.test(part))
}

function checkTools({ dialect, isClaude }: Target, fields: Fields): ParameterError[] {
  const tools = asRecords(fields["tools"])
  const errors = tools.flatMap((tool, at) =>
    tool["type"] === "function" && typeof asRecord(tool["function"])["name"] === "string"
      ? []
      : [unsupported(`tools[${at}]`, "is not supported: this provider's chat takes tools of the type function here")],
  )
  if (isClaude) errors.push(...tools.flatMap(checkKeys))
  const choice = fields["tool_choice"] ?? undefined
  const { type } = asRecord(choice)
  const isKnown =
    ["none", "auto", "required"].includes(asWord(choice)) || type === "function" || type === "allowed_tools"
  if (choice !== undefined && !isKnown) {
    errors.push(unsupported("tool_choice", "must be none, auto, required or name a function"))
  }
  // Converse refuses tool calls in a conversation without tools, and has no tool choice of none.
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolChoice.html
  const messages = asRecords(fields["messages"])
  const isToolTalk = messages.some(({ role, tool_calls }) => role === "tool" || asList(tool_calls).length > 0)
  if (dialect === "converse" && isToolTalk) {
    if (tools.length === 0) errors.push(unsupported("tools", "must be sent along: the conversation has calls of them"))
    else if (choice === "none") {
      errors.push(unsupported("tool_choice", "none is not supported once tools have been called: use auto"))
    }
  }
  return errors
}
