// Ends a process in the middle of its work, after a number of its effects: changes of the store and messages.

class Crash extends Error {}

export class Fuse {
  /** How many more effects the process has before it dies. */
  left = Number.POSITIVE_INFINITY
  isBlown = false

  /** Counts an effect. @throws when the process has died */
  burn(): void {
    if (!this.isBlown && --this.left >= 0) return
    this.isBlown = true
    throw new Crash()
  }
}
