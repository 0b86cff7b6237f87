// Puts a job into a real database, in any state, for tests that start in the middle of a job's life.
import type { Database } from "bun:sqlite"
import { drizzle } from "drizzle-orm/bun-sqlite"
import { newJobId } from "../src/clock.ts"
import { claimDirectory, type DataDirectory, openReader, openWriter } from "../src/jobs/database.ts"
import { createReads, type Reads } from "../src/jobs/reads.ts"
import { attempts, bodies, jobs, type State, states } from "../src/jobs/schema.ts"
import { type Claimed, createStore, type NewJob, type Store } from "../src/jobs/store.ts"
import { newDir, removeDir } from "./harness.ts"

/** A moment for tests that drive time themselves: 2026-11-20T00:00:00Z. */
export const NOON = 1_795_132_800_000

export type Row = typeof jobs.$inferSelect

export interface World {
  dir: string
  directory: DataDirectory
  database: Database
  store: Store
  reads: Reads
  rows(): Row[]
  row(id: string): Row | undefined
  body(id: string, kind: "request" | "result" | "content"): string
  attempts(id: string): (typeof attempts.$inferSelect)[]
  dispose(): void
}

/** A data directory of its own, opened as the engine and the face open it. */
export function createWorld(): World {
  const dir = newDir()
  const directory = claimDirectory(dir)
  const database = openWriter(directory.databasePath)
  const reader = openReader(directory.databasePath)
  const db = drizzle(database)
  const reads = createReads(reader)
  return {
    dir,
    directory,
    database,
    store: createStore(database),
    reads,
    rows: () => db.select().from(jobs).all(),
    row: (id) =>
      db
        .select()
        .from(jobs)
        .all()
        .find((row) => row.id === id),
    body: (id, kind) =>
      Buffer.concat(
        db
          .select()
          .from(bodies)
          .orderBy(bodies.seq)
          .all()
          .filter((row) => row.job_id === id && row.kind === kind)
          .map((row) => row.data),
      ).toString(),
    attempts: (id) =>
      db
        .select()
        .from(attempts)
        .all()
        .filter((row) => row.job_id === id),
    dispose() {
      reads.refresh()
      reader.close()
      database.close()
      directory.release()
      removeDir(dir)
    },
  }
}

export const REQUEST = '{"model":"mock/echo","messages":[{"role":"user","content":"Hello"}]}'

/** What a client might submit. */
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
    body: REQUEST,
    form: null,
    extras: null,
    fallbacks: null,
    secret: null,
    idempotencyKey: null,
    bodyDigest: null,
    ...over,
  }
}

/** A row in `state` that every CHECK accepts, with `over` laid over it. */
export function insertJob(database: Database, state: State, over: Partial<Row> = {}): Row {
  const isTerminal = ["succeeded", "failed", "cancelled"].includes(state)
  const attempt = over.attempt ?? (state === "queued" ? 0 : 1)
  const row: Row = {
    id: newJobId(NOON),
    request_id: "request-1",
    request_type: "chat_completion",
    owner: "",
    provider: "mock",
    model: "echo",
    state,
    attempt,
    failures: 0,
    created_at: NOON,
    run_at: NOON,
    deadline_at: NOON + 86_400_000,
    started_at: attempt > 0 ? NOON : null,
    lease_until: state === "running" ? NOON + 660_000 : null,
    ttl_ms: 3_600_000,
    form: null,
    extras: null,
    fallbacks: null,
    primary_error: null,
    secret: null,
    idempotency_key: null,
    body_digest: null,
    usage: null,
    content_kind: null,
    completed_at: isTerminal ? NOON : null,
    expires_at: isTerminal ? NOON + 3_600_000 : null,
    status_code: isTerminal ? (state === "succeeded" ? 200 : 499) : null,
    error: state === "failed" || state === "cancelled" ? '{"error":{"message":"no"}}' : null,
    ...over,
  }
  drizzle(database).insert(jobs).values(row).run()
  return row
}

/** The row as a claim would have returned it. */
export function claimedFrom(row: Row): Claimed {
  return {
    id: row.id,
    requestId: row.request_id,
    requestType: row.request_type,
    provider: row.provider,
    model: row.model,
    attempt: row.attempt,
    failures: row.failures,
    deadlineAt: row.deadline_at,
    startedAt: row.started_at ?? row.created_at,
    ttlMs: row.ttl_ms,
    owner: row.owner,
    form: row.form,
    extras: row.extras,
    fallbacks: row.fallbacks,
    primaryError: row.primary_error,
    secret: row.secret,
  }
}

export { states }
