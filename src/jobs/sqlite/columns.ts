// Maps the members of a job to columns, by their names. Inserts, selects and returned rows derive from this map.
import { getTableColumns, sql } from "drizzle-orm"
import { jobs } from "./tables.ts"

type Member<Column extends string> = Column extends `${infer Word}_${infer Rest}`
  ? `${Word}${Capitalize<Member<Rest>>}`
  : Column
type Columns = typeof jobs._.columns

/** The columns of a job by the members that they hold: `run_at` is `runAt`. */
const columns = Object.fromEntries(
  Object.entries(getTableColumns(jobs)).map(([name, column]) => [nameMember(name), column]),
) as unknown as { [Name in keyof Columns & string as Member<Name>]: Columns[Name] }

export function nameMember(column: string): string {
  return column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** A column and the member that it holds. */
export interface Name {
  column: string
  member: string
}

/** The columns of a table, each with the member that it holds. */
export function listNames(table: Parameters<typeof getTableColumns>[0]): readonly Name[] {
  return Object.keys(getTableColumns(table)).map((column) => ({ column, member: nameMember(column) }))
}

/** The columns for a SELECT. */
export function nameColumns(names: readonly Name[]): string {
  return names.map(({ column, member }) => `${column} AS ${member}`).join(", ")
}

/** The statement that inserts a row, its members bound by their names. */
export function makeInsert(table: string, names: readonly Name[]): string {
  const columns = names.map(({ column }) => column)
  return `INSERT INTO ${table} (${columns}) VALUES (${names.map(({ member }) => `$${member}`)})`
}

function pick<Picked extends keyof typeof columns>(...members: Picked[]): Pick<typeof columns, Picked> {
  return Object.fromEntries(members.map((member) => [member, columns[member]])) as Pick<typeof columns, Picked>
}

export const laneColumns = pick("provider", "model", "keyChoice", "owner", "priority")

/** The columns of a `Claimed`. */
export const claimedColumns = {
  ...laneColumns,
  ...pick("number", "id", "requestId", "requestType", "keyId", "attempt", "failures", "losses", "lossRetries"),
  ...pick("crashes", "runAt", "deadlineAt", "createdAt", "ttlMs", "providerState", "form", "extras"),
  ...pick("fallbacks", "fallbacksTried", "primaryError", "secret", "webhook", "batch"),
  // A claimed job has always been started.
  startedAt: sql<number>`${columns.startedAt}`,
}

/** Columns that are empty in a new row. Every other column is bound to the member of its name. */
const filledLater = new Set(
  ["fallbacks_tried", "primary_error", "provider_state", "completed_at", "expires_at"].concat([
    "status_code",
    "error",
    "usage",
    "last_attempt",
    "content_kind",
  ]),
)

/** The bound and the constant values of a new row. A new job is due when it is created. */
export const insertedValues = {
  ...Object.fromEntries(
    Object.keys(getTableColumns(jobs))
      .filter((name) => !filledLater.has(name))
      .map((name) => [name, sql.placeholder(nameMember(name))]),
  ),
  ...{ failures: 0, losses: 0, crashes: 0, run_at: sql.placeholder("createdAt") },
} as unknown as typeof jobs.$inferInsert

/** The columns that are cleared when a job ends. */
export const wiped = { secret: null, extras: null }
