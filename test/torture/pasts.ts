// Directories that have lived: jobs that have ended and jobs that have not, in databases of every age and form.
import { Database } from "bun:sqlite"
import { copyFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { bundledMigrations } from "../../src/jobs/sqlite/migrations.macro.ts"
import { openSite, type Past, type Run } from "./site.ts"

/** Accepted before it is left; the provider takes long enough that some have not ended then. */
const JOBS = 80
const UNENDED_MAX = 40
const LIFE_MS_MAX = 15_000

/** Lets clients submit to a gateway until it is killed. What its directory holds then is at `path`, the log of writes included. */
export async function livePast(
  run: Run,
  name: string,
  { past, length = 400 }: { past?: Past; length?: number } = {},
): Promise<{ past: Past; directory: string; path: string }> {
  const directory = join(run.stage, name)
  const mix = { seed: run.seed, hasFaults: false, hasActs: false, hasOwnKeys: false, length, callMs: 250 }
  const more = past === undefined ? {} : { past }
  const site = await openSite(run, { directory, mix, unendedMax: UNENDED_MAX, ...more })
  await site.start()
  const goal = site.ledger.accepted() + JOBS
  site.load.submitting(true)
  await site.until(() => site.ledger.accepted() >= goal, LIFE_MS_MAX)
  return { past: await site.leave(), directory, path: join(directory, "asyncgate.db") }
}

/** What `VACUUM INTO` writes: a whole database that is not in WAL mode. */
export function backUp(path: string, backup: string): void {
  rmSync(backup, { force: true })
  const database = new Database(path)
  database.run("VACUUM INTO ?", [backup])
  database.close()
}

/** The same jobs in a database of each older schema version; none while there is only one. */
export function makeOlder(path: string, target: (version: number) => string): { version: number; path: string }[] {
  const migrations = bundledMigrations()
  return migrations.slice(1).map((_, index) => {
    const version = index + 1
    const older = target(version)
    const database = new Database(older)
    database.run("PRAGMA auto_vacuum = INCREMENTAL")
    for (const { sql } of migrations.slice(0, version)) for (const statement of sql) database.run(statement)
    database.run("ATTACH ? AS newer", [path])
    for (const table of listTables(database, "main")) {
      const ofNewer = listColumns(database, "newer", table)
      const columns = listColumns(database, "main", table)
        .filter((column) => ofNewer.includes(column))
        .map((column) => `"${column}"`)
        .join(", ")
      if (columns !== "")
        database.run(`INSERT INTO main."${table}" (${columns}) SELECT ${columns} FROM newer."${table}"`)
    }
    database.run(`PRAGMA main.user_version = ${version}`)
    database.close()
    return { version, path: older }
  })
}

/** Puts a database into a directory as a person would who restores it, with or without what lay beside the old one. */
export function restore(backup: string, directory: string, stale: string | null): void {
  const path = join(directory, "asyncgate.db")
  for (const ending of ["-wal", "-shm"]) {
    rmSync(`${path}${ending}`, { force: true })
    if (stale !== null) copyFileSync(`${stale}${ending}`, `${path}${ending}`)
  }
  copyFileSync(backup, path)
}

function listTables(database: Database, schema: string): string[] {
  const sql = `SELECT name FROM ${schema}.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
  return database
    .query<{ name: string }, []>(sql)
    .all()
    .map(({ name }) => name)
}

function listColumns(database: Database, schema: string, table: string): string[] {
  const sql = `SELECT name FROM pragma_table_info('${table}', '${schema}')`
  return database
    .query<{ name: string }, []>(sql)
    .all()
    .map(({ name }) => name)
}
