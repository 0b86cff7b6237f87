// The tables. CHECKs make an illegal row impossible, partial indexes keep every question the queue asks flat in cost.
import { sql } from "drizzle-orm"
import {
  blob,
  check,
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  sqliteView,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core"
import { BODY_PIECE_BYTES, states } from "../job.ts"

/** All times are epoch milliseconds. */
export const jobs = sqliteTable(
  "jobs",
  {
    /** Read from the id (see numbers.ts), so that no index of ids is needed. What belongs to a job is found by it. */
    number: integer("number").primaryKey(),
    id: text("id").notNull(),
    request_id: text("request_id").notNull(),
    request_type: text("request_type").notNull(),
    /** Who may see it: empty for anyone who knows the id, else `vk:<id>` or `key:<digest>`. */
    owner: text("owner").notNull(),
    provider: text("provider").notNull(),
    /** As the provider knows it: what follows the first `/`. */
    model: text("model").notNull(),
    state: text("state", { enum: states }).notNull(),
    /** 0 low, 1 normal, 2 high. */
    priority: integer("priority").notNull(),
    /** Which of the provider's keys it may go out with: see providers/keys.ts. */
    key_choice: text("key_choice").notNull(),
    /** The key of the last attempt; null: none. */
    key_id: text("key_id"),
    /** Rises with every claim and never falls: the fence of a running job. */
    attempt: integer("attempt").notNull(),
    /** Spent tries of the retry budget. */
    failures: integer("failures").notNull(),
    /** Attempts whose answer was lost on its way, and how many of those may be made good by another call; null: any number. */
    losses: integer("losses").notNull(),
    loss_retries: integer("loss_retries"),
    /** How often its call was out on a thread that died. */
    crashes: integer("crashes").notNull(),
    created_at: integer("created_at").notNull(),
    /** When a queued job may be claimed. */
    run_at: integer("run_at").notNull(),
    /** No wait goes beyond this. */
    deadline_at: integer("deadline_at").notNull(),
    started_at: integer("started_at"),
    /** Until when the running attempt may finish. */
    lease_until: integer("lease_until"),
    ttl_ms: integer("ttl_ms").notNull(),
    /** Where the body is a form: its media type, its length and what must change in it on the way out (`Form` of call.ts, as JSON). */
    form: text("form"),
    /** What goes out beside the body and is no secret (`Extras` of call.ts, as JSON); gone when the job has ended. */
    extras: text("extras"),
    /** Where it goes when this provider has failed it: a list of targets as JSON text, and how many of them have been gone to. */
    fallbacks: text("fallbacks"),
    fallbacks_tried: integer("fallbacks_tried").notNull().default(0),
    /** What the first provider failed with (the wire's error object, as JSON text), once another is tried. */
    primary_error: text("primary_error"),
    /** What is known of the upstream job that works on it, as JSON text: what `resume` needs. */
    provider_state: text("provider_state"),
    /** The caller's own provider key and headers for the provider (`CallerSecret`), sealed; gone when the job has ended. */
    secret: blob("secret", { mode: "buffer" }),
    /** Digest of owner and Idempotency-Key, and of the body that came with it. */
    idempotency_key: text("idempotency_key"),
    body_digest: text("body_digest"),
    completed_at: integer("completed_at"),
    expires_at: integer("expires_at"),
    status_code: integer("status_code"),
    /** The wire's error object, as JSON text. */
    error: text("error"),
    /** What the provider says it used, as its JSON text. */
    usage: text("usage"),
    /** The attempt that the job ended with, `LastAttempt` as JSON text: most jobs have no other, and it costs no row of its own. */
    last_attempt: text("last_attempt"),
    /** What of the request its provider does not take, a JSON list of texts. */
    warnings: text("warnings"),
    /** The media type of a binary result, whose bytes are the body `content`. */
    content_kind: text("content_kind"),
  },
  (table) => [
    // What each state has and has not. A CASE, because SQLite builds a table for every IN (…) it checks: 3 µs of a submit's 20.
    check(
      "jobs_state",
      sql`CASE ${table.state}
        WHEN 'queued' THEN ${table.lease_until} IS NULL AND ${table.completed_at} IS NULL AND ${table.error} IS NULL
        WHEN 'waiting' THEN ${table.provider_state} IS NOT NULL AND ${table.lease_until} IS NULL AND ${table.completed_at} IS NULL AND ${table.error} IS NULL
        WHEN 'running' THEN ${table.lease_until} IS NOT NULL AND ${table.completed_at} IS NULL AND ${table.error} IS NULL
        WHEN 'succeeded' THEN ${table.lease_until} IS NULL AND ${table.completed_at} IS NOT NULL AND ${table.error} IS NULL
        WHEN 'failed' THEN ${table.lease_until} IS NULL AND ${table.completed_at} IS NOT NULL AND ${table.error} IS NOT NULL
        WHEN 'cancelled' THEN ${table.lease_until} IS NULL AND ${table.completed_at} IS NOT NULL AND ${table.error} IS NOT NULL
        ELSE 0 END`,
    ),
    check(
      "jobs_ended",
      sql`(${table.expires_at} IS NULL) = (${table.completed_at} IS NULL)
        AND (${table.status_code} IS NULL) = (${table.completed_at} IS NULL)
        AND (${table.secret} IS NULL OR ${table.completed_at} IS NULL)`,
    ),
    check(
      "jobs_attempts",
      sql`0 <= ${table.failures} AND ${table.failures} <= ${table.attempt}
        AND (${table.started_at} IS NULL) = (${table.attempt} = 0)`,
    ),
    // A list is asked for by its owner, newest first; numbers rise with time. Jobs that are nobody's are found by their ids alone.
    index("jobs_owner").on(table.owner, table.number).where(sql`owner <> ''`),
    uniqueIndex("jobs_idempotency_key").on(table.idempotency_key).where(sql`idempotency_key IS NOT NULL`),
    index("jobs_due")
      .on(table.provider, table.model, table.key_choice, table.owner, table.priority, table.run_at)
      .where(sql`state = 'queued'`),
    index("jobs_waiting").on(table.run_at).where(sql`state = 'waiting'`),
    index("jobs_deadline").on(table.deadline_at).where(sql`state = 'queued'`),
    index("jobs_lease_until").on(table.lease_until).where(sql`state = 'running'`),
    index("jobs_expires_at").on(table.expires_at).where(sql`expires_at IS NOT NULL`),
    // Asked at every start: whether the encryption key opens what is sealed.
    index("jobs_sealed").on(table.number).where(sql`secret IS NOT NULL`),
  ],
)

/**
 * Requests and results stand away from the rows that change state: a change beside a 1 MB body costs 14 µs and 4 KB of log,
 * on one row with it 2.3 ms and 1 MB. One table for each kind, keyed by place, so that what is written comes at the end of
 * a table that has no index beside it: a job costs a fifth less to store than with rows found by (job, kind, piece).
 * No foreign key: the pieces of a form are here before their job is, listed under `uploads`.
 */
function pieces<Name extends string>(name: Name) {
  return sqliteTable(
    name,
    { place: integer("place").primaryKey(), data: blob("data", { mode: "buffer" }).notNull() },
    (table) => [check(`${name}_size`, sql`length(${table.data}) <= ${sql.raw(String(BODY_PIECE_BYTES))}`)],
  )
}

export const requests = pieces("requests")
export const results = pieces("results")
/** The bytes of binary results. */
export const contents = pieces("contents")

/** Forms that are coming in: what is still listed at a start was cut off and is deleted. */
export const uploads = sqliteTable("uploads", {
  job_id: text("job_id").primaryKey(),
  /** That its job will have. */
  number: integer("number").notNull(),
  started_at: integer("started_at").notNull(),
})

/** What each attempt came to that its job outlived. A row is written when the attempt ends, in the transaction that moves the job. */
export const attempts = sqliteTable(
  "attempts",
  {
    job: integer("job")
      .notNull()
      .references(() => jobs.number, { onDelete: "cascade" }),
    attempt: integer("attempt").notNull(),
    provider: text("provider").notNull(),
    model: text("model").notNull(),
    started_at: integer("started_at").notNull(),
    finished_at: integer("finished_at").notNull(),
    /** `answered`, `refused`, `unreadable`, a reason of `unreached`, `interrupted`, `lease_expired`, `cancelled` or `released`. */
    outcome: text("outcome").notNull(),
    /** The provider's HTTP status, where it gave one. */
    status: integer("status"),
    /** The name of the key it went out with; null: none. */
    key_name: text("key_name"),
    /** Why it did not succeed, in words. */
    reason: text("reason"),
    /** The provider's own id of the request. */
    upstream_request_id: text("upstream_request_id"),
    /** `Usage` of call.ts, as JSON text. */
    usage: text("usage"),
    /** US dollars; null: not known. */
    cost: real("cost"),
  },
  (table) => [primaryKey({ columns: [table.job, table.attempt] })],
)

/** Every attempt that has ended, whichever row remembers it. */
export const attemptLog = sqliteView("attempt_log", {
  job: integer("job").notNull(),
  attempt: integer("attempt").notNull(),
  provider: text("provider").notNull(),
  model: text("model").notNull(),
  started_at: integer("started_at").notNull(),
  finished_at: integer("finished_at").notNull(),
  outcome: text("outcome").notNull(),
  status: integer("status"),
  key_name: text("key_name"),
  reason: text("reason"),
  upstream_request_id: text("upstream_request_id"),
  usage: text("usage"),
  cost: real("cost"),
}).as(
  sql`SELECT job, attempt, provider, model, started_at, finished_at, outcome, status, key_name, reason, upstream_request_id, usage, cost
    FROM attempts
    UNION ALL SELECT number, attempt, provider, model, started_at, completed_at, last_attempt ->> 'outcome', last_attempt ->> 'status',
      last_attempt ->> 'keyName', last_attempt ->> 'reason', last_attempt ->> 'upstreamRequestId', last_attempt ->> 'used', last_attempt ->> 'cost'
    FROM jobs WHERE last_attempt IS NOT NULL`,
)

/** What a 429 closed, and how fast it may be used after: kept for as long as that matters. */
export const quotas = sqliteTable(
  "quotas",
  {
    provider: text("provider").notNull(),
    /** Empty: calls that go out without a key. */
    key_id: text("key_id").notNull(),
    model: text("model").notNull(),
    /** No call before this. */
    closed_until: integer("closed_until").notNull(),
    /** Milliseconds between two calls, as far as the provider said; null: it did not. */
    spacing_ms: real("spacing_ms"),
  },
  (table) => [primaryKey({ columns: [table.provider, table.key_id, table.model] })],
)

/** What each virtual key has used on each day: jobs go, this stays. */
export const spending = sqliteTable(
  "spending",
  {
    owner: text("owner").notNull(),
    /** Days since 1970, UTC. */
    day: integer("day").notNull(),
    tokens: integer("tokens").notNull(),
    /** US dollars, of the attempts whose cost is known. */
    cost: real("cost").notNull(),
  },
  (table) => [primaryKey({ columns: [table.owner, table.day] })],
)
