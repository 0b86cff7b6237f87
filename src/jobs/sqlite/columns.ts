// Maps the members of a job to columns. Inserts, selects and returned rows derive from this map.
import { sql } from "drizzle-orm"
import type { Claimed, NewJob, Start } from "../job.ts"
import { jobs } from "./tables.ts"

const columns = {
  number: jobs.number,
  id: jobs.id,
  requestId: jobs.request_id,
  requestType: jobs.request_type,
  owner: jobs.owner,
  provider: jobs.provider,
  model: jobs.model,
  state: jobs.state,
  priority: jobs.priority,
  keyChoice: jobs.key_choice,
  keyId: jobs.key_id,
  attempt: jobs.attempt,
  failures: jobs.failures,
  losses: jobs.losses,
  lossRetries: jobs.loss_retries,
  crashes: jobs.crashes,
  createdAt: jobs.created_at,
  runAt: jobs.run_at,
  deadlineAt: jobs.deadline_at,
  startedAt: jobs.started_at,
  leaseUntil: jobs.lease_until,
  ttlMs: jobs.ttl_ms,
  form: jobs.form,
  extras: jobs.extras,
  fallbacks: jobs.fallbacks,
  fallbacksTried: jobs.fallbacks_tried,
  primaryError: jobs.primary_error,
  providerState: jobs.provider_state,
  secret: jobs.secret,
  idempotencyKey: jobs.idempotency_key,
  bodyDigest: jobs.body_digest,
  warnings: jobs.warnings,
}

function pick<Member extends keyof typeof columns>(...members: Member[]): Pick<typeof columns, Member> {
  return Object.fromEntries(members.map((member) => [member, columns[member]])) as Pick<typeof columns, Member>
}

export const laneColumns = pick("provider", "model", "keyChoice", "owner", "priority")

/** The columns of a `Claimed`. */
export const claimedColumns = {
  ...laneColumns,
  ...pick("number", "id", "requestId", "requestType", "keyId", "attempt", "failures", "losses", "lossRetries"),
  ...pick("crashes", "runAt", "deadlineAt", "createdAt", "ttlMs", "providerState", "form", "extras"),
  ...pick("fallbacks", "fallbacksTried", "primaryError", "secret"),
  // A claimed job has always been started.
  startedAt: sql<number>`${columns.startedAt}`,
}

/** The values that are bound when a row is inserted. */
export type Inserted = Omit<NewJob, "body" | "secret"> &
  (Start | { [Member in keyof Start]: null }) & {
    number: number
    state: string
    attempt: number
    secret: Buffer | null
  }

const insertedMembers = [
  ...(["number", "id", "requestId", "requestType", "owner", "provider", "model", "state", "priority"] as const),
  ...(["keyChoice", "keyId", "attempt", "lossRetries", "createdAt", "deadlineAt", "startedAt", "leaseUntil"] as const),
  ...(["ttlMs", "form", "extras", "warnings", "fallbacks", "secret", "idempotencyKey", "bodyDigest"] as const),
] satisfies (keyof Inserted)[]

/** The bound and the constant values of a new row. A new job is due when it is created. */
export const insertedValues = {
  ...(Object.fromEntries(insertedMembers.map((member) => [columns[member].name, sql.placeholder(member)])) as Record<
    string,
    never
  >),
  failures: 0,
  losses: 0,
  crashes: 0,
  run_at: sql.placeholder("createdAt"),
} as unknown as typeof jobs.$inferInsert

/** The columns that are cleared when a job ends. */
export const wiped = { secret: null, extras: null }

/** A new job that has started, as a claim would return it. */
export function makeStartedJob(job: NewJob, start: Start, number: number, secret: Buffer | null): Claimed {
  return {
    number,
    id: job.id,
    requestId: job.requestId,
    requestType: job.requestType,
    provider: job.provider,
    model: job.model,
    keyChoice: job.keyChoice,
    owner: job.owner,
    priority: job.priority,
    attempt: 1,
    failures: 0,
    losses: 0,
    lossRetries: job.lossRetries,
    crashes: 0,
    runAt: job.createdAt,
    deadlineAt: job.deadlineAt,
    startedAt: start.startedAt,
    createdAt: job.createdAt,
    ttlMs: job.ttlMs,
    providerState: null,
    keyId: start.keyId,
    form: job.form,
    extras: job.extras,
    fallbacks: job.fallbacks,
    fallbacksTried: 0,
    primaryError: null,
    secret,
  }
}
