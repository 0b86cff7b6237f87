// The engine's queries about jobs. Every query uses an index.
import { sql } from "drizzle-orm"
import type { Claimed, ClosedQuota, State } from "../job.ts"
import type { QueuedLane, Unfinished } from "../store.ts"
import { claimedColumns, laneColumns } from "./columns.ts"
import type { Connection } from "./database.ts"
import { jobs, quotas } from "./tables.ts"

/** Up to this many queued jobs are counted by their types at the start, which reads each of them: 17 ms for as many. */
const CLASSIFIED_MAX = 50_000

// Longer than 80 lines: it is a list of prepared statements, one for each question.
export function createQuestions({ database, db }: Connection) {
  const selectRunning = db.select(claimedColumns).from(jobs).where(sql`state = 'running'`).prepare()
  const selectWaiting = db.select(claimedColumns).from(jobs).where(sql`state = 'waiting'`).prepare()
  const selectLapsed = db
    .select(claimedColumns)
    .from(jobs)
    .where(sql`state = 'running' AND lease_until <= ${sql.placeholder("now")}`)
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

  /** Called once, at the start. */
  function countByType(state: State): { provider: string; requestType: string; count: number }[] {
    return database
      .query<{ provider: string; requestType: string; count: number }, []>(
        `SELECT provider, request_type AS requestType, count(*) AS count FROM jobs WHERE state = '${state}' GROUP BY 1, 2`,
      )
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
        ...(isFew ? countByType("queued") : unclassified).map((some) => ({ ...some, state: "queued" as const })),
        ...countByType("running").map((some) => ({ ...some, state: "running" as const })),
        ...countByType("waiting").map((some) => ({ ...some, state: "waiting" as const })),
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
