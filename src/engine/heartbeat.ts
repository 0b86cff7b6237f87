// Checks once a second whether the store takes writes and whether the data directory still belongs to this process, and runs the
// upkeep of the store.
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

/** Without other writes, the store is probed this often, so that a failing disk is noticed. */
const PROBE_EVERY_MS = 10_000
/** How often the directory is checked at most while there are changes to store. */
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
  /** Why this process has lost the data directory; null: it has not. */
  lost: () => Loss | null
}) {
  const { store, committer, disk, dispatcher, recovery, failures, shutdown, clock } = options
  let probedAt = clock.now()
  let lookedAt = 0

  /** Whether this process has lost the data directory. If so, all work ends at once. */
  function isLost(): boolean {
    if (committer.isClosed() || clock.now() < lookedAt + LOOK_EVERY_MS) return committer.isClosed()
    lookedAt = clock.now()
    const loss = options.lost()
    if (loss === null) return false
    const { isDatabaseThere, ...over } = loss
    shutdown.end(over, isDatabaseThere)
    return true
  }

  /** Runs upkeep of the store. Where the store fails, the upkeep is not done and is due again. */
  function tryUpkeep(what: () => Answer<boolean>, use: (isDone: boolean) => void, reports: "trouble" | "damage"): void {
    if (disk.isDamaged() || isLost()) {
      use(false)
      return
    }
    ask(what, use, (error) => {
      if (!isStoreTrouble(error)) throw error
      // With `damage`, other failures are left to the probe, which finds out whether the store takes writes.
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
      if (disk.isInTrouble()) committer.refuseWaiting()
      if (disk.isDamaged()) return
      if (!disk.isInTrouble() && clock.now() - probedAt < PROBE_EVERY_MS) return
      probedAt = clock.now()
      const settled = () => {
        if (!disk.isInTrouble()) return
        committer.rejectUncertain(true)
        disk.recover()
        recovery.recount()
      }
      committer.write(createEntry<"probe">({ kind: "probe" }, { settled }))
    },

    /** Returns up to so many free pages of the database to the disk. @param use gets whether more are free */
    shrink(pages: number, use: (isMore: boolean) => void): void {
      tryUpkeep(() => store.shrink(pages), use, "trouble")
    },

    /** Removes deleted data from the write-ahead log too. @param use gets whether that is done */
    purgeLog(use: (isDone: boolean) => void): void {
      tryUpkeep(() => store.purgeLog(), use, "damage")
    },
  }
}
