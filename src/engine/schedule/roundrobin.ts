// The order of the lanes. High priority comes before normal and low, but every eighth round begins with low and another eighth with
// normal, so that no priority starves. Within a priority callers take turns, and so do the lanes of a caller.
import type { Lane } from "../../jobs/job.ts"

/** The order in which each of eight rounds looks at the priorities: see the head of this file. */
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

export type RoundRobin<L extends Lane> = ReturnType<typeof createRoundRobin<L>>

/** Every function takes constant time, however many lanes there are. */
export function createRoundRobin<L extends Lane>() {
  /** priority -> owner -> the owner's lanes */
  const classes: [Owners<L> | null, Owners<L> | null, Owners<L> | null] = [null, null, null]
  let round = 0
  let size = 0

  function isEmpty(owners: Owners<L> | null | undefined): boolean {
    return !owners || owners.size === 0
  }

  return {
    /** How many lanes there are. */
    size: () => size,

    /** Adds a lane at the end. */
    add(lane: L): void {
      const priority = lane.priority as 0 | 1 | 2
      const owners = classes[priority] ?? new Map<string, Set<L>>()
      classes[priority] = owners
      const own = owners.get(lane.owner)
      if (own) own.add(lane)
      else owners.set(lane.owner, new Set([lane]))
      size++
    },

    delete(lane: L): void {
      const owners = classes[lane.priority as 0 | 1 | 2]
      const own = owners?.get(lane.owner)
      if (!own?.delete(lane)) return
      size--
      if (own.size === 0) owners?.delete(lane.owner)
    },

    /** The lane that comes next, and its share of `free` slots; null where there is no lane. The lane then moves to the end. */
    next(free: number): { lane: L; share: number } | null {
      const order = orders[round++ % orders.length] ?? orders[1]
      const owners = order.map((priority) => classes[priority]).find((candidates) => !isEmpty(candidates))
      const [owner, own] = owners?.entries().next().value ?? []
      const lane = own?.values().next().value
      if (!owners || owner === undefined || !own || !lane) return null
      // Where several priorities have lanes, a turn gets an eighth of the slots: else the first turn would take them all.
      const isOnly = classes.every((candidates) => candidates === owners || isEmpty(candidates))
      const share = Math.floor((isOnly ? free : Math.ceil(free / orders.length)) / owners.size / own.size)
      own.delete(lane)
      own.add(lane)
      owners.delete(owner)
      owners.set(owner, own)
      return { lane, share: Math.max(1, share) }
    },

    clear(): void {
      classes.fill(null)
      size = 0
    },
  }
}

type Owners<L> = Map<string, Set<L>>
