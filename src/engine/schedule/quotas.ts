// The rate limit of each (provider, key, model). A 429 closes the quota until the time that it names; then the quota opens slowly,
// at the rate that the provider reported. `learn` takes every outcome, `countRoom` says how many calls may be made now, `opensAt` when
// that may change.
import type { Limits, Outcome } from "../../call.ts"
import type { ClosedQuota } from "../../jobs/job.ts"

/** How long a 429 closes the quota at least, whatever time it names. The time is doubled for each further 429. */
const CLOSED_MS_MIN = 1000
const CLOSED_MS_MAX = 60_000
/** After the quota opens one call may be in flight, and after each further period of this length twice as many. */
const DOUBLING_MS = 1000
/** After this time a thousand calls could be in flight, and there is no limit any more. */
const OPENING_MS = 10 * DOUBLING_MS
/** How long after a 429 calls are spaced at the rate that the provider reported. */
export const PACED_MS = 600_000
/** Allows for the network, which can bring calls closer together: else a window could get one call more than its limit. */
const JITTER_MS = 100
/** A reported rate with less time between calls than this is ignored: it cannot be true of a provider that has just sent a 429. */
const SPACING_MS_MIN = 1
/** How long a key that the provider refused is used only where no other key is available. */
const SHUNNED_MS = 60_000

export interface Quota extends ClosedQuota {
  /** When the spacing of calls allows the next one. */
  nextAt: number
  /** 429s since the last success, not counting those of calls that were in flight when the quota closed. */
  strikes: number
  inFlight: number
  /** How many lanes use the quota. */
  lanes: number
  /** Until when other keys are preferred. */
  shunnedUntil: number
  /** How many calls are allowed in `windowMs`, as the provider's answers reported; null: not known. */
  limit: number | null
  windowMs: number
}

export function openQuota(provider: string, keyId: string, model: string): Quota {
  return {
    provider,
    keyId,
    model,
    closedUntil: 0,
    spacingMs: null,
    nextAt: 0,
    strikes: 0,
    inFlight: 0,
    lanes: 0,
    shunnedUntil: 0,
    limit: null,
    windowMs: 0,
  }
}

/** How many calls may be made now. */
export function countRoom(quota: Quota, now: number): number {
  if (now < quota.closedUntil) return 0
  if (isPaced(quota, now)) return now < quota.nextAt ? 0 : 1
  const openMs = now - quota.closedUntil
  if (openMs >= OPENING_MS) return Number.POSITIVE_INFINITY
  return Math.max(0, 2 ** Math.floor(openMs / DOUBLING_MS) - quota.inFlight)
}

/** When time alone can make room in a quota that has none: epoch milliseconds. */
export function opensAt(quota: Quota, now: number): number {
  if (now < quota.closedUntil) return quota.closedUntil
  // Spacing ends after `PACED_MS`, which can be before the next call would be allowed.
  if (isPaced(quota, now)) return Math.min(Math.max(now, quota.nextAt), quota.closedUntil + PACED_MS)
  if (countRoom(quota, now) > 0) return now
  return quota.closedUntil + (Math.floor((now - quota.closedUntil) / DOUBLING_MS) + 1) * DOUBLING_MS
}

/** Counts calls that start. */
export function reserveCalls(quota: Quota, calls: number, now: number): void {
  quota.inFlight += calls
  if (quota.spacingMs !== null) quota.nextAt = now + Math.ceil(quota.spacingMs) * calls
}

/** Corrects the count where only `used` of `calls` start. @param nextAt the value before `start` */
export function giveBackCalls(quota: Quota, used: number, calls: number, nextAt: number, now: number): void {
  quota.inFlight -= calls - used
  if (quota.spacingMs !== null) quota.nextAt = used === 0 ? nextAt : now + Math.ceil(quota.spacingMs) * used
}

/**
 * When a call that was counted before but not sent yet may be sent: epoch milliseconds, `now` for at once.
 * @param countedAt when it was counted, where it has only waited for the commit of its claim: it has its turn unless a 429 came since
 */
export function admit(quota: Quota, now: number, countedAt = Number.NEGATIVE_INFINITY): number {
  if (now < quota.closedUntil && quota.closedUntil > countedAt) return quota.closedUntil
  if (isPaced(quota, now) && now < quota.nextAt && quota.closedUntil > countedAt) return quota.nextAt
  if (quota.spacingMs !== null) quota.nextAt = now + Math.ceil(quota.spacingMs)
  return now
}

/** Updates a quota from the outcome of a call, and returns whether the change must be stored. */
export function learn(quota: Quota, outcome: Outcome, sentAt: number, now: number): boolean {
  if (outcome.kind === "unreached") return false
  observe(quota, outcome.upstream.limits)
  if (outcome.kind !== "refused") {
    // The success of a call from before the quota was closed says nothing about the time after it opened.
    if (sentAt >= quota.closedUntil) quota.strikes = 0
    return false
  }
  if (outcome.isKeyRefused) {
    quota.shunnedUntil = now + SHUNNED_MS
    return false
  }
  if (outcome.status !== 429) return false
  // A late 429 belongs to a call that was in flight when the first 429 closed the quota.
  const isLate = sentAt < quota.closedUntil && now < quota.closedUntil && quota.strikes > 0
  if (!isLate) quota.strikes++
  const leastMs = isLate ? 0 : Math.min(CLOSED_MS_MIN * 2 ** (quota.strikes - 1), CLOSED_MS_MAX)
  // Without a minimum, a 429 with a short time or none would be followed by another at once, as fast as the provider answers.
  const until = now + Math.max(outcome.retryAfterMs ?? 0, leastMs)
  const spacingMs = computeSpacing(quota)
  if (until <= quota.closedUntil && spacingMs === quota.spacingMs) return false
  quota.closedUntil = Math.max(until, quota.closedUntil)
  quota.spacingMs = spacingMs
  return true
}

/** Whether the quota has no effect any more. */
export function isForgettable(quota: Quota, now: number): boolean {
  return quota.inFlight === 0 && now >= quota.closedUntil + PACED_MS && now >= quota.shunnedUntil
}

/** Whether calls are spaced. */
export function isPaced(quota: Quota, now: number): boolean {
  return quota.spacingMs !== null && now < quota.closedUntil + PACED_MS
}

function observe(quota: Quota, limits: Limits | null): void {
  const requests = limits?.requests
  if (!requests) return
  if (requests.limit !== null && requests.limit > 0) quota.limit = requests.limit
  // Providers report the rest of the window: the longest rest that was seen is closest to the whole window.
  if (requests.resetMs !== null) quota.windowMs = Math.max(quota.windowMs, requests.resetMs)
}

function computeSpacing({ limit, windowMs, spacingMs }: Quota): number | null {
  if (limit === null || windowMs === 0) return spacingMs
  const reportedMs = (windowMs + JITTER_MS) / limit
  return reportedMs < SPACING_MS_MIN ? null : reportedMs
}
