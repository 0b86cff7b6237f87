// Time and random bytes: everywhere else they are arguments.

export interface Clock {
  /** Epoch milliseconds that never decrease: for what is due, and for how long something took. */
  now(): number
  /** Epoch milliseconds as the machine's clock is set at this moment, which may go back: for what others compare with their own clocks. */
  wall(): number
  /** Runs `action` once after `delayMs` milliseconds; the returned function cancels it. */
  after(delayMs: number, action: () => void): () => void
  /** Runs `action` every `periodMs` milliseconds until the returned function is called. */
  every(periodMs: number, action: () => void): () => void
  /** Runs `action` when what has arrived so far has been dealt with. */
  soon(action: () => void): void
}

/** setTimeout fires at once for anything longer than this (2^31 - 1 ms, about 25 days). */
const DELAY_MS_MAX = 2_147_483_647

/**
 * Wall-clock time that never decreases. When the clock is set back, this goes on from where it was until the clock has caught up,
 * so that a job that was due stays due. A jump forward, as after the machine slept, is followed.
 * @param wall epoch milliseconds as the machine's clock is set
 * @param steady milliseconds since any moment, by a clock that nobody can set
 */
export function createMonotonicClock(wall: () => number, steady: () => number): () => number {
  let lead = wall() - steady()
  return () => {
    lead = Math.max(lead, wall() - steady())
    return Math.floor(steady() + lead)
  }
}

export const systemClock: Clock = {
  now: createMonotonicClock(
    () => Date.now(),
    () => performance.now(),
  ),
  wall: () => Date.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, Math.min(Math.max(delayMs, 0), DELAY_MS_MAX))
    return () => clearTimeout(timer)
  },
  every(periodMs, action) {
    const timer = setInterval(action, periodMs)
    return () => clearInterval(timer)
  },
  soon(action) {
    setImmediate(action)
  },
}

/** What the promise resolves with, or null where it does not in time. */
export async function inTime<T>(promise: Promise<T>, withinMs: number, clock: Clock): Promise<T | null> {
  const late = Promise.withResolvers<null>()
  const cancel = clock.after(withinMs, () => late.resolve(null))
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    cancel()
  }
}

/** Milliseconds from any moment on, with their fractions: for what is shorter than one. */
export function steadyNow(): number {
  return performance.now()
}

/** A timer that is so late was not held up by other work: the process stood still, as after SIGSTOP or on a paused machine. */
const LATE_MS = 250
/** So long what came in the meantime has, to be read. */
const CATCH_UP_MS = 1000
/** The process may be stopped again while it catches up; one that is always late must come to a verdict. */
const CATCH_UPS_MAX = 3

/**
 * As `clock.after`, for a verdict on what may have arrived. A process that has stood still runs its timers before it reads
 * its sockets: one that fires late waits until they have been read.
 */
export function afterReads(clock: Clock, delayMs: number, action: () => void, catchUps = CATCH_UPS_MAX): () => void {
  const dueAt = steadyNow() + delayMs
  let cancel = clock.after(delayMs, () => {
    if (catchUps === 0 || steadyNow() - dueAt < LATE_MS) action()
    else cancel = afterReads(clock, CATCH_UP_MS, action, catchUps - 1)
  })
  return () => cancel()
}

export function randomBytes(count: number): Buffer<ArrayBuffer> {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(count)).buffer)
}
