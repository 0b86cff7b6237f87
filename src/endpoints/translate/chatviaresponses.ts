// Serves chat completions at providers that have only responses: translates the request and the answer. Pure.
import { asList, asRecord, asRecords, isRecord } from "../../values.ts"
import { checkChat, ignored, lost, meaningless, neutral } from "./chatcheck.ts"
import { toCompletion } from "./completion.ts"
import {
  type Fields,
  filled,
  given,
  isPlainText,
  listParts,
  simplifyContent,
  type Translation,
  without,
} from "./translation.ts"

/** The differences of the two forms: https://platform.openai.com/docs/guides/migrate-to-responses */
export const chatViaResponses: Translation = {
  asks: "responses",
  check: checkChat,
  request: responseRequest,
  answer: toCompletion,
}

/** Parameters that are translated and not passed on as they are. */
const rewritten = [
  ...[
    "messages",
    "max_tokens",
    "max_completion_tokens",
    "response_format",
    "verbosity",
    "reasoning_effort",
    "reasoning",
  ],
  ...["tools", "tool_choice", "web_search_options", "logprobs", "include", "store"],
]

/** Unknown parameters are passed on, as they are without a translation. */
function responseRequest(fields: Fields): Fields {
  const { max_tokens, max_completion_tokens, verbosity, reasoning, reasoning_effort: effort, include, store } = fields
  const search = isRecord(fields["web_search_options"]) ? [searchTool(fields["web_search_options"])] : []
  const tools = [...asRecords(fields["tools"]).map(toResponseTool), ...search]
  const included = [...asList(include), ...(fields["logprobs"] === true ? ["message.output_text.logprobs"] : [])]
  return given({
    ...without(fields, [...Object.keys(neutral), ...ignored, ...rewritten]),
    input: asRecords(fields["messages"]).flatMap(toItems),
    max_output_tokens: max_completion_tokens ?? max_tokens,
    text: filled(given({ format: toTextFormat(fields["response_format"]), verbosity })),
    reasoning: filled(given({ ...asRecord(reasoning), ...given({ effort }) })),
    tools: tools.length > 0 ? tools : null,
    tool_choice: toResponseChoice(fields["tool_choice"]),
    include: included.length > 0 ? included : null,
    // A chat completion is not stored at the provider unless the request asks for it.
    store: store ?? false,
  })
}

function toItems(message: Fields): Fields[] {
  const { role, content, refusal, tool_call_id, tool_calls, reasoning_items, ...rest } = message
  const kept = given(without(rest, [...lost, ...meaningless]))
  if (role === "tool") {
    return [{ type: "function_call_output", call_id: tool_call_id, output: joined(listParts(content), "\n"), ...kept }]
  }
  if (role !== "assistant") return [{ type: "message", role, content: joined(listParts(content), null), ...kept }]
  const parts = listParts(content).filter(({ text }) => text !== "")
  if (typeof refusal === "string" && refusal !== "") parts.push({ type: "refusal", refusal })
  const calls = asRecords(tool_calls).map(callItem)
  const isSaid = parts.length > 0 || calls.length === 0
  const said = isSaid ? [{ type: "message", role, content: joined(parts, "", "output_text") }] : []
  const [first, ...others] = [...said, ...calls]
  return [...asRecords(reasoning_items), { ...first, ...kept }, ...others]
}

/** @param glue joins the parts when all are texts, since some servers accept no lists there; null: they are not joined */
function joined(parts: Fields[], glue: string | null, textType = "input_text"): string | Fields[] {
  if (glue !== null && parts.every(isPlainText)) return parts.map(({ text }) => text).join(glue)
  const content = simplifyContent(parts)
  return typeof content === "string" ? content : content.map((part) => toInputPart(part, textType))
}

function toInputPart(part: Fields, textType: string): Fields {
  const { type, ...rest } = part
  switch (type) {
    case "text":
      return { type: textType, ...rest }
    case "image_url": {
      const { image_url, ...more } = rest
      const { url, ...details } = typeof image_url === "string" ? { url: image_url } : asRecord(image_url)
      return { type: "input_image", image_url: url, detail: "auto", ...details, ...more }
    }
    case "file": {
      const { file, ...more } = rest
      return { type: "input_file", ...asRecord(file), ...more }
    }
    default:
      return part
  }
}

/** `extra_content` is what the provider added to the call. */
function callItem({ id, function: called, type: _type, extra_content, ...rest }: Fields): Fields {
  const { name, arguments: text } = asRecord(called)
  return { ...rest, ...asRecord(extra_content), type: "function_call", call_id: id, name, arguments: text }
}

/** Responses make tools strict by default, chat completions do not. */
function toResponseTool({ type, function: described, ...rest }: Fields): Fields {
  const { name, parameters = { type: "object", properties: {} }, strict = false, ...more } = asRecord(described)
  return { type, name, parameters, strict, ...more, ...rest }
}

function searchTool({ user_location, ...rest }: Fields): Fields {
  const { approximate, ...location } = asRecord(user_location)
  return given({ type: "web_search", ...rest, user_location: filled({ ...location, ...asRecord(approximate) }) })
}

function toResponseChoice(choice: unknown): unknown {
  const { type, function: called, allowed_tools } = asRecord(choice)
  if (type === "function") return { type, name: asRecord(called)["name"] }
  if (type !== "allowed_tools") return choice
  const { mode, tools } = asRecord(allowed_tools)
  return { type, mode, tools: asRecords(tools).map((tool) => ({ type: tool["type"], ...asRecord(tool["function"]) })) }
}

function toTextFormat(format: unknown): Fields | null {
  const { type, json_schema } = asRecord(format)
  if (type === "json_schema") return { type, ...asRecord(json_schema) }
  return type === "json_object" ? { type } : null
}
