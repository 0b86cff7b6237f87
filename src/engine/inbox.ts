// The entries that wait for a commit. Commits of small and of large entries alternate: a small entry waits for at most one commit
// of large entries, and a large entry is never starved.
import type { Change, ChangeKind, ChangeOf, Results } from "../jobs/store.ts"

/** Changes that are stored together, and what is called afterwards. */
export interface Entry extends How {
  /** Returns the changes when the turn begins that stores them; null: there is nothing to store any more. */
  plan(now: number): readonly Change[] | null
  /** Called when the changes are on disk, with their results. */
  settled?(results: readonly unknown[], now: number): void
  /** Called when the changes are not stored and the engine does not try again. */
  failed?(error: unknown): void
}

export interface How {
  /** Whether the entry must not be lost: it is tried again until the store takes it. */
  isKept?: boolean
  /** Whether the entry may end jobs of the same turn: then no call of that turn is sent before its commit. */
  endsJobs?: boolean
  /** The bytes of the bodies that the entry writes. */
  bytes?: number
  /** Whether the entry must be stored after the large entries that came before it, although it is small. */
  isOrdered?: boolean
}

/** Makes an entry of one change. */
export function createEntry<Kind extends ChangeKind>(
  plan: ChangeOf<Kind> | ((now: number) => ChangeOf<Kind> | null),
  then: How & { settled?(result: Results[Kind], now: number): void; failed?(error: unknown): void } = {},
): Entry {
  const { settled, ...rest } = then
  return {
    ...rest,
    plan(now) {
      const change = typeof plan === "function" ? plan(now) : plan
      return change === null ? null : [change as Change]
    },
    ...(settled ? { settled: ([result], now) => settled(result as Results[Kind], now) } : {}),
  }
}

/** The most entries of one commit: bounds how long the first of them waits. */
const BATCH_MAX = 1000
/** The most bytes of one commit, unless it is one larger entry: bounds how long a small entry waits for a commit of large ones. */
const BATCH_BYTES_MAX = 16_000_000
const LARGE_BYTES = 64_000

export function createInbox() {
  const small: Entry[] = []
  const large: Entry[] = []
  let last: Entry | null = null
  let isLargeNext = false

  return {
    add(entry: Entry): void {
      if (entry.isOrdered || (entry.bytes ?? 0) >= LARGE_BYTES) large.push(entry)
      else small.push(entry)
    },

    /** Adds the entry that is stored alone, after all others. */
    addLast(entry: Entry): void {
      last = entry
    },

    isEmpty: (): boolean => small.length === 0 && large.length === 0 && last === null,

    /** Takes out what may be refused. The others keep their order. */
    takeRefusable(): Entry[] {
      return [small, large].flatMap((entries) => {
        const all = entries.splice(0)
        entries.push(...all.filter(({ isKept }) => isKept))
        return all.filter(({ isKept }) => !isKept)
      })
    },

    /** Takes the next batch out. */
    take(): Entry[] {
      const entries = large.length > 0 && (isLargeNext || small.length === 0) ? large : small
      isLargeNext = entries === small
      if (entries.length > 0) return entries.splice(0, countFitting(entries))
      const closing = last === null ? [] : [last]
      last = null
      return closing
    },
  }
}

/** How many of the first entries fit into one commit: at least one. */
function countFitting(entries: readonly Entry[]): number {
  let bytes = 0
  let count = 0
  for (const entry of entries) {
    bytes += entry.bytes ?? 0
    if (count > 0 && (bytes > BATCH_BYTES_MAX || count === BATCH_MAX)) break
    count++
  }
  return count
}
