// Wraps the store: reports the jobs that have ended as soon as that is on disk, and when stored times were moved.
import type { Claimed } from "../jobs/job.ts"
import type { Change, Results, Store } from "../jobs/store.ts"

/** Who is told of ends. */
interface Watcher {
  ended(job: Claimed): void
  /** Called with how many submits a turn had. */
  submitted(count: number): void
  /** Called when stored times were moved, and when a batch may have ended. */
  askAll(): void
}

/**
 * @param watcher a function, because the watcher is created after the store
 * @param onEnd called with each of these jobs too
 */
export function watchEnds(store: Store, watcher: () => Watcher, onEnd: (job: Claimed) => void): Store {
  function ended(job: Claimed): void {
    watcher().ended(job)
    onEnd(job)
  }

  function report(changes: readonly Change[], results: unknown[]): unknown[] {
    let submits = 0
    for (const [at, change] of changes.entries()) {
      if (change.kind === "submit") submits++
      else if (change.kind === "finish") {
        if (results[at] === true) ended(change.job)
      } else if (change.kind === "cancel") {
        for (const { job } of results[at] as Results["cancel"]) ended(job)
      } else if (change.kind === "setBack" || (change.kind === "moveBatch" && results[at] === true)) watcher().askAll()
    }
    if (submits > 0) watcher().submitted(submits)
    return results
  }

  return {
    ...store,
    turn(now, changes) {
      const results = store.turn(now, changes)
      return results instanceof Promise ? results.then((some) => report(changes, some)) : report(changes, results)
    },
  }
}
