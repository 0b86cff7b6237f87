// What a job is: as it is submitted, as it goes out, and how its attempts are remembered. Types, and what their readers share.
import type { Usage } from "../call.ts"

export const states = ["queued", "running", "waiting", "succeeded", "failed", "cancelled"] as const
export type State = (typeof states)[number]

/** A job in one of these stays as it is until it is deleted. */
export const terminalStates: ReadonlySet<State> = new Set(["succeeded", "failed", "cancelled"])

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
  /** How many attempts whose answer was lost may be made good by another call; null: as many as retries. */
  lossRetries: number | null
  /** JSON text; null: it has been stored under this id, as every form and every large JSON text is. */
  body: string | null
  /** A `Form` of call.ts, and `Extras` that are no secret, as JSON text. */
  form: string | null
  extras: string | null
  /** What of the request its provider does not take, a JSON list of texts; null: nothing. */
  warnings: string | null
  /** The targets to try when this one has failed, as JSON text: a list of `Target`. */
  fallbacks: string | null
  /** A `CallerSecret`, sealed; as base64. */
  secret: string | null
  idempotencyKey: string | null
  bodyDigest: string | null
}

/** A job with an attempt under way: what the call is made of and what decide() must know. */
export interface Claimed extends Lane {
  /** What the store finds it by. */
  number: number
  id: string
  requestId: string
  requestType: string
  attempt: number
  failures: number
  losses: number
  lossRetries: number | null
  crashes: number
  /** Since when it was due. */
  runAt: number
  deadlineAt: number
  startedAt: number
  createdAt: number
  ttlMs: number
  /** What is known of the upstream job, as JSON text; null: there is none. */
  providerState: string | null
  /** The configured key of this attempt, or the choice that stands for the caller's own; null: none. */
  keyId: string | null
  form: string | null
  extras: string | null
  fallbacks: string | null
  /** How many of them have been gone to. */
  fallbacksTried: number
  primaryError: string | null
  secret: Uint8Array | null
}

/** How a job goes out: with which key, or the choice that stands for the caller's own, and until when its answer is awaited. */
export interface Start {
  keyId: string | null
  startedAt: number
  leaseUntil: number
}

/** A provider and its model, as a job may go to. */
export interface Target {
  provider: string
  model: string
}

/** Queued jobs that are alike in all that decides when they go out but their age. */
export interface Lane extends Target {
  keyChoice: string
  owner: string
  priority: number
}

/** Which jobs to end: members that are null do not narrow. */
export interface JobFilter {
  owner: string | null
  provider: string | null
  model: string | null
  requestType: string | null
  /** Those that were never started (true), those that were (false). */
  isPending: boolean | null
}

/** How the attempt that a transition ends is remembered. */
export interface AttemptEnd {
  outcome: string
  status: number | null
  keyName: string | null
  reason: string | null
  upstreamRequestId: string | null
  used: Usage | null
  /** US dollars; null: not known. */
  cost: number | null
  /** What it closed, to be remembered with it; null: nothing. */
  closed: ClosedQuota | null
}

/** What a 429 has closed. Times are epoch milliseconds. */
export interface ClosedQuota {
  provider: string
  /** Empty: calls without a key. */
  keyId: string
  model: string
  closedUntil: number
  spacingMs: number | null
}

/** Bodies are uploaded and stored in pieces of this size: 25 MB are read in 50 ms, and as one value in 800 ms. */
export const BODY_PIECE_BYTES = 256 * 1024

const DAY_MS = 86_400_000

/** Days since 1970, UTC. */
export function countDays(now: number): number {
  return Math.floor(now / DAY_MS)
}
