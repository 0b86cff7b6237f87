// The interface between the engine and the store. A turn is data: the engine gathers changes, the store applies them as one commit
// and returns a result for each. SQLite returns values at once, another store may return promises.
import type { Batch, BatchStatus, LineRefusal, NewBatch, NewFile } from "../batches/batch.ts"
import type { Content, ConversationTurn } from "../call.ts"
import type {
  Delivery,
  DeliveryKey,
  DeliveryTry,
  EndedJob,
  WebhookEndpoint,
  WebhookHealth,
} from "../webhooks/webhook.ts"
import type { Answer } from "./answer.ts"
import type { ConversationChanges, ConversationResults } from "./conversation.ts"
import type { ExpiryChanges, ExpiryResults } from "./expiry.ts"
import type {
  AttemptEnd,
  Claimed,
  ClosedQuota,
  Lane,
  LoggedGroup,
  NewJob,
  Start,
  State,
  StateFilter,
  Target,
  UnfinishedState,
} from "./job.ts"

/** Consecutive pieces of a body. `seq` is the index of the first piece. */
export interface BodyPart {
  kind: BodyKind
  seq: number
  bytes: Uint8Array
}

export const bodyKinds = ["request", "result", "content"] as const
export type BodyKind = (typeof bodyKinds)[number]

/** What an owner may have used since a day (see `countDays`) for a job to be accepted. Missing members are not limited. */
export interface Allowance {
  since: number
  tokens?: number
  /** US dollars. */
  cost?: number
}

export interface Spent {
  tokens: number
  cost: number
}

/** The members of each kind of change. */
export interface Changes extends ConversationChanges, ExpiryChanges {
  /** Stores a job. With `start` the job is stored in the state `running`, as if it had been claimed at the same time. */
  submit: {
    job: NewJob
    start: Start | null
    allowances: readonly Allowance[]
    /** Whether the job must not be stored. Only its Idempotency-Key is looked up then. */
    isRefused: boolean
  }
  /** Starts an attempt of up to `limit` due jobs of a lane with this key, oldest jobs first. */
  claim: {
    lane: Lane
    keyId: string | null
    leaseUntil: number
    limit: number
    /** Whether the result needs `nextRunAt` even where `limit` jobs were taken. */
    asksNext: boolean
  }
  /** Moves up to `limit` waiting jobs whose upstream job is to be polled now to `running`, each with a new lease. */
  resume: { leaseMs: number; limit: number }
  /** Ends a job. Every terminal transition but `cancel` is this change. */
  finish: Finish
  /** Puts a running job back into the queue. */
  requeue: Requeue
  /** Makes a running job wait for its upstream job, to be polled at `runAt`. The attempt continues, so that no record is written. */
  await: { job: Claimed; state: string; runAt: number; closed: ClosedQuota | null }
  /**
   * Cancels those of the jobs that have not ended. `end` is recorded where a job has an open attempt. With `only` jobs in other
   * states are left alone.
   */
  cancel: { jobs: readonly Leaving[]; only?: StateFilter }
  /**
   * Deletes jobs, with everything that belongs to them: all of them, or fewer where their bodies are long. `only` is as for `cancel`.
   * An open attempt counts in what its day has used.
   */
  remove: { jobs: readonly Leaving[]; only?: StateFilter }
  /** Reads the state of a job as the changes before this one leave it. */
  look: { id: string }
  /** Stores a part of a request before its job exists. */
  upload: { jobId: string; part: BodyPart }
  /** Deletes uploaded requests that do not become jobs: those with these ids; null: all. */
  discard: { jobIds: readonly string[] | null }
  /** Stores a part of the answer of a running attempt, before the job ends with that answer. */
  stage: { job: Claimed; part: BodyPart }
  /**
   * Adds events to the log of a running attempt: lines of `eventline.ts`, or none. With `hasCall` one of them completes a call of a
   * function: the job is not repeated any more when its answer is lost. `sequence` is as in `LoggedGroup`. `state` is that of the
   * upstream job that the events come from; null: it is stored already, or there is none.
   */
  logEvents: {
    job: Claimed
    lines: string
    count: number
    hasCall: boolean
    sequence: number | null
    state: string | null
  }
  /** Compresses the event log of a job that has ended. */
  packEvents: { id: string }
  /** Stores a file whose bytes are on the disk. */
  saveFile: { file: NewFile }
  /** Deletes a file that no unfinished batch reads. */
  removeFile: { number: number }
  /** Stores a batch whose input file is there. */
  createBatch: { batch: NewBatch }
  /**
   * Moves a batch that has one of these statuses to another, or to the same one, and sets the members that are given. With it `files`
   * are stored, the results of the batch.
   */
  moveBatch: { number: number; from: readonly BatchStatus[]; to: BatchStatus; files?: readonly NewFile[] } & Partial<
    Pick<Batch, "errors" | "total" | "outputFile" | "errorFile">
  >
  /** Records that a line of a batch becomes no job. A second record of the line changes nothing. */
  refuseLine: { batch: number } & LineRefusal
  /** Makes ended jobs of a batch, those of the lines from `from` up to `to`, expire at this time where they would later. */
  expireBatchJobs: { batch: number; from: number; to: number; at: number }
  /** Deletes up to `limit` expired files, except inputs of unfinished batches, and as many batches that ended long ago. */
  pruneFiles: { limit: number }
  /** Moves the times of unfinished jobs and of quotas back, because the clock was set back after the job `last` was created. */
  setBack: { byMs: number; last: number }
  /** Stores a webhook endpoint: a new one (`number` null), or in the place of the one that is there. */
  saveWebhook: { number: number | null; endpoint: Omit<WebhookEndpoint, "number"> }
  /** Removes a webhook endpoint. Its deliveries are deleted by `pruneDeliveries`. */
  removeWebhook: { number: number }
  /** Records a try of a pending delivery, and how its endpoint is since. `attempts` is the fence: how many tries there were before. */
  deliver: {
    delivery: DeliveryKey
    attempts: number
    tried: DeliveryTry
    /** When it is due again, or how it has ended. */
    next: { state: "pending"; nextAt: number } | { state: "delivered" | "failed" | "exhausted" }
    health: WebhookHealth
  }
  /** Makes a delivery due now, pending or ended. */
  redeliver: { delivery: DeliveryKey }
  /** Deletes up to `limit` deliveries: ended ones from before a time or beyond the most of their endpoint, and those of removed endpoints. */
  pruneDeliveries: { before: number; limit: number }
  /** A write that changes nothing, to find out whether the disk takes writes. */
  probe: object
}

/** The result of each kind of change. */
export interface Results extends ConversationResults, ExpiryResults {
  submit: Submitted
  /** `nextRunAt` is when the lane's next job is due; null: the lane has no more; undefined: not read. */
  claim: { jobs: Claimed[]; nextRunAt?: number | null }
  /** `nextAt` is when the next upstream job is to be polled, or null. */
  resume: { jobs: Claimed[]; nextAt: number | null }
  /** Whether the job was in the state and at the attempt that the change names. If not, nothing was changed. */
  finish: boolean
  requeue: boolean
  /** `state` is that of the job afterwards; null: there is no such job. `isApplied` is as for `finish`. */
  await: { isApplied: boolean; state: State | null }
  /** The cancelled jobs, each with the state that it had. */
  cancel: Left[]
  /** The deleted jobs, and how many of the first ids were looked at. */
  remove: { left: Left[]; looked: number }
  look: State | null
  upload: null
  discard: null
  stage: null
  /** The place of the first of the events; null: there are none, or the attempt is not running any more. */
  logEvents: number | null
  packEvents: null
  setBack: null
  /** The number of the endpoint; null: it is not there. */
  saveWebhook: number | null
  /** Whether it was there. */
  removeWebhook: boolean
  /** Whether the delivery was pending after so many tries. If not, only the health of its endpoint was changed. */
  deliver: boolean
  /** Whether it is there. */
  redeliver: boolean
  /** How many were deleted. */
  pruneDeliveries: number
  saveFile: null
  /** Whether it was there, and no unfinished batch reads it. */
  removeFile: boolean
  /** Whether its input file was there. */
  createBatch: boolean
  /** Whether it had one of the statuses. */
  moveBatch: boolean
  refuseLine: null
  expireBatchJobs: null
  /** The ids of the deleted files. */
  pruneFiles: string[]
  probe: null
}

export type ChangeKind = keyof Changes
export type ChangeOf<Kind extends ChangeKind> = { kind: Kind } & Changes[Kind]
export type Change = { [Kind in ChangeKind]: ChangeOf<Kind> }[ChangeKind]

/** A job and the state that it had before the change. */
export interface Leaving {
  id: string
  /** How its open attempt ends, where it has one. */
  end: AttemptEnd
}

export interface Left {
  job: Claimed
  state: State
}

export type Submitted =
  | { kind: "queued" }
  | { kind: "started"; job: Claimed }
  /** The job is not stored with any of the following results. */
  | { kind: "replayed"; id: string }
  | { kind: "mismatch" }
  /** `allowance` is the position of the first allowance that is used up. */
  | { kind: "overBudget"; allowance: number; spent: Spent }
  | { kind: "refused" }

/** A terminal transition of a job. */
export interface Finish {
  job: Claimed
  /** The state that the job must have. Together with the attempt of `job` this is the fence. */
  from: UnfinishedState
  state: "succeeded" | "failed" | "cancelled"
  statusCode: number
  /** The wire's error object, as JSON text. */
  error: string | null
  /** Whether the end counts as a failure of the job's retry budget. */
  isFailure: boolean
  /** The record of the attempt that ends with the job; null: no attempt was open. */
  end: AttemptEnd | null
  answer: JobAnswer | null
}

/** What is stored of the provider's answer. */
export interface JobAnswer {
  /** JSON text; for a failed job the provider's unreadable answer. */
  result: string
  /** JSON text. */
  usage: string | null
  warnings?: readonly string[]
  content?: Content
  /** Is added to the conversation, if that is still there. */
  turn?: ConversationTurn
  /** Whether the bodies are already stored, part by part. */
  isStaged?: boolean
}

/** Returns a running job to the queue, due at `runAt`. */
export interface Requeue {
  job: Claimed
  end: AttemptEnd
  runAt: number
  /** Which keys the next attempt may use: see providers/keys.ts. */
  keyChoice: string
  /** Which counters of the job rise. */
  spends: { isFailure: boolean; isLoss: boolean; isCrash: boolean }
  /** Where the job moves to a fallback: the target, which has retries of its own, and the provider's error. The first error is kept. */
  fallback: { next: Target; error: string; keepsSecret: boolean } | null
}

/** What is due for an endpoint, the longest due first. */
export interface DueDeliveries {
  due: Delivery[]
  /** When the next is due, where fewer than the limit are due now; null: none. */
  nextAt: number | null
}

/** What the previous process left in the store. */
export interface Remains {
  running: Claimed[]
  waiting: Claimed[]
  /** The ids of requests that were being received. */
  uploads: string[]
  quotas: ClosedQuota[]
  /** When the newest job was created, and its number. */
  latestCreatedAt: number | null
  lastNumber: number
  queued: QueuedLane[]
  unfinished: Unfinished[]
}

/** A lane and how many jobs are queued in it. */
export type QueuedLane = Lane & { jobs: number }

/** How many jobs of a provider and request type are in an unfinished state. */
export interface Unfinished {
  state: UnfinishedState
  provider: string
  /** Null where there are too many jobs to look at each of them. */
  requestType: string | null
  count: number
}

/** Every function throws a `StoreError`, or rejects with one, if it fails. */
export interface Store {
  /**
   * Applies all changes in their order as one commit. All are on disk when this returns, none when this throws. A change whose job
   * has another state or attempt than the change names is not applied, and its result says so.
   * @returns the result of each change, in their order
   * @throws {StoreError}
   */
  turn(now: number, changes: readonly Change[]): Answer<unknown[]>
  /** Called once, at the start. */
  remains(): Answer<Remains>
  /** The lanes of the queue. This reads every queued job: 0.1 s for a million. */
  queued(): Answer<QueuedLane[]>
  /** Running jobs whose lease has expired. */
  lapsed(now: number, limit: number): Answer<Claimed[]>
  /** Queued and waiting jobs whose deadline has passed. */
  overdue(now: number, limit: number): Answer<Claimed[]>
  /** The earliest deadline of the queued and waiting jobs, or null. */
  nextDeadline(): Answer<number | null>
  /** The whole request of a job as JSON text. */
  requestBody(job: Claimed): Answer<string>
  /** A piece of a job's request, null past its end. */
  requestPiece(jobId: string, seq: number): Answer<Uint8Array | null>
  /** The event log of a job. */
  events(jobId: string): Answer<LoggedGroup[]>
  /** How many events that has. */
  eventCount(jobId: string): Answer<number>
  /** All webhook endpoints. */
  webhooks(): Answer<WebhookEndpoint[]>
  /** The pending deliveries of an endpoint that are due. */
  dueDeliveries(endpoint: number, now: number, limit: number): Answer<DueDeliveries>
  /** The delivery, or null. */
  delivery(delivery: DeliveryKey): Answer<Delivery | null>
  /**
   * A job that has ended, for a delivery; null: it has expired or was deleted.
   * @param resultBytesMax with a result of at most so many bytes; null: without its result
   */
  endedJob(id: string, now: number, resultBytesMax: number | null): Answer<EndedJob | null>
  /** Returns up to so many free pages of the database to the disk, and answers whether more are free. */
  shrink(pages: number): Answer<boolean>
  /** Removes deleted data from the write-ahead log too, and answers whether that is done. */
  purgeLog(): Answer<boolean>
  close(): Answer<void>
}
