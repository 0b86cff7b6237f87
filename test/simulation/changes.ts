// Collects every change of a row in its order, as soon as the change is on disk. Temporary triggers of the connection record the
// changes, so that rolled back ones are left out and no table need be read as a whole after a step.
import type { Database } from "bun:sqlite"
import type { State } from "../../src/jobs/job.ts"

/** A job's row after an `insert` or `update` and before a `delete`, or the new row of an `attempt`. */
export interface Change {
  n: number
  kind: "insert" | "update" | "delete" | "attempt" | "rewritten attempt"
  id: string
  state: State
  attempt: number
  failures: number
  runAt: number
  deadlineAt: number
  provider: string
  model: string
  keyChoice: string
  keyId: string | null
  providerState: string | null
  fallbacks: string | null
  fallbacksTried: number
  expiresAt: number | null
  /** The members of an attempt. */
  keyName: string | null
  outcome: string | null
  usage: string | null
  cost: number | null
}

const columns = ["id", "state", "attempt", "failures", "run_at", "deadline_at"].concat([
  "provider",
  "model",
  "key_choice",
  "key_id",
  "provider_state",
  "fallbacks",
  "fallbacks_tried",
  "expires_at",
])
const trigger = (name: string, event: string, kind: string, row: string, more = "") =>
  `CREATE TEMP TRIGGER ${name} AFTER ${event} ON main.jobs BEGIN
     INSERT INTO changes (kind, ${columns}) VALUES ('${kind}', ${columns.map((column) => `${row}.${column}`)}); ${more} END`

/** Whether the row records the last attempt of its job. */
const lastAttempt = `INSERT INTO changes (kind, id, attempt, provider, model, key_name, outcome, usage, cost)
  SELECT 'attempt', NEW.id, NEW.attempt, NEW.provider, NEW.model, NEW.last_attempt ->> 'keyName', NEW.last_attempt ->> 'outcome',
    NEW.last_attempt ->> 'used', NEW.last_attempt ->> 'cost'
  WHERE OLD.last_attempt IS NULL AND NEW.last_attempt IS NOT NULL;`

const setup = [
  `CREATE TEMP TABLE changes (n INTEGER PRIMARY KEY, kind, ${columns}, key_name, outcome, usage, cost)`,
  trigger("job_insert", "INSERT", "insert", "NEW"),
  trigger("job_update", "UPDATE", "update", "NEW", lastAttempt),
  trigger("job_delete", "DELETE", "delete", "OLD"),
  `CREATE TEMP TRIGGER attempt_insert AFTER INSERT ON main.attempts BEGIN
     INSERT INTO changes (kind, id, attempt, provider, model, key_name, outcome, usage, cost)
     VALUES ('attempt', (SELECT id FROM main.jobs WHERE number = NEW.job), NEW.attempt, NEW.provider, NEW.model, NEW.key_name,
       NEW.outcome, NEW.usage, NEW.cost); END`,
  `CREATE TEMP TRIGGER attempt_update AFTER UPDATE ON main.attempts BEGIN
     INSERT INTO changes (kind, id, attempt) VALUES ('rewritten attempt', (SELECT id FROM main.jobs WHERE number = NEW.job), NEW.attempt); END`,
]

/** Returns a function that returns the changes since its last call. */
export function watchChanges(database: Database): () => Change[] {
  for (const statement of setup) database.run(statement)
  const select = database.query<Change, [number]>(
    `SELECT n, kind, id, state, attempt, failures, run_at AS runAt, deadline_at AS deadlineAt, provider, model,
       key_choice AS keyChoice, key_id AS keyId, provider_state AS providerState, fallbacks, fallbacks_tried AS fallbacksTried, expires_at AS expiresAt, key_name AS keyName, outcome, usage, cost
     FROM changes WHERE n > ? ORDER BY n`,
  )
  let last = 0
  return () => {
    const changes = select.all(last)
    last = changes.at(-1)?.n ?? last
    return changes
  }
}
