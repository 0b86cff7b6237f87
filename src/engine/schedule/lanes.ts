// The lanes of one provider: which of them can go out now, and what the others wait for. A lane that is held back by a gate
// (a quota, the slots of a key, what its caller may have running) is looked at again when that gate has room, and not before:
// what the end of a call costs does not grow with the lanes that wait.
import type { Lane } from "../../jobs/job.ts"
import type { Quota } from "./quotas.ts"
import { createTimers, type Timed } from "./timers.ts"
import { createTurns, type Turns } from "./turns.ts"

/** Queued jobs that are alike, and what is known of them. */
export interface Queue extends Lane, Timed {
  /** How many jobs are in it, as far as is known. */
  jobs: number
  /** What it has in common with them, for the store. */
  lane: Lane
  /** One for each key they can go out with. */
  quotas: Quota[]
  /** It can go out; its next job is due later; all its gates are closed; it has no jobs. */
  place: "ready" | "later" | "waiting" | "idle"
  /** Those that it waits at. */
  gates: Gate[]
}

/** What lets only so many calls through. */
export interface Limit {
  /** What it is told by: lanes that wait for the same have the same. */
  of: object | string
  /** How many calls may go through now. */
  room(now: number): number
  /** When it may have room by the passing of time: epoch milliseconds; Infinity: when a call ends. */
  opensAt(now: number): number
}

/** A limit at which lanes wait. */
interface Gate extends Timed, Limit {
  waiting: Turns<Queue>
}

export type Lanes = ReturnType<typeof createLanes>

export function createLanes() {
  const queues = new Map<string, Queue>()
  const idle = new Set<Queue>()
  const ready = createTurns<Queue>()
  const later = createTimers<Queue>()
  const gates = new Map<object | string, Gate>()
  /** Gates that open at a time that is known. */
  const closed = createTimers<Gate>()
  /** Gates that may have room, and have not been looked at since. */
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
    const gate: Gate = { ...limit, waiting: createTurns<Queue>(), dueAt: 0, heapIndex: -1 }
    gates.set(limit.of, gate)
    closeUntilDue(gate, now)
    return gate
  }

  function closeUntilDue(gate: Gate, now: number): void {
    const at = gate.opensAt(now)
    if (at < Number.POSITIVE_INFINITY) closed.set(gate, at)
  }

  /** Makes as many ready of those that wait at opened gates as may go through. Who goes through says so by `passed`. */
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
    /** The queue of a lane, made when it is not there. */
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

    /** Its next job is due at `at`. */
    later(queue: Queue, at: number): void {
      leave(queue)
      queue.place = "later"
      later.set(queue, at)
    },

    /** All of these are closed to it. Without any it waits for ever. */
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

    /** It has no jobs. */
    idle(queue: Queue): void {
      leave(queue)
      queue.place = "idle"
      idle.add(queue)
    },

    /** Whether any lane waits at a gate. */
    hasWaiting: (): boolean => gates.size > 0,

    /** How many lanes wait for this. */
    countWaiting(what: object | string): number {
      return gates.get(what)?.waiting.size() ?? 0
    },

    /** A limit may have room: a call has ended, or a lane has left some of it to others. */
    open(what: object | string): void {
      const gate = gates.get(what)
      if (gate) opened.add(gate)
    },

    /** Makes ready what is due, and looks at the gates whose time has come. */
    wake(now: number): void {
      for (let queue = later.takeDue(now); queue; queue = later.takeDue(now)) makeReady(queue)
      for (let gate = closed.takeDue(now); gate; gate = closed.takeDue(now)) opened.add(gate)
    },

    /**
     * The queue whose turn it is, and how many of `free` slots are its share; null when none can go out.
     * It then stands last for the next turn.
     */
    next(free: number, now: number): { queue: Queue; share: number } | null {
      if (opened.size > 0) admit(now)
      const turn = ready.next(free)
      return turn && { queue: turn.lane, share: turn.share }
    },

    /** When there is something to look at: epoch ms, 0 for now, Infinity for never. */
    nextAt(): number {
      return ready.size() > 0 || opened.size > 0 ? 0 : Math.min(later.nextAt(), closed.nextAt())
    },

    all: (): Iterable<Queue> => queues.values(),

    /** Forgets the queues of lanes that have no jobs, and calls `forget` with each. */
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
