// Responses: OpenAI's newer form of a conversation, whose input and output are lists of items.
import Type from "typebox"
import { member, parseJson, scan } from "../json.ts"
import { asList, asRecord } from "../values.ts"
import { CONTINUED, completionWindows, IN_CONVERSATION } from "./backgroundoptions.ts"
import { checker, stream } from "./bodyschema.ts"
import { clientTypes } from "./clienttypes.ts"
import { type Description, noStream, requestWith, resultWith, tokenCounts } from "./description.ts"
import { type Endpoint, readJson, streamMember } from "./endpoint.ts"
import { responseStream } from "./streams/responsestream.ts"
import { readTokens } from "./usage.ts"

/** The required form. */
const required = Type.Object({
  input: Type.Union([Type.String(), Type.Array(Type.Unknown())], {
    description: "A text, or a list of items: messages, results of tools, …",
  }),
  stream: Type.Optional(stream),
  background: Type.Optional(
    Type.Boolean({
      description:
        "At /v1/responses the response comes at once, and is retrieved later. At /v1/async it changes nothing. Sent only to a provider that resumes streams, with `stream: true` and without `store: false`.",
    }),
  ),
  background_options: Type.Optional(
    Type.Object(
      {
        completion_window: Type.Optional(
          Type.Enum(Object.keys(completionWindows), {
            type: "string",
            description: "`2h` and `8h`: at low priority, and failed after that time.",
          }),
        ),
        continuation_id: Type.Optional(Type.String({ description: "Accepted, and without an effect." })),
      },
      { description: "Of effect at /v1/responses with `background: true` alone. Not sent to the provider." },
    ),
  ),
})
const check = checker(required, { input: "input is required for responses" })

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

export const responses: Endpoint<"responses"> = {
  ...clientTypes.responses,
  summary: "response",
  reads: ["model", "input", "stream", "background", "background_options", "fallbacks", "service_tier"],
  // The provider would answer at once that it has begun, and the job would end with that answer.
  dropped: ["background", "background_options", CONTINUED, IN_CONVERSATION],
  check: ({ fields }) => check(fields),
  asksForStream: streamMember,
  stream: responseStream,
  writePending: ({ createdAt: created_at, ...job }) => ({ ...job, object: "response", created_at, output: [] }),
  streamRefusal: "stream is not supported for async responses",
  read: (answer) => readJson(answer, { what: "no response", lacks, failed, join }),
  usage: readTokens,
  isContinuable: true,
  isBilledPerCall: false,
  describe,
}

/** OpenAI's parameters are for the document only: the provider checks them. https://platform.openai.com/docs/api-reference/responses/create */
function describe(): Description {
  const documented = {
    stream: noStream(),
    instructions: Type.String({ description: "A system message in front of the input." }),
    max_output_tokens: Type.Integer({ description: "Upper bound of generated tokens, reasoning included." }),
    max_tool_calls: Type.Integer({ description: "Upper bound of calls to built-in tools." }),
    temperature: Type.Number({ description: "Sampling temperature, usually 0 to 2." }),
    top_p: Type.Number({ description: "Nucleus sampling: the probability mass to sample from." }),
    top_logprobs: Type.Integer({ description: "How many alternatives per token." }),
    reasoning: Type.Object({}, { description: "Effort and summary of the reasoning." }),
    text: Type.Object({}, { description: "Format and verbosity of the text." }),
    tools: Type.Array(Type.Object({ type: Type.String() }), { description: "Tools the model may call." }),
    tool_choice: Type.Unknown({ description: "none, auto, required, or one named tool." }),
    parallel_tool_calls: Type.Boolean({ description: "Whether several tools may be called at once." }),
    previous_response_id: Type.String({ description: "The response that this one continues." }),
    conversation: Type.Unknown({
      description:
        "The conversation that this is a turn of, as its id or `{id}`: one of this gateway, for any provider, or the provider's own.",
    }),
    include: Type.Array(Type.String(), { description: "Further output to include." }),
    prompt: Type.Object({}, { description: "A prompt template kept by the provider, and its variables." }),
    truncation: Type.String({ description: "auto, disabled." }),
    store: Type.Boolean({ description: "Whether the provider keeps the response." }),
    metadata: Type.Record(Type.String(), Type.String(), { description: "Up to 16 pairs kept by the provider." }),
    service_tier: Type.String({ description: "auto, default, flex, priority, …" }),
    prompt_cache_key: Type.String({ description: "Groups requests that share a cached beginning." }),
    safety_identifier: Type.String({ description: "A stable id of the end user, for abuse detection." }),
    user: Type.String({ description: "The older name of safety_identifier and prompt_cache_key." }),
  }
  return {
    requestSchema: requestWith(required, documented, "OpenAI's response request; unknown members pass through."),
    example: { model: "mock/echo", input: "Hello" },
    ...describeResult(),
  }
}

function describeResult(): Pick<Description, "resultSchema" | "exampleResult"> {
  const content = Type.Object({
    type: Type.String(),
    text: Type.Optional(Type.String()),
    annotations: Type.Optional(Type.Array(Type.Unknown())),
  })
  const item = Type.Object({
    type: Type.String({ description: "message, reasoning, function_call, …" }),
    id: Type.Optional(Type.String()),
    status: Type.Optional(Type.String()),
    role: Type.Optional(Type.String()),
    content: Type.Optional(Type.Array(content)),
  })

  return {
    resultSchema: resultWith(
      {},
      {
        id: Type.String(),
        object: Type.String(),
        created_at: Type.Integer({ description: "Seconds since 1970." }),
        status: Type.String({ description: "completed, incomplete, failed, …" }),
        model: Type.String(),
        output: Type.Array(item),
        usage: tokenCounts("input_tokens", "output_tokens", "total_tokens"),
      },
    ),
    exampleResult: {
      id: "resp_67ccd2bed1ec8190b14f964abc054267",
      object: "response",
      created_at: 1_767_268_802,
      status: "completed",
      model: "echo",
      output: [
        {
          type: "message",
          id: "msg_67ccd2bf17f0819081ff3bb2cf6508e6",
          status: "completed",
          role: "assistant",
          content: [{ type: "output_text", text: "Hello! How can I help?", annotations: [] }],
        },
      ],
      usage: { input_tokens: 1, output_tokens: 6, total_tokens: 7 },
    },
  }
}
