// Upkeep of the file: returns free pages, checkpoints the log, probes the disk, and corrects times after the clock was set back.
import type { Database } from "bun:sqlite"
import type { ChangeOf } from "../store.ts"
import { schemaVersion, WRITER_BUSY_MS } from "./database.ts"

/** @param deleted whether the write-ahead log may still contain deleted data */
export function createUpkeep(database: Database, deleted: { isInLog: boolean }) {
  const checkpoint = database.query<{ busy: number }, []>("PRAGMA wal_checkpoint(TRUNCATE)")
  const freePages = database.query<{ free: number; total: number }, []>(
    "SELECT freelist_count AS free, page_count AS total FROM pragma_freelist_count, pragma_page_count",
  )

  return {
    /** Moves stored times back. No creation time may be after now, or the next start would move everything again. */
    setBack({ byMs, last }: ChangeOf<"setBack">, now: number): null {
      database.run(
        `UPDATE jobs SET run_at = run_at - ?, deadline_at = deadline_at - ?
         WHERE state IN ('queued', 'waiting', 'running') AND number <= ?`,
        [byMs, byMs, last],
      )
      database.run("UPDATE jobs SET created_at = ? WHERE created_at > ? AND number <= ?", [now, now, last])
      database.run("UPDATE quotas SET closed_until = closed_until - ?", [byMs])
      database.run("UPDATE webhook_deliveries SET next_at = next_at - ? WHERE next_at IS NOT NULL", [byMs])
      return null
    },

    /** Returns free pages beyond a quarter of the file. New jobs soon use the others, so that returning them is not worth it. */
    shrink(pages: number): boolean {
      const { free, total } = freePages.get() ?? { free: 0, total: 0 }
      const spare = Math.floor(free - total / 4)
      // With .get() this pragma frees a single page.
      if (spare > 0) database.run(`PRAGMA incremental_vacuum(${Math.min(spare, pages)})`)
      return spare > pages
    },

    /** Checkpoints and truncates the write-ahead log. Fails while a reader has a transaction open. */
    purgeLog(): boolean {
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

    /** Checkpoints the write-ahead log and closes the database. */
    close(): void {
      database.run("PRAGMA wal_checkpoint(TRUNCATE)")
      database.close()
    },
  }
}
