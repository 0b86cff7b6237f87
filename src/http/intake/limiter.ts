// Limits the requests per minute of each virtual key. The counts are in memory, so that a restart forgets them.

import type { VirtualKey } from "../../auth/virtualkeys.ts"
import { GatewayError } from "../../errors.ts"

const WINDOW_MS = 60_000

export interface Limiter {
  /**
   * Counts one request of this key. No interval of 60 seconds has more than its `requestsPerMinute`.
   * @param now epoch milliseconds
   * @throws {GatewayError} rate_limited, which is not counted
   */
  take(key: VirtualKey, now: number): void
}

/** The times of the last requests, as many as a minute may have. The oldest is at `next`, where the newest will replace it. */
interface Ring {
  times: Float64Array
  next: number
}

export function createLimiter(): Limiter {
  const rings = new Map<string, Ring>()

  const findRing = (id: string, limit: number): Ring => {
    const known = rings.get(id)
    if (known?.times.length === limit) return known
    const ring = { times: new Float64Array(limit).fill(Number.NEGATIVE_INFINITY), next: 0 }
    rings.set(id, ring)
    return ring
  }

  return {
    take({ id, requestsPerMinute: limit }, now) {
      if (limit === null) return
      const ring = findRing(id, limit)
      const age = now - (ring.times[ring.next] ?? Number.NEGATIVE_INFINITY)
      // A negative age means that the clock was set back, which refuses no request.
      if (age >= 0 && age < WINDOW_MS) {
        throw new GatewayError(
          "rate_limited",
          `this virtual key may make ${limit} requests a minute, and has: send it again later`,
          { retryAfter: Math.ceil((WINDOW_MS - age) / 1000) },
        )
      }
      ring.times[ring.next] = now
      ring.next = (ring.next + 1) % limit
    },
  }
}
