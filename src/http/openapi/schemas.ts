// The wire's objects as JSON Schema. For the API document only: nothing is checked with them.
import Type, { type TSchema } from "typebox"
import type { Endpoint } from "../../endpoints/endpoint.ts"
import { errorCodes } from "../../errors.ts"
import { priorities } from "../request/joboptions.ts"
import { writeCodeTable } from "./errorcodes.ts"

const errorCode = Type.Enum([...errorCodes], {
  type: "string",
  description: `The gateway's own codes.\n\n${writeCodeTable()}`,
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

/** The description stands at the union: a page that shows the document overlooks one within it. */
const nullable = (schema: TSchema, description: string) => Type.Union([schema, Type.Null()], { description })

const time = (description: string) => Type.String({ format: "date-time", description })

const head = {
  id: Type.String({ format: "uuid" }),
  request_id: Type.String({ description: "The submit's `x-request-id`, else generated." }),
}
const created = { created_at: time("When it was accepted.") }

/** In the wire's order. `status` tells the three kinds of job apart: a program that asks for it knows what else is there. */
const ended = <Status extends string>(status: Status) => ({
  ...head,
  status: Type.Literal(status),
  expires_at: time("When the job will be gone."),
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
  { description: "A job that has its result, which stands beside these members wherever the whole job is shown." },
)

const failed = Type.Object(
  {
    ...ended("failed"),
    status_code: Type.Integer({ description: "The error's." }),
    error: Type.Unsafe(ref("Error")),
  },
  { description: "A job that has failed or was cancelled." },
)

/** What a list and the full view tell beside the job object. */
const origin = {
  request_type: Type.String({ description: "Which endpoint it was submitted to." }),
  provider: Type.String(),
  model: Type.String({ description: "As the provider knows it." }),
}

const used = Type.Object(
  {
    input_tokens: Type.Optional(Type.Integer({ description: "All that went in, cached ones too." })),
    output_tokens: Type.Optional(Type.Integer({ description: "All that came out, reasoning too." })),
    cached_tokens: Type.Optional(Type.Integer()),
    reasoning_tokens: Type.Optional(Type.Integer()),
    images: Type.Optional(Type.Integer()),
    seconds: Type.Optional(Type.Number()),
    characters: Type.Optional(Type.Integer()),
    pages: Type.Optional(Type.Integer()),
  },
  { description: "What is known of it, in the same form for every provider." },
)

const attempt = Type.Object(
  {
    attempt: Type.Integer({ description: "Counted from 1; calls that a stop of the gateway cut off count too." }),
    provider: Type.String(),
    key_name: nullable(Type.String(), "The configured key it went out with, by its name."),
    model: Type.String(),
    started_at: time("When the call went out."),
    finished_at: nullable(Type.String({ format: "date-time" }), "When its end was known; null while it is under way."),
    status_code: nullable(Type.Integer(), "The provider's status, where it gave one."),
    outcome: Type.String({
      description:
        "running, answered, pending (the provider works on it as a job of its own), refused, unreadable, unconnected, timeout, network, aborted, crashed, misconfigured (nothing went out: the configuration lacks something), not_sent, interrupted, lease_expired, cancelled, released.",
    }),
    reason: nullable(Type.String(), "Why it did not succeed, in words."),
    upstream_request_id: nullable(Type.String(), "The provider's own id of the request, where it gave one."),
    usage: nullable(Type.Unsafe(ref("Usage")), "What it used; null where nothing is known."),
    cost_usd: nullable(Type.Number(), "What it cost in US dollars; null where that is not known."),
  },
  { description: "One call to a provider." },
)

const queue = Type.Object(
  {
    position: Type.Integer({
      description: "How many jobs of the same caller, model and priority are due before it, up to 10,000.",
    }),
    runs_at: time("When it may go out at the earliest."),
    reason: Type.String({ description: "What it waits for." }),
  },
  { description: "Only while the job is queued." },
)

const jobTarget = Type.Object(origin, { description: "Where a job goes." })

const view = Type.Object(
  {
    ...origin,
    priority: Type.Enum([...priorities], { type: "string", description: "Those of a higher one go out first." }),
    deadline_at: time("When the job is given up if it has not ended."),
    attempts: Type.Array(attempt, { description: "In their order; the one under way is the last." }),
    attempts_omitted: Type.Optional(
      Type.Integer({ minimum: 1, description: "Of more than 100, how many are left out after the 20th; else absent." }),
    ),
    usage: Type.Unknown({
      description: "What the provider says it used, in its own form; null where it says nothing.",
    }),
    warnings: Type.Array(Type.String(), {
      description: "What of the request the provider was not sent, in words: nothing that changes what it means.",
    }),
    queue: Type.Optional(queue),
  },
  { description: "What stands behind a job: its attempts, what they used, its place in the queue." },
)

const list = Type.Object({
  object: Type.Literal("list"),
  data: Type.Array(Type.Unsafe(ref("ListedJob")), { description: "The newest first." }),
  first_id: nullable(Type.String({ format: "uuid" }), "Null on an empty page."),
  last_id: nullable(
    Type.String({ format: "uuid" }),
    "Where the next page starts: send it as `after`. A page can be empty and still have a next one.",
  ),
  has_more: Type.Boolean(),
})

const dollars = (what: string) => Type.Optional(Type.Number({ description: `US dollars for ${what}.` }))

const model = Type.Object(
  {
    id: Type.String({ description: "What a request takes as its `model`; `provider/*`: any of its models." }),
    object: Type.Literal("model"),
    created: Type.Integer({ description: "Seconds since 1970, where a server tells it; else 0." }),
    owned_by: Type.String({ description: "The same as `provider`." }),
    provider: Type.String(),
    request_types: Type.Array(Type.String(), {
      description:
        "What it can be asked for, as far as its name and its price tell; where they do not, all that its provider serves.",
    }),
    context_length: nullable(Type.Integer(), "Tokens; null where it is not known."),
    pricing: nullable(
      Type.Object({
        input_per_million: dollars("a million tokens that go in"),
        output_per_million: dollars("a million tokens that come out"),
        cached_input_per_million: dollars("a million tokens that go in and were in the provider's cache"),
        per_image: dollars("an image"),
        per_second: dollars("a second of sound"),
        per_character: dollars("a character"),
        per_page: dollars("a page"),
        per_call: dollars("a call"),
      }),
      "As config.json gives it, else as it is published; null where nothing is known.",
    ),
  },
  { description: "A model that can be called." },
)

const modelList = Type.Object({
  object: Type.Literal("list"),
  data: Type.Array(Type.Unsafe(ref("Model"))),
})

const cancelled = Type.Object({
  cancelled: Type.Integer({ minimum: 0, description: "How many jobs it ended." }),
})

/** As the gateway reads it: split at the first slash, with something on both sides. */
const target = "^[^/]+/[\\s\\S]"

/** The same as text, or a JSON list of such texts, which may be empty. */
const targetOrList = `^([^/{"][^/]*/[\\s\\S]|\\s*\\[\\s*\\]\\s*$)`

const fallbacks =
  "Further `provider/model`s, tried in this order when the one before has failed, each with its own retries. If all fail, the job has the first one's error."

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
  { description: "What every request says to the gateway itself." },
)

/** The same as the fields of a form, which are texts. */
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
      latency: Type.Integer({ description: "Milliseconds the provider took." }),
      chunk_index: Type.Integer(),
    }),
  },
  { description: "What the gateway adds to every result." },
)

const health = Type.Union([
  Type.Object({ status: Type.Literal("ok") }),
  Type.Object({ status: Type.Literal("unavailable"), reason: Type.String({ description: "Why." }) }),
])

const anyResult = { description: "The answer, in the form of its type." }

export const schemas = {
  AcceptedJob: accepted,
  CompletedJob: completed,
  FailedJob: failed,
  Job: endedJob(anyResult, "A job of any type that has ended."),
  JobTarget: jobTarget,
  ListedJob: {
    oneOf: ["AcceptedJob", "CompletedJob", "FailedJob"].map((name) => ({ allOf: [ref(name), ref("JobTarget")] })),
    description: "A job as a list shows it: without its result.",
  },
  JobList: list,
  JobDetails: view,
  AcceptedJobView: { allOf: [ref("AcceptedJob"), ref("JobDetails")] },
  JobView: endedJob(anyResult, "A job of any type that has ended, and what stands behind it.", ref("JobDetails")),
  Usage: used,
  Cancelled: cancelled,
  Model: model,
  ModelList: modelList,
  Error: error,
  ErrorCode: errorCode,
  Routing: routing,
  ResultFields: resultFields,
  Health: health,
}

/** A job that has ended: with its `result`, or with its `error`. `more` are what either is besides. */
export function endedJob(result: object, description: string, ...more: object[]) {
  const whole = { type: "object", required: ["result"], properties: { result } }
  const failed = more.length === 0 ? ref("FailedJob") : { allOf: [ref("FailedJob"), ...more] }
  return { oneOf: [{ allOf: [ref("CompletedJob"), whole, ...more] }, failed], description }
}

export function ref(name: string) {
  return { $ref: `#/components/schemas/${name}` }
}

/** The one part of an operation's id and of its schemas' names that is the endpoint's: `ChatCompletion`. */
export function nameSchema(endpoint: Endpoint | null): string {
  if (endpoint === null) return "Job"
  return endpoint.requestType.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())
}
