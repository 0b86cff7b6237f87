// Lists of jobs, page by page, and the columns of a `JobRow`. Read only.
import type { Database } from "bun:sqlite"
import { beginsWith, fits, isSelective, type JobFilter } from "../jobfilter.ts"
import type { JobPage, ListedJob, ListQuery } from "../reads.ts"
import { readNumberBound } from "./numbers.ts"

const shortColumns = `jobs.id, request_id AS requestId, request_type AS requestType, owner, provider, model, key_choice AS keyChoice, priority,
  state, attempt, failures, created_at AS createdAt, run_at AS runAt, deadline_at AS deadlineAt, started_at AS startedAt, key_id AS keyId, completed_at AS completedAt, expires_at AS expiresAt, status_code AS statusCode,
  content_kind AS contentKind, origin_id AS originId`

/** The columns of a `JobRow`. */
export const jobColumns = `${shortColumns}, error, usage, warnings`

/**
 * The columns of a `ListedJob`, without long values, because a page of jobs is held in memory: an earlier version stored errors of
 * any length. Only few jobs have several attempts, whose costs are added up.
 */
const listedColumns = `${shortColumns}, last_attempt ->> 'used' AS usage, NULL AS warnings,
  CASE WHEN attempt > 1 THEN (SELECT sum(cost) FROM attempt_log WHERE job = jobs.number) ELSE last_attempt ->> 'cost' END AS cost,
  last_attempt ->> 'keyName' AS keyName, last_attempt ->> 'upstreamRequestId' AS upstreamRequestId, CASE WHEN length(error) > 65536
  THEN json_object('is_bifrost_error', json('false'), 'status_code', status_code, 'error', json_object('message', 'the error has ' || length(error) || ' characters: ask for the job alone'), 'extra_fields', json('{}'))
  ELSE error END AS error`

/** A page looks at no more jobs than this, however few of them match, so that its cost does not grow with the table. */
const LOOKED_AT_MAX = 5000
/** How many jobs are read at once where few may match. */
const BATCH = 500
/** What may be the beginning of an id. The first eight digits are those of a minute. */
const ID_START = /^[0-9a-f]{8}[0-9a-f-]{0,28}$/i

/** @param share runs a query inside the read transaction of this turn of the event loop */
export function prepareLists(database: Database, share: <T>(question: () => T) => T) {
  const selectPage = (condition: string) =>
    database.query<ListedJob, Record<string, string | number | null>>(
      `SELECT ${listedColumns} FROM jobs WHERE ${condition} number < $before AND number >= $from ORDER BY number DESC LIMIT $limit`,
    )
  // The condition of the partial index is part of the statement: otherwise SQLite does not use the index.
  const pageOfOwner = selectPage("owner = $owner AND owner <> '' AND")
  const pageOfAll = selectPage("")

  /** Reads the jobs within bounds of their numbers, a batch at a time, the newest first. */
  function* batches({ owners }: JobFilter, from: number, until: number, limit: number): Generator<ListedJob[]> {
    const owner = owners?.length === 1 ? owners[0] : ""
    for (let before = until; ; ) {
      const batch = share(() =>
        owner ? pageOfOwner.all({ owner, before, from, limit }) : pageOfAll.all({ before, from, limit }),
      )
      yield batch
      if (batch.length < limit) return
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
      const from = Math.max(start?.from ?? 0, readNumberBound(query.from))
      const until = Math.min(start?.until ?? Number.POSITIVE_INFINITY, readNumberBound(query.before))
      const limit = isSelective(query) ? Math.max(query.limit + 1, BATCH) : query.limit + 1
      let last = query.before
      let lookedAt = 0
      for (const batch of batches(query, from, until, limit)) {
        for (const job of batch) {
          if ((job.expiresAt !== null && job.expiresAt <= now) || !fits(job, query)) continue
          if (jobs.length === query.limit) return { jobs, next: jobs.at(-1)?.id ?? null }
          jobs.push(job)
        }
        lookedAt += batch.length
        last = batch.at(-1)?.id ?? last
        if (batch.length === limit && lookedAt >= LOOKED_AT_MAX) return { jobs, next: last }
      }
      return { jobs, next: null }
    },
  }
}
