// Responses: OpenAI's newer form of a conversation, whose input and output are lists of items.
import Type from "typebox"
import { checker, stream } from "./bodyschema.ts"
import { type Endpoint, readJson, streamMember } from "./endpoint.ts"
import { responseStream } from "./streams/responsestream.ts"
import { readTokens } from "./usage.ts"

/** The required form. */
export const responseRequired = Type.Object({
  input: Type.Union([Type.String(), Type.Array(Type.Unknown())], {
    description: "A text, or a list of items: messages, results of tools, …",
  }),
  stream: Type.Optional(stream),
  background: Type.Optional(
    Type.Boolean({
      description: "Changes nothing: the job runs in the background as it is. Not sent to the provider.",
    }),
  ),
})
const check = checker(responseRequired, { input: "input is required for responses" })

export const responses: Endpoint = {
  requestType: "responses",
  path: "/responses",
  summary: "response",
  forms: ["json"],
  reads: ["model", "input", "stream", "background", "fallbacks", "service_tier"],
  // The provider would answer at once that it has begun, and the job would end with that answer.
  dropped: ["background"],
  check: ({ fields }) => check(fields),
  asksForStream: streamMember,
  stream: responseStream,
  streamRefusal: "stream is not supported for async responses",
  read: (answer) =>
    readJson(
      answer,
      ({ output, object }) => Array.isArray(output) || object === "response",
      "no response (it has no list of output)",
    ),
  usage: readTokens,
  isBilledPerCall: false,
}
