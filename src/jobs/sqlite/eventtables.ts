// The table of the event log.
import { blob, integer, sqliteTable, uniqueIndex } from "drizzle-orm/sqlite-core"

/**
 * The events of answers that are read while they come. A row has those that came together. Rows are appended, whatever their jobs: with
 * the rows of each job together, a commit for 200 jobs writes a page for each of them, and took half as long again.
 */
export const answerEvents = sqliteTable(
  "answer_events",
  {
    place: integer("place").primaryKey(),
    /** The number of the job. */
    job: integer("job").notNull(),
    /** The place of the first event in the log of the job, counted from 0. */
    first: integer("first").notNull(),
    attempt: integer("attempt").notNull(),
    count: integer("count").notNull(),
    /** The provider's number of the last event: its stream goes on after it. Null: it is not known, or not needed any more. */
    sequence: integer("sequence"),
    /** The events, one per line: see endpoints/streams/eventline.ts. Compressed by Zstandard when the job has ended. */
    data: blob("data", { mode: "buffer" }).notNull(),
  },
  (table) => [uniqueIndex("answer_events_job").on(table.job, table.first)],
)
