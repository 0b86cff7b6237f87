// Claims from the real store by the real dispatcher, in a process of its own: `bun bench/queue/claimer.ts PLAN` fills a database with
// many jobs and two with few, claims the same number of jobs of each by turns, and prints one report.
import type { Database } from "bun:sqlite"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { createDispatcher, type Dispatcher } from "../../src/engine/schedule/dispatcher.ts"
import type { Claimed } from "../../src/jobs/job.ts"
import { openWriter } from "../../src/jobs/sqlite/database.ts"
import { claimDirectory } from "../../src/jobs/sqlite/directory.ts"
import { createStore, type SqliteStore } from "../../src/jobs/sqlite/sqlitestore.ts"
import { ANY_KEY, pinnedTo } from "../../src/providers/keys.ts"
import type { ProviderSettings } from "../../src/providers/provider.ts"
import { resolveProviders } from "../../src/providers/settings.ts"
import { computeSpread, median } from "../spread.ts"

export interface Plan {
  directory: string
  large: number
  small: number
  models: number
  /** 0: calls go out without one. */
  keys: number
  /** Whether models take turns in the order of the jobs; false: all jobs of one model, then all of the next. */
  isMixed: boolean
}

/** Microseconds for each claimed job: the mean of a repetition, the middle one of them; and of single transactions. */
export interface Figures {
  meanUs: number
  p50Us: number
  p99Us: number
}

export interface Case {
  one: Record<Part, Figures>
  many: Record<Part, Figures>
}

/** The end of a call and the claim that follows, without the commit and with it. */
type Part = "claim" | "commit"

export interface Report {
  large: Case
  /** As few jobs as quotas, one or some of each. */
  spread: Case
  /** As few jobs, all of one quota. */
  single: Case
  databaseMb: number
  fillMs: number
  /** How long the dispatcher takes to learn what is queued. */
  recountMs: number
}

/** What a repetition is made of: the same number of claims, however many slots are free at a time. */
const CLAIMS = 768
export const MANY = 64
const REPETITIONS = 9
/** Every so many quotas one is closed: 50 of 1,000. */
const CLOSED_EVERY = 20
const BASE = 1_795_132_800_000
const HOUR_MS = 3_600_000
const MIB = 1024 * 1024

interface Bench {
  database: Database
  store: SqliteStore
  commits: Commits
  now: number
}

/** How long the last commit took. */
interface Commits {
  lastMs: number
}

interface Samples {
  /** By repetition, by transaction: microseconds for each claimed job. */
  claim: number[][]
  commit: number[][]
}

if (import.meta.main) {
  const plan = JSON.parse(process.argv[2] ?? "null") as Plan
  process.stdout.write(`${JSON.stringify(measure(plan))}\n`)
}

function measure(plan: Plan): Report {
  const provider = makeProvider(plan)
  const startedAt = performance.now()
  const benches = {
    large: open(plan, "large", plan.large, null),
    spread: open(plan, "spread", plan.small, null),
    single: open(plan, "single", plan.small, pinnedTo("key-1")),
  }
  const fillMs = performance.now() - startedAt
  const names = ["large", "spread", "single"] as const
  const samples = { one: readSamples(names), many: readSamples(names) }
  const recountsMs: number[] = []
  for (let repetition = 0; repetition <= REPETITIONS; repetition++) {
    for (const name of repetition % 2 === 0 ? names : names.toReversed()) {
      for (const [slots, batch] of [
        ["one", 1],
        ["many", MANY],
      ] as const) {
        const bench = benches[name]
        const dispatcher = createDispatcher([provider], {}, Math.random)
        const recountAt = performance.now()
        dispatcher.recount(bench.store.queued())
        if (name === "large") recountsMs.push(performance.now() - recountAt)
        dispatcher.restore(listClosed(plan, provider, bench.now + HOUR_MS), bench.now)
        const { claim, commit } = repeat(bench, dispatcher, provider.concurrency, batch)
        putBack(bench)
        // The first repetition warms up.
        if (repetition === 0) continue
        samples[slots][name].claim.push(claim)
        samples[slots][name].commit.push(commit)
      }
    }
  }
  const databaseMb = readSize(benches.large.database) / MIB
  for (const { database } of Object.values(benches)) database.close()
  rmSync(plan.directory, { recursive: true })
  const makeCase = (name: (typeof names)[number]): Case => ({
    one: readFigures(samples.one[name]),
    many: readFigures(samples.many[name]),
  })
  return {
    large: makeCase("large"),
    spread: makeCase("spread"),
    single: makeCase("single"),
    databaseMb,
    fillMs,
    recountMs: median(recountsMs),
  }
}

/** The provider as a configuration would make it. */
function makeProvider({ keys }: Plan): ProviderSettings {
  const configured = Array.from({ length: keys }, (_, at) => ({ name: `key-${at}`, value: `value-${at}` }))
  const network = { base_url: "http://127.0.0.1:1" }
  const { providers } = resolveProviders({ queue: { keys: configured, network_config: network } }, {})
  const provider = providers.find(({ name }) => name === "queue")
  if (!provider) throw new Error("the provider was not resolved")
  return provider
}

/** A database of its own with so many queued jobs, spread over all models; with a key's choice all are of one quota. */
function open(plan: Plan, name: string, jobs: number, choice: string | null): Bench {
  const { databasePath, release } = claimDirectory(join(plan.directory, name))
  const database = openWriter(databasePath)
  const keyChoice = choice === null || plan.keys === 0 ? ANY_KEY : choice
  // Only while it is filled: no crash will read it.
  database.run("PRAGMA synchronous = OFF")
  fill(database, jobs, choice === null ? plan : { ...plan, models: 1 }, keyChoice)
  database.run("PRAGMA wal_checkpoint(TRUNCATE)")
  database.run("PRAGMA synchronous = FULL")
  release()
  const commits = { lastMs: 0 }
  return { database, store: createStore(timeCommits(database, commits)), commits, now: BASE + jobs }
}

/** The same database, which says how long each commit takes. */
function timeCommits(database: Database, commits: Commits): Database {
  const commit = database.query("COMMIT")
  const run = () => {
    const startedAt = performance.now()
    commit.run()
    commits.lastMs = performance.now() - startedAt
  }
  return new Proxy(database, {
    get(target, name) {
      if (name === "query") return (sql: string) => (sql === "COMMIT" ? { run } : target.query(sql))
      const value = Reflect.get(target, name, target)
      return typeof value === "function" ? value.bind(target) : value
    },
  })
}

/** As many jobs of each model; where they are mixed, every run of `models` jobs has one of each, each run in another order. */
function fill(database: Database, jobs: number, { models, isMixed }: Plan, keyChoice: string): void {
  const model = isMixed ? "(n * 7919 + n / ?3 * 104729) % ?3" : "n / (?1 / ?3)"
  database.run(
    `WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?1)
     INSERT INTO jobs (id, request_id, request_type, owner, provider, model, state, priority, key_choice, attempt, failures, losses,
       crashes, created_at, run_at, deadline_at, ttl_ms)
     SELECT printf('%08x-%04x-7000-8000-%012x', (?2 + n) >> 16, (?2 + n) & 65535, n), printf('request-%d', n), 'chat_completion', '',
       'queue', printf('model-%d', 1 + ${model}), 'queued', 1, ?4, 0, 0, 0, 0, ?2 + n, ?2 + n,
       ?2 + n + 24 * 3600000, 3600000 FROM numbers`,
    [jobs, BASE, models, keyChoice],
  )
}

/** One quota in CLOSED_EVERY; never that of the first model and key. */
function listClosed({ models, keys }: Plan, provider: ProviderSettings, closedUntil: number) {
  const ids = keys === 0 ? [""] : provider.keys.map(({ id }) => id)
  return ids.flatMap((keyId) =>
    Array.from({ length: Math.floor(models / CLOSED_EVERY) }, (_, at) => ({
      provider: provider.name,
      keyId,
      model: `model-${(at + 1) * CLOSED_EVERY}`,
      closedUntil,
      spacingMs: null,
    })),
  )
}

/** With all slots taken, frees `batch` of them at a time and claims what then fits. */
function repeat({ store, commits, now }: Bench, dispatcher: Dispatcher, concurrency: number, batch: number) {
  const out: Claimed[] = []
  while (out.length < concurrency) {
    out.push(...dispatcher.settle(store.turn(now, dispatcher.claim(now)), [], now))
  }
  const claim: number[] = []
  const commit: number[] = []
  for (let claims = 0; claims < CLAIMS; claims += batch) {
    const freed = out.splice(0, batch)
    const startedAt = performance.now()
    for (const job of freed) dispatcher.releaseSlots(job)
    const claimed = dispatcher.settle(store.turn(now, dispatcher.claim(now)), [], now)
    const tookMs = performance.now() - startedAt
    commit.push((tookMs * 1000) / batch)
    claim.push(((tookMs - commits.lastMs) * 1000) / batch)
    if (claimed.length !== batch) throw new Error(`${claimed.length} of ${batch} free slots were used`)
    out.push(...claimed)
  }
  return { claim, commit }
}

/** As it was before a repetition. */
function putBack({ database }: Bench): void {
  database.run(
    "UPDATE jobs SET state = 'queued', attempt = 0, started_at = NULL, lease_until = NULL, key_id = NULL WHERE state = 'running'",
  )
  database.run("PRAGMA wal_checkpoint(TRUNCATE)")
}

function readSamples<Name extends string>(names: readonly Name[]): Record<Name, Samples> {
  return Object.fromEntries(names.map((name) => [name, { claim: [], commit: [] }])) as unknown as Record<Name, Samples>
}

function readFigures({ claim, commit }: Samples): Record<Part, Figures> {
  return { claim: figures(claim), commit: figures(commit) }
}

function figures(repetitions: number[][]): Figures {
  const { p50, p99 } = computeSpread(repetitions.flat())
  const means = repetitions.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length)
  return { meanUs: median(means), p50Us: p50, p99Us: p99 }
}

function readSize(database: Database): number {
  const sql = "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size"
  return database.query<{ bytes: number }, []>(sql).get()?.bytes ?? Number.NaN
}
