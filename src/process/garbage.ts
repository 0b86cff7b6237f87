// Gives back what a thread needed to start and needs no more. Once, because later the collector has reasons of its own.
import type { Clock } from "../clock.ts"

/** By then the modules are loaded, the statements prepared, and the first requests not yet many. */
const SETTLED_MS = 300

/** An idle gateway would keep it for ever, since nothing makes the collector run: 2 MB of 67, of all threads together. */
export function collectOnceSettled(clock: Clock): void {
  clock.after(SETTLED_MS, () => Bun.gc(true))
}
