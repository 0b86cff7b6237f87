// The objects of the wire as JSON Schema. For the API document only: nothing is validated with them.
import Type from "typebox"
import type { Endpoint } from "../../endpoints/endpoint.ts"
import { errorCodes } from "../../errors.ts"
import { batchSchemas } from "./batchschemas.ts"
import { conversationSchemas } from "./conversationschemas.ts"
import { writeCodeTable } from "./errorcodes.ts"
import { healthSchemas } from "./healthschemas.ts"
import { attempt, listed, origin, repeated, replay, replayed, storedRequest, used } from "./jobschemas.ts"
import { liveSchemas } from "./liveschemas.ts"
import { responseSchemas } from "./responseschemas.ts"
import { nullable, ref, time } from "./schemaparts.ts"
import { usageReport } from "./usageschemas.ts"
import { webhookSchemas } from "./webhookschemas.ts"

const errorCode = Type.Enum([...errorCodes], {
  type: "string",
  description: `The gateway's own codes.\n\n${writeCodeTable()}`,
})

const error = Type.Object(
  {
    type: Type.Optional(Type.String({ description: "The kind of error, for programs." })),
    is_bifrost_error: Type.Boolean({ description: "Always false; for clients of the Bifrost gateway." }),
    status_code: Type.Integer({ description: "The HTTP status; for a failed job the provider's, where it gave one." }),
    error: Type.Object({
      type: Type.Optional(Type.String()),
      code: Type.Optional(
        Type.Union([Type.Unsafe(ref("ErrorCode")), Type.String({ description: "A provider's own code." })]),
      ),
      message: Type.String({ description: "What is wrong and what to do instead, or the provider's own message." }),
      param: Type.Optional(Type.String({ description: "The member at fault, as `messages[0].role`." })),
      innererror: Type.Optional(
        Type.Object({}, { description: "The provider's own details, as what Azure's content filter found." }),
      ),
    }),
    extra_fields: Type.Object(
      {
        provider: Type.Optional(Type.String()),
        model_requested: Type.Optional(Type.String()),
        original_model_requested: Type.Optional(Type.String()),
        request_type: Type.Optional(Type.String()),
      },
      { description: "What is known about the failed request." },
    ),
  },
  { description: "Why a request was refused or a job failed." },
)

const head = {
  id: Type.String({ format: "uuid" }),
  request_id: Type.String({ description: "The `x-request-id` of the submit, else a generated one." }),
}
const created = { created_at: time("When it was accepted.") }

/** In the order of the wire. By `status` a program can tell which other members are there. */
const ended = <Status extends string>(status: Status) => ({
  ...head,
  status: Type.Literal(status),
  expires_at: time("When the job will be deleted."),
  ...created,
  completed_at: time("When it ended."),
})

const accepted = Type.Object(
  {
    ...head,
    status: Type.Enum(["pending", "processing"], {
      type: "string",
      description: "`pending` until it is first started; `processing` from then on, between retries too.",
    }),
    ...created,
  },
  { description: "A job that has not ended." },
)

const completed = Type.Object(
  { ...ended("completed"), status_code: Type.Literal(200) },
  { description: "A job that has completed. Its `result` is beside these members wherever the whole job is shown." },
)

const failed = Type.Object(
  {
    ...ended("failed"),
    status_code: Type.Integer({ description: "The error's." }),
    error: Type.Unsafe(ref("Error")),
  },
  { description: "A job that has failed or was cancelled." },
)

const queue = Type.Object(
  {
    position: Type.Integer({
      description: "How many jobs of the same caller, model and priority are due before it, counted up to 10,000.",
    }),
    runs_at: time("When it can start at the earliest."),
    reason: Type.String({ description: "Why it is queued." }),
  },
  { description: "Only while the job is queued." },
)

const view = Type.Object(
  {
    ...origin,
    ...repeated,
    batch_line: nullable(
      Type.Integer(),
      "Its line in the input file of the batch, counted from 1; null: it belongs to none.",
    ),
    deadline_at: time("The deadline: a job that has not ended by then fails."),
    attempts: Type.Array(attempt, { description: "In their order. One that is in progress is the last." }),
    attempts_omitted: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: "Where there were more than 100: how many are left out after the 20th.",
      }),
    ),
    usage: Type.Unknown({
      description: "The usage as the provider reported it, in its own form; null where it reported none.",
    }),
    warnings: Type.Array(Type.String(), {
      description: "What of the request was not sent to the provider: nothing that changes its meaning.",
    }),
    queue: Type.Optional(queue),
  },
  { description: "The details of a job: its attempts, their usage, its position in the queue." },
)

const list = Type.Object({
  object: Type.Literal("list"),
  data: Type.Array(Type.Unsafe(ref("ListedJob")), { description: "The newest first." }),
  first_id: nullable(Type.String({ format: "uuid" }), "Null on an empty page."),
  last_id: nullable(
    Type.String({ format: "uuid" }),
    "Send it as `after` to get the next page. A page can be empty and still have a next one.",
  ),
  has_more: Type.Boolean(),
  revision: Type.String({
    description:
      "Differs after every change. Where the first event of `/v1/async/events` has the same, this page is up to date.",
  }),
})

const dollars = (what: string) => Type.Optional(Type.Number({ description: `US dollars for ${what}.` }))

const model = Type.Object(
  {
    id: Type.String({ description: "The value for `model` in a request; `provider/*`: any model of this provider." }),
    object: Type.Literal("model"),
    created: Type.Integer({ description: "Seconds since 1970, where a local server reports it; else 0." }),
    owned_by: Type.String({ description: "The same as `provider`." }),
    provider: Type.String(),
    request_types: Type.Array(Type.String(), {
      description:
        "The request types it serves, as far as its name and price show; otherwise all that its provider serves.",
    }),
    context_length: nullable(Type.Integer(), "Tokens; null where it is not known."),
    pricing: nullable(
      Type.Object({
        input_per_million: dollars("a million input tokens"),
        output_per_million: dollars("a million output tokens"),
        cached_input_per_million: dollars("a million cached input tokens"),
        per_image: dollars("an image"),
        per_second: dollars("a second of audio"),
        per_character: dollars("a character"),
        per_page: dollars("a page"),
        per_call: dollars("a call"),
      }),
      "As config.json says, else as published; null where it is not known.",
    ),
  },
  { description: "A model that can be called." },
)

const modelList = Type.Object({
  object: Type.Literal("list"),
  data: Type.Array(Type.Unsafe(ref("Model"))),
})

const cancelled = Type.Object({
  cancelled: Type.Integer({ minimum: 0, description: "How many jobs were cancelled." }),
})

/** A `provider/model`: split at the first slash, with something on both sides. */
const target = "^[^/]+/[\\s\\S]"

/** The same as text, or a JSON list of such texts, which may be empty. */
const targetOrList = `^([^/{"][^/]*/[\\s\\S]|\\s*\\[\\s*\\]\\s*$)`

const fallbacks =
  "Further `provider/model`s, tried in this order when the one before has failed, each with its own retries. If all fail, the job has the error of the first."

const routing = Type.Object(
  {
    model: Type.String({
      pattern: target,
      maxLength: 512,
      description: "`provider/model`, split at the first slash.",
    }),
    fallbacks: Type.Optional(
      nullable(Type.Array(Type.String({ pattern: target, maxLength: 512 }), { maxItems: 16 }), fallbacks),
    ),
  },
  { description: "The members of every request that the gateway itself reads." },
)

/** The same as fields of a form, which are always text. */
export const routingFields = {
  model: routing.properties.model,
  fallbacks: Type.String({ pattern: targetOrList, description: `${fallbacks} One of them, or a JSON list.` }),
}

const resultFields = Type.Object(
  {
    extra_fields: Type.Object({
      request_type: Type.String(),
      provider: Type.String(),
      model_requested: Type.String(),
      original_model_requested: Type.String(),
      resolved_model_used: Type.String(),
      latency: Type.Integer({ description: "Milliseconds that the provider took." }),
      chunk_index: Type.Integer(),
    }),
  },
  { description: "What the gateway adds to every result." },
)

const anyResult = { description: "The result, in the form of its request type." }

const outlined = Type.Object(
  { result_bytes: Type.Integer({ description: "How long the result is, as JSON text in UTF-8." }) },
  { description: "A completed job without its result." },
)

const callError = Type.Object(
  {
    error: Type.Object({
      message: Type.String(),
      type: Type.String(),
      param: nullable(Type.String(), "The member or header that is wrong."),
      code: nullable(Type.String(), "A code of this gateway, or the provider's own."),
    }),
  },
  { description: "An error in OpenAI's form." },
)

export const schemas = {
  AcceptedJob: accepted,
  CompletedJob: completed,
  FailedJob: failed,
  Job: describeEndedJob(anyResult, "A job of any type that has ended."),
  JobSummary: listed,
  ListedJob: {
    oneOf: ["AcceptedJob", "CompletedJob", "FailedJob"].map((name) => ({ allOf: [ref(name), ref("JobSummary")] })),
    description: "A job as a list shows it: without its result.",
  },
  JobList: list,
  JobDetails: view,
  AcceptedJobView: { allOf: [ref("AcceptedJob"), ref("JobDetails")] },
  JobView: describeEndedJob(anyResult, "A job of any type that has ended, with its details.", ref("JobDetails")),
  OutlinedJob: { allOf: [ref("CompletedJob"), outlined, ref("JobDetails")] },
  StoredRequest: storedRequest,
  UsageReport: usageReport,
  Replay: replay,
  ReplayedJob: { allOf: [ref("AcceptedJob"), replayed] },
  Usage: used,
  Cancelled: cancelled,
  Model: model,
  ModelList: modelList,
  Error: error,
  ErrorCode: errorCode,
  CallError: callError,
  Routing: routing,
  ResultFields: resultFields,
  ...healthSchemas,
  ...liveSchemas,
  ...batchSchemas,
  ...responseSchemas,
  ...conversationSchemas,
  ...webhookSchemas,
}

/** A job that has ended, with its `result` or its `error`. @param more schemas that both also match */
export function describeEndedJob(result: object, description: string, ...more: object[]) {
  const whole = { type: "object", required: ["result"], properties: { result } }
  const failed = more.length === 0 ? ref("FailedJob") : { allOf: [ref("FailedJob"), ...more] }
  return { oneOf: [{ allOf: [ref("CompletedJob"), whole, ...more] }, failed], description }
}

/** The part of an operation's id and of the names of its schemas that comes from the endpoint: `ChatCompletion`. */
export function nameSchema(endpoint: Endpoint | null): string {
  if (endpoint === null) return "Job"
  return endpoint.requestType.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())
}
