// The store as the engine has it: each transition that applied is counted, and how long each transaction took.
import type { Store } from "../../jobs/sqlite/store.ts"
import { type Meters, type OpenState, type Standing, UNCLASSIFIED } from "./meters.ts"

/** Up to so many queued jobs are told apart by their types at the start, which looks at each: 17 ms for as many. */
const TOLD_APART_MAX = 50_000

/** @param steady milliseconds with their fractions */
export function metered(store: Store, meters: Meters, steady: () => number): Store {
  let isBegun = false

  /** How many jobs were there at the start, whose `queued` have been counted by their providers. */
  function begin(queued: ReadonlyMap<string, number>): void {
    const total = [...queued.values()].reduce((sum, count) => sum + count, 0)
    const isFew = total <= TOLD_APART_MAX
    const unread = [...queued].map(([provider, count]) => ({ provider, requestType: UNCLASSIFIED, count }))
    meters.begin(
      [
        ...standing("queued", isFew ? store.unfinished("queued") : unread),
        ...standing("running", store.unfinished("running")),
        ...standing("waiting", store.unfinished("waiting")),
      ],
      isFew ? null : store.latestCreatedAt(),
    )
  }

  return {
    ...store,

    transaction(work) {
      const began = steady()
      try {
        const result = store.transaction(work)
        meters.committed(steady() - began)
        return result
      } catch (error) {
        meters.undone()
        throw error
      }
    },

    /** What the engine asks before its first turn is where the counting begins. */
    queuedByProvider() {
      const counts = store.queuedByProvider()
      if (!isBegun) begin(counts)
      isBegun = true
      return counts
    },

    submit(job, first) {
      const started = store.submit(job, first)
      meters.accepted(job)
      if (started) meters.started(started, "queued", started.startedAt - job.createdAt)
      return started
    },

    claim(from, keyId, now, leaseUntil, limit) {
      const jobs = store.claim(from, keyId, now, leaseUntil, limit)
      for (const job of jobs) meters.started(job, "queued", job.attempt === 1 ? now - job.createdAt : null)
      return jobs
    },

    resume(now, leaseMs, limit) {
      const jobs = store.resume(now, leaseMs, limit)
      for (const job of jobs) meters.started(job, "waiting", null)
      return jobs
    },

    succeed(job, end, success, now) {
      const isMoved = store.succeed(job, end, success, now)
      if (isMoved) meters.ended(job, "running", "succeeded", end.outcome, now - job.startedAt)
      return isMoved
    },

    fail(job, end, statusCode, error, now, raw) {
      const isMoved = store.fail(job, end, statusCode, error, now, raw)
      if (isMoved) meters.ended(job, "running", "failed", end.outcome, now - job.startedAt)
      return isMoved
    },

    await(job, state, runAt) {
      const isMoved = store.await(job, state, runAt)
      if (isMoved) meters.stopped(job, "waiting", null)
      return isMoved
    },

    retry(job, end, how, now) {
      const isMoved = store.retry(job, end, how, now)
      if (isMoved) meters.stopped(job, "queued", end.outcome)
      return isMoved
    },

    park(job, end, keyChoice, runAt, now) {
      const isMoved = store.park(job, end, keyChoice, runAt, now)
      if (isMoved) meters.stopped(job, "queued", end.outcome)
      return isMoved
    },

    fallBack(job, end, to, now) {
      const isMoved = store.fallBack(job, end, to, now)
      if (isMoved) meters.redirected(job, to.next.provider, end.outcome)
      return isMoved
    },

    expire(job, end, statusCode, error, now) {
      const isMoved = store.expire(job, end, statusCode, error, now)
      if (isMoved && end === null) meters.ended(job, "queued", "failed", null, null)
      else if (isMoved && end) meters.ended(job, "waiting", "failed", end.outcome, now - job.startedAt)
      return isMoved
    },

    cancel(id, statusCode, error, now, running) {
      const job = store.find(id)
      const isMoved = store.cancel(id, statusCode, error, now, running)
      if (isMoved && job) {
        const outcome = running?.end.outcome ?? null
        meters.ended(job, job.state as OpenState, "cancelled", outcome, running && now - job.startedAt)
      }
      return isMoved
    },

    remove(id) {
      const job = store.find(id)
      const isGone = store.remove(id)
      if (isGone && job && isOpen(job.state)) meters.ended(job, job.state, "removed", null, null)
      return isGone
    },

    lapsed(now, limit) {
      meters.reaped(now)
      return store.lapsed(now, limit)
    },

    prune(now, limit) {
      const count = store.prune(now, limit)
      meters.pruned(count)
      return count
    },
  }
}

function standing(state: OpenState, counts: Omit<Standing, "state">[]): Standing[] {
  return counts.map((count) => ({ ...count, state }))
}

function isOpen(state: string): state is OpenState {
  return state === "queued" || state === "running" || state === "waiting"
}
