// Distributes the calls of a lane over its keys, by the weights of the keys that have room. Recently refused keys come last.
import type { ProviderKey } from "../../providers/provider.ts"
import { countRoom, type Quota } from "./quotas.ts"

/** A configured key and how many calls are in flight with it. */
export interface Key {
  settings: ProviderKey
  inFlight: number
}

interface Candidate {
  quota: Quota
  room: number
  weight: number
}

/**
 * How many of up to `wanted` calls are made under each quota.
 * @param roomFor how many calls may be made under a quota
 * @param random in [0, 1)
 */
export function draw(
  quotas: readonly Quota[],
  keys: ReadonlyMap<string, Key>,
  roomFor: (quota: Quota) => number,
  wanted: number,
  now: number,
  random: () => number,
): Map<Quota, number> {
  let open = quotas.map((quota) => ({
    quota,
    room: roomFor(quota),
    weight: keys.get(quota.keyId)?.settings.weight ?? 1,
  }))
  const drawn = new Map<Quota, number>()
  for (let left = wanted; left > 0; ) {
    open = open.filter(({ room }) => room > 0)
    const candidates = preferred(open, now)
    const [only] = candidates
    if (!only) break
    const chosen = candidates.length === 1 ? only : choose(candidates, random())
    const calls = candidates.length === 1 ? Math.min(left, chosen.room) : 1
    drawn.set(chosen.quota, (drawn.get(chosen.quota) ?? 0) + calls)
    chosen.room -= calls
    left -= calls
  }
  return drawn
}

/** How many more calls may be in flight with this key. */
export function countSlots(key: Key | undefined): number {
  return key?.settings.concurrency ? key.settings.concurrency - key.inFlight : Number.POSITIVE_INFINITY
}

/** How many calls may be made under a quota with its key. */
export function countRoomWith(quota: Quota, key: Key | undefined, now: number): number {
  return Math.min(countRoom(quota, now), countSlots(key))
}

/** Keys that were not refused recently, and among these keys with a weight above 0. A condition that no key meets is ignored. */
function preferred(open: readonly Candidate[], now: number): readonly Candidate[] {
  const trusted = open.filter(({ quota }) => now >= quota.shunnedUntil)
  const rest = trusted.length > 0 ? trusted : open
  const weighty = rest.filter(({ weight }) => weight > 0)
  return weighty.length > 0 ? weighty : rest
}

/** @param chance in [0, 1) */
function choose(candidates: readonly Candidate[], chance: number): Candidate {
  const total = candidates.reduce((sum, { weight }) => sum + (weight || 1), 0)
  let left = chance * total
  for (const candidate of candidates) {
    left -= candidate.weight || 1
    if (left < 0) return candidate
  }
  return candidates[candidates.length - 1] as Candidate
}
