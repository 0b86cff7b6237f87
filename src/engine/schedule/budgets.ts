// What virtual keys may use in a day and in a month, those of UTC. What they have used is in the store, as their attempts told.

import type { Budget, Spend } from "../../auth/keyring.ts"
import { dayOf } from "../../jobs/job.ts"

export interface Excess {
  message: string
  /** Seconds until the period is over. */
  retryAfter: number
}

/**
 * The first budget that is used up, or null.
 * @param spentSince what was used since that day: see `dayOf`
 */
export function excessOf(budget: Budget, spentSince: (day: number) => Required<Spend>, now: number): Excess | null {
  const date = new Date(now)
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
  const periods = [
    { name: "day", from: Date.UTC(year, month, day), until: Date.UTC(year, month, day + 1) },
    { name: "month", from: Date.UTC(year, month), until: Date.UTC(year, month + 1) },
  ] as const
  for (const { name, from, until } of periods) {
    const spend = budget[name]
    const used = spend && usedUp(spend, spentSince(dayOf(from)))
    if (!used) continue
    const message = `this virtual key has used ${used} of its budget for the ${name}: send the request again after ${new Date(until).toISOString()}`
    return { message, retryAfter: Math.ceil((until - now) / 1000) }
  }
  return null
}

function usedUp({ tokens, cost }: Spend, spent: Required<Spend>): string | null {
  if (tokens !== undefined && spent.tokens >= tokens) return `${spent.tokens} of ${tokens} tokens`
  return cost !== undefined && spent.cost >= cost ? `${spent.cost.toFixed(4)} of ${cost} US dollars` : null
}
