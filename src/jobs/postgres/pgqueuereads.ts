// Queries about the queue: a job's position, when its quota opens, when the oldest job of a provider was due. Read only.
import type { Reads } from "../reads.ts"
import { bindLane, IN_LANE } from "./pgclaims.ts"
import type { Asking } from "./pgdriver.ts"

/** Positions are counted up to this: exact positions further behind are of no use. */
const POSITION_MAX = 10_000
/** How many lanes are looked at. Each takes one step in an index. */
const LANES_MAX = 2000

const OLDEST_DUE = `WITH RECURSIVE lanes(lane, provider, run_at, nth) AS (
    (SELECT lane, provider, run_at, 1 FROM jobs WHERE state = 'queued' ORDER BY lane, run_at LIMIT 1)
    UNION ALL SELECT next.lane, next.provider, next.run_at, nth + 1 FROM lanes CROSS JOIN LATERAL
      (SELECT lane, provider, run_at FROM jobs WHERE state = 'queued' AND jobs.lane > lanes.lane ORDER BY lane, run_at LIMIT 1) AS next
    WHERE nth < ${LANES_MAX})
  SELECT provider, min(run_at)::float8 AS at FROM lanes GROUP BY provider`

export function prepareQueueReads(
  ask: Asking["ask"],
): Pick<Reads, "position" | "firstDue" | "closedUntil" | "oldestDue"> {
  return {
    async position(job) {
      const [row] = await ask<{ position: number }>(
        `SELECT count(*)::integer AS position FROM (SELECT 1 FROM jobs WHERE ${IN_LANE} AND run_at < $7::bigint LIMIT ${POSITION_MAX}) AS before`,
        [...bindLane(job), job.runAt],
      )
      return row?.position ?? 0
    },

    async firstDue(lane) {
      const [row] = await ask<{ at: number | null }>(
        `SELECT min(run_at)::float8 AS at FROM jobs WHERE ${IN_LANE}`,
        bindLane(lane),
      )
      return row?.at ?? null
    },

    async closedUntil({ provider, model }, keyIds, now) {
      const rows = await ask<{ at: number }>(
        `SELECT coalesce(closed_until, 0)::float8 AS at FROM json_array_elements_text($3::text::json) AS wanted
           LEFT JOIN quotas ON provider = $1::text AND model = $2::text AND key_id = wanted`,
        [provider, model, JSON.stringify(keyIds)],
      )
      const first = Math.min(...rows.map(({ at }) => at))
      return first > now ? first : null
    },

    async oldestDue() {
      const rows = await ask<{ provider: string; at: number }>(OLDEST_DUE)
      return new Map(rows.map(({ provider, at }) => [provider, at]))
    },
  }
}
