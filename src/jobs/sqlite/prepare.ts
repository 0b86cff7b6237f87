// Prepares the database file at the start: rolls back what a killed process left, refuses files that are damaged, foreign or newer,
// then creates or migrates the database. No file is ever deleted.
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
import { describeCause } from "../../values.ts"
import { DataRefused } from "../storeerror.ts"
import {
  ask,
  describeRecovery,
  isDamage,
  measureFile,
  migrations,
  openReader,
  schemaVersion,
  WRITER_BUSY_MS,
} from "./database.ts"

/** Larger files are checked after the start, because a check takes about 0.8 ms per MiB. */
export const CHECKED_BYTES_MAX = 64 * 1024 * 1024
/** The rollback journal of a first start belongs to a file of no more pages than this. */
const FIRST_PAGES_MAX = 16
const JOURNAL_MAGIC = "d9d505f920a163d7"

/**
 * @param awaitOthers called after the checks, before the database is changed
 * @throws {DataRefused}
 */
export function prepareDatabase(path: string, awaitOthers: () => void): void {
  for (const file of [path, `${path}-journal`, `${path}-wal`, `${path}-shm`]) requireFile(file)
  try {
    refuseForeign(path)
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

/** Requires a regular file or none at a path that SQLite would open, and makes it readable only by its owner. */
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
 * Refuses a log or a journal that belongs to another database. It only reads.
 * @throws {DataRefused} corrupt
 */
export function refuseForeign(path: string): void {
  refuseForeignLog(path)
  refuseForeignJournal(path)
}

/**
 * Refuses a write-ahead log of another database, which SQLite would apply to whatever file is beside it. Our own log is never
 * beside a file that is not in WAL mode, because that mode is on disk before the first log. A backup made with VACUUM INTO is not
 * in WAL mode.
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

/** Refuses a rollback journal of another database, such as that of a killed first start beside a backup. SQLite would apply it. */
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

/** The first bytes of a file; zeros where the file is missing or empty. */
function readHeader(path: string, bytes: number): Buffer {
  const header = Buffer.alloc(bytes)
  if (measureFile(path) === 0) return header
  const file = openSync(path, "r")
  readSync(file, header, 0, bytes, 0)
  closeSync(file)
  return header
}

/** Rolls back the journal that a killed process left. Only a connection that can write does that. */
function rollBack(path: string): void {
  if (measureFile(`${path}-journal`) === 0 || measureFile(path) === 0) return
  const database = new Database(path, { readwrite: true, create: false })
  try {
    ask(database, "SELECT count(*) FROM sqlite_schema")
  } finally {
    database.close()
  }
}

/** Checks an existing database without changing it. */
function inspect(path: string): void {
  const database = new Database(path, { readonly: true })
  let version: number
  try {
    version = readVersion(database)
    // Fails here if the schema cannot be read.
    ask(database, "SELECT count(*) FROM sqlite_schema")
    // A log may belong to another state of the file. Only integrity_check finds that, by comparing indexes with tables.
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
 * Describes the damage of a database, or returns null. This reads the whole file: 0.8 ms per MiB where the system has it in memory.
 * Each table is read in a transaction of its own, so that the log can be checkpointed in between.
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
    // This takes effect only before the first table exists.
    if (isNew) database.run("PRAGMA auto_vacuum = INCREMENTAL")
    const mode = ask(database, "PRAGMA journal_mode = WAL")
    if (mode !== "wal") throw new Error(`its journal mode is ${mode} and cannot be set to WAL`)
    const version = readVersion(database)
    if (version < schemaVersion) upgrade(path, database, version)
  } finally {
    database.close()
  }
}

function upgrade(path: string, database: Database, version: number): void {
  try {
    runMigrations(database, version)
  } catch (error) {
    if (!(error instanceof SQLiteError) || !/^SQLITE_(CONSTRAINT|MISMATCH)/.test(error.code ?? "")) throw error
    throw new DataRefused(
      "unusable",
      `the database ${path} cannot be upgraded from schema version ${version} to ${schemaVersion}: ${describeError(error)}. Nothing was changed: go on with the asyncgate that wrote it, or name another directory with --app-dir.`,
    )
  }
}

/**
 * Runs all newer migrations in one transaction. Foreign keys are off on this connection, because a table rebuild with them on would
 * silently delete the rows of child tables, and the pragma has no effect inside a transaction. The keys are checked before the
 * version is written. Drizzle's migrator is not used, because it costs every start 2 MB and 3 ms.
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

/** Creates a file that only its owner can read. SQLite gives the log and its index the same permissions. */
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
  const message = describeCause(error)
  return error instanceof SQLiteError ? `${message} (${code})` : message
}
