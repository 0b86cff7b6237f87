// Decides which queued jobs go out now: due, with a free slot at their provider, and within what their caller may have running.
// A full provider holds back no other, a caller's backlog holds back no other caller: they take turns.
import type { Claimed, Store } from "../jobs/store.ts"
import type { ProviderSettings } from "../providers/table.ts"

/** How many jobs one transaction may claim for one provider: bounds the time a submit waits behind it. */
const CLAIMS_MAX = 256
/** The lease outlives the call's own deadline, so that only an attempt that nobody ends is taken back. */
const LEASE_MARGIN_MS = 60_000

interface Provider {
  settings: ProviderSettings
  inFlight: number
  /** How many jobs wait in its queue. */
  waiting: number
  /** owner -> its jobs in the queue, in the order of their turns */
  lanes: Map<string, Lane>
}

/** The queued jobs of one owner for one provider. */
interface Lane {
  owner: string
  /** Nothing is due before this (epoch ms); 0: unknown, so ask; Infinity: there is nothing. */
  nextAt: number
}

/** A caller who may have only so many jobs running. */
interface Cap {
  most: number
  inFlight: number
}

export type Dispatcher = ReturnType<typeof createDispatcher>

/** @param ownerCaps owner -> how many of its jobs may run at one time */
export function createDispatcher(store: Store, settings: ProviderSettings[], ownerCaps: Record<string, number>) {
  const providers = new Map<string, Provider>(
    settings.map((provider) => [provider.name, { settings: provider, inFlight: 0, waiting: 0, lanes: new Map() }]),
  )
  const caps = new Map<string, Cap>(Object.entries(ownerCaps).map(([owner, most]) => [owner, { most, inFlight: 0 }]))

  /** How many more jobs of this owner may run, `claimed` counted in. */
  function freeOf(owner: string, claimed: readonly Claimed[]): number {
    const cap = caps.get(owner)
    if (!cap) return Number.POSITIVE_INFINITY
    return cap.most - cap.inFlight - claimed.filter((job) => job.owner === owner).length
  }

  function hasSlot({ settings: { concurrency }, inFlight }: Provider): boolean {
    return inFlight < concurrency
  }

  /** Fills the provider's free slots from the lanes that are due, an even share each, until slots or jobs run out. */
  function claimFor(provider: Provider, now: number, claimed: Claimed[]): void {
    const { name, concurrency, timeoutMs } = provider.settings
    const leaseUntil = now + timeoutMs + LEASE_MARGIN_MS
    let free = Math.min(concurrency - provider.inFlight, CLAIMS_MAX)
    let due = [...provider.lanes.values()].filter((lane) => lane.nextAt <= now)
    while (free > 0 && due.length > 0) {
      const share = Math.max(1, Math.floor(free / due.length))
      due = due.filter((lane) => {
        const limit = Math.min(share, free, freeOf(lane.owner, claimed))
        if (limit <= 0) return false
        const jobs = store.claim(name, lane.owner, now, leaseUntil, limit)
        claimed.push(...jobs)
        free -= jobs.length
        provider.waiting -= jobs.length
        // Whoever had a turn stands last for the next one.
        provider.lanes.delete(lane.owner)
        provider.lanes.set(lane.owner, lane)
        if (jobs.length === limit) return true
        lane.nextAt = store.nextRunAt(name, lane.owner) ?? Number.POSITIVE_INFINITY
        return false
      })
    }
  }

  return {
    /** Takes what is due and fits. Belongs inside a transaction; call `sent` for each once it is committed. */
    claim(now: number): Claimed[] {
      const claimed: Claimed[] = []
      for (const provider of providers.values()) if (hasSlot(provider)) claimFor(provider, now, claimed)
      return claimed
    },

    /** A job has come into the queue and is due at `runAt`. */
    queued({ provider: name, owner }: Pick<Claimed, "provider" | "owner">, runAt: number): void {
      const provider = providers.get(name)
      if (!provider) return
      provider.waiting++
      const lane = provider.lanes.get(owner)
      if (lane) lane.nextAt = Math.min(lane.nextAt, runAt)
      else provider.lanes.set(owner, { owner, nextAt: runAt })
    },

    /** A job has left the queue by another way than a claim. */
    left(name: string): void {
      const provider = providers.get(name)
      if (provider) provider.waiting--
    },

    /** Whether as many jobs wait for this provider as may; then how many that is. */
    fullAt(name: string): number | null {
      const provider = providers.get(name)
      return provider && provider.waiting >= provider.settings.bufferSize ? provider.settings.bufferSize : null
    },

    sent({ provider, owner }: Claimed): void {
      const slots = providers.get(provider)
      if (slots) slots.inFlight++
      const cap = caps.get(owner)
      if (cap) cap.inFlight++
    },

    ended({ provider, owner }: Claimed): void {
      const slots = providers.get(provider)
      if (slots) slots.inFlight--
      const cap = caps.get(owner)
      if (cap) cap.inFlight--
    },

    /** Nothing is known of the queue yet, or what was believed may be wrong (a transaction was undone): ask the store. How many jobs wait, by provider. */
    recount(): ReadonlyMap<string, number> {
      const counts = store.queuedByProvider()
      for (const [name, provider] of providers) {
        provider.waiting = counts.get(name) ?? 0
        for (const lane of provider.lanes.values()) lane.nextAt = 0
      }
      for (const { provider, owner } of store.lanes()) {
        const lanes = providers.get(provider)?.lanes
        if (lanes && !lanes.has(owner)) lanes.set(owner, { owner, nextAt: 0 })
      }
      return counts
    },

    /** Drops the lanes of owners who have nothing in the queue. */
    sweep(): void {
      for (const { lanes } of providers.values()) {
        for (const lane of lanes.values()) if (lane.nextAt === Number.POSITIVE_INFINITY) lanes.delete(lane.owner)
      }
    },

    /** When the next job that could go out is due: epoch ms, 0 for now, Infinity for never. */
    nextAt(): number {
      let next = Number.POSITIVE_INFINITY
      for (const provider of providers.values()) {
        if (!hasSlot(provider)) continue
        for (const lane of provider.lanes.values()) {
          if (lane.nextAt < next && freeOf(lane.owner, []) > 0) next = lane.nextAt
        }
      }
      return next
    },
  }
}
