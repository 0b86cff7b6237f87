// The queries of `Reads` on PostgreSQL. Read only.
import { type Clock, randomBytes } from "../../clock.ts"
import { sha256Hex } from "../../digest.ts"
import type { MemberView } from "../gateways.ts"
import { BODY_PIECE_BYTES } from "../job.ts"
import { readNumber } from "../numbers.ts"
import type { AttemptView, JobView, ReadableBody, Reads, StoredRequest } from "../reads.ts"
import { prepareBatchReads } from "./pgbatchreads.ts"
import { bodyTables } from "./pgbodies.ts"
import { attempts, omit, select, toArray } from "./pgcolumns.ts"
import type { Asking } from "./pgdriver.ts"
import { countEvents, readEventsFrom } from "./pgevents.ts"
import { readTotalBytes } from "./pgheld.ts"
import { jobColumns, prepareLists } from "./pglists.ts"
import { LOCK, selectGateways, selectHolder } from "./pglock.ts"
import { prepareQueueReads } from "./pgqueuereads.ts"
import { readStandbys } from "./pgstandbys.ts"
import { checkNumbers } from "./pgturn.ts"
import { prepareUsageReads } from "./pgusagereads.ts"
import { prepareWebhookReads } from "./pgwebhookreads.ts"

type Ask = Asking["ask"]

export type PgReads = Reads & { close(): Promise<void> }

const SELECT_JOBS = `SELECT ${jobColumns}, jobs.number::float8 AS number, coalesce(octet_length(data) = ${BODY_PIECE_BYTES}, false) AS "isLong",
    CASE WHEN octet_length(data) < ${BODY_PIECE_BYTES} THEN data END AS data
  FROM jobs LEFT JOIN results ON results.number = jobs.number AND piece = 0 WHERE jobs.number = ANY($1::text::bigint[])`

export function createPgReads({ ask, close }: Asking, clock: Clock): PgReads {
  /** Readers are not told how many transactions there were. */
  const salt = randomBytes(12).toString("base64url")
  const readJob = gatherPolls(ask, clock)

  async function bodyBytes(id: string, kind: ReadableBody): Promise<number> {
    const [row] = await ask<{ bytes: number }>(
      `SELECT coalesce(sum(octet_length(data)), 0)::float8 AS bytes FROM jobs JOIN ${bodyTables[kind]} USING (number)
       WHERE jobs.number = $1::bigint AND jobs.id = $2::text`,
      [readNumber(id), id],
    )
    return row?.bytes ?? 0
  }

  return {
    async job(id, now) {
      const view = await readJob(id)
      return view && (view.expiresAt === null || view.expiresAt > now) ? view : null
    },

    attempts: (id) => readAttempts(ask, id),

    async request(id) {
      const [row] = await ask<StoredRequest>(
        `SELECT form, loss_retries AS "lossRetries", ttl_ms::float8 AS "ttlMs" FROM jobs WHERE number = $1::bigint AND id = $2::text`,
        [readNumber(id), id],
      )
      return row ?? null
    },

    bodyBytes,

    async *bodyPieces(id, kind, from = 0, to) {
      const end = to ?? (await bodyBytes(id, kind))
      for (let at = from; at < end; ) {
        const seq = Math.floor(at / BODY_PIECE_BYTES)
        const [row] = await ask<{ data: Uint8Array }>(
          `SELECT data FROM jobs JOIN ${bodyTables[kind]} USING (number)
           WHERE jobs.number = $1::bigint AND jobs.id = $2::text AND piece = $3::integer`,
          [readNumber(id), id, seq],
        )
        if (!row) throw new Error(`job ${id} was removed while it was being read`)
        const start = at - seq * BODY_PIECE_BYTES
        const part = row.data.subarray(start, Math.min(row.data.length, start + end - at))
        yield part
        at += part.length
      }
    },

    events: (id, from) => readEventsFrom(ask, id, from),
    eventCount: (id) => countEvents(ask, id),

    ...prepareLists(ask),
    ...prepareQueueReads(ask),
    ...prepareUsageReads(ask),
    ...prepareWebhookReads(ask),
    ...prepareBatchReads(ask),

    // The space of its disk is the server's to watch.
    gateways: () => ask<MemberView>(selectGateways),
    standbys: () => readStandbys(ask),
    sizes: async () => ({ databaseBytes: await readTotalBytes(ask), walBytes: null, diskFreeBytes: null }),

    // What the connection that writes, which holds the lock, does since when: whoever sees it at rest sees what it has committed.
    async revision() {
      const [row] = await ask<{ since: string }>(
        `SELECT state || ' ' || state_change AS since FROM (${selectHolder}) AS holder
        JOIN pg_stat_activity USING (pid)`,
        [LOCK],
      )
      return sha256Hex(`${salt} ${row?.since ?? randomBytes(12).toString("hex")}`).slice(0, 16)
    },

    async ping() {
      await ask("SELECT 1 AS there FROM jobs WHERE number = 0")
    },

    close,
  }
}

/** Reads jobs by their ids: the polls that have come together are one statement, which takes a quarter of the server's time for each. */
function gatherPolls(ask: Ask, clock: Clock): (id: string) => Promise<JobView | null> {
  type Found = Omit<JobView, "result" | "isLong"> & { number: number; isLong: boolean; data: Uint8Array | null }
  let waiting: { id: string; found: PromiseWithResolvers<JobView | null> }[] = []

  async function answer(): Promise<void> {
    const polls = waiting
    waiting = []
    try {
      const rows = await ask<Found>(SELECT_JOBS, [toArray(polls.map(({ id }) => readNumber(id)))])
      const jobs = new Map(rows.map((row) => [row.number, row]))
      checkNumbers(
        rows,
        polls.map(({ id }) => readNumber(id)),
      )
      for (const { id, found } of polls) {
        const row = jobs.get(readNumber(id))
        found.resolve(row?.id === id ? toView(row) : null)
      }
    } catch (error) {
      for (const { found } of polls) found.reject(error)
    }
  }

  function toView({ number, data, isLong, ...job }: Found): JobView {
    return { ...job, result: data === null ? null : Buffer.from(data).toString(), isLong: Number(isLong) }
  }

  return (id) => {
    const found = Promise.withResolvers<JobView | null>()
    if (waiting.push({ id, found }) === 1) clock.soon(answer)
    return found.promise
  }
}

/** What the row of a job has of its last attempt: JSON text, which may have characters that PostgreSQL does not read out of JSON. */
interface Attempt extends AttemptView {
  last: string | null
}

/** Those before the last are rows, the last is in the job's row. One statement, so that all are of one moment. */
async function readAttempts(ask: Ask, id: string): Promise<AttemptView[]> {
  const rows = await ask<Attempt>(
    `SELECT ${select(omit(attempts, "job"), "attempts")}, NULL AS last FROM attempts JOIN jobs ON jobs.number = attempts.job
     WHERE jobs.number = $1::bigint AND jobs.id = $2::text
     UNION ALL SELECT attempt, provider, model, started_at::float8, completed_at::float8, '', NULL, NULL, NULL, NULL, NULL, NULL, last_attempt
     FROM jobs WHERE number = $1::bigint AND id = $2::text AND last_attempt IS NOT NULL ORDER BY attempt`,
    [readNumber(id), id],
  )
  return rows.map(({ last, ...attempt }) => {
    if (last === null) return attempt
    const { used, ...rest } = JSON.parse(last)
    return { ...attempt, ...rest, usage: used === null ? null : JSON.stringify(used) }
  })
}
