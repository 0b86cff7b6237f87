// The engine's queries about jobs. Every query uses an index.
import { type SQL, sql } from "drizzle-orm"
import type { Claimed, ClosedQuota, JobFilter, Lane } from "../job.ts"
import type { QueuedLane, Unfinished } from "../store.ts"
import { inLane } from "./claims.ts"
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
  const selectNextLane = db
    .select(laneColumns)
    .from(jobs)
    .where(
      // For `>` on a row of values SQLite seeks `>=` and skips equal rows: without run_at that is the whole lane, 84 ms for a million.
      sql`state = 'queued' AND (provider, model, key_choice, owner, priority, run_at) >
        (${sql.placeholder("provider")}, ${sql.placeholder("model")}, ${sql.placeholder("keyChoice")}, ${sql.placeholder("owner")}, ${sql.placeholder("priority")}, ${sql.raw(String(Number.MAX_SAFE_INTEGER))})`,
    )
    .orderBy(jobs.provider, jobs.model, jobs.key_choice, jobs.owner, jobs.priority)
    .limit(1)
    .prepare()
  const selectQueued = db
    .select({ ...laneColumns, jobs: sql<number>`count(*)` })
    .from(jobs)
    .where(sql`state = 'queued'`)
    .groupBy(jobs.provider, jobs.model, jobs.key_choice, jobs.owner, jobs.priority)
    .prepare()
  const selectMatching = db
    .select({ id: jobs.id })
    .from(jobs)
    .where(
      sql`${inLane} AND created_at <= ${sql.placeholder("before")} AND request_type = coalesce(${sql.placeholder("requestType")}, request_type)
        AND coalesce((attempt = 0) = ${sql.placeholder("isPending")}, 1)`,
    )
    .limit(sql.placeholder("limit"))
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

  /** Finds the lanes with queued jobs: one index seek for each lane, however many jobs there are. */
  function* eachLane(): Generator<Lane> {
    for (let last: Lane = { provider: "", model: "", keyChoice: "", owner: "", priority: -1 }; ; ) {
      const next = selectNextLane.get({ ...last })
      if (!next) return
      yield next
      last = next
    }
  }

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

    matching(filter: JobFilter, before: number, limit: number): string[] {
      const { requestType, isPending } = filter
      const fits = (job: Pick<Lane, "owner" | "provider" | "model">) =>
        (filter.owner ?? job.owner) === job.owner &&
        (filter.provider ?? job.provider) === job.provider &&
        (filter.model ?? job.model) === job.model
      const started = isPending === true ? [] : [...selectRunning.all(), ...selectWaiting.all()].filter(fits)
      const ids = started
        .filter((job) => (requestType ?? job.requestType) === job.requestType && job.createdAt <= before)
        .slice(0, limit)
        .map(({ id }) => id)
      for (const lane of eachLane()) {
        if (ids.length >= limit) break
        if (!fits(lane)) continue
        const pending = isPending === null ? null : Number(isPending)
        const values = { ...lane, requestType, isPending: pending, before, limit: limit - ids.length }
        ids.push(...selectMatching.all(values).map(({ id }) => id))
      }
      return ids
    },

    latestCreatedAt: (): number | null => selectNewest.get()?.at ?? null,
    lastNumber: (): number => selectNewest.get()?.number ?? 0,
  }
}
