// The description of text completions in the API document.
import Type, { type TSchema } from "typebox"
import { completionRequired } from "../completions.ts"
import type { Description } from "./description.ts"
import { besideChoices, noStream, requestWith, resultWith, sampling } from "./shared.ts"

/** OpenAI's parameters, for the document only, because the provider checks them. https://platform.openai.com/docs/api-reference/completions/create */
const documented: Record<string, TSchema> = {
  suffix: Type.String({ description: "What comes after the inserted text." }),
  max_tokens: Type.Integer({ description: "Upper bound of generated tokens." }),
  ...sampling,
  stream: noStream,
  n: Type.Integer({ description: "How many choices to make for each prompt." }),
  best_of: Type.Integer({ description: "How many completions to generate, of which the best is returned." }),
  echo: Type.Boolean({ description: "Repeat the prompt in front of the completion." }),
  logprobs: Type.Integer({ description: "How many likely tokens to return log probabilities for." }),
}

const choice = Type.Object({
  text: Type.String(),
  index: Type.Optional(Type.Integer()),
  logprobs: Type.Optional(Type.Unknown()),
  finish_reason: Type.Optional(Type.Unknown({ description: "stop, length, …" })),
})

export const completions: Description = {
  requestSchema: requestWith(
    completionRequired,
    documented,
    "OpenAI's text completion request; unknown members pass through.",
  ),
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
