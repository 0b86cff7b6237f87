// What an outcome means for its job. Pure: the whole retry policy is this one table and the function that reads it.
import type { Content, Outcome } from "../call.ts"
import { type ErrorFields, ownError, upstreamError, type WireError } from "../errors.ts"
import type { Claimed, Target } from "./store.ts"

/** What decide() must know of the job whose attempt ended. */
export type Attempted = Pick<Claimed, "requestType" | "provider" | "model" | "attempt" | "failures" | "deadlineAt">

export interface RetryPolicy {
  maxRetries: number
  backoffInitialMs: number
  backoffMaxMs: number
}

/** The change an attempt's end asks for. Times are epoch milliseconds. */
export type Transition =
  | { to: "succeed"; result: string; usage: string | null; content?: Content }
  /** Back to the queue; the try is spent. */
  | { to: "retry"; runAt: number }
  /** Back to the queue until the provider wants us again; no try is spent. */
  | { to: "park"; runAt: number }
  | { to: "fail"; statusCode: number; error: WireError; raw?: string }
  /** Back to the queue for another provider; `error` is what this one failed with. */
  | { to: "fallBack"; next: Target; rest: Target[]; error: WireError }

type Verdict = "succeed" | "back off" | "wait" | "fail"

interface Rule {
  when: string
  matches(outcome: Outcome): boolean
  verdict: Verdict
  effect: string
}

const deadKey = [401, 402, 403]
const passing = [408, 409, 425, 429]

/** Read from the top; the first rule that matches decides. The README shows this table. */
export const rules: readonly Rule[] = [
  {
    when: "2xx",
    matches: (o) => o.kind === "answered",
    verdict: "succeed",
    effect: "the answer is stored; the job is completed",
  },
  {
    when: "2xx that cannot be read",
    matches: (o) => o.kind === "unreadable",
    verdict: "fail",
    effect: "failed, 502 `unreadable_response`, not retried: it was billed; the raw text is kept",
  },
  {
    when: "429 with a time to come back",
    matches: (o) => o.kind === "refused" && o.status === 429 && o.retryAfterMs !== null && o.retryAfterMs > 0,
    verdict: "wait",
    effect: "waits until then; spends no try; ends at the job's deadline",
  },
  {
    when: "408, 409, 425, 429, 5xx",
    matches: (o) => o.kind === "refused" && (passing.includes(o.status) || o.status >= 500),
    verdict: "back off",
    effect: "tried again after a backoff, or after the provider's `Retry-After` if that is later; spends a try",
  },
  {
    when: "401, 402, 403",
    matches: (o) => o.kind === "refused" && deadKey.includes(o.status),
    verdict: "fail",
    effect: "failed, 502 `upstream_credentials_exhausted`, with the provider's words",
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
    when: "the stored request or key cannot be read",
    matches: (o) => o.kind === "unreached" && o.reason === "unsendable",
    verdict: "fail",
    effect: "failed, 500 `request_lost`; nothing went out",
  },
  {
    when: "no answer: network, timeout, crashed worker",
    matches: (o) => o.kind === "unreached",
    verdict: "back off",
    effect: "tried again after a backoff; spends a try",
  },
]

/**
 * What becomes of a job whose attempt ended with `outcome`.
 * @param jitter in [0, 1): spreads the retries of jobs that failed together
 */
export function decide(outcome: Outcome, job: Attempted, policy: RetryPolicy, now: number, jitter: number): Transition {
  const rule = rules.find((candidate) => candidate.matches(outcome))
  if (rule?.verdict === "succeed" && outcome.kind === "answered") {
    const { body, usage, content } = outcome
    return { to: "succeed", result: body, usage, ...(content ? { content } : {}) }
  }
  if (rule?.verdict === "wait" && outcome.kind === "refused") {
    const runAt = now + Math.max(outcome.retryAfterMs ?? 0, backoffMs(1, policy, jitter))
    if (runAt < job.deadlineAt) return { to: "park", runAt }
  }
  if (rule?.verdict === "back off" && job.failures < policy.maxRetries) {
    const asked = outcome.kind === "refused" ? (outcome.retryAfterMs ?? 0) : 0
    const runAt = now + Math.max(asked, backoffMs(job.failures + 1, policy, jitter))
    if (runAt < job.deadlineAt) return { to: "retry", runAt }
  }
  return failure(outcome, job)
}

/**
 * A failure of a job that has targets left sends it to the next one; one that has none left ends with the first provider's
 * error. Anything but a failure stays what it is.
 */
export function orFallBack(
  transition: Transition,
  fallbacks: readonly Target[],
  primaryError: WireError | null,
): Transition {
  if (transition.to !== "fail") return transition
  const [next, ...rest] = fallbacks
  if (next) return { to: "fallBack", next, rest, error: transition.error }
  return primaryError === null
    ? transition
    : { ...transition, statusCode: primaryError.status_code, error: primaryError }
}

/** Half of the exponential step is certain, half is chance. `try_` counts from 1. */
export function backoffMs(try_: number, policy: RetryPolicy, jitter: number): number {
  const step = Math.min(policy.backoffInitialMs * 2 ** (try_ - 1), policy.backoffMaxMs)
  return Math.round(step / 2 + (step / 2) * jitter)
}

/** A job whose attempt was cut off by the end of a process, or whose lease ran out with nobody holding it. */
export function decideInterrupted(job: Attempted, policy: RetryPolicy, now: number): Transition {
  const isOverdue = now >= job.deadlineAt
  if (job.failures < policy.maxRetries && !isOverdue) return { to: "retry", runAt: now }
  const why = isOverdue ? "its deadline has passed" : `no retry was left (max_retries ${policy.maxRetries})`
  return fail(
    ownError(
      "interrupted",
      `the gateway stopped while attempt ${job.attempt} was under way, and ${why}`,
      fieldsOf(job),
    ),
  )
}

/** A job that was still queued when its time was up. */
export function decideOverdue(job: Attempted): Transition {
  return fail(
    ownError("deadline_exceeded", "the job's deadline passed while it was waiting to be tried", fieldsOf(job)),
  )
}

function failure(outcome: Outcome, job: Attempted): Transition {
  const fields = fieldsOf(job)
  switch (outcome.kind) {
    case "refused": {
      if (outcome.status < 400) return fail(ownError("upstream_redirect", outcome.refusal.message, fields))
      if (deadKey.includes(outcome.status)) {
        const words = `the provider refused the key with ${outcome.status}: ${outcome.refusal.message}`
        return fail(ownError("upstream_credentials_exhausted", words, fields))
      }
      return fail(upstreamError(outcome.status, outcome.refusal, fields))
    }
    case "unreadable":
      return { ...fail(ownError("unreadable_response", outcome.message, fields)), raw: outcome.body }
    case "unreached":
      return fail(ownError(unreachedCodes[outcome.reason], outcome.message, fields))
    case "answered":
      throw new Error("an answered call does not fail")
  }
}

const unreachedCodes = {
  timeout: "request_timed_out",
  network: "provider_connection_failed",
  aborted: "interrupted",
  crashed: "worker_crashed",
  unsendable: "request_lost",
} as const

function fail(error: WireError): Extract<Transition, { to: "fail" }> {
  return { to: "fail", statusCode: error.status_code, error }
}

function fieldsOf(job: Attempted): ErrorFields {
  return { provider: job.provider, model: job.model, requestType: job.requestType }
}
