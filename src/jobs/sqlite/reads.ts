// What the face asks of the database. Read only.
// Everything that is asked in one turn of the event loop shares one read transaction: beginning and ending one costs twice
// what a question costs (2.1 and 0.9 µs), and one that stays open would stop the log from being folded in.
import type { Database } from "bun:sqlite"
import type { State } from "../job.ts"
import { type Bodies, createBodies, firstPlace } from "./bodies.ts"
import { ask, isDamage } from "./database.ts"
import { BODY_PIECE_BYTES } from "./pieces.ts"

/** A job without its bodies. Times are epoch milliseconds. */
export interface JobRow {
  id: string
  requestId: string
  requestType: string
  owner: string
  provider: string
  model: string
  keyChoice: string
  /** 0 low, 1 normal, 2 high. */
  priority: number
  state: State
  attempt: number
  failures: number
  createdAt: number
  runAt: number
  deadlineAt: number
  /** Of the last attempt. */
  startedAt: number | null
  keyId: string | null
  completedAt: number | null
  expiresAt: number | null
  statusCode: number | null
  /** JSON text. */
  error: string | null
  /** JSON text. */
  usage: string | null
  /** A JSON list of texts. */
  warnings: string | null
  /** The media type of the bytes that stand beside the result. */
  contentKind: string | null
}

/** A job as a poll sees it. */
export interface JobView extends JobRow {
  /** The result, a JSON text; null: there is none, or it `isLong`. */
  result: string | null
  /** Whether the result must be read in pieces. */
  isLong: number
}

export interface AttemptView {
  attempt: number
  provider: string
  model: string
  startedAt: number
  finishedAt: number
  outcome: string
  status: number | null
  keyName: string | null
  reason: string | null
  upstreamRequestId: string | null
  /** `Usage` of call.ts, as JSON text. */
  usage: string | null
  /** US dollars; null: not known. */
  cost: number | null
}

/** Queued jobs that are alike but for their age, and when the first of them is due. */
interface DueLane {
  provider: string
  model: string
  keyChoice: string
  owner: string
  priority: number
  runAt: number
}

/** What a list asks for; ids rise with time, so that they stand for times too. */
export interface ListQuery {
  /** Null: jobs of every owner. */
  owners: readonly string[] | null
  /** Ids below this one, newest first. */
  before: string
  /** And not below this one. */
  from: string
  states: readonly State[] | null
  /** Of queued jobs only those that were started before (true) or never (false). */
  isStarted: boolean | null
  requestType: string | null
  provider: string | null
  model: string | null
  limit: number
}

const shortColumns = `jobs.id, request_id AS requestId, request_type AS requestType, owner, provider, model, key_choice AS keyChoice, priority,
  state, attempt, failures, created_at AS createdAt, run_at AS runAt, deadline_at AS deadlineAt, started_at AS startedAt, key_id AS keyId, completed_at AS completedAt, expires_at AS expiresAt, status_code AS statusCode,
  content_kind AS contentKind`
const columns = `${shortColumns}, error, usage, warnings`
/** A page of jobs is read as a whole: an earlier version kept errors of any length. */
const listedColumns = `${shortColumns}, NULL AS usage, NULL AS warnings, CASE WHEN length(error) > 65536
  THEN json_object('is_bifrost_error', json('false'), 'status_code', status_code, 'error', json_object('message', 'the error has ' || length(error) || ' characters: ask for the job alone'), 'extra_fields', json('{}'))
  ELSE error END AS error`

/** A page looks at no more jobs than this, however few of them it wants: its cost does not grow with the table. */
const LOOKED_AT_MAX = 5000
/** A step through the index for each takes about 1 µs. */
const LANES_MAX = 2000
/** To find one that a key opens: a few may be damaged. */
const SEALED_MAX = 100
/** Nobody needs to know whether they are the 20,000th or the 30,000th. */
const POSITION_MAX = 10_000

export type Reads = ReturnType<typeof createReads>

/**
 * @param openBodies a connection for what is read in pieces, asked for with the first of it
 * @param onDamage told what is wrong with the database when a question meets it
 */
export function createReads(
  database: Database,
  openBodies: () => Database,
  onDamage: (detail: string) => void = () => {},
) {
  // Plain SQL: this is asked most of all, and one statement takes 5 µs where two through drizzle take 10.
  const selectJob = database.query<JobView, [string]>(
    `SELECT ${columns}, CASE WHEN length(data) < ${BODY_PIECE_BYTES} THEN CAST(data AS TEXT) END AS result,
       length(data) = ${BODY_PIECE_BYTES} AS isLong
     FROM jobs LEFT JOIN results ON place = ${firstPlace} WHERE jobs.id = ?`,
  )
  const selectAttempts = database.query<AttemptView, [string]>(
    `SELECT attempt, provider, model, started_at AS startedAt, finished_at AS finishedAt, outcome, status, key_name AS keyName, reason,
       upstream_request_id AS upstreamRequestId, usage, cost
     FROM attempts WHERE job = (SELECT number FROM jobs WHERE id = ?) ORDER BY attempt`,
  )
  const selectPosition = database.query<{ position: number }, [string, string, string, string, number, number, number]>(
    `SELECT count(*) AS position FROM (SELECT 1 FROM jobs WHERE state = 'queued' AND provider = ? AND model = ? AND key_choice = ?
       AND owner = ? AND priority = ? AND run_at < ? LIMIT ?)`,
  )
  const selectClosed = database.query<{ at: number }, [string, string, string]>(
    "SELECT closed_until AS at FROM quotas WHERE provider = ? AND key_id = ? AND model = ?",
  )
  const selectPage = (condition: string) =>
    database.query<JobRow, Record<string, string | number | null>>(
      `SELECT ${listedColumns} FROM jobs WHERE ${condition} id < $before AND id >= $from ORDER BY id DESC LIMIT $limit`,
    )
  // The condition of the partial index stands in the statement, because SQLite must be able to read it.
  const pageOfOwner = selectPage("owner = $owner AND owner <> '' AND")
  const pageOfAll = selectPage("")
  // Of a row of values SQLite seeks `>=` and steps over what is equal: without run_at that is the whole lane, 84 ms for a million.
  const selectNextLane = database.query<DueLane, [string, string, string, string, number]>(
    `SELECT provider, model, key_choice AS keyChoice, owner, priority, run_at AS runAt FROM jobs
     WHERE state = 'queued' AND (provider, model, key_choice, owner, priority, run_at) > (?, ?, ?, ?, ?, ${Number.MAX_SAFE_INTEGER})
     ORDER BY provider, model, key_choice, owner, priority, run_at LIMIT 1`,
  )
  const ping = database.query("SELECT 1 FROM jobs LIMIT 1")
  const begin = database.query("BEGIN")
  const commit = database.query("COMMIT")
  let isOpen = false
  let bodies: Bodies | undefined

  /** Asks within the turn's transaction. */
  function share<T>(question: () => T): T {
    try {
      if (!isOpen) {
        begin.run()
        isOpen = true
        setImmediate(refresh)
      }
      return question()
    } catch (error) {
      if (isDamage(error)) onDamage(error.message)
      throw error
    }
  }

  function refresh(): void {
    if (!isOpen) return
    isOpen = false
    // A question that the disk could not answer has ended the transaction by itself.
    if (database.inTransaction) commit.run()
  }

  return {
    /** The engine has told of something: what is asked from now on must see it. */
    refresh,

    /** The job, or null when there is none or its time is over: expiry does not wait for the reaper. */
    job(id: string, now: number): JobView | null {
      const view = share(() => selectJob.get(id))
      return view && (view.expiresAt === null || view.expiresAt > now) ? view : null
    },

    /** What is read in pieces. */
    bodies(): Bodies {
      bodies ??= createBodies(openBodies())
      return bodies
    },

    attempts(id: string): AttemptView[] {
      return share(() => selectAttempts.all(id))
    },

    /** How many queued jobs that are alike (owner, provider, model, priority) are due before; at most 10,000. */
    position({ provider, model, keyChoice, owner, priority, runAt }: JobRow): number {
      const row = share(() => selectPosition.get(provider, model, keyChoice, owner, priority, runAt, POSITION_MAX))
      return row?.position ?? 0
    },

    /** When the first of the quotas of these keys opens that 429s have closed; null when one of them is open. */
    closedUntil({ provider, model }: JobRow, keyIds: readonly string[], now: number): number | null {
      const times = share(() => keyIds.map((keyId) => selectClosed.get(provider, keyId, model)?.at ?? 0))
      const first = Math.min(...times)
      return first > now ? first : null
    },

    /**
     * The newest jobs that fit, newest first. `next` is where the following page starts, or null at the end;
     * a page can hold fewer than `limit` and still have a next one.
     */
    list(query: ListQuery, now: number): { jobs: JobRow[]; next: string | null } {
      const jobs: JobRow[] = []
      let before = query.before
      for (let lookedAt = 0; lookedAt < LOOKED_AT_MAX; ) {
        const limit = Math.max(query.limit + 1, 500)
        const { from, owners } = query
        const owner = owners?.length === 1 ? owners[0] : ""
        const page = share(() =>
          owner ? pageOfOwner.all({ owner, before, from, limit }) : pageOfAll.all({ before, from, limit }),
        )
        for (const job of page) {
          if (!fits(job, query, now)) continue
          if (jobs.length === query.limit) return { jobs, next: jobs.at(-1)?.id ?? null }
          jobs.push(job)
        }
        if (page.length < limit) return { jobs, next: null }
        lookedAt += page.length
        before = page.at(-1)?.id ?? before
      }
      return { jobs, next: before }
    },

    /**
     * When the first of the queued jobs of each provider is or was due. One step through the index for each lane (jobs that
     * are alike but for their age), however many jobs there are; at most 2000 lanes are looked at.
     */
    oldestDue(): Map<string, number> {
      const oldest = new Map<string, number>()
      let last: DueLane = { provider: "", model: "", keyChoice: "", owner: "", priority: -1, runAt: 0 }
      for (let lookedAt = 0; lookedAt < LANES_MAX; lookedAt++) {
        const { provider, model, keyChoice, owner, priority } = last
        const lane = share(() => selectNextLane.get(provider, model, keyChoice, owner, priority))
        if (!lane) break
        oldest.set(lane.provider, Math.min(lane.runAt, oldest.get(lane.provider) ?? lane.runAt))
        last = lane
      }
      return oldest
    },

    /** How many jobs have something sealed, and the newest of them: through an index of those alone. Asked once, at the start. */
    sealed(): { count: number; some: { id: string; secret: Uint8Array }[] } {
      const some = database.prepare<{ id: string; secret: Uint8Array }, []>(
        `SELECT id, secret FROM jobs WHERE secret IS NOT NULL ORDER BY number DESC LIMIT ${SEALED_MAX}`,
      )
      const rows = some.all()
      some.finalize()
      return { count: Number(ask(database, "SELECT count(*) FROM jobs WHERE secret IS NOT NULL")), some: rows }
    },

    /** @throws when the database cannot be read */
    ping(): void {
      share(() => ping.get())
    },
  }
}

function fits(job: JobRow, query: ListQuery, now: number): boolean {
  return (
    (query.owners === null || query.owners.includes(job.owner)) &&
    (job.expiresAt === null || job.expiresAt > now) &&
    (query.states === null || query.states.includes(job.state)) &&
    (query.isStarted === null || job.state !== "queued" || job.attempt > 0 === query.isStarted) &&
    (query.requestType === null || job.requestType === query.requestType) &&
    (query.provider === null || job.provider === query.provider) &&
    (query.model === null || job.model === query.model)
  )
}
