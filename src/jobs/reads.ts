// What the face asks of the database. Read only; single statements, because an open read transaction stops the log from being folded in.
import type { Database } from "bun:sqlite"
import { and, eq, sql } from "drizzle-orm"
import { drizzle } from "drizzle-orm/bun-sqlite"
import { bodies, jobs, type State } from "./schema.ts"

/** A job as a poll sees it. Times are epoch milliseconds. */
export interface JobView {
  id: string
  requestId: string
  requestType: string
  state: State
  attempt: number
  createdAt: number
  completedAt: number | null
  expiresAt: number | null
  statusCode: number | null
  /** JSON text. */
  error: string | null
}

export type Reads = ReturnType<typeof createReads>

export function createReads(database: Database) {
  const db = drizzle(database)

  const selectJob = db
    .select({
      id: jobs.id,
      requestId: jobs.request_id,
      requestType: jobs.request_type,
      state: jobs.state,
      attempt: jobs.attempt,
      createdAt: jobs.created_at,
      completedAt: jobs.completed_at,
      expiresAt: jobs.expires_at,
      statusCode: jobs.status_code,
      error: jobs.error,
    })
    .from(jobs)
    .where(eq(jobs.id, sql.placeholder("id")))
    .prepare()

  const selectResult = db
    .select({ data: bodies.data })
    .from(bodies)
    .where(and(eq(bodies.job_id, sql.placeholder("id")), eq(bodies.kind, "result")))
    .orderBy(bodies.seq)
    .prepare()

  const ping = database.query("SELECT 1 FROM jobs LIMIT 1")

  return {
    /** The job, or null when there is none or its time is over: expiry does not wait for the reaper. */
    job(id: string, now: number): JobView | null {
      const view = selectJob.get({ id })
      return view && (view.expiresAt === null || view.expiresAt > now) ? view : null
    },

    /** The stored result of a succeeded job, as the pieces it lies in. */
    result(id: string): Buffer[] {
      return selectResult.all({ id }).map((row) => row.data)
    },

    /** @throws when the database cannot be read */
    ping(): void {
      ping.get()
    },
  }
}
