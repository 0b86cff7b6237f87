// Responses at providers that only have chat completions: the request and the answer, there and back. Pure.
import { asList, asRecord, asRecords } from "../../values.ts"
import { toChatChoice, toChatTool, toMessages } from "./items.ts"
import { toResponse } from "./response.ts"
import { checkResponse, reasoningLost, untold } from "./responsecheck.ts"
import { type Fields, filled, given, type Translation, without } from "./translation.ts"

/** What differs between the two: https://platform.openai.com/docs/guides/migrate-to-responses */
export const responsesViaChat: Translation = {
  asks: "chat_completion",
  check: checkResponse,
  request: chatRequest,
  answer: toResponse,
}

/** Made into something else, under whatever name. */
const rewritten = [
  ...["instructions", "input", "max_output_tokens", "text", "reasoning", "include", "top_logprobs"],
  ...["tools", "tool_choice", "parallel_tool_calls"],
]

/** Members that the form does not know pass, as they do where nothing is translated. */
function chatRequest(fields: Fields, provider: string): Fields {
  const { text, reasoning, include, top_logprobs, max_output_tokens, parallel_tool_calls } = fields
  const { tools, tool_choice } = toChatChoice(fields["tool_choice"], asRecords(fields["tools"]))
  const { format, verbosity } = asRecord(text)
  const { effort, ...thinking } = asRecord(reasoning)
  const isProbable =
    asList(include).includes("message.output_text.logprobs") ||
    (top_logprobs !== undefined && top_logprobs !== null && top_logprobs !== 0)
  return given({
    ...without(fields, [...untold, ...rewritten]),
    messages: toMessages(fields, provider),
    max_completion_tokens: max_output_tokens,
    // Chat refuses choices among no tools.
    ...(tools.length > 0 ? { tools: tools.map(toChatTool), tool_choice, parallel_tool_calls } : {}),
    response_format: toResponseFormat(asRecord(format)),
    verbosity,
    reasoning_effort: effort,
    reasoning: filled(given(without(thinking, ["mode", ...reasoningLost]))),
    ...(isProbable ? { logprobs: true, top_logprobs } : {}),
  })
}

/** Text is what comes anyway. */
function toResponseFormat({ type, ...format }: Fields): Fields | null {
  if (type === "json_schema") return { type, json_schema: given(format) }
  return type === "json_object" ? { type } : null
}
