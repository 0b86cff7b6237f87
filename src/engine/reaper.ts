// The timer that requeues attempts whose lease has expired, deletes expired jobs, old quotas and old usage, and stored responses where
// the database is too large, and returns free space to the disk. Every change goes through the committer, a bounded batch at a time.
import type { Clock } from "../clock.ts"
import type { ResponseBound } from "../jobs/expiry.ts"
import { countDays } from "../jobs/job.ts"
import type { Log } from "../log.ts"
import type { Committer } from "./committer.ts"
import type { Heartbeat } from "./heartbeat.ts"
import { createEntry } from "./inbox.ts"
import type { Recovery } from "./recovery.ts"
import { createResponseTrim } from "./responsetrim.ts"
import { PACED_MS } from "./schedule/quotas.ts"
import type { FromEngine } from "./threads/protocol.ts"
import type { Sender } from "./threads/sender.ts"

const DAY_MS = 86_400_000
const EVERY_MS = 1000
/** How often old quotas and usage are looked for. */
const FORGET_EVERY_MS = 60_000
/** For how many days usage is kept. */
const USAGE_DAYS = 400
/** How many jobs one turn deletes: 500 deletes take about 1.6 ms, 124,000 at once took 587 ms and a log of 95 MB. */
const BATCH = 500
/** How many rows of expired conversations: an item can be long. */
const ITEMS = 50
/** How many pages are returned at once: 100 take about 4 ms, during which nothing is stored. That makes 20 MB/s. */
const SHRINK_PAGES = 100
const SHRINK_EVERY_MS = 20
/** How often deleted data is removed from the write-ahead log. */
const PURGE_LOG_EVERY_MS = 10_000

/** Starts the timer; the returned function stops it. */
export function startReaper(options: {
  committer: Committer
  recovery: Recovery
  heartbeat: Heartbeat
  clock: Clock
  log: Log
  /** Absent: nothing is deleted before its time. */
  responseBound?: ResponseBound
  post: (message: FromEngine) => void
  sender: () => Sender
  /** For how many days webhook deliveries are kept. */
  deliveryDays: number
}): () => void {
  const { committer, recovery, heartbeat, clock, post, sender, deliveryDays } = options
  const responseTrim = createResponseTrim(options)
  let isPruning = false
  let isShrinking = false
  let isStopped = false
  let forgetAt = 0
  let purgeLogAt = 0
  let cancelShrink = () => {}

  function prune(): void {
    isPruning = true
    committer.write(
      createEntry<"prune">(
        { kind: "prune", limit: BATCH },
        {
          settled(count) {
            isPruning = count > 0 && !isStopped
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

  function pruneDeliveries(now: number): void {
    const change = { kind: "pruneDeliveries", before: now - deliveryDays * DAY_MS, limit: BATCH } as const
    const settled = (count: number) => {
      if (count === BATCH && !isStopped) pruneDeliveries(now)
    }
    committer.write(createEntry<"pruneDeliveries">(change, { settled }))
  }

  function forget(now: number): void {
    if (now < forgetAt) return
    const change = { kind: "forget", quotasBefore: now - PACED_MS, daysBefore: countDays(now) - USAGE_DAYS } as const
    const settled = () => {
      forgetAt = now + FORGET_EVERY_MS
      pruneDeliveries(now)
    }
    committer.write(createEntry<"forget">(change, { settled }))
    pruneFiles()
    pruneConversations()
    responseTrim.start()
  }

  function pruneConversations(): void {
    const settled = (count: number) => {
      if (count === ITEMS && !isStopped) pruneConversations()
    }
    committer.write(createEntry<"pruneConversations">({ kind: "pruneConversations", limit: ITEMS }, { settled }))
  }

  /** Deletes the rows of expired files and old batches. */
  function pruneFiles(): void {
    committer.write(
      createEntry<"pruneFiles">(
        { kind: "pruneFiles", limit: BATCH },
        {
          settled(ids) {
            if (ids.length > 0) post({ kind: "filesExpired", ids })
          },
        },
      ),
    )
  }

  const stop = clock.every(EVERY_MS, () => {
    recovery.interruptLapsed(BATCH)
    forget(clock.now())
    if (!isPruning) prune()
    if (clock.now() >= purgeLogAt) {
      heartbeat.purgeLog((isDone) => {
        if (isDone) purgeLogAt = clock.now() + PURGE_LOG_EVERY_MS
      })
    }
    heartbeat.beat()
    sender().beat()
  })
  return () => {
    isStopped = true
    responseTrim.stop()
    cancelShrink()
    stop()
  }
}
