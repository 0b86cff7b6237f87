// What providers allow of (provider, key, model): closed by a 429 until its time, then opened slowly, at the pace the provider tells.
// Every answer goes in by `learn`; how many calls may go out now is `countRoom`, when that may change is `opensAt`.
import type { Limits, Outcome } from "../../call.ts"
import type { ClosedQuota } from "../../jobs/job.ts"

/** How long a 429 closes at least, whatever time it names: doubled for each that follows. */
const CLOSED_MS_MIN = 1000
const CLOSED_MS_MAX = 60_000
/** After an opening one call may be out, after each such time twice as many. */
const DOUBLING_MS = 1000
/** By then a thousand calls could be out: the opening is over. */
const OPENING_MS = 10 * DOUBLING_MS
/** For so long after a 429 its pace is kept. */
export const PACED_MS = 600_000
/** By so much calls may come together on their way: without it a window could see one more than its limit. */
const JITTER_MS = 100
/** A provider that says that it takes more calls than this, and has just refused one, tells no pace that could be kept. */
const SPACING_MS_MIN = 1
/** A key that a provider refused is the last choice for so long: each job that tries it is sent in vain. */
const SHUNNED_MS = 60_000

export interface Quota extends ClosedQuota {
  /** When the next call may go out at the pace that is kept. */
  nextAt: number
  /** 429s since the last success, without those of calls that were out when it was closed. */
  strikes: number
  inFlight: number
  /** How many lanes there are that can go out under it. */
  lanes: number
  /** Until when other keys are preferred. */
  shunnedUntil: number
  /** The most calls in `windowMs`, as far as answers told. */
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

/** How many calls may go out now. */
export function countRoom(quota: Quota, now: number): number {
  if (now < quota.closedUntil) return 0
  if (isPaced(quota, now)) return now < quota.nextAt ? 0 : 1
  const openMs = now - quota.closedUntil
  if (openMs >= OPENING_MS) return Number.POSITIVE_INFINITY
  return Math.max(0, 2 ** Math.floor(openMs / DOUBLING_MS) - quota.inFlight)
}

/** When a quota that has no room may have some by the passing of time: epoch milliseconds. */
export function opensAt(quota: Quota, now: number): number {
  if (now < quota.closedUntil) return quota.closedUntil
  // Where the time between two calls is longer than the pace is kept, that ends first.
  if (isPaced(quota, now)) return Math.min(Math.max(now, quota.nextAt), quota.closedUntil + PACED_MS)
  if (countRoom(quota, now) > 0) return now
  return quota.closedUntil + (Math.floor((now - quota.closedUntil) / DOUBLING_MS) + 1) * DOUBLING_MS
}

/** So many calls go out. */
export function start(quota: Quota, calls: number, now: number): void {
  quota.inFlight += calls
  if (quota.spacingMs !== null) quota.nextAt = now + Math.ceil(quota.spacingMs) * calls
}

/** Of `calls` that were started, only so many go out. @param nextAt as the quota had it before */
export function restart(quota: Quota, used: number, calls: number, nextAt: number, now: number): void {
  quota.inFlight -= calls - used
  if (quota.spacingMs !== null) quota.nextAt = used === 0 ? nextAt : now + Math.ceil(quota.spacingMs) * used
}

/** When a call that was started before, and was kept back since, may go out: epoch milliseconds; `now`: it goes. */
export function admit(quota: Quota, now: number): number {
  if (now < quota.closedUntil) return quota.closedUntil
  if (isPaced(quota, now) && now < quota.nextAt) return quota.nextAt
  if (quota.spacingMs !== null) quota.nextAt = now + Math.ceil(quota.spacingMs)
  return now
}

/** What an attempt's end tells of its quota; whether that must be remembered. */
export function learn(quota: Quota, outcome: Outcome, sentAt: number, now: number): boolean {
  if (outcome.kind === "unreached") return false
  observe(quota, outcome.upstream.limits)
  if (outcome.kind !== "refused") {
    // An answer to a call from before the closing says nothing about the opening.
    if (sentAt >= quota.closedUntil) quota.strikes = 0
    return false
  }
  if (outcome.isKeyRefused) {
    quota.shunnedUntil = now + SHUNNED_MS
    return false
  }
  if (outcome.status !== 429) return false
  // One of many that were out when the first was refused.
  const isLate = sentAt < quota.closedUntil && now < quota.closedUntil && quota.strikes > 0
  if (!isLate) quota.strikes++
  const leastMs = isLate ? 0 : Math.min(CLOSED_MS_MIN * 2 ** (quota.strikes - 1), CLOSED_MS_MAX)
  // A time that is too short, or none at all, would be a second refusal at once, and so on as fast as the provider answers.
  const until = now + Math.max(outcome.retryAfterMs ?? 0, leastMs)
  const spacingMs = computeSpacing(quota)
  if (until <= quota.closedUntil && spacingMs === quota.spacingMs) return false
  quota.closedUntil = Math.max(until, quota.closedUntil)
  quota.spacingMs = spacingMs
  return true
}

/** Whether nothing has to be known of it any more. */
export function isForgettable(quota: Quota, now: number): boolean {
  return quota.inFlight === 0 && now >= quota.closedUntil + PACED_MS && now >= quota.shunnedUntil
}

function isPaced(quota: Quota, now: number): boolean {
  return quota.spacingMs !== null && now < quota.closedUntil + PACED_MS
}

function observe(quota: Quota, limits: Limits | null): void {
  const requests = limits?.requests
  if (!requests) return
  if (requests.limit !== null && requests.limit > 0) quota.limit = requests.limit
  // The rest of a window is no window: the longest that was seen is the nearest to it.
  if (requests.resetMs !== null) quota.windowMs = Math.max(quota.windowMs, requests.resetMs)
}

function computeSpacing({ limit, windowMs, spacingMs }: Quota): number | null {
  if (limit === null || windowMs === 0) return spacingMs
  const reportedMs = (windowMs + JITTER_MS) / limit
  return reportedMs < SPACING_MS_MIN ? null : reportedMs
}
