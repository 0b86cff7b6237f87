// Text completions: OpenAI's older form, with a prompt that the model continues.
import Type from "typebox"
import { checker, stream } from "./bodyschema.ts"
import { failedChoice } from "./choices.ts"
import { clientTypes } from "./clienttypes.ts"
import { besideChoices, type Description, noStream, requestWith, resultWith, sampling } from "./description.ts"
import { type Endpoint, listReader, streamMember } from "./endpoint.ts"
import { completionStream } from "./streams/choicestream.ts"
import { joinChunks } from "./streams/chunks.ts"
import { readTokens } from "./usage.ts"

/** The required form. */
const required = Type.Object({
  prompt: Type.Union([Type.String(), Type.Array(Type.Unknown())], {
    description: "One text, a list of texts, a list of tokens, or a list of token lists.",
  }),
  stream: Type.Optional(stream),
})
const check = checker(required, { prompt: "prompt is required for text completion" })

export const completions: Endpoint<"text_completion"> = {
  ...clientTypes.completions,
  summary: "text completion",
  reads: ["model", "prompt", "stream", "fallbacks", "service_tier"],
  dropped: [],
  check: ({ fields }) => check(fields),
  asksForStream: streamMember,
  stream: completionStream,
  streamRefusal: "stream is not supported for async text completions",
  read: listReader("choices", "text completion", { failed: failedChoice, join: joinChunks }),
  usage: readTokens,
  isBilledPerCall: false,
  describe,
}

/** OpenAI's parameters are for the document only: the provider checks them. https://platform.openai.com/docs/api-reference/completions/create */
function describe(): Description {
  const documented = {
    suffix: Type.String({ description: "What comes after the inserted text." }),
    max_tokens: Type.Integer({ description: "Upper bound of generated tokens." }),
    ...sampling(),
    stream: noStream(),
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
  return {
    requestSchema: requestWith(required, documented, "OpenAI's text completion request; unknown members pass through."),
    example: { model: "mock/echo", prompt: "Once upon a time" },
    resultSchema: resultWith({ choices: Type.Array(choice) }, besideChoices()),
    exampleResult: {
      id: "cmpl-uqkvlQyYK7bGYrRHQ0eXlWi7",
      object: "text_completion",
      created: 1_767_268_802,
      model: "echo",
      choices: [{ text: " there was a gateway.", index: 0, logprobs: null, finish_reason: "stop" }],
      usage: { prompt_tokens: 4, completion_tokens: 5, total_tokens: 9 },
    },
  }
}
