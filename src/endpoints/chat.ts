// Chat completions: OpenAI's form, checked only where a wrong body cannot become a good call. Everything else passes through.
import Type, { type TSchema } from "typebox"
import { Compile } from "typebox/compile"
import { describe } from "./schema.ts"
import type { Endpoint } from "./table.ts"

const message = Type.Object(
  {
    role: Type.String({ description: "developer, system, user, assistant or tool." }),
    content: Type.Optional(Type.Unknown({ description: "Text, or a list of content parts." })),
  },
  { description: "One message; further members (name, tool_calls, tool_call_id, …) pass through." },
)

/** What must hold. */
const required = Type.Object({
  messages: Type.Array(message, { minItems: 1, description: "The conversation so far." }),
  stream: Type.Optional(
    Type.Union([Type.Boolean(), Type.Null()], {
      default: false,
      description: "Must not be true: a job has one answer, at its end.",
    }),
  ),
})
const checkRequired = Compile(required)

/** OpenAI's parameters, for the document only: the provider checks them. https://platform.openai.com/docs/api-reference/chat/create */
const documented: Record<string, TSchema> = {
  temperature: Type.Number({ description: "Sampling temperature, usually 0 to 2." }),
  top_p: Type.Number({ description: "Nucleus sampling: the probability mass to sample from." }),
  n: Type.Integer({ description: "How many choices to make." }),
  max_completion_tokens: Type.Integer({ description: "Upper bound of generated tokens, reasoning included." }),
  max_tokens: Type.Integer({ description: "The older name of max_completion_tokens, which many servers still want." }),
  stop: Type.Union([Type.String(), Type.Array(Type.String())], { description: "Where to stop." }),
  seed: Type.Integer({ description: "For repeatable sampling, as far as the provider can." }),
  frequency_penalty: Type.Number({ description: "-2 to 2." }),
  presence_penalty: Type.Number({ description: "-2 to 2." }),
  logit_bias: Type.Record(Type.String(), Type.Number(), { description: "Token id to bias." }),
  logprobs: Type.Boolean({ description: "Return log probabilities." }),
  top_logprobs: Type.Integer({ description: "How many alternatives per token." }),
  response_format: Type.Object(
    { type: Type.String({ description: "text, json_object or json_schema." }) },
    { description: "The form of the answer." },
  ),
  tools: Type.Array(Type.Object({ type: Type.String() }), { description: "Tools the model may call." }),
  tool_choice: Type.Unknown({ description: "none, auto, required, or one named tool." }),
  parallel_tool_calls: Type.Boolean({ description: "Whether several tools may be called at once." }),
  reasoning_effort: Type.String({ description: "none, minimal, low, medium, high, …" }),
  service_tier: Type.String({ description: "auto, default, flex, priority, …" }),
  modalities: Type.Array(Type.String(), { description: "text, audio." }),
  audio: Type.Object({}, { description: "Voice and format of an audio answer." }),
  prediction: Type.Object({}, { description: "Predicted content." }),
  web_search_options: Type.Object({}, { description: "Options of the web search tool." }),
  store: Type.Boolean({ description: "Whether the provider keeps the completion." }),
  metadata: Type.Record(Type.String(), Type.String(), { description: "Up to 16 pairs kept by the provider." }),
  verbosity: Type.String({ description: "low, medium, high." }),
  user: Type.String({ description: "A stable id of the end user." }),
}

export const chat: Endpoint = {
  requestType: "chat_completion",
  path: "/v1/async/chat/completions",
  summary: "chat completion",
  reads: ["model", "messages", "stream", "fallbacks"],
  streamRefusal: "stream is not supported for async chat completions",
  check(body) {
    const messages = body["messages"]
    if (messages === undefined || messages === null || (Array.isArray(messages) && messages.length === 0)) {
      return { message: "messages is required for chat completion", param: "messages" }
    }
    return checkRequired.Check(body) ? null : describe(checkRequired.Errors(body))
  },
  problemOf(answer) {
    if (answer.trim() === "") return "the body is empty"
    try {
      const value: unknown = JSON.parse(answer)
      const isCompletion =
        typeof value === "object" && value !== null && "choices" in value && Array.isArray(value.choices)
      return isCompletion ? null : "the body is no chat completion (it has no list of choices)"
    } catch {
      return "the body is not JSON"
    }
  },
  requestSchema: Type.Object(
    { ...required.properties, ...Type.Partial(Type.Object(documented)).properties },
    { description: "OpenAI's chat completion request; unknown members pass through." },
  ),
  resultSchema: Type.Object(
    { id: Type.String(), object: Type.String(), model: Type.String(), choices: Type.Array(Type.Object({})) },
    { description: "The provider's answer as it came." },
  ),
  example: { model: "mock/echo", messages: [{ role: "user", content: "Hello" }] },
}
