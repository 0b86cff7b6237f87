// The job: as it is submitted, as its attempt runs, and how its attempts are recorded. Types, and small values that go with them.
import type { Usage } from "../call.ts"

export const states = ["queued", "running", "waiting", "succeeded", "failed", "cancelled"] as const
export type State = (typeof states)[number]

/** The states in which a job stays until it is deleted. */
export const terminalStates: ReadonlySet<State> = new Set(["succeeded", "failed", "cancelled"])

export type UnfinishedState = Exclude<State, "succeeded" | "failed" | "cancelled">

export function isUnfinished(state: State): state is UnfinishedState {
  return !terminalStates.has(state)
}

export interface NewJob {
  id: string
  requestId: string
  requestType: string
  /** Empty for anyone who knows the id, else `vk:<id>` or `key:<digest>`. */
  owner: string
  provider: string
  model: string
  createdAt: number
  deadlineAt: number
  ttlMs: number
  /** 0 low, 1 normal, 2 high. */
  priority: number
  /** See providers/keys.ts. */
  keyChoice: string
  /** How often a lost answer may be retried; null: as often as other failures. */
  lossRetries: number | null
  /** JSON text; null where the body has been stored already under the id, as forms and large JSON texts are. */
  body: string | null
  /** `Form` and `Extras` of call.ts as JSON text. The extras contain no secrets. */
  form: string | null
  extras: string | null
  /** Warnings about parameters that the provider does not support, a JSON array of strings; null: no warnings. */
  warnings: string | null
  /** The targets to try when the primary one has failed: an array of `Target` as JSON text. */
  fallbacks: string | null
  /** A `CallerSecret`, encrypted, in base64. */
  secret: string | null
  idempotencyKey: string | null
  bodyDigest: string | null
  /** The id of the job whose request this one repeats. */
  originId: string | null
  /** The number of the webhook endpoint that is to be told of its end; null: the submit named none. */
  webhook: number | null
  /** The number of the batch that it belongs to, and its line there, counted from 1; null: none. */
  batch: number | null
  batchLine: number | null
}

/** A job with a running attempt: what the call is made from, and what `decide` needs. */
export interface Claimed extends Lane {
  /** The primary key of the row. */
  number: number
  id: string
  requestId: string
  requestType: string
  attempt: number
  failures: number
  losses: number
  lossRetries: number | null
  crashes: number
  /** When the job became due. */
  runAt: number
  deadlineAt: number
  startedAt: number
  createdAt: number
  ttlMs: number
  /** The adapter's state of the upstream job, as JSON text; null: there is no upstream job. */
  providerState: string | null
  /** The id of the configured key of this attempt, or the key choice of a caller's key; null: no key. */
  keyId: string | null
  form: string | null
  extras: string | null
  fallbacks: string | null
  /** How many of the fallbacks have been tried. */
  fallbacksTried: number
  primaryError: string | null
  secret: Uint8Array | null
  /** As in `NewJob`. */
  webhook: number | null
  batch: number | null
}

/** The start of an attempt: the key (as in `Claimed`), the time, and the end of the lease. */
export interface Start {
  keyId: string | null
  startedAt: number
  leaseUntil: number
}

/** A new job that has started, as a claim would return it. */
export function makeStartedJob(job: NewJob, start: Start, number: number, secret: Uint8Array | null): Claimed {
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
    webhook: job.webhook,
    batch: job.batch,
  }
}

/** A provider and one of its models. */
export interface Target {
  provider: string
  model: string
}

/** What decides when a queued job starts, apart from its age. Queued jobs with equal values form a lane. */
export interface Lane extends Target {
  keyChoice: string
  owner: string
  priority: number
}

/** Selects jobs by their state. Members that are null match every job. */
export interface StateFilter {
  states: readonly State[] | null
  /** Limits the queued jobs to those that were started before (true) or never (false). */
  isStarted: boolean | null
}

export function isInState(job: { state: State; attempt: number }, { states, isStarted }: StateFilter): boolean {
  return (
    (states === null || states.includes(job.state)) &&
    (isStarted === null || job.state !== "queued" || job.attempt > 0 === isStarted)
  )
}

/** The record of an attempt that a transition ends. */
export interface AttemptEnd {
  outcome: string
  status: number | null
  keyName: string | null
  reason: string | null
  upstreamRequestId: string | null
  used: Usage | null
  /** US dollars; null: not known. */
  cost: number | null
  /** The quota that the attempt closed, which is stored too; null: none. */
  closed: ClosedQuota | null
}

/** Events of a log that came together: lines of `eventline.ts`. */
export interface LoggedGroup {
  attempt: number
  /** The provider's number of the last of them; null: it is not known. */
  sequence: number | null
  lines: string[]
}

/** A quota that a 429 has closed. Times are epoch milliseconds. */
export interface ClosedQuota {
  provider: string
  /** Empty for calls without a key. */
  keyId: string
  model: string
  closedUntil: number
  spacingMs: number | null
}

/** Bodies are uploaded and stored in pieces of this size. 25 MB are read in 50 ms this way, and in 800 ms as one value. */
export const BODY_PIECE_BYTES = 256 * 1024

const DAY_MS = 86_400_000

/** Days since 1970, UTC. */
export function countDays(now: number): number {
  return Math.floor(now / DAY_MS)
}
