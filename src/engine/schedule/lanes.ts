// The lanes of one provider: which of them are ready, and what the others wait for. A lane that waits at a gate (a quota, the
// slots of a key, the cap of its caller) is looked at again only when that gate has room, so that the cost of a call's end does
// not grow with the number of waiting lanes.
import type { Lane } from "../../jobs/job.ts"
import type { Quota } from "./quotas.ts"
import { createRoundRobin, type RoundRobin } from "./roundrobin.ts"
import { createTimers, type Timed } from "./timers.ts"

/** The queued jobs of one lane. */
export interface Queue extends Lane, Timed {
  /** How many jobs the queue has, as far as is known. */
  jobs: number
  /** The same lane without the other members of the queue, for the store. */
  lane: Lane
  /** One for each key that the jobs can use. */
  quotas: Quota[]
  /** `ready`: has due jobs. `later`: the next job is due later. `waiting`: all gates are closed. `idle`: has no jobs. */
  place: "ready" | "later" | "waiting" | "idle"
  /** The gates at which the queue waits. */
  gates: Gate[]
}

/** A limit on calls. */
export interface Limit {
  /** What is limited. Lanes that wait for the same limit have the same value here. */
  of: object | string
  /** How many calls may be made now. */
  room(now: number): number
  /** When time alone can make room: epoch milliseconds; Infinity: only the end of a call can. */
  opensAt(now: number): number
}

/** A limit and the lanes that wait for it. */
interface Gate extends Timed, Limit {
  waiting: RoundRobin<Queue>
}

export type Lanes = ReturnType<typeof createLanes>

export function createLanes() {
  const queues = new Map<string, Queue>()
  const idle = new Set<Queue>()
  const ready = createRoundRobin<Queue>()
  const later = createTimers<Queue>()
  const gates = new Map<object | string, Gate>()
  /** Gates that open at a known time. */
  const closed = createTimers<Gate>()
  /** Gates that may have room and are still to be looked at. */
  const opened = new Set<Gate>()

  function leave(queue: Queue): void {
    if (queue.place === "ready") ready.delete(queue)
    else if (queue.place === "later") later.delete(queue)
    else if (queue.place === "idle") idle.delete(queue)
    else for (const gate of queue.gates.splice(0)) leaveGate(queue, gate)
  }

  function leaveGate(queue: Queue, gate: Gate): void {
    gate.waiting.delete(queue)
    if (gate.waiting.size() > 0) return
    gates.delete(gate.of)
    closed.delete(gate)
    opened.delete(gate)
  }

  function makeReady(queue: Queue): void {
    if (queue.place === "ready") return
    leave(queue)
    queue.place = "ready"
    ready.add(queue)
  }

  function findGate(limit: Limit, now: number): Gate {
    const there = gates.get(limit.of)
    if (there) return there
    const gate: Gate = { ...limit, waiting: createRoundRobin<Queue>(), dueAt: 0, heapIndex: -1 }
    gates.set(limit.of, gate)
    closeUntilDue(gate, now)
    return gate
  }

  function closeUntilDue(gate: Gate, now: number): void {
    const at = gate.opensAt(now)
    if (at < Number.POSITIVE_INFINITY) closed.set(gate, at)
  }

  /** Makes as many lanes ready at each opened gate as the gate has room for. */
  function admit(now: number): void {
    for (const gate of opened) {
      opened.delete(gate)
      closed.delete(gate)
      const room = gate.room(now)
      if (room < 1) closeUntilDue(gate, now)
      for (let left = Math.min(room, gate.waiting.size()); left >= 1; left--) {
        const turn = gate.waiting.next(1)
        if (turn) makeReady(turn.lane)
      }
    }
  }

  return {
    /** Returns the queue of a lane, and makes it where there is none. */
    find(lane: Lane, listQuotas: (lane: Lane) => Quota[]): Queue {
      const { provider, model, keyChoice, owner, priority } = lane
      const name = nameLane(lane)
      const known = queues.get(name)
      if (known) return known
      const queue: Queue = {
        provider,
        model,
        keyChoice,
        owner,
        priority,
        jobs: 0,
        lane: { provider, model, keyChoice, owner, priority },
        quotas: listQuotas(lane),
        place: "idle",
        gates: [],
        dueAt: Number.POSITIVE_INFINITY,
        heapIndex: -1,
      }
      queues.set(name, queue)
      idle.add(queue)
      return queue
    },

    ready: makeReady,

    /** Makes a queue wait until its next job is due at `at`. */
    later(queue: Queue, at: number): void {
      leave(queue)
      queue.place = "later"
      later.set(queue, at)
    },

    /** Makes a queue wait until one of these limits has room. Without limits it waits until `clear`. */
    wait(queue: Queue, limits: readonly Limit[], now: number): void {
      leave(queue)
      queue.place = "waiting"
      for (const limit of limits) {
        const gate = findGate(limit, now)
        if (queue.gates.includes(gate)) continue
        queue.gates.push(gate)
        gate.waiting.add(queue)
      }
    },

    /** Marks a queue that has no jobs. */
    idle(queue: Queue): void {
      leave(queue)
      queue.place = "idle"
      idle.add(queue)
    },

    /** Whether any lane waits at a gate. */
    hasWaiting: (): boolean => gates.size > 0,

    /** How many lanes wait for the limit of this. */
    countWaiting(what: object | string): number {
      return gates.get(what)?.waiting.size() ?? 0
    },

    /** Reports that a limit may have room, because a call has ended or a lane has left room to others. */
    open(what: object | string): void {
      const gate = gates.get(what)
      if (gate) opened.add(gate)
    },

    /** Makes due queues ready, and marks the gates whose time has come. */
    wake(now: number): void {
      for (let queue = later.takeDue(now); queue; queue = later.takeDue(now)) makeReady(queue)
      for (let gate = closed.takeDue(now); gate; gate = closed.takeDue(now)) opened.add(gate)
    },

    /** The queue whose turn it is, and its share of `free` slots; null where no queue is ready. The queue then moves to the end. */
    next(free: number, now: number): { queue: Queue; share: number } | null {
      if (opened.size > 0) admit(now)
      const turn = ready.next(free)
      return turn && { queue: turn.lane, share: turn.share }
    },

    /** When a queue becomes ready or a gate opens: epoch ms, 0 for now, Infinity for never. */
    nextAt(): number {
      return ready.size() > 0 || opened.size > 0 ? 0 : Math.min(later.nextAt(), closed.nextAt())
    },

    all: (): Iterable<Queue> => queues.values(),

    /** Forgets the queues without jobs, and calls `forget` with each. */
    sweep(forget: (queue: Queue) => void): void {
      for (const queue of idle) {
        queues.delete(nameLane(queue))
        forget(queue)
      }
      idle.clear()
    },

    clear(forget: (queue: Queue) => void): void {
      for (const queue of queues.values()) forget(queue)
      queues.clear()
      idle.clear()
      ready.clear()
      later.clear()
      gates.clear()
      closed.clear()
      opened.clear()
    },
  }
}

function nameLane({ model, keyChoice, owner, priority }: Lane): string {
  return `${model}\n${keyChoice}\n${owner}\n${priority}`
}
