// Chat completions in OpenAI's form. Only errors that no provider could accept are checked. Everything else passes through.
import Type from "typebox"
import { checker, stream } from "./bodyschema.ts"
import { failedChoice, hasMessage } from "./choices.ts"
import { clientTypes } from "./clienttypes.ts"
import { besideChoices, type Description, noStream, requestWith, resultWith, sampling } from "./description.ts"
import { type Endpoint, listReader, streamMember } from "./endpoint.ts"
import { chatStream } from "./streams/choicestream.ts"
import { joinChunks } from "./streams/chunks.ts"
import { readTokens } from "./usage.ts"

const message = Type.Object(
  {
    role: Type.String({ description: "developer, system, user, assistant or tool." }),
    content: Type.Optional(Type.Unknown({ description: "Text, or a list of content parts." })),
  },
  { description: "One message; further members (name, tool_calls, tool_call_id, …) pass through." },
)

/** The required form. */
const required = Type.Object({
  messages: Type.Array(message, { minItems: 1, description: "The conversation so far." }),
  stream: Type.Optional(stream),
})
const check = checker(required, { messages: "messages is required for chat completion" })

export const chat: Endpoint<"chat_completion"> = {
  ...clientTypes.chat,
  summary: "chat completion",
  reads: ["model", "messages", "stream", "fallbacks", "service_tier"],
  dropped: [],
  check: ({ fields }) => check(fields),
  asksForStream: streamMember,
  stream: chatStream,
  writePending: ({ createdAt: created, ...job }) => ({ ...job, object: "chat.completion", created, choices: [] }),
  streamRefusal: "stream is not supported for async chat completions",
  read: listReader("choices", "chat completion", { hasContent: hasMessage, failed: failedChoice, join: joinChunks }),
  usage: readTokens,
  isBilledPerCall: false,
  describe,
}

/** OpenAI's parameters are for the document only: the provider checks them. https://platform.openai.com/docs/api-reference/chat/create */
function describe(): Description {
  const documented = {
    ...sampling(),
    stream: noStream(),
    n: Type.Integer({ description: "How many choices to make." }),
    max_completion_tokens: Type.Integer({ description: "Upper bound of generated tokens, reasoning included." }),
    max_tokens: Type.Integer({
      description: "The older name of max_completion_tokens, which many servers still want.",
    }),
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
  return {
    requestSchema: requestWith(required, documented, "OpenAI's chat completion request; unknown members pass through."),
    example: { model: "mock/echo", messages: [{ role: "user", content: "Hello" }] },
    resultSchema: resultWith({ choices: Type.Array(choice) }, besideChoices()),
    exampleResult: {
      id: "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
      object: "chat.completion",
      created: 1_767_268_802,
      model: "echo",
      choices: [{ index: 0, message: { role: "assistant", content: "Hello! How can I help?" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 1, completion_tokens: 6, total_tokens: 7 },
    },
  }
}
