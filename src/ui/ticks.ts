// The only home of timers and of the present moment. Nothing runs while the page is hidden.
import { signal } from "@preact/signals"

/** The present moment in epoch milliseconds, up to a second old: what shows an age reads it. */
export const now = signal(Date.now())

export const isVisible = signal(document.visibilityState === "visible")

export function startTimers(): void {
  document.addEventListener("visibilitychange", () => {
    isVisible.value = document.visibilityState === "visible"
    if (isVisible.value) now.value = Date.now()
  })
  every(1000, () => {
    now.value = Date.now()
  })
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
