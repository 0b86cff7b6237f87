// The timer that returns lapsed attempts to the queue, deletes what has expired, forgets what is over and gives the space back.
// It only asks: every change goes through the engine's one transaction, a bounded batch at a time.
import type { Clock } from "../clock.ts"
import type { Store } from "../jobs/sqlite/store.ts"
import type { Engine } from "./engine.ts"

const EVERY_MS = 1000
/** What is over for days can lie for another minute: looking for it goes through all that is there. */
const FORGET_EVERY_MS = 60_000
/** 500 deletes take about 1.6 ms; all at once, 124,000 took 587 ms and a 95 MB log. */
const BATCH = 500
/** 100 pages take about 4 ms, during which nothing is stored; so 20 MB/s go back and submits hardly notice. */
const SHRINK_PAGES = 100
const SHRINK_EVERY_MS = 20
/** What was deleted is out of the log within this time, or soon after. */
const FOLD_EVERY_MS = 10_000

/** Starts the timer; the returned function stops it. */
export function startReaper(engine: Engine, store: Store, clock: Clock): () => void {
  let isPruning = false
  let isShrinking = false
  let isStopped = false
  let forgetAt = 0
  let foldAt = 0
  let cancelShrink = () => {}

  function prune(): void {
    isPruning = true
    let count = 0
    engine.write({
      apply: (now) => {
        count = store.prune(now, BATCH)
      },
      done: () => {
        isPruning = count > 0
        if (isPruning) prune()
        else if (!isShrinking) shrink()
      },
      failed: () => {
        isPruning = false
      },
    })
  }

  function shrink(): void {
    isShrinking = !isStopped && engine.shrink(SHRINK_PAGES)
    if (isShrinking) cancelShrink = clock.after(SHRINK_EVERY_MS, shrink)
  }

  const stop = clock.every(EVERY_MS, () => {
    engine.write({
      apply: (now) => {
        for (const job of store.lapsed(now, BATCH)) engine.interrupted(job, "lease_expired", now)
        if (now < forgetAt) return
        engine.forget(now)
        forgetAt = now + FORGET_EVERY_MS
      },
    })
    if (!isPruning) prune()
    if (clock.now() >= foldAt && engine.fold()) foldAt = clock.now() + FOLD_EVERY_MS
    engine.beat()
  })
  return () => {
    isStopped = true
    cancelShrink()
    stop()
  }
}
