// Holds a response until its job has ended or the time of `Prefer: wait=N` is over. One timer serves all waiting requests.
import type { Clock } from "../clock.ts"
import type { EngineClient } from "./engineclient.ts"

/** The longest time that a request is held. */
export const WAIT_SECONDS_MAX = 120
const TICK_MS = 100

export type Waits = ReturnType<typeof createWaits>

export function createWaits(engine: EngineClient, clock: Clock) {
  /** A moment in ticks -> the requests whose time is over then. */
  const wheel = new Map<number, Set<() => void>>()
  let stopTimer: (() => void) | null = null

  function sweep(): void {
    const now = Math.floor(clock.now() / TICK_MS)
    for (const [tick, waiters] of wheel) {
      if (tick > now) continue
      wheel.delete(tick)
      for (const giveUp of waiters) giveUp()
    }
    if (wheel.size > 0) return
    stopTimer?.()
    stopTimer = null
  }

  return {
    /** Resolves when the job has ended, when `seconds` are over, or when the client has disconnected. */
    until(id: string, seconds: number, signal: AbortSignal): Promise<void> {
      return new Promise((resolve) => {
        const tick = Math.floor((clock.now() + seconds * 1000) / TICK_MS)
        const end = () => {
          stopWatching()
          wheel.get(tick)?.delete(end)
          if (wheel.get(tick)?.size === 0) wheel.delete(tick)
          signal.removeEventListener("abort", end)
          resolve()
        }
        const stopWatching = engine.watch(id, end)
        wheel.set(tick, (wheel.get(tick) ?? new Set()).add(end))
        signal.addEventListener("abort", end)
        stopTimer ??= clock.every(TICK_MS, sweep)
      })
    },
  }
}

/** The seconds of `Prefer: wait=N` (RFC 7240, 4.3), at most 120; null without the preference. */
export function readPreferredWait(headers: Headers): number | null {
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d+)"?/i.exec(headers.get("prefer") ?? "")?.[1]
  return seconds === undefined ? null : Math.min(Number(seconds), WAIT_SECONDS_MAX)
}
