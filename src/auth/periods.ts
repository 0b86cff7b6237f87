// The periods of budgets: the day and the month of UTC in which a moment lies.
import type { Budget, Spend } from "./virtualkeys.ts"

export interface Period {
  name: "day" | "month"
  spend: Spend
  /** Epoch milliseconds; `until` is the first moment of the next one. */
  from: number
  until: number
}

/** The periods that the budget limits, the day first. */
export function listPeriods(budget: Budget, now: number): Period[] {
  const date = new Date(now)
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
  const periods = [
    { name: "day", spend: budget.day, from: Date.UTC(year, month, day), until: Date.UTC(year, month, day + 1) },
    { name: "month", spend: budget.month, from: Date.UTC(year, month), until: Date.UTC(year, month + 1) },
  ] as const
  return periods.flatMap(({ spend, ...period }) => (spend ? [{ ...period, spend }] : []))
}
