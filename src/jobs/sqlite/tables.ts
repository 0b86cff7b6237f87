// The tables. CHECKs make illegal rows impossible, partial indexes keep the cost of the queue's queries independent of its length.
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

export { batches, batchRefusals, files } from "./batchtables.ts"
export { conversationItems, conversations } from "./conversationtables.ts"
export { answerEvents } from "./eventtables.ts"
export { webhookDeliveries, webhookEndpoints } from "./webhooktables.ts"

/** Added to the end of a lease in the index `jobs_reaped_at`: a value above every time. */
export const LEASED = 2 ** 52

/**
 * When the reaper looks at a job: at its expiry, or, above all of these, at the end of its lease. One index for both, in which running
 * jobs stand behind the job that has ended last: the end of most jobs then changes one page of it, and not one of each index.
 */
export const reapedAt = sql.raw(`CASE WHEN lease_until IS NULL THEN expires_at ELSE lease_until + ${LEASED} END`)

/** All times are epoch milliseconds. */
export const jobs = sqliteTable(
  "jobs",
  {
    /** Derived from the id (see numbers.ts), so that no index of ids is needed. Other tables refer to this. */
    number: integer("number").primaryKey(),
    id: text("id").notNull(),
    request_id: text("request_id").notNull(),
    request_type: text("request_type").notNull(),
    /** Who may see the job: empty for anyone who knows the id, else `vk:<id>` or `key:<digest>`. */
    owner: text("owner").notNull(),
    provider: text("provider").notNull(),
    /** The provider's name of the model: the part after the first `/`. */
    model: text("model").notNull(),
    state: text("state", { enum: states }).notNull(),
    /** 0 low, 1 normal, 2 high. */
    priority: integer("priority").notNull(),
    /** Which of the provider's keys the job may use: see providers/keys.ts. */
    key_choice: text("key_choice").notNull(),
    /** The key of the last attempt; null: no key. */
    key_id: text("key_id"),
    /** The number of the last attempt, the fence of a running job: rises with every claim and never falls. */
    attempt: integer("attempt").notNull(),
    /** How many failures count against the retry budget. */
    failures: integer("failures").notNull(),
    /** How many answers were lost, and how often that may be retried; null: as often as other failures. */
    losses: integer("losses").notNull(),
    loss_retries: integer("loss_retries"),
    /** How often a thread died that had a call of the job. */
    crashes: integer("crashes").notNull(),
    created_at: integer("created_at").notNull(),
    /** When a queued job may be claimed. */
    run_at: integer("run_at").notNull(),
    /** The job must have ended by this time. */
    deadline_at: integer("deadline_at").notNull(),
    started_at: integer("started_at"),
    /** The end of the running attempt's lease. */
    lease_until: integer("lease_until"),
    ttl_ms: integer("ttl_ms").notNull(),
    /** For a form: its media type, its length and the edits that are made when it is sent (`Form` of call.ts, as JSON). */
    form: text("form"),
    /** What is sent beside the body and is not secret (`Extras` of call.ts, as JSON). Cleared when the job ends. */
    extras: text("extras"),
    /** The fallbacks, an array of targets as JSON text, and how many of them have been tried. */
    fallbacks: text("fallbacks"),
    fallbacks_tried: integer("fallbacks_tried").notNull().default(0),
    /** The error of the first provider (the API's error object, as JSON text), once a fallback is tried. */
    primary_error: text("primary_error"),
    /** The adapter's state of the upstream job, as JSON text, which polls need. */
    provider_state: text("provider_state"),
    /** The caller's own provider key and headers (`CallerSecret`), encrypted. Cleared when the job ends. */
    secret: blob("secret", { mode: "buffer" }),
    /** A digest of the owner and the Idempotency-Key, and a digest of the body that came with it. */
    idempotency_key: text("idempotency_key"),
    body_digest: text("body_digest"),
    completed_at: integer("completed_at"),
    expires_at: integer("expires_at"),
    status_code: integer("status_code"),
    /** The API's error object, as JSON text. */
    error: text("error"),
    /** The usage that the provider reported, as the provider's JSON text. */
    usage: text("usage"),
    /** The record of the last attempt, as JSON text. Most jobs have only one attempt, which needs no row of its own this way. */
    last_attempt: text("last_attempt"),
    /** Warnings about parameters that the provider does not support, a JSON array of strings. */
    warnings: text("warnings"),
    /** The media type of a binary result, whose bytes are in the table `contents`. */
    content_kind: text("content_kind"),
    /** The id of the job whose request this one repeats. */
    origin_id: text("origin_id"),
    /** The number of the webhook endpoint that the submit named. It may have been removed. */
    webhook: integer("webhook"),
    /** The number of the batch that it belongs to, and its line there, counted from 1. */
    batch: integer("batch"),
    batch_line: integer("batch_line"),
  },
  (table) => [
    // Which columns are set in each state. This is a CASE, because SQLite builds a table for every IN (…): 3 µs of a submit's 20.
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
    // For lists of an owner's jobs, newest first: numbers rise with time. Jobs without an owner are found only by their ids.
    index("jobs_owner").on(table.owner, table.number).where(sql`owner <> ''`),
    uniqueIndex("jobs_idempotency_key").on(table.idempotency_key).where(sql`idempotency_key IS NOT NULL`),
    // A line becomes one job, however often the gateway is killed.
    uniqueIndex("jobs_batch").on(table.batch, table.batch_line).where(sql`batch IS NOT NULL`),
    index("jobs_due")
      .on(table.provider, table.model, table.key_choice, table.owner, table.priority, table.run_at)
      .where(sql`state = 'queued'`),
    index("jobs_waiting").on(table.run_at).where(sql`state = 'waiting'`),
    index("jobs_deadline").on(table.deadline_at).where(sql`state = 'queued'`),
    index("jobs_reaped_at").on(reapedAt).where(sql`${reapedAt} IS NOT NULL`),
    // For those that are deleted before their time: numbers rise with time, so that the oldest come first.
    index("jobs_stored_responses").on(table.ttl_ms, table.number).where(sql`request_type = 'responses'`),
    // Used at every start to check whether the encryption key decrypts the stored secrets.
    index("jobs_sealed").on(table.number).where(sql`secret IS NOT NULL`),
  ],
)

/**
 * Bodies are not in the rows that change state: with a body of 1 MB elsewhere a change costs 14 µs and 4 KB of log, in the same row
 * 2.3 ms and 1 MB. Each kind of body has a table without further indexes, keyed by `place` (see numbers.ts), so that rows are
 * appended: storing a job costs a fifth less than with a key of (job, kind, piece). There is no foreign key, because the pieces
 * of a form are stored before their job. The table `uploads` lists these.
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

/** Requests that are being received before their jobs exist. Rows that a start finds were interrupted and are deleted. */
export const uploads = sqliteTable("uploads", {
  job_id: text("job_id").primaryKey(),
  /** The number that the job will have. */
  number: integer("number").notNull(),
  started_at: integer("started_at").notNull(),
})

/** What is recorded of an attempt, beside its job. */
function makeAttemptColumns() {
  return {
    attempt: integer("attempt").notNull(),
    provider: text("provider").notNull(),
    model: text("model").notNull(),
    started_at: integer("started_at").notNull(),
    finished_at: integer("finished_at").notNull(),
    /** `answered`, `refused`, `unreadable`, a reason of `unreached`, `interrupted`, `lease_expired`, `cancelled` or `released`. */
    outcome: text("outcome").notNull(),
    /** The provider's HTTP status; null: no response. */
    status: integer("status"),
    /** The name of the key that was used; null: no key. */
    key_name: text("key_name"),
    /** Why the attempt did not succeed, in words. */
    reason: text("reason"),
    /** The provider's id of the request. */
    upstream_request_id: text("upstream_request_id"),
    /** `Usage` of call.ts, as JSON text. */
    usage: text("usage"),
    /** US dollars; null: not known. */
    cost: real("cost"),
  }
}

/** The ended attempts of each job except its last. A row is written in the transaction that moves the job. */
export const attempts = sqliteTable(
  "attempts",
  {
    job: integer("job")
      .notNull()
      .references(() => jobs.number, { onDelete: "cascade" }),
    ...makeAttemptColumns(),
  },
  (table) => [primaryKey({ columns: [table.job, table.attempt] })],
)

/** Every ended attempt, from the table `attempts` and from the rows of ended jobs. */
export const attemptLog = sqliteView("attempt_log", {
  job: integer("job").notNull(),
  ...makeAttemptColumns(),
}).as(
  sql`SELECT job, attempt, provider, model, started_at, finished_at, outcome, status, key_name, reason, upstream_request_id, usage, cost
    FROM attempts
    UNION ALL SELECT number, attempt, provider, model, started_at, completed_at, last_attempt ->> 'outcome', last_attempt ->> 'status',
      last_attempt ->> 'keyName', last_attempt ->> 'reason', last_attempt ->> 'upstreamRequestId', last_attempt ->> 'used', last_attempt ->> 'cost'
    FROM jobs WHERE last_attempt IS NOT NULL`,
)

/** The quotas that a 429 closed, and the rate that holds afterwards. */
export const quotas = sqliteTable(
  "quotas",
  {
    provider: text("provider").notNull(),
    /** Empty for calls without a key. */
    key_id: text("key_id").notNull(),
    model: text("model").notNull(),
    /** No call is made before this time. */
    closed_until: integer("closed_until").notNull(),
    /** Milliseconds between two calls, as the provider reported; null: not reported. */
    spacing_ms: real("spacing_ms"),
  },
  (table) => [primaryKey({ columns: [table.provider, table.key_id, table.model] })],
)

/**
 * What was used on each day, kept also when its jobs are deleted. Budgets are read from it. The day comes first in the key, so that
 * the rows that change lie on a page or two.
 */
export const usageDaily = sqliteTable(
  "usage_daily",
  {
    /** Days since 1970, UTC: the day on which the attempt ended. */
    day: integer("day").notNull(),
    /** As in `jobs`; one for all callers with keys of their own beyond the first of a day: see dailyusage.ts. */
    owner: text("owner").notNull(),
    provider: text("provider").notNull(),
    /** `other` for those beyond the first of an owner on a day: models are the callers' words. */
    model: text("model").notNull(),
    request_type: text("request_type").notNull(),
    /** The name of the key; empty: no key. */
    key_name: text("key_name").notNull(),
    /** How many attempts have ended. */
    calls: integer("calls").notNull(),
    input_tokens: integer("input_tokens").notNull(),
    output_tokens: integer("output_tokens").notNull(),
    /** US dollars, of the calls whose cost is known. */
    cost: real("cost").notNull(),
    calls_without_cost: integer("calls_without_cost").notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.day, table.owner, table.provider, table.model, table.request_type, table.key_name],
    }),
  ],
)
