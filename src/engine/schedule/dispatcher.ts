// Decides which queued jobs start now, and with which key. A job starts when it is due, its provider, key and caller have a free
// slot, and its quota is open. What holds back one lane of jobs holds back no other.
import type { Outcome } from "../../call.ts"
import type { Claimed, ClosedQuota, Lane, NewJob, Start } from "../../jobs/job.ts"
import type { Change, QueuedLane, Results } from "../../jobs/store.ts"
import { keysFor, withoutKey } from "../../providers/keys.ts"
import type { ProviderSettings } from "../../providers/provider.ts"
import { type CapacityView, createCapacity, type Provider, type Reserved } from "./capacity.ts"
import { draw } from "./draw.ts"
import type { Queue } from "./lanes.ts"
import { admit, isForgettable, learn } from "./quotas.ts"

/** How many jobs one turn may claim for one provider: bounds the time that a submit waits for such a turn. */
const CLAIMS_MAX = 256
/** How many lanes one turn looks at for one provider: looking at lanes that cannot start takes time too. */
const LOOKS_MAX = 1000
/** By how much the lease outlives the timeout of the call, so that only the lease of an orphaned attempt expires. */
const LEASE_MARGIN_MS = 60_000
const NEVER = Number.POSITIVE_INFINITY

export type Dispatcher = ReturnType<typeof createDispatcher>

/**
 * @param ownerCaps owner -> how many of its jobs may run at the same time
 * @param random in [0, 1): chooses among keys
 */
// Longer than 80 lines: what is queued, claimed and waiting is one state, and each function reads or changes a few lines of it.
export function createDispatcher(
  settings: ProviderSettings[],
  ownerCaps: Record<string, number>,
  random: () => number,
) {
  const capacity = createCapacity(settings, ownerCaps)
  const { findProvider, findQueue } = capacity
  /** The reservations of the current turn's claims, in the order of the claims. */
  const wanted: Reserved[] = []
  let isResuming = false
  /** Job id -> the reservation of a new job that the current turn stores in the state `running`. */
  const starting = new Map<string, Reserved>()
  /** By how much the current turn changes the number of jobs in each queue. */
  const uncertain = new Map<Queue, { provider: Provider; jobs: number }>()
  /** Jobs that wait for their upstream job. They keep their slots like a call in flight. */
  const waiting = new Map<string, Claimed>()
  /** No upstream job is to be polled before this. */
  let resumeAt = NEVER
  /** No queued or waiting job is overdue before this. */
  let overdueAt = 0
  const leaseMsMax = Math.max(0, ...settings.map(({ timeoutMs }) => timeoutMs)) + LEASE_MARGIN_MS

  /** @param isCertain whether the change is on disk; else it is undone when the turn is rolled back */
  function countQueued(provider: Provider, queue: Queue, jobs: number, isCertain: boolean): void {
    provider.queued += jobs
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

  /** Adds claims for up to `limit` jobs of a queue to `changes`, and returns for how many. */
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
    // All known jobs are claimed. The store's answer says when the next one is due.
    if (isAll) lanes.idle(queue)
    return total
  }

  /** Takes the result of a claim and decides when to look at the queue again. */
  function settleClaim(want: Reserved, { jobs, nextRunAt }: Results["claim"], now: number): void {
    const { provider, queue } = want
    capacity.settle(want, jobs.length, now)
    countQueued(provider, queue, -jobs.length, true)
    if (nextRunAt === undefined) return
    if (nextRunAt === null) {
      // The store has no more jobs of this lane, whatever was counted.
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
    /** Returns the claims that end a turn: of due jobs, within all limits. `settle` or `rollBack` must follow. */
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

    /** Takes the results of the claims when the turn is on disk. Returns the jobs whose calls start, resumed ones first. */
    settle(results: readonly unknown[], started: readonly Claimed[], now: number): Claimed[] {
      const claims = isResuming ? results.slice(1) : results
      let resumed: Claimed[] = []
      if (isResuming) {
        const { jobs, nextAt } = results[0] as Results["resume"]
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

    /** Undoes what the turn counted, because the store has rolled it back. */
    rollBack(now: number): void {
      for (const want of starting.values()) capacity.settle(want, 0, now)
      starting.clear()
      for (const want of wanted.splice(0)) {
        capacity.settle(want, 0, now)
        want.provider.lanes.ready(want.queue)
      }
      for (const [queue, { provider, jobs }] of uncertain) {
        provider.queued -= jobs
        queue.jobs -= jobs
      }
      uncertain.clear()
      isResuming = false
      resumeAt = 0
      overdueAt = 0
    },

    /**
     * Reserves slots for a new job that starts at once; null where the job must be queued, because others wait or a limit is
     * reached. `started` or `rollBack` must follow.
     */
    tryStart(job: NewJob, now: number): Start | null {
      const provider = findProvider(job.provider)
      if (!provider || provider.inFlight >= provider.settings.concurrency || provider.lanes.nextAt() <= now) return null
      // No lane is ready, but this one may have jobs that wait for a quota or a slot.
      const queue = findQueue(provider, job)
      if (queue.place === "waiting" || capacity.countFree(job.owner) < 1) return null
      const [drawn] = drawKeys(provider, queue, 1, now)
      if (!drawn) return null
      const [quota] = drawn
      starting.set(job.id, capacity.reserve(provider, queue, quota, 1, now))
      return { keyId: quota.keyId || null, startedAt: now, leaseUntil: computeLease(provider, now) }
    },

    /** Reports whether a job that `tryStart` accepted is stored in the state `running`; else its slots are freed. */
    started(jobId: string, isStored: boolean, now: number): void {
      const want = starting.get(jobId)
      starting.delete(jobId)
      if (want && !isStored) capacity.settle(want, 0, now)
    },

    /** What the queues are described from: see queueview.ts. */
    view: { capacity: capacity as CapacityView, waiting: waiting as ReadonlyMap<string, Claimed> },

    /** Replaces the caps: owner -> how many of its jobs may run at the same time. */
    setCaps: capacity.setCaps,

    /** The earliest time at which a queued or waiting job can be overdue: epoch ms. */
    overdueAt: () => overdueAt,

    /** Sets the earliest time at which a job can be overdue, after all overdue ones are ended. */
    setNextDeadline(at: number): void {
      overdueAt = at
    },

    /** Allows for the deadline of a job that this turn makes wait. */
    expectDeadline(at: number): void {
      overdueAt = Math.min(overdueAt, at)
    },

    /** Adds a job that waits for its upstream job, to be polled at `at`. The job has its slots already. */
    trackWaiting(job: Claimed, at: number): void {
      overdueAt = Math.min(overdueAt, job.deadlineAt)
      waiting.set(job.id, job)
      resumeAt = Math.min(resumeAt, at)
    },

    /** Adds a job of an earlier process that waits for its upstream job, and takes slots for it. */
    restoreWaiting(job: Claimed, at: number): void {
      overdueAt = Math.min(overdueAt, job.deadlineAt)
      // A job must not take its slots twice.
      if (!waiting.has(job.id)) capacity.restore(job)
      waiting.set(job.id, job)
      resumeAt = Math.min(resumeAt, at)
    },

    /** Removes a job that no longer waits for its upstream job, and frees its slots. Returns the job, or null if it did not wait. */
    untrack(jobId: string): Claimed | null {
      const job = waiting.get(jobId)
      if (!job) return null
      waiting.delete(jobId)
      capacity.release(job)
      return job
    },

    /** The job with this id, if it waits for its upstream job; else null. */
    findWaiting: (jobId: string): Claimed | null => waiting.get(jobId) ?? null,

    /** Counts a job that this turn queues, due at `runAt`. Where the job is not stored in the end, `dequeued` must follow. */
    queued(lane: Lane & { deadlineAt: number }, runAt: number, now: number): void {
      overdueAt = Math.min(overdueAt, lane.deadlineAt)
      const provider = findProvider(lane.provider)
      if (!provider) return
      const queue = findQueue(provider, lane)
      countQueued(provider, queue, 1, false)
      // This queue has jobs that are due already.
      if (queue.place === "ready" || queue.place === "waiting") return
      if (queue.place === "later" && queue.dueAt <= runAt) return
      if (runAt <= now) provider.lanes.ready(queue)
      else provider.lanes.later(queue, runAt)
    },

    /** Counts a job that has left the queue otherwise than by a claim, or was not stored in it. */
    dequeued(lane: Lane): void {
      const provider = findProvider(lane.provider)
      if (provider) countQueued(provider, findQueue(provider, lane), -1, true)
    },

    /** How many jobs this share of the provider's queue holds, if so many are in it; null: it has room. */
    fullAt(name: string, share = 1): number | null {
      const { settings, queued = 0 } = findProvider(name) ?? {}
      return settings && queued >= settings.bufferSize * share ? Math.ceil(settings.bufferSize * share) : null
    },

    /** When the call of a claimed job that has waited may be sent: see quotas.ts. */
    admit(job: Claimed, now: number, countedAt?: number): number {
      const provider = findProvider(job.provider)
      return provider ? admit(capacity.findQuota(provider, job.keyId, job.model), now, countedAt) : now
    },

    /** Frees the slots of a call that has ended. */
    releaseSlots: capacity.release,

    /** Updates the quota of a call from its outcome. Returns the closed quota if it must be stored, else null. */
    learn(job: Claimed, outcome: Outcome, sentAt: number, now: number): ClosedQuota | null {
      const provider = findProvider(job.provider)
      if (!provider) return null
      const quota = capacity.findQuota(provider, job.keyId, job.model)
      if (!learn(quota, outcome, sentAt, now)) return null
      const { keyId, model, closedUntil, spacingMs } = quota
      return { provider: quota.provider, keyId, model, closedUntil, spacingMs }
    },

    /** The key choice that is left to a job after the key of its attempt was refused; null: no key is left. */
    choiceWithout({ provider: name, model, keyChoice, keyId, owner }: Claimed): string | null {
      const provider = findProvider(name)
      const left = provider && keyId !== null ? withoutKey(keyChoice, keyId) : null
      return provider && left !== null && keysFor(provider.settings, model, left, owner).length > 0 ? left : null
    },

    /** When the first of the quotas opens that jobs of this lane can use: epoch milliseconds. */
    opensAt(lane: Lane, now: number): number {
      const provider = findProvider(lane.provider)
      return provider ? Math.min(...capacity.listQuotas(provider, lane).map((quota) => quota.closedUntil)) : now
    },

    /** Replaces the counted jobs by those that the store has, at the start and whenever the count may be wrong. */
    recount(lanes: readonly QueuedLane[]): void {
      resumeAt = 0
      overdueAt = 0
      for (const { provider } of lanes) findProvider(provider)
      for (const provider of capacity.providers()) {
        provider.queued = 0
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

    /** The known lanes whose jobs cannot start because no key is configured for them. */
    unserved(): Lane[] {
      return [...capacity.providers()].flatMap(({ lanes }) =>
        [...lanes.all()].filter(({ quotas }) => quotas.length === 0),
      )
    },

    /** Restores the quotas that earlier processes have closed. */
    restore(closed: readonly ClosedQuota[], now: number): void {
      for (const { provider: name, keyId, model, closedUntil, spacingMs } of closed) {
        const provider = findProvider(name)
        // The time of the last call is not known.
        const nextAt = Math.max(now, closedUntil) + (spacingMs ?? 0)
        if (provider) Object.assign(capacity.findQuota(provider, keyId, model), { closedUntil, spacingMs, nextAt })
      }
    },

    /** Forgets lanes without jobs, and quotas that no lane and no call needs. */
    sweep: (now: number) => capacity.sweep((quota) => isForgettable(quota, now)),

    /** When the next job is due that could start: epoch ms, 0 for now, Infinity for never. */
    nextAt(): number {
      let next = resumeAt
      for (const { settings: own, inFlight, lanes } of capacity.providers()) {
        if (inFlight < own.concurrency) next = Math.min(next, lanes.nextAt())
      }
      return next
    },
  }
}
