// What waits for the next commit. Small changes and large ones have commits of their own, in turns: a small one waits behind one
// commit of large ones at most, and a large one is never starved.

/** One change waiting for the next commit. */
export interface Write {
  apply(now: number): void
  /** It is on disk. */
  done?(): void
  /** It is not, and will not be tried again by the engine. */
  failed?(error: unknown): void
  /** Must not be lost: tried again until the store takes it. */
  isKept?: boolean
  /** It may end a job that came in the same turn: none of them goes out before it is known which. */
  endsJobs?: boolean
  /** How much it writes, bodies alone. */
  bytes?: number
  /** It goes behind the large ones that came before it, however small it is. */
  isOrdered?: boolean
}

/** Bounds how long the first of a batch waits for the last. */
const BATCH_MAX = 1000
/** A commit writes so much, or one change that is larger: as long as that takes, a small change waits. */
const BATCH_BYTES_MAX = 16_000_000
const LARGE_BYTES = 64_000

export type Inbox = ReturnType<typeof createInbox>

export function createInbox() {
  const small: Write[] = []
  const large: Write[] = []
  let last: Write | null = null
  let isLargeNext = false

  return {
    add(change: Write): void {
      if (change.isOrdered || (change.bytes ?? 0) >= LARGE_BYTES) large.push(change)
      else small.push(change)
    },

    /** It comes alone, when nothing else is left. */
    addLast(change: Write): void {
      last = change
    },

    isEmpty: (): boolean => small.length === 0 && large.length === 0 && last === null,

    /** The next batch, taken out. */
    take(): Write[] {
      const changes = large.length > 0 && (isLargeNext || small.length === 0) ? large : small
      isLargeNext = changes === small
      if (changes.length > 0) return changes.splice(0, countWithin(changes))
      const closing = last === null ? [] : [last]
      last = null
      return closing
    },
  }
}

/** How many of the first changes one commit takes: at least one. */
function countWithin(changes: readonly Write[]): number {
  let bytes = 0
  let count = 0
  for (const change of changes) {
    bytes += change.bytes ?? 0
    if (count > 0 && (bytes > BATCH_BYTES_MAX || count === BATCH_MAX)) break
    count++
  }
  return count
}
