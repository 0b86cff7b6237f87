// Serves responses at providers that have only chat completions: translates the request and the answer. Pure.
import { asList, asRecord, asRecords } from "../../values.ts"
import { toChatChoice, toChatTool, toMessages } from "./items.ts"
import { toResponse } from "./response.ts"
import { checkResponse, reasoningLost, untold } from "./responsecheck.ts"
import { type Fields, filled, given, type Translation, without } from "./translation.ts"

/** The differences of the two forms: https://platform.openai.com/docs/guides/migrate-to-responses */
export const responsesViaChat: Translation = {
  asks: "chat_completion",
  check: checkResponse,
  request: chatRequest,
  answer: toResponse,
}

/** Counts the tokens of a response at providers that count those of a chat. */
export const countsViaChat: Translation = {
  ...responsesViaChat,
  asks: "count_tokens",
  answer: (answer) => ({ answer }),
}

/** Parameters that are translated and not passed on as they are. */
const rewritten = [
  ...["instructions", "input", "max_output_tokens", "text", "reasoning", "include", "top_logprobs"],
  ...["tools", "tool_choice", "parallel_tool_calls"],
]

/** Unknown parameters are passed on, as they are without a translation. */
function chatRequest(fields: Fields, provider: string): Fields {
  const { text, reasoning, include, top_logprobs, max_output_tokens, parallel_tool_calls } = fields
  const { tools, tool_choice } = toChatChoice(fields["tool_choice"], asRecords(fields["tools"]))
  const { format, verbosity } = asRecord(text)
  const { effort, ...thinking } = asRecord(reasoning)
  const isProbable =
    asList(include).includes("message.output_text.logprobs") ||
    (top_logprobs !== undefined && top_logprobs !== null && Number(top_logprobs) !== 0)
  return given({
    ...without(fields, [...untold, ...rewritten]),
    messages: toMessages(fields, provider),
    max_completion_tokens: max_output_tokens,
    // Chat servers refuse a tool choice without tools.
    ...(tools.length > 0 ? { tools: tools.map(toChatTool), tool_choice, parallel_tool_calls } : {}),
    response_format: toResponseFormat(asRecord(format)),
    verbosity,
    reasoning_effort: effort,
    reasoning: filled(given(without(thinking, ["mode", ...reasoningLost]))),
    ...(isProbable ? { logprobs: true, top_logprobs } : {}),
  })
}

/** The format text is the default and not sent. */
function toResponseFormat({ type, ...format }: Fields): Fields | null {
  if (type === "json_schema") return { type, json_schema: given(format) }
  return type === "json_object" ? { type } : null
}
