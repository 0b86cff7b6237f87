// The only home of timers and of the present moment. Nothing runs while the page is hidden.
import { signal } from "@preact/signals"

/** The present moment by the gateway's clock in epoch milliseconds, up to a second old: what shows an age reads it. */
export const now = signal(Date.now())

/** How far the gateway's clock is before that of the browser. */
let aheadMs = 0
/** A smaller difference is none: an answer takes its time. */
const NOT_AHEAD_MS = 3000

/** @param date when the gateway answered, as the header `date` says it */
export function heedClock(date: string | null): void {
  // The header has whole seconds: in the mean half of one is over.
  const ahead = Date.parse(date ?? "") + 500 - Date.now()
  if (Number.isNaN(ahead)) return
  const next = Math.abs(ahead) < NOT_AHEAD_MS ? 0 : ahead
  if (Math.abs(next - aheadMs) < NOT_AHEAD_MS) return
  aheadMs = next
  tick()
}

function tick(): void {
  now.value = Date.now() + aheadMs
}

export const isVisible = signal(document.visibilityState === "visible")

export function startTimers(): void {
  document.addEventListener("visibilitychange", () => {
    isVisible.value = document.visibilityState === "visible"
    if (isVisible.value) tick()
  })
  every(1000, tick)
}

/** Runs a function again and again while the page is visible. */
export function every(ms: number, run: () => void): () => void {
  const timer = setInterval(() => {
    if (document.visibilityState === "visible") run()
  }, ms)
  return () => clearInterval(timer)
}

export function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

/** Waits, or less where the signal is given. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener("abort", end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener("abort", end)
  })
}
