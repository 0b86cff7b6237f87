// What of an OpenAI chat request a native chat form cannot carry: refused where it changes the meaning, else told. Pure; imports no SDK.

import { isRecord } from "../../endpoints/bodyschema.ts"
import { type Findings, type Problem, unsupported } from "../../endpoints/endpoint.ts"
import { partsOf } from "../../endpoints/translate/translation.ts"
import { listOf, recordOf, recordsOf } from "../../endpoints/usage.ts"
import type { Family } from "../adapternames.ts"
import { type Target, targetOf } from "./family.ts"
import { fileOf } from "./parts.ts"

type Fields = Record<string, unknown>

/** Members that are carried, or mean nothing here, and of which type they must be; `fallbacks` is the gateway's own. */
const known: Readonly<Record<string, "number" | "boolean" | null>> = {
  ...{ model: null, messages: null, fallbacks: null, stream: null, stream_options: null },
  ...{ temperature: "number", top_p: "number", top_k: "number", seed: "number", stop: null },
  ...{ max_tokens: "number", max_completion_tokens: "number", presence_penalty: "number", frequency_penalty: "number" },
  ...{ n: "number", logprobs: "boolean", top_logprobs: "number", logit_bias: null, modalities: null, audio: null },
  ...{ tools: null, tool_choice: null, parallel_tool_calls: "boolean", functions: null, function_call: null },
  ...{ response_format: null, reasoning_effort: null, reasoning: null, thinking: null, service_tier: null },
  ...{ web_search_options: null, user: null, safety_identifier: null, metadata: null, store: null },
}

interface Rule {
  param: string
  /** Whether this value, which is not null, is more than this target takes. */
  when(target: Target, value: unknown, fields: Fields): boolean
  /** The end of a sentence that starts with the parameter's name. */
  says: string
  isWarning?: true
}

const rules: readonly Rule[] = [
  {
    param: "n",
    when: ({ dialect }, n) => dialect !== "gemini" && n !== 1,
    says: "above 1 is not supported: this provider gives one choice for a request; submit it as often as you want choices",
  },
  {
    param: "logprobs",
    when: ({ dialect }, logprobs) => dialect !== "gemini" && logprobs !== false,
    says: "is not supported: this provider gives no log probabilities; leave it out",
  },
  {
    param: "top_logprobs",
    when: ({ dialect }, count) => dialect !== "gemini" && count !== 0,
    says: "is not supported: this provider gives no log probabilities; leave it out",
  },
  {
    param: "logit_bias",
    when: (_, bias) => Object.keys(recordOf(bias)).length > 0,
    says: "is not supported: this provider has no counterpart; leave it out",
  },
  {
    param: "response_format",
    when: ({ dialect }, format) => dialect !== "gemini" && recordOf(format)["type"] === "json_object",
    says: "json_object is not supported: this provider only keeps to a schema; use json_schema",
  },
  {
    param: "response_format",
    when: (_, format) => !["text", "json_object", "json_schema"].includes(String(recordOf(format)["type"])),
    says: "must have the type text, json_object or json_schema",
  },
  {
    param: "response_format",
    when: (_, format) => recordOf(format)["type"] === "json_schema" && !isRecord(schemaOf(format)),
    says: "must have its schema in json_schema.schema",
  },
  { param: "functions", when: () => true, says: "is not supported: use tools" },
  { param: "function_call", when: () => true, says: "is not supported: use tool_choice" },
  { param: "audio", when: () => true, says: "is not supported: this provider answers in text here; leave it out" },
  {
    param: "modalities",
    when: ({ dialect }, modalities) =>
      listOf(modalities).some((one) => one !== "text" && !(dialect === "gemini" && one === "image")),
    says: "asks for what this provider does not give here: leave it out",
  },
  {
    param: "parallel_tool_calls",
    when: ({ isClaude }, isParallel, { tools }) => isParallel === false && !isClaude && listOf(tools).length > 0,
    says: "false is not supported: this model may always call several tools at once; leave it out",
  },
  {
    param: "web_search_options",
    when: ({ dialect }) => dialect === "converse",
    says: "is not supported: this provider has no web search; leave it out",
  },
  {
    param: "web_search_options",
    when: (_, options) => recordOf(options)["search_context_size"] !== undefined,
    says: "search_context_size has no counterpart and was not sent",
    isWarning: true,
  },
  {
    param: "web_search_options",
    when: ({ dialect }, options) => dialect === "gemini" && isRecord(recordOf(options)["user_location"]),
    says: "user_location has no counterpart and was not sent",
    isWarning: true,
  },
  {
    param: "reasoning_effort",
    when: (_, effort) => !efforts.has(String(effort)),
    says: "must be one of none, minimal, low, medium, high, xhigh and max",
  },
  {
    param: "reasoning",
    when: (_, reasoning) => {
      const { effort } = recordOf(reasoning)
      return effort !== undefined && effort !== null && !efforts.has(String(effort))
    },
    says: "must have one of none, minimal, low, medium, high, xhigh and max as its effort",
  },
  {
    param: "thinking",
    when: (_, thinking) => !["enabled", "adaptive", "disabled"].includes(String(recordOf(thinking)["type"])),
    says: "must have the type enabled, adaptive or disabled",
  },
  {
    param: "seed",
    when: ({ dialect }) => dialect !== "gemini",
    says: "has no counterpart and was not sent",
    isWarning: true,
  },
  ...["presence_penalty", "frequency_penalty"].map(
    (param): Rule => ({
      param,
      when: ({ dialect }, penalty) => dialect !== "gemini" && penalty !== 0,
      says: "has no counterpart and was not sent",
      isWarning: true,
    }),
  ),
  {
    param: "service_tier",
    when: (target, tier) => !["auto", "default", "standard", ...tiersOf(target)].includes(String(tier)),
    says: "has no counterpart at this provider and was not sent",
    isWarning: true,
  },
  {
    param: "user",
    when: ({ dialect }) => dialect !== "messages",
    says: "has no counterpart and was not sent",
    isWarning: true,
  },
  {
    param: "safety_identifier",
    when: ({ dialect }) => dialect !== "messages",
    says: "has no counterpart and was not sent",
    isWarning: true,
  },
  {
    param: "metadata",
    when: ({ dialect }) => dialect !== "converse",
    says: "has no counterpart and was not sent",
    isWarning: true,
  },
  {
    param: "store",
    when: (_, store) => store === true,
    says: "has no counterpart: this provider keeps no completions",
    isWarning: true,
  },
]

/** The tiers of a provider beside its usual one. Claude runs on Vertex in that alone. */
function tiersOf({ family, isClaude }: Target): string[] {
  if (family === "anthropic") return ["priority"]
  return family === "vertex" && isClaude ? [] : ["flex", "priority"]
}

const efforts = new Set(["none", "minimal", "low", "medium", "high", "xhigh", "max"])

/** What a dialect takes as the media type of a file; what is not here takes whatever the model does. */
const fileTypes: Partial<Record<Target["dialect"], RegExp>> = {
  // https://platform.claude.com/docs/en/build-with-claude/files#file-types-and-content-blocks
  messages: /^(application\/pdf|text\/plain)$/,
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html
  converse:
    /^(application\/(pdf|msword|vnd\.ms-excel|vnd\.openxmlformats-officedocument\.(wordprocessingml\.document|spreadsheetml\.sheet))|text\/(csv|html|plain|markdown))$/,
}

export function unsupportedBy(family: Family, model: string, fields: Fields): Findings {
  const target = targetOf(family, model)
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
  const problems: Problem[] = isName(model)
    ? []
    : [{ message: "model has characters that no model's name has", param: "model" }]
  const warnings: string[] = []
  for (const [param, value] of Object.entries(given)) {
    const type = known[param]
    if (type === undefined) warnings.push(`${param} is not known to this provider's chat and was not sent`)
    else if (type !== null && typeof value !== type) problems.push({ message: `${param} must be a ${type}`, param })
  }
  for (const { param, when, says, isWarning } of rules) {
    if (given[param] === undefined || !when(target, given[param], given)) continue
    if (isWarning) warnings.push(`${param} ${says}`)
    else problems.push(unsupported(param, says))
  }
  problems.push(...toolProblems(target, given))
  const messages = messageFindings(target, recordsOf(given["messages"]))
  return { problems: [...problems, ...messages.problems], warnings: [...warnings, ...messages.warnings] }
}

/** The schema of a `response_format`. */
export function schemaOf(format: unknown): unknown {
  return recordOf(recordOf(format)["json_schema"])["schema"]
}

/** It becomes a part of an address, and must not lead to another one. */
function isName(model: string): boolean {
  return /^[\w.:@/+-]+$/.test(model) && !model.split("/").some((part) => part === "" || /^\.+$/.test(part))
}

function toolProblems({ dialect }: Target, fields: Fields): Problem[] {
  const tools = recordsOf(fields["tools"])
  const problems = tools.flatMap((tool, at) =>
    tool["type"] === "function" && typeof recordOf(tool["function"])["name"] === "string"
      ? []
      : [unsupported(`tools[${at}]`, "is not supported: this provider's chat takes tools of the type function here")],
  )
  const choice = fields["tool_choice"]
  const { type } = recordOf(choice)
  const isKnown =
    ["none", "auto", "required"].includes(String(choice)) || type === "function" || type === "allowed_tools"
  if (choice !== undefined && !isKnown) {
    problems.push(unsupported("tool_choice", "must be none, auto, required or name a function"))
  }
  // Converse refuses tool calls in a conversation without tools, and knows no choice of none.
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolChoice.html
  const messages = recordsOf(fields["messages"])
  const isToolTalk = messages.some(({ role, tool_calls }) => role === "tool" || listOf(tool_calls).length > 0)
  if (dialect === "converse" && isToolTalk) {
    if (tools.length === 0)
      problems.push(unsupported("tools", "must be sent along: the conversation has calls of them"))
    else if (choice === "none") {
      problems.push(unsupported("tool_choice", "none is not supported once tools have been called: use auto"))
    }
  }
  return problems
}

function messageFindings(target: Target, messages: Fields[]): Findings {
  const problems: Problem[] = []
  const warnings: string[] = []
  const called = new Set<unknown>()
  let hasBegun = false
  for (const [at, message] of messages.entries()) {
    const path = `messages[${at}]`
    const { role } = message
    const isSystem = role === "system" || role === "developer"
    if (isSystem && hasBegun)
      warnings.push(`${path} is moved to the front: this provider takes instructions only there`)
    if (!isSystem) hasBegun = true
    if (!isSystem && !["user", "assistant", "tool"].includes(String(role))) {
      problems.push(unsupported(`${path}.role`, "must be developer, system, user, assistant or tool"))
    }
    if (typeof message["name"] === "string" && role !== "tool") {
      warnings.push(`${path}.name has no counterpart and was not sent`)
    }
    for (const name of ["audio", "function_call"]) {
      if (isRecord(message[name])) problems.push(unsupported(`${path}.${name}`, "is not supported: leave it out"))
    }
    if (isUnsignedThought(target, message)) {
      warnings.push(`${path}.reasoning_content has no signature and was not sent`)
    }
    if (target.dialect === "gemini" && listOf(message["thinking_blocks"]).some((block) => "data" in recordOf(block))) {
      warnings.push(`${path}.thinking_blocks has hidden thoughts of another provider, which were not sent`)
    }
    for (const call of listOf(message["tool_calls"])) called.add(recordOf(call)["id"])
    if (role === "tool" && !called.has(message["tool_call_id"])) {
      const param = `${path}.tool_call_id`
      problems.push({ message: `${param} must be the id of a tool call that an earlier message made`, param })
    }
    for (const [index, part] of partsOf(message["content"]).entries()) {
      const param = `${path}.content[${index}]`
      const problem = partProblem(target, part, param, role)
      if (problem !== null) problems.push(problem)
      const detail = recordOf(part["image_url"])["detail"]
      if (detail !== undefined && detail !== "auto") {
        warnings.push(`${param}.image_url.detail has no counterpart and was not sent`)
      }
      if (target.dialect === "gemini" && isRecord(part["citations"])) {
        warnings.push(`${param}.citations has no counterpart and was not sent`)
      }
    }
  }
  return { problems, warnings }
}

/** Thoughts go back only with what proves that they are the model's own; Gemini takes them without. */
function isUnsignedThought({ dialect }: Target, message: Fields): boolean {
  const thought = message["reasoning_content"]
  return (
    dialect !== "gemini" && typeof thought === "string" && thought !== "" && !listOf(message["thinking_blocks"]).length
  )
}

/** What each role may say, by the type of the part. */
function partProblem({ dialect }: Target, part: Fields, param: string, role: unknown): Problem | null {
  const type = String(part["type"])
  if (type === "text" || (type === "refusal" && role === "assistant")) return null
  if (role !== "user" && !(role === "tool" && type === "image_url")) {
    return unsupported(param, `has the type ${type}, which is not supported in a message of this role: use text`)
  }
  switch (type) {
    case "image_url":
      return null
    case "input_audio":
      return dialect === "gemini" ? null : unsupported(param, "is audio, which this provider does not take: send text")
    case "file": {
      const { url, data, mediaType } = fileOf(part)
      // Its media type comes with it.
      if (url !== null && mediaType === null) return null
      if (url === null && data === null) {
        return unsupported(
          param,
          "has no file_data: this provider knows no files by their ids here; send the file itself",
        )
      }
      if (mediaType === null)
        return unsupported(param, "does not tell its media type: give it a filename with an ending")
      return fileTypes[dialect]?.test(mediaType) === false
        ? unsupported(param, `is ${mediaType}, which this provider does not take as a file: send a PDF or text`)
        : null
    }
    default:
      return unsupported(
        param,
        `has the type ${type}, which is not supported: use text, image_url, input_audio or file`,
      )
  }
}
