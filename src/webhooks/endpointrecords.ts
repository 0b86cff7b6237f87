// Makes webhook endpoints as they are stored: from what an operator or a caller has decided, with an id, a secret and no past.
import type { Secrets } from "../auth/sealing.ts"
import type { Clock } from "../clock.ts"
import { makeSecret } from "./signing.ts"
import type {
  ConfiguredWebhook,
  WebhookEndpoint,
  WebhookHealth,
  WebhookSecrets,
  WebhookSettings,
  WebhookSource,
} from "./webhook.ts"
import { openWebhook, sealWebhook } from "./webhooksecrets.ts"

/** An endpoint that may not have its number yet. */
export type EndpointRecord = Omit<WebhookEndpoint, "number">

/** What is known of an endpoint that has been sent nothing yet. */
const healthy: WebhookHealth = {
  consecutiveFailures: 0,
  failingSince: null,
  lastSuccessAt: null,
  lastFailureAt: null,
  disabledReason: null,
  disabledAt: null,
}

const SECRET_LOST =
  "its secret and its headers cannot be read, because the encryption key is another one: rotate the secret, give it its headers, then enable it"

export function createEndpointRecords(options: {
  clock: Pick<Clock, "now">
  secrets: Secrets
  randomBytes: (bytes: number) => Uint8Array
}) {
  const { clock, secrets, randomBytes } = options
  const newSecret = () => makeSecret(randomBytes)

  function change(before: WebhookEndpoint, changes: Partial<WebhookSettings>): EndpointRecord {
    const { number: _, ...kept } = before
    const { headers, ...settings } = changes
    const health = changes.disabled === false && before.disabledReason !== null ? healthy : {}
    const changed = { ...kept, ...settings, ...health, updatedAt: clock.now() }
    return headers === undefined ? changed : { ...changed, sealed: reseal(before, { headers }) }
  }

  function reseal(endpoint: WebhookEndpoint, over: Partial<WebhookSecrets>): Uint8Array {
    return sealWebhook(secrets, endpoint.id, { ...openWebhook(secrets, endpoint), ...over })
  }

  return {
    newSecret,

    make(
      { headers, ...settings }: WebhookSettings,
      owner: string,
      source: WebhookSource,
      secret: string,
    ): EndpointRecord {
      const id = `we_${Buffer.from(randomBytes(16)).toString("hex")}`
      const now = clock.now()
      const sealed = sealWebhook(secrets, id, { secret, previous: null, headers })
      return { ...settings, ...healthy, id, owner, source, sealed, previousUntil: null, createdAt: now, updatedAt: now }
    },

    /** `disabled: false` enables one that the gateway has turned off. */
    change,

    /** @param previousUntil until when the old secret signs too; null: it does not */
    rotate(before: WebhookEndpoint, secret: string, previousUntil: number | null): EndpointRecord {
      const { secret: old } = openWebhook(secrets, before)
      const sealed = reseal(before, { secret, previous: previousUntil === null ? null : old })
      return { ...change(before, {}), sealed, previousUntil }
    },

    /** One that has changed in config.json is enabled again where the gateway had turned it off. */
    configure(before: WebhookEndpoint, { settings, secret }: ConfiguredWebhook): EndpointRecord {
      const { headers, ...plain } = settings
      const sealed = reseal(before, { headers, ...(secret === null ? {} : { secret }) })
      return { ...change(before, plain), ...healthy, sealed, source: "config" }
    },

    isConfigured(before: WebhookEndpoint, { settings, secret }: ConfiguredWebhook): boolean {
      const { headers, ...plain } = settings
      const opened = openWebhook(secrets, before)
      const stored = Object.fromEntries(Object.keys(plain).map((name) => [name, before[name as keyof typeof plain]]))
      const isSecretSame = secret === null || secret === opened.secret
      return before.source === "config" && isSecretSame && Bun.deepEquals([plain, headers], [stored, opened.headers])
    },

    /**
     * The same endpoint with a new secret that nobody knows yet, and turned off, where its secret cannot be read because the encryption
     * key was given up; null: it can be read.
     */
    repair(before: WebhookEndpoint): (EndpointRecord & { disabledReason: string }) | null {
      try {
        openWebhook(secrets, before)
        return null
      } catch {
        const sealed = sealWebhook(secrets, before.id, { secret: newSecret(), previous: null, headers: {} })
        return {
          ...change(before, {}),
          sealed,
          previousUntil: null,
          disabledReason: SECRET_LOST,
          disabledAt: clock.now(),
        }
      }
    },
  }
}
