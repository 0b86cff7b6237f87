// Lists of jobs, page by page, and the columns of a `JobRow`. Read only.
import { states } from "../job.ts"
import { beginsWith, fits, isSelective, type JobFilter } from "../jobfilter.ts"
import { readBatchNumber, readNumber, readNumberBound } from "../numbers.ts"
import type { JobPage, ListedJob, ListQuery, Reads } from "../reads.ts"
import { jobs, pick, select } from "./pgcolumns.ts"
import type { Asking, Value } from "./pgdriver.ts"

type Ask = Asking["ask"]

const short = select(
  pick(
    jobs,
    ...(["id", "request_id", "request_type", "owner", "provider", "model", "key_choice", "priority", "state"] as const),
    ...(["attempt", "failures", "created_at", "run_at", "deadline_at", "started_at", "key_id"] as const),
    ...(["completed_at", "expires_at", "status_code", "content_kind", "origin_id"] as const),
  ),
  "jobs",
)

/** The columns of a `JobRow`. */
export const jobColumns = `${short}, error, usage, warnings`

/** A longer error is not held in memory for a page of jobs. */
const ERROR_CHARS_MAX = 65_536

/** A row of a list. What is recorded of the last attempt is taken apart here: JSON of PostgreSQL has no NUL. */
type Found = Omit<ListedJob, "usage" | "warnings" | "cost" | "keyName" | "upstreamRequestId"> & {
  lastAttempt: string | null
  costBefore: number | null
  errorChars: number | null
}

const listed = `${short}, last_attempt AS "lastAttempt",
  CASE WHEN attempt > 1 THEN (SELECT sum(cost) FROM attempts WHERE job = jobs.number) END AS "costBefore",
  (SELECT batches.id FROM batches WHERE batches.number = jobs.batch) AS "batchId",
  length(error) AS "errorChars", CASE WHEN length(error) <= ${ERROR_CHARS_MAX} THEN error END AS error`

/** A page looks at no more jobs than this, however few of them match, so that its cost does not grow with the table. */
const LOOKED_AT_MAX = 2500
/** How many jobs are read at once where few may match. */
const BATCH = 500
/** What may be the beginning of an id. The first eight digits are those of a minute. */
const ID_START = /^[0-9a-f]{8}[0-9a-f-]{0,28}$/i

const WITHIN = "jobs.number < $1::bigint AND jobs.number >= $2::bigint"
const ORDER = "ORDER BY jobs.number DESC LIMIT $3::bigint"
/** What the server sorts out. It lets through all that `fits` does, and more. */
const MATCHING = `state IN (SELECT json_array_elements_text($5::text::json)) AND ($6::text IS NULL OR request_type = $6::text)
  AND ($7::text IS NULL OR provider = $7::text) AND ($8::text IS NULL OR model = $8::text)
  AND ($9::integer IS NULL OR priority = $9::integer) AND ($10::text IS NULL OR origin_id = $10::text)
  AND ($11::bigint IS NULL OR batch = $11::bigint) AND ($12::text IS NULL OR strpos(error, $12::text) > 0)`

/** Which jobs a list goes through: those of an owner and of keys by their indexes. `bound` is $4. */
interface Range {
  where: string
  bound: Value
}

function chooseRange({ owners, idempotencyKeys }: JobFilter): Range {
  if (idempotencyKeys !== null) {
    const where = "idempotency_key IN (SELECT json_array_elements_text($4::text::json)) AND"
    return { where, bound: JSON.stringify(idempotencyKeys) }
  }
  const owner = owners?.length === 1 ? owners[0] : ""
  if (owner) return { where: "owner = $4::text AND owner <> '' AND", bound: owner }
  return { where: "$4::text IS NULL AND", bound: null }
}

export function prepareLists(ask: Ask): Pick<Reads, "list"> {
  /**
   * Reads the matching ones of the next jobs, of as many as one page looks at. Returns the id of the last of these; null: there are no
   * more.
   */
  async function* matching(filter: JobFilter, from: number, until: number): AsyncGenerator<ListedJob[], string | null> {
    const { where, bound } = chooseRange(filter)
    const [end] = await ask<{ number: number; id: string }>(
      `SELECT jobs.number::float8 AS number, id FROM jobs WHERE ${where} ${WITHIN} ${ORDER} OFFSET ${LOOKED_AT_MAX - 1}`,
      [until, from, 1, bound],
    )
    const { requestType, provider, model, priority, origin, batch, errorCode } = filter
    const wanted = [JSON.stringify(filter.states ?? states), requestType, provider, model, priority, origin]
    const rest = [batch && readBatchNumber(batch), errorCode]
    for (let before = until; ; ) {
      const rows = await ask<Found>(`SELECT ${listed} FROM jobs WHERE ${where} ${MATCHING} AND ${WITHIN} ${ORDER}`, [
        before,
        end?.number ?? from,
        BATCH,
        bound,
        ...wanted,
        ...rest,
      ])
      yield rows.map(toListed)
      if (rows.length < BATCH) return end?.id ?? null
      before = readNumber(rows.at(-1)?.id ?? "")
    }
  }

  /** Reads the jobs within bounds of their numbers, a batch at a time, the newest first. */
  async function* batches(
    filter: JobFilter,
    from: number,
    until: number,
    limit: number,
  ): AsyncGenerator<ListedJob[], null> {
    const { where, bound } = chooseRange(filter)
    for (let before = until; ; ) {
      const rows = await ask<Found>(`SELECT ${listed} FROM jobs WHERE ${where} ${WITHIN} ${ORDER}`, [
        ...[before, from, limit, bound],
      ])
      yield rows.map(toListed)
      if (rows.length < limit) return null
      before = readNumber(rows.at(-1)?.id ?? "")
    }
  }

  /** The bounds of the numbers that begin as the search does, where that is the beginning of the id of a job that is there. */
  async function findStart(filter: JobFilter): Promise<{ from: number; until: number } | null> {
    const { search, owners } = filter
    if (search === null || !ID_START.test(search)) return null
    const digits = search.replaceAll("-", "").toLowerCase()
    const range = { from: readNumberBound(digits), until: readNumberBound(digits.padEnd(16, "f")) + 1 }
    for await (const batch of batches(filter, range.from, range.until, BATCH)) {
      if (batch.some((job) => beginsWith(job, search) && (owners?.includes(job.owner) ?? true))) return range
    }
    return null
  }

  return {
    async list(query: ListQuery, now: number): Promise<JobPage> {
      const found: ListedJob[] = []
      const start = await findStart(query)
      // The jobs of a batch are made after it.
      const first = query.batch === null ? 0 : readBatchNumber(query.batch)
      const from = Math.max(start?.from ?? 0, readNumberBound(query.from), first)
      // A number is a 64-bit integer on the server, which is no infinity.
      const until = Math.min(start?.until ?? Number.MAX_SAFE_INTEGER, readNumberBound(query.before))
      const rows = isSelective(query)
        ? matching(query, from, until)
        : batches(query, from, until, Math.min(query.limit + 1, BATCH))
      for (;;) {
        const { done, value } = await rows.next()
        if (done) return { jobs: found, next: value }
        for (const job of value) {
          if ((job.expiresAt !== null && job.expiresAt <= now) || !fits(job, query)) continue
          if (found.length === query.limit) return { jobs: found, next: found.at(-1)?.id ?? null }
          found.push(job)
        }
      }
    },
  }
}

function toListed({ lastAttempt, costBefore, errorChars, ...job }: Found): ListedJob {
  const last = lastAttempt === null ? null : JSON.parse(lastAttempt)
  const costs = [costBefore, (last?.cost ?? null) as number | null].filter((cost) => cost !== null)
  return {
    ...job,
    usage: last === null || last.used === null ? null : JSON.stringify(last.used),
    warnings: null,
    cost: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0),
    keyName: last?.keyName ?? null,
    upstreamRequestId: last?.upstreamRequestId ?? null,
    error: errorChars !== null && errorChars > ERROR_CHARS_MAX ? describeLongError(job, errorChars) : job.error,
  }
}

function describeLongError({ statusCode }: Pick<ListedJob, "statusCode">, chars: number): string {
  const message = `the error has ${chars} characters: ask for the job alone`
  return JSON.stringify({ is_bifrost_error: false, status_code: statusCode, error: { message }, extra_fields: {} })
}
