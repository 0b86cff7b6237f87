import { expect, test } from "bun:test"
import { type Bar, judge, listMissed, type Row, renderTable } from "../../bench/table.ts"

const row = (measured: number, bar: Bar, beside?: number): Row => ({
  what: "a figure",
  measured,
  unit: "ms",
  bar,
  ...(beside === undefined ? {} : { beside: { what: "a peer", measured: beside } }),
})

test.each<[Row, boolean]>([
  [row(2.9, { below: 3 }), true],
  [row(3, { below: 3 }), false],
  [row(3, { atMost: 3 }), true],
  [row(3.1, { atMost: 3 }), false],
  [row(3, { atLeast: 3 }), true],
  [row(2.9, { atLeast: 3 }), false],
  [row(5, { ratioAtLeast: 2.5 }, 2), true],
  [row(4.9, { ratioAtLeast: 2.5 }, 2), false],
  [row(2, { ratioAtMost: 1 }, 2), true],
  [row(2.1, { ratioAtMost: 1 }, 2), false],
])("%j is met: %p", (given, isMet) => {
  expect(judge(given).isMet).toBe(isMet)
})

test("a ratio to what is not there is neither met nor missed", () => {
  const verdict = judge(row(1, { ratioAtLeast: 2 }))
  expect(verdict.isMet).toBeUndefined()
  expect(listMissed([verdict])).toBe("every bar is met")
})

test("what could not be measured is missed", () => {
  expect(judge(row(Number.NaN, { below: 3 })).isMet).toBe(false)
  expect(judge(row(Number.NaN, { ratioAtMost: 1 }, 2)).isMet).toBe(false)
})

test("a table shows what was measured, beside what, and the bar", () => {
  const verdicts = [judge(row(1234.4, { ratioAtMost: 0.5 }, 1000))]
  expect(renderTable(verdicts)).toContain("a figure  1,234 ms  1,000 ms a peer  1.23   ratio <= 0.5  NO")
  expect(listMissed(verdicts)).toBe("missed: a figure, beside a peer")
})
