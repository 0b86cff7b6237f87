// The description of chat completions in the API document.
import Type, { type TSchema } from "typebox"
import { chatRequired } from "../chat.ts"
import type { Description } from "./description.ts"
import { besideChoices, noStream, requestWith, resultWith, sampling } from "./shared.ts"

/** OpenAI's parameters, for the document only, because the provider checks them. https://platform.openai.com/docs/api-reference/chat/create */
const documented: Record<string, TSchema> = {
  ...sampling,
  stream: noStream,
  n: Type.Integer({ description: "How many choices to make." }),
  max_completion_tokens: Type.Integer({ description: "Upper bound of generated tokens, reasoning included." }),
  max_tokens: Type.Integer({ description: "The older name of max_completion_tokens, which many servers still want." }),
  logprobs: Type.Boolean({ description: "Return log probabilities." }),
  top_logprobs: Type.Integer({ description: "How many alternatives per token." }),
  response_format: Type.Object(
    { type: Type.String({ description: "text, json_object or json_schema." }) },
    { description: "The format of the response." },
  ),
  tools: Type.Array(Type.Object({ type: Type.String() }), { description: "Tools the model may call." }),
  tool_choice: Type.Unknown({ description: "none, auto, required, or one named tool." }),
  parallel_tool_calls: Type.Boolean({ description: "Whether several tools may be called at once." }),
  reasoning_effort: Type.String({ description: "none, minimal, low, medium, high, …" }),
  service_tier: Type.String({ description: "auto, default, flex, priority, …" }),
  modalities: Type.Array(Type.String(), { description: "text, audio." }),
  audio: Type.Object({}, { description: "Voice and format of an audio response." }),
  prediction: Type.Object({}, { description: "Predicted content." }),
  web_search_options: Type.Object({}, { description: "Options of the web search tool." }),
  store: Type.Boolean({ description: "Whether the provider keeps the completion." }),
  metadata: Type.Record(Type.String(), Type.String(), { description: "Up to 16 pairs kept by the provider." }),
  verbosity: Type.String({ description: "low, medium, high." }),
}

const choice = Type.Object({
  index: Type.Optional(Type.Integer()),
  message: Type.Optional(
    Type.Object({
      role: Type.String(),
      content: Type.Optional(Type.Unknown({ description: "Text, or null where tools are called instead." })),
    }),
  ),
  finish_reason: Type.Optional(Type.Unknown({ description: "stop, length, tool_calls, …" })),
})

export const chat: Description = {
  requestSchema: requestWith(
    chatRequired,
    documented,
    "OpenAI's chat completion request; unknown members pass through.",
  ),
  resultSchema: resultWith({ choices: Type.Array(choice) }, besideChoices, {
    id: "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
    object: "chat.completion",
    created: 1_767_268_802,
    model: "echo",
    choices: [{ index: 0, message: { role: "assistant", content: "Hello! How can I help?" }, finish_reason: "stop" }],
    usage: { prompt_tokens: 1, completion_tokens: 6, total_tokens: 7 },
  }),
  example: { model: "mock/echo", messages: [{ role: "user", content: "Hello" }] },
}
