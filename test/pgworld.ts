// A store on PostgreSQL for a test, as the engine and the HTTP server open it, and functions that look at its rows directly.
import { SQL } from "bun"
import { systemClock } from "../src/clock.ts"
import type { State } from "../src/jobs/job.ts"
import { findLaneKey } from "../src/jobs/postgres/lanekey.ts"
import { attempts, type Columns, given, jobs, list } from "../src/jobs/postgres/pgcolumns.ts"
import { toJson } from "../src/jobs/postgres/pgdriver.ts"
import { preparePostgres } from "../src/jobs/postgres/pgschema.ts"
import { createPgStore, type PgStore, type PgStoreOptions } from "../src/jobs/postgres/pgstore.ts"
import type { BodyKind } from "../src/jobs/store.ts"
import { describeAttempts, makeRow, type Row } from "./factory.ts"
import type { Inspect } from "./jobs/makers.ts"
import { endShared, sharedCluster } from "./postgres.ts"

export interface PgWorld {
  url: string
  store: PgStore
  inspect: Inspect
  /** Runs SQL on a connection of the test's own. */
  ask<Found = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Found[]>
  /** Another store on the same database: the one before is closed. */
  reopen(over?: Partial<PgStoreOptions>): Promise<PgStore>
  dispose(): Promise<void>
}

/** All tables but `settings`. */
const tables = [
  ...["attempts", "requests", "results", "contents", "uploads", "quotas", "usage_daily", "answer_events", "jobs"],
  ...["webhook_deliveries", "webhook_endpoints", "batches", "files", "conversations", "gateways", "file_pieces"],
]

let prepared: Promise<string> | undefined
/** The connection of the test's own, which lasts as long as its file. */
let connection: SQL | undefined

/** One database for all tests of a file, which is emptied for each: creating one takes longer. */
async function openDatabase(): Promise<string> {
  prepared ??= (async () => {
    const url = await (await sharedCluster()).createDatabase()
    await preparePostgres(url, "the test's")
    return url
  })()
  return prepared
}

/** Ends what all tests of a file have shared. */
export async function endPgWorlds(): Promise<void> {
  await connection?.close()
  connection = undefined
  prepared = undefined
  await endShared()
}

export async function createPgWorld(over: Partial<PgStoreOptions> = {}): Promise<PgWorld> {
  const url = await openDatabase()
  connection ??= new SQL({ url, max: 1, connection: { search_path: "asyncgate" } })
  const sql = connection
  const ask = async <Found>(text: string, values: unknown[] = []) => (await sql.unsafe(text, values)) as Found[]
  await ask(tables.map((table) => `DELETE FROM ${table};`).join(""))
  const options: PgStoreOptions = { url, clock: systemClock, gateway: "the test", ...over }
  let store = createPgStore(options)
  return {
    url,
    store,
    ask,
    inspect: inspectRows(ask),
    async reopen(more = {}) {
      await store.close()
      store = createPgStore({ ...options, ...more })
      return store
    },
    dispose: () => store.close(),
  }
}

const toColumns = (columns: Columns) =>
  Object.entries(columns)
    .map(([name, type]) => `"${name}"${type === "bigint" ? "::float8" : ""} AS "${name}"`)
    .join(", ")

function inspectRows(ask: PgWorld["ask"]): Inspect {
  const { lane, ...shown } = jobs
  const rows = (where: string, values: unknown[] = []) =>
    ask<Row>(`SELECT ${toColumns(shown)} FROM jobs ${where}`, values)
  return {
    async insert(state: State, over: Partial<Row> = {}) {
      const row = makeRow(state, over)
      const { provider, model, key_choice: keyChoice, owner, priority } = row
      const lane = findLaneKey({ provider, model, keyChoice, owner, priority })
      await ask(`INSERT INTO jobs (${list(jobs)}) SELECT ${list(jobs)} FROM ${given(jobs)}`, [
        toJson([{ ...row, lane }]),
      ])
      return row
    },
    row: async (id) => (await rows("WHERE id = $1::text", [id]))[0],
    rows: () => rows("ORDER BY jobs.number"),
    async attempts(id) {
      const [row] = await rows("WHERE id = $1::text", [id])
      if (!row) return []
      const before = await ask<ReturnType<typeof describeAttempts>[number]>(
        `SELECT ${toColumns(attempts)} FROM attempts WHERE job = $1::bigint ORDER BY attempts.attempt`,
        [row.number],
      )
      return describeAttempts(row, before)
    },
    async body(id, kind: BodyKind) {
      const pieces = await ask<{ data: Uint8Array }>(
        `SELECT data FROM ${kind}s WHERE number = coalesce((SELECT number FROM jobs WHERE id = $1::text), (SELECT number FROM uploads WHERE job_id = $1::text))
         ORDER BY piece`,
        [id],
      )
      return Buffer.concat(pieces.map(({ data }) => data)).toString()
    },
    async counts() {
      const [row] = await ask<{ bodies: number; attempts: number; usage: number }>(
        `SELECT ((SELECT count(*) FROM requests) + (SELECT count(*) FROM results) + (SELECT count(*) FROM contents))::integer AS bodies,
           ((SELECT count(*) FROM attempts))::integer AS attempts, (SELECT count(*) FROM usage_daily)::integer AS usage`,
      )
      return row ?? { bodies: Number.NaN, attempts: Number.NaN, usage: Number.NaN }
    },
  }
}
