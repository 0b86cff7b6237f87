// Stores new jobs, many with one statement, and finds earlier jobs with the same Idempotency-Key.
import { makeStartedJob } from "../job.ts"
import { readNumber } from "../numbers.ts"
import type { Allowance, ChangeOf, Submitted } from "../store.ts"
import { findLaneKey } from "./lanekey.ts"
import type { PgBatches } from "./pgbatches.ts"
import { type PgBodies, SHORT_CHARS } from "./pgbodies.ts"
import { given, jobs, list, omit, toRow } from "./pgcolumns.ts"
import { toJson } from "./pgdriver.ts"
import type { PgRemovals } from "./pgremovals.ts"
import { checkNumbers, type Turn } from "./pgturn.ts"
import type { PgUsage } from "./pgusage.ts"

type Submit = ChangeOf<"submit">

/** The columns that a new row has. The others are filled later. */
const stored = omit(
  jobs,
  ...(["primary_error", "provider_state", "completed_at", "expires_at", "status_code", "error"] as const),
  ...(["usage", "last_attempt", "content_kind"] as const),
)

const INSERT = `WITH given AS MATERIALIZED (SELECT * FROM ${given({ ...stored, body: "text" })}),
  bodies AS (INSERT INTO requests (number, piece, data) SELECT number, 0, convert_to(body, 'UTF8') FROM given WHERE body IS NOT NULL)
  INSERT INTO jobs (${list(stored)}) SELECT ${list(stored)} FROM given RETURNING number::float8 AS number`

interface Earlier {
  id: string
  key: string
  bodyDigest: string | null
  expiresAt: number | null
}

export function createPgSubmits(bodies: PgBodies, usage: PgUsage, batches: PgBatches, { removeJobs }: PgRemovals) {
  /** Idempotency-Key -> the earlier job that has it and has not expired. */
  async function findEarlier(turn: Turn, changes: readonly Submit[]): Promise<Map<string, Earlier>> {
    const keys = changes.flatMap(({ job }) => job.idempotencyKey ?? [])
    if (keys.length === 0) return new Map()
    const rows = await turn.ask<Earlier>(
      `SELECT id, idempotency_key AS key, body_digest AS "bodyDigest", expires_at::float8 AS "expiresAt" FROM jobs
       WHERE idempotency_key IN (SELECT json_array_elements_text($1::text::json))`,
      [toJson(keys as unknown as object[])],
    )
    const isOver = ({ expiresAt }: Earlier) => expiresAt !== null && expiresAt <= turn.now
    // A job counts as expired although the reaper has not deleted it yet.
    const over = rows.filter(isOver).map(({ id }) => readNumber(id))
    if (over.length > 0) await removeJobs(turn, over)
    return new Map(rows.filter((row) => !isOver(row)).map((row) => [row.key, row]))
  }

  /** The result for the first allowance that is used up, or null. */
  async function findExcess(turn: Turn, owner: string, allowances: readonly Allowance[]): Promise<Submitted | null> {
    for (const [allowance, { since, tokens, cost }] of allowances.entries()) {
      const spent = await usage.spentSince(turn, owner, since)
      if (spent.tokens >= (tokens ?? Number.POSITIVE_INFINITY) || spent.cost >= (cost ?? Number.POSITIVE_INFINITY)) {
        return { kind: "overBudget", allowance, spent }
      }
    }
    return null
  }

  /** The result for a job that must not be stored, or null. */
  async function findObstacle(turn: Turn, change: Submit, earlier: Map<string, Earlier>): Promise<Submitted | null> {
    const { job, allowances, isRefused } = change
    const same = job.idempotencyKey === null ? undefined : earlier.get(job.idempotencyKey)
    if (same) return same.bodyDigest === job.bodyDigest ? { kind: "replayed", id: same.id } : { kind: "mismatch" }
    const excess = allowances.length === 0 ? null : await findExcess(turn, job.owner, allowances)
    return excess ?? (isRefused ? { kind: "refused" } : null)
  }

  function describe({ job, start }: Submit): Submitted {
    if (start === null) return { kind: "queued" }
    const secret = job.secret === null ? null : Buffer.from(job.secret, "base64")
    return { kind: "started", job: makeStartedJob(job, start, readNumber(job.id), secret) }
  }

  return async (turn: Turn, changes: readonly Submit[]): Promise<Submitted[]> => {
    const earlier = await findEarlier(turn, changes)
    const results: Submitted[] = []
    const taken: Submit[] = []
    const unused: string[] = []
    for (const change of changes) {
      const { job } = change
      const obstacle = await findObstacle(turn, change, earlier)
      results.push(obstacle ?? describe(change))
      if (obstacle) {
        if (job.body === null) unused.push(job.id)
        continue
      }
      taken.push(change)
      const { id, idempotencyKey: key, bodyDigest } = job
      if (key !== null) earlier.set(key, { id, key, bodyDigest, expiresAt: null })
    }
    if (unused.length > 0) await bodies.discard(turn, unused)
    if (taken.length > 0) await insert(turn, taken)
    return results
  }

  async function insert(turn: Turn, taken: readonly Submit[]): Promise<void> {
    await bodies.takeUploads(
      turn,
      taken.flatMap(({ job }) => (job.body === null ? job.id : [])),
    )
    const rows = taken.map(makeRow)
    const numbers = taken.map(({ job }) => readNumber(job.id))
    const put = checkNumbers(await turn.ask<{ number: number }>(INSERT, [toJson(rows)]), numbers)
    if (put.size !== numbers.length) throw new Error(`${numbers.length} jobs were to be stored, and ${put.size} are`)
    for (const { job } of taken) {
      if (job.body !== null && !isShort(job.body)) await bodies.put(turn, readNumber(job.id), "request", job.body)
      else bodies.onBytes(job.body?.length ?? 0)
      batches.stored(job)
    }
  }
}

function isShort(body: string): boolean {
  return body.length <= SHORT_CHARS
}

function makeRow({ job, start }: Submit): object {
  const { keyId = null, startedAt = null, leaseUntil = null } = start ?? {}
  return {
    ...toRow(stored, job),
    number: readNumber(job.id),
    lane: findLaneKey(job),
    state: start === null ? "queued" : "running",
    attempt: start === null ? 0 : 1,
    ...{ failures: 0, losses: 0, crashes: 0, fallbacks_tried: 0 },
    run_at: job.createdAt,
    key_id: keyId,
    started_at: startedAt,
    lease_until: leaseUntil,
    secret: job.secret === null ? null : Buffer.from(job.secret, "base64"),
    body: job.body !== null && isShort(job.body) ? job.body : null,
  }
}
