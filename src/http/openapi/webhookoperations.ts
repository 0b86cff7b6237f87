// The operations of the API document on webhooks: those of Bifrost's API. Those of OpenAI's are in callerwebhookoperations.ts. See operations.ts.
import type { DocumentDecoration } from "elysia"
import { tryOutcomes } from "../../webhooks/webhook.ts"
import { listHeaderRefs, listParameterRefs } from "./components.ts"
import { ref } from "./schemaparts.ts"

type Responses = NonNullable<DocumentDecoration["responses"]>

/** @param error the schema of the error object */
const refusals = (error: string): Responses =>
  Object.fromEntries(
    ["4XX", "5XX"].map((status) => [
      status,
      {
        description: `The request was refused, with an HTTP status ${status}.`,
        headers: listHeaderRefs("x-request-id"),
        content: { "application/json": { schema: ref(error) } },
      },
    ]),
  )

export const webhookId = {
  name: "webhook_id",
  in: "path",
  required: true,
  description: "The `id` of a webhook endpoint.",
  schema: { type: "string" },
} as const
export const query = (name: string, description: string, schema: object = { type: "string" }) =>
  ({ name, in: "query", description, schema }) as const
const requestId = listParameterRefs("x-request-id")
const count = { type: "integer", minimum: 0 }
const window = [query("limit", "How many at most.", count), query("offset", "How many are left out before.", count)]

export const exampleSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
export const exampleId = "we_5e0c7d2b6f18a41c5e0c7d2b6f18a41c"
const exampleWebhookId = "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_3"
const exampleRequest = {
  name: "order-events",
  url: "https://example.com/webhook",
  events: ["async_job.completed", "async_job.failed"],
}
const exampleWebhook = {
  id: exampleId,
  ...exampleRequest,
  form: "bifrost",
  all_jobs: false,
  include_response: false,
  allow_private_network: false,
  disabled: false,
  max_retries: 4,
  retry_backoff_initial_seconds: 30,
  retry_backoff_max_seconds: 1800,
  attempt_timeout_seconds: 10,
  max_response_payload_kbs: 256,
  max_concurrent_deliveries: 10,
  schedule: "exponential",
  headers: { authorization: { value: "<REDACTED>", type: "plain_text" } },
  disabled_reason: null,
  disabled_at: null,
  consecutive_failures: 0,
  failing_since: null,
  last_success_at: "2026-12-01T12:00:00.000Z",
  last_failure_at: null,
  pending_deliveries: 0,
  secret_hint: "whsec_…KYo=",
  previous_secret_until: null,
  owner: null,
  source: "api",
  is_read_only: false,
  created_at: "2026-11-01T12:00:00.000Z",
  updated_at: "2026-11-01T12:00:00.000Z",
}
const jobId = "019b2c1a-7c3e-7d60-9e58-2f60f5d7c1aa"
const ofJob = { webhook_id: exampleWebhookId, endpoint_id: exampleId, async_job_id: jobId, request_id: "req_1" }
const exampleDeliveries = {
  deliveries: [
    {
      id: `${exampleWebhookId}-1`,
      ...ofJob,
      event: "async_job.completed",
      attempt_no: 1,
      outcome: "delivered",
      status_code: 204,
      duration_ms: 31,
      created_at: "2026-12-01T12:00:00.000Z",
    },
  ],
  groups: [
    {
      ...ofJob,
      endpoint_name: "order-events",
      request_type: "chat_completion",
      event: "async_job.completed",
      state: "delivered",
      attempts: 1,
      next_attempt_at: null,
      created_at: "2026-12-01T12:00:00.000Z",
      ended_at: "2026-12-01T12:00:00.031Z",
    },
  ],
  pagination: { limit: 25, offset: 0, total_count: 1 },
}
export function describeBody(schema: string, example: object, required = true) {
  return { requestBody: { required, content: { "application/json": { schema: ref(schema), example } } } }
}

/** Operations of one wire. @param error the schema of its error object */
export function makeDescriber(tag: string, error: string) {
  return (
    operationId: string,
    summary: string,
    [status, schema, description, example]: [status: number, schema: string, description: string, example: object],
    more: Partial<DocumentDecoration> = {},
  ): DocumentDecoration => ({
    tags: [tag],
    operationId,
    summary,
    ...more,
    parameters: [...(more.parameters ?? []), ...requestId],
    responses: {
      [status]: {
        description,
        headers: listHeaderRefs("x-request-id"),
        content: { "application/json": { schema: ref(schema), example } },
      },
      ...refusals(error),
    },
  })
}

const managed = makeDescriber("webhooks", "Error")
export const ofOneWebhook = { parameters: [webhookId] }

export const webhookOperations = {
  webhooks: () =>
    managed(
      "listWebhooks",
      "List webhook endpoints",
      [
        200,
        "WebhookList",
        "The endpoints, the oldest first, without their secrets.",
        { endpoints: [exampleWebhook], count: 1, total_count: 1, limit: 1000, offset: 0 },
      ],
      {
        description: "Those of every caller, of config.json and of both APIs.",
        parameters: [
          query("search", "Part of a name or an address, in any case."),
          query("event", "Events with commas between them: endpoints that get any of them."),
          query("disabled", "Only those that are disabled, or only those that are not.", { type: "boolean" }),
          ...window,
        ],
      },
    ),

  makeWebhook: () =>
    managed(
      "makeWebhook",
      "Make a webhook endpoint",
      [201, "WebhookSecret", "It is told of ends from now on.", { endpoint: exampleWebhook, secret: exampleSecret }],
      {
        description:
          "It is told of the ends of jobs that name it in `x-bf-async-webhook`; with `all_jobs` of all. Deliveries are signed as Standard Webhooks.",
        ...describeBody("WebhookRequest", exampleRequest),
      },
    ),

  webhook: () =>
    managed("viewWebhook", "View a webhook endpoint", [200, "Webhook", "The endpoint.", exampleWebhook], ofOneWebhook),

  changeWebhook: () =>
    managed(
      "changeWebhook",
      "Change a webhook endpoint",
      [200, "Webhook", "The endpoint as it is from now on.", exampleWebhook],
      {
        description:
          "All of it is sent: what is missing gets its default, but for `form`, `all_jobs` and `schedule`, which stay. The secret stays. An endpoint of config.json is changed there.",
        ...ofOneWebhook,
        ...describeBody("WebhookChange", exampleRequest),
      },
    ),

  removeWebhook: () =>
    managed(
      "deleteWebhook",
      "Delete a webhook endpoint",
      [200, "WebhookRemoval", "It is gone, and its deliveries with it.", { status: "success" }],
      ofOneWebhook,
    ),

  rotateWebhook: () =>
    managed(
      "rotateWebhookSecret",
      "Replace the secret of a webhook endpoint",
      [200, "WebhookSecret", "The new secret signs from now on.", { endpoint: exampleWebhook, secret: exampleSecret }],
      {
        description: "The old secret stops to sign at once, or after `keep_previous_hours`.",
        ...ofOneWebhook,
        ...describeBody("WebhookRotation", { keep_previous_hours: 24 }, false),
      },
    ),

  testWebhook: () =>
    managed(
      "testWebhook",
      "Send a sample to a webhook endpoint",
      [
        200,
        "WebhookTest",
        "What came of it.",
        {
          delivered: true,
          receiver_status_code: 204,
          webhook_id: "msg_test019b2c1a7c3e4d609e582f60f5d7c1aa_3",
          job_id: "test-019b2c1a-7c3e-4d60-9e58-2f60f5d7c1aa",
          duration_ms: 31,
        },
      ],
      {
        description:
          "By the way of all deliveries. It is not recorded. One of each event in 30 s, unless the endpoint is changed in between: else 429 with `Retry-After`.",
        ...ofOneWebhook,
        ...describeBody("WebhookTestRequest", { event: "async_job.completed" }, false),
      },
    ),

  deliveriesOfWebhook: () =>
    describeDeliveries("listWebhookDeliveries", "List the deliveries of an endpoint", [webhookId]),

  deliveries: () =>
    describeDeliveries("searchWebhookDeliveries", "Search deliveries", [
      query("endpoint_ids", "The `id`s of endpoints, with commas between them."),
    ]),

  redeliver: () =>
    managed(
      "redeliverWebhook",
      "Send a delivery again",
      [
        202,
        "WebhookRedelivery",
        "It is due now, under the same `webhook-id`.",
        { status: "queued", webhook_id: exampleWebhookId },
      ],
      {
        parameters: [
          {
            name: "delivery_id",
            in: "path",
            required: true,
            description: "The `id` of a try, or a `webhook_id`.",
            schema: { type: "string" },
          },
        ],
      },
    ),
}

function describeDeliveries(operationId: string, summary: string, parameters: object[]): DocumentDecoration {
  const filters = [
    query("events", "Events, with commas between them."),
    query("outcomes", `${tryOutcomes.join(", ")}, with commas between them.`),
    query("status_class", "2xx, 3xx, 4xx, 5xx or none, with commas between them."),
    query("request_id", "The id of the request that made the job, or that of a batch."),
    query("job_id", "The id of the job. A batch is found by its id as `request_id`."),
    query("delivery_id", "A `webhook_id`."),
    query("start_time", "Tries from this time on.", { type: "string", format: "date-time" }),
    query("end_time", "Tries until this time.", { type: "string", format: "date-time" }),
    query("period", "Tries of the last minutes, hours or days, as `24h`, in the place of both times."),
  ]
  return managed(
    operationId,
    summary,
    [200, "WebhookDeliveryList", "One page of deliveries, the newest first.", exampleDeliveries],
    {
      description:
        "A page has whole deliveries: one of which any try matches is there with all of its tries. Of each endpoint the newest 10,000 are looked at.",
      parameters: [...(parameters as NonNullable<DocumentDecoration["parameters"]>), ...filters, ...window],
    },
  )
}
