// Fills a gateway's database with jobs before it starts, in a process of its own: `bun bench/fill.ts PLAN`. A few go the way of every
// job, through the real store; the rest are copies of their rows, so that this knows nothing of the tables but the columns of a job's id
// and times. Prints one FillReport.
import type { Database } from "bun:sqlite"
import { writeFileSync } from "node:fs"
import { newJobId } from "../src/clock.ts"
import { claimDirectory, openWriter } from "../src/jobs/database.ts"
import { createStore, type NewJob } from "../src/jobs/store.ts"
import { ANY_KEY } from "../src/providers/keys.ts"
import { ANSWER_BYTES, CHAT, chatAnswerOf, chatRequest } from "./request.ts"

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
/** `idOf` in SQL. */
const ID = "printf('%08x-%04x-7000-8000-%012x', (?4 + n) >> 16, (?4 + n) & 65535, n)"

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
  for (const { table, key } of tablesOf(database)) database.run(`DELETE FROM ${table} WHERE ${key} = ?`, [template.id])
  database.run("PRAGMA journal_mode = WAL")
  const sql = "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size"
  const { bytes } = database.query<{ bytes: number }, []>(sql).get() ?? { bytes: Number.NaN }
  database.close()
  release()
  const paths = Array.from({ length: PATHS }, (_, at) => `${CHAT}/${idOf((at * PATH_STEP) % plan.jobs, createdAt)}`)
  writeFileSync(plan.pathsFile, `${paths.join("\n")}\n`)
  return { databaseMb: bytes / 1_000_000, fillMs: performance.now() - startedAt }
}

interface Template {
  id: string
  createdAt: number
}

/** One job as the program itself would leave it. */
function makeTemplate(database: Database, { state, provider }: FillPlan, createdAt: number): Template {
  const store = createStore(database)
  const id = newJobId(createdAt)
  store.transaction(() => {
    store.submit(newJob(id, provider, createdAt))
    if (state === "queued") return
    const lane = { provider, model: "any", keyChoice: ANY_KEY, owner: "", priority: 1 }
    const [claimed] = store.claim(lane, null, createdAt, createdAt + DAY_MS, 1)
    if (!claimed) throw new Error("the store gave no job to finish")
    const used = { input_tokens: 1, output_tokens: 1 }
    const end = { outcome: "answered", status: 200, keyName: null, reason: null, upstreamRequestId: null, cost: null }
    const result = chatAnswerOf(ANSWER_BYTES)
    store.succeed(claimed, { ...end, used }, { result, usage: JSON.stringify(used) }, createdAt)
  })
  return { id, createdAt }
}

function newJob(id: string, provider: string, createdAt: number): NewJob {
  return {
    id,
    requestId: crypto.randomUUID(),
    requestType: "chat_completion",
    owner: "",
    provider,
    model: "any",
    createdAt,
    deadlineAt: createdAt + DAY_MS,
    ttlMs: DAY_MS,
    priority: 1,
    keyChoice: ANY_KEY,
    lossRetries: null,
    body: chatRequest(`${provider}/any`),
    form: null,
    extras: null,
    warnings: null,
    fallbacks: null,
    secret: null,
    idempotencyKey: null,
    bodyDigest: null,
  }
}

/** Copies of all rows of the template, with ids and times that rise by a millisecond. */
function copy(database: Database, { id, createdAt }: Template, from: number, to: number): void {
  for (const { table, key, columns } of tablesOf(database)) {
    const values = columns.map((name) => {
      if (name === key) return ID
      return /_at$/.test(name) ? `${name} + n` : name
    })
    database.run(
      `WITH RECURSIVE numbers(n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?2)
       INSERT INTO ${table} (${columns.join(", ")}) SELECT ${values.join(", ")} FROM numbers, ${table} WHERE ${key} = ?3`,
      [from, to, id, createdAt],
    )
  }
}

/** An id in the form of newJobId: the time in front, so that it sorts where it would have come. */
function idOf(n: number, createdAt: number): string {
  const hex = (createdAt + n).toString(16).padStart(12, "0")
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${n.toString(16).padStart(12, "0")}`
}

/** The tables that a job has rows in, the job's own first, and which column says whose they are. */
function tablesOf(database: Database): { table: string; key: string; columns: string[] }[] {
  const found = database
    .query<{ name: string }, []>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name = 'jobs' DESC, name",
    )
    .all()
  return found.flatMap(({ name: table }) => {
    const sql = `SELECT name FROM pragma_table_info('${table}')`
    const columns = database
      .query<{ name: string }, []>(sql)
      .all()
      .map(({ name }) => name)
    const key = table === "jobs" ? "id" : "job_id"
    return columns.includes(key) ? [{ table, key, columns }] : []
  })
}
