// The table of the event log.
import { blob, integer, primaryKey, sqliteTable } from "drizzle-orm/sqlite-core"

/**
 * The events of answers that are read while they come. A row has those that came together, and the rows of a job stand together, so
 * that its log is read in one go.
 */
export const answerEvents = sqliteTable(
  "answer_events",
  {
    /** The number of the job. */
    job: integer("job").notNull(),
    /** The place of the first event in the log of the job, counted from 0. */
    first: integer("first").notNull(),
    attempt: integer("attempt").notNull(),
    count: integer("count").notNull(),
    /** The events, one per line: see endpoints/streams/eventline.ts. Compressed by Zstandard when the job has ended. */
    data: blob("data", { mode: "buffer" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.job, table.first] })],
)
