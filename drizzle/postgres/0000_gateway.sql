CREATE TABLE settings (
  name text PRIMARY KEY,
  value text NOT NULL
);

-- The columns are those of the store on SQLite. `lane` stands for the five columns that make a lane: together they can be too long for
-- an index. The cost of every query of the queue is independent of its length.
CREATE TABLE jobs (
  number bigint PRIMARY KEY,
  id text NOT NULL,
  request_id text NOT NULL,
  request_type text NOT NULL,
  owner text NOT NULL,
  provider text NOT NULL,
  model text NOT NULL,
  state text NOT NULL,
  priority integer NOT NULL,
  key_choice text NOT NULL,
  lane bigint NOT NULL,
  key_id text,
  attempt integer NOT NULL,
  failures integer NOT NULL,
  losses integer NOT NULL,
  loss_retries integer,
  crashes integer NOT NULL,
  created_at bigint NOT NULL,
  run_at bigint NOT NULL,
  deadline_at bigint NOT NULL,
  started_at bigint,
  lease_until bigint,
  ttl_ms bigint NOT NULL,
  form text,
  extras text,
  fallbacks text,
  fallbacks_tried integer NOT NULL,
  primary_error text,
  provider_state text,
  secret bytea,
  idempotency_key text,
  body_digest text,
  completed_at bigint,
  expires_at bigint,
  status_code integer,
  error text,
  usage text,
  last_attempt text,
  warnings text,
  content_kind text,
  origin_id text,
  webhook bigint,
  batch bigint,
  batch_line integer,
  CONSTRAINT jobs_state CHECK (CASE state
    WHEN 'queued' THEN lease_until IS NULL AND completed_at IS NULL AND error IS NULL
    WHEN 'waiting' THEN provider_state IS NOT NULL AND lease_until IS NULL AND completed_at IS NULL AND error IS NULL
    WHEN 'running' THEN lease_until IS NOT NULL AND completed_at IS NULL AND error IS NULL
    WHEN 'succeeded' THEN lease_until IS NULL AND completed_at IS NOT NULL AND error IS NULL
    WHEN 'failed' THEN lease_until IS NULL AND completed_at IS NOT NULL AND error IS NOT NULL
    WHEN 'cancelled' THEN lease_until IS NULL AND completed_at IS NOT NULL AND error IS NOT NULL
    ELSE false END),
  CONSTRAINT jobs_ended CHECK ((expires_at IS NULL) = (completed_at IS NULL) AND (status_code IS NULL) = (completed_at IS NULL)
    AND (secret IS NULL OR completed_at IS NULL)),
  CONSTRAINT jobs_attempts CHECK (0 <= failures AND failures <= attempt AND (started_at IS NULL) = (attempt = 0))
) WITH (
  -- Rows change twice after they are stored: room for them on their page, and dead ones are cleared by their number and not by a share
  -- of all jobs.
  fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1
);
CREATE INDEX jobs_owner ON jobs (owner, number) WHERE owner <> '';
CREATE UNIQUE INDEX jobs_idempotency_key ON jobs (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE UNIQUE INDEX jobs_batch ON jobs (batch, batch_line) WHERE batch IS NOT NULL;
CREATE INDEX jobs_due ON jobs (lane, run_at, number) WHERE state = 'queued';
CREATE INDEX jobs_running ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX jobs_waiting ON jobs (run_at) WHERE state = 'waiting';
CREATE INDEX jobs_deadline ON jobs (deadline_at) WHERE state = 'queued';
CREATE INDEX jobs_expires_at ON jobs (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX jobs_stored_responses ON jobs (ttl_ms, number) WHERE request_type = 'responses';
CREATE INDEX jobs_sealed ON jobs (number) WHERE secret IS NOT NULL;

-- Bodies, in pieces of 256 KiB.
CREATE TABLE requests (number bigint, piece integer, data bytea NOT NULL, PRIMARY KEY (number, piece));
CREATE TABLE results (number bigint, piece integer, data bytea NOT NULL, PRIMARY KEY (number, piece));
CREATE TABLE contents (number bigint, piece integer, data bytea NOT NULL, PRIMARY KEY (number, piece));
-- Images and sound are compressed already.
ALTER TABLE contents ALTER COLUMN data SET STORAGE EXTERNAL;

CREATE TABLE uploads (
  job_id text PRIMARY KEY,
  number bigint NOT NULL,
  started_at bigint NOT NULL
);

CREATE TABLE attempts (
  job bigint NOT NULL,
  attempt integer NOT NULL,
  provider text NOT NULL,
  model text NOT NULL,
  started_at bigint NOT NULL,
  finished_at bigint NOT NULL,
  outcome text NOT NULL,
  status integer,
  key_name text,
  reason text,
  upstream_request_id text,
  usage text,
  cost double precision,
  PRIMARY KEY (job, attempt)
);

CREATE TABLE quotas (
  provider text NOT NULL,
  key_id text NOT NULL,
  model text NOT NULL,
  closed_until bigint NOT NULL,
  spacing_ms double precision,
  PRIMARY KEY (provider, key_id, model)
);

CREATE TABLE usage_daily (
  day integer NOT NULL,
  owner text NOT NULL,
  provider text NOT NULL,
  model text NOT NULL,
  request_type text NOT NULL,
  key_name text NOT NULL,
  calls bigint NOT NULL,
  input_tokens double precision NOT NULL,
  output_tokens double precision NOT NULL,
  cost double precision NOT NULL,
  calls_without_cost bigint NOT NULL,
  PRIMARY KEY (day, owner, provider, model, request_type, key_name)
);

CREATE TABLE answer_events (
  job bigint NOT NULL,
  first integer NOT NULL,
  attempt integer NOT NULL,
  count integer NOT NULL,
  -- The provider's number of the last event: its stream goes on after it.
  sequence bigint,
  data bytea NOT NULL,
  PRIMARY KEY (job, first)
);
-- Packed by the gateway when the job has ended.
ALTER TABLE answer_events ALTER COLUMN data SET STORAGE EXTERNAL;

CREATE TABLE webhook_endpoints (
  number bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  id text NOT NULL,
  owner text NOT NULL,
  source text NOT NULL,
  name text NOT NULL,
  url text NOT NULL,
  form text NOT NULL,
  events text NOT NULL,
  all_jobs boolean NOT NULL,
  include_response boolean NOT NULL,
  allow_private_network boolean NOT NULL,
  schedule text NOT NULL,
  max_retries integer NOT NULL,
  retry_backoff_initial_ms bigint NOT NULL,
  retry_backoff_max_ms bigint NOT NULL,
  attempt_timeout_ms bigint NOT NULL,
  response_bytes_max bigint NOT NULL,
  max_concurrent_deliveries integer NOT NULL,
  disabled boolean NOT NULL,
  sealed bytea,
  previous_until bigint,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  removed_at bigint,
  consecutive_failures integer NOT NULL,
  failing_since bigint,
  last_success_at bigint,
  last_failure_at bigint,
  disabled_reason text,
  disabled_at bigint,
  CONSTRAINT webhook_endpoints_sealed CHECK ((sealed IS NULL) = (removed_at IS NOT NULL)),
  CONSTRAINT webhook_endpoints_off CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
);
CREATE UNIQUE INDEX webhook_endpoints_name ON webhook_endpoints (owner, name) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX webhook_endpoints_id ON webhook_endpoints (id);

CREATE TABLE webhook_deliveries (
  endpoint bigint NOT NULL,
  job bigint NOT NULL,
  job_id text NOT NULL,
  request_id text NOT NULL,
  request_type text NOT NULL,
  event text NOT NULL,
  state text NOT NULL,
  attempts integer NOT NULL,
  failures integer NOT NULL,
  next_at bigint,
  created_at bigint NOT NULL,
  ended_at bigint,
  tries text NOT NULL,
  PRIMARY KEY (endpoint, job),
  CONSTRAINT webhook_deliveries_state CHECK ((state = 'pending') = (next_at IS NOT NULL) AND (next_at IS NULL) = (ended_at IS NOT NULL))
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint, next_at) WHERE next_at IS NOT NULL;

CREATE TABLE files (
  number bigint PRIMARY KEY,
  id text NOT NULL,
  owner text NOT NULL,
  filename text NOT NULL,
  purpose text NOT NULL,
  bytes bigint NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint
);
CREATE INDEX files_expires_at ON files (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE batches (
  number bigint PRIMARY KEY,
  id text NOT NULL,
  owner text NOT NULL,
  sealed bytea,
  url text NOT NULL,
  request_type text NOT NULL,
  input_file text NOT NULL,
  "window" text NOT NULL,
  expires_at bigint NOT NULL,
  metadata text,
  output_ttl_ms bigint NOT NULL,
  status text NOT NULL,
  errors text,
  total integer,
  taken integer NOT NULL,
  completed integer NOT NULL,
  failed integer NOT NULL,
  input_tokens double precision NOT NULL,
  output_tokens double precision NOT NULL,
  cost double precision,
  calls_without_cost integer NOT NULL,
  output_file text,
  error_file text,
  created_at bigint NOT NULL,
  in_progress_at bigint,
  finalizing_at bigint,
  completed_at bigint,
  failed_at bigint,
  expired_at bigint,
  cancelling_at bigint,
  cancelled_at bigint,
  CONSTRAINT batches_sealed CHECK (sealed IS NULL OR status IN ('validating', 'in_progress', 'finalizing', 'cancelling'))
);
CREATE INDEX batches_unfinished ON batches (number) WHERE status IN ('validating', 'in_progress', 'finalizing', 'cancelling');

CREATE TABLE batch_refusals (
  batch bigint NOT NULL REFERENCES batches (number) ON DELETE CASCADE,
  line integer NOT NULL,
  status_code integer NOT NULL,
  error text NOT NULL,
  PRIMARY KEY (batch, line)
);

CREATE TABLE conversations (
  number bigint PRIMARY KEY,
  id text NOT NULL,
  owner text NOT NULL,
  metadata text,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX conversations_expires_at ON conversations (expires_at);

CREATE TABLE conversation_items (
  conversation bigint NOT NULL REFERENCES conversations (number) ON DELETE CASCADE,
  place integer NOT NULL,
  id text NOT NULL,
  provider text,
  item text NOT NULL,
  PRIMARY KEY (conversation, place)
);
CREATE UNIQUE INDEX conversation_items_id ON conversation_items (conversation, id);
