// The wire's objects as JSON Schema, and what each error code means. For the API document only: nothing is checked with them.
import Type from "typebox"
import { type ErrorCode, errorCodes, statusOf } from "../errors.ts"

/** Where a code can come from: an operation's refusal, any other path or method, or a failed job. */
export type Origin = "submit" | "poll" | "health" | "route" | "job"

const everywhere: readonly Origin[] = ["submit", "poll", "health"]

export const meanings: Record<ErrorCode, { from: readonly Origin[]; when: string }> = {
  invalid_json: { from: ["submit"], when: "The body is not one JSON object in UTF-8, or nests too deep." },
  invalid_request: { from: ["submit"], when: "A member is missing, has the wrong form, or asks for a stream." },
  unknown_provider: { from: ["submit"], when: "The model names a provider that is not known here." },
  unsupported_operation: { from: ["submit"], when: "The provider does not serve this type of request." },
  unsupported_parameter: { from: ["submit"], when: "A member would be lost, and the answer would be another one." },
  no_keys: { from: ["submit"], when: "The gateway has no key for this provider and model." },
  origin_not_allowed: { from: everywhere, when: "A web page sent the request, and its origin is not allowed." },
  host_not_allowed: { from: everywhere, when: "The Host header is neither a loopback name nor an allowed one." },
  job_not_found: { from: ["poll"], when: "There is no such job, or it has expired." },
  operation_type_mismatch: { from: ["poll"], when: "The job is of another type than this path's." },
  route_not_found: { from: ["route"], when: "There is nothing at this path." },
  method_not_allowed: { from: ["route"], when: "The path does not take this method; `Allow` lists those it takes." },
  request_too_large: { from: ["submit"], when: "The body is larger than `client.max_request_body_size_mb`." },
  unsupported_media_type: { from: ["submit"], when: "The body is not declared as JSON, or is compressed." },
  internal_error: { from: everywhere, when: "The gateway failed to answer: a bug." },
  store_unavailable: { from: ["submit", "poll"], when: "The store cannot be written or read at the moment." },
  shutting_down: { from: ["submit"], when: "The gateway is stopping and takes no more jobs." },
  store_full: { from: ["submit"], when: "The disk is full: nothing was accepted." },
  provider_connection_failed: { from: ["job"], when: "The provider could not be reached." },
  unreadable_response: { from: ["job"], when: "The provider's answer is not what it should be." },
  upstream_redirect: { from: ["job"], when: "The provider answered with a redirect, which is not followed." },
  upstream_credentials_exhausted: { from: ["job"], when: "The provider refused every key." },
  worker_crashed: { from: ["job"], when: "The gateway's thread that ran the job crashed, time and again." },
  interrupted: { from: ["job"], when: "The gateway was cut off while the job ran, time and again." },
  request_timed_out: { from: ["job"], when: "The provider did not answer in time." },
  deadline_exceeded: { from: ["job"], when: "The job was not done within `client.async_job_deadline`." },
}

const codeRows = errorCodes.map((code) => {
  const { from, when } = meanings[code]
  return `| \`${code}\` | ${statusOf(code)} | ${from.join(", ")} | ${when} |`
})

const errorCode = Type.Enum([...errorCodes], {
  type: "string",
  description: [
    "The gateway's own codes.",
    "",
    "| code | status | from | when |",
    "|---|---|---|---|",
    ...codeRows,
  ].join("\n"),
})

const error = Type.Object(
  {
    type: Type.Optional(Type.String({ description: "The kind of error, for programs to tell apart." })),
    is_bifrost_error: Type.Boolean({ description: "False; there for clients of the Bifrost gateway." }),
    status_code: Type.Integer({ description: "The HTTP status; for a failed job the provider's, where it gave one." }),
    error: Type.Object({
      type: Type.Optional(Type.String()),
      code: Type.Optional(
        Type.Union([Type.Unsafe(ref("ErrorCode")), Type.String({ description: "A provider's own code." })]),
      ),
      message: Type.String({ description: "What is wrong and what to do instead, or the provider's own words." }),
      param: Type.Optional(Type.String({ description: "The member at fault, as `messages[0].role`." })),
    }),
    extra_fields: Type.Object(
      {
        provider: Type.Optional(Type.String()),
        model_requested: Type.Optional(Type.String()),
        original_model_requested: Type.Optional(Type.String()),
        request_type: Type.Optional(Type.String()),
      },
      { description: "What is known about the request that failed." },
    ),
  },
  { description: "Why a request was refused or a job failed." },
)

const time = (description: string) => Type.String({ format: "date-time", description })

const job = Type.Object(
  {
    id: Type.String({ format: "uuid" }),
    request_id: Type.String({ description: "The submit's `x-request-id`, else generated." }),
    status: Type.Enum(["pending", "processing", "completed", "failed"], {
      type: "string",
      description: "`pending` until it is first started; `processing` from then on, between retries too.",
    }),
    expires_at: Type.Optional(time("When the job will be gone. Present once the job has ended.")),
    created_at: time("When it was accepted."),
    completed_at: Type.Optional(time("When it ended. Present once the job has ended.")),
    status_code: Type.Optional(
      Type.Integer({ description: "200 when completed, else the error's. Present once the job has ended." }),
    ),
    result: Type.Optional(Type.Unknown({ description: "The answer. Only when completed." })),
    error: Type.Optional(Type.Unsafe({ ...ref("Error"), description: "Only when failed." })),
  },
  { description: "An accepted request and, in the end, its answer." },
)

const routing = Type.Object(
  { model: Type.String({ pattern: "^[^/]+/.", description: "`provider/model`, split at the first slash." }) },
  { description: "What every request says to the gateway itself." },
)

const resultFields = Type.Object(
  {
    extra_fields: Type.Object({
      request_type: Type.String(),
      provider: Type.String(),
      model_requested: Type.String(),
      original_model_requested: Type.String(),
      resolved_model_used: Type.String(),
      latency: Type.Integer({ description: "Milliseconds the provider took." }),
      chunk_index: Type.Integer(),
    }),
  },
  { description: "What the gateway adds to every result." },
)

const health = Type.Object({
  status: Type.Enum(["ok", "unavailable"], { type: "string" }),
  reason: Type.Optional(Type.String({ description: "Why, when unavailable." })),
})

export const schemas = {
  Job: job,
  Error: error,
  ErrorCode: errorCode,
  Routing: routing,
  ResultFields: resultFields,
  Health: health,
}

export function ref(name: string) {
  return { $ref: `#/components/schemas/${name}` }
}
