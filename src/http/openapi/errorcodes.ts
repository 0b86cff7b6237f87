// What each error code means and where it can come from. For the API document only.
import { type ErrorCode, errorCodes, findStatus } from "../../errors.ts"

/**
 * The operations that can refuse, and how the table of codes in the document names them. `change` stands for cancel and delete at
 * the path of a request type, `changeAny` for the same under `/jobs`, where a job may be of any type.
 */
const operationNames = {
  submit: "submit",
  poll: "poll",
  change: "cancel, delete",
  view: "view",
  changeAny: "cancel, delete",
  content: "content",
  result: "result",
  request: "request",
  replay: "replay",
  list: "list",
  cancelAll: "cancel several",
  startBulk: "bulk",
  listBulk: "bulk list",
  showBulk: "bulk view, abort",
  models: "models",
  model: "model",
  health: "health",
  metrics: "metrics",
  me: "me",
  stats: "stats",
  queues: "queues",
  usage: "usage",
  events: "events",
  jobEvents: "events of a job",
  providers: "providers",
  keys: "list virtual keys",
  makeKey: "make a virtual key",
  key: "view a virtual key",
  changeKey: "change a virtual key",
  revokeKey: "revoke a virtual key",
}
export type Refusing = keyof typeof operationNames
export const refusing = Object.keys(operationNames) as Refusing[]

/** Where a code can come from: an operation, a path or method without a route, or a failed job. */
export type Origin = Refusing | "route" | "job" | "files" | "batches" | "responses" | "conversations" | "webhooks"
const originNames: Record<Origin, string> = {
  ...operationNames,
  route: "any",
  job: "a failed job",
  files: "files",
  batches: "batches",
  responses: "responses",
  conversations: "conversations",
  webhooks: "webhooks",
}

const atEndpoint: readonly Origin[] = ["poll", "change"]
const atJob: readonly Origin[] = [
  ...atEndpoint,
  "view",
  "changeAny",
  "content",
  "result",
  "request",
  "jobEvents",
  "replay",
]
/** Where a job is made. */
const making: readonly Origin[] = ["submit", "replay"]
const everywhere: readonly Origin[] = refusing
const writing: readonly Origin[] = [...making, "change", "changeAny", "cancelAll", "startBulk"]
/** Where a body is read. */
const parsing: readonly Origin[] = [...making, "makeKey", "changeKey", "startBulk"]
const atKey: readonly Origin[] = ["key", "changeKey", "revokeKey"]
const managing: readonly Origin[] = ["keys", "makeKey", ...atKey]
const ofOwners: readonly Origin[] = [
  "list",
  "cancelAll",
  "startBulk",
  "listBulk",
  "showBulk",
  "queues",
  "usage",
  "events",
]
/** The operations that authenticate the caller without looking at a job. */
const byKey: readonly Origin[] = [...making, ...ofOwners, "models", "model", "me"]

export const meanings: Record<ErrorCode, { from: readonly Origin[]; when: string }> = {
  invalid_json: {
    from: parsing,
    when: "The body is not one JSON object in UTF-8, or nests too deep.",
  },
  body_incomplete: {
    from: parsing,
    when: "The connection was closed before the body had come whole.",
  },
  missing_required_parameter: {
    from: ["files", "batches", "conversations", "webhooks"],
    when: "A member that is required is missing.",
  },
  invalid_request: {
    from: [...parsing, "view", "list", "cancelAll", "usage", "stats", "events", "jobEvents", "revokeKey"],
    when: "A member, header or parameter is missing, has the wrong form, or asks for a stream.",
  },
  unknown_provider: { from: [...making, "models"], when: "There is no provider of this name." },
  unsupported_operation: { from: making, when: "The provider does not serve this type of request." },
  unsupported_parameter: {
    from: making,
    when: "The provider does not support a parameter that changes the result.",
  },
  no_keys: { from: making, when: "The gateway has no key for this provider and model." },
  virtual_key_not_found: { from: byKey, when: "There is no such virtual key." },
  virtual_key_required: { from: byKey, when: "A virtual key is required, and none was sent." },
  admin_token_required: {
    from: [...ofOwners, "metrics", "stats", "providers", ...managing],
    when: "Only the admin token opens this, because there are virtual keys or the request comes from another machine: it was not sent, or is wrong.",
  },
  budget_exceeded: {
    from: making,
    when: "The virtual key has used up its budget of this day or month (UTC).",
  },
  virtual_key_blocked: { from: byKey, when: "The virtual key is inactive or has expired." },
  provider_blocked: { from: making, when: "The virtual key may not use this provider." },
  model_blocked: { from: making, when: "The virtual key may not use this model." },
  origin_not_allowed: { from: everywhere, when: "A web page sent the request, and its origin is not allowed." },
  host_not_allowed: { from: everywhere, when: "The Host header is neither a loopback name nor an allowed one." },
  job_not_found: { from: atJob, when: "There is no such job, or it has expired." },
  operation_type_mismatch: { from: atEndpoint, when: "The job is of another type than this path." },
  job_key_required: { from: atJob, when: "The job belongs to a key, and none was sent." },
  job_key_not_found: { from: atJob, when: "The job belongs to a virtual key, and the one that was sent is unknown." },
  job_key_mismatch: { from: atJob, when: "The job belongs to another key." },
  request_not_kept: { from: ["request", "replay"], when: "The request of the job is not stored any more." },
  content_not_found: {
    from: ["content", "result", "request"],
    when: "The job has not completed, or has no binary content or no file at this place.",
  },
  file_not_found: { from: ["files", "batches"], when: "There is no such file of this caller, or it has expired." },
  batch_not_found: { from: ["batches"], when: "There is no such batch of this caller, or it has expired." },
  previous_response_not_found: {
    from: ["responses"],
    when: "The response that is to be continued is not there, is another caller's, or was made with `store: false`.",
  },
  response_not_found: { from: ["responses"], when: "There is no such response of this caller, or it has expired." },
  conversation_not_found: {
    from: ["conversations", "responses"],
    when: "There is no such conversation of this caller, or it has expired.",
  },
  conversation_item_not_found: { from: ["conversations"], when: "The conversation has no such item." },
  bulk_operation_not_found: { from: ["showBulk"], when: "There is no such operation of this caller." },
  key_not_found: { from: atKey, when: "There is no virtual key with this id." },
  webhook_not_found: {
    from: ["webhooks"],
    when: "There is no webhook endpoint with this id, or it is not the caller's.",
  },
  webhook_delivery_not_found: {
    from: ["webhooks"],
    when: "There is no such webhook delivery, or it is no longer kept.",
  },
  webhook_exists: { from: ["webhooks"], when: "Another webhook endpoint of this owner has the name." },
  webhook_delivery_in_flight: { from: ["webhooks"], when: "The webhook delivery is being sent at this moment." },
  model_not_found: { from: ["model"], when: "There is no such model that this caller can use." },
  route_not_found: { from: ["route"], when: "No route matches this path." },
  method_not_allowed: {
    from: ["route"],
    when: "The path does not take this method; `Allow` lists those that it takes.",
  },
  request_too_large: {
    from: parsing,
    when: "The body is larger than `client.max_request_body_size_mb`, or has more than 500,000 values.",
  },
  unsupported_media_type: {
    from: parsing,
    when: "The media type of the body is not supported here, or the body is compressed.",
  },
  idempotency_mismatch: { from: making, when: "The Idempotency-Key was used before, with another body." },
  rate_limited: {
    from: [...making, "startBulk", "webhooks"],
    when: "The virtual key has reached its limit of requests per minute, too many bulk operations are running, or a sample of the same event was sent to this webhook endpoint less than 30 s ago.",
  },
  queue_full: { from: making, when: "The provider's queue is full (`buffer_size`)." },
  internal_error: { from: everywhere, when: "The gateway failed: this is a bug." },
  store_unavailable: {
    from: ["submit", ...atJob, "list", "cancelAll", "startBulk", "queues", "usage", ...managing],
    when: "The store cannot be written or read at the moment.",
  },
  server_busy: { from: making, when: "Too many large bodies are being received at the same time." },
  shutting_down: { from: writing, when: "The gateway is shutting down and stores nothing any more." },
  store_full: { from: writing, when: "The disk is full or nearly full: nothing was changed." },
  provider_connection_failed: { from: ["job"], when: "The provider could not be reached." },
  unreadable_response: { from: ["job"], when: "The provider's response is not a valid result." },
  upstream_redirect: { from: ["job"], when: "The provider answered with a redirect, which is not followed." },
  upstream_credentials_exhausted: {
    from: ["job"],
    when: "The provider refused every key that the job may use.",
  },
  worker_crashed: {
    from: ["job"],
    when: "The gateway's thread crashed during the call: twice, or once where the call may not be repeated.",
  },
  interrupted: {
    from: ["job"],
    when: "The gateway stopped during the call, and no retry was left or the call may not be repeated (`x-asyncgate-on-interrupt`).",
  },
  request_lost: { from: ["job"], when: "The stored request or key could not be read: nothing was sent." },
  request_timed_out: { from: ["job"], when: "The provider did not answer in time." },
  job_cancelled: { from: ["job"], when: "The caller cancelled the job." },
  deadline_exceeded: {
    from: ["job"],
    when: "The job did not end within `Cancel-After`, or without it within `client.async_job_deadline`.",
  },
}

/** The codes as a Markdown table. */
export function writeCodeTable(): string {
  const rows = errorCodes.map((code) => {
    const { from, when } = meanings[code]
    const names = new Set(from.map((origin) => originNames[origin]))
    return `| \`${code}\` | ${findStatus(code)} | ${[...names].join(", ")} | ${when} |`
  })
  return ["| code | status | from | when |", "|---|---|---|---|", ...rows].join("\n")
}
