// Collects every change of a row in its order, as soon as the change is on disk. Temporary triggers of the connection record the
// changes, so that rolled back ones are left out and no table need be read as a whole after a step.
import type { Database } from "bun:sqlite"
import type { State } from "../../src/jobs/job.ts"

/** A job's row after an `insert` or `update` and before a `delete`, or the new row of an `attempt`. */
export interface Change {
  n: number
  kind:
    | ("insert" | "update" | "delete" | "attempt" | "rewritten attempt")
    | ("endpoint" | "delivery" | "delivery gone")
    | ("batch" | "batch gone" | "line record" | "file gone")
    | ("events" | "events gone")
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
  lossRetries: number | null
  /** The members of an attempt. */
  keyName: string | null
  outcome: string | null
  usage: string | null
  cost: number | null
  /** The row of a webhook endpoint or delivery, as JSON text. */
  hook: string | null
  /** The row of a batch, of a line's refusal, or of a file that is deleted, as JSON text. */
  batchRow: string | null
  /** A row of the event log, as JSON text. */
  eventRow: string | null
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
  "loss_retries",
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
  `CREATE TEMP TABLE changes (n INTEGER PRIMARY KEY, kind, ${columns}, key_name, outcome, usage, cost, hook, batch_row, event_row)`,
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

const rowTrigger = (
  name: string,
  event: string,
  table: string,
  kind: string,
  row: string,
  members: string,
  column = "hook",
) =>
  `CREATE TEMP TRIGGER ${name} AFTER ${event} ON main.${table} BEGIN
     INSERT INTO changes (kind, ${column}) VALUES ('${kind}', json_object(${members.replaceAll("ROW.", `${row}.`)})); END`
const delivery = `'endpoint', ROW.endpoint, 'jobId', ROW.job_id, 'state', ROW.state, 'attempts', ROW.attempts, 'failures', ROW.failures,
  'nextAt', ROW.next_at, 'createdAt', ROW.created_at`
const endpoint = `'number', ROW.number, 'owner', ROW.owner, 'form', ROW.form, 'allJobs', json(iif(ROW.all_jobs, 'true', 'false')),
  'events', json(ROW.events), 'disabled', json(iif(ROW.disabled, 'true', 'false')), 'disabledReason', ROW.disabled_reason,
  'maxConcurrentDeliveries', ROW.max_concurrent_deliveries, 'removedAt', ROW.removed_at`
setup.push(
  rowTrigger("endpoint_insert", "INSERT", "webhook_endpoints", "endpoint", "NEW", endpoint),
  rowTrigger("endpoint_update", "UPDATE", "webhook_endpoints", "endpoint", "NEW", endpoint),
  rowTrigger("delivery_insert", "INSERT", "webhook_deliveries", "delivery", "NEW", delivery),
  rowTrigger("delivery_update", "UPDATE", "webhook_deliveries", "delivery", "NEW", delivery),
  rowTrigger("delivery_delete", "DELETE", "webhook_deliveries", "delivery gone", "OLD", delivery),
)

const batch = `'number', ROW.number, 'status', ROW.status, 'inputFile', ROW.input_file, 'taken', ROW.taken, 'completed', ROW.completed,
  'failed', ROW.failed, 'inputTokens', ROW.input_tokens, 'outputTokens', ROW.output_tokens, 'cost', ROW.cost,
  'callsWithoutCost', ROW.calls_without_cost`
const record = "'batch', ROW.batch, 'line', ROW.line, 'statusCode', ROW.status_code"
setup.push(
  rowTrigger("batch_insert", "INSERT", "batches", "batch", "NEW", batch, "batch_row"),
  rowTrigger("batch_update", "UPDATE", "batches", "batch", "NEW", batch, "batch_row"),
  rowTrigger("batch_delete", "DELETE", "batches", "batch gone", "OLD", batch, "batch_row"),
  rowTrigger("record_insert", "INSERT", "batch_refusals", "line record", "NEW", record, "batch_row"),
  rowTrigger("file_delete", "DELETE", "files", "file gone", "OLD", "'id', ROW.id", "batch_row"),
)

const events = `'job', ROW.job, 'first', ROW.first, 'attempt', ROW.attempt, 'count', ROW.count, 'sequence', ROW.sequence,
  'data', hex(ROW.data)`
setup.push(
  rowTrigger("events_insert", "INSERT", "answer_events", "events", "NEW", events, "event_row"),
  rowTrigger("events_delete", "DELETE", "answer_events", "events gone", "OLD", events, "event_row"),
)

/** Returns a function that returns the changes since its last call. */
export function watchChanges(database: Database): () => Change[] {
  for (const statement of setup) database.run(statement)
  const select = database.query<Change, [number]>(
    `SELECT n, kind, id, state, attempt, failures, run_at AS runAt, deadline_at AS deadlineAt, provider, model,
       key_choice AS keyChoice, key_id AS keyId, provider_state AS providerState, fallbacks, fallbacks_tried AS fallbacksTried, expires_at AS expiresAt,
       loss_retries AS lossRetries, key_name AS keyName, outcome, usage, cost, hook, batch_row AS batchRow,
       event_row AS eventRow
     FROM changes WHERE n > ? ORDER BY n`,
  )
  let last = 0
  return () => {
    const changes = select.all(last)
    last = changes.at(-1)?.n ?? last
    return changes
  }
}
