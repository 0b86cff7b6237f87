// Runs the garbage collector once after the start, to return the memory that only the start needed.
import type { Clock } from "../clock.ts"

/** By then the modules are loaded and the statements prepared, and there are few requests yet. */
const SETTLED_MS = 300

/** In an idle gateway nothing makes the collector run, and that memory would stay: 2 MB of 67, of all threads together. */
export function collectOnceSettled(clock: Clock): void {
  clock.after(SETTLED_MS, () => Bun.gc(true))
}
