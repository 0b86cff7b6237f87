// Decides which queued jobs go out now, and with which key: due, with a free slot at their provider and key, under a quota that
// is open, and within what their caller may have running. What holds back one lane of jobs holds back no other.
import type { Outcome } from "../../call.ts"
import type { Claimed, ClosedQuota, Lane, NewJob, Start } from "../../jobs/job.ts"
import type { Store } from "../../jobs/sqlite/store.ts"
import { canCall, keysFor, quotaKeys, withoutKey } from "../../providers/keys.ts"
import type { ProviderSettings } from "../../providers/provider.ts"
import { draw, type Key, roomWith, slotsOf } from "./draw.ts"
import { createLanes, type Lanes, type Limit, type Queue } from "./lanes.ts"
import { admit, isForgettable, learn, openQuota, opensAt, type Quota, roomOf, start } from "./quotas.ts"

/** How many jobs one transaction may claim for one provider: bounds the time a submit waits behind it. */
const CLAIMS_MAX = 256
/** How many lanes one transaction looks at for one provider: those that cannot go out take time too. */
const LOOKS_MAX = 1000
/** The lease outlives the call's own deadline, so that only an attempt that nobody ends is taken back. */
const LEASE_MARGIN_MS = 60_000
const NEVER = Number.POSITIVE_INFINITY

interface Provider {
  settings: ProviderSettings
  inFlight: number
  /** How many jobs wait in its queue. */
  waiting: number
  /** What of that has come about in the transaction that is under way. */
  uncertain: number
  keys: Map<string, Key>
  quotas: Map<string, Quota>
  /** Those of them under which no lane can go out. */
  unused: Set<Quota>
  lanes: Lanes
}

/** A caller who may have only so many jobs running. */
interface Cap {
  most: number
  inFlight: number
}

export type Dispatcher = ReturnType<typeof createDispatcher>

/**
 * @param ownerCaps owner -> how many of its jobs may run at one time
 * @param random in [0, 1): chooses among keys
 */
export function createDispatcher(
  store: Store,
  settings: ProviderSettings[],
  ownerCaps: Record<string, number>,
  random: () => number,
) {
  const known = new Map(settings.map((provider) => [provider.name, provider]))
  /** Those that had a job: each turn looks at all of them, and most that are known never have one. */
  const providers = new Map<string, Provider>()
  const caps = new Map<string, Cap>(Object.entries(ownerCaps).map(([owner, most]) => [owner, { most, inFlight: 0 }]))
  /** Claimed in the transaction that is under way, and taken up again in it. */
  let unsent: Claimed[] = []
  let resumed: Claimed[] = []
  /** The queues whose jobs it has asked for. */
  let asked: { lanes: Lanes; queue: Queue }[] = []
  /** Jobs that wait for a provider's own job: they keep their slots, as a call that takes long would. */
  const held = new Map<string, Claimed>()
  /** None of them is to be asked after before this. */
  let resumeAt = Number.POSITIVE_INFINITY
  /** Nothing that waits is beyond its deadline before this. */
  let overdueAt = 0
  const leaseMsMax = Math.max(0, ...settings.map(({ timeoutMs }) => timeoutMs)) + LEASE_MARGIN_MS

  function providerNamed(name: string): Provider | undefined {
    const there = providers.get(name)
    const provider = known.get(name)
    if (there || !provider) return there
    const made = providerOf(provider)
    providers.set(name, made)
    return made
  }

  function quotaOf(provider: Provider, keyId: string, model: string): Quota {
    const name = quotaName(keyId, model)
    const there = provider.quotas.get(name)
    if (there) return there
    const quota = openQuota(provider.settings.name, keyId, model)
    provider.quotas.set(name, quota)
    provider.unused.add(quota)
    return quota
  }

  /** The quotas of the keys that jobs of this lane can go out with; none where no key is configured for them. */
  function quotasOf(provider: Provider, lane: Lane): Quota[] {
    if (!canCall(provider.settings, lane.model, lane.keyChoice, lane.owner)) return []
    return quotaKeys(provider.settings, lane).map((keyId) => quotaOf(provider, keyId, lane.model))
  }

  function queueOf(provider: Provider, lane: Lane): Queue {
    return provider.lanes.of(lane, (wanted) => {
      const its = quotasOf(provider, wanted)
      for (const quota of its) {
        quota.lanes++
        provider.unused.delete(quota)
      }
      return its
    })
  }

  /** Every virtual key is counted, because it may be given a cap while its jobs run. */
  function capOf(owner: string): Cap | undefined {
    const there = caps.get(owner)
    if (there || !owner.startsWith("vk:")) return there
    const made = { most: Number.POSITIVE_INFINITY, inFlight: 0 }
    caps.set(owner, made)
    return made
  }

  function count(provider: Provider, { owner, keyId }: Claimed, calls: 1 | -1): void {
    provider.inFlight += calls
    const key = provider.keys.get(keyId ?? "")
    if (key) key.inFlight += calls
    const cap = capOf(owner)
    if (cap) cap.inFlight += calls
  }

  function countWaiting(provider: Provider, jobs: number): void {
    provider.waiting += jobs
    provider.uncertain += jobs
  }

  function freeOf(owner: string): number {
    const cap = caps.get(owner)
    return cap ? cap.most - cap.inFlight : Number.POSITIVE_INFINITY
  }

  function keyOf(provider: Provider, { keyId }: Quota): Key | undefined {
    return provider.keys.get(keyId)
  }

  /** How many calls of a queue may go out under one of its quotas. Those that wait for the same get their part of it. */
  function roomFor(provider: Provider, quota: Quota, now: number): number {
    const key = keyOf(provider, quota)
    const room = roomWith(quota, key, now)
    if (room < 1 || !provider.lanes.hasWaiting()) return room
    return partOf(room, provider.lanes.waitingFor(quota) + (key ? provider.lanes.waitingFor(key) : 0))
  }

  /** What keeps back a queue that got nothing: for each of its quotas that, or the slots of its key. */
  function limitsOf(provider: Provider, queue: Queue, now: number): Limit[] {
    return queue.quotas.map((quota) => {
      const key = keyOf(provider, quota)
      if (key && roomOf(quota, now) >= 1) return { of: key, room: () => slotsOf(key), opensAt: () => NEVER }
      return { of: quota, room: (at) => roomOf(quota, at), opensAt: (at) => opensAt(quota, at) }
    })
  }

  /** Takes up to `limit` jobs of a queue; how many. Says when to look at it again. */
  function claimFrom(provider: Provider, queue: Queue, limit: number, now: number): number {
    const { lanes } = provider
    const { owner } = queue
    const free = Math.min(limit, partOf(freeOf(owner), lanes.waitingFor(owner)))
    if (free < 1) {
      lanes.wait(queue, [{ of: owner, room: () => freeOf(owner), opensAt: () => NEVER }], now)
      return 0
    }
    const drawn = draw(queue.quotas, provider.keys, (quota) => roomFor(provider, quota, now), free, now, random)
    if (drawn.size === 0) {
      lanes.wait(queue, limitsOf(provider, queue, now), now)
      return 0
    }
    const leaseUntil = now + provider.settings.timeoutMs + LEASE_MARGIN_MS
    asked.push({ lanes, queue })
    let taken = 0
    for (const [quota, calls] of drawn) {
      const jobs = store.claim(queue, quota.keyId || null, now, leaseUntil, calls)
      for (const job of jobs) count(provider, job, 1)
      start(quota, jobs.length, now)
      unsent.push(...jobs)
      taken += jobs.length
      if (jobs.length < calls) {
        const at = store.nextRunAt(queue)
        if (at === null) lanes.idle(queue)
        else lanes.later(queue, at)
        break
      }
    }
    countWaiting(provider, -taken)
    return taken
  }

  /** What a queue has left of its limits is for those that wait for it. */
  function passOn(provider: Provider, { owner, quotas }: Queue): void {
    const { lanes } = provider
    if (!lanes.hasWaiting()) return
    lanes.open(owner)
    for (const quota of quotas) {
      lanes.open(quota)
      const key = keyOf(provider, quota)
      if (key) lanes.open(key)
    }
  }

  function claimFor(provider: Provider, now: number): void {
    provider.lanes.wake(now)
    let free = Math.min(provider.settings.concurrency - provider.inFlight, CLAIMS_MAX)
    for (let looks = 0; free > 0 && looks < LOOKS_MAX; looks++) {
      const turn = provider.lanes.next(free, now)
      if (!turn) return
      free -= claimFrom(provider, turn.queue, turn.share, now)
      passOn(provider, turn.queue)
    }
  }

  /** A call is no longer out: who waited for its slots may go. */
  function release(job: Claimed): void {
    const provider = providerNamed(job.provider)
    if (!provider) return
    count(provider, job, -1)
    const quota = quotaOf(provider, job.keyId ?? "", job.model)
    quota.inFlight--
    const { lanes } = provider
    if (lanes.hasWaiting()) {
      lanes.open(quota)
      const key = keyOf(provider, quota)
      if (key) lanes.open(key)
    }
    if (freeOf(job.owner) < Number.POSITIVE_INFINITY)
      for (const other of providers.values()) other.lanes.open(job.owner)
  }

  function forgetQueue({ unused }: Provider, { quotas }: Queue): void {
    for (const quota of quotas) if (--quota.lanes === 0) unused.add(quota)
  }

  return {
    /** Takes what is due and fits. Belongs inside a transaction; call `sent` once it is committed, else `rollBack`. */
    claim(now: number): void {
      if (resumeAt <= now) {
        resumed = store.resume(now, leaseMsMax, CLAIMS_MAX)
        for (const { id } of resumed) held.delete(id)
        resumeAt = store.nextResumeAt() ?? Number.POSITIVE_INFINITY
      }
      for (const provider of providers.values()) {
        if (provider.inFlight < provider.settings.concurrency) claimFor(provider, now)
      }
    },

    /**
     * How a new job goes out at once, or null where it must wait its turn: because others wait too, or no slot or quota is free.
     * Then `started` must follow.
     */
    startFor(job: NewJob, now: number): Start | null {
      const provider = providerNamed(job.provider)
      if (!provider || provider.inFlight >= provider.settings.concurrency || provider.lanes.nextAt() <= now) return null
      // No lane is ready; this one may still hold jobs that a closed quota or a missing slot keeps back.
      const queue = queueOf(provider, job)
      if (queue.place === "waiting" || freeOf(job.owner) < 1) return null
      const [quota] = draw(queue.quotas, provider.keys, (its) => roomFor(provider, its, now), 1, now, random).keys()
      if (!quota) return null
      return {
        keyId: quota.keyId || null,
        startedAt: now,
        leaseUntil: now + provider.settings.timeoutMs + LEASE_MARGIN_MS,
      }
    },

    /** Caps that hold from now on, in place of those before: owner -> how many of its jobs may run at one time. */
    cap(ownerCaps: Record<string, number>): void {
      for (const [owner, cap] of caps) cap.most = ownerCaps[owner] ?? Number.POSITIVE_INFINITY
      for (const [owner, most] of Object.entries(ownerCaps))
        if (!caps.has(owner)) caps.set(owner, { most, inFlight: 0 })
      for (const provider of providers.values()) for (const owner of caps.keys()) provider.lanes.open(owner)
    },

    /** It is stored as started. */
    started(job: Claimed): void {
      const provider = providerNamed(job.provider)
      if (!provider) return
      count(provider, job, 1)
      start(quotaOf(provider, job.keyId ?? "", job.model), 1, job.startedAt)
      unsent.push(job)
    },

    /** What was claimed and started is on disk: it may go out. */
    sent(): Claimed[] {
      const jobs = [...resumed, ...unsent]
      unsent = []
      resumed = []
      asked = []
      for (const provider of providers.values()) provider.uncertain = 0
      return jobs
    },

    /** The transaction was undone: what was claimed in it is queued still. Costs what the transaction did. */
    rollBack(): void {
      for (const job of unsent.splice(0)) release(job)
      for (const job of resumed.splice(0)) held.set(job.id, job)
      for (const { lanes, queue } of asked.splice(0)) lanes.ready(queue)
      for (const provider of providers.values()) {
        provider.waiting -= provider.uncertain
        provider.uncertain = 0
      }
      resumeAt = 0
      overdueAt = 0
    },

    /** When something that waits may be beyond its deadline: epoch ms. */
    overdueAt: () => overdueAt,

    /** All that waited beyond its deadline is ended, and nothing else is before `at`. */
    inTime(at: number): void {
      overdueAt = at
    },

    /** A job that has its slots waits for the provider's own job, to be asked after at `at`. */
    hold(job: Claimed, at: number): void {
      overdueAt = Math.min(overdueAt, job.deadlineAt)
      held.set(job.id, job)
      resumeAt = Math.min(resumeAt, at)
    },

    /** A job of an earlier process waits for the provider's own job: it takes its slots. */
    adopt(job: Claimed, at: number): void {
      overdueAt = Math.min(overdueAt, job.deadlineAt)
      const provider = providerNamed(job.provider)
      // A transaction that was undone is done again: it must not take them twice.
      if (provider && !held.has(job.id)) {
        count(provider, job, 1)
        quotaOf(provider, job.keyId ?? "", job.model).inFlight++
      }
      held.set(job.id, job)
      resumeAt = Math.min(resumeAt, at)
    },

    /** The job no longer waits for the provider's own job; the job, if it did. */
    letGo(jobId: string): Claimed | null {
      const job = held.get(jobId)
      if (!job) return null
      held.delete(jobId)
      release(job)
      return job
    },

    /** A job has come into the queue and is due at `runAt`. */
    queued(lane: Lane & { deadlineAt: number }, runAt: number, now: number): void {
      overdueAt = Math.min(overdueAt, lane.deadlineAt)
      const provider = providerNamed(lane.provider)
      if (!provider) return
      countWaiting(provider, 1)
      const queue = queueOf(provider, lane)
      // It has jobs that are due already.
      if (queue.place === "ready" || queue.place === "waiting") return
      if (queue.place === "later" && queue.dueAt <= runAt) return
      if (runAt <= now) provider.lanes.ready(queue)
      else provider.lanes.later(queue, runAt)
    },

    /** A job has left the queue by another way than a claim. */
    left(name: string): void {
      const provider = providerNamed(name)
      if (provider) countWaiting(provider, -1)
    },

    /** Whether as many jobs wait for this provider as may; then how many that is. */
    fullAt(name: string): number | null {
      const provider = providerNamed(name)
      return provider && provider.waiting >= provider.settings.bufferSize ? provider.settings.bufferSize : null
    },

    /** When a job that was claimed and has waited for its thread may go out: epoch milliseconds; `now`: it goes. */
    admit(job: Claimed, now: number): number {
      const provider = providerNamed(job.provider)
      return provider ? admit(quotaOf(provider, job.keyId ?? "", job.model), now) : now
    },

    /** A call is no longer out. */
    ended: release,

    /** What a call's outcome says of its quota: what it closed, if that must be remembered. */
    learn(job: Claimed, outcome: Outcome, sentAt: number, now: number): ClosedQuota | null {
      const provider = providerNamed(job.provider)
      if (!provider) return null
      const quota = quotaOf(provider, job.keyId ?? "", job.model)
      return learn(quota, outcome, sentAt, now) ? quota : null
    },

    /** What the job may still go out with when the key of its attempt was refused; null: nothing. */
    choiceWithout({ provider: name, model, keyChoice, keyId, owner }: Claimed): string | null {
      const provider = providerNamed(name)
      const left = provider && keyId !== null ? withoutKey(keyChoice, keyId) : null
      return provider && left !== null && keysFor(provider.settings, model, left, owner).length > 0 ? left : null
    },

    /** When the first quota opens that jobs of this lane can go out under: epoch milliseconds. */
    opensAt(lane: Lane, now: number): number {
      const provider = providerNamed(lane.provider)
      return provider ? Math.min(...quotasOf(provider, lane).map((quota) => quota.closedUntil)) : now
    },

    /** Nothing is known of the queue yet, or what was believed may be wrong: asks the store. How many jobs wait, by provider. */
    recount(): ReadonlyMap<string, number> {
      resumeAt = 0
      overdueAt = 0
      const counts = store.queuedByProvider()
      for (const name of counts.keys()) providerNamed(name)
      for (const [name, provider] of providers) {
        provider.waiting = counts.get(name) ?? 0
        provider.uncertain = 0
        provider.lanes.clear((queue) => forgetQueue(provider, queue))
      }
      for (const lane of store.lanes()) {
        const provider = providerNamed(lane.provider)
        if (provider) provider.lanes.ready(queueOf(provider, lane))
      }
      return counts
    },

    /** The lanes that have or had jobs of late which cannot go out as their provider is configured. */
    unserved(): Lane[] {
      return [...providers.values()].flatMap(({ lanes }) =>
        [...lanes.all()].filter(({ quotas }) => quotas.length === 0),
      )
    },

    /** What was closed when the last process ended is closed. */
    restore(closed: readonly ClosedQuota[], now: number): void {
      for (const { provider: name, keyId, model, closedUntil, spacingMs } of closed) {
        const provider = providerNamed(name)
        // It is not known when the last call went out.
        const nextAt = Math.max(now, closedUntil) + (spacingMs ?? 0)
        if (provider) Object.assign(quotaOf(provider, keyId, model), { closedUntil, spacingMs, nextAt })
      }
    },

    /** Forgets lanes that have no jobs, and quotas that no lane and no call needs. */
    sweep(now: number): void {
      for (const provider of providers.values()) {
        const { lanes, quotas, unused } = provider
        lanes.sweep((queue) => forgetQueue(provider, queue))
        for (const quota of unused) {
          if (!isForgettable(quota, now)) continue
          quotas.delete(quotaName(quota.keyId, quota.model))
          unused.delete(quota)
        }
      }
    },

    /** When the next job that could go out is due: epoch ms, 0 for now, Infinity for never. */
    nextAt(): number {
      let next = resumeAt
      for (const { settings: own, inFlight, lanes } of providers.values()) {
        if (inFlight < own.concurrency) next = Math.min(next, lanes.nextAt())
      }
      return next
    },
  }
}

function providerOf(settings: ProviderSettings): Provider {
  const keys = new Map(settings.keys.map((key) => [key.id, { settings: key, inFlight: 0 }]))
  const counts = { inFlight: 0, waiting: 0, uncertain: 0 }
  return { settings, ...counts, keys, quotas: new Map(), unused: new Set(), lanes: createLanes() }
}

function quotaName(keyId: string, model: string): string {
  return `${keyId}\n${model}`
}

/** What one has of a room of which as much is for each of those that wait for it, at least one where there is any. */
function partOf(room: number, waiting: number): number {
  return waiting === 0 || room < 1 ? room : Math.max(1, Math.floor(room / (1 + waiting)))
}
