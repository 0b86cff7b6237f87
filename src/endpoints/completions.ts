// Text completions: OpenAI's older form, a prompt that the model goes on with.
import Type, { type TSchema } from "typebox"
import { type Endpoint, listReader, streamMember } from "./endpoint.ts"
import { besideChoices, checker, objectWith, resultWith, sampling, stream } from "./schema.ts"
import { tokensOf } from "./usage.ts"

/** What must hold. */
const required = Type.Object({
  prompt: Type.Union([Type.String(), Type.Array(Type.Unknown())], {
    description: "One text, a list of texts, a list of tokens, or a list of token lists.",
  }),
  stream: Type.Optional(stream),
})
const check = checker(required, { prompt: "prompt is required for text completion" })

/** OpenAI's parameters, for the document only: the provider checks them. https://platform.openai.com/docs/api-reference/completions/create */
const documented: Record<string, TSchema> = {
  suffix: Type.String({ description: "What comes after the inserted text." }),
  max_tokens: Type.Integer({ description: "Upper bound of generated tokens." }),
  ...sampling,
  n: Type.Integer({ description: "How many choices to make for each prompt." }),
  best_of: Type.Integer({ description: "Make so many, return the best." }),
  echo: Type.Boolean({ description: "Repeat the prompt in front of the answer." }),
  logprobs: Type.Integer({ description: "Log probabilities of so many likely tokens." }),
}

const choice = Type.Object({
  text: Type.String(),
  index: Type.Optional(Type.Integer()),
  logprobs: Type.Optional(Type.Unknown()),
  finish_reason: Type.Optional(Type.Unknown({ description: "stop, length, …" })),
})

export const completions: Endpoint = {
  requestType: "text_completion",
  path: "/v1/async/completions",
  summary: "text completion",
  forms: ["json"],
  reads: ["model", "prompt", "stream", "fallbacks", "service_tier"],
  check: ({ fields }) => check(fields),
  asksForStream: streamMember,
  streamRefusal: "stream is not supported for async text completions",
  read: listReader("choices", "text completion"),
  usage: tokensOf,
  isBilledPerCall: false,
  requestSchema: objectWith(required.properties, documented, {
    description: "OpenAI's text completion request; unknown members pass through.",
  }),
  resultSchema: resultWith({ choices: Type.Array(choice) }, besideChoices, {
    id: "cmpl-uqkvlQyYK7bGYrRHQ0eXlWi7",
    object: "text_completion",
    created: 1_767_268_802,
    model: "echo",
    choices: [{ text: " there was a gateway.", index: 0, logprobs: null, finish_reason: "stop" }],
    usage: { prompt_tokens: 4, completion_tokens: 5, total_tokens: 9 },
  }),
  example: { model: "mock/echo", prompt: "Once upon a time" },
}
