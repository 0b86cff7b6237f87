import { describe, expect, test } from "bun:test"
import { createJobIds, formatJobId, IDS_PER_MS, readIdTime } from "../../src/jobs/ids.ts"
import { readNumber, readNumberBound, readNumberTime } from "../../src/jobs/numbers.ts"
import { NOON } from "../factory.ts"

describe("a job's id", () => {
  test("is a UUID of version 7 that begins with its time", () => {
    expect(createJobIds(0)(0x0123_4567_89ab)).toMatch(/^01234567-89ab-7000-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(readIdTime(createJobIds(0)(NOON))).toBe(NOON)
  })

  test("is above all that were made before it, however many are made at one time and whatever the clock does", () => {
    const newJobId = createJobIds(0)
    const times = [...Array.from({ length: 3 * IDS_PER_MS }, () => NOON), NOON - 5000, NOON + 1, NOON - 1, NOON + 9000]
    const ids = times.map(newJobId)
    expect(ids).toEqual(ids.toSorted())
    expect(new Set(ids.map((id) => id.slice(0, 18))).size).toBe(times.length)
  })

  test("is above all that the store has, also where the clock was set back", () => {
    const latest = formatJobId(NOON, IDS_PER_MS - 1)
    expect(createJobIds(readIdTime(latest))(NOON - 3_600_000) > latest).toBe(true)
  })
})

describe("a job's number", () => {
  test("rises as ids do, and no two ids of different time or counter have the same", () => {
    const ids = [formatJobId(NOON - 1, 4095), formatJobId(NOON, 0), formatJobId(NOON, 1), formatJobId(NOON + 1, 0)]
    const numbers = ids.map(readNumber)
    expect(numbers).toEqual([0, 1, 2, 4097].map((step) => (numbers[0] ?? 0) + step))
    expect(numbers.map(readNumberTime)).toEqual([NOON - 1, NOON, NOON, NOON + 1])
  })

  test.each([
    "",
    "no id",
    "zzzzzzzz-zzzz-7000-8000-000000000000",
    "00000000-0000-7000-8000-000000000000",
    "ffffffff-ffff-7fff-bfff-ffffffffffff",
  ])("is none of %p", (text) => {
    expect(readNumber(text)).toBe(-1)
  })

  test("has a bound for every text", () => {
    const id = formatJobId(NOON, 7)
    expect(readNumberBound(id)).toBe(readNumber(id))
    expect(readNumberBound(id.slice(0, 13))).toBe(readNumber(formatJobId(NOON, 0)))
    expect(readNumberBound("")).toBe(0)
    expect(readNumberBound("no id")).toBe(0)
    expect(readNumberBound("ffffffff-ffff-7fff-bfff-ffffffffffff")).toBeGreaterThan(readNumber(id))
  })
})
