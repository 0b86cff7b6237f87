// A gateway's database, opened by a test beside the gateway that uses it.
import { Database } from "bun:sqlite"

/** How long a statement waits for the gateway's commits, checkpoints and recoveries, in milliseconds. */
const BUSY_MS = 60_000

/** Opens that database. A statement waits while the gateway has it locked: without this it throws SQLITE_BUSY at once. */
export function openDatabase(path: string, options: { readonly: boolean } = { readonly: false }): Database {
  const database = new Database(path, options.readonly ? { readonly: true } : undefined)
  database.run(`PRAGMA busy_timeout = ${BUSY_MS}`)
  return database
}
