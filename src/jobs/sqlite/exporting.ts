// The rows of a database, for another kind of database that takes them.
import type { Database } from "bun:sqlite"
import { BODY_PIECES_MAX } from "../numbers.ts"
import { openReader } from "./database.ts"

export interface Export {
  /** The rows of a table with these columns, in the order in which they were stored. */
  rows(table: string, columns: readonly string[]): Iterable<Record<string, unknown>>
  close(): void
}

/** Bodies are read by their jobs and pieces. Those without a job are of uploads that were interrupted. */
const body = (kind: string) =>
  `(SELECT place / ${BODY_PIECES_MAX} AS number, place % ${BODY_PIECES_MAX} AS piece, data FROM ${kind}
    WHERE place / ${BODY_PIECES_MAX} IN (SELECT number FROM jobs) ORDER BY place)`

const sources: Record<string, string> = {
  requests: body("requests"),
  results: body("results"),
  contents: body("contents"),
}

/** @param path of the database, which nobody writes meanwhile */
export function openExport(path: string): Export {
  const database: Database = openReader(path)
  return {
    rows: (table, columns) =>
      database
        .query<Record<string, unknown>, []>(
          `SELECT ${columns.map((name) => `"${name}"`).join(", ")} FROM ${sources[table] ?? `"${table}"`}`,
        )
        .iterate(),
    close: () => database.close(),
  }
}
