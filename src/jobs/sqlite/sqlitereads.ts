// The queries of `Reads` on SQLite, answered at once. Read only.
// All queries in one turn of the event loop share one read transaction: beginning and ending it costs twice as much as a query
// (2.1 and 0.9 µs), and a transaction that stayed open would prevent checkpoints of the write-ahead log.
import type { Database } from "bun:sqlite"
import { randomBytes } from "../../clock.ts"
import { sha256Hex } from "../../digest.ts"
import { nameSealed } from "../../webhooks/webhooksecrets.ts"
import { BODY_PIECE_BYTES } from "../job.ts"
import { readNumber, readNumberTime } from "../numbers.ts"
import type { AttemptView, JobView, ReadableBody, Reads, StoredRequest } from "../reads.ts"
import type { StoreError } from "../storeerror.ts"
import { prepareBatchReads } from "./batchreads.ts"
import { createBodies, firstPlace } from "./bodies.ts"
import { prepareConversationReads } from "./conversationreads.ts"
import { ask, isDamage, measureSizes, toStoreError } from "./database.ts"
import { prepareEventReads } from "./eventreads.ts"
import { jobColumns, prepareLists } from "./lists.ts"
import { prepareQueueReads } from "./queuereads.ts"
import { prepareUsageReads } from "./usagereads.ts"
import { prepareWebhookReads } from "./webhookreads.ts"

/** How many encrypted values are tried with the encryption key. There are several, because a few may be damaged. */
const SEALED_MAX = 100

export type SqliteReads = ReturnType<typeof createReads>

/**
 * @param openBodies opens the connection for bodies, when the first body is read
 * @param onDamage called with a description when a query finds the database damaged
 */
export function createReads(
  database: Database,
  openBodies: () => Database,
  onDamage: (detail: string) => void = () => {},
) {
  const transaction = prepareTransaction(database)
  // Plain SQL, because polls are the most frequent query: one statement takes 5 µs, two through Drizzle take 10.
  const selectJob = database.query<JobView, [number, string]>(
    `SELECT ${jobColumns}, CASE WHEN length(data) < ${BODY_PIECE_BYTES} THEN CAST(data AS TEXT) END AS result,
       length(data) = ${BODY_PIECE_BYTES} AS isLong
     FROM jobs LEFT JOIN results ON place = ${firstPlace} WHERE jobs.number = ? AND jobs.id = ?`,
  )
  const selectAttempts = database.query<AttemptView, [number, string]>(
    `SELECT attempt, provider, model, started_at AS startedAt, finished_at AS finishedAt, outcome, status, key_name AS keyName, reason,
       upstream_request_id AS upstreamRequestId, usage, cost
     FROM attempt_log WHERE job = (SELECT number FROM jobs WHERE number = ? AND id = ?)`,
  )
  const selectRequest = database.query<StoredRequest, [number, string]>(
    "SELECT form, loss_retries AS lossRetries, ttl_ms AS ttlMs FROM jobs WHERE number = ? AND id = ?",
  )
  const selectVersion = database.query<{ data_version: number }, []>("PRAGMA data_version")
  /** SQLite counts the changes that this connection sees. Readers are not told how many there were, nor that of another start. */
  const salt = randomBytes(12).toString("base64url")
  const ping = database.query("SELECT 1 FROM jobs WHERE number = 0")
  let openedBodies: ReturnType<typeof createBodies> | undefined

  function translate(error: unknown): StoreError {
    if (isDamage(error)) onDamage(error.message)
    return toStoreError(error)
  }

  /** Runs a query inside the shared transaction. */
  function share<T>(question: () => T): T {
    try {
      transaction.begin()
      return question()
    } catch (error) {
      throw translate(error)
    }
  }

  /** Runs a query outside of the shared transaction. */
  function answer<T>(question: () => T): T {
    try {
      return question()
    } catch (error) {
      throw translate(error)
    }
  }

  function bodies() {
    openedBodies ??= createBodies(openBodies(), answer)
    return openedBodies
  }

  return {
    /** Called when the store has changed: later queries must see the change. */
    refresh: transaction.end,

    job(id, now) {
      const view = share(() => selectJob.get(readNumber(id), id))
      return view && (view.expiresAt === null || view.expiresAt > now) ? view : null
    },

    attempts: (id) => share(() => selectAttempts.all(readNumber(id), id)).sort((a, b) => a.attempt - b.attempt),

    request: (id) => share(() => selectRequest.get(readNumber(id), id)),

    bodyBytes: (id, kind) => bodies().bytes(id, kind),

    bodyPieces: (id: string, kind: ReadableBody, from?: number, to?: number) => bodies().pieces(id, kind, from, to),

    ...prepareEventReads(database, share),

    ...prepareLists(database, share),

    ...prepareQueueReads(database, share),

    ...prepareUsageReads(database, share),

    ...prepareWebhookReads(database, share),

    ...prepareBatchReads(database, share),

    ...prepareConversationReads(database, share),

    gateways: () => null,
    standbys: () => null,
    sizes: () => answer(() => measureSizes(database.filename)),

    revision: () => sha256Hex(`${salt} ${share(() => selectVersion.get())?.data_version}`).slice(0, 16),

    ping(): void {
      share(() => ping.get())
    },
  } satisfies Reads & Record<string, unknown>
}

/** What is encrypted, and the newest of each kind, each with the name that it is bound to. Called once, at the start. */
export function findSealed(database: Database) {
  const find = (table: string, column: string, name = (id: string) => id) => {
    if (!hasTable(database, table)) return { count: 0, some: [] }
    const newest = database.prepare<{ id: string; secret: Uint8Array }, []>(
      `SELECT id, ${column} AS secret FROM ${table} WHERE ${column} IS NOT NULL ORDER BY number DESC LIMIT ${SEALED_MAX}`,
    )
    const some = newest.all().map(({ id, secret }) => ({ id: name(id), secret }))
    newest.finalize()
    return { count: Number(ask(database, `SELECT count(*) FROM ${table} WHERE ${column} IS NOT NULL`)), some }
  }
  const jobs = find("jobs", "secret")
  const webhooks = find("webhook_endpoints", "sealed", nameSealed)
  const batches = find("batches", "sealed")
  return {
    jobs: jobs.count,
    webhooks: webhooks.count,
    batches: batches.count,
    some: [...jobs.some, ...webhooks.some, ...batches.some],
  }
}

/** A database that the doctor looks at may be of an earlier version. */
function hasTable(database: Database, name: string): boolean {
  return ask(database, `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '${name}'`) === 1
}

/**
 * The time of the newest id of a job, an upload, a file, a batch or a conversation, epoch milliseconds. Where there is none, it is the earliest
 * time of which an id has a number (see numbers.ts): the clock of a machine that has just started may be before that.
 */
export function readLatestIdTime(database: Database): number {
  const newest = ["jobs", "uploads", "files", "batches", "conversations"]
    .filter((table) => hasTable(database, table))
    .map((table) => Number(ask(database, `SELECT coalesce(max(number), 0) FROM ${table}`)))
  return readNumberTime(Math.max(...newest))
}

/** The read transaction that the queries of one turn of the event loop share. */
function prepareTransaction(database: Database) {
  const begin = database.query("BEGIN")
  const commit = database.query("COMMIT")
  let isOpen = false

  function end(): void {
    if (!isOpen) return
    isOpen = false
    // A query that failed with an I/O error has ended the transaction already.
    if (database.inTransaction) commit.run()
  }

  return {
    /** Begins the transaction unless it is open. It ends with the turn. */
    begin(): void {
      if (isOpen) return
      begin.run()
      isOpen = true
      setImmediate(end)
    },
    end,
  }
}
