// Lists of jobs, page by page, and the columns of a `JobRow`. Read only.
import type { Database } from "bun:sqlite"
import { states } from "../job.ts"
import { beginsWith, fits, isSelective, type JobFilter } from "../jobfilter.ts"
import { readBatchNumber, readNumberBound } from "../numbers.ts"
import type { JobPage, ListedJob, ListQuery } from "../reads.ts"

const shortColumns = `jobs.id, request_id AS requestId, request_type AS requestType, owner, provider, model, key_choice AS keyChoice, priority,
  state, attempt, failures, created_at AS createdAt, run_at AS runAt, deadline_at AS deadlineAt, started_at AS startedAt, key_id AS keyId, completed_at AS completedAt, expires_at AS expiresAt, status_code AS statusCode,
  content_kind AS contentKind, origin_id AS originId`

/** The columns of a `JobRow`. */
export const jobColumns = `${shortColumns}, error, usage, warnings`

/** Of one job. Not from the view `attempt_log`: SQLite would read all of its rows first, which are those of every job. */
const costsOfAll = "SELECT cost FROM attempts WHERE job = jobs.number UNION ALL SELECT jobs.last_attempt ->> 'cost'"

/**
 * The columns of a `ListedJob`, without long values, because a page of jobs is held in memory: an earlier version stored errors of
 * any length. Only few jobs have several attempts, whose costs are added up.
 */
const listedColumns = `${shortColumns}, last_attempt ->> 'used' AS usage, NULL AS warnings,
  CASE WHEN attempt > 1 THEN (SELECT sum(cost) FROM (${costsOfAll})) ELSE last_attempt ->> 'cost' END AS cost,
  last_attempt ->> 'keyName' AS keyName, last_attempt ->> 'upstreamRequestId' AS upstreamRequestId,
  (SELECT id FROM batches WHERE number = jobs.batch) AS batchId, CASE WHEN length(error) > 65536
  THEN json_object('is_bifrost_error', json('false'), 'status_code', status_code, 'error', json_object('message', 'the error has ' || length(error) || ' characters: ask for the job alone'), 'extra_fields', json('{}'))
  ELSE error END AS error`

/** A page looks at no more jobs than this, however few of them match, so that its cost does not grow with the table. */
const LOOKED_AT_MAX = 2500
/** How many jobs are read at once where few may match. */
const BATCH = 500
/**
 * What SQLite itself sorts out: a job that does not match costs 0.2 to 1 µs this way, and one that is read 10 to 20. It lets through
 * all that `fits` does, and a few more. No state's name is part of another's.
 */
const MATCHING = `instr($states, state) > 0 AND request_type = coalesce($requestType, request_type)
  AND provider = coalesce($provider, provider) AND model = coalesce($model, model) AND priority = coalesce($priority, priority)
  AND ($origin IS NULL OR origin_id = $origin) AND ($errorCode IS NULL OR instr(error, $errorCode) > 0)
  AND ($batch IS NULL OR batch = $batch)
  AND ($minCost IS NULL OR attempt > 1 OR last_attempt ->> 'cost' >= $minCost)
  AND ($keyName IS NULL OR last_attempt ->> 'keyName' = $keyName OR instr($keyIds, key_id) > 0)
  AND ($requestId IS NULL OR request_id = $requestId OR last_attempt ->> 'upstreamRequestId' = $requestId) AND`
/** What may be the beginning of an id. The first eight digits are those of a minute. */
const ID_START = /^[0-9a-f]{8}[0-9a-f-]{0,28}$/i

/** @param share runs a query inside the read transaction of this turn of the event loop */
export function prepareLists(database: Database, share: <T>(question: () => T) => T) {
  const within = "number < $before AND number >= $from ORDER BY number DESC"
  const prepare = <Row>(statement: string) => database.query<Row, Record<string, string | number | null>>(statement)
  const prepareAll = (owner: string) => ({
    page: prepare<ListedJob>(`SELECT ${listedColumns} FROM jobs WHERE ${owner} ${within} LIMIT $limit`),
    matching: prepare<ListedJob>(`SELECT ${listedColumns} FROM jobs WHERE ${owner} ${MATCHING} ${within} LIMIT $limit`),
    /** The last of the jobs that one page looks at. */
    last: prepare<{ number: number; id: string }>(
      `SELECT number, id FROM jobs WHERE ${owner} ${within} LIMIT 1 OFFSET ${LOOKED_AT_MAX - 1}`,
    ),
  })
  // The condition of the partial index is part of the statement: otherwise SQLite does not use the index.
  const pagesOfOwner = prepareAll("owner = $owner AND owner <> '' AND")
  const pagesOfAll = prepareAll("")
  // The numbers first, because SQLite would sort what it finds in the index of the keys.
  const pagesOfKeys = prepareAll(
    "number IN (SELECT number FROM jobs WHERE idempotency_key IN (SELECT value FROM json_each($keys))) AND",
  )

  function choosePages({ owners, idempotencyKeys }: JobFilter) {
    if (idempotencyKeys !== null) return { ...pagesOfKeys, bounds: { keys: JSON.stringify(idempotencyKeys) } }
    const owner = owners?.length === 1 ? owners[0] : ""
    return owner ? { ...pagesOfOwner, bounds: { owner } } : { ...pagesOfAll, bounds: {} }
  }

  /**
   * Reads the matching ones of the next jobs, of as many as one page looks at. Returns the id of the last of these; null: there are no
   * more.
   * @param requestId null: any; the search may then be the beginning of an id
   */
  function* matching(
    filter: JobFilter,
    from: number,
    until: number,
    requestId: string | null,
  ): Generator<ListedJob[], string | null> {
    const pages = choosePages(filter)
    const { requestType, provider, model, priority, origin, batch, errorCode, minCost, key } = filter
    const wanted = {
      states: (filter.states ?? states).join(),
      ...{ requestType, provider, model, priority, origin, errorCode, minCost, requestId },
      batch: batch && readBatchNumber(batch),
      keyName: key?.name ?? null,
      keyIds: key?.ids.join() ?? "",
    }
    const end = share(() => pages.last.get({ ...pages.bounds, from, before: until }))
    const values = { ...pages.bounds, ...wanted, from: end?.number ?? from, limit: BATCH }
    for (let before = until; ; ) {
      const batch = share(() => pages.matching.all({ ...values, before }))
      yield batch
      if (batch.length < BATCH) return end?.id ?? null
      before = readNumberBound(batch.at(-1)?.id ?? "")
    }
  }

  /** Reads the jobs within bounds of their numbers, a batch at a time, the newest first. */
  function* batches(filter: JobFilter, from: number, until: number, limit: number): Generator<ListedJob[], null> {
    const { page, bounds } = choosePages(filter)
    for (let before = until; ; ) {
      const batch = share(() => page.all({ ...bounds, before, from, limit }))
      yield batch
      if (batch.length < limit) return null
      before = readNumberBound(batch.at(-1)?.id ?? "")
    }
  }

  /** The bounds of the numbers that begin as the search does, where that is the beginning of the id of a job that is there. */
  function findStart(filter: JobFilter): { from: number; until: number } | null {
    const { search, owners } = filter
    if (search === null || !ID_START.test(search)) return null
    const digits = search.replaceAll("-", "").toLowerCase()
    const range = { from: readNumberBound(digits), until: readNumberBound(digits.padEnd(16, "f")) + 1 }
    for (const batch of batches(filter, range.from, range.until, BATCH)) {
      if (batch.some((job) => beginsWith(job, search) && (owners?.includes(job.owner) ?? true))) return range
    }
    return null
  }

  return {
    list(query: ListQuery, now: number): JobPage {
      const jobs: ListedJob[] = []
      const start = findStart(query)
      // The jobs of a batch are made after it.
      const first = query.batch === null ? 0 : readBatchNumber(query.batch)
      const from = Math.max(start?.from ?? 0, readNumberBound(query.from), first)
      const until = Math.min(start?.until ?? Number.POSITIVE_INFINITY, readNumberBound(query.before))
      const found = isSelective(query)
        ? matching(query, from, until, start === null ? query.search : null)
        : batches(query, from, until, query.limit + 1)
      for (;;) {
        const { done, value } = found.next()
        if (done) return { jobs, next: value }
        for (const job of value) {
          if ((job.expiresAt !== null && job.expiresAt <= now) || !fits(job, query)) continue
          if (jobs.length === query.limit) return { jobs, next: jobs.at(-1)?.id ?? null }
          jobs.push(job)
        }
      }
    },
  }
}
