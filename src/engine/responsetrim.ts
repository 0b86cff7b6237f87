// Deletes stored responses before their time, the oldest first, while the database holds more than it may: a bounded batch at a time.
import type { Clock } from "../clock.ts"
import type { ResponseBound } from "../jobs/expiry.ts"
import type { Log } from "../log.ts"
import type { Committer } from "./committer.ts"
import { createEntry } from "./inbox.ts"

/** How many responses one turn deletes at most. */
const BATCH = 500

export function createResponseTrim(options: {
  committer: Pick<Committer, "write">
  clock: Clock
  log: Log
  /** Absent: nothing is deleted. */
  responseBound?: ResponseBound
}) {
  const { committer, clock, log, responseBound } = options
  let isRunning = false
  let isStopped = false

  function trim(bound: ResponseBound, after: number, deleted: number): void {
    const { ttlMs, bytesMax, sparedMs } = bound
    const endedBy = clock.now() - sparedMs
    committer.write(
      createEntry<"trimResponses">(
        { kind: "trimResponses", ttlMs, bytesMax, endedBy, after, limit: BATCH },
        {
          settled({ count, last }) {
            if (last === null || isStopped) finish(bound, deleted + count)
            else trim(bound, last, deleted + count)
          },
          failed: () => finish(bound, deleted),
        },
      ),
    )
  }

  function finish({ bytesMax }: ResponseBound, deleted: number): void {
    isRunning = false
    if (deleted === 0) return
    log.warn("the database held more than client.max_database_mb: the oldest stored responses were deleted early", {
      deleted,
      max_mb: bytesMax / 1024 / 1024,
    })
  }

  return {
    /** Deletes what is too much, unless that is under way. */
    start(): void {
      if (isRunning || responseBound === undefined) return
      isRunning = true
      trim(responseBound, 0, 0)
    },

    stop(): void {
      isStopped = true
    },
  }
}
