// Time and job ids, the two things that must be arguments everywhere else.

export interface Clock {
  /** Wall clock, epoch milliseconds. */
  now(): number
  /** Runs `action` once after `delayMs` milliseconds; the returned function cancels it. */
  after(delayMs: number, action: () => void): () => void
  /** Runs `action` every `periodMs` milliseconds until the returned function is called. */
  every(periodMs: number, action: () => void): () => void
}

/** setTimeout fires at once for anything longer than this (2^31 - 1 ms, about 25 days). */
const DELAY_MS_MAX = 2_147_483_647

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, Math.min(Math.max(delayMs, 0), DELAY_MS_MAX))
    return () => clearTimeout(timer)
  },
  every(periodMs, action) {
    const timer = setInterval(action, periodMs)
    return () => clearInterval(timer)
  },
}

/** A UUID version 7: rows written one after the other lie side by side in the index. */
export function newJobId(now: number): string {
  return Bun.randomUUIDv7("hex", now)
}
