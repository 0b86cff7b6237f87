import { describe, expect, test } from "bun:test"
import type { Submission } from "../../../src/endpoints/endpoint.ts"
import { endpoints, getEndpoint } from "../../../src/endpoints/endpoints.ts"
import { GatewayError } from "../../../src/errors.ts"
import { chooseLossRetries, choosePriority } from "../../../src/http/intake/newjob.ts"
import { readJobOptions } from "../../../src/http/request/joboptions.ts"

const NOON = 1_795_132_800_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const keyring = { find: () => null, isUnmarked: () => false, isEmpty: () => true, list: () => [] }
const defaults = { deadlineMs: DAY_MS, ttlMs: HOUR_MS, ttlMsMax: 30 * DAY_MS, reserved: new Set<string>(), keyring }
const chat = getEndpoint("chat_completion")

type Given = Record<string, string>

const read = (given: Given) => readJobOptions(new Headers(given), NOON, defaults)

/** How a job of these headers, body and request type runs. */
function plan(given: Given, fields: Submission["fields"] = {}, endpoint = chat) {
  const jobOptions = read(given)
  const { deadlineAt, ttlMs } = jobOptions
  const priority = choosePriority(jobOptions, { form: "json", fields, files: [] })
  return { deadlineAt, priority, lossRetries: chooseLossRetries(jobOptions, endpoint), ttlMs }
}

function findRefusal(given: Given): unknown {
  try {
    read(given)
    return null
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return { code: error.code, param: error.param, message: error.message }
  }
}

test("without any header: the configured deadline and time to live, normal priority", () => {
  expect(plan({})).toEqual({ deadlineAt: NOON + DAY_MS, priority: 1, lossRetries: null, ttlMs: HOUR_MS })
})

describe("Cancel-After", () => {
  const times: [given: string, ms: number][] = [
    ["1ms", 1],
    ["500ms", 500],
    ["90s", 90_000],
    ["5m", 300_000],
    ["2h", 2 * HOUR_MS],
    ["1d", DAY_MS],
    ["90", 90_000],
    ["  90  ", 90_000],
    ["007s", 7000],
    ["30d", 30 * DAY_MS],
    ["720h", 30 * DAY_MS],
    ["2592000000ms", 30 * DAY_MS],
  ]
  test.each(times)("%j is the deadline, counted from the submit", (given, ms) => {
    expect(plan({ "cancel-after": given }).deadlineAt).toBe(NOON + ms)
  })

  test.each([
    "",
    "0",
    "0s",
    "000ms",
    "-1",
    "+1",
    "s",
    "5 m",
    "1.5h",
    "5M",
    "1w",
    "1h30m",
    "90s, 5m",
    "Infinity",
    "1e3",
    "0x10",
    "31d",
    "2592000001ms",
    "2592001",
    `${"9".repeat(400)}s`,
  ])("%j is refused, with what to write", (given) => {
    expect(findRefusal({ "cancel-after": given })).toEqual({
      code: "invalid_request",
      param: "Cancel-After",
      message:
        "Cancel-After must be a time like 500ms, 90s, 5m, 2h or 1d, more than nothing and at most 30d; a number alone is seconds",
    })
  })
})

describe("x-asyncgate-priority", () => {
  test.each([
    ["low", 0],
    ["normal", 1],
    ["high", 2],
  ])("%s is %i, whatever the body's service_tier says", (given, priority) => {
    for (const service_tier of ["flex", "default", "priority", undefined]) {
      expect(plan({ "x-asyncgate-priority": given }, { service_tier }).priority).toBe(priority)
    }
  })

  test.each([
    ["flex", 0],
    ["default", 1],
    ["priority", 2],
    ["a tier of tomorrow", 1],
    [7, 1],
  ])("is what service_tier %j says where it is not sent", (service_tier, priority) => {
    expect(plan({}, { service_tier }).priority).toBe(priority)
  })

  test.each(["", "urgent", "High", "2", "low, high"])("%j is refused, with what to write", (given) => {
    expect(findRefusal({ "x-asyncgate-priority": given })).toEqual({
      code: "invalid_request",
      param: "x-asyncgate-priority",
      message: "x-asyncgate-priority must be one of low, normal, high",
    })
  })
})

describe("x-asyncgate-on-interrupt", () => {
  test.each(endpoints)("says of $requestType how often a lost answer may be asked for again", (endpoint) => {
    const asked = (given?: string) =>
      plan(given === undefined ? {} : { "x-asyncgate-on-interrupt": given }, {}, endpoint).lossRetries
    expect(asked("retry")).toBeNull()
    expect(asked("fail")).toBe(0)
    expect(asked()).toBe(endpoint.isBilledPerCall ? 1 : null)
  })

  test.each(["", "again", "Retry", "true"])("%j is refused, with what to write", (given) => {
    expect(findRefusal({ "x-asyncgate-on-interrupt": given })).toEqual({
      code: "invalid_request",
      param: "x-asyncgate-on-interrupt",
      message: "x-asyncgate-on-interrupt must be one of retry, fail",
    })
  })
})

test.each([
  ["120", 120_000],
  [" 120 ", 120_000],
  ["0", HOUR_MS],
  ["-1", HOUR_MS],
  ["soon", HOUR_MS],
  ["", HOUR_MS],
  ["99999999999", 30 * DAY_MS],
])("x-bf-async-job-result-ttl %j keeps the end for %i ms: it is never refused", (given, ttlMs) => {
  expect(plan({ "x-bf-async-job-result-ttl": given }).ttlMs).toBe(ttlMs)
})

describe("an Idempotency-Key", () => {
  test("may be missing or empty", () => {
    expect(read({}).idempotencyKey).toBeNull()
    expect(read({ "idempotency-key": "" }).idempotencyKey).toBeNull()
  })

  test("has at most 255 characters", () => {
    expect(read({ "idempotency-key": "k".repeat(255) }).idempotencyKey).toBe("k".repeat(255))
    expect(findRefusal({ "idempotency-key": "k".repeat(256) })).toEqual({
      code: "invalid_request",
      param: "Idempotency-Key",
      message: "Idempotency-Key has 256 characters: send at most 255",
    })
  })
})
