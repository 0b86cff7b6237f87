// Makes the database file ready to be opened: finishes what a kill left half done, refuses what is damaged, foreign or newer,
// then creates or migrates. It never deletes a file.
import { Database, SQLiteError } from "bun:sqlite"
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  statSync,
} from "node:fs"
import {
  ask,
  DataRefused,
  describeRecovery,
  isDamage,
  measureFile,
  migrations,
  openReader,
  schemaVersion,
  WRITER_BUSY_MS,
} from "./database.ts"

/** A whole check takes about 0.8 ms per MiB: a larger file is checked after the start, beside the work. */
export const CHECKED_BYTES_MAX = 64 * 1024 * 1024
/** A first start keeps a rollback journal for a file that has no more pages than these. */
const FIRST_PAGES_MAX = 16
const JOURNAL_MAGIC = "d9d505f920a163d7"

/**
 * @param awaitOthers called when the database is sound, before anything of it is changed
 * @throws {DataRefused}
 */
export function prepareDatabase(path: string, awaitOthers: () => void): void {
  for (const file of [path, `${path}-journal`, `${path}-wal`, `${path}-shm`]) requireFile(file)
  try {
    refuseForeignLog(path)
    refuseForeignJournal(path)
    rollBack(path)
    if (measureFile(path) > 0) inspect(path)
    awaitOthers()
    migrate(path)
  } catch (error) {
    if (error instanceof DataRefused) throw error
    if (isDamage(error)) throw damaged(path, error.message)
    throw new DataRefused(
      "unusable",
      `cannot read and write the database ${path}: ${describeError(error)}. Free space or fix the permissions, or name another directory with --app-dir.`,
    )
  }
}

/** What SQLite would open must be a file, or not be there. Whoever could read it before, now only its owner can. */
function requireFile(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) {
    throw new DataRefused(
      "unusable",
      `${path} is a link to ${readlinkSync(path)}, which is not there. Put the file there, or remove the link.`,
    )
  }
  if (!stat.isFile()) {
    const found = stat.isDirectory() ? "a directory" : "no regular file"
    throw new DataRefused(
      "unusable",
      `${path} is ${found}, and the database needs that name. Move it away, or name another directory with --app-dir.`,
    )
  }
  try {
    if (stat.uid === process.getuid?.()) chmodSync(path, 0o600)
    accessSync(path, constants.R_OK | constants.W_OK)
  } catch (error) {
    throw new DataRefused("unusable", `cannot read and write ${path}: ${describeError(error)}. Fix its permissions.`)
  }
}

/**
 * SQLite lays a log over whatever file it lies beside. The program's own is never beside a file that is not in WAL mode:
 * that mode is on disk before the first log is. A backup made with VACUUM INTO is not in it.
 */
function refuseForeignLog(path: string): void {
  const log = `${path}-wal`
  if (measureFile(log) === 0 || readHeader(path, 20)[18] === 2) return
  const why =
    measureFile(path) === 0
      ? `${path} is empty or not there, but its log ${log} has work in it. Put the database back`
      : `${log} is the log of another database than ${path}, as when a backup was put in place beside the old log`
  throw new DataRefused(
    "corrupt",
    `${why}. Nothing was changed. To start with what is in ${path} alone: move ${log} and ${path}-shm away.`,
  )
}

/** A journal that SQLite would roll back into a file that it was not made for, as one left by a killed first start into a backup. */
function refuseForeignJournal(path: string): void {
  const journal = `${path}-journal`
  const header = readHeader(journal, 28)
  if (header.toString("hex", 0, 8) !== JOURNAL_MAGIC || measureFile(path) === 0) return
  const pagesBefore = header.readUInt32BE(16)
  const pages = Math.ceil(measureFile(path) / header.readUInt32BE(24))
  if (pagesBefore <= pages && (pagesBefore > FIRST_PAGES_MAX || pages <= FIRST_PAGES_MAX)) return
  throw new DataRefused(
    "corrupt",
    `${journal} is the journal of another database than ${path}, as when a backup was put in place beside the old one. ` +
      `Nothing was changed. To start with what is in ${path} alone: move ${journal} away.`,
  )
}

/** The beginning of a file, zeros where it has none. */
function readHeader(path: string, bytes: number): Buffer {
  const header = Buffer.alloc(bytes)
  if (measureFile(path) === 0) return header
  const file = openSync(path, "r")
  readSync(file, header, 0, bytes, 0)
  closeSync(file)
  return header
}

/** A kill in a transaction that kept a rollback journal leaves one that only a connection that writes can undo. */
function rollBack(path: string): void {
  if (measureFile(`${path}-journal`) === 0 || measureFile(path) === 0) return
  const database = new Database(path, { readwrite: true, create: false })
  try {
    ask(database, "SELECT count(*) FROM sqlite_schema")
  } finally {
    database.close()
  }
}

/** Looks at an existing database without changing a byte of it. */
function inspect(path: string): void {
  const database = new Database(path, { readonly: true })
  let version: number
  try {
    version = readVersion(database)
    // Reads the schema, which everything that comes after needs.
    ask(database, "SELECT count(*) FROM sqlite_schema")
    // A log may have been written for another state of the file: that shows where indexes and tables differ.
    const check = measureFile(`${path}-wal`) > 0 ? "integrity_check" : "quick_check"
    const verdict = measureFile(path) <= CHECKED_BYTES_MAX ? String(ask(database, `PRAGMA ${check}(1)`)) : "ok"
    if (verdict !== "ok") throw damaged(path, verdict)
  } finally {
    database.close()
  }
  if (version > schemaVersion) {
    throw new DataRefused(
      "newer",
      `the database ${path} has schema version ${version}, this program knows ${schemaVersion}. Start the newer asyncgate, or name another directory with --app-dir. Nothing was changed.`,
    )
  }
}

/**
 * What is wrong with a database, or null: reads all of it, 0.8 ms per MiB that the system has in memory. Each table is a read
 * transaction of its own, so that the log can be folded in after it.
 */
export function findDamage(path: string): string | null {
  const database = openReader(path)
  try {
    const tables = database.query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
    for (const { name } of tables) {
      const verdict = String(ask(database, `PRAGMA quick_check('${name}')`))
      if (verdict !== "ok") return verdict
    }
    return null
  } catch (error) {
    return isDamage(error) ? error.message : null
  } finally {
    database.close()
  }
}

function migrate(path: string): void {
  const isNew = measureFile(path) === 0
  createPrivate(path)
  const database = new Database(path)
  try {
    database.run(`PRAGMA busy_timeout = ${WRITER_BUSY_MS}`)
    database.run("PRAGMA secure_delete = ON")
    // Takes effect only before the first table exists.
    if (isNew) database.run("PRAGMA auto_vacuum = INCREMENTAL")
    const mode = ask(database, "PRAGMA journal_mode = WAL")
    if (mode !== "wal") throw new Error(`its journal mode is ${mode} and cannot be set to WAL`)
    const version = readVersion(database)
    if (version < schemaVersion) runMigrations(database, version)
  } finally {
    database.close()
  }
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

/** SQLite gives its log and index files the permissions of the database. */
function createPrivate(path: string): void {
  closeSync(openSync(path, "a", 0o600))
}

function readVersion(database: Database): number {
  return Number(ask(database, "PRAGMA user_version"))
}

function damaged(path: string, detail: string): DataRefused {
  return new DataRefused(
    "corrupt",
    `the database ${path} is damaged (${detail}). Nothing was changed. ${describeRecovery(path)}`,
  )
}

function describeError(error: unknown): string {
  const { code } = error as { code?: unknown }
  const message = error instanceof Error ? error.message : String(error)
  return error instanceof SQLiteError ? `${message} (${code})` : message
}
