// The connections to the database and their pragmas, what its errors mean, and how much of the disk it takes.
import { Database, SQLiteError } from "bun:sqlite"
import { statfsSync, statSync } from "node:fs"
import { dirname } from "node:path"
import type { drizzle } from "drizzle-orm/bun-sqlite"
import type { Sizes } from "../reads.ts"
import { StoreError } from "../storeerror.ts"
import { bundledMigrations } from "./migrations.macro.ts" with { type: "macro" }

export const migrations = bundledMigrations()

/** The schema version this program writes: the number of its migrations, kept in `PRAGMA user_version`. */
export const schemaVersion = migrations.length

const MIB = 1024 * 1024

/** Why the data directory cannot be used, and what to do: for the person who started the program. */
export class DataRefused extends Error {
  constructor(
    readonly reason: "in_use" | "newer" | "corrupt" | "unusable",
    message: string,
  ) {
    super(message)
  }
}

/** Whether an error says that the database file is damaged: no waiting mends that. */
export function isDamage(error: unknown): error is SQLiteError & { code: string } {
  return error instanceof SQLiteError && /^SQLITE_(CORRUPT|NOTADB|IOERR_CORRUPTFS)/.test(error.code ?? "")
}

/** A connection, and Drizzle on it. */
export interface Connection {
  database: Database
  db: ReturnType<typeof drizzle>
}

/** SQLite's error as the store's. What is no error of SQLite is a mistake in the change. */
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

/** How a person gets a gateway back whose database is damaged. */
export function describeRecovery(path: string): string {
  return (
    `To go on with a backup: move ${path} and its -wal and -shm files away and put the backup in its place. ` +
    `To save what can be read: sqlite3 ${path} .recover | sqlite3 ${path}.recovered, then move that into its place; ` +
    "it needs the sqlite3 program of sqlite.org, because that of some systems cannot recover. To start empty: move the three files away."
  )
}

/** The engine's connection: the only one that writes. */
export function openWriter(path: string): Database {
  const database = new Database(path)
  // FULL: a 202 survives a power cut, not only a crash. With group commit it costs nothing that shows.
  database.run("PRAGMA synchronous = FULL")
  database.run("PRAGMA foreign_keys = ON")
  // What was deleted is overwritten. FAST would leave the pages of long bodies as they are.
  database.run("PRAGMA secure_delete = ON")
  // What SQLite writes down for itself needs no other disk, which could be full.
  database.run("PRAGMA temp_store = MEMORY")
  // Another tool may hold the write lock for a moment; longer than this and the write is refused.
  database.run(`PRAGMA busy_timeout = ${WRITER_BUSY_MS}`)
  // Without a limit the log file keeps the size of its worst moment.
  database.run(`PRAGMA journal_size_limit = ${64 * MIB}`)
  return database
}

/** How long a write waits for another program's lock. */
export const WRITER_BUSY_MS = 2000

/** The HTTP server's connection. */
export function openReader(path: string): Database {
  const database = new Database(path, { readonly: true })
  database.run("PRAGMA busy_timeout = 1000")
  // The upper pages of the trees of a million jobs: else each poll reads them anew. Taken only as they are read.
  database.run("PRAGMA cache_size = -8000")
  return database
}

/**
 * The HTTP server's connection for what is read in pieces. It reads through a mapping of the file, where every page of 4 KB would else be a call of
 * its own: 20 MB in 3 ms instead of 5.5. That alone: a disk that cannot be read then ends the process and not the question,
 * and a mapping is made anew whenever something was written.
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

/** How many bytes a file has; 0 where there is none. */
export function measureFile(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** The reserve that is kept of a disk, where the configuration does not say: 512 MB, or 5 % of a smaller one. */
const RESERVE_BYTES = 512_000_000
const RESERVE_SHARE = 0.05

/** What the disk with this file has free for this user, and how much of that new work must leave. */
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

/** How much of the disk the database with its log takes, and how much is free. */
export function measureSizes(path: string): Sizes {
  const { bsize, bavail } = statfsSync(dirname(path))
  return { databaseBytes: measureFile(path), walBytes: measureFile(`${path}-wal`), diskFreeBytes: bsize * bavail }
}
