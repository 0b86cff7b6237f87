// Deletes jobs with everything that belongs to them, and old quotas. Deleted rows are overwritten by VACUUM, which the server does.
import { isInState } from "../job.ts"
import { findFirstNumber, readNumber } from "../numbers.ts"
import type { ChangeOf, Left, Results } from "../store.ts"
import type { PgBatches } from "./pgbatches.ts"
import type { PgBodies } from "./pgbodies.ts"
import { toArray } from "./pgcolumns.ts"
import { findJobs, type PgEnds } from "./pgends.ts"
import type { PgEvents } from "./pgevents.ts"
import type { Turn } from "./pgturn.ts"
import type { PgUsage } from "./pgusage.ts"

/** How many stored responses one change looks at: before one that can be deleted there may be any number that cannot. */
const LOOKED_AT_MAX = 2000

/** About how many bytes of bodies one change deletes, so that a turn stays short. One long body can have more. */
const BYTES_MAX = 2_000_000

const MEASURE = `SELECT number::float8 AS number, sum(octet_length(data))::float8 AS bytes FROM (
    SELECT number, data FROM requests WHERE number = ANY($1::text::bigint[])
    UNION ALL SELECT number, data FROM results WHERE number = ANY($1::text::bigint[])
    UNION ALL SELECT number, data FROM contents WHERE number = ANY($1::text::bigint[])) AS bodies GROUP BY bodies.number`

export type PgRemovals = ReturnType<typeof createPgRemovals>

export function createPgRemovals(bodies: PgBodies, events: PgEvents, usage: PgUsage, batches: PgBatches) {
  /** Deletes jobs in any state. */
  async function removeJobs(turn: Turn, numbers: readonly number[]): Promise<void> {
    if (numbers.length === 0) return
    await turn.ask(
      `WITH gone AS (DELETE FROM attempts WHERE job = ANY($1::text::bigint[]))
       DELETE FROM jobs WHERE number = ANY($1::text::bigint[])`,
      [toArray(numbers)],
    )
    await bodies.remove(turn, numbers, ["request", "result", "content"])
    await events.remove(turn, numbers)
  }

  /** How many of the first of these jobs have bodies of `BYTES_MAX` together: at least one. */
  async function countFirst({ ask }: Turn, numbers: readonly number[]): Promise<number> {
    const rows = await ask<{ number: number; bytes: number }>(MEASURE, [toArray(numbers)])
    const bytes = new Map(rows.map((row) => [row.number, row.bytes]))
    let sum = 0
    const last = numbers.findIndex((number) => {
      sum += bytes.get(number) ?? 0
      return sum > BYTES_MAX
    })
    return last < 0 ? numbers.length : last + 1
  }

  return {
    removeJobs,

    async remove(turn: Turn, { jobs, only }: ChangeOf<"remove">, { cancel }: PgEnds): Promise<Results["remove"]> {
      const looked = await countFirst(
        turn,
        jobs.map(({ id }) => readNumber(id)),
      )
      const ids = jobs.slice(0, looked).map(({ id }) => id)
      const found = await findJobs(turn, ids)
      const left: Left[] = []
      for (const id of new Set(ids)) {
        const there = found.get(id)
        if (!there || (only && !isInState({ state: there.state, attempt: there.job.attempt }, only))) continue
        left.push(there)
      }
      // Their calls may be paid for, and a 429 that one has met holds for other jobs.
      const ending = new Set(
        left.filter(({ state }) => state === "running" || state === "waiting").map(({ job }) => job.id),
      )
      const meant = jobs.filter(({ id }) => ending.has(id))
      if (meant.length > 0) await cancel(turn, { kind: "cancel", jobs: meant }, false)
      for (const { job, state } of left) await batches.removed(turn, job, state !== "queued")
      await removeJobs(
        turn,
        left.map(({ job }) => job.number),
      )
      return { left, looked }
    },

    async prune(turn: Turn, { limit }: ChangeOf<"prune">): Promise<number> {
      const expired = await turn.ask<{ number: number }>(
        "SELECT number::float8 AS number FROM jobs WHERE expires_at <= $1::bigint ORDER BY expires_at LIMIT $2::bigint",
        [turn.now, limit],
      )
      const numbers = expired.map(({ number }) => number)
      const count = await countFirst(turn, numbers)
      await removeJobs(turn, numbers.slice(0, count))
      return count
    },

    /** @param heldBytes how much the database holds; null: that is not known yet */
    async trimResponses(
      turn: Turn,
      change: ChangeOf<"trimResponses">,
      heldBytes: () => number | null,
    ): Promise<Results["trimResponses"]> {
      const { ttlMs, endedBy, bytesMax, after, limit } = change
      const isSmall = () => (heldBytes() ?? 0) <= bytesMax
      if (isSmall()) return { count: 0, last: null }
      const stored = await turn.ask<{ number: number; isEnded: boolean | null }>(
        `SELECT number::float8 AS number, batch IS NULL AND completed_at <= $1::bigint AS "isEnded" FROM jobs
         WHERE request_type = 'responses' AND ttl_ms = $2::bigint AND number > $3::bigint AND number < $4::bigint
         ORDER BY number LIMIT $5::bigint`,
        // A job that has ended by then was stored by then.
        [endedBy, ttlMs, after, findFirstNumber(endedBy + 1), LOOKED_AT_MAX],
      )
      const old = stored.filter(({ isEnded }) => isEnded)
      let count = 0
      for (const { number } of old.slice(0, limit)) {
        await removeJobs(turn, [number])
        count++
        if (isSmall()) break
      }
      const last = count < old.length ? old[count - 1] : stored[LOOKED_AT_MAX - 1]
      return { count, last: isSmall() ? null : (last?.number ?? null) }
    },

    async forget(turn: Turn, { quotasBefore, daysBefore }: ChangeOf<"forget">): Promise<null> {
      await turn.ask("DELETE FROM quotas WHERE closed_until <= $1::bigint", [quotasBefore])
      await usage.forget(turn, daysBefore)
      return null
    },

    /** Moves stored times back. No creation time may be after now, or the next start would move everything again. */
    async setBack({ ask, now }: Turn, { byMs, last }: ChangeOf<"setBack">): Promise<null> {
      await ask(
        `UPDATE jobs SET run_at = run_at - $1::bigint, deadline_at = deadline_at - $1::bigint
         WHERE state IN ('queued', 'waiting', 'running') AND number <= $2::bigint`,
        [byMs, last],
      )
      await ask("UPDATE jobs SET created_at = $1::bigint WHERE created_at > $1::bigint AND number <= $2::bigint", [
        now,
        last,
      ])
      await ask("UPDATE quotas SET closed_until = closed_until - $1::bigint", [byMs])
      await ask("UPDATE webhook_deliveries SET next_at = next_at - $1::bigint WHERE next_at IS NOT NULL", [byMs])
      return null
    },
  }
}
