// Queries about the queue: a job's position, when its quota opens, when the oldest job of a provider was due. Read only.
import type { Database } from "bun:sqlite"
import type { Lane } from "../job.ts"
import type { JobRow } from "../reads.ts"

/** Positions are counted up to this: exact positions further behind are of no use. */
const POSITION_MAX = 10_000
/** How many lanes are looked at. Each takes one index seek, about 1 µs. */
const LANES_MAX = 2000

/** A lane, and when the first of its jobs is due. */
interface DueLane extends Lane {
  runAt: number
}

/** @param share runs a query inside the read transaction of this turn of the event loop */
export function prepareQueueReads(database: Database, share: <T>(question: () => T) => T) {
  const selectPosition = database.query<{ position: number }, [string, string, string, string, number, number, number]>(
    `SELECT count(*) AS position FROM (SELECT 1 FROM jobs WHERE state = 'queued' AND provider = ? AND model = ? AND key_choice = ?
       AND owner = ? AND priority = ? AND run_at < ? LIMIT ?)`,
  )
  const selectFirst = database.query<{ at: number | null }, [string, string, string, string, number]>(
    `SELECT min(run_at) AS at FROM jobs
     WHERE state = 'queued' AND provider = ? AND model = ? AND key_choice = ? AND owner = ? AND priority = ?`,
  )
  const selectClosed = database.query<{ at: number }, [string, string, string]>(
    "SELECT closed_until AS at FROM quotas WHERE provider = ? AND key_id = ? AND model = ?",
  )
  // For `>` on a row of values SQLite seeks `>=` and then skips equal rows: without run_at that would be the whole lane, 84 ms for a
  // million jobs.
  const selectNextLane = database.query<DueLane, [string, string, string, string, number]>(
    `SELECT provider, model, key_choice AS keyChoice, owner, priority, run_at AS runAt FROM jobs
     WHERE state = 'queued' AND (provider, model, key_choice, owner, priority, run_at) > (?, ?, ?, ?, ?, ${Number.MAX_SAFE_INTEGER})
     ORDER BY provider, model, key_choice, owner, priority, run_at LIMIT 1`,
  )

  return {
    position({ provider, model, keyChoice, owner, priority, runAt }: JobRow): number {
      const row = share(() => selectPosition.get(provider, model, keyChoice, owner, priority, runAt, POSITION_MAX))
      return row?.position ?? 0
    },

    firstDue({ provider, model, keyChoice, owner, priority }: Lane): number | null {
      return share(() => selectFirst.get(provider, model, keyChoice, owner, priority))?.at ?? null
    },

    closedUntil({ provider, model }: JobRow, keyIds: readonly string[], now: number): number | null {
      const times = share(() => keyIds.map((keyId) => selectClosed.get(provider, keyId, model)?.at ?? 0))
      const first = Math.min(...times)
      return first > now ? first : null
    },

    /** One index seek for each lane, however many jobs there are. At most 2000 lanes are looked at. */
    oldestDue(): Map<string, number> {
      const oldest = new Map<string, number>()
      let last: DueLane = { provider: "", model: "", keyChoice: "", owner: "", priority: -1, runAt: 0 }
      for (let lookedAt = 0; lookedAt < LANES_MAX; lookedAt++) {
        const { provider, model, keyChoice, owner, priority } = last
        const lane = share(() => selectNextLane.get(provider, model, keyChoice, owner, priority))
        if (!lane) break
        oldest.set(lane.provider, Math.min(lane.runAt, oldest.get(lane.provider) ?? lane.runAt))
        last = lane
      }
      return oldest
    },
  }
}
