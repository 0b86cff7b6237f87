// Deletes jobs with everything that belongs to them, old quotas and old usage.
import { and, eq, sql } from "drizzle-orm"
import type { ChangeOf } from "../store.ts"
import type { BodyStore } from "./bodystore.ts"
import type { DailyUsage } from "./dailyusage.ts"
import type { Connection } from "./database.ts"
import { readNumber } from "./numbers.ts"
import { prepareChange } from "./statement.ts"
import { jobs, quotas, reapedAt } from "./tables.ts"

/** About how many pages one `prune` frees: each is overwritten, and this many take about 20 ms. One long body can have more. */
const PRUNE_PAGES_MAX = 500

export function createRemovals({ database, db }: Connection, bodies: BodyStore, usage: DailyUsage) {
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
    return true
  }

  return {
    remove,

    prune({ limit }: ChangeOf<"prune">, now: number): number {
      const free = () => freeList.get()?.free ?? 0
      const freeMax = free() + PRUNE_PAGES_MAX
      let count = 0
      for (const { id } of selectExpired.all({ now, limit })) {
        remove(id)
        count++
        if (free() > freeMax) break
      }
      return count
    },

    forget({ quotasBefore, daysBefore }: ChangeOf<"forget">): null {
      deleteQuotas({ before: quotasBefore })
      usage.forget(daysBefore)
      return null
    },
  }
}
