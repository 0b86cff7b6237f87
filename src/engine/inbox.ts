// What waits for the next commit. Small entries and large ones have commits of their own, in turns: a small one waits behind one
// commit of large ones at most, and a large one is never starved.
import type { Change, ChangeKind, ChangeOf, Results } from "../jobs/store.ts"

/** What is to be stored together, and what follows from that. */
export interface Entry extends How {
  /** Says what is to be stored, when the turn begins that stores it; null: nothing any more. */
  plan(now: number): readonly Change[] | null
  /** It is on disk: `results` are those of its changes. */
  settled?(results: readonly unknown[], now: number): void
  /** It is not, and will not be tried again by the engine. */
  failed?(error: unknown): void
}

export interface How {
  /** Must not be lost: tried again until the store takes it. */
  isKept?: boolean
  /** It may end a job that came in the same turn: none of them goes out before it is known which. */
  endsJobs?: boolean
  /** How much it writes, bodies alone. */
  bytes?: number
  /** It goes behind the large ones that came before it, however small it is. */
  isOrdered?: boolean
}

/** An entry of one change. */
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

/** Bounds how long the first of a batch waits for the last. */
const BATCH_MAX = 1000
/** A commit writes so much, or one entry that is larger: as long as that takes, a small entry waits. */
const BATCH_BYTES_MAX = 16_000_000
const LARGE_BYTES = 64_000

export type Inbox = ReturnType<typeof createInbox>

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

    /** It comes alone, when nothing else is left. */
    addLast(entry: Entry): void {
      last = entry
    },

    isEmpty: (): boolean => small.length === 0 && large.length === 0 && last === null,

    /** The next batch, taken out. */
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

/** How many of the first entries one commit takes: at least one. */
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
