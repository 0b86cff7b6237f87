// Ends a process in the middle of what it does: it counts what the process does outside itself.

class Crash extends Error {}

export class Fuse {
  /** How many more of its doings the process lives for. */
  left = Number.POSITIVE_INFINITY
  isBlown = false

  /** @throws when the process has died, at everything that it would still do */
  burn(): void {
    if (!this.isBlown && --this.left >= 0) return
    this.isBlown = true
    throw new Crash()
  }
}
