// The operations of the API document on the webhook endpoints of callers, as OpenAI's clients manage them. See operations.ts.
import { webhookEvents } from "../../webhooks/webhook.ts"
import { describeBody, exampleId, exampleSecret, makeDescriber, ofOneWebhook, query } from "./webhookoperations.ts"

const exampleCallerRequest = {
  name: "my answers",
  url: "https://example.com/webhook",
  event_types: ["response.completed", "response.failed"],
}
const exampleCallerWebhook = {
  id: exampleId,
  object: "webhook_endpoint",
  ...exampleCallerRequest,
  created_at: 1_796_169_600,
  updated_at: 1_796_169_600,
  signing_secret_hint: "whsec_…KYo=",
}

const own = makeDescriber("webhook endpoints", "CallError")

export const callerWebhookOperations = {
  webhookEvents: () =>
    own("listWebhookEventTypes", "List the events of webhook endpoints", [
      200,
      "WebhookEventTypes",
      "The events that happen here.",
      { object: "list", data: [...webhookEvents.event] },
    ]),

  ownWebhooks: () =>
    own(
      "listWebhookEndpoints",
      "List your webhook endpoints",
      [
        200,
        "WebhookEndpointList",
        "The endpoints, the newest first.",
        {
          object: "list",
          data: [exampleCallerWebhook],
          first_id: exampleId,
          last_id: exampleId,
          has_more: false,
        },
      ],
      {
        description: "Those of the key that is sent; with the admin's token those of all callers.",
        parameters: [
          query("after", "The `id` of the last of the page before."),
          query("limit", "How many at most.", { type: "integer", minimum: 1, maximum: 100 }),
        ],
      },
    ),

  makeOwnWebhook: () =>
    own(
      "createWebhookEndpoint",
      "Make a webhook endpoint of your own",
      [
        200,
        "WebhookEndpointWithSecret",
        "It is told of ends from now on.",
        { ...exampleCallerWebhook, signing_secret: exampleSecret },
      ],
      {
        description:
          "It is told of the ends of the jobs of the key that is sent, in the form of OpenAI; of the admin's or of the only user's, those of all.",
        ...describeBody("WebhookEndpointRequest", exampleCallerRequest),
      },
    ),

  ownWebhook: () =>
    own(
      "viewWebhookEndpoint",
      "View a webhook endpoint of your own",
      [200, "WebhookEndpoint", "The endpoint.", exampleCallerWebhook],
      ofOneWebhook,
    ),

  changeOwnWebhook: () =>
    own(
      "updateWebhookEndpoint",
      "Change a webhook endpoint of your own",
      [200, "WebhookEndpoint", "The endpoint as it is from now on.", exampleCallerWebhook],
      {
        description: "The members that are sent.",
        ...ofOneWebhook,
        ...describeBody("WebhookEndpointChange", { name: "new name" }, false),
      },
    ),

  removeOwnWebhook: () =>
    own(
      "deleteWebhookEndpoint",
      "Delete a webhook endpoint of your own",
      [
        200,
        "DeletedWebhookEndpoint",
        "It is gone, and its deliveries with it.",
        { id: exampleId, object: "webhook_endpoint.deleted", deleted: true },
      ],
      ofOneWebhook,
    ),

  rotateOwnWebhook: () =>
    own(
      "rotateWebhookEndpointSecret",
      "Replace the secret of a webhook endpoint of your own",
      [
        200,
        "WebhookEndpointWithSecret",
        "The new secret signs from now on.",
        { ...exampleCallerWebhook, signing_secret: exampleSecret },
      ],
      {
        ...ofOneWebhook,
        ...describeBody("WebhookEndpointRotation", { keep_old_secret_active_for_24_hours: true }, false),
      },
    ),

  testOwnWebhook: () =>
    own(
      "testWebhookEndpoint",
      "Send a sample to a webhook endpoint of your own",
      [
        200,
        "WebhookEndpointTest",
        "The receiver took it. One that was not taken is refused with 400.",
        {
          object: "webhook_endpoint.test",
          webhook_endpoint_id: exampleId,
          event_type: "response.completed",
          status_code: 204,
          success: true,
        },
      ],
      { ...ofOneWebhook, ...describeBody("WebhookEndpointTestRequest", { event_type: "response.completed" }) },
    ),
}
