// Adds a webhook endpoint to the directory of a gateway that is not running, as the gateway stores one.
import { createSecrets, encryptionKey } from "../src/auth/sealing.ts"
import { randomBytes } from "../src/clock.ts"
import { openWriter } from "../src/jobs/sqlite/database.ts"
import { claimDirectory } from "../src/jobs/sqlite/directory.ts"
import { createStore } from "../src/jobs/sqlite/sqlitestore.ts"
import { createEndpointRecords } from "../src/webhooks/endpointrecords.ts"
import { type WebhookSettings, webhookDefaults, webhookEvents } from "../src/webhooks/webhook.ts"

/** It is told of the end of every job. Returns its secret. */
export function addEndpoint(
  directory: string,
  settings: Pick<WebhookSettings, "name" | "url"> & Partial<WebhookSettings>,
) {
  const claimed = claimDirectory(directory)
  const secrets = createSecrets(encryptionKey(directory, undefined))
  const records = createEndpointRecords({ clock: { now: () => Date.now() }, secrets, randomBytes })
  const secret = records.newSecret()
  const whole = { ...webhookDefaults, events: webhookEvents.bifrost, allJobs: true, ...settings }
  const store = createStore(openWriter(claimed.databasePath))
  store.turn(Date.now(), [{ kind: "saveWebhook", number: null, endpoint: records.make(whole, "", "api", secret) }])
  store.close()
  claimed.release()
  return secret
}
