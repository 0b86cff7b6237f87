// Keeps the file in order: gives space back, folds the log in, tries whether the disk takes writes, and moves times when the clock was set back.
import type { Database } from "bun:sqlite"
import type { ChangeOf } from "../store.ts"
import { schemaVersion, WRITER_BUSY_MS } from "./database.ts"

/** @param deleted whether something was deleted since it was last set to false: the log may still hold it */
export function createUpkeep(database: Database, deleted: { isInLog: boolean }) {
  const checkpoint = database.query<{ busy: number }, []>("PRAGMA wal_checkpoint(TRUNCATE)")
  const freePages = database.query<{ free: number; total: number }, []>(
    "SELECT freelist_count AS free, page_count AS total FROM pragma_freelist_count, pragma_page_count",
  )

  return {
    /** Nothing was made after now, or the next start would set all of it back once more. */
    setBack({ byMs, last }: ChangeOf<"setBack">, now: number): null {
      database.run(
        `UPDATE jobs SET run_at = run_at - ?, deadline_at = deadline_at - ?
         WHERE state IN ('queued', 'waiting', 'running') AND number <= ?`,
        [byMs, byMs, last],
      )
      database.run("UPDATE jobs SET created_at = ? WHERE created_at > ? AND number <= ?", [now, now, last])
      database.run("UPDATE quotas SET closed_until = closed_until - ?", [byMs])
      return null
    },

    /** A quarter of the file may stay free: pages that new jobs take again at once are not worth two writes. */
    shrink(pages: number): boolean {
      const { free, total } = freePages.get() ?? { free: 0, total: 0 }
      const spare = Math.floor(free - total / 4)
      // With .get() this pragma frees a single page.
      if (spare > 0) database.run(`PRAGMA incremental_vacuum(${Math.min(spare, pages)})`)
      return spare > pages
    },

    /** Puts the log into the database and empties it. A reader in the midst of a question stops that. */
    fold(): boolean {
      if (!deleted.isInLog) return true
      database.run("PRAGMA busy_timeout = 0")
      try {
        if (checkpoint.get()?.busy === 0) deleted.isInLog = false
      } finally {
        database.run(`PRAGMA busy_timeout = ${WRITER_BUSY_MS}`)
      }
      return !deleted.isInLog
    },

    probe(): null {
      database.run(`PRAGMA user_version = ${schemaVersion}`)
      return null
    },

    /** Folds the log into the database and closes it. */
    close(): void {
      database.run("PRAGMA wal_checkpoint(TRUNCATE)")
      database.close()
    },
  }
}
