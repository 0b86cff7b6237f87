// Finds the webhook endpoint that a submit names. A job that is accepted without it would drop the notification in silence.
import { GatewayError, quoted } from "../../errors.ts"
import type { Reads } from "../../jobs/reads.ts"
import { isEnabled } from "../../webhooks/webhook.ts"

const HEADER = "x-bf-async-webhook"

/**
 * The number of the endpoint with this name: the owner's own, or else the operator's.
 * @throws {GatewayError} invalid_request where there is none, or where it is turned off
 */
export async function findWebhook(name: string, owner: string, reads: Pick<Reads, "webhookNamed">): Promise<number> {
  const endpoint = await reads.webhookNamed(name, owner)
  if (endpoint !== null && isEnabled(endpoint)) return endpoint.number
  const message =
    endpoint === null
      ? `unknown webhook endpoint with name ${quoted(name)}: create it first, or send no ${HEADER} and poll the job`
      : `the webhook endpoint ${quoted(name)} is disabled${endpoint.disabledReason === null ? "" : ` (${endpoint.disabledReason})`}: enable it first, or send no ${HEADER} and poll the job`
  throw new GatewayError("invalid_request", message, { param: HEADER })
}
