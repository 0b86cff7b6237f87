// Limits how often a sample of one event is sent to a webhook endpoint, as Bifrost does, so that a button that is pressed twice calls its
// receiver once. The times are in memory: a restart forgets them.
import { GatewayError } from "../../errors.ts"
import type { WebhookEndpoint, WebhookEvent } from "../../webhooks/webhook.ts"

/** Bifrost's: https://github.com/maximhq/bifrost/blob/main/transports/bifrost-http/handlers/webhooks.go */
const SAMPLE_EVERY_MS = 30_000

export type SampleLimit = ReturnType<typeof createSampleLimit>

export function createSampleLimit() {
  /** By the endpoint as it was: after a change another sample may be sent at once. */
  const sent = new Map<string, number>()

  return {
    /** @param now epoch milliseconds @throws {GatewayError} rate_limited */
    take({ id, updatedAt }: Pick<WebhookEndpoint, "id" | "updatedAt">, event: WebhookEvent, now: number): void {
      for (const [key, at] of sent) {
        // A negative age means that the clock was set back.
        const age = now - at
        if (age < 0 || age >= SAMPLE_EVERY_MS) sent.delete(key)
      }
      const key = `${id} ${updatedAt} ${event}`
      const at = sent.get(key)
      if (at === undefined) {
        sent.set(key, now)
        return
      }
      const retryAfter = Math.ceil((at + SAMPLE_EVERY_MS - now) / 1000)
      const message = `a sample of ${event} was sent to this webhook endpoint a moment ago: send another in ${retryAfter} s, or change the endpoint first`
      throw new GatewayError("rate_limited", message, { retryAfter })
    },
  }
}
