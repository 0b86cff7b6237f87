// Wraps the store for the metrics: counts each applied change once it is on disk, and measures the time of each turn.
import { isUnfinished, type UnfinishedState } from "../../jobs/job.ts"
import type { Change, ChangeKind, Changes, Remains, Results, Store } from "../../jobs/store.ts"
import type { Changes as ChangedJobs } from "./changes.ts"
import type { Meters } from "./meters.ts"

/** Where nobody follows the changes. */
const nobody = { note() {} }

/**
 * @param steady a clock that never goes back, in milliseconds with fractions
 * @param changed is told of each applied change too
 */
export function meterStore(
  store: Store,
  meters: Meters,
  steady: () => number,
  changed: Pick<ChangedJobs, "note"> = nobody,
): Store {
  function countTurn(now: number, changes: readonly Change[], results: readonly unknown[], began: number): unknown[] {
    for (const [at, change] of changes.entries()) countChange(change, results[at], now)
    meters.committed(steady() - began, now)
    return results as unknown[]
  }

  function countChange(change: Change, result: unknown, now: number): void {
    const count = counts[change.kind] as ((change: Change, result: unknown, now: number) => void) | undefined
    count?.(change, result, now)
  }

  const counts: { [Kind in ChangeKind]?: (change: Changes[Kind], result: Results[Kind], now: number) => void } = {
    submit({ job }, result) {
      if (result.kind !== "queued" && result.kind !== "started") return
      meters.accepted(job)
      if (result.kind === "started") meters.started(job, "queued", result.job.startedAt - job.createdAt)
      if (result.kind === "started") changed.note(result.job, null, "running")
      else changed.note(job, null, "queued")
    },

    claim(_, { jobs }, now) {
      for (const job of jobs) {
        meters.started(job, "queued", job.attempt === 1 ? now - job.createdAt : null)
        changed.note(job, "queued", "running")
      }
    },

    resume(_, { jobs }) {
      for (const job of jobs) {
        meters.started(job, "waiting", null)
        changed.note(job, "waiting", "running")
      }
    },

    finish({ job, from, state, end, error }, isApplied, now) {
      if (!isApplied) return
      meters.ended(job, from, state, end?.outcome ?? null, end && now - job.startedAt)
      changed.note(job, from, state, { error })
    },

    requeue({ job, end, fallback }, isApplied) {
      if (!isApplied) return
      if (fallback) meters.redirected(job, fallback.next.provider, end.outcome)
      else meters.stopped(job, "queued", end.outcome)
      changed.note(job, "running", "queued", fallback?.next)
    },

    await({ job }, { isApplied }) {
      if (!isApplied) return
      meters.stopped(job, "waiting", null)
      changed.note(job, "running", "waiting")
    },

    cancel({ jobs }, left, now) {
      const ends = new Map(jobs.map(({ id, end }) => [id, end]))
      for (const { job, state } of left) {
        const end = state === "queued" ? null : ends.get(job.id)
        meters.ended(job, state as UnfinishedState, "cancelled", end?.outcome ?? null, end ? now - job.startedAt : null)
        changed.note(job, state, "cancelled")
      }
    },

    remove(_, { left }) {
      for (const { job, state } of left) {
        if (isUnfinished(state)) meters.ended(job, state, "removed", null, null)
        changed.note(job, state, null)
      }
    },

    prune: (_, count) => meters.pruned(count),

    trimResponses: (_, { count }) => meters.pruned(count),

    deliver({ tried }, isApplied) {
      if (isApplied) meters.delivered(tried.outcome)
    },
  }

  function begin(remains: Remains): Remains {
    meters.begin(remains.unfinished, remains.latestCreatedAt)
    return remains
  }

  return {
    ...store,

    turn(now, changes) {
      const began = steady()
      try {
        const results = store.turn(now, changes)
        if (!(results instanceof Promise)) return countTurn(now, changes, results, began)
        return results.then(
          (some) => countTurn(now, changes, some, began),
          (error) => {
            meters.undone()
            throw error
          },
        )
      } catch (error) {
        meters.undone()
        throw error
      }
    },

    /** Called before the first turn: the counts begin with the jobs that are stored. */
    remains() {
      const remains = store.remains()
      return remains instanceof Promise ? remains.then(begin) : begin(remains)
    },

    lapsed(now, limit) {
      meters.reaped(now)
      return store.lapsed(now, limit)
    },
  }
}
