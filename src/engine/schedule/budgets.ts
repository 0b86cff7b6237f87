// The budgets of virtual keys for a day and a month, in UTC. The store sums up what the attempts of each key have used.
import { listPeriods } from "../../auth/periods.ts"
import type { Budget, Spend } from "../../auth/virtualkeys.ts"
import { countDays } from "../../jobs/job.ts"
import type { Allowance, Spent } from "../../jobs/store.ts"

export interface Excess {
  message: string
  /** Seconds until the period ends. */
  retryAfter: number
}

/** The allowances of a budget for the store, in the order that `describeExcess` expects. */
export function listAllowances(budget: Budget | undefined, now: number): Allowance[] {
  return budget ? listPeriods(budget, now).map(({ spend, from }) => ({ ...spend, since: countDays(from) })) : []
}

/** The refusal of a job whose owner has used up one of its allowances. @param allowance the position of that allowance */
export function describeExcess(budget: Budget, allowance: number, spent: Spent, now: number): Excess {
  const period = listPeriods(budget, now)[allowance]
  if (!period) throw new Error(`there is no allowance ${allowance}`)
  const { name, spend, until } = period
  const used = describeUse(spend, spent)
  const message = `this virtual key has used ${used} of its budget for the ${name}: send the request again after ${new Date(until).toISOString()}`
  return { message, retryAfter: Math.ceil((until - now) / 1000) }
}

function describeUse({ tokens, cost }: Spend, spent: Spent): string {
  if (tokens !== undefined && spent.tokens >= tokens) return `${spent.tokens} of ${tokens} tokens`
  return `${spent.cost.toFixed(4)} of ${cost} US dollars`
}
