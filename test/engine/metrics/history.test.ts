// What the history keeps of the last ten minutes and of the last day.
import { expect, test } from "bun:test"
import { createHistory, type Window } from "../../../src/engine/metrics/history.ts"
import { NOON } from "../../factory.ts"

const none = { succeeded: 0, failed: 0, cancelled: 0, wait50: null, wait95: null, run50: null, run95: null }

test("each step counts what happened in it, and steps without anything are not listed", () => {
  const history = createHistory()
  expect(history.read("10m", NOON)).toEqual([])
  history.at(NOON).count("accepted")
  history.at(NOON + 999).count("accepted")
  const later = history.at(NOON + 5000)
  later.count("succeeded")
  later.ran(12)
  expect(history.read("10m", NOON + 5000)).toEqual([
    { ...none, at: NOON, accepted: 2 },
    { ...none, at: NOON + 5000, accepted: 0, succeeded: 1, run50: 12, run95: 12 },
  ])
  expect(history.read("24h", NOON + 5000)).toEqual([
    { ...none, at: NOON, accepted: 2, succeeded: 1, run50: 12, run95: 12 },
  ])
})

test.each([
  ["10m", 1000, 600],
  ["24h", 60_000, 1440],
] as const)("the window of %s has its last %d ms steps, %d of them, and no older one", (window: Window, ms, steps) => {
  const history = createHistory()
  for (let step = 0; step <= steps; step++) history.at(NOON + step * ms).count("failed")
  const listed = history.read(window, NOON + steps * ms)
  expect(listed).toHaveLength(steps)
  expect([listed[0]?.at, listed.at(-1)?.at]).toEqual([NOON + ms, NOON + steps * ms])
  expect(listed.every(({ failed }) => failed === 1)).toBe(true)
  expect(history.read(window, NOON + (2 * steps - 1) * ms)).toHaveLength(1)
  expect(history.read(window, NOON + 2 * steps * ms)).toEqual([])
})

test("a percentile is the middle of the times to 7 %, from none to weeks", () => {
  for (const ms of [0, 1, 15, 16, 17, 99, 1000, 59_999, 3_600_000, 1_000_000_000]) {
    const history = createHistory()
    const step = history.at(NOON)
    for (let n = 0; n < 94; n++) step.waited(ms)
    for (let n = 0; n < 6; n++) step.waited(ms * 10)
    const [{ wait50, wait95 } = { wait50: null, wait95: null }] = history.read("10m", NOON)
    expect(Math.abs((wait50 ?? -1) - ms)).toBeLessThanOrEqual(ms * 0.07)
    expect(Math.abs((wait95 ?? -1) - Math.min(ms * 10, 2 ** 31))).toBeLessThanOrEqual(ms * 0.7)
  }
})

test("a clock that is set back loses the steps that are to come again, and no others", () => {
  const history = createHistory()
  for (const second of [0, 1, 2]) history.at(NOON + second * 1000).count("accepted")
  history.at(NOON + 1500).count("cancelled")
  expect(
    history.read("10m", NOON + 1500).map(({ at, accepted, cancelled }) => [at - NOON, accepted, cancelled]),
  ).toEqual([
    [0, 1, 0],
    [1000, 0, 1],
  ])
})
