import { expect, test } from "bun:test"
import { computeSlope } from "../../bench/slope.ts"

const SECOND_MS = 1000

function samples(count: number, value: (second: number) => number): [number, number][] {
  return Array.from({ length: count }, (_, second) => [second * SECOND_MS, value(second)])
}

test("what rises by a megabyte in a hundred seconds rises by 36 an hour", () => {
  const { perHour, errorPerHour } = computeSlope(samples(200, (second) => 80 + second / 100))
  expect(perHour).toBeCloseTo(36, 6)
  expect(errorPerHour).toBeCloseTo(0, 6)
})

test("what swings around one value has a slope within its error", () => {
  const { perHour, errorPerHour } = computeSlope(samples(600, (second) => 100 + 10 * Math.sin(second)))
  expect(Math.abs(perHour)).toBeLessThan(2 * errorPerHour)
  expect(errorPerHour).toBeGreaterThan(0)
})

test("two samples say nothing", () => {
  expect(computeSlope(samples(2, (second) => second)).perHour).toBeNaN()
})
