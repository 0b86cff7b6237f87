// The engine's queries about jobs. Every query uses an index.
import { type SQL, sql } from "drizzle-orm"
import type { Claimed, ClosedQuota } from "../job.ts"
import type { QueuedLane, Unfinished } from "../store.ts"
import { claimedColumns, laneColumns } from "./columns.ts"
import type { Connection } from "./database.ts"
import { jobs, LEASED, quotas, reapedAt } from "./tables.ts"

/** Up to this many queued jobs are counted by their types at the start, which reads each of them: 17 ms for as many. */
const CLASSIFIED_MAX = 50_000

// Longer than 80 lines: it is a list of prepared statements, one for each question.
export function createQuestions({ db }: Connection) {
  const isRunning = sql`${reapedAt} >= ${sql.raw(String(LEASED))}`
  const selectRunning = db.select(claimedColumns).from(jobs).where(isRunning).prepare()
  const selectWaiting = db.select(claimedColumns).from(jobs).where(sql`state = 'waiting'`).prepare()
  const selectLapsed = db
    .select(claimedColumns)
    .from(jobs)
    .where(sql`${isRunning} AND ${reapedAt} <= ${sql.raw(String(LEASED))} + ${sql.placeholder("now")}`)
    .limit(sql.placeholder("limit"))
    .prepare()
  const selectOverdue = db
    .select(claimedColumns)
    .from(jobs)
    .where(sql`state = 'queued' AND deadline_at <= ${sql.placeholder("now")}`)
    .limit(sql.placeholder("limit"))
    .prepare()
  const selectOverdueWaiting = db
    .select(claimedColumns)
    .from(jobs)
    .where(sql`state = 'waiting' AND deadline_at <= ${sql.placeholder("now")}`)
    .limit(sql.placeholder("limit"))
    .prepare()
  const selectNextDeadline = db
    .select({ at: sql<number | null>`min(${jobs.deadline_at})` })
    .from(jobs)
    .where(sql`state = 'queued'`)
    .prepare()
  const selectNextDeadlineWaiting = db
    .select({ at: sql<number | null>`min(${jobs.deadline_at})` })
    .from(jobs)
    .where(sql`state = 'waiting'`)
    .prepare()
  const selectQueued = db
    .select({ ...laneColumns, jobs: sql<number>`count(*)` })
    .from(jobs)
    .where(sql`state = 'queued'`)
    .groupBy(jobs.provider, jobs.model, jobs.key_choice, jobs.owner, jobs.priority)
    .prepare()
  const selectQuotas = db
    .select({
      provider: quotas.provider,
      keyId: quotas.key_id,
      model: quotas.model,
      closedUntil: quotas.closed_until,
      spacingMs: quotas.spacing_ms,
    })
    .from(quotas)
    .prepare()
  const selectNewest = db
    .select({ number: jobs.number, at: jobs.created_at })
    .from(jobs)
    .where(sql`number = (SELECT max(number) FROM jobs)`)
    .prepare()

  /** Called once, at the start. @param condition of the index of that state: it is used only where that is in the text */
  function countByType(condition: SQL): { provider: string; requestType: string; count: number }[] {
    return db
      .select({ provider: jobs.provider, requestType: jobs.request_type, count: sql<number>`count(*)` })
      .from(jobs)
      .where(condition)
      .groupBy(jobs.provider, jobs.request_type)
      .all()
  }

  return {
    running: (): Claimed[] => selectRunning.all(),
    waiting: (): Claimed[] => selectWaiting.all(),
    quotas: (): ClosedQuota[] => selectQuotas.all(),
    queued: (): QueuedLane[] => selectQueued.all(),

    /** @param queued how many jobs are queued in each lane */
    unfinished(queued: readonly QueuedLane[]): Unfinished[] {
      const isFew = queued.reduce((sum, { jobs }) => sum + jobs, 0) <= CLASSIFIED_MAX
      const unclassified = queued.map(({ provider, jobs }) => ({ provider, requestType: null, count: jobs }))
      return [
        ...(isFew ? countByType(sql`state = 'queued'`) : unclassified).map((some) => ({
          ...some,
          state: "queued" as const,
        })),
        ...countByType(isRunning).map((some) => ({ ...some, state: "running" as const })),
        ...countByType(sql`state = 'waiting'`).map((some) => ({ ...some, state: "waiting" as const })),
      ]
    },

    lapsed: (now: number, limit: number): Claimed[] => selectLapsed.all({ now, limit }),

    overdue(now: number, limit: number): Claimed[] {
      return [...selectOverdue.all({ now, limit }), ...selectOverdueWaiting.all({ now, limit })]
    },

    nextDeadline(): number | null {
      const times = [selectNextDeadline.get()?.at, selectNextDeadlineWaiting.get()?.at].flatMap((at) => at ?? [])
      return times.length === 0 ? null : Math.min(...times)
    },

    latestCreatedAt: (): number | null => selectNewest.get()?.at ?? null,
    lastNumber: (): number => selectNewest.get()?.number ?? 0,
  }
}
