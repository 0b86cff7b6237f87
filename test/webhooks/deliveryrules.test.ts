// The retry policy of webhooks, as a table.
import { describe, expect, test } from "bun:test"
import { type DeliveryPolicy, decideDelivery, decideHealth, describeTry } from "../../src/webhooks/deliveryrules.ts"
import type { PostOutcome } from "../../src/webhooks/post.ts"
import { type WebhookHealth, webhookDefaults } from "../../src/webhooks/webhook.ts"

const NOW = 1_000_000_000_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const usual: DeliveryPolicy = webhookDefaults
const standard: DeliveryPolicy = { ...webhookDefaults, schedule: "standard" }

const answered = (status: number, retryAfterMs: number | null = null): PostOutcome => ({
  kind: "answered",
  status,
  retryAfterMs,
  snippet: "no",
  tookMs: 5,
})
const unreached: PostOutcome = { kind: "unreached", reason: "connection refused", tookMs: 5 }
const decide = (tried: PostOutcome, failures = 0, policy = usual, jitter = 0.5) =>
  decideDelivery(tried, { failures }, policy, NOW, jitter)
const waitMs = (...given: Parameters<typeof decide>) => {
  const { next } = decide(...given)
  return next.state === "pending" ? next.nextAt - NOW : null
}

describe("a try", () => {
  test.each([200, 201, 204, 299])("that is answered %d has delivered", (status) => {
    expect(decide(answered(status))).toEqual({ outcome: "delivered", next: { state: "delivered" } })
  })

  test.each([
    ["without an answer", unreached],
    ["that found an address that is not allowed, which may change", { kind: "refused", reason: "x", isLasting: false }],
    ...[408, 429, 500, 502, 504, 599].map((status) => [`answered ${status}`, answered(status)] as const),
  ] as const)("%s is repeated", (_, tried) => {
    expect(decide(tried as PostOutcome)).toEqual({
      outcome: "retryable_failure",
      next: { state: "pending", nextAt: NOW + 30_000 },
    })
  })

  test.each([
    ["that may not be sent there", { kind: "refused", reason: "x", isLasting: true }],
    ...[100, 301, 302, 307, 400, 401, 404, 410, 422].map((status) => [`answered ${status}`, answered(status)] as const),
  ] as const)("%s is the last", (_, tried) => {
    expect(decide(tried as PostOutcome)).toEqual({ outcome: "permanent_failure", next: { state: "failed" } })
  })

  test("that fails waits 30 s, which double up to 30 minutes, and there are five in all", () => {
    expect([0, 1, 2, 3, 4].map((failures) => waitMs(unreached, failures))).toEqual([
      30_000,
      60_000,
      120_000,
      240_000,
      null,
    ])
    expect(decide(unreached, 4)).toEqual({ outcome: "exhausted", next: { state: "exhausted" } })
    expect(waitMs(unreached, 50, { ...usual, maxRetries: 100 })).toBe(30 * MINUTE)
  })

  test("that fails waits up to a fifth longer or shorter, and never longer than the longest wait", () => {
    expect(waitMs(unreached, 0, usual, 0)).toBe(24_000)
    expect(waitMs(unreached, 0, usual, 0.999_999)).toBe(36_000)
    expect(waitMs(unreached, 50, { ...usual, maxRetries: 100 }, 0.999_999)).toBe(30 * MINUTE)
  })

  test("follows the example of Standard Webhooks where the endpoint asks for it: ten over three days", () => {
    const waits = Array.from({ length: 10 }, (_, failures) => waitMs(unreached, failures, standard))
    const hours = [2, 5, 10, 14, 20, 24].map((count) => count * HOUR)
    expect(waits).toEqual([5000, 5 * MINUTE, 30 * MINUTE, ...hours, null])
  })

  test("waits as long as the receiver asks, at least its own wait and at most a day", () => {
    expect(waitMs(answered(429, 10 * MINUTE))).toBe(10 * MINUTE)
    expect(waitMs(answered(503, 1000))).toBe(30_000)
    expect(waitMs(answered(429, 30 * DAY))).toBe(DAY)
  })

  test("is recorded with what went wrong, cut to a thousand characters", () => {
    expect(describeTry(answered(500), "retryable_failure", 2, NOW)).toEqual({
      attempt: 2,
      at: NOW,
      outcome: "retryable_failure",
      status: 500,
      error: "the receiver answered 500: no",
      tookMs: 5,
    })
    expect(describeTry(answered(204), "delivered", 1, NOW)).toMatchObject({ status: 204, error: null })
    const long: PostOutcome = {
      kind: "answered",
      status: 400,
      retryAfterMs: null,
      snippet: "x".repeat(4096),
      tookMs: 1,
    }
    expect(describeTry(long, "permanent_failure", 1, NOW).error).toHaveLength(1000)
  })
})

describe("an endpoint", () => {
  const well: WebhookHealth = {
    consecutiveFailures: 0,
    failingSince: null,
    lastSuccessAt: null,
    lastFailureAt: null,
    disabledReason: null,
    disabledAt: null,
  }
  const failing = (failures: number, forMs: number): WebhookHealth => ({
    ...well,
    consecutiveFailures: failures - 1,
    failingSince: NOW - forMs,
  })

  test("counts its failures from the last success on", () => {
    const once = decideHealth(unreached, well, NOW)
    expect(once).toEqual({ ...well, consecutiveFailures: 1, failingSince: NOW, lastFailureAt: NOW })
    const twice = decideHealth(answered(500), once, NOW + 1)
    expect(twice).toEqual({ ...once, consecutiveFailures: 2, lastFailureAt: NOW + 1 })
    expect(decideHealth(answered(200), twice, NOW + 2)).toEqual({
      ...twice,
      consecutiveFailures: 0,
      failingSince: null,
      lastSuccessAt: NOW + 2,
    })
  })

  test("that is gone is turned off at once", () => {
    expect(decideHealth(answered(410), well, NOW)).toMatchObject({
      disabledReason: "the receiver answered 410: it is gone",
      disabledAt: NOW,
    })
  })

  test.each([
    ["20 tries in five days", 20, 5 * DAY, true],
    ["a thousand tries in less than five days", 1000, 5 * DAY - 1, false],
    ["19 tries in a month", 19, 30 * DAY, false],
  ])("of which nothing has succeeded in %s is turned off: %p", (_, failures, forMs, isOff) => {
    const { disabledReason } = decideHealth(unreached, failing(failures, forMs), NOW)
    expect(disabledReason).toBe(isOff ? `all of ${failures} tries have failed, for 5 days` : null)
  })

  test("that is off keeps the reason", () => {
    const off = { ...well, disabledReason: "before", disabledAt: 1 }
    expect(decideHealth(answered(410), off, NOW)).toMatchObject({ disabledReason: "before", disabledAt: 1 })
    expect(decideHealth(answered(200), off, NOW)).toMatchObject({ disabledReason: "before", disabledAt: 1 })
  })
})
