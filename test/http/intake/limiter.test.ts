import { describe, expect, test } from "bun:test"
import type { VirtualKey } from "../../../src/auth/virtualkeys.ts"
import { GatewayError } from "../../../src/errors.ts"
import { createLimiter } from "../../../src/http/intake/limiter.ts"

const START = 1_767_268_800_000
const keyWith = (requestsPerMinute: number | null, id = "vk-a"): VirtualKey => ({
  id,
  name: id,
  isActive: true,
  expiresAt: null,
  grants: null,
  requestsPerMinute,
  maxConcurrentJobs: null,
  budgets: null,
})

/** Null when the request is let through, else the seconds to wait. */
function taker(key: VirtualKey, limiter = createLimiter()) {
  return (now: number): number | null => {
    try {
      limiter.take(key, now)
      return null
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== "rate_limited") throw error
      return error.retryAfter ?? Number.NaN
    }
  }
}

describe("a key with three requests a minute", () => {
  test("is refused the fourth with the seconds to wait, and let through again when they are over", () => {
    const take = taker(keyWith(3))
    const times = [0, 10_000, 20_000, 20_001, 59_001, 59_999, 60_000, 60_001, 70_000, 70_000, 80_000, 500_000]
    expect(times.map((after) => take(START + after))).toEqual([
      null,
      null,
      null,
      40,
      1,
      1,
      null,
      10,
      null,
      10,
      null,
      null,
    ])
  })

  test("is not kept out longer for what was refused", () => {
    const take = taker(keyWith(3))
    for (let at = 0; at < 60_000; at += 100) take(START + at)
    expect(take(START + 60_000)).toBeNull()
  })

  test("is not kept out by a clock that was set back", () => {
    const take = taker(keyWith(1))
    expect(take(START)).toBeNull()
    expect(take(START - 3_600_000)).toBeNull()
    expect(take(START - 3_600_000 + 1)).toBe(60)
  })
})

test("no minute has more requests than the limit, wherever it begins", () => {
  const take = taker(keyWith(7))
  const passed: number[] = []
  let seed = 1
  for (let now = START; now < START + 600_000; ) {
    if (take(now) === null) passed.push(now)
    seed = (seed * 16_807) % 2_147_483_647
    now += seed % 9_000
  }
  const most = Math.max(...passed.map((from) => passed.filter((time) => time >= from && time < from + 60_000).length))
  expect(most).toBe(7)
})

test("every key has its own count, and a key without a limit none", () => {
  const limiter = createLimiter()
  expect(taker(keyWith(1, "vk-a"), limiter)(START)).toBeNull()
  expect(taker(keyWith(1, "vk-a"), limiter)(START)).toBe(60)
  expect(taker(keyWith(1, "vk-b"), limiter)(START)).toBeNull()
  const free = taker(keyWith(null, "vk-c"), limiter)
  for (let count = 0; count < 1000; count++) expect(free(START)).toBeNull()
})
