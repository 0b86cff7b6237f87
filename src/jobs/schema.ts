// The tables. CHECKs make an illegal row impossible, partial indexes keep every question the queue asks flat in cost.
import { sql } from "drizzle-orm"
import { blob, check, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core"

export const states = ["queued", "running", "waiting", "succeeded", "failed", "cancelled"] as const
export type State = (typeof states)[number]

/** All times are epoch milliseconds. */
export const jobs = sqliteTable(
  "jobs",
  {
    id: text("id").primaryKey(),
    request_id: text("request_id").notNull(),
    request_type: text("request_type").notNull(),
    provider: text("provider").notNull(),
    /** As the provider knows it: what follows the first `/`. */
    model: text("model").notNull(),
    state: text("state", { enum: states }).notNull(),
    /** Rises with every claim and never falls: the fence of a running job. */
    attempt: integer("attempt").notNull(),
    /** Spent tries of the retry budget. */
    failures: integer("failures").notNull(),
    created_at: integer("created_at").notNull(),
    /** When a queued job may be claimed. */
    run_at: integer("run_at").notNull(),
    /** No wait goes beyond this. */
    deadline_at: integer("deadline_at").notNull(),
    started_at: integer("started_at"),
    /** Until when the running attempt may finish. */
    lease_until: integer("lease_until"),
    ttl_ms: integer("ttl_ms").notNull(),
    completed_at: integer("completed_at"),
    expires_at: integer("expires_at"),
    status_code: integer("status_code"),
    /** The wire's error object, as JSON text. */
    error: text("error"),
  },
  (table) => [
    check("jobs_state", sql`${table.state} IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled')`),
    check("jobs_lease", sql`(${table.lease_until} IS NOT NULL) = (${table.state} = 'running')`),
    check("jobs_attempts", sql`0 <= ${table.failures} AND ${table.failures} <= ${table.attempt}`),
    check("jobs_started", sql`(${table.started_at} IS NOT NULL) = (${table.attempt} > 0)`),
    check(
      "jobs_completed",
      sql`(${table.completed_at} IS NOT NULL) = (${table.state} IN ('succeeded', 'failed', 'cancelled'))`,
    ),
    check("jobs_expires", sql`(${table.expires_at} IS NULL) = (${table.completed_at} IS NULL)`),
    check("jobs_status_code", sql`(${table.status_code} IS NULL) = (${table.completed_at} IS NULL)`),
    check("jobs_error", sql`(${table.error} IS NOT NULL) = (${table.state} IN ('failed', 'cancelled'))`),
    index("jobs_due").on(table.provider, table.run_at).where(sql`state = 'queued'`),
    index("jobs_deadline").on(table.deadline_at).where(sql`state = 'queued'`),
    index("jobs_lease_until").on(table.lease_until).where(sql`state = 'running'`),
    index("jobs_expires_at").on(table.expires_at).where(sql`expires_at IS NOT NULL`),
  ],
)

export const bodyKinds = ["request", "result"] as const
export type BodyKind = (typeof bodyKinds)[number]

/**
 * Requests and results, away from the rows that change state: a change beside a 1 MB body costs 14 µs and 4 KB of log,
 * on one row with it 2.3 ms and 1 MB. In pieces of 256 KiB: 25 MB stream out in 50 ms, from one BLOB in 800 ms.
 */
export const bodies = sqliteTable(
  "bodies",
  {
    job_id: text("job_id")
      .notNull()
      .references(() => jobs.id, { onDelete: "cascade" }),
    kind: text("kind", { enum: bodyKinds }).notNull(),
    seq: integer("seq").notNull(),
    data: blob("data", { mode: "buffer" }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.job_id, table.kind, table.seq] }),
    check("bodies_kind", sql`${table.kind} IN ('request', 'result')`),
    check("bodies_size", sql`length(${table.data}) <= 262144`),
  ],
)

/** What each attempt came to. A row is written when the attempt ends, in the transaction that moves the job. */
export const attempts = sqliteTable(
  "attempts",
  {
    job_id: text("job_id")
      .notNull()
      .references(() => jobs.id, { onDelete: "cascade" }),
    attempt: integer("attempt").notNull(),
    started_at: integer("started_at").notNull(),
    finished_at: integer("finished_at").notNull(),
    /** `answered`, `refused`, `unreadable`, a reason of `unreached`, `lease_expired` or `released`. */
    outcome: text("outcome").notNull(),
    /** The provider's HTTP status, where it gave one. */
    status: integer("status"),
  },
  (table) => [primaryKey({ columns: [table.job_id, table.attempt] })],
)
