// The event logs that are followed: all who follow a job share what the engine tells of it, and each reads on where it is. Whoever is slow
// reads from the store, and costs nobody else anything.
import type { AddedEvents } from "../engine/threads/protocol.ts"
import type { Reads } from "../jobs/reads.ts"

/** How many characters of the latest events of a job are held for its followers. */
const HELD_CHARS_MAX = 256 * 1024
/** How many of these are read at once, so that a slow reader has little on its way. */
const READ_MAX = 200

interface Tail {
  wakes: Set<() => void>
  /** The latest events, and the place of the first of these. */
  first: number
  lines: string[]
  chars: number
  /** How many events there are; null: the engine has not answered yet. */
  count: number | null
}

export interface LogFollower {
  /** The next events from a place on, as many as are at hand; empty: there are no more now. */
  read(at: number): Promise<readonly string[]>
  stop(): void
}

export class EventLogs {
  private readonly tails = new Map<string, Tail>()

  /** @param ask begins or ends the reports of the engine */
  constructor(private readonly ask: (id: string, isFollowed: boolean) => void) {}

  /** @param wake called when there are more events */
  follow(id: string, reads: Pick<Reads, "events">, wake: () => void): LogFollower {
    let tail = this.tails.get(id)
    if (tail === undefined) {
      tail = { wakes: new Set(), first: 0, lines: [], chars: 0, count: null }
      this.tails.set(id, tail)
      this.ask(id, true)
    }
    const { wakes } = tail
    wakes.add(wake)
    return {
      read: (at) => read(tail, at, id, reads),
      stop: () => {
        if (!wakes.delete(wake) || wakes.size > 0) return
        this.tails.delete(id)
        this.ask(id, false)
      },
    }
  }

  take(added: readonly AddedEvents[]): void {
    for (const { id, first, lines } of added) {
      const tail = this.tails.get(id)
      if (tail === undefined) continue
      const list = lines === "" ? [] : lines.split("\n")
      if (list.length > 0) hold(tail, first, list)
      tail.count = Math.max(tail.count ?? 0, first + list.length)
      for (const wake of tail.wakes) wake()
    }
  }
}

async function read(tail: Tail, at: number, id: string, reads: Pick<Reads, "events">): Promise<readonly string[]> {
  const from = at - tail.first
  if (from >= 0 && from < tail.lines.length) return tail.lines.slice(from, from + READ_MAX)
  if (tail.count !== null && at >= tail.count) return []
  const lines = await reads.events(id, at)
  // Those who follow from the beginning come one after the other.
  if (lines.length > 0 && (tail.lines.length === 0 || at === tail.first + tail.lines.length)) hold(tail, at, lines)
  return lines
}

function hold(tail: Tail, first: number, lines: readonly string[]): void {
  if (first !== tail.first + tail.lines.length) {
    tail.lines = []
    tail.chars = 0
    tail.first = first
  }
  for (const line of lines) {
    tail.lines.push(line)
    tail.chars += line.length
  }
  if (tail.chars <= HELD_CHARS_MAX) return
  let dropped = 0
  while (tail.chars > HELD_CHARS_MAX / 2) tail.chars -= tail.lines[dropped++]?.length ?? 0
  tail.lines.splice(0, dropped)
  tail.first += dropped
}
