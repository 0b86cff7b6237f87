// What keeps the jobs, as the engine asks it. A turn is data: the engine gathers changes, the store applies them as one commit and
// answers with a result for each. SQLite answers with values at once; another store may answer with promises.
import type { Content } from "../call.ts"
import type { Answer } from "./answer.ts"
import type { AttemptEnd, Claimed, ClosedQuota, JobFilter, Lane, NewJob, Start, State, Target } from "./job.ts"

/** Some pieces of a body, from the piece `seq` on. */
export interface BodyPart {
  kind: BodyKind
  seq: number
  bytes: Uint8Array
}

export const bodyKinds = ["request", "result", "content"] as const
export type BodyKind = (typeof bodyKinds)[number]

/** What an owner may have used since that day (see `countDays`) when a job of it is accepted; members that are missing do not limit. */
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

/** What each kind of change takes. */
export interface Changes {
  /** Stores a job; with `start` it goes out at once, as if it had been claimed in the same moment. */
  submit: {
    job: NewJob
    start: Start | null
    allowances: readonly Allowance[]
    /** It is not stored: only whether its Idempotency-Key came before is asked. */
    isRefused: boolean
  }
  /** Takes up to `limit` due jobs of a lane, oldest first, each with a new attempt, to go out with this key. */
  claim: {
    lane: Lane
    keyId: string | null
    leaseUntil: number
    limit: number
    /** When the lane's next job is due is asked even where as many jobs are there as may be taken. */
    asksNext: boolean
  }
  /** Takes up to `limit` waiting jobs whose upstream job is to be polled now, each under a new lease. */
  resume: { leaseMs: number; limit: number }
  /** Ends a job: the one way in which a job comes to its end. */
  finish: Finish
  /** Puts a running job back into the queue. */
  requeue: Requeue
  /** The provider works on it as an upstream job, to be polled at `runAt`. The attempt goes on: nothing is remembered of it yet. */
  await: { job: Claimed; state: string; runAt: number; closed: ClosedQuota | null }
  /** Ends jobs that have not ended, because their caller wants them no more. `end` is remembered where an attempt is under way. */
  cancel: { jobs: readonly { id: string; end: AttemptEnd }[] }
  /** Deletes a job with everything that belongs to it, whatever its state. */
  remove: { id: string }
  /** Asks for the state of a job as this turn leaves it. */
  look: { id: string }
  /** A part of a request that is coming in, before its job is there. */
  upload: { jobId: string; part: BodyPart }
  /** Requests that were being received do not become jobs: those of these ids; null: all that are there. */
  discard: { jobIds: readonly string[] | null }
  /** A part of the answer of an attempt that is under way, before the job ends with it. */
  stage: { job: Claimed; part: BodyPart }
  /** Deletes up to `limit` ended jobs that have expired, fewer where they are long. */
  prune: { limit: number }
  /** Forgets quotas that opened before, and spending of days before. */
  forget: { quotasBefore: number; daysBefore: number }
  /** The clock was set back by so much after the job `last` was made: what was unfinished waits no longer for that. */
  setBack: { byMs: number; last: number }
  /** A write that changes nothing, to know whether the disk takes writes. */
  probe: object
}

/** What became of each kind of change. */
export interface Results {
  submit: Submitted
  /** `nextRunAt` is when the lane's next job is due, null where it has none; undefined where it was not looked for. */
  claim: { jobs: Claimed[]; nextRunAt?: number | null }
  /** `nextAt` is when the next one is to be polled, or null. */
  resume: { jobs: Claimed[]; nextAt: number | null }
  /** Whether the job was in the state and at the attempt that the change names; else nothing was changed. */
  finish: boolean
  requeue: boolean
  /** The state that the job has then; null: it is not there. `isApplied` as in `finish`. */
  await: { isApplied: boolean; state: State | null }
  /** Those that were ended, each with the state that it had. */
  cancel: Left[]
  /** What was there, or null. */
  remove: Left | null
  look: State | null
  upload: null
  discard: null
  stage: null
  /** How many were deleted. */
  prune: number
  forget: null
  setBack: null
  probe: null
}

export type ChangeKind = keyof Changes
export type ChangeOf<Kind extends ChangeKind> = { kind: Kind } & Changes[Kind]
export type Change = { [Kind in ChangeKind]: ChangeOf<Kind> }[ChangeKind]

/** A job, and the state that it has left. */
export interface Left {
  job: Claimed
  state: State
}

export type Submitted =
  | { kind: "queued" }
  | { kind: "started"; job: Claimed }
  /** Nothing of these is stored. */
  | { kind: "replayed"; id: string }
  | { kind: "mismatch" }
  /** `allowance` is the place of the first that is used up. */
  | { kind: "overBudget"; allowance: number; spent: Spent }
  | { kind: "refused" }

/** A terminal transition: which job it leaves, and what it leaves of it. */
export interface Finish {
  job: Claimed
  /** The state that it ends in the store; with the attempt of `job` it is the fence. */
  from: "queued" | "waiting" | "running"
  state: "succeeded" | "failed" | "cancelled"
  statusCode: number
  /** The wire's error object, as JSON text. */
  error: string | null
  /** Whether it costs the job a try. */
  isFailure: boolean
  /** The attempt that ends with it; null: none was under way. */
  end: AttemptEnd | null
  answer: JobAnswer | null
}

/** What a job keeps of its provider's answer. */
export interface JobAnswer {
  /** JSON text; of a failed job what could not be read as a result. */
  result: string
  /** JSON text. */
  usage: string | null
  warnings?: readonly string[]
  content?: Content
  /** The bodies are stored already, part by part. */
  isStaged?: boolean
}

/** Back to the queue, due at `runAt`. */
export interface Requeue {
  job: Claimed
  end: AttemptEnd
  runAt: number
  /** What it may go out with then. */
  keyChoice: string
  /** What is spent of its tries. */
  spends: { isFailure: boolean; isLoss: boolean; isCrash: boolean }
  /** Its provider has failed it: on to another target, with tries of its own. `error` is kept if it is the first. */
  fallback: { next: Target; error: string; keepsSecret: boolean } | null
}

/** What the store was left with by the process before this one. */
export interface Remains {
  running: Claimed[]
  waiting: Claimed[]
  /** Requests that were being received. */
  uploads: string[]
  quotas: ClosedQuota[]
  /** When the newest job was made, and its number. */
  latestCreatedAt: number | null
  lastNumber: number
  queued: QueuedLane[]
  unfinished: Unfinished[]
}

/** How many jobs are queued in each lane. */
export type QueuedLane = Lane & { jobs: number }

/** How many jobs are in a state that is not an end. */
export interface Unfinished {
  state: "queued" | "running" | "waiting"
  provider: string
  /** Null: there are too many to look at each of them. */
  requestType: string | null
  count: number
}

/** All questions throw a `StoreError` where they cannot be answered, as `turn` does, or their promise does. */
export interface Store {
  /**
   * Applies all changes in their order, as one commit: all of it is on disk when this answers, or none of it when it throws. A
   * change that finds its job in another state or at another attempt than it names changes nothing, and its result says so.
   * @returns the result of each change, in their order
   * @throws {StoreError}
   */
  turn(now: number, changes: readonly Change[]): Answer<unknown[]>
  /** Asked once, at the start. */
  remains(): Answer<Remains>
  /** What is queued. Looks at every queued job: 0.1 s for a million. */
  queued(): Answer<QueuedLane[]>
  /** When the newest job was made, or null. */
  latestCreatedAt(): Answer<number | null>
  /** Running jobs whose lease ran out. */
  lapsed(now: number, limit: number): Answer<Claimed[]>
  /** Queued and waiting jobs whose deadline has passed. */
  overdue(now: number, limit: number): Answer<Claimed[]>
  /** When the first of them passes, or null. */
  nextDeadline(): Answer<number | null>
  /** Unfinished jobs that fit and were made by then, up to `limit` of them. */
  matching(filter: JobFilter, before: number, limit: number): Answer<string[]>
  /** The whole request of a job, JSON text. */
  requestBody(job: Claimed): Answer<string>
  /** A piece of a job's request, null past its end. */
  requestPiece(jobId: string, seq: number): Answer<Uint8Array | null>
  /** Gives up to so many free pages back to the disk; whether there are more to give. */
  shrink(pages: number): Answer<boolean>
  /** Puts what was deleted out of the log too; whether that is done. */
  fold(): Answer<boolean>
  close(): Answer<void>
}
