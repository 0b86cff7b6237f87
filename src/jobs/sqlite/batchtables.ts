// The tables of files and batches, as Drizzle writes them. The jobs of a batch are in `jobs`. All times are epoch milliseconds.
import { sql } from "drizzle-orm"
import { blob, check, index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core"
import { batchStatuses } from "../../batches/batch.ts"

/** Uploaded files and results of batches. Their bytes are files on the disk. */
export const files = sqliteTable(
  "files",
  {
    /** From the same sequence as the numbers of jobs. */
    number: integer("number").primaryKey(),
    id: text("id").notNull(),
    /** As in `jobs`; empty: nobody's. */
    owner: text("owner").notNull(),
    filename: text("filename").notNull(),
    purpose: text("purpose").notNull(),
    bytes: integer("bytes").notNull(),
    created_at: integer("created_at").notNull(),
    /** Null: it is kept. */
    expires_at: integer("expires_at"),
  },
  (table) => [index("files_expires_at").on(table.expires_at).where(sql`expires_at IS NOT NULL`)],
)

export const batches = sqliteTable(
  "batches",
  {
    /** From the same sequence as the numbers of jobs. */
    number: integer("number").primaryKey(),
    id: text("id").notNull(),
    owner: text("owner").notNull(),
    /** Who its jobs are submitted for, encrypted. Cleared when it ends. */
    sealed: blob("sealed", { mode: "buffer" }),
    url: text("url").notNull(),
    request_type: text("request_type").notNull(),
    /** The id of the input file, which may be deleted once the batch has ended. */
    input_file: text("input_file").notNull(),
    window: text("window").notNull(),
    expires_at: integer("expires_at").notNull(),
    /** JSON text. */
    metadata: text("metadata"),
    output_ttl_ms: integer("output_ttl_ms").notNull(),
    status: text("status", { enum: batchStatuses }).notNull(),
    /** A JSON array of `LineError`. */
    errors: text("errors"),
    /** How many lines the input has; how many of the first have become a job or a refusal; how these have ended. */
    total: integer("total"),
    taken: integer("taken").notNull(),
    completed: integer("completed").notNull(),
    failed: integer("failed").notNull(),
    input_tokens: integer("input_tokens").notNull(),
    output_tokens: integer("output_tokens").notNull(),
    /** US dollars, of the calls whose cost is known. Null stays null: it is of a batch that is older than this column. */
    cost: real("cost"),
    calls_without_cost: integer("calls_without_cost").notNull().default(0),
    output_file: text("output_file"),
    error_file: text("error_file"),
    created_at: integer("created_at").notNull(),
    in_progress_at: integer("in_progress_at"),
    finalizing_at: integer("finalizing_at"),
    completed_at: integer("completed_at"),
    failed_at: integer("failed_at"),
    expired_at: integer("expired_at"),
    cancelling_at: integer("cancelling_at"),
    cancelled_at: integer("cancelled_at"),
  },
  (table) => [
    check(
      "batches_sealed",
      sql`${table.sealed} IS NULL OR ${table.status} IN ('validating', 'in_progress', 'finalizing', 'cancelling')`,
    ),
    index("batches_unfinished")
      .on(table.number)
      .where(sql`status IN ('validating', 'in_progress', 'finalizing', 'cancelling')`),
  ],
)

/** The lines of a batch that could not become jobs. */
export const batchRefusals = sqliteTable(
  "batch_refusals",
  {
    batch: integer("batch")
      .notNull()
      .references(() => batches.number, { onDelete: "cascade" }),
    /** Counted from 1. */
    line: integer("line").notNull(),
    status_code: integer("status_code").notNull(),
    /** The API's error object, as JSON text. */
    error: text("error").notNull(),
  },
  (table) => [primaryKey({ columns: [table.batch, table.line] })],
)
