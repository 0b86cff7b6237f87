// Webhook endpoints and deliveries as JSON Schema, as Bifrost writes them and as OpenAI does. For the API document only: nothing is
// validated with them.
import Type, { type TSchema } from "typebox"
import {
  fieldHelp,
  HEADER_CHARS_MAX,
  HEADER_NAME,
  HEADER_VALUE,
  HEADERS_MAX,
  NAME,
  NAME_CHARS_MAX,
  numbers,
} from "../../webhooks/endpointfields.ts"
import { URL_CHARS_MAX } from "../../webhooks/receivers.ts"
import {
  deliveryStates,
  tryOutcomes,
  type WebhookForm,
  webhookEvents,
  webhookForms,
  webhookSchedules,
} from "../../webhooks/webhook.ts"
import { nullable, ref, time } from "./schemaparts.ts"

const allEvents = Object.values(webhookEvents).flat()
const event = Type.Enum(allEvents, { type: "string" })
const callerEvent = Type.Enum([...webhookEvents.event], { type: "string" })
const describeList = (item: TSchema, description: string) =>
  Type.Array(item, { minItems: 1, uniqueItems: true, description })
const whenever = (description: string) => nullable(Type.String({ format: "date-time" }), description)
const seconds = (description: string) => Type.Integer({ description: `${description} Unix seconds.` })
const about = (name: string) => ({ description: `${fieldHelp[name]}.` })

const switches = ["include_response", "allow_private_network", "disabled", "all_jobs"]

const always = {
  name: Type.String({
    minLength: 1,
    maxLength: NAME_CHARS_MAX,
    pattern: NAME.source,
    description: "Unique among the endpoints of its owner. `x-bf-async-webhook` names it.",
  }),
  url: Type.String({
    maxLength: URL_CHARS_MAX,
    pattern: "^\\s*[Hh][Tt][Tt][Pp][Ss]?:",
    description: "With https; with http only on this machine, or where `allow_private_network` is true.",
  }),
  events: describeList(event, "Those of its form."),
}
/** What else is decided of an endpoint. */
const optional: Record<string, TSchema> = {
  form: Type.Enum([...webhookForms], {
    type: "string",
    description: "How its deliveries are written: as Bifrost's, or as the event objects of OpenAI.",
  }),
  ...Object.fromEntries(switches.map((name) => [name, Type.Boolean(about(name))])),
  schedule: Type.Enum([...webhookSchedules], {
    type: "string",
    description:
      "When it is tried again: by the numbers below, or by the example of Standard Webhooks, over three days.",
  }),
  ...Object.fromEntries(
    Object.entries(numbers).map(([name, { max }]) => [
      name,
      Type.Integer({ minimum: 0, maximum: max, ...about(name) }),
    ]),
  ),
}

const webhook = Type.Object({
  id: Type.String(),
  ...always,
  ...optional,
  headers: Type.Record(
    Type.String(),
    Type.Object({ value: Type.Literal("<REDACTED>"), type: Type.Literal("plain_text") }),
    {
      description: "Sent with every delivery. A value that is sent back hidden stays as it is.",
    },
  ),
  disabled_reason: nullable(Type.String(), "Why the gateway has turned it off by itself."),
  disabled_at: whenever("When it has."),
  consecutive_failures: Type.Integer({ description: "Tries that have failed since the last that succeeded." }),
  failing_since: whenever("Since when nothing has succeeded."),
  last_success_at: whenever("Null: nothing was delivered yet."),
  last_failure_at: whenever("Null: nothing has failed yet."),
  pending_deliveries: Type.Integer({ description: "How many of its deliveries have not ended." }),
  secret_hint: nullable(Type.String(), "The end of its secret."),
  previous_secret_until: whenever("Until when the secret before the last rotation signs too."),
  owner: nullable(Type.Object({}), "Whose jobs it is told of; null: everybody's."),
  source: Type.Enum(["config.json", "api"], { type: "string" }),
  is_read_only: Type.Boolean({ description: "Whether it is changed in config.json alone." }),
  created_at: time("When it was made."),
  updated_at: time("When it was last changed."),
})

/** What a delivery tells of. */
const told = {
  async_job_id: nullable(Type.String(), "The job whose end it tells; null: a batch."),
  request_id: Type.String({ description: "The id of the request that made the job; of a batch its own id." }),
}

/** What is unknown is refused. */
const closed = { additionalProperties: false }
const header = Type.String({ maxLength: HEADER_CHARS_MAX, pattern: HEADER_VALUE.source })
/** What a client that sends back what it has read sends with it. */
const echoed = Object.entries<TSchema>({ ...webhook.properties, config_hash: Type.String() })
  .filter(([member]) => !(member in always || member in optional || member === "headers"))
  .map(([member, schema]) => [member, Type.Optional(Type.Unsafe({ ...schema, readOnly: true }))])

/** @param usual the form of one whose request names none; null: that is not known, because the endpoint is there */
function describeRequest(usual: WebhookForm | null) {
  const members = {
    ...always,
    headers: Type.Optional(
      nullable(
        Type.Record(Type.String(), Type.Union([header, Type.Object({ value: header })]), {
          maxProperties: HEADERS_MAX,
          propertyNames: { pattern: HEADER_NAME.source },
        }),
        "Sent with every delivery, but for those that the gateway sends itself.",
      ),
    ),
    ...Object.fromEntries(
      Object.entries<{ description?: string }>(optional).map(([member, { description = "", ...schema }]) => [
        member,
        Type.Optional(nullable(schema, description)),
      ]),
    ),
    ...Object.fromEntries(echoed),
  }
  return Type.Object(members, {
    ...closed,
    // None has events of another form.
    not: {
      anyOf: webhookForms.map((form) => ({
        properties: {
          form: { enum: form === usual ? [form, null] : [form] },
          events: { contains: { enum: webhookForms.flatMap((other) => (other === form ? [] : webhookEvents[other])) } },
        },
        required: form === usual ? [] : ["form"],
      })),
    },
  })
}

const callerWebhook = {
  id: Type.String(),
  object: Type.Literal("webhook_endpoint"),
  name: Type.String(),
  url: Type.String(),
  event_types: Type.Array(callerEvent),
  created_at: seconds("When it was made."),
  updated_at: seconds("When it or its secret was last changed."),
  signing_secret_hint: nullable(Type.String(), "The end of its secret."),
}
const callerRequest = {
  name: always.name,
  url: { ...always.url, description: "With https; on this machine also with http." },
  event_types: describeList(callerEvent, "What it is told of."),
}

export const webhookSchemas = {
  Webhook: webhook,
  WebhookRequest: describeRequest("bifrost"),
  WebhookChange: describeRequest(null),
  WebhookList: Type.Object({
    endpoints: Type.Array(Type.Unsafe(ref("Webhook"))),
    count: Type.Integer(),
    total_count: Type.Integer(),
    limit: Type.Integer(),
    offset: Type.Integer(),
  }),
  WebhookSecret: Type.Object({
    endpoint: Type.Unsafe(ref("Webhook")),
    secret: Type.String({ description: "`whsec_…`: in this response and nowhere else." }),
  }),
  WebhookRotation: Type.Object(
    {
      keep_previous_hours: Type.Optional(
        Type.Number({
          minimum: 0,
          maximum: 168,
          description: "For how long the old secret signs too; 0: it does not.",
        }),
      ),
    },
    closed,
  ),
  WebhookTestRequest: Type.Object({ event: Type.Optional(event) }, closed),
  WebhookTest: Type.Object({
    delivered: Type.Boolean(),
    receiver_status_code: Type.Optional(Type.Integer({ description: "Absent: no answer came." })),
    error: Type.Optional(Type.String()),
    webhook_id: Type.String(),
    job_id: Type.String({ description: "`test-` and a UUID: there is no such job." }),
    duration_ms: Type.Integer(),
  }),
  WebhookRemoval: Type.Object({ status: Type.Literal("success") }),
  WebhookDeliveryList: Type.Object({
    deliveries: Type.Array(
      Type.Object({
        id: Type.String({ description: "What `redeliver` takes." }),
        webhook_id: Type.String({ description: "The header `webhook-id`, the same in all tries." }),
        endpoint_id: Type.String(),
        ...told,
        event,
        attempt_no: Type.Integer({ description: "Counted from 1." }),
        outcome: Type.Enum([...tryOutcomes], { type: "string" }),
        status_code: Type.Optional(Type.Integer({ description: "Absent: no answer came." })),
        error: Type.Optional(Type.String({ description: "What went wrong, with the beginning of the answer." })),
        duration_ms: Type.Integer(),
        created_at: time("When it was sent."),
      }),
      { description: "The tries of the deliveries of this page, the newest first." },
    ),
    groups: Type.Array(
      Type.Object({
        webhook_id: Type.String(),
        endpoint_id: Type.String(),
        endpoint_name: Type.String(),
        ...told,
        request_type: Type.String({ description: "`batch` of a batch." }),
        event,
        state: Type.Enum([...deliveryStates], { type: "string" }),
        attempts: Type.Integer({ description: "How many tries there were." }),
        next_attempt_at: whenever("When it is due; null: it has ended."),
        created_at: time("When the job or the batch ended."),
        ended_at: whenever("Null: it is pending."),
      }),
      { description: "The deliveries themselves, also those that were not tried yet." },
    ),
    pagination: Type.Object({
      limit: Type.Integer(),
      offset: Type.Integer(),
      total_count: Type.Integer({ description: "How many deliveries match." }),
    }),
  }),
  WebhookRedelivery: Type.Object({ status: Type.Literal("queued"), webhook_id: Type.String() }),
  WebhookEventTypes: Type.Object({ object: Type.Literal("list"), data: Type.Array(Type.String()) }),
  WebhookEndpoint: Type.Object(callerWebhook),
  WebhookEndpointWithSecret: Type.Object({
    ...callerWebhook,
    signing_secret: Type.String({ description: "`whsec_…`: in this response and nowhere else." }),
  }),
  WebhookEndpointRequest: Type.Object(callerRequest, closed),
  WebhookEndpointChange: Type.Partial(Type.Object(callerRequest), closed),
  WebhookEndpointList: Type.Object({
    object: Type.Literal("list"),
    data: Type.Array(Type.Unsafe(ref("WebhookEndpoint"))),
    first_id: nullable(Type.String(), "The `id` of the first; null: there is none."),
    last_id: nullable(Type.String(), "The `id` of the last, which `after` takes for the next page."),
    has_more: Type.Boolean(),
  }),
  WebhookEndpointRotation: Type.Object(
    { keep_old_secret_active_for_24_hours: Type.Optional(nullable(Type.Boolean(), "False by default.")) },
    closed,
  ),
  WebhookEndpointTestRequest: Type.Object({ event_type: callerEvent }, closed),
  WebhookEndpointTest: Type.Object({
    object: Type.Literal("webhook_endpoint.test"),
    webhook_endpoint_id: Type.String(),
    event_type: Type.String(),
    status_code: Type.Integer(),
    success: Type.Literal(true),
  }),
  DeletedWebhookEndpoint: Type.Object({
    id: Type.String(),
    object: Type.Literal("webhook_endpoint.deleted"),
    deleted: Type.Literal(true),
  }),
}
