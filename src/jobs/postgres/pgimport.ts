// Moves the rows and files of a database on SQLite into an empty one on PostgreSQL: all of them in one transaction, or none.
import type { FileBytes } from "../filebytes.ts"
import type { Lane } from "../job.ts"
import type { Export } from "../sqlite/exporting.ts"
import { DataRefused } from "../storeerror.ts"
import { findLaneKey } from "./lanekey.ts"
import { type Asking, connect, SCHEMA, toJson } from "./pgdriver.ts"
import { createPgFiles } from "./pgfiles.ts"
import { LOCK, tryLock } from "./pglock.ts"
import { describeAddress } from "./pgschema.ts"

type Ask = Asking["ask"]

/** In an order in which rows stand behind those that they refer to. Uploads that were not finished are left behind. */
const tables = [
  ...["jobs", "requests", "results", "contents", "attempts", "quotas", "usage_daily", "answer_events"],
  ...[
    "webhook_endpoints",
    "webhook_deliveries",
    "files",
    "batches",
    "batch_refusals",
    "conversations",
    "conversation_items",
  ],
] as const

/** How many rows, and about how many bytes, one statement brings. */
const ROWS_MAX = 1000
const BYTES_MAX = 4_000_000

export interface Moved {
  /** Table -> its rows. */
  rows: Record<string, number>
  files: number
}

/**
 * @param prove called with a connection before anything is stored: whether the encryption key is the right one
 * @throws {DataRefused} in_use, unusable: the database is not empty. @throws {StoreError}
 */
export async function moveToPostgres(
  url: string,
  source: Export,
  from: FileBytes,
  prove: (ask: Ask) => Promise<void>,
): Promise<Moved> {
  const { ask, run, close } = await connect(url)
  try {
    await refuseOthers(ask, describeAddress(url))
    await ask("BEGIN")
    await prove(ask)
    const rows: Record<string, number> = {}
    for (const table of tables) rows[table] = await moveTable(ask, table, source)
    const files = await moveFiles(ask, source, from)
    await ask(
      "SELECT setval(pg_get_serial_sequence('webhook_endpoints', 'number'), coalesce((SELECT max(number) FROM webhook_endpoints), 0) + 1, false)",
    )
    await run("COMMIT")
    return { rows, files }
  } finally {
    // What is not committed is rolled back by that.
    await close()
  }
}

async function refuseOthers(ask: Ask, place: string): Promise<void> {
  if (!(await tryLock(ask, LOCK)))
    throw new DataRefused("in_use", `a gateway uses the database ${place}: stop it, or name another one`)
  for (const table of tables) {
    const [used] = await ask(`SELECT 1 AS used FROM ${table} LIMIT 1`)
    if (used) {
      throw new DataRefused(
        "unusable",
        `the database ${place} is not empty: it has ${table}. Name one that no gateway has used.`,
      )
    }
  }
}

async function moveTable(ask: Ask, table: string, source: Export): Promise<number> {
  const columns = await ask<{ name: string; type: string }>(
    "SELECT column_name AS name, data_type AS type FROM information_schema.columns WHERE table_schema = $1::text AND table_name = $2::text",
    [SCHEMA, table],
  )
  const names = columns.map(({ name }) => `"${name}"`).join(", ")
  const types = columns.map(({ name, type }) => `"${name}" ${type}`).join(", ")
  const insert = `INSERT INTO ${table} (${names}) SELECT ${names} FROM json_to_recordset($1::text::json) AS given(${types})`
  let count = 0
  let pending: object[] = []
  let bytes = 0
  const flush = async () => {
    if (pending.length > 0) await ask(insert, [toJson(pending)])
    pending = []
    bytes = 0
  }
  // The number of a lane is not in SQLite.
  const given = columns.map(({ name }) => name).filter((name) => name !== "lane")
  for (const row of source.rows(table, given)) {
    pending.push(table === "jobs" ? { ...row, lane: findLaneKey(readLane(row)) } : row)
    count++
    bytes += measure(row)
    if (pending.length === ROWS_MAX || bytes > BYTES_MAX) await flush()
  }
  await flush()
  return count
}

function readLane(row: Record<string, unknown>): Lane {
  const { provider, model, key_choice: keyChoice, owner, priority } = row
  return { provider, model, keyChoice, owner, priority } as Lane
}

function measure(row: Record<string, unknown>): number {
  let bytes = 0
  for (const value of Object.values(row)) {
    bytes += value instanceof Uint8Array ? 2 * value.length : typeof value === "string" ? value.length : 8
  }
  return bytes
}

/** Files whose bytes are gone are gone there too. */
async function moveFiles(ask: Ask, source: Export, from: FileBytes): Promise<number> {
  const to = createPgFiles(ask)
  let count = 0
  for (const { id } of source.rows("files", ["id"])) {
    if (!(await from.exists(String(id)))) continue
    const draft = await to.create(String(id))
    for await (const piece of from.pieces(String(id))) await draft.write(piece)
    await draft.keep()
    count++
  }
  return count
}
