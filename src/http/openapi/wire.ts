// The wire's objects as JSON Schema, and what each error code means. For the API document only: nothing is checked with them.
import Type, { type TSchema } from "typebox"
import type { Endpoint } from "../../endpoints/endpoint.ts"
import { type ErrorCode, errorCodes, statusOf } from "../../errors.ts"
import { priorities } from "../intake/options.ts"

/**
 * Where a code can come from: an operation's refusal, any other path or method, or a failed job. `change` is to cancel or
 * delete a job at its endpoint's path; `changeAny` to do so under /v1/async/jobs, where a job may be of any type.
 */
export type Origin =
  | "submit"
  | "poll"
  | "change"
  | "view"
  | "changeAny"
  | "content"
  | "list"
  | "cancelAll"
  | "models"
  | "health"
  | "metrics"
  | "route"
  | "job"

const atEndpoint: readonly Origin[] = ["poll", "change"]
const atJob: readonly Origin[] = [...atEndpoint, "view", "changeAny", "content"]
const everywhere: readonly Origin[] = ["submit", ...atJob, "list", "cancelAll", "models", "health", "metrics"]
const writing: readonly Origin[] = ["submit", "change", "changeAny", "cancelAll"]
/** Where a caller is asked who it is, and not whether a job is its own. */
const byKey: readonly Origin[] = ["submit", "list", "cancelAll", "models"]

export const meanings: Record<ErrorCode, { from: readonly Origin[]; when: string }> = {
  invalid_json: { from: ["submit"], when: "The body is not one JSON object in UTF-8, or nests too deep." },
  body_incomplete: { from: ["submit"], when: "The connection was closed before the body had come whole." },
  invalid_request: {
    from: ["submit", "list", "cancelAll"],
    when: "A member, header or parameter is missing, has the wrong form, or asks for a stream.",
  },
  unknown_provider: { from: ["submit", "models"], when: "It names a provider that is not known here." },
  unsupported_operation: { from: ["submit"], when: "The provider does not serve this type of request." },
  unsupported_parameter: { from: ["submit"], when: "A member would be lost, and the answer would be another one." },
  no_keys: { from: ["submit"], when: "The gateway has no key for this provider and model." },
  virtual_key_not_found: { from: byKey, when: "There is no such virtual key." },
  virtual_key_required: { from: byKey, when: "A virtual key is asked for, and none was sent." },
  admin_token_required: {
    from: ["list", "cancelAll", "metrics"],
    when: "There are virtual keys, or the request comes from another machine, so that only the admin's token opens this: it was not sent, or is another one.",
  },
  budget_exceeded: {
    from: ["submit"],
    when: "The virtual key has used up what it may use in this day or month, which are those of UTC.",
  },
  virtual_key_blocked: { from: byKey, when: "The virtual key is inactive or has expired." },
  provider_blocked: { from: ["submit"], when: "The virtual key may not use this provider." },
  model_blocked: { from: ["submit"], when: "The virtual key may not use this model." },
  origin_not_allowed: { from: everywhere, when: "A web page sent the request, and its origin is not allowed." },
  host_not_allowed: { from: everywhere, when: "The Host header is neither a loopback name nor an allowed one." },
  job_not_found: { from: atJob, when: "There is no such job, or it has expired." },
  operation_type_mismatch: { from: atEndpoint, when: "The job is of another type than this path's." },
  job_key_required: { from: atJob, when: "The job belongs to a key, and none was sent." },
  job_key_not_found: { from: atJob, when: "The job belongs to a virtual key, and the one that was sent is unknown." },
  job_key_mismatch: { from: atJob, when: "The job belongs to another key." },
  content_not_found: { from: ["content"], when: "The job has not completed, or has no binary content at this place." },
  route_not_found: { from: ["route"], when: "There is nothing at this path." },
  method_not_allowed: { from: ["route"], when: "The path does not take this method; `Allow` lists those it takes." },
  request_too_large: {
    from: ["submit"],
    when: "The body is larger than `client.max_request_body_size_mb`, or has more than 500,000 values.",
  },
  unsupported_media_type: {
    from: ["submit"],
    when: "The body is of no media type that is taken here, or is compressed.",
  },
  idempotency_mismatch: { from: ["submit"], when: "The Idempotency-Key was used before, with another body." },
  rate_limited: { from: ["submit"], when: "The virtual key has used up its requests of this minute." },
  queue_full: { from: ["submit"], when: "As many jobs wait for the provider as may (`buffer_size`)." },
  internal_error: { from: everywhere, when: "The gateway failed to answer: a bug." },
  store_unavailable: {
    from: ["submit", ...atJob, "list", "cancelAll"],
    when: "The store cannot be written or read at the moment.",
  },
  server_busy: { from: ["submit"], when: "As many large bodies are coming in as memory is there for." },
  shutting_down: { from: writing, when: "The gateway is stopping and stores nothing any more." },
  store_full: { from: writing, when: "The disk is full, or nearly so: nothing was changed." },
  provider_connection_failed: { from: ["job"], when: "The provider could not be reached." },
  unreadable_response: { from: ["job"], when: "The provider's answer is not what it should be." },
  upstream_redirect: { from: ["job"], when: "The provider answered with a redirect, which is not followed." },
  upstream_credentials_exhausted: {
    from: ["job"],
    when: "The provider refused every key that the job may go out with.",
  },
  worker_crashed: {
    from: ["job"],
    when: "The gateway's thread died while the job's call was out: twice, or once where the call may not be made again.",
  },
  interrupted: {
    from: ["job"],
    when: "The gateway stopped while the call was out, and no try was left or the call may not be made again (`x-asyncgate-on-interrupt`).",
  },
  request_lost: { from: ["job"], when: "The stored request or key could not be read: nothing went out." },
  request_timed_out: { from: ["job"], when: "The provider did not answer in time." },
  job_cancelled: { from: ["job"], when: "The caller cancelled the job." },
  deadline_exceeded: {
    from: ["job"],
    when: "The job was not done within `Cancel-After`, or without it within `client.async_job_deadline`.",
  },
}

/** The origins as the document names them. */
const originNames: Record<Origin, string> = {
  submit: "submit",
  poll: "poll",
  change: "cancel, delete",
  view: "view",
  changeAny: "cancel, delete",
  content: "content",
  list: "list",
  cancelAll: "cancel several",
  models: "models",
  health: "health",
  metrics: "metrics",
  route: "any",
  job: "a failed job",
}

const codeRows = errorCodes.map((code) => {
  const { from, when } = meanings[code]
  const names = new Set(from.map((origin) => originNames[origin]))
  return `| \`${code}\` | ${statusOf(code)} | ${[...names].join(", ")} | ${when} |`
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
export function nameOf(endpoint: Endpoint | null): string {
  if (endpoint === null) return "Job"
  return endpoint.requestType.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())
}
