// What the simulated providers have forbidden by a 429: until when, and at what pace after that. It is computed from the
// outcomes that were sent alone, beside the gateway's own account of the same.
import type { Outcome } from "../../src/call.ts"
import { PACED_MS } from "../../src/engine/schedule/quotas.ts"
import type { Pace } from "./steps.ts"
import type { OutCall } from "./threads.ts"

interface Closing {
  until: number
  pace: Pace | null
}

interface Quota {
  known: Closing
  /** What a process that starts again must still know. */
  stored: Closing
  /** When calls went out since a pace was told. */
  starts: number[]
}

const open: Closing = { until: 0, pace: null }
/** What a 429 that names no time closes at least. */
const UNNAMED_MS = 1000

export class Closings {
  private readonly quotas = new Map<string, Quota>()
  /** 429s whose attempts are not on disk yet. */
  private readonly unstored = new Map<string, Quota>()

  private of({ provider, model, keyId, callerKey: ownKey }: OutCall): Quota {
    const name = `${provider} ${keyId ?? (ownKey === null ? "" : "own")} ${model}`
    const known = this.quotas.get(name)
    if (known) return known
    const quota = { known: open, stored: open, starts: [] }
    this.quotas.set(name, quota)
    return quota
  }

  /** The engine has been told how a call ended. */
  told(call: OutCall, outcome: Outcome, now: number): void {
    if (outcome.kind !== "refused" || outcome.status !== 429 || outcome.isKeyRefused) return
    const quota = this.of(call)
    const requests = outcome.upstream.limits?.requests
    // One of those that were out when another was refused tells nothing new, unless it names a time. No milliseconds are no time.
    const isLate = call.startedAt < quota.known.until
    const closedMs = outcome.retryAfterMs || (isLate ? null : UNNAMED_MS)
    const closing = {
      until: closedMs === null ? 0 : now + closedMs,
      pace: requests ? { limit: requests.limit ?? 0, resetMs: requests.resetMs ?? 0 } : null,
    }
    if (closing.pace !== null) quota.starts = []
    quota.known = merge(quota.known, closing, now)
    this.unstored.set(`${call.jobId} ${call.attempt}`, quota)
  }

  /** What came of the attempt's call is on disk, and with it all that is known of its quota by now. */
  stored(jobId: string, attempt: number): void {
    const quota = this.unstored.get(`${jobId} ${attempt}`)
    if (!quota) return
    this.unstored.delete(`${jobId} ${attempt}`)
    quota.stored = quota.known
  }

  /** What was not on disk may be forgotten, and a clock that was set back opens earlier by as much. */
  over(backMs: number): void {
    // Of an attempt whose job is gone nothing shows on disk, but what it told of its quota may be there.
    for (const quota of this.unstored.values()) quota.stored = weaker(quota.stored, quota.known)
    this.unstored.clear()
    for (const quota of this.quotas.values()) {
      quota.stored = { ...quota.stored, until: quota.stored.until - backMs }
      quota.known = quota.stored
      quota.starts = quota.starts.map((at) => at - backMs)
    }
  }

  /** A call goes out; why it must not, or null. */
  started(call: OutCall, now: number): string | null {
    const { known, starts } = this.of(call)
    if (now < known.until) return `its quota is closed for another ${known.until - now} ms`
    const { pace } = known
    if (pace === null || now >= known.until + PACED_MS) return null
    starts.push(now)
    if (starts.length > 100) starts.shift()
    const recent = starts.filter((at) => at > now - pace.resetMs).length
    return recent > pace.limit ? `it is one of ${recent} in ${pace.resetMs} ms, and ${pace.limit} are allowed` : null
  }
}

/** What holds whichever of the two it is. */
function weaker(one: Closing, other: Closing): Closing {
  return { until: Math.min(one.until, other.until), pace: one.pace === other.pace ? one.pace : null }
}

function merge(before: Closing, told: Closing, now: number): Closing {
  const until = Math.max(before.until, told.until)
  return { until, pace: told.pace ?? (now < before.until + PACED_MS ? before.pace : null) }
}
