// The order in which lanes have their turns. High goes before normal and low, but every eighth turn begins with low and every
// eighth with normal, so that nothing starves; of one priority callers take turns, and so do the lanes of a caller.
import type { Lane } from "../../jobs/job.ts"

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

export type Turns<L extends Lane> = ReturnType<typeof createTurns<L>>

/** Each of these takes the same time, however many lanes there are. */
export function createTurns<L extends Lane>() {
  /** priority -> owner -> the owner's lanes */
  const classes: [Owners<L> | null, Owners<L> | null, Owners<L> | null] = [null, null, null]
  let turn = 0
  let size = 0

  function isEmpty(owners: Owners<L> | null | undefined): boolean {
    return !owners || owners.size === 0
  }

  return {
    /** How many lanes there are. */
    size: () => size,

    /** It stands last. */
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

    /** The lane whose turn it is, and how many of `free` slots are its share. It then stands last. Null: there is none. */
    next(free: number): { lane: L; share: number } | null {
      const order = orders[turn++ % orders.length] ?? orders[1]
      const owners = order.map((priority) => classes[priority]).find((candidates) => !isEmpty(candidates))
      const [owner, own] = owners?.entries().next().value ?? []
      const lane = own?.values().next().value
      if (!owners || owner === undefined || !own || !lane) return null
      // Where there are several priorities, a turn takes an eighth, or the first turn would take it all.
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
