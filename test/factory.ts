// Inserts jobs in any state into a real database, for tests that start in the middle of a job's life, and makes the plain data that
// goes with jobs: providers, keys, changes and outcomes.
import type { Database } from "bun:sqlite"
import { eq, getViewSelectedFields } from "drizzle-orm"
import { drizzle } from "drizzle-orm/bun-sqlite"
import type { Secrets } from "../src/auth/sealing.ts"
import type { Outcome, Upstream } from "../src/call.ts"
import type { Clock } from "../src/clock.ts"
import { createSender } from "../src/engine/threads/sender.ts"
import { formatJobId, IDS_PER_MS } from "../src/jobs/ids.ts"
import {
  type AttemptEnd,
  type Claimed,
  type ClosedQuota,
  type Lane,
  makeStartedJob,
  type NewJob,
  type State,
  states,
} from "../src/jobs/job.ts"
import type { JobFilter } from "../src/jobs/jobfilter.ts"
import { readNumber } from "../src/jobs/numbers.ts"
import type { DeliveryQuery } from "../src/jobs/reads.ts"
import { openMappedReader, openReader, openWriter } from "../src/jobs/sqlite/database.ts"
import { claimDirectory, type DataDirectory } from "../src/jobs/sqlite/directory.ts"
import { createReads, type SqliteReads } from "../src/jobs/sqlite/sqlitereads.ts"
import { createStore, type SqliteStore } from "../src/jobs/sqlite/sqlitestore.ts"
import { attemptLog, jobs } from "../src/jobs/sqlite/tables.ts"
import type { Change, ChangeKind, ChangeOf, Results, Spent } from "../src/jobs/store.ts"
import type { Log } from "../src/log.ts"
import type { ProviderKey, ProviderSettings } from "../src/providers/provider.ts"
import { type WebhookEndpoint, webhookDefaults, webhookEvents } from "../src/webhooks/webhook.ts"
import { newDir, removeDir } from "./cleanup.ts"
import { showBodies } from "./harness.ts"

/** The filter that every job matches. */
export const everyJob: JobFilter = {
  owners: null,
  before: "ffffffff-ffff-7fff-bfff-ffffffffffff",
  from: "",
  states: null,
  isStarted: null,
  requestType: null,
  provider: null,
  model: null,
  priority: null,
  errorCode: null,
  key: null,
  minCost: null,
  origin: null,
  batch: null,
  idempotencyKeys: null,
  search: null,
}

/** The query that every delivery matches. */
export const everyDelivery: DeliveryQuery = {
  endpoints: null,
  events: null,
  outcomes: null,
  statusClasses: null,
  requestId: null,
  jobId: null,
  delivery: null,
  from: null,
  to: null,
  limit: 1000,
  offset: 0,
}

/** A moment for tests that drive time themselves: 2026-11-20T00:00:00Z. */
export const NOON = 1_795_132_800_000

export type Row = typeof jobs.$inferSelect

export interface World {
  dir: string
  directory: DataDirectory
  database: Database
  store: SqliteStore
  reads: SqliteReads
  rows(): Row[]
  row(id: string): Row | undefined
  body(id: string, kind: "request" | "result" | "content"): string
  attempts(id: string): (typeof attemptLog.$inferSelect)[]
  /** Closes the connection for reads, so that every read fails. */
  closeReader(): void
  dispose(): void
}

/** Creates a data directory, opened as the engine and the HTTP server open it. */
export function createWorld(): World {
  const dir = newDir()
  const directory = claimDirectory(dir)
  const database = openWriter(directory.databasePath)
  const reader = openReader(directory.databasePath)
  const db = drizzle(database)
  let bodies: Database | undefined
  const reads = createReads(reader, () => {
    bodies = openMappedReader(directory.databasePath)
    return bodies
  })
  showBodies(database)
  const pieces = database.query<{ data: Uint8Array }, [string, string]>(
    "SELECT data FROM bodies WHERE job_id = ? AND kind = ? ORDER BY seq",
  )
  return {
    dir,
    directory,
    database,
    store: createStore(database),
    reads,
    rows: () => db.select().from(jobs).all(),
    row: (id) => db.select().from(jobs).where(eq(jobs.id, id)).get(),
    body: (id, kind) => Buffer.concat(pieces.all(id, kind).map((row) => row.data)).toString(),
    attempts: (id) =>
      db
        .select(getViewSelectedFields(attemptLog))
        .from(attemptLog)
        .innerJoin(jobs, eq(attemptLog.job, jobs.number))
        .where(eq(jobs.id, id))
        .orderBy(attemptLog.attempt)
        .all(),
    closeReader: () => reader.close(),
    dispose() {
      reads.refresh()
      reader.close()
      bodies?.close()
      database.close()
      directory.release()
      removeDir(dir)
    },
  }
}

let counter = 0

/** Makes a unique id of that time. */
export function newJobId(now: number): string {
  return formatJobId(now + Math.floor(counter / IDS_PER_MS), counter++ % IDS_PER_MS)
}

export const REQUEST = '{"model":"mock/echo","messages":[{"role":"user","content":"Hello"}]}'

/** Makes a job as a client might submit it. */
export function newJob(over: Partial<NewJob> = {}): NewJob {
  const createdAt = over.createdAt ?? NOON
  return {
    id: newJobId(createdAt),
    requestId: "request-1",
    requestType: "chat_completion",
    owner: "",
    provider: "mock",
    model: "echo",
    createdAt,
    deadlineAt: createdAt + 86_400_000,
    ttlMs: 3_600_000,
    priority: 1,
    keyChoice: "",
    lossRetries: null,
    body: REQUEST,
    form: null,
    extras: null,
    warnings: null,
    fallbacks: null,
    secret: null,
    idempotencyKey: null,
    bodyDigest: null,
    originId: null,
    webhook: null,
    batch: null,
    batchLine: null,
    ...over,
  }
}

/** Inserts a row in `state` that every CHECK accepts. `over` replaces members of the row. */
export function insertJob(database: Database, state: State, over: Partial<Row> = {}): Row {
  const row = makeRow(state, over)
  drizzle(database).insert(jobs).values(row).run()
  return row
}

/** A row in `state` that every CHECK accepts. */
export function makeRow(state: State, over: Partial<Row> = {}): Row {
  const isTerminal = ["succeeded", "failed", "cancelled"].includes(state)
  const attempt = over.attempt ?? (state === "queued" ? 0 : 1)
  const id = over.id ?? newJobId(NOON)
  return {
    number: readNumber(id),
    id,
    request_id: "request-1",
    request_type: "chat_completion",
    owner: "",
    provider: "mock",
    model: "echo",
    state,
    priority: 1,
    key_choice: "",
    key_id: null,
    attempt,
    failures: 0,
    losses: 0,
    loss_retries: null,
    crashes: 0,
    created_at: NOON,
    run_at: NOON,
    deadline_at: NOON + 86_400_000,
    started_at: attempt > 0 ? NOON : null,
    lease_until: state === "running" ? NOON + 660_000 : null,
    ttl_ms: 3_600_000,
    form: null,
    extras: null,
    fallbacks: null,
    fallbacks_tried: 0,
    primary_error: null,
    provider_state: state === "waiting" ? '{"id":"theirs"}' : null,
    secret: null,
    idempotency_key: null,
    body_digest: null,
    usage: null,
    last_attempt: null,
    warnings: null,
    content_kind: null,
    origin_id: null,
    webhook: null,
    batch: null,
    batch_line: null,
    completed_at: isTerminal ? NOON : null,
    expires_at: isTerminal ? NOON + 3_600_000 : null,
    status_code: isTerminal ? (state === "succeeded" ? 200 : 499) : null,
    error: state === "failed" || state === "cancelled" ? '{"error":{"message":"no"}}' : null,
    ...over,
  }
}

type AttemptRow = typeof attemptLog.$inferSelect

/** The ended attempts of a job, as the view of SQLite has them: those before the last, and the last from the job's row. */
export function describeAttempts(row: Row, before: AttemptRow[]): AttemptRow[] {
  if (row.last_attempt === null) return [...before]
  const { keyName, upstreamRequestId, used, ...last } = JSON.parse(row.last_attempt)
  return [
    ...before,
    {
      ...{ job: row.number, attempt: row.attempt, provider: row.provider, model: row.model },
      ...{ started_at: row.started_at ?? 0, finished_at: row.completed_at ?? 0, ...last },
      ...{
        key_name: keyName,
        upstream_request_id: upstreamRequestId,
        usage: used === null ? null : JSON.stringify(used),
      },
    },
  ]
}

/** Converts a row into what a claim would have returned. */
export function claimedFrom(row: Row): Claimed {
  return {
    number: row.number,
    id: row.id,
    requestId: row.request_id,
    requestType: row.request_type,
    provider: row.provider,
    model: row.model,
    keyChoice: row.key_choice,
    keyId: row.key_id,
    priority: row.priority,
    attempt: row.attempt,
    failures: row.failures,
    losses: row.losses,
    lossRetries: row.loss_retries,
    crashes: row.crashes,
    runAt: row.run_at,
    deadlineAt: row.deadline_at,
    providerState: row.provider_state,
    startedAt: row.started_at ?? row.created_at,
    createdAt: row.created_at,
    ttlMs: row.ttl_ms,
    owner: row.owner,
    form: row.form,
    extras: row.extras,
    fallbacks: row.fallbacks,
    fallbacksTried: row.fallbacks_tried,
    primaryError: row.primary_error,
    secret: row.secret,
    webhook: row.webhook,
    batch: row.batch,
  }
}

/** The lane of the jobs that `newJob` and `insertJob` make. `over` replaces members of the lane. */
export function makeLane(over: Partial<Lane> = {}): Lane {
  return { provider: "mock", model: "echo", keyChoice: "", owner: "", priority: 1, ...over }
}

/** A provider that needs no network. */
export function makeProvider(over: Partial<ProviderSettings> = {}): ProviderSettings {
  return {
    name: "mock",
    baseUrl: "",
    authorization: { header: "authorization", prefix: "Bearer " },
    endpoints: { chat_completion: { adapter: "mock", path: "/chat/completions" } },
    optional: {},
    needsKey: false,
    keys: [],
    headers: {},
    options: {},
    timeoutMs: 600_000,
    maxRetries: 3,
    backoffInitialMs: 500,
    backoffMaxMs: 30_000,
    concurrency: 100,
    bufferSize: 100_000,
    prices: {},
    pricedAs: null,
    ...over,
  }
}

export function makeKey(id: string, over: Partial<ProviderKey> = {}): ProviderKey {
  return {
    id,
    name: `the key ${id}`,
    value: `secret of ${id}`,
    models: ["*"],
    weight: 1,
    concurrency: null,
    source: "config.json",
    ...over,
  }
}

/** The record of an attempt that was answered. `over` replaces members of the record. */
export function makeEnd(over: Partial<AttemptEnd> = {}): AttemptEnd {
  return {
    outcome: "answered",
    status: 200,
    keyName: null,
    reason: null,
    upstreamRequestId: null,
    used: null,
    cost: null,
    closed: null,
    ...over,
  }
}

/** The removal of jobs, with the open attempts of those that are under way. */
export function makeRemove(ids: readonly string[]): ChangeOf<"remove"> {
  return { kind: "remove", jobs: ids.map((id) => ({ id, end: makeEnd({ outcome: "cancelled", status: null }) })) }
}

/** Applies one change in a turn of its own, and returns the result. */
export function doTurn<Kind extends ChangeKind>(store: SqliteStore, change: ChangeOf<Kind>, now = NOON): Results[Kind] {
  const [result] = store.turn(now, [change as Change])
  return result as Results[Kind]
}

/** Stores jobs as queued, in one turn. */
export function submitAll(store: SqliteStore, ...given: NewJob[]): void {
  const changes = given.map((job) => makeSubmit(job))
  store.turn(NOON, changes)
}

/** The change that stores a job, by default as queued. */
export function makeSubmit(job: NewJob, over: Partial<ChangeOf<"submit">> = {}): ChangeOf<"submit"> {
  return { kind: "submit", job, start: null, allowances: [], isRefused: false, ...over }
}

/** The change that takes one job of the lane that `newJob` and `insertJob` use. */
export function makeClaim(over: Partial<ChangeOf<"claim">> = {}): ChangeOf<"claim"> {
  return { kind: "claim", lane: makeLane(), keyId: null, leaseUntil: NOON + 1000, limit: 1, asksNext: false, ...over }
}

/** The change that ends a running job with an answer. */
export function makeFinish(job: Claimed, over: Partial<ChangeOf<"finish">> = {}): ChangeOf<"finish"> {
  return {
    kind: "finish",
    job,
    from: "running",
    state: "succeeded",
    statusCode: 200,
    error: null,
    isFailure: false,
    end: makeEnd(),
    answer: { result: "{}", usage: null },
    ...over,
  }
}

/** The change that fails a running job. */
export function makeFailure(job: Claimed, over: Partial<ChangeOf<"finish">> = {}): ChangeOf<"finish"> {
  return makeFinish(job, {
    state: "failed",
    statusCode: 502,
    error: '{"error":{}}',
    isFailure: true,
    answer: null,
    ...over,
  })
}

/** The change that returns a running job to its place in the queue without a failure. */
export function makeRequeue(job: Claimed, over: Partial<ChangeOf<"requeue">> = {}): ChangeOf<"requeue"> {
  const spends = { isFailure: false, isLoss: false, isCrash: false }
  const { runAt, keyChoice } = job
  return { kind: "requeue", job, end: makeEnd(), runAt, keyChoice, spends, fallback: null, ...over }
}

/** A change whose only effect is to store a closed quota: its job does not exist. */
export function makeClosing(closed: ClosedQuota): ChangeOf<"requeue"> {
  const start = { keyId: null, startedAt: NOON, leaseUntil: NOON }
  return makeRequeue(makeStartedJob(newJob(), start, -1, null), { end: makeEnd({ closed }) })
}

/** What an owner has used since a day, from the result of a submit that is over its budget. */
export function spentSince(store: SqliteStore, owner: string, since: number): Spent {
  const result = doTurn(store, makeSubmit(newJob({ owner }), { allowances: [{ since, tokens: 0 }] }))
  if (result.kind !== "overBudget") throw new Error(`the job is ${result.kind}`)
  return result.spent
}

/** Seals nothing. */
export const plainSecrets: Secrets = {
  seal: (plain) => Buffer.from(plain),
  unseal: (sealed) => Buffer.from(sealed).toString(),
}

/** A webhook endpoint as it is stored, which is told of the end of every job. */
export function makeEndpoint(over: Partial<WebhookEndpoint> = {}): Omit<WebhookEndpoint, "number"> {
  const { headers: _, ...settings } = webhookDefaults
  return {
    ...settings,
    id: `we_${over.owner ?? ""}${over.name ?? "mine"}`,
    owner: "",
    source: "api",
    name: "mine",
    url: "https://receiver.example/",
    events: webhookEvents.bifrost,
    allJobs: true,
    sealed: new Uint8Array(1),
    previousUntil: null,
    createdAt: NOON,
    updatedAt: NOON,
    consecutiveFailures: 0,
    failingSince: null,
    lastSuccessAt: null,
    lastFailureAt: null,
    disabledReason: null,
    disabledAt: null,
    ...over,
  }
}

/** What an engine needs for webhooks where there are none. */
export function withoutWebhooks(clock: Clock, log: Log) {
  const spawn = () => {
    throw new Error("a webhook is sent, and there are none")
  }
  const sender = createSender({ spawn, clock, log, onTried() {}, onReady() {} })
  return {
    secrets: plainSecrets,
    webhooks: { endpoints: [], retentionDays: 30, allowLoopback: false, paths: {} },
    randomBytes: (bytes: number) => new Uint8Array(bytes),
    sender: () => sender,
  }
}

const upstream: Upstream = { requestId: null, limits: null }

export function answered(over: Partial<Extract<Outcome, { kind: "answered" }>> = {}): Outcome {
  return {
    kind: "answered",
    status: 200,
    body: '{"choices":[]}',
    usage: null,
    used: null,
    cost: null,
    upstream,
    ...over,
  }
}

export function refused(status: number, over: Partial<Extract<Outcome, { kind: "refused" }>> = {}): Outcome {
  return {
    kind: "refused",
    status,
    refusal: { type: "t", code: "c", message: "the provider's own words", param: "p" },
    retryAfterMs: null,
    isKeyRefused: [401, 402, 403].includes(status),
    upstream,
    ...over,
  }
}

/** The `Upstream` of an answer from a provider that allows `limit` calls in `resetMs`. */
export function limitedTo(limit: number, resetMs: number): Upstream {
  return { requestId: null, limits: { requests: { limit, remaining: null, resetMs }, tokens: null } }
}

export { states }
