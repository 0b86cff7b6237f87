// The retry policy: decides from the outcome of an attempt what happens to its job. Pure: the rules are in retryrules.ts.
import type { Content, ConversationTurn, Outcome, UnreachedReason } from "../call.ts"
import { type ErrorFields, ownError, upstreamError, type WireError } from "../errors.ts"
import type { Claimed, Target } from "./job.ts"
import { isPassing, rules } from "./retryrules.ts"

/** What `decide` needs of the job whose attempt ended. */
export type Attempted = Pick<
  Claimed,
  | "requestType"
  | "provider"
  | "model"
  | "attempt"
  | "failures"
  | "losses"
  | "lossRetries"
  | "crashes"
  | "createdAt"
  | "deadlineAt"
  | "providerState"
>

/** Which of the provider's keys are left to a job after its attempt. */
export interface KeysLeft {
  /** The key choice that is left after the key was refused; null: no key is left. */
  choice: string | null
  /** When the first usable quota opens: epoch milliseconds, not after now where one is open. */
  opensAt: number
  /** Whether the job has an untried fallback. */
  hasFallback: boolean
}

export interface RetryPolicy {
  maxRetries: number
  backoffInitialMs: number
  backoffMaxMs: number
}

/** What happens to a job after an attempt. Times are epoch milliseconds. */
export type Transition =
  | {
      to: "succeed"
      result: string
      usage: string | null
      warnings?: string[]
      content?: Content
      turn?: ConversationTurn
      isStaged?: boolean
    }
  /** The job is queued again. This counts as a failure. */
  | { to: "retry"; runAt: number; isLoss: boolean; isCrash: boolean }
  /** The job waits for its upstream job, which is polled at `runAt`. This does not count as a failure. */
  | { to: "await"; state: string; runAt: number }
  /** The job is queued again until `runAt`, or in its old place until a quota opens. This does not count as a failure. */
  | { to: "park"; runAt?: number }
  /** The job is queued again in its old place, for another key. This does not count as a failure. */
  | { to: "rotate"; keyChoice: string }
  /** The job fails. `isFinal`: fallbacks are not tried, because the provider may have done the work. */
  | { to: "fail"; statusCode: number; error: WireError; raw?: string; isFinal?: true }
  /** The job is queued for a fallback. `error` is that of the provider that failed. */
  | { to: "fallBack"; next: Target; error: WireError }

/** The bounds of the interval between two polls of an upstream job, whatever interval the provider names. */
const POLL_MS_MIN = 1000
const POLL_MS_MAX = 3_600_000
/** The wait after a failed poll of an upstream job. */
const POLL_BACKOFF_MS = 5000
/** A job that waits for a change of the configuration is tried again when its age has doubled, within these bounds. */
const STAND_BY_MS_MIN = 1000
const STAND_BY_MS_MAX = 300_000
/** A job that had a call on this many threads that died is taken to be the cause. */
const CRASHES_MAX = 2

/**
 * Decides what happens to a job whose attempt ended with `outcome`.
 * @param jitter in [0, 1): spreads the retries of jobs that failed together
 */
export function decide(
  outcome: Outcome,
  job: Attempted,
  keys: KeysLeft,
  policy: RetryPolicy,
  now: number,
  jitter: number,
): Transition {
  const verdict = rules.find((rule) => rule.matches(outcome))?.verdict
  if (job.providerState !== null && isOnlyThePoll(outcome)) {
    const asked = outcome.kind === "refused" ? (outcome.retryAfterMs ?? 0) : 0
    const leastMs = verdict === "stand by" ? computeStandBy(job, now) : POLL_BACKOFF_MS
    return { to: "await", state: job.providerState, runAt: now + clamp(asked, leastMs, POLL_MS_MAX) }
  }
  // An upstream job can be polled only with the key that created it, as long as it goes on.
  const mayRotate = job.providerState === null || (outcome.kind === "refused" && outcome.isEnd === true)
  switch (verdict) {
    case "await":
      if (outcome.kind === "pending") {
        return { to: "await", state: outcome.state, runAt: now + clamp(outcome.afterMs, POLL_MS_MIN, POLL_MS_MAX) }
      }
      break
    case "stand by":
      return { to: "park", runAt: now + computeStandBy(job, now) }
    case "succeed":
      if (outcome.kind === "answered") {
        const { body, usage, warnings, content, turn } = outcome
        return {
          to: "succeed",
          result: body,
          usage,
          ...(warnings ? { warnings } : {}),
          ...(content ? { content } : {}),
          ...(turn ? { turn } : {}),
        }
      }
      break
    case "rotate":
      if (keys.choice !== null && mayRotate) return { to: "rotate", keyChoice: keys.choice }
      break
    case "wait":
      if (!(keys.hasFallback && keys.opensAt > now + policy.backoffMaxMs)) return { to: "park" }
      break
    case "isolate":
      if (job.crashes + 1 >= CRASHES_MAX || !mayRepeat(job)) break
      return { to: "retry", runAt: now, isLoss: true, isCrash: true }
    case "repeat":
    case "back off": {
      // Its wait is that of the key, and another key need not wait.
      if (isPaidByKey(outcome) && keys.choice !== null && mayRotate) return { to: "rotate", keyChoice: keys.choice }
      const isLoss = verdict === "repeat"
      if (job.failures >= policy.maxRetries || (isLoss && !mayRepeat(job))) break
      const asked = outcome.kind === "refused" ? (outcome.retryAfterMs ?? 0) : 0
      if (keys.hasFallback && asked > policy.backoffMaxMs) break
      const runAt = now + Math.max(asked, computeBackoff(job.failures + 1, policy, jitter))
      if (runAt < job.deadlineAt) return { to: "retry", runAt, isLoss, isCrash: false }
    }
  }
  return decideFailure(outcome, job, now)
}

function computeStandBy({ createdAt }: Attempted, now: number): number {
  return clamp(now - createdAt, STAND_BY_MS_MIN, STAND_BY_MS_MAX)
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most))
}

/** Whether only the poll of an upstream job failed, which says nothing about the upstream job. */
function isOnlyThePoll(outcome: Outcome): boolean {
  if (outcome.kind === "unreached") return outcome.reason !== "not_sent" && outcome.reason !== "gone"
  if (outcome.kind !== "refused" || outcome.isEnd) return false
  return outcome.status === 429 || isPassing(outcome)
}

/** Whether the account of the key is the reason of a refusal that passes. */
function isPaidByKey(outcome: Outcome): boolean {
  return outcome.kind === "refused" && (outcome.status === 402 || outcome.status === 403)
}

/** Whether a call whose answer was lost may be repeated. */
function mayRepeat({ losses, lossRetries }: Attempted): boolean {
  return lossRetries === null || losses < lossRetries
}

/**
 * Turns the failure of a job with untried fallbacks into a move to the next one. Without one, the job fails with the error of its
 * first provider. Other transitions are returned unchanged.
 */
export function redirectFailure(
  transition: Transition,
  fallbacks: readonly Target[],
  primaryError: WireError | null,
): Transition {
  if (transition.to !== "fail" || transition.isFinal) return transition
  const [next] = fallbacks
  if (next) return { to: "fallBack", next, error: transition.error }
  return primaryError === null
    ? transition
    : { ...transition, statusCode: primaryError.status_code, error: primaryError }
}

/** The exponential backoff before a retry: half of the step is fixed, the other half is multiplied by `jitter`. `try_` starts at 1. */
export function computeBackoff(try_: number, policy: RetryPolicy, jitter: number): number {
  const step = Math.min(policy.backoffInitialMs * 2 ** (try_ - 1), policy.backoffMaxMs)
  return Math.round(step / 2 + (step / 2) * jitter)
}

/** Decides what happens to a job whose attempt was interrupted: its process ended, or its lease expired while no thread had it. */
export function decideInterrupted(job: Attempted, policy: RetryPolicy, now: number): Transition {
  // The upstream job continues, so that polling it again costs nothing.
  if (job.providerState !== null) return { to: "await", state: job.providerState, runAt: now }
  const isOverdue = now >= job.deadlineAt
  if (job.failures < policy.maxRetries && !isOverdue && mayRepeat(job)) {
    return { to: "retry", runAt: now, isLoss: true, isCrash: false }
  }
  const what = `the gateway stopped while attempt ${job.attempt} was out`
  if (isOverdue) {
    return makeFailure(ownError("deadline_exceeded", `${what}, and the job's deadline has passed`, listFields(job)))
  }
  const why = mayRepeat(job) ? `no retry was left (max_retries ${policy.maxRetries})` : NOT_REPEATED
  const failed = makeFailure(ownError("interrupted", `${what}, and ${why}`, listFields(job)))
  return job.lossRetries === 0 ? { ...failed, isFinal: true } : failed
}

/**
 * The failure of a job whose deadline passed while it waited.
 * @param missing what the configuration lacks for the job, in words; null: nothing
 */
export function decideOverdue(job: Attempted, missing: string | null): Extract<Transition, { to: "fail" }> {
  const what = job.providerState === null ? "to be tried" : "for the upstream job"
  const why = missing === null ? "" : `: ${missing}`
  const words = `the job's deadline passed while it was waiting ${what}${why}`
  return makeFailure(ownError("deadline_exceeded", words, listFields(job)))
}

/** The end of a cancelled job. */
export function decideCancelled(job: ErrorFields): Extract<Transition, { to: "fail" }> {
  return makeFailure(ownError("job_cancelled", "the job was cancelled", job))
}

const NOT_REPEATED =
  "it is not sent again: the call may have been done and billed (x-asyncgate-on-interrupt: retry asks for it, unless a call of a function was streamed)"

function decideFailure(outcome: Outcome, job: Attempted, now: number): Transition {
  const fields = listFields(job)
  switch (outcome.kind) {
    case "refused": {
      if (outcome.status < 400) return makeFailure(ownError("upstream_redirect", outcome.refusal.message, fields))
      if (outcome.isKeyRefused) {
        const words = `the provider refused the key with ${outcome.status}: ${outcome.refusal.message}`
        return makeFailure(ownError("upstream_credentials_exhausted", words, fields))
      }
      return makeFailure(upstreamError(outcome.status, outcome.refusal, fields))
    }
    case "unreadable":
      return {
        ...makeFailure(ownError("unreadable_response", outcome.message, fields)),
        raw: outcome.body,
        ...(outcome.isFinal ? { isFinal: true } : {}),
      }
    case "unreached": {
      const failed = makeFailure(describeUnreached(outcome, job, now))
      const mayBeDone = isLost(outcome.reason) || job.providerState !== null
      return mayBeDone && job.lossRetries === 0 ? { ...failed, isFinal: true } : failed
    }
    case "answered":
    case "pending":
      throw new Error(`a call that is ${outcome.kind} does not fail`)
  }
}

function describeUnreached(
  { reason, message }: Extract<Outcome, { kind: "unreached" }>,
  job: Attempted,
  now: number,
): WireError {
  // The timeout of a call is never longer than the time until the deadline.
  if (reason === "timeout" && now >= job.deadlineAt) {
    return ownError("deadline_exceeded", `the job's deadline passed during the call: ${message}`, listFields(job))
  }
  const words = isLost(reason) && !mayRepeat(job) ? `${message}; ${NOT_REPEATED}` : message
  return ownError(unreachedCodes[reason], words, listFields(job))
}

/** Whether the provider may have done the work. */
function isLost(reason: UnreachedReason): boolean {
  return reason !== "unconnected" && reason !== "misconfigured" && reason !== "not_sent"
}

const unreachedCodes = {
  unconnected: "provider_connection_failed",
  timeout: "request_timed_out",
  network: "provider_connection_failed",
  aborted: "interrupted",
  crashed: "worker_crashed",
  gone: "provider_connection_failed",
  misconfigured: "provider_connection_failed",
  not_sent: "request_lost",
} as const

function makeFailure(error: WireError): Extract<Transition, { to: "fail" }> {
  return { to: "fail", statusCode: error.status_code, error }
}

function listFields(job: Attempted): ErrorFields {
  return { provider: job.provider, model: job.model, requestType: job.requestType }
}
