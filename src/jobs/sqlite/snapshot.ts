// Copies of the database in one file: made from a database that may be in use, described, and given small files to carry. What is
// copied is only read.
import { Database, SQLiteError } from "bun:sqlite"
import { ask, isDamage, migrations, openReader, schemaVersion } from "./database.ts"
import { findSealed, readLatestIdTime } from "./sqlitereads.ts"

/** The table of a backup with the small files that belong to its database. */
const FILES_TABLE = "backup_files"

/** What a database holds. */
export interface Contents {
  /** Its schema version. */
  schema: number
  /** How many jobs are in each state that has any. */
  jobs: Record<string, number>
  /** How many jobs, batches and webhook endpoints hold a secret, which only the encryption key opens. */
  sealed: number
}

/** A database cannot be copied or read, or is not one of ours. The message says why; `reason` tells what can be done. */
export class SnapshotRefused extends Error {
  constructor(
    readonly reason: "damaged" | "foreign" | "newer" | "unusable",
    message: string,
  ) {
    super(message)
  }
}

/**
 * Copies the database as it is at this moment: everything that was committed before, and nothing that is committed later. The copy is
 * compact, holds nothing that was deleted, and is not in WAL mode. A gateway that is at work is not held up: it can write meanwhile,
 * and only its log cannot be emptied before the copy has ended.
 * @param target an empty file, or none
 * @throws {SnapshotRefused}
 */
export function copyDatabase(path: string, target: string): void {
  read(path, (database) => database.run("VACUUM INTO ?", [target]))
}

/**
 * Checks all of a database and says what it holds.
 * @throws {SnapshotRefused}
 */
export function describeSnapshot(path: string): Contents {
  return read(path, (database) => {
    const contents = describe(database, path)
    const verdict = String(ask(database, "PRAGMA integrity_check(1)"))
    if (verdict !== "ok") throw new SnapshotRefused("damaged", `the database in ${path} is damaged (${verdict})`)
    return contents
  })
}

/** What can be told of a database at once, without looking through it. */
export interface Sight extends Contents {
  /** When the newest job was made, epoch milliseconds, by the clock of that time. */
  newestAt: number
  /** What is encrypted: secrets of callers and of webhook endpoints. */
  secrets: ReturnType<typeof findSealed>
  /** The ids of the uploaded files. */
  uploads: Set<string>
}

/**
 * Looks at a database that may be in use, without checking all of it.
 * @throws {SnapshotRefused}
 */
export function lookAt(path: string): Sight {
  return read(path, (database) => ({
    ...describe(database, path),
    newestAt: readLatestIdTime(database),
    secrets: findSealed(database),
    uploads: readUploads(database),
  }))
}

function read<T>(path: string, answer: (database: Database) => T): T {
  return translate(path, () => {
    const database = openReader(path)
    try {
      return answer(database)
    } finally {
      database.close()
    }
  })
}

/** @throws {SnapshotRefused} foreign, newer */
function describe(database: Database, path: string): Contents {
  const schema = Number(ask(database, "PRAGMA user_version"))
  if (schema > schemaVersion) {
    throw new SnapshotRefused(
      "newer",
      `${path} has schema version ${schema}, and this asyncgate knows ${schemaVersion}: use the newer asyncgate that wrote it`,
    )
  }
  const found = listObjects(database).filter((name) => name !== `table ${FILES_TABLE}`)
  const [more] = found.filter((name) => !listExpected(schema).includes(name))
  const [less] = listExpected(schema).filter((name) => !found.includes(name))
  if (schema === 0 || more !== undefined || less !== undefined) {
    const why = more === undefined ? `it has no ${less ?? "schema version"}` : `it has a ${more}`
    throw new SnapshotRefused("foreign", `${path} is not a database of asyncgate: ${why}`)
  }
  const states = database.prepare<{ state: string; count: number }, []>(
    "SELECT state, count(*) AS count FROM jobs GROUP BY state ORDER BY state",
  )
  const jobs = Object.fromEntries(states.all().map(({ state, count }) => [state, count]))
  states.finalize()
  const secrets = findSealed(database)
  return { schema, jobs, sealed: secrets.jobs + secrets.webhooks + secrets.batches }
}

/** What is in a schema, as `table jobs`. Of a file that somebody else made, a trigger would run when the gateway writes. */
function listObjects(database: Database): string[] {
  const objects = database.prepare<{ name: string }, []>(
    "SELECT type || ' ' || name AS name FROM sqlite_schema WHERE NOT (type IN ('table', 'index') AND (name GLOB 'sqlite_autoindex_*' OR name GLOB 'sqlite_stat[14]')) ORDER BY 1",
  )
  const names = objects.all().map(({ name }) => name)
  objects.finalize()
  return names
}

function listExpected(schema: number): string[] {
  const database = new Database(":memory:")
  try {
    for (const { sql } of migrations.slice(0, schema)) for (const statement of sql) database.run(statement)
    return listObjects(database)
  } finally {
    database.close()
  }
}

/**
 * Puts files into a copy of a database.
 * @param files name -> its bytes
 */
export function addFiles(path: string, files: ReadonlyMap<string, Uint8Array>): void {
  const database = new Database(path, { readwrite: true, create: false })
  try {
    database.run("PRAGMA secure_delete = ON")
    database.transaction(() => {
      // A backup that was put in the place of a database by hand still has them.
      database.run(`DROP TABLE IF EXISTS ${FILES_TABLE}`)
      database.run(`CREATE TABLE ${FILES_TABLE} (name TEXT PRIMARY KEY, data BLOB NOT NULL)`)
      for (const [name, data] of files) database.run(`INSERT INTO ${FILES_TABLE} VALUES (?, ?)`, [name, data])
    })()
  } finally {
    database.close()
  }
}

/** The ids of the uploaded files that a database knows. One of an earlier version has none. */
export function listUploads(path: string): Set<string> {
  return read(path, readUploads)
}

function readUploads(database: Database): Set<string> {
  if (!listObjects(database).includes("table files")) return new Set()
  const ids = database.prepare<{ id: string }, []>("SELECT id FROM files")
  const names = ids.all().map(({ id }) => id)
  ids.finalize()
  return new Set(names)
}

/**
 * The files that a copy carries.
 * @param most how many there may be, and how many bytes each may have
 * @throws {SnapshotRefused}
 */
export function readFiles(path: string, most: { files: number; bytes: number }): Map<string, Uint8Array> {
  return read(path, (database) => {
    const ofFiles = (what: string) => Number(ask(database, `SELECT ${what} FROM ${FILES_TABLE}`))
    const [count, bytes] = [ofFiles("count(*)"), ofFiles("coalesce(max(length(data)), 0)")]
    if (count > most.files || bytes > most.bytes) {
      throw new SnapshotRefused(
        "foreign",
        `${path} carries more than a backup does: ${count} files of up to ${bytes} bytes`,
      )
    }
    const rows = database.prepare<{ name: string; data: Uint8Array }, []>(
      `SELECT CAST(name AS TEXT) AS name, CAST(data AS BLOB) AS data FROM ${FILES_TABLE} ORDER BY name`,
    )
    const files = new Map(rows.all().map(({ name, data }) => [name, data]))
    rows.finalize()
    return files
  })
}

/** Takes the files out of a copy. What they held is overwritten. */
export function removeFiles(path: string): void {
  const database = new Database(path, { readwrite: true, create: false })
  try {
    database.run("PRAGMA secure_delete = ON")
    database.run(`DROP TABLE ${FILES_TABLE}`)
  } finally {
    database.close()
  }
}

function translate<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof SQLiteError)) throw error
    if (isDamage(error)) throw new SnapshotRefused("damaged", `the database in ${path} is damaged (${error.message})`)
    throw new SnapshotRefused(
      "unusable",
      `the database ${path} cannot be read: ${error.message} (${error.code})${advise(error.code ?? "")}`,
    )
  }
}

/** SQLite keeps its locks in a file beside the database, also for those who only read. */
function advise(code: string): string {
  if (/^SQLITE_(CANTOPEN|READONLY|PERM|AUTH)/.test(code))
    return "; run this as the user of the gateway, who may write its directory"
  return code.startsWith("SQLITE_BUSY") ? "; another process is changing it: try again in a moment" : ""
}
