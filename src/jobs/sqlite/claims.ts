// Claims queued jobs that are due, and waiting ones whose upstream job is to be polled. Each gets a lease.
import { type SQL, sql } from "drizzle-orm"
import type { Claimed, Lane } from "../job.ts"
import type { ChangeOf, Results } from "../store.ts"
import { claimedColumns } from "./columns.ts"
import type { Connection } from "./database.ts"
import { jobs } from "./tables.ts"

/** The first jobs of a claim are taken one by one, the others by one statement: for few jobs that statement would be slower. */
const MANY = 8

// The state is part of the statement and not bound, because SQLite uses a partial index only when its condition is in the text.
const inLane = sql`state = 'queued' AND provider = ${sql.placeholder("provider")} AND model = ${sql.placeholder("model")}
    AND key_choice = ${sql.placeholder("keyChoice")} AND owner = ${sql.placeholder("owner")} AND priority = ${sql.placeholder("priority")}`

export function createClaims({ db }: Connection) {
  const nextInLane = sql`SELECT rowid FROM jobs WHERE ${inLane} AND run_at <= ${sql.placeholder("now")} ORDER BY run_at, rowid`
  const claimWhere = (condition: SQL) =>
    db
      .update(jobs)
      .set({
        state: "running",
        attempt: sql`${jobs.attempt} + 1`,
        started_at: sql`${sql.placeholder("now")}`,
        lease_until: sql`${sql.placeholder("leaseUntil")}`,
        key_id: sql`${sql.placeholder("keyId")}`,
      })
      .where(condition)
      .returning(claimedColumns)
      .prepare()
  // SQLite builds a table for IN (…), which makes a claim of one job cost 31 µs instead of 6.
  const claimOne = claimWhere(sql`rowid = (${nextInLane} LIMIT 1)`)
  const claimMany = claimWhere(sql`rowid IN (${nextInLane} LIMIT ${sql.placeholder("limit")})`)
  const selectNextRun = db
    .select({ at: sql<number | null>`min(${jobs.run_at})` })
    .from(jobs)
    .where(inLane)
    .prepare()
  const resumeDue = db
    .update(jobs)
    .set({ state: "running", lease_until: sql`${sql.placeholder("now")} + ${sql.placeholder("leaseMs")}` })
    .where(
      sql`rowid IN (SELECT rowid FROM jobs WHERE state = 'waiting' AND run_at <= ${sql.placeholder("now")} ORDER BY run_at LIMIT ${sql.placeholder("limit")})`,
    )
    .returning(claimedColumns)
    .prepare()
  const selectNextResume = db
    .select({ at: sql<number | null>`min(${jobs.run_at})` })
    .from(jobs)
    .where(sql`state = 'waiting'`)
    .prepare()

  /** Takes up to `limit` due jobs, oldest first. */
  function take(lane: Lane, keyId: string | null, now: number, leaseUntil: number, limit: number): Claimed[] {
    const values = { ...lane, keyId, now, leaseUntil }
    const taken: Claimed[] = []
    while (taken.length < Math.min(limit, MANY)) {
      const job = claimOne.get(values)
      if (!job) return taken
      taken.push(job)
    }
    if (taken.length === limit) return taken
    const rest = claimMany.all({ ...values, limit: limit - taken.length })
    return [...taken, ...rest.sort((a, b) => (a.id < b.id ? -1 : 1))]
  }

  return {
    claim({ lane, keyId, leaseUntil, limit, asksNext }: ChangeOf<"claim">, now: number): Results["claim"] {
      const taken = take(lane, keyId, now, leaseUntil, limit)
      if (taken.length === limit && !asksNext) return { jobs: taken }
      return { jobs: taken, nextRunAt: selectNextRun.get({ ...lane })?.at ?? null }
    },

    resume({ leaseMs, limit }: ChangeOf<"resume">, now: number): Results["resume"] {
      const taken = resumeDue.all({ now, leaseMs, limit })
      return { jobs: taken, nextAt: selectNextResume.get()?.at ?? null }
    },
  }
}
