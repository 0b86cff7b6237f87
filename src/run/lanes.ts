// The lanes of one provider, in the order of their turns. High goes before normal and low, but every eighth turn begins with low
// and every eighth with normal, so that nothing starves; of one priority callers take turns, and so do the lanes of a caller.
import type { Lane } from "../jobs/store.ts"
import type { Quota } from "./quotas.ts"

/** Queued jobs that are alike, and what is known of them. */
export interface Queue extends Lane {
  /** One for each key they can go out with. */
  quotas: Quota[]
  place: "ready" | "later" | "idle"
  /** When to look at it again, where it is not ready: epoch ms; Infinity: when a call ends. */
  wakeAt: number
  /** It waits for a slot, so that the end of a call may make it ready. */
  isBlocked: boolean
}

/** The highest priority that a turn looks at first, and where it goes on: see the head of this file. */
const orders = [
  [0, 1, 2],
  [2, 1, 0],
  [2, 1, 0],
  [2, 1, 0],
  [1, 2, 0],
  [2, 1, 0],
  [2, 1, 0],
  [2, 1, 0],
] as const

export type Lanes = ReturnType<typeof createLanes>

export function createLanes() {
  const queues = new Map<string, Queue>()
  /** priority -> owner -> the owner's queues that can go out */
  const ready = [new Map<string, Set<Queue>>(), new Map<string, Set<Queue>>(), new Map<string, Set<Queue>>()] as const
  const later = new Set<Queue>()
  const blocked = new Set<Queue>()
  /** No queue of `later` is to be looked at before this. */
  let laterAt = Number.POSITIVE_INFINITY
  let turn = 0

  function classOf({ priority }: Lane): Map<string, Set<Queue>> {
    return ready[priority as 0 | 1 | 2]
  }

  function leave(queue: Queue): void {
    later.delete(queue)
    blocked.delete(queue)
    if (later.size === 0) laterAt = Number.POSITIVE_INFINITY
    queue.isBlocked = false
    const owners = classOf(queue)
    const own = owners.get(queue.owner)
    if (own?.delete(queue) && own.size === 0) owners.delete(queue.owner)
    queue.place = "idle"
  }

  function makeReady(queue: Queue): void {
    leave(queue)
    queue.place = "ready"
    const owners = classOf(queue)
    const own = owners.get(queue.owner)
    if (own) own.add(queue)
    else owners.set(queue.owner, new Set([queue]))
  }

  return {
    /** The queue of a lane, made when it is not there. */
    of(lane: Lane, quotasOf: (lane: Lane) => Quota[]): Queue {
      const { provider, model, keyChoice, owner, priority } = lane
      const name = `${model}\n${keyChoice}\n${owner}\n${priority}`
      const known = queues.get(name)
      if (known) return known
      const queue: Queue = {
        provider,
        model,
        keyChoice,
        owner,
        priority,
        quotas: quotasOf(lane),
        place: "idle",
        wakeAt: Number.POSITIVE_INFINITY,
        isBlocked: false,
      }
      queues.set(name, queue)
      return queue
    },

    ready: makeReady,

    /** Looks at it again at `at`; a blocked one also when a call ends. */
    later(queue: Queue, at: number, isBlocked = false): void {
      leave(queue)
      queue.place = "later"
      queue.wakeAt = at
      queue.isBlocked = isBlocked
      later.add(queue)
      if (isBlocked) blocked.add(queue)
      if (at < laterAt) laterAt = at
    },

    /** It has no jobs. */
    idle: leave,

    /** Makes ready what is due. */
    wake(now: number): void {
      if (now < laterAt) return
      laterAt = Number.POSITIVE_INFINITY
      for (const queue of later) {
        if (queue.wakeAt <= now) makeReady(queue)
        else if (queue.wakeAt < laterAt) laterAt = queue.wakeAt
      }
    },

    /** A slot is free again: makes ready what may have waited for it. */
    unblock(mayUse: (queue: Queue) => boolean): void {
      for (const queue of blocked) if (mayUse(queue)) makeReady(queue)
    },

    /**
     * The queue whose turn it is, and how many of `free` slots are its share; null when none can go out.
     * It then stands last for the next turn.
     */
    next(free: number): { queue: Queue; share: number } | null {
      const order = orders[turn++ % orders.length] ?? orders[1]
      const owners = order.map((priority) => ready[priority]).find((candidates) => candidates.size > 0)
      const [owner, own] = owners?.entries().next().value ?? []
      const queue = own?.values().next().value
      if (!owners || owner === undefined || !own || !queue) return null
      // Where there are several priorities, a turn takes an eighth, or the first turn would take it all.
      const isOnly = ready.every((candidates) => candidates === owners || candidates.size === 0)
      const share = Math.floor((isOnly ? free : Math.ceil(free / orders.length)) / owners.size / own.size)
      own.delete(queue)
      own.add(queue)
      owners.delete(owner)
      owners.set(owner, own)
      return { queue, share: Math.max(1, share) }
    },

    /** When there is something to look at: epoch ms, 0 for now, Infinity for never. */
    nextAt(): number {
      return ready.some((owners) => owners.size > 0) ? 0 : laterAt
    },

    all: (): Iterable<Queue> => queues.values(),

    /** Forgets the queues of lanes that have no jobs. */
    sweep(): void {
      for (const [name, queue] of queues) if (queue.place === "idle") queues.delete(name)
    },

    clear(): void {
      queues.clear()
      later.clear()
      blocked.clear()
      for (const owners of ready) owners.clear()
      laterAt = Number.POSITIVE_INFINITY
    },
  }
}
