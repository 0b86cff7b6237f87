// Once a second: how the store is, whether it takes writes again, whether the directory is still this process's, and its upkeep.
import type { Clock } from "../clock.ts"
import { type Answer, ask } from "../jobs/answer.ts"
import type { Loss } from "../jobs/sqlite/directory.ts"
import type { Store } from "../jobs/store.ts"
import type { Committer } from "./committer.ts"
import { type Disk, isStoreTrouble } from "./disk.ts"
import type { FailureLog } from "./failurelog.ts"
import { createEntry } from "./inbox.ts"
import type { Recovery } from "./recovery.ts"
import type { Dispatcher } from "./schedule/dispatcher.ts"
import type { Shutdown } from "./shutdown.ts"

/** A quiet gateway still learns within this time that its disk takes no more writes. */
const PROBE_EVERY_MS = 10_000
/** So often, while there is something to store, the engine looks whether the directory is still its own. */
const LOOK_EVERY_MS = 10

export type Heartbeat = ReturnType<typeof createHeartbeat>

export function createHeartbeat(options: {
  store: Store
  committer: Committer
  disk: Disk
  dispatcher: Dispatcher
  recovery: Recovery
  failures: FailureLog
  shutdown: Shutdown
  clock: Clock
  /** Why the directory is no longer this process's, or null. */
  lost: () => Loss | null
}) {
  const { store, committer, disk, dispatcher, recovery, failures, shutdown, clock } = options
  let probedAt = clock.now()
  let lookedAt = 0

  /** Where the directory is lost, all work ends at once. */
  function isLost(): boolean {
    if (committer.isClosed() || clock.now() < lookedAt + LOOK_EVERY_MS) return committer.isClosed()
    lookedAt = clock.now()
    const loss = options.lost()
    if (loss === null) return false
    const { isDatabaseThere, ...over } = loss
    shutdown.end(over, isDatabaseThere)
    return true
  }

  /** Asks the store for upkeep that may fail: it is done later then. */
  function tryUpkeep(what: () => Answer<boolean>, use: (isDone: boolean) => void, reports: "trouble" | "damage"): void {
    if (disk.isDamaged() || isLost()) {
      use(false)
      return
    }
    ask(what, use, (error) => {
      if (!isStoreTrouble(error)) throw error
      // Whether a full disk takes writes at all, others find out.
      if (reports === "trouble" || error.kind === "corrupt") disk.report(error)
      use(false)
    })
  }

  return {
    isLost,

    beat(): void {
      if (isLost()) return
      disk.pulse()
      failures.flush()
      if (!committer.isTurnOut()) dispatcher.sweep(clock.now())
      if (disk.isDamaged()) return
      if (!disk.isInTrouble() && clock.now() - probedAt < PROBE_EVERY_MS) return
      probedAt = clock.now()
      const settled = () => {
        if (!disk.isInTrouble()) return
        committer.rejectUncertain()
        disk.recover()
        recovery.recount()
      }
      committer.write(createEntry<"probe">({ kind: "probe" }, { settled }))
    },

    /** Gives so many free pages back to the disk. @param use hears whether there are more to give */
    shrink(pages: number, use: (isMore: boolean) => void): void {
      tryUpkeep(() => store.shrink(pages), use, "trouble")
    },

    /** Puts what was deleted out of the log too. @param use hears whether that is done */
    fold(use: (isDone: boolean) => void): void {
      tryUpkeep(() => store.fold(), use, "damage")
    },
  }
}
