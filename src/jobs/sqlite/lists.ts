// Lists of jobs, page by page, and the columns of a `JobRow`. Read only.
import type { Database } from "bun:sqlite"
import { isInState } from "../job.ts"
import type { JobPage, JobRow, ListQuery } from "../reads.ts"
import { readNumberBound } from "./numbers.ts"

const shortColumns = `jobs.id, request_id AS requestId, request_type AS requestType, owner, provider, model, key_choice AS keyChoice, priority,
  state, attempt, failures, created_at AS createdAt, run_at AS runAt, deadline_at AS deadlineAt, started_at AS startedAt, key_id AS keyId, completed_at AS completedAt, expires_at AS expiresAt, status_code AS statusCode,
  content_kind AS contentKind`

/** The columns of a `JobRow`. */
export const jobColumns = `${shortColumns}, error, usage, warnings`

/** The same without long values, because a page of jobs is held in memory: an earlier version stored errors of any length. */
const listedColumns = `${shortColumns}, NULL AS usage, NULL AS warnings, CASE WHEN length(error) > 65536
  THEN json_object('is_bifrost_error', json('false'), 'status_code', status_code, 'error', json_object('message', 'the error has ' || length(error) || ' characters: ask for the job alone'), 'extra_fields', json('{}'))
  ELSE error END AS error`

/** A page looks at no more jobs than this, however few of them match, so that its cost does not grow with the table. */
const LOOKED_AT_MAX = 5000

/** @param share runs a query inside the read transaction of this turn of the event loop */
export function prepareLists(database: Database, share: <T>(question: () => T) => T) {
  const selectPage = (condition: string) =>
    database.query<JobRow, Record<string, string | number | null>>(
      `SELECT ${listedColumns} FROM jobs WHERE ${condition} number < $before AND number >= $from ORDER BY number DESC LIMIT $limit`,
    )
  // The condition of the partial index is part of the statement: otherwise SQLite does not use the index.
  const pageOfOwner = selectPage("owner = $owner AND owner <> '' AND")
  const pageOfAll = selectPage("")

  return {
    list(query: ListQuery, now: number): JobPage {
      const jobs: JobRow[] = []
      let last = query.before
      let before = readNumberBound(query.before)
      const from = readNumberBound(query.from)
      for (let lookedAt = 0; lookedAt < LOOKED_AT_MAX; ) {
        const limit = Math.max(query.limit + 1, 500)
        const { owners } = query
        const owner = owners?.length === 1 ? owners[0] : ""
        const page = share(() =>
          owner ? pageOfOwner.all({ owner, before, from, limit }) : pageOfAll.all({ before, from, limit }),
        )
        for (const job of page) {
          if (!matches(job, query, now)) continue
          if (jobs.length === query.limit) return { jobs, next: jobs.at(-1)?.id ?? null }
          jobs.push(job)
        }
        if (page.length < limit) return { jobs, next: null }
        lookedAt += page.length
        last = page.at(-1)?.id ?? last
        before = readNumberBound(last)
      }
      return { jobs, next: last }
    },
  }
}

function matches(job: JobRow, query: ListQuery, now: number): boolean {
  return (
    (query.owners === null || query.owners.includes(job.owner)) &&
    (job.expiresAt === null || job.expiresAt > now) &&
    isInState(job, query) &&
    (query.requestType === null || job.requestType === query.requestType) &&
    (query.provider === null || job.provider === query.provider) &&
    (query.model === null || job.model === query.model)
  )
}
