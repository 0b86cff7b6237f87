// The timer that returns lapsed attempts to the queue, deletes what has expired, forgets what is over and gives the space back.
// It only asks: every change goes through the committer, a bounded batch at a time.
import type { Clock } from "../clock.ts"
import { countDays } from "../jobs/job.ts"
import type { Committer } from "./committer.ts"
import type { Heartbeat } from "./heartbeat.ts"
import { createEntry } from "./inbox.ts"
import type { Recovery } from "./recovery.ts"
import { PACED_MS } from "./schedule/quotas.ts"

const EVERY_MS = 1000
/** What is over for days can lie for another minute: looking for it goes through all that is there. */
const FORGET_EVERY_MS = 60_000
/** Two months and a bit: what a budget of a month may ask for. */
const SPENDING_DAYS = 62
/** 500 deletes take about 1.6 ms; all at once, 124,000 took 587 ms and a 95 MB log. */
const BATCH = 500
/** 100 pages take about 4 ms, during which nothing is stored; so 20 MB/s go back and submits hardly notice. */
const SHRINK_PAGES = 100
const SHRINK_EVERY_MS = 20
/** What was deleted is out of the log within this time, or soon after. */
const FOLD_EVERY_MS = 10_000

/** Starts the timer; the returned function stops it. */
export function startReaper(options: {
  committer: Committer
  recovery: Recovery
  heartbeat: Heartbeat
  clock: Clock
}): () => void {
  const { committer, recovery, heartbeat, clock } = options
  let isPruning = false
  let isShrinking = false
  let isStopped = false
  let forgetAt = 0
  let foldAt = 0
  let cancelShrink = () => {}

  function prune(): void {
    isPruning = true
    committer.write(
      createEntry<"prune">(
        { kind: "prune", limit: BATCH },
        {
          settled(count) {
            isPruning = count > 0
            if (isPruning) prune()
            else if (!isShrinking) shrink()
          },
          failed() {
            isPruning = false
          },
        },
      ),
    )
  }

  function shrink(): void {
    isShrinking = !isStopped
    if (isStopped) return
    heartbeat.shrink(SHRINK_PAGES, (isMore) => {
      isShrinking = isMore && !isStopped
      if (isShrinking) cancelShrink = clock.after(SHRINK_EVERY_MS, shrink)
    })
  }

  function forget(now: number): void {
    if (now < forgetAt) return
    const change = { kind: "forget", quotasBefore: now - PACED_MS, daysBefore: countDays(now) - SPENDING_DAYS } as const
    const settled = () => {
      forgetAt = now + FORGET_EVERY_MS
    }
    committer.write(createEntry<"forget">(change, { settled }))
  }

  const stop = clock.every(EVERY_MS, () => {
    recovery.interruptLapsed(BATCH)
    forget(clock.now())
    if (!isPruning) prune()
    if (clock.now() >= foldAt) {
      heartbeat.fold((isDone) => {
        if (isDone) foldAt = clock.now() + FOLD_EVERY_MS
      })
    }
    heartbeat.beat()
  })
  return () => {
    isStopped = true
    cancelShrink()
    stop()
  }
}
