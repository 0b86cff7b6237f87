// Keeps the webhook endpoints of config.json in force: they are stored at the start and when the file has changed, and again and again
// where that fails. The engine itself says what it has changed.
import type { Log } from "../log.ts"
import { describeCause } from "../values.ts"
import type { ConfiguredWebhook } from "../webhooks/webhook.ts"

type Webhooks = readonly ConfiguredWebhook[]

export type WebhookFile = ReturnType<typeof createWebhookFile>

/** @param order has the engine store them */
export function createWebhookFile(webhooks: Webhooks, order: (endpoints: Webhooks) => Promise<unknown>, log: Log) {
  let said = webhooks
  let inForce: Webhooks | null = null
  let isStoring = false
  /** Why they are not in force. */
  let fault: string | null = null

  return {
    /** What config.json says at the moment. */
    get webhooks(): Webhooks {
      return said
    },

    change(webhooks: Webhooks): void {
      if (!Bun.deepEquals(webhooks, said)) said = webhooks
    },

    /** Stores them unless they are, or are about to be: to be called again and again. Never throws. */
    async store(): Promise<void> {
      if (isStoring || inForce === said) return
      isStoring = true
      const wanted = said
      try {
        await order(wanted)
        inForce = wanted
        fault = null
      } catch (error) {
        const reason = describeCause(error)
        if (reason !== fault) {
          log.error("the webhook endpoints of config.json cannot be stored: this is tried again every second", {
            reason,
          })
        }
        fault = reason
      } finally {
        isStoring = false
      }
    },
  }
}
