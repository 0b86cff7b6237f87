// The connections to the database and their pragmas, the meaning of SQLite's errors, and the disk space that the database uses.

import { Database, SQLiteError } from "bun:sqlite"
import { statfsSync, statSync } from "node:fs"
import { dirname } from "node:path"
import type { drizzle } from "drizzle-orm/bun-sqlite"
import { quoteForShell } from "../../shell.ts"
import type { Sizes } from "../reads.ts"
import { StoreError } from "../storeerror.ts"
import { bundledMigrations } from "./migrations.macro.ts" with { type: "macro" }

export const migrations = bundledMigrations()

/** The schema version this program writes: the number of its migrations, kept in `PRAGMA user_version`. */
export const schemaVersion = migrations.length

const MIB = 1024 * 1024

/** Whether an error says that the database file is damaged. */
export function isDamage(error: unknown): error is SQLiteError & { code: string } {
  return error instanceof SQLiteError && /^SQLITE_(CORRUPT|NOTADB|IOERR_CORRUPTFS)/.test(error.code ?? "")
}

/** A connection, and Drizzle on top of it. */
export interface Connection {
  database: Database
  db: ReturnType<typeof drizzle>
}

/** Converts an error of SQLite into a `StoreError`. Any other error is a mistake in the change: a `conflict`. */
export function toStoreError(error: unknown, isUncertain = false): StoreError {
  if (error instanceof StoreError) return error
  if (!(error instanceof SQLiteError)) return new StoreError("conflict", "", String(error), { cause: error })
  const code = error.code ?? "SQLITE_ERROR"
  const kind = isDamage(error)
    ? "corrupt"
    : code.startsWith("SQLITE_CONSTRAINT")
      ? "conflict"
      : code === "SQLITE_FULL"
        ? "full"
        : "unavailable"
  return new StoreError(kind, code, error.message, { cause: error, isUncertain })
}

/** Instructions for an operator whose database is damaged. */
export function describeRecovery(path: string): string {
  return (
    "To go on with a backup: asyncgate restore FILE. " +
    `To save what can be read: sqlite3 ${quoteForShell(path)} .recover | sqlite3 ${quoteForShell(`${path}.recovered`)}, then move that into its place; ` +
    "it needs the sqlite3 program of sqlite.org, because that of some systems cannot recover. " +
    `To start empty: move ${path} and its -wal and -shm files away.`
  )
}

/** The engine's connection: the only one that writes. */
export function openWriter(path: string): Database {
  const database = new Database(path)
  // With FULL, an accepted job survives a power cut and not only a crash. With group commit the cost is not noticeable.
  database.run("PRAGMA synchronous = FULL")
  database.run("PRAGMA foreign_keys = ON")
  // Deleted data is overwritten. FAST would leave the pages of long bodies in the file.
  database.run("PRAGMA secure_delete = ON")
  // Temporary tables stay in memory, because the disk with the temporary directory could be full.
  database.run("PRAGMA temp_store = MEMORY")
  // Another tool may hold the write lock for a moment. A write that must wait longer than this fails.
  database.run(`PRAGMA busy_timeout = ${WRITER_BUSY_MS}`)
  // Without a limit the log file keeps the largest size that it ever had.
  database.run(`PRAGMA journal_size_limit = ${64 * MIB}`)
  return database
}

/** How long a write waits for the lock of another program. */
export const WRITER_BUSY_MS = 2000

/** The read-only connection of the HTTP server. */
export function openReader(path: string): Database {
  const database = new Database(path, { readonly: true })
  database.run("PRAGMA busy_timeout = 1000")
  // Of a million stored jobs the inner pages of the trees: a poll of any of them reads two pages then, with SQLite's own 2 MB four.
  database.run("PRAGMA cache_size = -32000")
  return database
}

/**
 * The HTTP server's connection for bodies that are read in pieces. It maps the file into memory instead of reading every page of
 * 4 KB with a system call: 20 MB take 3 ms instead of 5.5. Other queries do not use it, because a read error of the disk would
 * then end the process, and because the mapping is renewed after every write.
 */
export function openMappedReader(path: string): Database {
  const database = openReader(path)
  database.run(`PRAGMA mmap_size = ${256 * MIB}`)
  return database
}

/** The first value of the first row. The statement is finalized, because one left open keeps its connection open past close(). */
export function ask(database: Database, sql: string): unknown {
  const statement = database.prepare<unknown, []>(sql)
  try {
    return statement.values()[0]?.[0]
  } finally {
    statement.finalize()
  }
}

/** The size of a file in bytes; 0 where there is no file. */
export function measureFile(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** The default reserve of free disk space: 512 MB, or 5 % of a smaller disk. */
const RESERVE_BYTES = 512_000_000
const RESERVE_SHARE = 0.05

/** The free bytes of the disk with this file, and how many of them new jobs must leave free. */
export function describeDisk(
  path: string,
  reserveMb: number | null,
): { freeBytes: () => number; reserveBytes: number } {
  const { bsize, blocks } = statfsSync(dirname(path))
  const usual = Math.min(RESERVE_BYTES, bsize * blocks * RESERVE_SHARE)
  return {
    freeBytes() {
      const disk = statfsSync(dirname(path))
      return disk.bsize * disk.bavail
    },
    reserveBytes: reserveMb === null ? usual : reserveMb * 1_000_000,
  }
}

/** The sizes of the database and of its log, and the free space of the disk. */
export function measureSizes(path: string): Sizes {
  const { bsize, bavail } = statfsSync(dirname(path))
  return { databaseBytes: measureFile(path), walBytes: measureFile(`${path}-wal`), diskFreeBytes: bsize * bavail }
}
