import { describe, expect, test } from "bun:test"
import type { Outcome } from "../../../src/call.ts"
import {
  admit,
  countRoom,
  isForgettable,
  learn,
  openQuota,
  opensAt,
  PACED_MS,
  type Quota,
  reserveCalls,
} from "../../../src/engine/schedule/quotas.ts"
import { answered, limitedTo, NOON, refused } from "../../factory.ts"

const EVERY = Number.POSITIVE_INFINITY
const quotaFrom = (over: Partial<Quota> = {}): Quota => ({ ...openQuota("mock", "a", "echo"), ...over })

/** Ends a call at `now` that was made at `startedAt`, and returns whether the quota must be stored. */
function back(quota: Quota, outcome: Outcome, now: number, startedAt = now): boolean {
  quota.inFlight++
  const isNews = learn(quota, outcome, startedAt, now)
  quota.inFlight--
  return isNews
}

const tooMany = (retryAfterMs: number | null = null, over: Parameters<typeof refused>[1] = {}) =>
  refused(429, { retryAfterMs, ...over })

/** How long 429s that name no time close the quota, each the answer to a call that was made after it had opened. */
function closings(quota: Quota, count: number, outcome: Outcome = tooMany(), from = NOON): number[] {
  let now = from
  return Array.from({ length: count }, () => {
    back(quota, outcome, now)
    const closedMs = quota.closedUntil - now
    now = quota.closedUntil
    return closedMs
  })
}

describe("a quota of which nothing is known", () => {
  test("has room for every call", () => {
    const quota = quotaFrom({ inFlight: 1000 })
    expect(countRoom(quota, NOON)).toBe(EVERY)
    expect(opensAt(quota, NOON)).toBe(NOON)
  })

  test("stays open, whatever its calls end with, except a 429", () => {
    const quota = quotaFrom()
    const outcomes: Outcome[] = [
      answered(),
      refused(500, { retryAfterMs: 9000 }),
      refused(400),
      refused(503),
      { kind: "unreached", reason: "network", message: "" },
      { kind: "unreadable", status: 200, message: "", body: "", upstream: { requestId: null, limits: null } },
    ]
    for (const outcome of outcomes) expect(back(quota, outcome, NOON)).toBe(false)
    expect(countRoom(quota, NOON)).toBe(EVERY)
    expect(quota.closedUntil).toBe(0)
  })
})

describe("a 429", () => {
  test("closes for the time it names, to the millisecond, and that must be remembered", () => {
    const quota = quotaFrom()
    expect(back(quota, tooMany(20_000), NOON)).toBe(true)
    expect(quota.closedUntil).toBe(NOON + 20_000)
    expect(countRoom(quota, NOON + 19_999)).toBe(0)
    expect(opensAt(quota, NOON)).toBe(NOON + 20_000)
    expect(countRoom(quota, NOON + 20_000)).toBe(1)
  })

  test.each([null, 0])("that names no time (%p) closes for a second, then twice as long, up to a minute", (asked) => {
    const quota = quotaFrom()
    const steps = [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]
    expect(closings(quota, steps.length, tooMany(asked))).toEqual(steps)
  })

  test.each([1, 500, 3000])("that names a short time (%p ms) closes for no less than one that names none", (asked) => {
    const steps = [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000].map((step) => Math.max(step, asked))
    expect(closings(quotaFrom(), steps.length, tooMany(asked))).toEqual(steps)
  })

  test("that names a long time counts as a strike too, and is not made longer by them", () => {
    const quota = quotaFrom()
    expect(closings(quota, 4, tooMany(20_000))).toEqual([20_000, 20_000, 20_000, 20_000])
    expect(closings(quota, 2, tooMany(1), quota.closedUntil)).toEqual([16_000, 32_000])
  })

  test("does not open what another one closed for longer", () => {
    const quota = quotaFrom()
    back(quota, tooMany(60_000), NOON)
    expect(back(quota, tooMany(1000), NOON + 10)).toBe(false)
    expect(back(quota, tooMany(), NOON + 20)).toBe(false)
    expect(quota.closedUntil).toBe(NOON + 60_000)
  })

  test("of a call that was in flight when the quota closed closes it no further, unless it names a time", () => {
    const quota = quotaFrom()
    back(quota, tooMany(), NOON)
    for (let n = 0; n < 100; n++) expect(back(quota, tooMany(), NOON + n, NOON - 500)).toBe(false)
    expect(quota).toMatchObject({ closedUntil: NOON + 1000, strikes: 1 })
    expect(back(quota, tooMany(3000), NOON + 100, NOON - 500)).toBe(true)
    expect(quota.closedUntil).toBe(NOON + 3100)
  })

  test("that means that there is no money left closes nothing", () => {
    const quota = quotaFrom()
    expect(back(quota, tooMany(20_000, { isKeyRefused: true }), NOON)).toBe(false)
    expect(countRoom(quota, NOON)).toBe(EVERY)
  })
})

describe("a success", () => {
  test("makes the next closing a short one again", () => {
    const quota = quotaFrom()
    closings(quota, 4)
    const open = quota.closedUntil
    expect(back(quota, answered(), open + 10, open)).toBe(false)
    expect(closings(quota, 2, tooMany(), open + 10)).toEqual([1000, 2000])
  })

  test("of a call from before the quota closed does not", () => {
    const quota = quotaFrom()
    closings(quota, 3)
    back(quota, answered(), quota.closedUntil - 1, quota.closedUntil - 5000)
    back(quota, tooMany(), quota.closedUntil)
    expect(quota.strikes).toBe(4)
  })

  test("is any answer that the provider was ready to give", () => {
    for (const outcome of [
      answered(),
      { kind: "unreadable", status: 200, message: "", body: "", upstream: { requestId: null, limits: null } } as const,
    ]) {
      const quota = quotaFrom({ strikes: 3 })
      back(quota, outcome, NOON)
      expect(quota.strikes).toBe(0)
    }
    const quota = quotaFrom({ strikes: 3 })
    back(quota, refused(500), NOON)
    back(quota, { kind: "unreached", reason: "network", message: "" }, NOON)
    expect(quota.strikes).toBe(3)
  })
})

describe("an opening", () => {
  test("lets one call out, then twice as many each second, until after ten seconds all may go", () => {
    const quota = quotaFrom()
    back(quota, tooMany(5000), NOON)
    const open = NOON + 5000
    const rooms = [0, 999, 1000, 1999, 2000, 3000, 9000, 9999, 10_000].map((ms) => countRoom(quota, open + ms))
    expect(rooms).toEqual([1, 1, 2, 2, 4, 8, 512, 512, EVERY])
  })

  test("counts the calls in flight, also those from before, and says when there will be room", () => {
    const quota = quotaFrom({ inFlight: 3 })
    back(quota, tooMany(5000), NOON)
    const open = NOON + 5000
    expect(countRoom(quota, open)).toBe(0)
    expect(opensAt(quota, open)).toBe(open + 1000)
    expect(countRoom(quota, open + 1000)).toBe(0)
    expect(opensAt(quota, open + 1000)).toBe(open + 2000)
    expect(countRoom(quota, open + 2000)).toBe(1)
    reserveCalls(quota, 1, open + 2000)
    expect(countRoom(quota, open + 2000)).toBe(0)
  })

  test("never says that there is room at a time when there is none, nor now when there is none", () => {
    for (const inFlight of [0, 1, 2, 5, 100, 1023, 1024, 5000]) {
      const quota = quotaFrom({ inFlight, closedUntil: NOON, strikes: 1 })
      let now = NOON - 1500
      for (let steps = 0; countRoom(quota, now) === 0; steps++) {
        const at = opensAt(quota, now)
        expect(at).toBeGreaterThan(now)
        expect(steps).toBeLessThan(13)
        now = at
      }
      expect(now).toBeLessThanOrEqual(NOON + 10_000)
    }
  })
})

describe("the rate that a provider reports", () => {
  /** A quota that was closed by a provider that had reported its limit. */
  function paced(limit: number, windowMs: number): Quota {
    const quota = quotaFrom()
    back(quota, answered({ upstream: limitedTo(limit, windowMs) }), NOON)
    back(quota, tooMany(1000), NOON)
    return quota
  }

  test("is kept from the opening on: one call, and the next when it is its time", () => {
    const quota = paced(10, 1000)
    expect(quota.spacingMs).toBe(110)
    const open = NOON + 1000
    expect(countRoom(quota, open)).toBe(1)
    reserveCalls(quota, 1, open)
    expect(countRoom(quota, open + 109)).toBe(0)
    expect(opensAt(quota, open)).toBe(open + 110)
    expect(countRoom(quota, open + 110)).toBe(1)
  })

  test("has no effect before the first 429, and is forgotten ten minutes after the last", () => {
    const quota = quotaFrom()
    back(quota, answered({ upstream: limitedTo(10, 1000) }), NOON)
    expect(countRoom(quota, NOON)).toBe(EVERY)
    back(quota, tooMany(1000), NOON)
    const over = quota.closedUntil + PACED_MS
    expect(countRoom(quota, over - 1)).toBe(1)
    expect(countRoom(quota, over)).toBe(EVERY)
  })

  test("is computed from the longest rest of a window that was reported", () => {
    const quota = quotaFrom()
    for (const resetMs of [400, 60_000, 20]) back(quota, answered({ upstream: limitedTo(60, resetMs) }), NOON)
    back(quota, tooMany(1000), NOON)
    expect(quota.spacingMs).toBe(60_100 / 60)
  })

  test("can be reported by the 429 itself, and replaced by a later one", () => {
    const quota = quotaFrom()
    expect(back(quota, tooMany(1000, { upstream: limitedTo(10, 1000) }), NOON)).toBe(true)
    expect(quota.spacingMs).toBe(110)
    expect(back(quota, tooMany(500, { upstream: limitedTo(20, 1000) }), NOON)).toBe(true)
    expect(quota).toMatchObject({ spacingMs: 55, closedUntil: NOON + 1000 })
  })

  test.each([
    ["no limit", null, 1000],
    ["no time", 10, null],
    ["a limit of 0", 0, 1000],
  ])("is none with %s", (_, limit, resetMs) => {
    const quota = quotaFrom()
    const upstream = { requestId: null, limits: { requests: { limit, remaining: null, resetMs }, tokens: null } }
    back(quota, tooMany(1000, { upstream }), NOON)
    expect(quota.spacingMs).toBeNull()
    expect(countRoom(quota, NOON + 1000)).toBe(1)
  })

  test.each([
    [1, 1000],
    [3, 1000],
    [7, 1000],
    [60, 60_000],
    [500, 60_000],
    [50, 20],
  ])("of %i in %i ms is never broken in any such time, however many wait", (limit, windowMs) => {
    const quota = paced(limit, windowMs)
    const starts: number[] = []
    for (let now = NOON; starts.length < 3 * limit + 10; ) {
      const room = countRoom(quota, now)
      if (room > 0) {
        reserveCalls(quota, room, now)
        for (let n = 0; n < room; n++) starts.push(now)
      } else {
        const at = opensAt(quota, now)
        expect(at).toBeGreaterThan(now)
        now = at
      }
    }
    for (const [n, at] of starts.entries()) {
      const after = starts[n + limit]
      if (after !== undefined) expect(after - at).toBeGreaterThanOrEqual(windowMs)
    }
  })
})

describe("a key that was refused", () => {
  test.each([refused(401), refused(403), tooMany(null, { isKeyRefused: true })])(
    "is the last choice for a minute, and has room all the same",
    (outcome) => {
      const quota = quotaFrom()
      expect(back(quota, outcome, NOON)).toBe(false)
      expect(quota.shunnedUntil).toBe(NOON + 60_000)
      expect(countRoom(quota, NOON)).toBe(EVERY)
    },
  )
})

describe("a call whose claim was stored meanwhile", () => {
  const counted = (over: Partial<Quota>) => {
    const quota = quotaFrom(over)
    reserveCalls(quota, 1, NOON)
    return quota
  }

  test("goes out at once, also where calls are spaced, and the next one is spaced from it", () => {
    const quota = counted({ closedUntil: NOON - 1000, spacingMs: 5000 })
    expect(admit(quota, NOON + 300, NOON)).toBe(NOON + 300)
    expect(quota.nextAt).toBe(NOON + 5300)
  })

  test("waits where a 429 has closed the quota since", () => {
    const quota = counted({})
    back(quota, tooMany(3000), NOON + 20, NOON - 500)
    expect(admit(quota, NOON + 50, NOON)).toBe(NOON + 3020)
    expect(admit(quota, NOON + 3020, NOON)).toBe(NOON + 3020)
  })
})

describe("a quota can be forgotten", () => {
  test("when no call is in flight, the spacing is over and the key may be tried again", () => {
    expect(isForgettable(quotaFrom(), NOON)).toBe(true)
    expect(isForgettable(quotaFrom({ inFlight: 1 }), NOON)).toBe(false)
    expect(isForgettable(quotaFrom({ shunnedUntil: NOON + 1 }), NOON)).toBe(false)
    expect(isForgettable(quotaFrom({ shunnedUntil: NOON }), NOON)).toBe(true)
    expect(isForgettable(quotaFrom({ closedUntil: NOON - PACED_MS + 1 }), NOON)).toBe(false)
    expect(isForgettable(quotaFrom({ closedUntil: NOON - PACED_MS }), NOON)).toBe(true)
  })

  test("only when it would allow every call anyway", () => {
    for (const closedUntil of [NOON - PACED_MS, NOON - PACED_MS - 1, 0]) {
      const quota = quotaFrom({ closedUntil, spacingMs: 60_000, nextAt: NOON + 30_000 })
      expect(isForgettable(quota, NOON)).toBe(true)
      expect(countRoom(quota, NOON)).toBe(EVERY)
    }
  })
})
