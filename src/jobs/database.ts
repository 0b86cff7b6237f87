// Opens the data directory: one process at a time, a schema no newer than the program, the pragmas and why.
import { Database, SQLiteError } from "bun:sqlite"
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs"
import { dirname, join } from "node:path"
import { bundledMigrations } from "./migrations.macro.ts" with { type: "macro" }

const migrations = bundledMigrations()

/** The schema version this program writes: the number of its migrations, kept in `PRAGMA user_version`. */
export const schemaVersion = migrations.length

const MIB = 1024 * 1024
/** A whole check takes about 0.8 ms per MiB; a larger file would hold up the start for longer than a person waits. */
const CHECKED_BYTES_MAX = 64 * MIB

/** Why the data directory cannot be used, and what to do: for the person who started the program. */
export class DataRefused extends Error {
  constructor(
    readonly reason: "in_use" | "newer" | "corrupt" | "unusable",
    message: string,
  ) {
    super(message)
  }
}

export interface DataDirectory {
  databasePath: string
  /** Lets the next process in. The operating system does the same when this one dies. */
  release(): void
}

/**
 * Takes the directory for this process, creates or migrates the database, and leaves it ready to be opened.
 * @throws {DataRefused}
 */
export function claimDirectory(directory: string): DataDirectory {
  const databasePath = join(directory, "asyncgate.db")
  let lock: Database
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    lock = takeLock(directory)
  } catch (error) {
    if (error instanceof DataRefused) throw error
    throw new DataRefused(
      "unusable",
      `cannot use the data directory ${directory}: ${message(error)}. Name another with --app-dir.`,
    )
  }
  try {
    migrate(databasePath)
  } catch (error) {
    releaseLock(directory, lock)
    throw error
  }
  return { databasePath, release: () => releaseLock(directory, lock) }
}

/** The file that names the process goes before the lock does: after that it may be another process's. */
function releaseLock(directory: string, lock: Database): void {
  const pidPath = join(directory, "asyncgate.pid")
  try {
    if (readFileSync(pidPath, "utf8").trim() === String(process.pid)) unlinkSync(pidPath)
  } catch {
    // Somebody has removed it, or the directory: nothing names a process that is not there.
  }
  lock.close()
}

/**
 * An exclusive lock on a file of its own: it goes when the process goes, however it goes,
 * and the database itself stays readable by other tools.
 */
function takeLock(directory: string): Database {
  const pidPath = join(directory, "asyncgate.pid")
  const lockPath = join(directory, "asyncgate.lock")
  createPrivate(lockPath)
  const lock = new Database(lockPath)
  try {
    lock.run("PRAGMA busy_timeout = 0")
    lock.run("PRAGMA journal_mode = MEMORY")
    lock.run("BEGIN EXCLUSIVE")
  } catch (error) {
    lock.close()
    if (!(error instanceof SQLiteError) || error.code !== "SQLITE_BUSY") throw error
    const pid = existsSync(pidPath) ? readFileSync(pidPath, "utf8").trim() : "unknown"
    throw new DataRefused(
      "in_use",
      `the data directory ${directory} is in use by process ${pid}. Stop that one, or name another directory with --app-dir.`,
    )
  }
  writeFileSync(pidPath, `${process.pid}\n`, { mode: 0o600 })
  return lock
}

function migrate(path: string): void {
  const isNew = !existsSync(path) || statSync(path).size === 0
  if (!isNew) inspect(path)
  try {
    createPrivate(path)
    const database = new Database(path)
    // Takes effect only before the first table exists.
    if (isNew) database.run("PRAGMA auto_vacuum = INCREMENTAL")
    database.run("PRAGMA journal_mode = WAL")
    const version = userVersion(database)
    if (version < schemaVersion) runMigrations(database, version)
    database.close()
  } catch (error) {
    if (error instanceof DataRefused) throw error
    throw new DataRefused(
      "unusable",
      `cannot write the database ${path}: ${message(error)}. Free space or fix the permissions, or name another directory with --app-dir.`,
    )
  }
}

/** Looks at an existing database without changing a byte of it. */
function inspect(path: string): void {
  let version: number
  try {
    const database = new Database(path, { readonly: true })
    try {
      version = userVersion(database)
      const verdict = statSync(path).size <= CHECKED_BYTES_MAX ? quickCheck(database) : "ok"
      if (verdict !== "ok") throw new DataRefused("corrupt", corruptText(path, verdict))
    } finally {
      database.close()
    }
  } catch (error) {
    if (error instanceof SQLiteError && /^SQLITE_(NOTADB|CORRUPT)/.test(error.code ?? "")) {
      throw new DataRefused("corrupt", corruptText(path, error.message))
    }
    throw error
  }
  if (version > schemaVersion) {
    throw new DataRefused(
      "newer",
      `the database ${path} has schema version ${version}, this program knows ${schemaVersion}. Start the newer asyncgate, or name another directory with --app-dir. Nothing was changed.`,
    )
  }
}

function corruptText(path: string, detail: string): string {
  return (
    `the database ${path} is damaged (${detail}). Nothing was changed. ` +
    `To save what can be read: sqlite3 ${path} .recover | sqlite3 ${path}.recovered, then move it into place; ` +
    `to start empty: move ${path} and its -wal and -shm files away.`
  )
}

/**
 * All that are newer than the database, or none. A table rebuild under foreign_keys=ON silently deletes the cascade's
 * children, and inside a transaction the pragma does nothing: so it is off on this connection, and the keys are checked
 * before the version is stamped. By hand, because drizzle's migrator costs the main thread 2 MB and 3 ms of every start.
 */
function runMigrations(database: Database, version: number): void {
  database.run("PRAGMA foreign_keys = OFF")
  database.transaction(() => {
    for (const { sql } of migrations.slice(version)) for (const statement of sql) database.run(statement)
    const broken = ask(database, "SELECT count(*) FROM pragma_foreign_key_check")
    if (broken !== 0) throw new Error(`a migration left ${broken} rows without their parent`)
    database.run(`PRAGMA user_version = ${schemaVersion}`)
  })()
}

/** The engine's connection: the only one that writes. */
export function openWriter(path: string): Database {
  const database = new Database(path)
  // FULL: a 202 survives a power cut, not only a crash. With group commit it costs nothing that shows.
  database.run("PRAGMA synchronous = FULL")
  database.run("PRAGMA foreign_keys = ON")
  // What SQLite writes down for itself needs no other disk, which could be full.
  database.run("PRAGMA temp_store = MEMORY")
  // Another tool may hold the write lock for a moment; longer than this and the write is refused.
  database.run("PRAGMA busy_timeout = 2000")
  // Without a limit the log file keeps the size of its worst moment.
  database.run(`PRAGMA journal_size_limit = ${64 * MIB}`)
  return database
}

/** The face's connection. */
export function openReader(path: string): Database {
  const database = new Database(path, { readonly: true })
  database.run("PRAGMA busy_timeout = 1000")
  return database
}

/**
 * The face's connection for what is read in pieces. It reads through a mapping of the file, where every page of 4 KB would else be a call of
 * its own: 20 MB in 3 ms instead of 5.5. That alone: a disk that cannot be read then ends the process and not the question,
 * and a mapping is made anew whenever something was written.
 */
export function openMappedReader(path: string): Database {
  const database = openReader(path)
  database.run(`PRAGMA mmap_size = ${256 * MIB}`)
  return database
}

/** SQLite gives its log and index files the permissions of the database. */
function createPrivate(path: string): void {
  closeSync(openSync(path, "a", 0o600))
  chmodSync(path, 0o600)
}

function userVersion(database: Database): number {
  return Number(ask(database, "PRAGMA user_version"))
}

function quickCheck(database: Database): string {
  return String(ask(database, "PRAGMA quick_check(1)"))
}

/** The first value of the first row. The statement is finalized, because one left open keeps its connection open past close(). */
function ask(database: Database, sql: string): unknown {
  const statement = database.prepare<unknown, []>(sql)
  try {
    return statement.values()[0]?.[0]
  } finally {
    statement.finalize()
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The reserve that is kept of a disk, where the configuration does not say: 512 MB, or 5 % of a smaller one. */
const RESERVE_BYTES = 512_000_000
const RESERVE_SHARE = 0.05

/** What the disk with this file has free for this user, and how much of that new work must leave. */
export function diskAt(path: string, reserveMb: number | null): { freeBytes: () => number; reserveBytes: number } {
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

export interface Sizes {
  databaseBytes: number
  walBytes: number
  diskFreeBytes: number
}

/** How much of the disk the database with its log takes, and how much is free. */
export function sizesAt(path: string): Sizes {
  const bytesOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0
  const { bsize, bavail } = statfsSync(dirname(path))
  return { databaseBytes: bytesOf(path), walBytes: bytesOf(`${path}-wal`), diskFreeBytes: bsize * bavail }
}
