// The event logs that are followed: all who follow a job share what the engine tells of it, and each reads on where it is. Whoever is slow
// reads from the store, and costs nobody else anything.
import type { AddedEvents } from "../engine/threads/protocol.ts"
import type { EventGroup, Reads } from "../jobs/reads.ts"

/** How many characters of the latest events of a job are held for its followers. */
const HELD_CHARS_MAX = 256 * 1024
/** How many of these are read at once, so that a slow reader has little on its way. */
const READ_MAX = 200

interface Tail {
  wakes: Set<() => void>
  /** The latest events, and the place of the first of these. All are of one attempt. */
  first: number
  attempt: number
  lines: string[]
  chars: number
  /** How many events there are; null: the engine has not answered yet. */
  count: number | null
}

export interface LogFollower {
  /**
   * The next events from a place on, as many as are at hand; null: there are no more now.
   * @param isPast whether the store has said what came after them: it may know more than the engine has told
   */
  read(at: number, isPast: boolean): Promise<EventGroup | null>
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
      tail = { wakes: new Set(), first: 0, attempt: 0, lines: [], chars: 0, count: null }
      this.tails.set(id, tail)
      this.ask(id, true)
    }
    const { wakes } = tail
    wakes.add(wake)
    return {
      read: (at, isPast) => read(tail, at, isPast, () => reads.events(id, at)),
      stop: () => {
        if (!wakes.delete(wake) || wakes.size > 0) return
        this.tails.delete(id)
        this.ask(id, false)
      },
    }
  }

  take(added: readonly AddedEvents[]): void {
    for (const { id, attempt, first, lines } of added) {
      const tail = this.tails.get(id)
      if (tail === undefined) continue
      const list = lines === "" ? [] : lines.split("\n")
      if (list.length > 0) hold(tail, first, { attempt, lines: list })
      tail.count = Math.max(tail.count ?? 0, first + list.length)
      for (const wake of tail.wakes) wake()
    }
  }
}

async function read(
  tail: Tail,
  at: number,
  isPast: boolean,
  readStored: () => ReturnType<Reads["events"]>,
): Promise<EventGroup | null> {
  const from = at - tail.first
  if (from >= 0 && from < tail.lines.length) {
    return { attempt: tail.attempt, lines: tail.lines.slice(from, from + READ_MAX) }
  }
  if (!isPast && tail.count !== null && at >= tail.count) return null
  const group = await readStored()
  // Those who follow from the beginning come one after the other.
  if (group !== null && (tail.lines.length === 0 || at === tail.first + tail.lines.length)) hold(tail, at, group)
  return group
}

function hold(tail: Tail, first: number, { attempt, lines }: EventGroup): void {
  if (first !== tail.first + tail.lines.length || attempt !== tail.attempt) {
    tail.lines = []
    tail.chars = 0
    tail.first = first
    tail.attempt = attempt
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
