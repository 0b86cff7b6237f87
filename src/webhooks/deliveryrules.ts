// The retry policy of deliveries: what follows from the outcome of a try, for the delivery and for its endpoint. Pure.
import type { PostOutcome } from "./post.ts"
import type { Delivery, DeliveryState, DeliveryTry, TryOutcome, WebhookEndpoint, WebhookHealth } from "./webhook.ts"

/** What an endpoint decides of retries. */
export type DeliveryPolicy = Pick<
  WebhookEndpoint,
  "schedule" | "maxRetries" | "retryBackoffInitialMs" | "retryBackoffMaxMs"
>

/** What follows from a try. */
export interface Verdict {
  outcome: TryOutcome
  next: { state: "pending"; nextAt: number } | { state: Exclude<DeliveryState, "pending"> }
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The waits of the schedule `standard`: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const STANDARD_WAITS_MS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
]
/** Every wait is longer or shorter by up to this share, so that what failed together is not tried together. */
const JITTER = 0.2
/** A receiver is not believed that asks for a longer wait. */
const RETRY_AFTER_MS_MAX = DAY
/** An endpoint of which nothing has succeeded for so long, in so many tries, is turned off. */
const FAILING_MS_MAX = 5 * DAY
const FAILURES_MIN = 20
const GONE = 410

/** @param jitter in [0, 1) */
export function decideDelivery(
  tried: PostOutcome,
  { failures }: Pick<Delivery, "failures">,
  policy: DeliveryPolicy,
  now: number,
  jitter: number,
): Verdict {
  if (isDelivered(tried)) return { outcome: "delivered", next: { state: "delivered" } }
  if (!isPassing(tried)) return { outcome: "permanent_failure", next: { state: "failed" } }
  const waitMs = findWait(failures, policy, jitter)
  if (waitMs === null) return { outcome: "exhausted", next: { state: "exhausted" } }
  const asked = tried.kind === "answered" ? Math.min(tried.retryAfterMs ?? 0, RETRY_AFTER_MS_MAX) : 0
  return { outcome: "retryable_failure", next: { state: "pending", nextAt: now + Math.max(waitMs, asked) } }
}

function isDelivered(tried: PostOutcome): boolean {
  return tried.kind === "answered" && tried.status >= 200 && tried.status < 300
}

/** Whether a later try may succeed. */
function isPassing(tried: PostOutcome): boolean {
  if (tried.kind === "refused") return !tried.isLasting
  return tried.kind === "unreached" || tried.status === 408 || tried.status === 429 || tried.status >= 500
}

/** The wait after a failure, milliseconds; null: there is no further try. @param failures those before it */
function findWait(failures: number, policy: DeliveryPolicy, jitter: number): number | null {
  const spread = 1 + JITTER * (2 * jitter - 1)
  if (policy.schedule === "standard") {
    const waitMs = STANDARD_WAITS_MS[failures]
    return waitMs === undefined ? null : Math.round(waitMs * spread)
  }
  if (failures >= policy.maxRetries) return null
  const { retryBackoffInitialMs, retryBackoffMaxMs } = policy
  const stepMs = Math.min(retryBackoffInitialMs * 2 ** failures, retryBackoffMaxMs)
  return Math.min(Math.round(stepMs * spread), retryBackoffMaxMs)
}

/** How an endpoint is after a try. */
export function decideHealth(tried: PostOutcome, before: WebhookHealth, now: number): WebhookHealth {
  if (isDelivered(tried)) return { ...before, consecutiveFailures: 0, failingSince: null, lastSuccessAt: now }
  const failingSince = before.failingSince ?? now
  const consecutiveFailures = before.consecutiveFailures + 1
  const health = { ...before, consecutiveFailures, failingSince, lastFailureAt: now }
  if (before.disabledReason !== null) return health
  const reason = findReasonToDisable(tried, consecutiveFailures, now - failingSince)
  return reason === null ? health : { ...health, disabledReason: reason, disabledAt: now }
}

function findReasonToDisable(tried: PostOutcome, failures: number, failingMs: number): string | null {
  if (tried.kind === "answered" && tried.status === GONE) return "the receiver answered 410: it is gone"
  if (failingMs < FAILING_MS_MAX || failures < FAILURES_MIN) return null
  return `all of ${failures} tries have failed, for ${Math.floor(failingMs / DAY)} days`
}

/** What is kept of the words of a receiver. */
const ERROR_CHARS_MAX = 1000

/** The record of a try. @param attempt its number, from 1 */
export function describeTry(tried: PostOutcome, outcome: TryOutcome, attempt: number, at: number): DeliveryTry {
  return {
    attempt,
    at,
    outcome,
    status: tried.kind === "answered" ? tried.status : null,
    error: describeFailure(tried)?.slice(0, ERROR_CHARS_MAX) ?? null,
    tookMs: tried.kind === "refused" ? 0 : tried.tookMs,
  }
}

/** What went wrong in a try, in words; null: nothing. */
function describeFailure(tried: PostOutcome): string | null {
  if (isDelivered(tried)) return null
  if (tried.kind !== "answered") return tried.reason
  return `the receiver answered ${tried.status}${tried.snippet === "" ? "" : `: ${tried.snippet}`}`
}
