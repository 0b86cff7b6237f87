// Decides which queued jobs go out now, and with which key: due, with a free slot at their provider and key, under a quota that
// is open, and within what their caller may have running. What holds back one lane of jobs holds back no other.
import type { Outcome } from "../../call.ts"
import type { Claimed, ClosedQuota, Lane, NewJob, Start } from "../../jobs/job.ts"
import type { Change, QueuedLane, Results } from "../../jobs/store.ts"
import { canServe, keysFor, quotaKeys, withoutKey } from "../../providers/keys.ts"
import type { ProviderSettings } from "../../providers/provider.ts"
import { draw, type Key, roomWith, slotsOf } from "./draw.ts"
import { createLanes, type Lanes, type Limit, type Queue } from "./lanes.ts"
import { admit, isForgettable, learn, openQuota, opensAt, type Quota, restart, roomOf, start } from "./quotas.ts"

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
  keys: Map<string, Key>
  quotas: Map<string, Quota>
  /** Those of them under which no lane can go out. */
  unused: Set<Quota>
  lanes: Lanes
}

/** Jobs of a queue that were asked of the store, under one quota: they have their slots until it is known how many there are. */
interface Wanted {
  provider: Provider
  queue: Queue
  quota: Quota
  calls: number
  /** As the quota had it before. */
  nextAt: number
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
  settings: ProviderSettings[],
  ownerCaps: Record<string, number>,
  random: () => number,
) {
  const known = new Map(settings.map((provider) => [provider.name, provider]))
  /** Those that had a job: each turn looks at all of them, and most that are known never have one. */
  const providers = new Map<string, Provider>()
  const caps = new Map<string, Cap>(Object.entries(ownerCaps).map(([owner, most]) => [owner, { most, inFlight: 0 }]))
  /** What the turn that is under way asks of the store, in the order of its changes. */
  const wanted: Wanted[] = []
  let isResuming = false
  /** New jobs that it stores as started: they have their slots. */
  const starting = new Map<string, Wanted>()
  /** Queues whose number of jobs it changes, and by how much. */
  const uncertain = new Map<Queue, { provider: Provider; jobs: number }>()
  /** Jobs that wait for their upstream job: they keep their slots, as a call that takes long would. */
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
    if (!canServe(provider.settings, lane.model, lane.keyChoice, lane.owner)) return []
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

  function countCalls(provider: Provider, owner: string, keyId: string | null, calls: number): void {
    provider.inFlight += calls
    const key = provider.keys.get(keyId ?? "")
    if (key) key.inFlight += calls
    const cap = capOf(owner)
    if (cap) cap.inFlight += calls
  }

  /** @param isCertain it is on disk; else it is undone where the turn is */
  function countQueued(provider: Provider, queue: Queue, jobs: number, isCertain: boolean): void {
    provider.waiting += jobs
    queue.jobs += jobs
    if (isCertain) return
    const there = uncertain.get(queue)
    if (there) there.jobs += jobs
    else uncertain.set(queue, { provider, jobs })
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

  /** Slots for calls that are about to go out. */
  function reserve(provider: Provider, queue: Queue, quota: Quota, calls: number, now: number): Wanted {
    const { nextAt } = quota
    countCalls(provider, queue.owner, quota.keyId, calls)
    start(quota, calls, now)
    return { provider, queue, quota, calls, nextAt }
  }

  /** Of slots that were reserved so many are used; the others are free again. */
  function settleReserved({ provider, queue, quota, calls, nextAt }: Wanted, used: number, now: number): void {
    if (used === calls) return
    countCalls(provider, queue.owner, quota.keyId, used - calls)
    restart(quota, used, calls, nextAt, now)
    passOnCall(provider, queue.owner, quota)
  }

  /** Asks for up to `limit` jobs of a queue; for how many. */
  function claimFrom(provider: Provider, queue: Queue, limit: number, now: number, changes: Change[]): number {
    const { lanes } = provider
    const { owner } = queue
    const free = Math.min(limit, Math.max(queue.jobs, 1), partOf(freeOf(owner), lanes.waitingFor(owner)))
    if (free < 1) {
      lanes.wait(queue, [{ of: owner, room: () => freeOf(owner), opensAt: () => NEVER }], now)
      return 0
    }
    const drawn = [...draw(queue.quotas, provider.keys, (quota) => roomFor(provider, quota, now), free, now, random)]
    if (drawn.length === 0) {
      lanes.wait(queue, limitsOf(provider, queue, now), now)
      return 0
    }
    const leaseUntil = now + provider.settings.timeoutMs + LEASE_MARGIN_MS
    const total = drawn.reduce((sum, [, calls]) => sum + calls, 0)
    const isAll = total >= queue.jobs
    for (const [at, [quota, calls]] of drawn.entries()) {
      wanted.push(reserve(provider, queue, quota, calls, now))
      const asksNext = isAll && at === drawn.length - 1
      changes.push({ kind: "claim", lane: queue, keyId: quota.keyId || null, leaseUntil, limit: calls, asksNext })
    }
    // Nothing more is known to be in it. The store's answer says when to look again.
    if (isAll) lanes.idle(queue)
    return total
  }

  /** What came of a claim. Says when to look at the queue again. */
  function settleClaim(want: Wanted, { jobs, nextRunAt }: Results["claim"], now: number): void {
    const { provider, queue } = want
    settleReserved(want, jobs.length, now)
    countQueued(provider, queue, -jobs.length, true)
    if (nextRunAt === undefined) return
    if (nextRunAt === null) {
      // The store knows that there is none, whatever was counted.
      countQueued(provider, queue, -queue.jobs, true)
      if (queue.place !== "idle") provider.lanes.idle(queue)
    } else if (nextRunAt > now) provider.lanes.later(queue, nextRunAt)
    else if (queue.place !== "waiting") provider.lanes.ready(queue)
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

  function claimFor(provider: Provider, now: number, changes: Change[]): void {
    provider.lanes.wake(now)
    let free = Math.min(provider.settings.concurrency - provider.inFlight, CLAIMS_MAX)
    for (let looks = 0; free > 0 && looks < LOOKS_MAX; looks++) {
      const turn = provider.lanes.next(free, now)
      if (!turn) return
      free -= claimFrom(provider, turn.queue, turn.share, now, changes)
      passOn(provider, turn.queue)
    }
  }

  /** A call is no longer out: who waited for its slots may go. */
  function release(job: Claimed): void {
    const provider = providerNamed(job.provider)
    if (!provider) return
    countCalls(provider, job.owner, job.keyId, -1)
    const quota = quotaOf(provider, job.keyId ?? "", job.model)
    quota.inFlight--
    passOnCall(provider, job.owner, quota)
  }

  /** A call is out no more, or did not go: who waited for its slots may go. */
  function passOnCall(provider: Provider, owner: string, quota: Quota): void {
    const { lanes } = provider
    if (lanes.hasWaiting()) {
      lanes.open(quota)
      const key = keyOf(provider, quota)
      if (key) lanes.open(key)
    }
    if (freeOf(owner) < Number.POSITIVE_INFINITY) for (const other of providers.values()) other.lanes.open(owner)
  }

  function forgetQueue({ unused }: Provider, { quotas }: Queue): void {
    for (const quota of quotas) if (--quota.lanes === 0) unused.add(quota)
  }

  return {
    /** Asks the store for what is due and fits: the changes that end a turn. `settle` must follow, or `rollBack`. */
    claim(now: number): Change[] {
      const changes: Change[] = []
      if (resumeAt <= now) {
        isResuming = true
        changes.push({ kind: "resume", leaseMs: leaseMsMax, limit: CLAIMS_MAX })
      }
      for (const provider of providers.values()) {
        if (provider.inFlight < provider.settings.concurrency) claimFor(provider, now, changes)
      }
      return changes
    },

    /** The turn is on disk, with these results of what `claim` asked for. The jobs that go out, resumed ones first. */
    settle(results: readonly unknown[], started: readonly Claimed[], now: number): Claimed[] {
      const claims = [...results]
      let resumed: Claimed[] = []
      if (isResuming) {
        const { jobs, nextAt } = claims.shift() as Results["resume"]
        resumed = jobs
        for (const { id } of jobs) held.delete(id)
        resumeAt = nextAt ?? NEVER
        isResuming = false
      }
      const out = [...resumed, ...started]
      for (const [at, want] of wanted.splice(0).entries()) {
        const claim = claims[at] as Results["claim"]
        settleClaim(want, claim, now)
        out.push(...claim.jobs)
      }
      uncertain.clear()
      return out
    },

    /**
     * How a new job goes out at once, or null where it must wait its turn: because others wait too, or no slot or quota is free.
     * It has its slots then, until `started` or `rollBack`.
     */
    tryStart(job: NewJob, now: number): Start | null {
      const provider = providerNamed(job.provider)
      if (!provider || provider.inFlight >= provider.settings.concurrency || provider.lanes.nextAt() <= now) return null
      // No lane is ready; this one may still hold jobs that a closed quota or a missing slot keeps back.
      const queue = queueOf(provider, job)
      if (queue.place === "waiting" || freeOf(job.owner) < 1) return null
      const [quota] = draw(queue.quotas, provider.keys, (its) => roomFor(provider, its, now), 1, now, random).keys()
      if (!quota) return null
      starting.set(job.id, reserve(provider, queue, quota, 1, now))
      return {
        keyId: quota.keyId || null,
        startedAt: now,
        leaseUntil: now + provider.settings.timeoutMs + LEASE_MARGIN_MS,
      }
    },

    /** A job that `tryStart` let go is stored as started, or it is not stored. */
    started(jobId: string, isStored: boolean, now: number): void {
      const want = starting.get(jobId)
      starting.delete(jobId)
      if (want && !isStored) settleReserved(want, 0, now)
    },

    /** Caps that hold from now on, in place of those before: owner -> how many of its jobs may run at one time. */
    cap(ownerCaps: Record<string, number>): void {
      for (const [owner, cap] of caps) cap.most = ownerCaps[owner] ?? Number.POSITIVE_INFINITY
      for (const [owner, most] of Object.entries(ownerCaps))
        if (!caps.has(owner)) caps.set(owner, { most, inFlight: 0 })
      for (const provider of providers.values()) for (const owner of caps.keys()) provider.lanes.open(owner)
    },

    /** The turn was undone: what it asked for is queued still, and what it put into the queue is not. */
    rollBack(now: number): void {
      for (const want of starting.values()) settleReserved(want, 0, now)
      starting.clear()
      for (const want of wanted.splice(0)) {
        settleReserved(want, 0, now)
        want.provider.lanes.ready(want.queue)
      }
      for (const [queue, { provider, jobs }] of uncertain) {
        provider.waiting -= jobs
        queue.jobs -= jobs
      }
      uncertain.clear()
      isResuming = false
      resumeAt = 0
      overdueAt = 0
    },

    /** When something that waits may be beyond its deadline: epoch ms. */
    overdueAt: () => overdueAt,

    /** All that waited beyond its deadline is ended, and nothing else is before `at`. */
    setNextDeadline(at: number): void {
      overdueAt = at
    },

    /** The turn makes something wait that has this deadline. */
    expectDeadline(at: number): void {
      overdueAt = Math.min(overdueAt, at)
    },

    /** A job that has its slots waits for its upstream job, to be polled at `at`. */
    trackWaiting(job: Claimed, at: number): void {
      overdueAt = Math.min(overdueAt, job.deadlineAt)
      held.set(job.id, job)
      resumeAt = Math.min(resumeAt, at)
    },

    /** A job of an earlier process waits for its upstream job: it takes its slots. */
    restoreWaiting(job: Claimed, at: number): void {
      overdueAt = Math.min(overdueAt, job.deadlineAt)
      const provider = providerNamed(job.provider)
      // It must not take them twice.
      if (provider && !held.has(job.id)) {
        countCalls(provider, job.owner, job.keyId, 1)
        quotaOf(provider, job.keyId ?? "", job.model).inFlight++
      }
      held.set(job.id, job)
      resumeAt = Math.min(resumeAt, at)
    },

    /** The job no longer waits for its upstream job; the job, if it did. */
    untrack(jobId: string): Claimed | null {
      const job = held.get(jobId)
      if (!job) return null
      held.delete(jobId)
      release(job)
      return job
    },

    /** A job waits for its upstream job, by its id; null: it does not. */
    waitingJob: (jobId: string): Claimed | null => held.get(jobId) ?? null,

    /** The turn puts a job into the queue, due at `runAt`. Where it does not come to that, `dequeued` takes it out. */
    queued(lane: Lane & { deadlineAt: number }, runAt: number, now: number): void {
      overdueAt = Math.min(overdueAt, lane.deadlineAt)
      const provider = providerNamed(lane.provider)
      if (!provider) return
      const queue = queueOf(provider, lane)
      countQueued(provider, queue, 1, false)
      // It has jobs that are due already.
      if (queue.place === "ready" || queue.place === "waiting") return
      if (queue.place === "later" && queue.dueAt <= runAt) return
      if (runAt <= now) provider.lanes.ready(queue)
      else provider.lanes.later(queue, runAt)
    },

    /** On disk a job has left the queue by another way than a claim, or has not come into it. */
    dequeued(lane: Lane): void {
      const provider = providerNamed(lane.provider)
      if (provider) countQueued(provider, queueOf(provider, lane), -1, true)
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

    /** Nothing is known of the queue yet, or what was believed may be wrong: this is what is queued. */
    recount(lanes: readonly QueuedLane[]): void {
      resumeAt = 0
      overdueAt = 0
      for (const { provider } of lanes) providerNamed(provider)
      for (const provider of providers.values()) {
        provider.waiting = 0
        provider.lanes.clear((queue) => forgetQueue(provider, queue))
      }
      for (const { jobs, ...lane } of lanes) {
        const provider = providerNamed(lane.provider)
        if (!provider) continue
        const queue = queueOf(provider, lane)
        countQueued(provider, queue, jobs, true)
        provider.lanes.ready(queue)
      }
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
  const counts = { inFlight: 0, waiting: 0 }
  return { settings, ...counts, keys, quotas: new Map(), unused: new Set(), lanes: createLanes() }
}

function quotaName(keyId: string, model: string): string {
  return `${keyId}\n${model}`
}

/** What one has of a room of which as much is for each of those that wait for it, at least one where there is any. */
function partOf(room: number, waiting: number): number {
  return waiting === 0 || room < 1 ? room : Math.max(1, Math.floor(room / (1 + waiting)))
}
