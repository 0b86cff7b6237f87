// The secrets of webhook endpoints: one JSON text for each endpoint, encrypted as callers' own keys are, and bound to the endpoint's id.
import type { Secrets } from "../auth/sealing.ts"
import type { WebhookEndpoint, WebhookSecrets } from "./webhook.ts"

export function sealWebhook(secrets: Secrets, id: string, kept: WebhookSecrets): Uint8Array {
  return secrets.seal(JSON.stringify(kept), nameSealed(id))
}

/** @throws {SecretLost} */
export function openWebhook(secrets: Secrets, { id, sealed }: Pick<WebhookEndpoint, "id" | "sealed">): WebhookSecrets {
  return JSON.parse(secrets.unseal(sealed, nameSealed(id))) as WebhookSecrets
}

/** What the sealed bytes of an endpoint are bound to: no job has such an id. */
export function nameSealed(id: string): string {
  return `webhook ${id}`
}

/** The secrets that sign now. */
export function listSigning({ secret, previous }: WebhookSecrets, previousUntil: number | null, now: number): string[] {
  return previous !== null && previousUntil !== null && now < previousUntil ? [secret, previous] : [secret]
}
