// Text completions: OpenAI's older form, with a prompt that the model continues.
import Type from "typebox"
import { checker, stream } from "./bodyschema.ts"
import { type Endpoint, listReader, streamMember } from "./endpoint.ts"
import { completionStream } from "./streams/choicestream.ts"
import { readTokens } from "./usage.ts"

/** The required form. */
export const completionRequired = Type.Object({
  prompt: Type.Union([Type.String(), Type.Array(Type.Unknown())], {
    description: "One text, a list of texts, a list of tokens, or a list of token lists.",
  }),
  stream: Type.Optional(stream),
})
const check = checker(completionRequired, { prompt: "prompt is required for text completion" })

export const completions: Endpoint = {
  requestType: "text_completion",
  path: "/completions",
  summary: "text completion",
  forms: ["json"],
  reads: ["model", "prompt", "stream", "fallbacks", "service_tier"],
  dropped: [],
  check: ({ fields }) => check(fields),
  asksForStream: streamMember,
  stream: completionStream,
  streamRefusal: "stream is not supported for async text completions",
  read: listReader("choices", "text completion"),
  usage: readTokens,
  isBilledPerCall: false,
}
