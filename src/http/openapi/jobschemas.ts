// The schemas of a job in a list and of its attempts. For the API document only.
import Type from "typebox"
import { states } from "../../jobs/job.ts"
import { priorities } from "../request/joboptions.ts"
import { nullable, ref, time } from "./schemaparts.ts"

export const owner = nullable(
  Type.Union([
    Type.Object({
      kind: Type.Literal("virtual_key"),
      id: Type.String(),
      name: nullable(Type.String(), "Null where the key is no longer there."),
    }),
    Type.Object({
      kind: Type.Literal("caller_key"),
      id: Type.String({ description: "The beginning of a digest: the same for all jobs of one key." }),
    }),
  ]),
  "Whose it is; null: nobody's.",
)

/** What a list and the full view show beside the job object. */
export const origin = {
  state: Type.Enum([...states], {
    type: "string",
    description: "More exact than `status`: `waiting` is for an upstream job at the provider.",
  }),
  request_type: Type.String({ description: "The type of request, which is that of the path it was submitted to." }),
  provider: Type.String(),
  model: Type.String({ description: "The model's name at the provider." }),
}

export const repeated = {
  priority: Type.Enum([...priorities], { type: "string", description: "Jobs of a higher priority start first." }),
  origin_id: nullable(Type.String({ format: "uuid" }), "The job whose request it repeats."),
  batch_id: nullable(Type.String(), "The batch that it belongs to; null: none, or one that is deleted."),
  owner: Type.Optional(owner),
  cost_usd: nullable(
    Type.Number(),
    "What its attempts have cost together, in US dollars; null where that is not known.",
  ),
}

export const used = Type.Object(
  {
    input_tokens: Type.Optional(Type.Integer({ description: "All input tokens, cached ones included." })),
    output_tokens: Type.Optional(Type.Integer({ description: "All output tokens, reasoning included." })),
    cached_tokens: Type.Optional(Type.Integer()),
    reasoning_tokens: Type.Optional(Type.Integer()),
    images: Type.Optional(Type.Integer()),
    seconds: Type.Optional(Type.Number()),
    characters: Type.Optional(Type.Integer()),
    pages: Type.Optional(Type.Integer()),
    total_tokens: Type.Optional(Type.Integer({ description: "Input and output together, of a job in a list." })),
  },
  { description: "The usage that the provider reported, in the same form for every provider." },
)

export const attempt = Type.Object(
  {
    attempt: Type.Integer({ description: "Counted from 1. Calls that a stop of the gateway interrupted count too." }),
    provider: Type.String(),
    key_name: nullable(Type.String(), "The name of the configured key that was used; null: none was."),
    model: Type.String(),
    queued_at: nullable(
      Type.String({ format: "date-time" }),
      "When it began to wait: when the job was accepted, or when the attempt before it had ended. Null where that is left out.",
    ),
    waited_ms: nullable(Type.Integer(), "From then until it was sent: backoff, closed quotas and the queue."),
    started_at: time("When the call was sent."),
    finished_at: nullable(Type.String({ format: "date-time" }), "When it ended; null while it is in progress."),
    status_code: nullable(Type.Integer(), "The HTTP status of the provider, where there was one."),
    outcome: Type.String({
      description:
        "running, waiting (for an upstream job at the provider), answered, pending (an upstream job was started), refused, unreadable, unconnected, timeout, network, aborted, crashed, gone (the provider does not know its upstream job any more), misconfigured (nothing went out: the configuration lacks something), not_sent, interrupted, lease_expired, cancelled, released.",
    }),
    reason: nullable(Type.String(), "Why it did not succeed."),
    upstream_request_id: nullable(Type.String(), "The provider's id of the request, where it gave one."),
    usage: nullable(Type.Unsafe(ref("Usage")), "What it used; null where that is not known."),
    cost_usd: nullable(Type.Number(), "What it cost in US dollars; null where that is not known."),
  },
  { description: "One call to a provider." },
)

export const listed = Type.Object(
  {
    ...origin,
    ...repeated,
    started_at: nullable(Type.String({ format: "date-time" }), "The start of the last attempt."),
    attempts: Type.Integer({ minimum: 0, description: "How many there were." }),
    key_name: nullable(Type.String(), "The name of the key of the last attempt; null: none was used."),
    usage: nullable(Type.Unsafe(ref("Usage")), "What the last attempt used; null where that is not known."),
    content_type: nullable(Type.String(), "The media type of the content that is stored beside the result."),
  },
  { description: "What a list shows of a job." },
)

export const storedRequest = {
  description: "The JSON object that was sent, or this of a form.",
  anyOf: [
    Type.Object({
      object: Type.Literal("form"),
      fields: Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())])),
      files: Type.Array(
        Type.Object({
          index: Type.Integer(),
          name: Type.String(),
          filename: nullable(Type.String(), "Null where none was sent."),
          content_type: nullable(Type.String(), "Null where none was sent."),
          bytes: Type.Integer(),
        }),
      ),
    }),
    { type: "object" },
  ],
}

export const replay = Type.Object({
  model: Type.Optional(nullable(Type.String(), "Another `provider/model` than that of the request.")),
  body: Type.Optional(
    nullable(
      Type.Object({}),
      "A whole new request in place of the stored one. Without `model` it has that of the job.",
    ),
  ),
})

export const replayed = Type.Object({
  origin_id: Type.String({ format: "uuid", description: "The job whose request it repeats." }),
})
