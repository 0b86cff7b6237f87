import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import type { Budget } from "../../../src/auth/virtualkeys.ts"
import { describeExcess, type Excess, listAllowances } from "../../../src/engine/schedule/budgets.ts"
import { countDays } from "../../../src/jobs/job.ts"
import { createStore } from "../../../src/jobs/sqlite/sqlitestore.ts"
import { createWorld, doTurn, makeSubmit, newJob, type World } from "../../factory.ts"

const NOW = Date.UTC(2026, 10, 20, 15, 30)
const DAY = 86_400_000

type Days = Record<number, { tokens?: number; cost?: number }>

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world.dispose())

/** The refusal of a new job whose owner has used so much on each day, from the result of the store; null: the job is stored. */
function findExcess(budget: Budget, days: Days, now: number): Excess | null {
  // The store knows what it has counted: what others write it does not see before it is opened again.
  const store = createStore(world.database)
  world.database.run("DELETE FROM usage_daily")
  for (const [day, { tokens = 0, cost = 0 }] of Object.entries(days)) {
    world.database.run(
      "INSERT INTO usage_daily VALUES (?, 'vk:a', 'mock', 'echo', 'chat_completion', '', 1, ?, 0, ?, 0)",
      [Number(day), tokens, cost],
    )
  }
  const job = newJob({ owner: "vk:a" })
  const result = doTurn(store, makeSubmit(job, { allowances: listAllowances(budget, now) }), now)
  expect(world.row(job.id) !== undefined).toBe(result.kind === "queued")
  return result.kind === "overBudget" ? describeExcess(budget, result.allowance, result.spent, now) : null
}

const today = countDays(NOW)

describe("a budget", () => {
  test("that is not used up lets the request pass, to the last token and cent", () => {
    const spent: Days = { [today]: { tokens: 999, cost: 0.99 } }
    expect(findExcess({ day: { tokens: 1000, cost: 1 }, month: { tokens: 1000, cost: 1 } }, spent, NOW)).toBeNull()
    expect(findExcess({}, spent, NOW)).toBeNull()
    expect(findExcess({ day: {} }, spent, NOW)).toBeNull()
  })

  test("of nothing lets nothing pass", () => {
    expect(findExcess({ day: { tokens: 0 } }, {}, NOW)?.message).toContain("0 of 0 tokens")
    expect(findExcess({ month: { cost: 0 } }, {}, NOW)?.message).toContain("0.0000 of 0 US dollars")
  })

  test("for the day is that of UTC, and its refusal says what was used and when to retry", () => {
    const budget = { day: { tokens: 1000 } }
    const spent: Days = { [today - 1]: { tokens: 5000 }, [today]: { tokens: 1200 } }
    expect(findExcess(budget, spent, NOW)).toEqual({
      message:
        "this virtual key has used 1200 of 1000 tokens of its budget for the day: send the request again after 2026-11-21T00:00:00.000Z",
      retryAfter: 8.5 * 3600,
    })
    expect(findExcess(budget, spent, Date.UTC(2026, 10, 21))).toBeNull()
    expect(findExcess(budget, spent, Date.UTC(2026, 10, 21) - 1)?.retryAfter).toBe(1)
  })

  test("for the month begins with its first day and ends with its last", () => {
    const budget = { month: { cost: 2.5 } }
    const first = countDays(Date.UTC(2026, 10, 1))
    const spent: Days = { [first - 1]: { cost: 100 }, [first]: { cost: 1.25 }, [today]: { cost: 1.25 } }
    expect(findExcess(budget, spent, NOW)).toEqual({
      message:
        "this virtual key has used 2.5000 of 2.5 US dollars of its budget for the month: send the request again after 2026-12-01T00:00:00.000Z",
      retryAfter: (Date.UTC(2026, 11, 1) - NOW) / 1000,
    })
    expect(findExcess(budget, spent, Date.UTC(2026, 11, 1))).toBeNull()
  })

  test("for December ends with the year", () => {
    const now = Date.UTC(2026, 11, 31, 23)
    const spent: Days = { [countDays(now)]: { tokens: 10 } }
    for (const period of ["day", "month"]) {
      expect(findExcess({ [period]: { tokens: 10 } }, spent, now)?.message).toEndWith("2027-01-01T00:00:00.000Z")
    }
  })

  test("for the day is named first where both are used up", () => {
    const spent: Days = { [today]: { tokens: 10, cost: 1 } }
    expect(findExcess({ month: { tokens: 1 }, day: { cost: 1 } }, spent, NOW)?.message).toContain("for the day")
    expect(findExcess({ month: { tokens: 1 }, day: { cost: 2 } }, spent, NOW)?.message).toContain("for the month")
  })

  test("looks at no more days than its periods have", () => {
    expect(listAllowances({ day: { tokens: 1 }, month: { cost: 2 } }, NOW)).toEqual([
      { tokens: 1, since: today },
      { cost: 2, since: countDays(NOW - 19 * DAY) },
    ])
  })

  test("is none where there is none", () => {
    expect(listAllowances(undefined, NOW)).toEqual([])
    expect(listAllowances({}, NOW)).toEqual([])
  })
})
