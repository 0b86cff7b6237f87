// Decides which queued jobs go out now, and with which key: due, with a free slot at their provider and key, under a quota that
// is open, and within what their caller may have running. What holds back one lane of jobs holds back no other.
import type { Outcome } from "../../call.ts"
import type { Claimed, ClosedQuota, Lane, NewJob, Start } from "../../jobs/job.ts"
import type { Change, QueuedLane, Results } from "../../jobs/store.ts"
import { keysFor, withoutKey } from "../../providers/keys.ts"
import type { ProviderSettings } from "../../providers/provider.ts"
import { createCapacity, type Provider, type Reserved } from "./capacity.ts"
import { draw } from "./draw.ts"
import type { Queue } from "./lanes.ts"
import { admit, isForgettable, learn } from "./quotas.ts"

/** How many jobs one turn may claim for one provider: bounds the time a submit waits behind it. */
const CLAIMS_MAX = 256
/** How many lanes one turn looks at for one provider: those that cannot go out take time too. */
const LOOKS_MAX = 1000
/** The lease outlives the call's own deadline, so that only an attempt that nobody ends is taken back. */
const LEASE_MARGIN_MS = 60_000
const NEVER = Number.POSITIVE_INFINITY

export type Dispatcher = ReturnType<typeof createDispatcher>

/**
 * @param ownerCaps owner -> how many of its jobs may run at one time
 * @param random in [0, 1): chooses among keys
 */
// Longer than 80 lines: what is queued, asked for and waiting is one state, and each function reads or changes a few lines of it.
export function createDispatcher(
  settings: ProviderSettings[],
  ownerCaps: Record<string, number>,
  random: () => number,
) {
  const capacity = createCapacity(settings, ownerCaps)
  const { findProvider, findQueue } = capacity
  /** What the turn that is under way asks of the store, in the order of its changes. */
  const wanted: Reserved[] = []
  let isResuming = false
  /** New jobs that it stores as started. */
  const starting = new Map<string, Reserved>()
  /** Queues whose number of jobs it changes, and by how much. */
  const uncertain = new Map<Queue, { provider: Provider; jobs: number }>()
  /** Jobs that wait for their upstream job: they keep their slots, as a call that takes long would. */
  const waiting = new Map<string, Claimed>()
  /** None of them is to be polled before this. */
  let resumeAt = NEVER
  /** Nothing that waits is beyond its deadline before this. */
  let overdueAt = 0
  const leaseMsMax = Math.max(0, ...settings.map(({ timeoutMs }) => timeoutMs)) + LEASE_MARGIN_MS

  /** @param isCertain it is on disk; else it is undone where the turn is */
  function countQueued(provider: Provider, queue: Queue, jobs: number, isCertain: boolean): void {
    provider.waiting += jobs
    queue.jobs += jobs
    if (isCertain) return
    const there = uncertain.get(queue)
    if (there) there.jobs += jobs
    else uncertain.set(queue, { provider, jobs })
  }

  function drawKeys(provider: Provider, queue: Queue, calls: number, now: number) {
    const countRoom = (quota: Queue["quotas"][number]) => capacity.countRoom(provider, quota, now)
    return [...draw(queue.quotas, provider.keys, countRoom, calls, now, random)]
  }

  function computeLease(provider: Provider, now: number): number {
    return now + provider.settings.timeoutMs + LEASE_MARGIN_MS
  }

  /** Asks for up to `limit` jobs of a queue; for how many. */
  function claimFrom(provider: Provider, queue: Queue, limit: number, now: number, changes: Change[]): number {
    const { lanes } = provider
    const { owner } = queue
    const free = Math.min(limit, Math.max(queue.jobs, 1), capacity.countFreePart(provider, owner))
    if (free < 1) {
      lanes.wait(queue, [capacity.limitOwner(owner)], now)
      return 0
    }
    const drawn = drawKeys(provider, queue, free, now)
    if (drawn.length === 0) {
      lanes.wait(queue, capacity.listLimits(provider, queue, now), now)
      return 0
    }
    const leaseUntil = computeLease(provider, now)
    const total = drawn.reduce((sum, [, calls]) => sum + calls, 0)
    const isAll = total >= queue.jobs
    for (const [at, [quota, calls]] of drawn.entries()) {
      wanted.push(capacity.reserve(provider, queue, quota, calls, now))
      const asksNext = isAll && at === drawn.length - 1
      changes.push({ kind: "claim", lane: queue.lane, keyId: quota.keyId || null, leaseUntil, limit: calls, asksNext })
    }
    // Nothing more is known to be in it. The store's answer says when to look again.
    if (isAll) lanes.idle(queue)
    return total
  }

  /** What came of a claim. Says when to look at the queue again. */
  function settleClaim(want: Reserved, { jobs, nextRunAt }: Results["claim"], now: number): void {
    const { provider, queue } = want
    capacity.settle(want, jobs.length, now)
    countQueued(provider, queue, -jobs.length, true)
    if (nextRunAt === undefined) return
    if (nextRunAt === null) {
      // The store knows that there is none, whatever was counted.
      countQueued(provider, queue, -queue.jobs, true)
      if (queue.place !== "idle") provider.lanes.idle(queue)
    } else if (nextRunAt > now) provider.lanes.later(queue, nextRunAt)
    else if (queue.place !== "waiting") provider.lanes.ready(queue)
  }

  function claimFor(provider: Provider, now: number, changes: Change[]): void {
    provider.lanes.wake(now)
    let free = Math.min(provider.settings.concurrency - provider.inFlight, CLAIMS_MAX)
    for (let looks = 0; free > 0 && looks < LOOKS_MAX; looks++) {
      const turn = provider.lanes.next(free, now)
      if (!turn) return
      free -= claimFrom(provider, turn.queue, turn.share, now, changes)
      capacity.passOn(provider, turn.queue)
    }
  }

  return {
    /** Asks the store for what is due and fits: the changes that end a turn. `settle` must follow, or `rollBack`. */
    claim(now: number): Change[] {
      const changes: Change[] = []
      if (resumeAt <= now) {
        isResuming = true
        changes.push({ kind: "resume", leaseMs: leaseMsMax, limit: CLAIMS_MAX })
      }
      for (const provider of capacity.providers()) {
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
        for (const { id } of jobs) waiting.delete(id)
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

    /** The turn was undone: what it asked for is queued still, and what it put into the queue is not. */
    rollBack(now: number): void {
      for (const want of starting.values()) capacity.settle(want, 0, now)
      starting.clear()
      for (const want of wanted.splice(0)) {
        capacity.settle(want, 0, now)
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

    /**
     * How a new job goes out at once, or null where it must wait its turn: because others wait too, or no slot or quota is free.
     * It has its slots then, until `started` or `rollBack`.
     */
    tryStart(job: NewJob, now: number): Start | null {
      const provider = findProvider(job.provider)
      if (!provider || provider.inFlight >= provider.settings.concurrency || provider.lanes.nextAt() <= now) return null
      // No lane is ready; this one may still hold jobs that a closed quota or a missing slot keeps back.
      const queue = findQueue(provider, job)
      if (queue.place === "waiting" || capacity.countFree(job.owner) < 1) return null
      const [drawn] = drawKeys(provider, queue, 1, now)
      if (!drawn) return null
      const [quota] = drawn
      starting.set(job.id, capacity.reserve(provider, queue, quota, 1, now))
      return { keyId: quota.keyId || null, startedAt: now, leaseUntil: computeLease(provider, now) }
    },

    /** A job that `tryStart` let go is stored as started, or it is not stored. */
    started(jobId: string, isStored: boolean, now: number): void {
      const want = starting.get(jobId)
      starting.delete(jobId)
      if (want && !isStored) capacity.settle(want, 0, now)
    },

    /** Caps that hold from now on, in place of those before: owner -> how many of its jobs may run at one time. */
    setCaps: capacity.setCaps,

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
      waiting.set(job.id, job)
      resumeAt = Math.min(resumeAt, at)
    },

    /** A job of an earlier process waits for its upstream job: it takes its slots. */
    restoreWaiting(job: Claimed, at: number): void {
      overdueAt = Math.min(overdueAt, job.deadlineAt)
      // It must not take them twice.
      if (!waiting.has(job.id)) capacity.restore(job)
      waiting.set(job.id, job)
      resumeAt = Math.min(resumeAt, at)
    },

    /** The job no longer waits for its upstream job; the job, if it did. */
    untrack(jobId: string): Claimed | null {
      const job = waiting.get(jobId)
      if (!job) return null
      waiting.delete(jobId)
      capacity.release(job)
      return job
    },

    /** The job that waits for its upstream job, by its id; null: it does not. */
    findWaiting: (jobId: string): Claimed | null => waiting.get(jobId) ?? null,

    /** The turn puts a job into the queue, due at `runAt`. Where it does not come to that, `dequeued` takes it out. */
    queued(lane: Lane & { deadlineAt: number }, runAt: number, now: number): void {
      overdueAt = Math.min(overdueAt, lane.deadlineAt)
      const provider = findProvider(lane.provider)
      if (!provider) return
      const queue = findQueue(provider, lane)
      countQueued(provider, queue, 1, false)
      // It has jobs that are due already.
      if (queue.place === "ready" || queue.place === "waiting") return
      if (queue.place === "later" && queue.dueAt <= runAt) return
      if (runAt <= now) provider.lanes.ready(queue)
      else provider.lanes.later(queue, runAt)
    },

    /** On disk a job has left the queue by another way than a claim, or has not come into it. */
    dequeued(lane: Lane): void {
      const provider = findProvider(lane.provider)
      if (provider) countQueued(provider, findQueue(provider, lane), -1, true)
    },

    /** Whether as many jobs wait for this provider as may; then how many that is. */
    fullAt(name: string): number | null {
      const provider = findProvider(name)
      return provider && provider.waiting >= provider.settings.bufferSize ? provider.settings.bufferSize : null
    },

    /** When a job that was claimed and has waited for its thread may go out: epoch milliseconds; `now`: it goes. */
    admit(job: Claimed, now: number): number {
      const provider = findProvider(job.provider)
      return provider ? admit(capacity.findQuota(provider, job.keyId, job.model), now) : now
    },

    /** A call is no longer out. */
    ended: capacity.release,

    /** What a call's outcome says of its quota: what it closed, if that must be remembered. */
    learn(job: Claimed, outcome: Outcome, sentAt: number, now: number): ClosedQuota | null {
      const provider = findProvider(job.provider)
      if (!provider) return null
      const quota = capacity.findQuota(provider, job.keyId, job.model)
      if (!learn(quota, outcome, sentAt, now)) return null
      const { keyId, model, closedUntil, spacingMs } = quota
      return { provider: quota.provider, keyId, model, closedUntil, spacingMs }
    },

    /** What the job may still go out with when the key of its attempt was refused; null: nothing. */
    choiceWithout({ provider: name, model, keyChoice, keyId, owner }: Claimed): string | null {
      const provider = findProvider(name)
      const left = provider && keyId !== null ? withoutKey(keyChoice, keyId) : null
      return provider && left !== null && keysFor(provider.settings, model, left, owner).length > 0 ? left : null
    },

    /** When the first quota opens that jobs of this lane can go out under: epoch milliseconds. */
    opensAt(lane: Lane, now: number): number {
      const provider = findProvider(lane.provider)
      return provider ? Math.min(...capacity.listQuotas(provider, lane).map((quota) => quota.closedUntil)) : now
    },

    /** Nothing is known of the queue yet, or what was believed may be wrong: this is what is queued. */
    recount(lanes: readonly QueuedLane[]): void {
      resumeAt = 0
      overdueAt = 0
      for (const { provider } of lanes) findProvider(provider)
      for (const provider of capacity.providers()) {
        provider.waiting = 0
        capacity.clearLanes(provider)
      }
      for (const { jobs, ...lane } of lanes) {
        const provider = findProvider(lane.provider)
        if (!provider) continue
        const queue = findQueue(provider, lane)
        countQueued(provider, queue, jobs, true)
        provider.lanes.ready(queue)
      }
    },

    /** The lanes that have or had jobs of late which cannot go out as their provider is configured. */
    unserved(): Lane[] {
      return [...capacity.providers()].flatMap(({ lanes }) =>
        [...lanes.all()].filter(({ quotas }) => quotas.length === 0),
      )
    },

    /** What was closed when the last process ended is closed. */
    restore(closed: readonly ClosedQuota[], now: number): void {
      for (const { provider: name, keyId, model, closedUntil, spacingMs } of closed) {
        const provider = findProvider(name)
        // It is not known when the last call went out.
        const nextAt = Math.max(now, closedUntil) + (spacingMs ?? 0)
        if (provider) Object.assign(capacity.findQuota(provider, keyId, model), { closedUntil, spacingMs, nextAt })
      }
    },

    /** Forgets lanes that have no jobs, and quotas that no lane and no call needs. */
    sweep: (now: number) => capacity.sweep((quota) => isForgettable(quota, now)),

    /** When the next job that could go out is due: epoch ms, 0 for now, Infinity for never. */
    nextAt(): number {
      let next = resumeAt
      for (const { settings: own, inFlight, lanes } of capacity.providers()) {
        if (inFlight < own.concurrency) next = Math.min(next, lanes.nextAt())
      }
      return next
    },
  }
}
