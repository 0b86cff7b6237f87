// A model of the quotas that 429s have closed: until when, and at what rate calls may be made afterwards. It is computed from the
// simulated outcomes alone, independently of the gateway's quotas.
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
  /** What a new process must still know. */
  stored: Closing
  /** When calls were made since the provider reported a rate. */
  starts: number[]
}

const open: Closing = { until: 0, pace: null }
/** How long a 429 that names no time closes a quota at least. */
const UNNAMED_MS = 1000

export class Closings {
  private readonly quotas = new Map<string, Quota>()
  /** 429s whose attempts are not on disk yet. */
  private readonly unstored = new Map<string, { quota: Quota; closing: Closing }>()

  private of({ provider, model, keyId, callerKey: ownKey }: OutCall): Quota {
    const name = `${provider} ${keyId ?? (ownKey === null ? "" : "own")} ${model}`
    const known = this.quotas.get(name)
    if (known) return known
    const quota = { known: open, stored: open, starts: [] }
    this.quotas.set(name, quota)
    return quota
  }

  /** Records an outcome that the engine has received. */
  reported(call: OutCall, outcome: Outcome, now: number): void {
    if (outcome.kind !== "refused" || outcome.status !== 429 || outcome.isKeyRefused) return
    const quota = this.of(call)
    const requests = outcome.upstream.limits?.requests
    // A 429 to a call that was in flight when another 429 came changes nothing, unless it names a time. 0 ms counts as no time.
    const isLate = call.startedAt < quota.known.until
    const closedMs = outcome.retryAfterMs || (isLate ? null : UNNAMED_MS)
    const closing = {
      until: closedMs === null ? 0 : now + closedMs,
      pace: requests ? { limit: requests.limit ?? 0, resetMs: requests.resetMs ?? 0 } : null,
    }
    if (closing.pace !== null) quota.starts = []
    quota.known = merge(quota.known, closing, now)
    this.unstored.set(`${call.jobId} ${call.attempt}`, { quota, closing: quota.known })
  }

  /** Records that the outcome of an attempt is on disk, and with it the state of its quota. */
  stored(jobId: string, attempt: number): void {
    const found = this.unstored.get(`${jobId} ${attempt}`)
    if (!found) return
    this.unstored.delete(`${jobId} ${attempt}`)
    // What was learned since then is stored with another attempt.
    found.quota.stored = found.closing
  }

  /** Records a restart: what was not on disk may be lost, and a clock that was set back makes quotas open earlier. */
  over(backMs: number): void {
    // The attempt of a deleted job has no row on disk, but the quota that it closed may be stored.
    for (const { quota, closing } of this.unstored.values()) quota.stored = weaker(quota.stored, closing)
    this.unstored.clear()
    for (const quota of this.quotas.values()) {
      quota.stored = { ...quota.stored, until: quota.stored.until - backMs }
      quota.known = quota.stored
      quota.starts = quota.starts.map((at) => at - backMs)
    }
  }

  /** Records a call. Returns why the call was not allowed, or null. */
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

/** The restrictions that both have. */
function weaker(one: Closing, other: Closing): Closing {
  return { until: Math.min(one.until, other.until), pace: one.pace === other.pace ? one.pace : null }
}

function merge(before: Closing, reported: Closing, now: number): Closing {
  const until = Math.max(before.until, reported.until)
  return { until, pace: reported.pace ?? (now < before.until + PACED_MS ? before.pace : null) }
}
