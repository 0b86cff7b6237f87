// Stores new jobs, and finds earlier jobs with the same Idempotency-Key.
import { sql } from "drizzle-orm"
import { makeStartedJob, type Start } from "../job.ts"
import { readNumber } from "../numbers.ts"
import type { Allowance, ChangeOf, Submitted } from "../store.ts"
import type { BatchStore } from "./batchstore.ts"
import type { BodyStore } from "./bodystore.ts"
import { insertedValues } from "./columns.ts"
import type { DailyUsage } from "./dailyusage.ts"
import type { Connection } from "./database.ts"
import { prepareChange } from "./statement.ts"
import { jobs } from "./tables.ts"

/** The values of a row that waits for its first claim. */
const notStarted: { [Member in keyof Start]: null } = { keyId: null, startedAt: null, leaseUntil: null }

/** @param remove deletes a job with everything that belongs to it */
export function createSubmits(
  { database, db }: Connection,
  bodies: BodyStore,
  usage: DailyUsage,
  batches: BatchStore,
  remove: (id: string) => unknown,
) {
  const insert = prepareChange(database, db.insert(jobs).values(insertedValues))
  const selectReplay = db
    .select({ id: jobs.id, bodyDigest: jobs.body_digest, expiresAt: jobs.expires_at })
    .from(jobs)
    .where(sql`idempotency_key = ${sql.placeholder("key")}`)
    .prepare()

  /** The earlier job with this Idempotency-Key that has not expired, or null. */
  function findReplay(key: string, now: number): { id: string; bodyDigest: string | null } | null {
    const job = selectReplay.get({ key })
    if (!job) return null
    if (job.expiresAt === null || job.expiresAt > now) return job
    // A job counts as expired although the reaper has not deleted it yet.
    remove(job.id)
    return null
  }

  /** The result for the first allowance that is used up, or null. */
  function findExcess(owner: string, allowances: readonly Allowance[]): Submitted | null {
    for (const [allowance, { since, tokens, cost }] of allowances.entries()) {
      const spent = usage.spentSince(owner, since)
      if (spent.tokens >= (tokens ?? Number.POSITIVE_INFINITY) || spent.cost >= (cost ?? Number.POSITIVE_INFINITY)) {
        return { kind: "overBudget", allowance, spent }
      }
    }
    return null
  }

  /** The result for a job that must not be stored, or null. */
  function findObstacle({ job, allowances, isRefused }: ChangeOf<"submit">, now: number): Submitted | null {
    const earlier = job.idempotencyKey === null ? null : findReplay(job.idempotencyKey, now)
    if (earlier) {
      return earlier.bodyDigest === job.bodyDigest ? { kind: "replayed", id: earlier.id } : { kind: "mismatch" }
    }
    const excess = allowances.length === 0 ? null : findExcess(job.owner, allowances)
    return excess ?? (isRefused ? { kind: "refused" } : null)
  }

  return (change: ChangeOf<"submit">, now: number): Submitted => {
    const { job, start } = change
    const { body } = job
    const obstacle = findObstacle(change, now)
    if (obstacle) {
      if (body === null) bodies.discard(job.id)
      return obstacle
    }
    const secret = job.secret === null ? null : Buffer.from(job.secret, "base64")
    const number = readNumber(job.id)
    if (body === null) bodies.takeUpload(job.id)
    const state = start === null ? "queued" : "running"
    insert({ ...job, ...(start ?? notStarted), state, attempt: start === null ? 0 : 1, number, secret })
    if (body !== null) bodies.put(number, "request", body)
    batches.stored(job)
    return start === null ? { kind: "queued" } : { kind: "started", job: makeStartedJob(job, start, number, secret) }
  }
}
