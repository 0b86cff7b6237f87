// The columns of the tables by the members that hold them: `run_at` is `runAt`. Selects, inserts and the rows that a JSON parameter
// brings are written from these lists; a test holds them equal to the tables that the migrations make.

/** A type of PostgreSQL, as the lists below name it. */
type Type = "bigint" | "integer" | "float8" | "text" | "bytea" | "boolean"

export type Columns = Readonly<Record<string, Type>>

export const jobs = {
  number: "bigint",
  id: "text",
  request_id: "text",
  request_type: "text",
  owner: "text",
  provider: "text",
  model: "text",
  state: "text",
  priority: "integer",
  key_choice: "text",
  lane: "bigint",
  key_id: "text",
  attempt: "integer",
  failures: "integer",
  losses: "integer",
  loss_retries: "integer",
  crashes: "integer",
  created_at: "bigint",
  run_at: "bigint",
  deadline_at: "bigint",
  started_at: "bigint",
  lease_until: "bigint",
  ttl_ms: "bigint",
  form: "text",
  extras: "text",
  fallbacks: "text",
  fallbacks_tried: "integer",
  primary_error: "text",
  provider_state: "text",
  secret: "bytea",
  idempotency_key: "text",
  body_digest: "text",
  completed_at: "bigint",
  expires_at: "bigint",
  status_code: "integer",
  error: "text",
  usage: "text",
  last_attempt: "text",
  warnings: "text",
  content_kind: "text",
  origin_id: "text",
  webhook: "bigint",
  batch: "bigint",
  batch_line: "integer",
} as const satisfies Columns

export const attempts = {
  job: "bigint",
  attempt: "integer",
  provider: "text",
  model: "text",
  started_at: "bigint",
  finished_at: "bigint",
  outcome: "text",
  status: "integer",
  key_name: "text",
  reason: "text",
  upstream_request_id: "text",
  usage: "text",
  cost: "float8",
} as const satisfies Columns

export const quotas = {
  provider: "text",
  key_id: "text",
  model: "text",
  closed_until: "bigint",
  spacing_ms: "float8",
} as const satisfies Columns

export const usageDaily = {
  day: "integer",
  owner: "text",
  provider: "text",
  model: "text",
  request_type: "text",
  key_name: "text",
  calls: "bigint",
  input_tokens: "float8",
  output_tokens: "float8",
  cost: "float8",
  calls_without_cost: "bigint",
} as const satisfies Columns

export const webhookEndpoints = {
  number: "bigint",
  id: "text",
  owner: "text",
  source: "text",
  name: "text",
  url: "text",
  form: "text",
  events: "text",
  all_jobs: "boolean",
  include_response: "boolean",
  allow_private_network: "boolean",
  schedule: "text",
  max_retries: "integer",
  retry_backoff_initial_ms: "bigint",
  retry_backoff_max_ms: "bigint",
  attempt_timeout_ms: "bigint",
  response_bytes_max: "bigint",
  max_concurrent_deliveries: "integer",
  disabled: "boolean",
  sealed: "bytea",
  previous_until: "bigint",
  created_at: "bigint",
  updated_at: "bigint",
  consecutive_failures: "integer",
  failing_since: "bigint",
  last_success_at: "bigint",
  last_failure_at: "bigint",
  disabled_reason: "text",
  disabled_at: "bigint",
} as const satisfies Columns

export const webhookDeliveries = {
  endpoint: "bigint",
  job_id: "text",
  request_id: "text",
  request_type: "text",
  event: "text",
  state: "text",
  attempts: "integer",
  failures: "integer",
  next_at: "bigint",
  created_at: "bigint",
  ended_at: "bigint",
  tries: "text",
} as const satisfies Columns

export const files = {
  number: "bigint",
  id: "text",
  owner: "text",
  filename: "text",
  purpose: "text",
  bytes: "bigint",
  created_at: "bigint",
  expires_at: "bigint",
} as const satisfies Columns

export const batches = {
  number: "bigint",
  id: "text",
  owner: "text",
  sealed: "bytea",
  url: "text",
  request_type: "text",
  input_file: "text",
  window: "text",
  expires_at: "bigint",
  metadata: "text",
  output_ttl_ms: "bigint",
  status: "text",
  errors: "text",
  total: "integer",
  taken: "integer",
  completed: "integer",
  failed: "integer",
  input_tokens: "float8",
  output_tokens: "float8",
  cost: "float8",
  calls_without_cost: "integer",
  output_file: "text",
  error_file: "text",
  created_at: "bigint",
  in_progress_at: "bigint",
  finalizing_at: "bigint",
  completed_at: "bigint",
  failed_at: "bigint",
  expired_at: "bigint",
  cancelling_at: "bigint",
  cancelled_at: "bigint",
} as const satisfies Columns

export const conversations = {
  number: "bigint",
  id: "text",
  owner: "text",
  metadata: "text",
  created_at: "bigint",
  expires_at: "bigint",
} as const satisfies Columns

export const conversationItems = {
  conversation: "bigint",
  place: "integer",
  id: "text",
  provider: "text",
  item: "text",
} as const satisfies Columns

export function nameMember(column: string): string {
  return column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** The columns for a SELECT or a RETURNING, each as the member that holds it. */
export function select(columns: Columns, table: string): string {
  return Object.entries(columns)
    .map(([name, type]) => `${table}."${name}"${type === "bigint" ? "::float8" : ""} AS "${nameMember(name)}"`)
    .join(", ")
}

/** The names of columns, for an INSERT and what it is given. */
export function list(columns: Columns): string {
  return Object.keys(columns)
    .map((name) => `"${name}"`)
    .join(", ")
}

/** The rows of a JSON parameter, whose members have the names of the columns. */
export function given(columns: Columns, parameter = "$1"): string {
  const types = Object.entries(columns).map(([name, type]) => `"${name}" ${type}`)
  return `json_to_recordset(${parameter}::text::json) AS given(${types.join(", ")})`
}

/** The row of an object: its members under the names of these columns. Other members are left out. */
export function toRow(columns: Columns, members: object): Record<string, unknown> {
  const from = members as Record<string, unknown>
  return Object.fromEntries(Object.keys(columns).map((name) => [name, from[nameMember(name)] ?? null]))
}

/** Of a condition on each member of a table: `set "a" = given."a"`. */
export function assign(columns: Columns): string {
  return Object.keys(columns)
    .map((name) => `"${name}" = given."${name}"`)
    .join(", ")
}

export function pick<Of extends Columns>(columns: Of, ...names: (keyof Of & string)[]): Columns {
  return Object.fromEntries(names.map((name) => [name, columns[name] as Type]))
}

export function omit<Of extends Columns>(columns: Of, ...names: (keyof Of & string)[]): Columns {
  return Object.fromEntries(Object.entries(columns).filter(([name]) => !names.includes(name)))
}

/** The columns of a `Claimed`. */
export const claimed = pick(
  jobs,
  ...(["provider", "model", "key_choice", "owner", "priority", "number", "id", "request_id", "request_type"] as const),
  ...(["key_id", "attempt", "failures", "losses", "loss_retries", "crashes", "run_at", "deadline_at"] as const),
  ...(["created_at", "started_at", "ttl_ms", "provider_state", "form", "extras", "fallbacks"] as const),
  ...(["fallbacks_tried", "primary_error", "secret", "webhook", "batch"] as const),
)

/** Numbers as one parameter, for `ANY($1::text::bigint[])`. */
export function toArray(numbers: readonly number[]): string {
  return `{${numbers.join()}}`
}
