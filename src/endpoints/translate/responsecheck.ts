// Checks a response request against what a chat request can hold. Pure.

import Type from "typebox"
import { asList, asRecord, asRecords, asText, isRecord } from "../../values.ts"
import { CONTINUED, IN_CONVERSATION } from "../backgroundoptions.ts"
import { checker } from "../bodyschema.ts"
import {
  checkItems,
  checkParameters,
  failed,
  invalid,
  merge,
  NO_COUNTERPART,
  type ParameterCheck,
  type ParameterError,
  type ParameterTable,
  rulesFor,
  unsupported,
} from "../parametertable.ts"
import { lost, readItemType } from "./items.ts"
import { unpack } from "./reasoning.ts"
import { type Fields, listParts, quoted } from "./translation.ts"

const NOT_KNOWN =
  "is not known to this provider, which keeps no responses: send the whole conversation as input, or the id of a response that the gateway keeps"
const NOTHING_KEPT =
  "is not supported: this provider keeps no conversations; send the id of one that the gateway keeps (POST /v1/conversations makes one), or the whole conversation as input"
const NOT_HERE = "is not supported: this provider has nothing like it; leave it out"
const AUDIO = "is not supported: a response has no place for sound; use chat completions"

/**
 * Parameters that change the answer. With the `neutral` value, as with null, a parameter is left out.
 * https://platform.openai.com/docs/api-reference/responses/create
 */
const refused: Readonly<Record<string, { neutral?: unknown; says: string }>> = {
  previous_response_id: { says: NOT_KNOWN },
  conversation: { says: NOTHING_KEPT },
  prompt: { says: "is not supported: this provider keeps no prompts; send its text as instructions and input" },
  truncation: {
    neutral: "disabled",
    says: "is not supported: this provider cuts nothing out of a conversation; leave it out",
  },
  max_tool_calls: {
    says: "is not supported: it bounds calls of built-in tools, which are not supported here; leave it out",
  },
  context_management: { says: NOT_HERE },
  image: { says: NOT_HERE },
  moderation: { says: NOT_HERE },
  access_programs: { says: NOT_HERE },
  // Parameters of chat, which would conflict with the translated ones.
  messages: { says: "is not supported here: use input" },
  max_tokens: { says: "is not supported here: use max_output_tokens" },
  max_completion_tokens: { says: "is not supported here: use max_output_tokens" },
  response_format: { says: "is not supported here: use text.format" },
  verbosity: { says: "is not supported here: use text.verbosity" },
  reasoning_effort: { says: "is not supported here: use reasoning.effort" },
  logprobs: { neutral: false, says: "is not supported here: use include with message.output_text.logprobs" },
  n: { neutral: 1, says: "is not supported: a response is one answer; submit it as often as you want answers" },
  functions: { says: "is not supported here: use tools" },
  function_call: { says: "is not supported here: use tool_choice" },
  audio: { says: AUDIO },
}

/** Parameters that do not concern a job. They are left out without a warning. */
export const ignored: Readonly<Record<string, string>> = {
  fallbacks: "the gateway's own",
  background: "the gateway's own",
  background_options: "the gateway's own",
  store: "the gateway keeps the response",
  [CONTINUED]: "the gateway's own",
  [IN_CONVERSATION]: "the gateway's own",
  stream: "a job has one answer, at its end; true is refused",
  stream_options: "says how a stream is to be, and there is none",
}

/** Parameters that are not passed on. */
export const untold = [...Object.keys(refused), ...Object.keys(ignored)]

/** Chat servers choose themselves what reasoning they return. */
export const reasoningLost = ["context", "generate_summary", "summary"]

const table: ParameterTable = {
  rules: [
    ...Object.entries(refused).map(([param, rule]) => ({ param, ...rule })),
    { param: "modalities", when: (modalities) => asList(modalities).includes("audio"), says: AUDIO },
  ],
}

const reasoningTable: ParameterTable = {
  rules: [
    { param: "mode", neutral: "standard", says: NOT_HERE },
    ...rulesFor(reasoningLost, { verdict: "warned", says: NO_COUNTERPART }),
  ],
}

const textTable: ParameterTable = { supported: ["format", "verbosity"], unknown: NO_COUNTERPART }

/** Parameters that are translated must have the types that the translation reads. */
const checkTypes = checker(
  Type.Object({
    instructions: Type.Optional(Type.String()),
    tools: Type.Optional(Type.Array(Type.Object({}))),
    text: Type.Optional(Type.Object({})),
    reasoning: Type.Optional(Type.Object({})),
    include: Type.Optional(Type.Array(Type.String())),
    top_logprobs: Type.Optional(Type.Integer()),
  }),
  {},
)

/** What can be included without built-in tools. */
const includable = ["reasoning.encrypted_content", "message.output_text.logprobs"]

export function checkResponse(fields: Fields, provider: string): ParameterCheck {
  const wrong = checkTypes(fields)
  const { tools, tool_choice: choice, text, reasoning, include } = fields
  return merge([
    checkParameters(table, fields, null),
    failed(...(wrong === null ? [] : [wrong])),
    checkItems(asList(fields["input"]), "input", (item, path) => checkItem(item, path, provider)),
    checkItems(asRecords(tools), "tools", checkTool),
    failed(...checkChoice(choice ?? null, asRecords(tools))),
    checkParameters(textTable, asRecord(text), null, "text"),
    failed(...checkFormat(asRecord(text)["format"] ?? null)),
    checkParameters(reasoningTable, asRecord(reasoning), null, "reasoning"),
    checkItems(asList(include), "include", checkInclude),
  ])
}

/** The table for an item or a part of this type: required strings, and members that are left out. */
function makeTable(type: string, strings: readonly string[]): ParameterTable {
  return { strings, rules: rulesFor(lost[type] ?? [], { verdict: "warned", says: NO_COUNTERPART }) }
}

const itemTables: Readonly<Record<string, ParameterTable>> = {
  message: makeTable("message", []),
  function_call: makeTable("function_call", ["call_id", "name", "arguments"]),
  function_call_output: makeTable("function_call_output", ["call_id"]),
  image_generation_call: { strings: ["result"] },
  reasoning: {},
}

function checkItem(item: unknown, path: string, provider: string): ParameterCheck {
  if (!isRecord(item)) return failed(invalid(path, "must be an object"))
  const type = readItemType(item)
  if (type === "item_reference")
    return failed(
      unsupported(
        path,
        "refers to an item, and this provider keeps none: send the item itself, as clients do with store: false",
      ),
    )
  const table = Object.hasOwn(itemTables, type) ? itemTables[type] : undefined
  if (table === undefined) {
    const says = `has the type ${quoted(type)}, which is not supported by this provider: use message, function_call, function_call_output or reasoning`
    return failed(unsupported(path, says))
  }
  return merge([checkParameters(table, item, null, path), checkInside(type, item, path, provider)])
}

/** Checks the content of an item of this type. */
function checkInside(type: string, item: Fields, path: string, provider: string): ParameterCheck {
  switch (type) {
    case "message":
      return checkMessage(item, path)
    case "function_call_output":
      return checkContent(item["output"], `${path}.output`, "tool")
    case "reasoning": {
      const isOurs = unpack(item["encrypted_content"], provider) !== null
      return { errors: [], warnings: isOurs ? [] : [`${path} holds no reasoning of this provider's and was not sent`] }
    }
    default:
      return failed()
  }
}

/** The types of parts that a message of each role may have. */
const partTypes: Readonly<Record<string, readonly string[]>> = {
  system: ["input_text"],
  developer: ["input_text"],
  user: ["input_text", "input_image", "input_file", "input_audio"],
  assistant: ["output_text", "input_text", "refusal"],
  tool: ["input_text", "input_image", "input_file"],
}

function checkMessage({ role, content }: Fields, path: string): ParameterCheck {
  if (role === "tool" || !Object.hasOwn(partTypes, asText(role)))
    return failed(invalid(`${path}.role`, "must be user, assistant, system or developer"))
  return checkContent(content, `${path}.content`, asText(role))
}

function checkContent(content: unknown, path: string, role: string): ParameterCheck {
  if (typeof content === "string") return failed()
  if (!Array.isArray(content)) return failed(invalid(path, "must be a string or an array"))
  return checkItems(listParts(content), path, (part, at) => checkPart(asRecord(part), at, partTypes[role] ?? []))
}

const partTables: Readonly<Record<string, ParameterTable>> = {
  input_text: makeTable("input_text", ["text"]),
  output_text: makeTable("output_text", ["text"]),
  refusal: makeTable("refusal", ["refusal"]),
  input_image: makeTable("input_image", []),
  input_file: makeTable("input_file", []),
  input_audio: makeTable("input_audio", []),
}
const audioTable: ParameterTable = { strings: ["data", "format"] }

function checkPart(part: Fields, path: string, allowed: readonly string[]): ParameterCheck {
  const type = asText(part["type"])
  if (!allowed.includes(type)) {
    const says = `has the type ${quoted(type)}, which is not supported there: use ${allowed.join(" or ")}`
    return failed(unsupported(path, says))
  }
  const found = checkParameters(partTables[type] ?? {}, part, null, path)
  switch (type) {
    case "input_image": {
      if (typeof part["image_url"] === "string") return found
      const says = "has no image_url: this provider keeps no files; send the image itself as a data URL"
      return failed(unsupported(path, says))
    }
    case "input_file": {
      const isThere = ["file_data", "file_url", "file_id"].some((name) => typeof part[name] === "string")
      return isThere ? found : merge([failed(invalid(path, "must have file_data or file_url")), found])
    }
    case "input_audio":
      return merge([checkParameters(audioTable, asRecord(part["input_audio"]), null, `${path}.input_audio`), found])
    default:
      return found
  }
}

const functionTable = makeTable("function", ["name"])

function checkTool(tool: unknown, path: string): ParameterCheck {
  const fields = asRecord(tool)
  if (fields["type"] === "function") return checkParameters(functionTable, fields, null, path)
  const says = `has the type ${quoted(fields["type"])}, which is not supported by this provider: use tools of the type function`
  return failed(unsupported(path, says))
}

function checkChoice(choice: unknown, tools: Fields[]): ParameterError[] {
  if (choice === null || choice === "none" || choice === "auto") return []
  if (tools.length === 0) return [unsupported("tool_choice", "asks for a tool, and there are none: send tools along")]
  const { type, name, mode, tools: allowed } = asRecord(choice)
  if (choice === "required" || (type === "function" && typeof name === "string")) return []
  const names = new Set(asRecords(allowed).map((tool) => (tool["type"] === "function" ? tool["name"] : null)))
  const isKnown = type === "allowed_tools" && ["auto", "required"].includes(asText(mode)) && !names.has(null)
  if (isKnown && tools.some((tool) => names.has(tool["name"]))) return []
  const says = isKnown ? "allows none of the tools" : "must be none, auto, required, or name functions"
  return [unsupported("tool_choice", says)]
}

function checkFormat(format: unknown): ParameterError[] {
  const { type, name, schema } = asRecord(format)
  if (format === null || type === "text" || type === "json_object") return []
  if (type !== "json_schema") return [unsupported("text.format", "must have the type text, json_object or json_schema")]
  return typeof name === "string" && isRecord(schema) ? [] : [invalid("text.format", "must have a name and a schema")]
}

function checkInclude(name: unknown, path: string): ParameterCheck {
  if (includable.includes(asText(name))) return failed()
  return failed(unsupported(path, `is ${quoted(name)}, which this provider does not give: leave it out`))
}
