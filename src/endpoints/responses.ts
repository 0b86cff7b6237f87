// Responses: OpenAI's newer form of a conversation, whose input and output are lists of items.
import Type from "typebox"
import { member, parseJson, scan } from "../json.ts"
import { asList, asRecord } from "../values.ts"
import { checker, stream } from "./bodyschema.ts"
import { type Endpoint, readJson, streamMember } from "./endpoint.ts"
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

/** One that was cut off may have come to nothing. https://platform.openai.com/docs/api-reference/responses/object (status) */
function lacks({ output, object, status }: Record<string, unknown>): string | null {
  if (!Array.isArray(output) && object !== "response") return "it has no list of output"
  const isDone = status === "completed" || status === "in_progress" || status === "queued"
  return isDone && asList(output).length === 0 ? "its list of output is empty" : null
}

/** The response in the last event of a stream. https://platform.openai.com/docs/api-reference/responses-streaming */
function join(events: string[]): string | null {
  const last = events.at(-1) ?? ""
  const isEnd = /^response\.(completed|incomplete|failed)$/.test(String(asRecord(parseJson(last))["type"]))
  return isEnd ? member(last, scan(last), "response") : null
}

/** https://platform.openai.com/docs/api-reference/responses/object (status, error), https://github.com/robocurve/inspect-robots/issues/448 */
function failed(response: Record<string, unknown>): Record<string, unknown> | null {
  return response["status"] === "failed" ? response : null
}

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
  streamRefusal: "stream is not supported for async responses",
  read: (answer) => readJson(answer, { what: "no response", lacks, failed, join }),
  usage: readTokens,
  isBilledPerCall: false,
}
