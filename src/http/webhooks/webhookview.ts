// Webhook endpoints as JSON: as Bifrost's API writes them, with what only this gateway knows, and as OpenAI's. Never a secret or a header's value.

import type { Secrets } from "../../auth/sealing.ts"
import type { Keyring } from "../../auth/virtualkeys.ts"
import { writeFields } from "../../webhooks/endpointfields.ts"
import { hintSecret } from "../../webhooks/signing.ts"
import { isEnabled, type WebhookEndpoint, type WebhookSecrets } from "../../webhooks/webhook.ts"
import { openWebhook } from "../../webhooks/webhooksecrets.ts"
import { toSeconds } from "../files/fileobject.ts"
import { describeOwner } from "../intake/caller.ts"

/** Stands for the value of a header. Sent back in a change, it is the value that is stored. */
const HIDDEN = { value: "<REDACTED>", type: "plain_text" }

/** @param pending how many of its deliveries have not ended */
export function writeManagedWebhook(endpoint: WebhookEndpoint, pending: number, secrets: Secrets, keyring: Keyring) {
  const opened = tryToOpen(endpoint, secrets)
  const headers = Object.keys(opened?.headers ?? {}).map((name) => [name, HIDDEN] as const)
  const { id, owner, source, consecutiveFailures, disabledReason } = endpoint
  return {
    id,
    ...writeFields(endpoint),
    headers: Object.fromEntries(headers),
    disabled: !isEnabled(endpoint),
    disabled_reason: disabledReason,
    disabled_at: writeTime(endpoint.disabledAt),
    consecutive_failures: consecutiveFailures,
    failing_since: writeTime(endpoint.failingSince),
    last_success_at: writeTime(endpoint.lastSuccessAt),
    last_failure_at: writeTime(endpoint.lastFailureAt),
    pending_deliveries: pending,
    secret_hint: opened === null ? null : hintSecret(opened.secret),
    previous_secret_until: writeTime(endpoint.previousUntil),
    owner: describeOwner(owner, keyring),
    source: source === "config" ? "config.json" : "api",
    is_read_only: source === "config",
    created_at: writeTime(endpoint.createdAt),
    updated_at: writeTime(endpoint.updatedAt),
  }
}

/** https://platform.openai.com/docs/api-reference/webhooks */
export function writeCallerWebhook(endpoint: WebhookEndpoint, secrets: Secrets) {
  const { id, name, url, events, createdAt, updatedAt } = endpoint
  const opened = tryToOpen(endpoint, secrets)
  return {
    id,
    object: "webhook_endpoint",
    name,
    url,
    event_types: events,
    created_at: toSeconds(createdAt),
    updated_at: toSeconds(updatedAt),
    signing_secret_hint: opened === null ? null : hintSecret(opened.secret),
  }
}

/** Null where the encryption key has been given up since: the engine turns such an endpoint off. */
export function tryToOpen(endpoint: WebhookEndpoint, secrets: Secrets): WebhookSecrets | null {
  try {
    return openWebhook(secrets, endpoint)
  } catch {
    return null
  }
}

export function writeTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
