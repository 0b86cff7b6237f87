// Fills a gateway's database with jobs before it starts, in a process of its own: `bun bench/fill.ts PLAN`. One goes the way of every
// job, through the real store; the rest are copies of its rows. Prints one FillReport.
import type { Database } from "bun:sqlite"
import { writeFileSync } from "node:fs"
import { IDS_PER_MS } from "../src/jobs/ids.ts"
import type { Claimed } from "../src/jobs/job.ts"
import { BODY_PIECES_MAX } from "../src/jobs/numbers.ts"
import { openWriter } from "../src/jobs/sqlite/database.ts"
import { claimDirectory } from "../src/jobs/sqlite/directory.ts"
import { createStore } from "../src/jobs/sqlite/sqlitestore.ts"
import type { Change, Submitted } from "../src/jobs/store.ts"
import { newJob } from "./job.ts"
import { ANSWER_BYTES, CHAT, makeChatAnswer } from "./request.ts"

export interface FillPlan {
  directory: string
  jobs: number
  /** What became of them. */
  state: "succeeded" | "queued"
  provider: string
  /** Where the paths of some of them go, in no order. */
  pathsFile: string
}

export interface FillReport {
  databaseMb: number
  fillMs: number
}

const DAY_MS = 86_400_000
const BATCH = 50_000
const PATHS = 5000
/** Every so many ids: a prime, so that all of the table is met. */
const PATH_STEP = 7919
/** The tables that a job has rows in, its own first: the column that says whose they are, and how many rows one job may have. */
const tables = [
  { table: "jobs", key: "number", rows: 1 },
  { table: "attempts", key: "job", rows: 1 },
  { table: "requests", key: "place", rows: BODY_PIECES_MAX },
  { table: "results", key: "place", rows: BODY_PIECES_MAX },
]
/** `idOf` in SQL: copies are a millisecond apart, and the first is one after the template. */
const ID = "printf('%08x-%04x-7000-8000-%012x', ($createdAt + n + 1) >> 16, ($createdAt + n + 1) & 65535, n)"

if (import.meta.main) {
  const plan = JSON.parse(process.argv[2] ?? "null") as FillPlan
  process.stdout.write(`${JSON.stringify(fill(plan))}\n`)
}

function fill(plan: FillPlan): FillReport {
  const startedAt = performance.now()
  const { databasePath, release } = claimDirectory(plan.directory)
  const database = openWriter(databasePath)
  // Only while it is filled: no crash will read it.
  database.run("PRAGMA synchronous = OFF")
  database.run("PRAGMA journal_mode = OFF")
  database.run("PRAGMA cache_size = -200000")
  const createdAt = Date.now() - plan.jobs - DAY_MS / 24
  const template = makeTemplate(database, plan, createdAt)
  for (let from = 0; from < plan.jobs; from += BATCH) {
    copy(database, template, from, Math.min(plan.jobs, from + BATCH))
  }
  database.run("PRAGMA foreign_keys = OFF")
  for (const { table, key, rows } of tables) {
    run(database, `DELETE FROM ${table} WHERE ${of(key, rows)}`, { $number: template.number })
  }
  database.run("PRAGMA journal_mode = WAL")
  const sql = "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size"
  const { bytes } = database.query<{ bytes: number }, []>(sql).get() ?? { bytes: Number.NaN }
  database.close()
  release()
  const paths = Array.from({ length: PATHS }, (_, at) => `${CHAT}/${readId((at * PATH_STEP) % plan.jobs, createdAt)}`)
  writeFileSync(plan.pathsFile, `${paths.join("\n")}\n`)
  return { databaseMb: bytes / 1_000_000, fillMs: performance.now() - startedAt }
}

interface Template {
  number: number
  createdAt: number
}

/** One job as the program itself would leave it. */
function makeTemplate(database: Database, { state, provider }: FillPlan, createdAt: number): Template {
  const store = createStore(database)
  const start = state === "queued" ? null : { keyId: null, startedAt: createdAt, leaseUntil: createdAt + DAY_MS }
  const job = newJob(provider, "any", createdAt)
  const [submitted] = store.turn(createdAt, [{ kind: "submit", job, start, allowances: [], isRefused: false }]) as [
    Submitted,
  ]
  if (submitted.kind === "started") store.turn(createdAt, [finishOf(submitted.job)])
  const { number } = database.query<{ number: number }, []>("SELECT number FROM jobs").get() ?? { number: Number.NaN }
  return { number, createdAt }
}

/** Its end with an answer. */
function finishOf(job: Claimed): Change {
  const used = { input_tokens: 1, output_tokens: 1 }
  const nothing = { keyName: null, reason: null, upstreamRequestId: null, cost: null, closed: null }
  return {
    kind: "finish",
    job,
    from: "running",
    state: "succeeded",
    statusCode: 200,
    error: null,
    isFailure: false,
    end: { outcome: "answered", status: 200, used, ...nothing },
    answer: { result: makeChatAnswer(ANSWER_BYTES), usage: JSON.stringify(used) },
  }
}

/** Copies of all rows of the template, with numbers, ids and times that rise by one. */
function copy(database: Database, { number, createdAt }: Template, from: number, to: number): void {
  for (const { table, key, rows } of tables) {
    const sql = `SELECT name FROM pragma_table_info('${table}')`
    const columns = database
      .query<{ name: string }, []>(sql)
      .all()
      .map(({ name }) => name)
    const values = columns.map((name) => {
      if (name === key) return `${key} + (n + 1) * ${IDS_PER_MS} * ${rows}`
      if (name === "id") return ID
      return /_at$/.test(name) ? `${name} + n` : name
    })
    run(
      database,
      `WITH RECURSIVE numbers(n) AS (SELECT $from UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < $to)
       INSERT INTO ${table} (${columns.join(", ")}) SELECT ${values.join(", ")} FROM numbers, ${table} WHERE ${of(key, rows)}`,
      { $from: from, $to: to, $number: number, ...(table === "jobs" ? { $createdAt: createdAt } : {}) },
    )
  }
}

/** The condition that a row is one of the template's. */
function of(key: string, rows: number): string {
  return `${key} >= $number * ${rows} AND ${key} < ($number + 1) * ${rows}`
}

/** An id in the form of newJobId: the time in front, so that it sorts where it would have come. */
function readId(n: number, createdAt: number): string {
  const hex = (createdAt + n + 1).toString(16).padStart(12, "0")
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${n.toString(16).padStart(12, "0")}`
}

function run(database: Database, sql: string, values: Record<string, number>): void {
  database.query<unknown, Record<string, number>>(sql).run(values)
}
