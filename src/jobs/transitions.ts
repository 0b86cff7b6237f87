// What an outcome means for its job. Pure: the whole retry policy is this one table and the function that reads it.
// Longer than 350 lines: the policy is read, tested and documented as one table.
import type { Content, Outcome, UnreachedReason } from "../call.ts"
import { type ErrorFields, ownError, upstreamError, type WireError } from "../errors.ts"
import type { Claimed, Target } from "./job.ts"

/** What decide() must know of the job whose attempt ended. */
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

/** What an attempt's end left of the provider's keys for its job. */
export interface KeysLeft {
  /** What the job may still go out with when its key was refused; null: nothing. */
  choice: string | null
  /** When the first quota opens that it can go out under: epoch milliseconds, not after now when one is open. */
  opensAt: number
  /** Whether another provider is there to take it. */
  hasFallback: boolean
}

export interface RetryPolicy {
  maxRetries: number
  backoffInitialMs: number
  backoffMaxMs: number
}

/** The change an attempt's end asks for. Times are epoch milliseconds. */
export type Transition =
  | { to: "succeed"; result: string; usage: string | null; warnings?: string[]; content?: Content; isStaged?: boolean }
  /** Back to the queue; the try is spent. */
  | { to: "retry"; runAt: number; isLoss: boolean; isCrash: boolean }
  /** The provider works on it as an upstream job, which is polled at `runAt`; no try is spent. */
  | { to: "await"; state: string; runAt: number }
  /** Back to the queue until a quota is open, there in its place, or else until `runAt`; no try is spent. */
  | { to: "park"; runAt?: number }
  /** Back to its place in the queue, for another key; no try is spent. */
  | { to: "rotate"; keyChoice: string }
  /** `isFinal`: no other provider is asked either, because this one may have done the work. */
  | { to: "fail"; statusCode: number; error: WireError; raw?: string; isFinal?: true }
  /** Back to the queue for another provider; `error` is what this one failed with. */
  | { to: "fallBack"; next: Target; error: WireError }

type Verdict = "succeed" | "await" | "back off" | "wait" | "stand by" | "rotate" | "repeat" | "isolate" | "fail"

interface Rule {
  when: string
  matches(outcome: Outcome): boolean
  verdict: Verdict
  effect: string
}

const passing = [408, 409, 425]
/** An upstream job is asked after no more often than this, and no less, whatever time its provider names. */
const POLL_MS_MIN = 1000
const POLL_MS_MAX = 3_600_000
/** How long a provider is left alone that could not say how far its own job is. */
const POLL_BACKOFF_MS = 5000
/** A job that waits for the operator is tried again after as long again as it has waited, within these bounds. */
const STAND_BY_MS_MIN = 1000
const STAND_BY_MS_MAX = 300_000
/** A job that was out on a thread that died so often has killed it. */
const CRASHES_MAX = 2

/** Read from the top; the first rule that matches decides. docs/jobs.md shows this table. */
export const rules: readonly Rule[] = [
  {
    when: "2xx",
    matches: (o) => o.kind === "answered",
    verdict: "succeed",
    effect: "the answer is stored; the job is completed",
  },
  {
    when: "the provider works on it as an upstream job",
    matches: (o) => o.kind === "pending",
    verdict: "await",
    effect: "that job is asked after until it ends; a crash resumes it, and none of this spends a try",
  },
  {
    when: "2xx that cannot be read",
    matches: (o) => o.kind === "unreadable",
    verdict: "fail",
    effect: "failed, 502 `unreadable_response`, not retried: it was billed; the raw text is kept",
  },
  {
    when: "401, 402, 403, and a 429 that says that there is no money left",
    matches: (o) => o.kind === "refused" && o.isKeyRefused,
    verdict: "rotate",
    effect:
      "the key is out for this job, another is tried at once, no try is spent; none left: failed, 502 `upstream_credentials_exhausted`, with the provider's words",
  },
  {
    when: "429",
    matches: (o) => o.kind === "refused" && o.status === 429,
    verdict: "wait",
    effect:
      "closes the quota (provider, key, model) for the time that the answer names, but at least for 1 s, after the next 429 for 2 s, up to 60 s, until a call succeeds; another key is tried at once; with none open the job waits, spends no try and ends at its deadline; one with fallbacks goes to the next when the wait is longer than `retry_backoff_max`",
  },
  {
    when: "408, 409, 425, 5xx",
    matches: (o) => o.kind === "refused" && (passing.includes(o.status) || o.status >= 500),
    verdict: "back off",
    effect: "tried again after a backoff, or after the provider's `Retry-After` if that is later; spends a try",
  },
  {
    when: "other 4xx",
    matches: (o) => o.kind === "refused" && o.status >= 400,
    verdict: "fail",
    effect: "failed with the provider's own status, type, code, message and param",
  },
  {
    when: "1xx, 3xx",
    matches: (o) => o.kind === "refused",
    verdict: "fail",
    effect: "failed, 502 `upstream_redirect`: a redirect is never followed with a key in hand",
  },
  {
    when: "the configuration lacks what the call needs: credentials, an address, the request type; or has a key or header that no header can carry",
    matches: (o) => o.kind === "unreached" && o.reason === "misconfigured",
    verdict: "stand by",
    effect:
      "nothing goes out; tried again after as long again as the job has waited, 1 s to 5 min, until its deadline; spends no try. Where no key is configured that it could go out with, it is not even tried before there is one",
  },
  {
    when: "the stored request or the caller's own key cannot be read",
    matches: (o) => o.kind === "unreached" && o.reason === "not_sent",
    verdict: "fail",
    effect: "failed, 500 `request_lost`; nothing went out",
  },
  {
    when: "no connection: nothing went out",
    matches: (o) => o.kind === "unreached" && o.reason === "unconnected",
    verdict: "back off",
    effect: "tried again after a backoff; spends a try",
  },
  {
    when: "its thread died",
    matches: (o) => o.kind === "unreached" && o.reason === "crashed",
    verdict: "isolate",
    effect:
      "tried again alone on a thread, as far as a lost answer may be; when that dies too: failed, 502 `worker_crashed`",
  },
  {
    when: "the answer was lost: timeout, broken connection, end of the gateway",
    matches: (o) => o.kind === "unreached",
    verdict: "repeat",
    effect:
      "tried again after a backoff, spends a try; speech, transcription, images and ocr once at most, because each call is billed; `x-asyncgate-on-interrupt: retry` or `fail` says otherwise",
  },
]

/**
 * What becomes of a job whose attempt ended with `outcome`.
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
        const { body, usage, warnings, content } = outcome
        return {
          to: "succeed",
          result: body,
          usage,
          ...(warnings ? { warnings } : {}),
          ...(content ? { content } : {}),
        }
      }
      break
    case "rotate":
      // The upstream job belongs to the key that it was made with.
      if (keys.choice !== null && job.providerState === null) return { to: "rotate", keyChoice: keys.choice }
      break
    case "wait":
      if (!(keys.hasFallback && keys.opensAt > now + policy.backoffMaxMs)) return { to: "park" }
      break
    case "isolate":
      if (job.crashes + 1 >= CRASHES_MAX || !mayRepeat(job)) break
      return { to: "retry", runAt: now, isLoss: true, isCrash: true }
    case "repeat":
    case "back off": {
      const isLoss = verdict === "repeat"
      if (job.failures >= policy.maxRetries || (isLoss && !mayRepeat(job))) break
      const asked = outcome.kind === "refused" ? (outcome.retryAfterMs ?? 0) : 0
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

/** A poll of an upstream job that failed says nothing about that job. */
function isOnlyThePoll(outcome: Outcome): boolean {
  if (outcome.kind === "unreached") return outcome.reason !== "not_sent"
  if (outcome.kind !== "refused" || outcome.isEnd) return false
  return outcome.status === 429 || outcome.status >= 500 || passing.includes(outcome.status)
}

/** Whether a call whose answer was lost may be made once more. */
function mayRepeat({ losses, lossRetries }: Attempted): boolean {
  return lossRetries === null || losses < lossRetries
}

/**
 * A failure of a job that has targets left sends it to the next one; one that has none left ends with the first provider's
 * error. Anything but a failure stays what it is.
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

/** Half of the exponential step is certain, half is chance. `try_` counts from 1. */
export function computeBackoff(try_: number, policy: RetryPolicy, jitter: number): number {
  const step = Math.min(policy.backoffInitialMs * 2 ** (try_ - 1), policy.backoffMaxMs)
  return Math.round(step / 2 + (step / 2) * jitter)
}

/** A job whose attempt was cut off by the end of a process, or whose lease ran out with nobody holding it. */
export function decideInterrupted(job: Attempted, policy: RetryPolicy, now: number): Transition {
  // The upstream job goes on without us, so there is no second bill.
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
 * A job that still waited when its time was up.
 * @param missing what the configuration lacks for it, in words; null: nothing
 */
export function decideOverdue(job: Attempted, missing: string | null): Extract<Transition, { to: "fail" }> {
  const what = job.providerState === null ? "to be tried" : "for the upstream job"
  const why = missing === null ? "" : `: ${missing}`
  const words = `the job's deadline passed while it was waiting ${what}${why}`
  return makeFailure(ownError("deadline_exceeded", words, listFields(job)))
}

/** A job whose caller wants it no more. */
export function decideCancelled(job: ErrorFields): Extract<Transition, { to: "fail" }> {
  return makeFailure(ownError("job_cancelled", "the job was cancelled", job))
}

const NOT_REPEATED =
  "it is not sent again: the call may have been done and billed (x-asyncgate-on-interrupt: retry asks for it)"

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
      return { ...makeFailure(ownError("unreadable_response", outcome.message, fields)), raw: outcome.body }
    case "unreached": {
      const failed = makeFailure(describeUnreached(outcome, job, now))
      return isLost(outcome.reason) && job.lossRetries === 0 ? { ...failed, isFinal: true } : failed
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
  // The call was given no longer than the job has.
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
  misconfigured: "provider_connection_failed",
  not_sent: "request_lost",
} as const

function makeFailure(error: WireError): Extract<Transition, { to: "fail" }> {
  return { to: "fail", statusCode: error.status_code, error }
}

function listFields(job: Attempted): ErrorFields {
  return { provider: job.provider, model: job.model, requestType: job.requestType }
}
