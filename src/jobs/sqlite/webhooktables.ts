// The tables of webhook endpoints and deliveries, as Drizzle writes them. All times are epoch milliseconds.
import { sql } from "drizzle-orm"
import { blob, check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core"
import { deliveryStates, webhookForms, webhookSchedules } from "../../webhooks/webhook.ts"

/** The webhook endpoints. */
export const webhookEndpoints = sqliteTable(
  "webhook_endpoints",
  {
    /** Never used twice: jobs name an endpoint by it, and must not reach another one. */
    number: integer("number").primaryKey({ autoIncrement: true }),
    id: text("id").notNull(),
    /** As in `jobs`; empty: the operator's. */
    owner: text("owner").notNull(),
    source: text("source", { enum: ["api", "config"] }).notNull(),
    name: text("name").notNull(),
    url: text("url").notNull(),
    form: text("form", { enum: webhookForms }).notNull(),
    /** A JSON array of strings. */
    events: text("events").notNull(),
    all_jobs: integer("all_jobs", { mode: "boolean" }).notNull(),
    include_response: integer("include_response", { mode: "boolean" }).notNull(),
    allow_private_network: integer("allow_private_network", { mode: "boolean" }).notNull(),
    schedule: text("schedule", { enum: webhookSchedules }).notNull(),
    max_retries: integer("max_retries").notNull(),
    retry_backoff_initial_ms: integer("retry_backoff_initial_ms").notNull(),
    retry_backoff_max_ms: integer("retry_backoff_max_ms").notNull(),
    attempt_timeout_ms: integer("attempt_timeout_ms").notNull(),
    response_bytes_max: integer("response_bytes_max").notNull(),
    max_concurrent_deliveries: integer("max_concurrent_deliveries").notNull(),
    /** Whether the operator has turned it off. */
    disabled: integer("disabled", { mode: "boolean" }).notNull(),
    /** `WebhookSecrets`, encrypted. Cleared when the endpoint is removed. */
    sealed: blob("sealed", { mode: "buffer" }),
    previous_until: integer("previous_until"),
    created_at: integer("created_at").notNull(),
    updated_at: integer("updated_at").notNull(),
    /** The row stays until its deliveries are deleted. */
    removed_at: integer("removed_at"),
    consecutive_failures: integer("consecutive_failures").notNull(),
    failing_since: integer("failing_since"),
    last_success_at: integer("last_success_at"),
    last_failure_at: integer("last_failure_at"),
    /** Why and since when the gateway has turned it off by itself. */
    disabled_reason: text("disabled_reason"),
    disabled_at: integer("disabled_at"),
  },
  (table) => [
    check("webhook_endpoints_sealed", sql`(${table.sealed} IS NULL) = (${table.removed_at} IS NOT NULL)`),
    check("webhook_endpoints_off", sql`(${table.disabled_at} IS NULL) = (${table.disabled_reason} IS NULL)`),
    uniqueIndex("webhook_endpoints_name").on(table.owner, table.name).where(sql`removed_at IS NULL`),
    uniqueIndex("webhook_endpoints_id").on(table.id),
  ],
)

/**
 * One row for each endpoint and each end of a job that it is told of, inserted by the commit of that end. A job ends once: a second
 * row cannot be.
 */
export const webhookDeliveries = sqliteTable(
  "webhook_deliveries",
  {
    endpoint: integer("endpoint").notNull(),
    /** The job's number. It rises with time: the oldest deliveries of an endpoint come first. The job itself may be deleted. */
    job: integer("job").notNull(),
    job_id: text("job_id").notNull(),
    request_id: text("request_id").notNull(),
    request_type: text("request_type").notNull(),
    event: text("event").notNull(),
    state: text("state", { enum: deliveryStates }).notNull(),
    /** How many tries there were, the fence of the next; and how many of them count against the schedule. */
    attempts: integer("attempts").notNull(),
    failures: integer("failures").notNull(),
    next_at: integer("next_at"),
    created_at: integer("created_at").notNull(),
    ended_at: integer("ended_at"),
    /** A JSON array of `DeliveryTry`. */
    tries: text("tries").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.endpoint, table.job] }),
    check(
      "webhook_deliveries_state",
      sql`(${table.state} = 'pending') = (${table.next_at} IS NOT NULL) AND (${table.next_at} IS NULL) = (${table.ended_at} IS NOT NULL)`,
    ),
    index("webhook_deliveries_due").on(table.endpoint, table.next_at).where(sql`next_at IS NOT NULL`),
  ],
)
