// Databases as older versions of the program left them: made by the migrations of that time, with the jobs of a newer one.
import { Database } from "bun:sqlite"
import { migrations } from "../src/jobs/sqlite/database.ts"

/** From this version on a job's number is read from its id; before, jobs were counted and had places for more pieces. */
const NUMBERS_FROM_IDS = 3
/** From this version on what was used is kept by model, type and key, and for all owners. */
const USAGE_DAILY = 4
const OLD_PIECES_MAX = 65_536
const PIECES_MAX = 4096

/** Makes a database of that schema version at `older`, with everything that the newest one at `newer` has. */
export function copyToOlder(newer: string, older: string, version: number): void {
  const database = new Database(older)
  database.run("PRAGMA auto_vacuum = INCREMENTAL")
  for (const { sql } of migrations.slice(0, version)) for (const statement of sql) database.run(statement)
  database.run("ATTACH ? AS newer", [newer])
  if (version < NUMBERS_FROM_IDS) copyCounted(database)
  else {
    const tables = listTables(database).filter((table) => table !== "spending")
    for (const table of tables) copyTable(database, table, `newer."${table}"`)
  }
  if (version < USAGE_DAILY) copySpending(database)
  database.run(`PRAGMA main.user_version = ${version}`)
  database.close()
}

/** Jobs are counted as they were then, and every attempt has a row of its own. */
function copyCounted(database: Database): void {
  database.run(
    `CREATE TEMP TABLE counted AS SELECT number, row_number() OVER (ORDER BY number) AS count
     FROM (SELECT number FROM newer.jobs UNION SELECT number FROM newer.uploads)`,
  )
  const join = (table: string, key: string) => `newer.${table} JOIN counted ON counted.number = ${key}`
  copyTable(database, "jobs", join("jobs", "jobs.number"), { number: "counted.count" })
  copyTable(database, "uploads", join("uploads", "uploads.number"), { number: "counted.count" })
  copyTable(database, "attempts", join("attempt_log", "attempt_log.job"), { job: "counted.count" })
  const place = `counted.count * ${OLD_PIECES_MAX} + place % ${PIECES_MAX}`
  for (const table of ["requests", "results", "contents"]) {
    copyTable(database, table, join(table, `place / ${PIECES_MAX}`), { place })
  }
  copyTable(database, "quotas", "newer.quotas")
}

/** Only what virtual keys had used was kept, and of it only the sums. */
function copySpending(database: Database): void {
  database.run(
    `INSERT INTO main.spending (owner, day, tokens, cost) SELECT owner, day, sum(input_tokens + output_tokens), sum(cost)
     FROM newer.usage_daily WHERE owner LIKE 'vk:%' GROUP BY owner, day`,
  )
}

/** The columns that both have; `computed` says how others come about. */
function copyTable(database: Database, table: string, from: string, computed: Record<string, string> = {}): void {
  const there = listColumns(database, "newer", table)
  const columns = listColumns(database, "main", table).filter((column) => there.includes(column))
  const names = columns.map((column) => `"${column}"`).join(", ")
  const values = columns.map((column) => computed[column] ?? `"${column}"`).join(", ")
  database.run(`INSERT INTO main."${table}" (${names}) SELECT ${values} FROM ${from}`)
}

function listTables(database: Database): string[] {
  const tables = database.query<{ name: string }, []>("SELECT name FROM main.sqlite_schema WHERE type = 'table'").all()
  return tables.map(({ name }) => name).filter((name) => !name.startsWith("sqlite_"))
}

function listColumns(database: Database, schema: string, table: string): string[] {
  const columns = database.query<{ name: string }, [string, string]>("SELECT name FROM pragma_table_info(?, ?)")
  return columns.all(table, schema).map(({ name }) => name)
}
