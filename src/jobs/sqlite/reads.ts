// What the HTTP server asks of the database: `Reads`, answered at once. Read only.
// Everything that is asked in one turn of the event loop shares one read transaction: beginning and ending one costs twice
// what a question costs (2.1 and 0.9 µs), and one that stays open would stop the log from being folded in.
import type { Database } from "bun:sqlite"
import { BODY_PIECE_BYTES } from "../job.ts"
import type { AttemptView, JobView, ReadableBody, Reads } from "../reads.ts"
import type { StoreError } from "../storeerror.ts"
import { createBodies, firstPlace } from "./bodies.ts"
import { ask, isDamage, sizesAt, toStoreError } from "./database.ts"
import { jobColumns, prepareLists } from "./lists.ts"
import { prepareQueueReads } from "./queuereads.ts"

/** To find one that a key opens: a few may be damaged. */
const SEALED_MAX = 100

export type SqliteReads = ReturnType<typeof createReads>

/**
 * @param openBodies a connection for what is read in pieces, opened when the first of it is asked for
 * @param onDamage called with what is wrong with the database when a question meets it
 */
export function createReads(
  database: Database,
  openBodies: () => Database,
  onDamage: (detail: string) => void = () => {},
) {
  const transaction = prepareTransaction(database)
  // Plain SQL: this is asked most of all, and one statement takes 5 µs where two through drizzle take 10.
  const selectJob = database.query<JobView, [string]>(
    `SELECT ${jobColumns}, CASE WHEN length(data) < ${BODY_PIECE_BYTES} THEN CAST(data AS TEXT) END AS result,
       length(data) = ${BODY_PIECE_BYTES} AS isLong
     FROM jobs LEFT JOIN results ON place = ${firstPlace} WHERE jobs.id = ?`,
  )
  const selectAttempts = database.query<AttemptView, [string]>(
    `SELECT attempt, provider, model, started_at AS startedAt, finished_at AS finishedAt, outcome, status, key_name AS keyName, reason,
       upstream_request_id AS upstreamRequestId, usage, cost
     FROM attempts WHERE job = (SELECT number FROM jobs WHERE id = ?) ORDER BY attempt`,
  )
  const ping = database.query("SELECT 1 FROM jobs LIMIT 1")
  let openedBodies: ReturnType<typeof createBodies> | undefined

  function failed(error: unknown): StoreError {
    if (isDamage(error)) onDamage(error.message)
    return toStoreError(error)
  }

  /** Asks within the turn's transaction. */
  function share<T>(question: () => T): T {
    try {
      transaction.begin()
      return question()
    } catch (error) {
      throw failed(error)
    }
  }

  /** Asks outside of it. */
  function answer<T>(question: () => T): T {
    try {
      return question()
    } catch (error) {
      throw failed(error)
    }
  }

  function bodies() {
    openedBodies ??= createBodies(openBodies(), answer)
    return openedBodies
  }

  return {
    /** The store has changed: what is asked from now on must see it. */
    refresh: transaction.end,

    job(id, now) {
      const view = share(() => selectJob.get(id))
      return view && (view.expiresAt === null || view.expiresAt > now) ? view : null
    },

    attempts: (id) => share(() => selectAttempts.all(id)),

    bodyBytes: (id, kind) => bodies().bytes(id, kind),

    bodyPieces: (id: string, kind: ReadableBody, from?: number, to?: number) => bodies().pieces(id, kind, from, to),

    ...prepareLists(database, share),

    ...prepareQueueReads(database, share),

    sizes: () => answer(() => sizesAt(database.filename)),

    ping(): void {
      share(() => ping.get())
    },
  } satisfies Reads & Record<string, unknown>
}

/** How many jobs have something sealed, and the newest of them: through an index of those alone. Asked once, at the start. */
export function findSealed(database: Database): { count: number; some: { id: string; secret: Uint8Array }[] } {
  const some = database.prepare<{ id: string; secret: Uint8Array }, []>(
    `SELECT id, secret FROM jobs WHERE secret IS NOT NULL ORDER BY number DESC LIMIT ${SEALED_MAX}`,
  )
  const rows = some.all()
  some.finalize()
  return { count: Number(ask(database, "SELECT count(*) FROM jobs WHERE secret IS NOT NULL")), some: rows }
}

/** The read transaction of this turn of the event loop. */
function prepareTransaction(database: Database) {
  const begin = database.query("BEGIN")
  const commit = database.query("COMMIT")
  let isOpen = false

  function end(): void {
    if (!isOpen) return
    isOpen = false
    // A question that the disk could not answer has ended the transaction by itself.
    if (database.inTransaction) commit.run()
  }

  return {
    /** Begins it where it has not begun; it ends with the turn. */
    begin(): void {
      if (isOpen) return
      begin.run()
      isOpen = true
      setImmediate(end)
    },
    end,
  }
}
