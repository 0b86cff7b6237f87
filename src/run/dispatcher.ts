// Decides which queued jobs go out now: due, and with a free slot at their provider. A full provider holds back no other.
import type { Claimed, Store } from "../jobs/store.ts"
import type { ProviderSettings } from "../providers/table.ts"

/** How many jobs one transaction may claim for one provider: bounds the time a submit waits behind it. */
const CLAIMS_MAX = 256
/** The lease outlives the call's own deadline, so that only an attempt that nobody ends is taken back. */
const LEASE_MARGIN_MS = 60_000

interface Lane {
  provider: ProviderSettings
  inFlight: number
  /** Nothing is due before this (epoch ms); 0: unknown, so ask. */
  nextAt: number
}

export type Dispatcher = ReturnType<typeof createDispatcher>

export function createDispatcher(store: Store, providers: ProviderSettings[]) {
  const lanes = new Map(providers.map((provider) => [provider.name, { provider, inFlight: 0, nextAt: 0 } as Lane]))

  return {
    /** Takes what is due and fits. Belongs inside a transaction; call `sent` for each once it is committed. */
    claim(now: number): Claimed[] {
      const claimed: Claimed[] = []
      for (const lane of lanes.values()) {
        const limit = Math.min(lane.provider.concurrency - lane.inFlight, CLAIMS_MAX)
        if (limit <= 0 || lane.nextAt > now) continue
        const leaseUntil = now + lane.provider.timeoutMs + LEASE_MARGIN_MS
        const jobs = store.claim(lane.provider.name, now, leaseUntil, limit)
        claimed.push(...jobs)
        lane.nextAt = jobs.length === limit ? 0 : (store.nextRunAt(lane.provider.name) ?? Number.POSITIVE_INFINITY)
      }
      return claimed
    },

    /** A job of this provider is in the queue and due at `runAt`. */
    queued(provider: string, runAt: number): void {
      const lane = lanes.get(provider)
      if (lane) lane.nextAt = Math.min(lane.nextAt, runAt)
    },

    sent(provider: string): void {
      const lane = lanes.get(provider)
      if (lane) lane.inFlight++
    },

    ended(provider: string): void {
      const lane = lanes.get(provider)
      if (lane) lane.inFlight--
    },

    /** What was believed of the queue may be wrong (a transaction was undone): ask again. */
    forget(): void {
      for (const lane of lanes.values()) lane.nextAt = 0
    },

    /** When the next job that has a free slot is due: epoch ms, 0 for now, Infinity for never. */
    nextAt(): number {
      let next = Number.POSITIVE_INFINITY
      for (const lane of lanes.values()) {
        if (lane.inFlight < lane.provider.concurrency) next = Math.min(next, lane.nextAt)
      }
      return next
    },
  }
}
