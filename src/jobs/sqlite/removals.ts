// Deletes jobs with everything that belongs to them, old quotas and old usage.
import { and, eq, sql } from "drizzle-orm"
import { isInState } from "../job.ts"
import { findFirstNumber, readNumber } from "../numbers.ts"
import type { ChangeOf, Left, Results } from "../store.ts"
import type { BatchStore } from "./batchstore.ts"
import type { BodyStore } from "./bodystore.ts"
import type { DailyUsage } from "./dailyusage.ts"
import type { Connection } from "./database.ts"
import type { EventStore } from "./eventstore.ts"
import { prepareChange } from "./statement.ts"
import { jobs, quotas, reapedAt } from "./tables.ts"

/** About how many pages one change frees: each is overwritten, and this many take about 20 ms. One long body can have more. */
const PAGES_MAX = 500

/**
 * How many stored responses one change looks at: before one that can be deleted there may be any number that have not ended, or not long
 * ago. This many take about 2 ms.
 */
const LOOKED_AT_MAX = 2000

/** How jobs are found that have not ended, and end. */
interface Endings {
  find(id: string): Left | null
  cancel(change: ChangeOf<"cancel">, now: number, isTold: boolean): Left[]
}

export function createRemovals(
  { database, db }: Connection,
  bodies: BodyStore,
  events: EventStore,
  usage: DailyUsage,
  batches: BatchStore,
) {
  const deleteJob = db
    .delete(jobs)
    .where(and(eq(jobs.number, sql.placeholder("number")), eq(jobs.id, sql.placeholder("id"))))
    .returning({ number: jobs.number })
    .prepare()
  const selectExpired = db
    .select({ id: jobs.id })
    .from(jobs)
    .where(sql`${reapedAt} <= ${sql.placeholder("now")}`)
    .orderBy(reapedAt)
    .limit(sql.placeholder("limit"))
    .prepare()
  // Without the inner LIMIT a long queue of responses would be looked at in one turn. The index is named, because without it this reads
  // every job that was stored before.
  const selectStored = database.query<{ number: number; id: string; isEnded: number }, Record<string, number>>(
    `SELECT number, id, batch IS NULL AND completed_at <= $endedBy AS isEnded FROM jobs INDEXED BY jobs_stored_responses
     WHERE request_type = 'responses' AND ttl_ms = $ttlMs AND number > $after AND number < $before ORDER BY number LIMIT $limit`,
  )
  const held = database.query<{ bytes: number }, []>(
    `SELECT (page_count - freelist_count) * page_size AS bytes FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
  )
  const freeList = database.query<{ free: number }, []>("SELECT freelist_count AS free FROM pragma_freelist_count")
  const deleteQuotas = prepareChange(
    database,
    db.delete(quotas).where(sql`closed_until <= ${sql.placeholder("before")}`),
  )

  /** Deletes a job in any state, and returns whether it existed. */
  function remove(id: string): boolean {
    const [deleted] = deleteJob.all({ number: readNumber(id), id })
    if (!deleted) return false
    bodies.delete(deleted.number)
    events.delete(deleted.number)
    return true
  }

  /** Calls `take` with the first of these until enough pages are free or `isEnough`, and returns how many these were. */
  function takeFirst<T>(all: readonly T[], take: (each: T) => unknown, isEnough = () => false): number {
    const free = () => freeList.get()?.free ?? 0
    const freeMax = free() + PAGES_MAX
    let count = 0
    for (const each of all) {
      take(each)
      count++
      if (free() > freeMax || isEnough()) break
    }
    return count
  }

  return {
    remove,

    removeFound({ jobs, only }: ChangeOf<"remove">, now: number, { find, cancel }: Endings): Results["remove"] {
      const left: Left[] = []
      const looked = takeFirst(jobs, (each) => {
        const there = find(each.id)
        if (!there || (only && !isInState({ state: there.state, attempt: there.job.attempt }, only))) return
        // Its call may be paid for, and a 429 that it has met holds for other jobs.
        if (there.state === "running" || there.state === "waiting") cancel({ kind: "cancel", jobs: [each] }, now, false)
        batches.removed(there.job, there.state !== "queued")
        remove(each.id)
        left.push(there)
      })
      return { left, looked }
    },

    prune({ limit }: ChangeOf<"prune">, now: number): number {
      const expired = selectExpired.all({ now, limit }).map(({ id }) => id)
      return takeFirst(expired, remove)
    },

    trimResponses({ ttlMs, endedBy, bytesMax, after, limit }: ChangeOf<"trimResponses">): Results["trimResponses"] {
      const isSmall = () => (held.get()?.bytes ?? 0) <= bytesMax
      if (isSmall()) return { count: 0, last: null }
      // A job that has ended by then was stored by then.
      const before = findFirstNumber(endedBy + 1)
      const stored = selectStored.all({ ttlMs, endedBy, after, before, limit: LOOKED_AT_MAX })
      const old = stored.filter(({ isEnded }) => isEnded)
      const count = takeFirst(old.slice(0, limit), ({ id }) => remove(id), isSmall)
      const last = count < old.length ? old[count - 1] : stored[LOOKED_AT_MAX - 1]
      return { count, last: isSmall() ? null : (last?.number ?? null) }
    },

    forget({ quotasBefore, daysBefore }: ChangeOf<"forget">): null {
      deleteQuotas({ before: quotasBefore })
      usage.forget(daysBefore)
      return null
    },
  }
}
