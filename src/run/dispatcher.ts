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

/** A caller who may have only so many jobs running. */
interface Owner {
  cap: number
  inFlight: number
}

export type Dispatcher = ReturnType<typeof createDispatcher>

/** @param ownerCaps owner -> how many of its jobs may run at one time; what is beyond waits in the queue and holds up nobody */
export function createDispatcher(store: Store, providers: ProviderSettings[], ownerCaps: Record<string, number>) {
  const owners = new Map<string, Owner>(Object.entries(ownerCaps).map(([owner, cap]) => [owner, { cap, inFlight: 0 }]))
  const lanes = new Map(providers.map((provider) => [provider.name, { provider, inFlight: 0, nextAt: 0 } as Lane]))

  return {
    /** Takes what is due and fits. Belongs inside a transaction; call `sent` for each once it is committed. */
    claim(now: number): Claimed[] {
      const claimed: Claimed[] = []
      for (const lane of lanes.values()) {
        const limit = Math.min(lane.provider.concurrency - lane.inFlight, CLAIMS_MAX)
        if (limit <= 0 || lane.nextAt > now) continue
        const leaseUntil = now + lane.provider.timeoutMs + LEASE_MARGIN_MS
        const { name } = lane.provider
        const jobs = store.claim(name, now, leaseUntil, limit, freeOf(owners, claimed))
        claimed.push(...jobs)
        const nextAt = () => store.nextRunAt(name, freeOf(owners, claimed)) ?? Number.POSITIVE_INFINITY
        lane.nextAt = jobs.length === limit ? 0 : nextAt()
      }
      return claimed
    },

    /** A job of this provider is in the queue and due at `runAt`. */
    queued(provider: string, runAt: number): void {
      const lane = lanes.get(provider)
      if (lane) lane.nextAt = Math.min(lane.nextAt, runAt)
    },

    sent(job: Claimed): void {
      const lane = lanes.get(job.provider)
      if (lane) lane.inFlight++
      const owner = owners.get(job.owner)
      if (owner) owner.inFlight++
    },

    ended(job: Claimed): void {
      const lane = lanes.get(job.provider)
      if (lane) lane.inFlight--
      const owner = owners.get(job.owner)
      if (!owner) return
      owner.inFlight--
      // Its jobs may stand in any lane.
      for (const other of lanes.values()) other.nextAt = 0
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

/** How many more jobs each owner with a cap may have running, those just claimed counted in. */
function freeOf(owners: Map<string, Owner>, claimed: readonly Claimed[]): Map<string, number> {
  const free = new Map([...owners].map(([owner, { cap, inFlight }]) => [owner, cap - inFlight]))
  if (free.size === 0) return free
  for (const { owner } of claimed) {
    const left = free.get(owner)
    if (left !== undefined) free.set(owner, left - 1)
  }
  return free
}
