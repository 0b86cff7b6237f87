// Connects what the engine does with webhooks: reads the endpoints at the start, sends what is due, and carries out orders.
import type { Secrets } from "../auth/sealing.ts"
import type { Clock } from "../clock.ts"
import type { Store } from "../jobs/store.ts"
import type { Log } from "../log.ts"
import type { WebhookOptions } from "../webhooks/webhook.ts"
import type { Committer } from "./committer.ts"
import { createDeliveries } from "./deliveries.ts"
import { type Disk, isStoreTrouble } from "./disk.ts"
import type { Replies } from "./replies.ts"
import type { Sender } from "./threads/sender.ts"
import { createWebhookOrders } from "./webhookorders.ts"

export function createWebhooks(options: {
  store: Store
  committer: Committer
  disk: Disk
  replies: Replies
  clock: Clock
  random: () => number
  randomBytes: (bytes: number) => Uint8Array
  log: Log
  webhooks: WebhookOptions
  secrets: Secrets
  sender: () => Sender
  isDraining: () => boolean
  idle: () => void
}) {
  const { store, committer, disk } = options
  const { endpoints, ...settings } = options.webhooks
  const deliveries = createDeliveries({ ...options, ...settings })
  const { order, restore } = createWebhookOrders({ ...options, deliveries })

  return {
    deliveries,
    order,

    /** Takes over the endpoints that are stored, then those of config.json, and sends what the last process has left. */
    start(): void {
      committer.askBetweenTurns(
        () => store.webhooks(),
        (stored) => {
          restore(stored)
          order(null, { do: "reconcile", endpoints })
          deliveries.pump()
        },
        (error) => {
          // As the queue: without what is stored the gateway starts only where the database is damaged.
          if (!isStoreTrouble(error) || error.kind !== "corrupt") throw error
          disk.report(error)
        },
      )
    },
  }
}
