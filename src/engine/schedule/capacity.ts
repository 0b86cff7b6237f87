// Limits how many calls are in flight for each provider, key, quota and caller: counts them, and makes waiting lanes ready when a
// call ends.
import type { Claimed, Lane } from "../../jobs/job.ts"
import { canCall, quotaKeys } from "../../providers/keys.ts"
import type { ProviderSettings } from "../../providers/provider.ts"
import { countRoomWith, countSlots, type Key } from "./draw.ts"
import { createLanes, type Lanes, type Limit, type Queue } from "./lanes.ts"
import { countRoom, giveBackCalls, openQuota, opensAt, type Quota, reserveCalls } from "./quotas.ts"

const NEVER = Number.POSITIVE_INFINITY

export interface Provider {
  settings: ProviderSettings
  inFlight: number
  /** How many of its jobs are queued. */
  queued: number
  keys: Map<string, Key>
  quotas: Map<string, Quota>
  /** The quotas that no lane uses. */
  unused: Set<Quota>
  lanes: Lanes
}

/** Slots that are reserved for calls of one queue under one quota. */
export interface Reserved {
  provider: Provider
  queue: Queue
  quota: Quota
  calls: number
  /** The `nextAt` of the quota before the reservation. */
  nextAt: number
}

/** The limit of the running jobs of one caller. */
interface Cap {
  most: number
  inFlight: number
}

export type Capacity = ReturnType<typeof createCapacity>
/** What is looked at to describe the queues. */
export type CapacityView = Pick<Capacity, "providers" | "findLimit">

/** @param ownerCaps owner -> how many of its jobs may run at the same time */
export function createCapacity(settings: readonly ProviderSettings[], ownerCaps: Record<string, number>) {
  const known = new Map(settings.map((provider) => [provider.name, provider]))
  /** The providers that have had a job. Each turn looks at all of these, and most of the known ones never have a job. */
  const providers = new Map<string, Provider>()
  const caps = new Map<string, Cap>(Object.entries(ownerCaps).map(([owner, most]) => [owner, { most, inFlight: 0 }]))

  function findProvider(name: string): Provider | undefined {
    const there = providers.get(name)
    const provider = known.get(name)
    if (there || !provider) return there
    const made = openProvider(provider)
    providers.set(name, made)
    return made
  }

  function findQuota(provider: Provider, keyId: string | null, model: string): Quota {
    const name = nameQuota(keyId ?? "", model)
    const there = provider.quotas.get(name)
    if (there) return there
    const quota = openQuota(provider.settings.name, keyId ?? "", model)
    provider.quotas.set(name, quota)
    provider.unused.add(quota)
    return quota
  }

  /** The quotas of the keys that jobs of this lane can use; none where no key is configured for them. */
  function listQuotas(provider: Provider, lane: Lane): Quota[] {
    if (!canCall(provider.settings, lane.model, lane.keyChoice, lane.owner)) return []
    return quotaKeys(provider.settings, lane).map((keyId) => findQuota(provider, keyId, lane.model))
  }

  function findQueue(provider: Provider, lane: Lane): Queue {
    return provider.lanes.find(lane, (wanted) => {
      const quotas = listQuotas(provider, wanted)
      for (const quota of quotas) {
        quota.lanes++
        provider.unused.delete(quota)
      }
      return quotas
    })
  }

  /** The calls of every virtual key are counted, because the key may be given a cap while its jobs run. */
  function findCap(owner: string): Cap | undefined {
    const there = caps.get(owner)
    if (there || !owner.startsWith("vk:")) return there
    const made = { most: NEVER, inFlight: 0 }
    caps.set(owner, made)
    return made
  }

  function countCalls(provider: Provider, owner: string, keyId: string | null, calls: number): void {
    provider.inFlight += calls
    const key = provider.keys.get(keyId ?? "")
    if (key) key.inFlight += calls
    const cap = findCap(owner)
    if (cap) cap.inFlight += calls
  }

  /** How many more jobs of this caller may start. */
  function countFree(owner: string): number {
    const cap = caps.get(owner)
    return cap ? cap.most - cap.inFlight : NEVER
  }

  /** Offers the slots of a call that has ended, or was not made, to the lanes that wait for them. */
  function passOnCall(provider: Provider, owner: string, quota: Quota): void {
    const { lanes } = provider
    if (lanes.hasWaiting()) {
      lanes.open(quota)
      const key = provider.keys.get(quota.keyId)
      if (key) lanes.open(key)
    }
    if (countFree(owner) < NEVER) for (const other of providers.values()) other.lanes.open(owner)
  }

  function forgetQueue({ unused }: Provider, { quotas }: Queue): void {
    for (const quota of quotas) if (--quota.lanes === 0) unused.add(quota)
  }

  return {
    findProvider,
    findQuota,
    listQuotas,
    findQueue,
    countFree,

    /** The cap of a caller; undefined: it has none. */
    findLimit(owner: string): Readonly<Cap> | undefined {
      const cap = caps.get(owner)
      return cap && cap.most < NEVER ? cap : undefined
    },

    /** The providers that have had a job. */
    providers: (): Iterable<Provider> => providers.values(),

    /** How many calls of a queue may be made under one of its quotas, after an equal share for each lane that waits for that quota. */
    countRoom(provider: Provider, quota: Quota, now: number): number {
      const key = provider.keys.get(quota.keyId)
      const room = countRoomWith(quota, key, now)
      if (room < 1 || !provider.lanes.hasWaiting()) return room
      return divide(room, provider.lanes.countWaiting(quota) + (key ? provider.lanes.countWaiting(key) : 0))
    },

    /** How many jobs of a caller may start, after an equal share for each of the caller's lanes that wait. */
    countFreePart(provider: Provider, owner: string): number {
      return divide(countFree(owner), provider.lanes.countWaiting(owner))
    },

    /** The limit that a caller's lanes wait for when the caller has as many jobs running as allowed. */
    limitOwner: (owner: string): Limit => ({ of: owner, room: () => countFree(owner), opensAt: () => NEVER }),

    /** The limits that hold back a queue: for each of its quotas either the quota, or the slots of its key. */
    listLimits(provider: Provider, queue: Queue, now: number): Limit[] {
      return queue.quotas.map((quota) => {
        const key = provider.keys.get(quota.keyId)
        if (key && countRoom(quota, now) >= 1) return { of: key, room: () => countSlots(key), opensAt: () => NEVER }
        return { of: quota, room: (at) => countRoom(quota, at), opensAt: (at) => opensAt(quota, at) }
      })
    },

    reserve(provider: Provider, queue: Queue, quota: Quota, calls: number, now: number): Reserved {
      const { nextAt } = quota
      countCalls(provider, queue.owner, quota.keyId, calls)
      reserveCalls(quota, calls, now)
      return { provider, queue, quota, calls, nextAt }
    },

    /** Frees the reserved slots that were not used. */
    settle({ provider, queue, quota, calls, nextAt }: Reserved, used: number, now: number): void {
      if (used === calls) return
      countCalls(provider, queue.owner, quota.keyId, used - calls)
      giveBackCalls(quota, used, calls, nextAt, now)
      passOnCall(provider, queue.owner, quota)
    },

    /** Takes slots for a job of an earlier process. */
    restore(job: Claimed): void {
      const provider = findProvider(job.provider)
      if (!provider) return
      countCalls(provider, job.owner, job.keyId, 1)
      findQuota(provider, job.keyId, job.model).inFlight++
    },

    /** Frees the slots of a call that has ended. */
    release(job: Claimed): void {
      const provider = findProvider(job.provider)
      if (!provider) return
      countCalls(provider, job.owner, job.keyId, -1)
      const quota = findQuota(provider, job.keyId, job.model)
      quota.inFlight--
      passOnCall(provider, job.owner, quota)
    },

    /** Offers what a queue has left of its limits to the lanes that wait for these limits. */
    passOn(provider: Provider, { owner, quotas }: Queue): void {
      const { lanes } = provider
      if (!lanes.hasWaiting()) return
      lanes.open(owner)
      for (const quota of quotas) {
        lanes.open(quota)
        const key = provider.keys.get(quota.keyId)
        if (key) lanes.open(key)
      }
    },

    /** Replaces the caps: owner -> how many of its jobs may run at the same time. */
    setCaps(ownerCaps: Record<string, number>): void {
      for (const [owner, cap] of caps) cap.most = ownerCaps[owner] ?? NEVER
      for (const [owner, most] of Object.entries(ownerCaps)) {
        if (!caps.has(owner)) caps.set(owner, { most, inFlight: 0 })
      }
      for (const provider of providers.values()) for (const owner of caps.keys()) provider.lanes.open(owner)
    },

    /** Forgets all lanes of a provider. */
    clearLanes(provider: Provider): void {
      provider.lanes.clear((queue) => forgetQueue(provider, queue))
    },

    /** Forgets lanes without jobs, and unused quotas for which `isForgettable` is true. */
    sweep(isForgettable: (quota: Quota) => boolean): void {
      for (const provider of providers.values()) {
        const { lanes, quotas, unused } = provider
        lanes.sweep((queue) => forgetQueue(provider, queue))
        for (const quota of unused) {
          if (!isForgettable(quota)) continue
          quotas.delete(nameQuota(quota.keyId, quota.model))
          unused.delete(quota)
        }
      }
    },
  }
}

function openProvider(settings: ProviderSettings): Provider {
  const keys = new Map(settings.keys.map((key) => [key.id, { settings: key, inFlight: 0 }]))
  return { settings, inFlight: 0, queued: 0, keys, quotas: new Map(), unused: new Set(), lanes: createLanes() }
}

function nameQuota(keyId: string, model: string): string {
  return `${keyId}\n${model}`
}

/** The equal share of `room` for one of `waiting` + 1 lanes, at least 1 where there is any room. */
function divide(room: number, waiting: number): number {
  return waiting === 0 || room < 1 ? room : Math.max(1, Math.floor(room / (1 + waiting)))
}
