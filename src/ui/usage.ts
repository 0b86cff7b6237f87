// What was called, used and paid for, as the gateway sums it up by day. A cost that is not known is never taken for nothing.
import { writeCount, writeMoney } from "./format.ts"

export interface Sums {
  calls: number
  input_tokens: number
  output_tokens: number
  total_tokens: number
  /** Of the calls whose cost is known. */
  cost_usd: number
  calls_without_cost: number
}

export interface UsageRow extends Sums {
  day?: string
  provider?: string
  model?: string
  type?: string
  owner?: { kind: "virtual_key" | "caller_key"; id: string; name?: string | null } | null
  key_name?: string | null
}

export type Period = "day" | "month"

/** Of one virtual key and period. */
export interface Budget {
  virtual_key: { id: string; name: string }
  period: Period
  tokens: Spent | null
  cost_usd: Spent | null
}

export interface Spent {
  limit: number
  used: number
  resets_at: string
}

export interface UsageReport {
  data: UsageRow[]
  budgets: Budget[]
}

export function sum(rows: readonly Sums[]): Sums {
  const add = (name: keyof Sums) => rows.reduce((total, row) => total + row[name], 0)
  return {
    calls: add("calls"),
    input_tokens: add("input_tokens"),
    output_tokens: add("output_tokens"),
    total_tokens: add("total_tokens"),
    cost_usd: add("cost_usd"),
    calls_without_cost: add("calls_without_cost"),
  }
}

/** Of the calls whose cost is known; "unknown" where there is none of them. */
export function writeCost({ cost_usd, calls_without_cost }: Sums): string {
  return writeMoney(cost_usd === 0 && calls_without_cost > 0 ? null : cost_usd)
}

/** Null: all costs are known. */
export function writeUnknown({ calls_without_cost: count }: Pick<Sums, "calls_without_cost">): string | null {
  return count === 0 ? null : `${writeCount(count)} ${count === 1 ? "call" : "calls"} without a known cost`
}

const DAY_MS = 86_400_000

export function countDays(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1
}

/** Every day of UTC from one to the other, as "2026-12-01". */
export function listDays(from: string, to: string): string[] {
  const first = Date.parse(from)
  return Array.from({ length: countDays(from, to) }, (_, at) => writeDay(first + at * DAY_MS))
}

/** @param at epoch milliseconds */
export function writeDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

/** The first day of so many that end with another one. */
export function goBack(to: string, days: number): string {
  return writeDay(Date.parse(to) - (days - 1) * DAY_MS)
}

/** Null: it is no day. */
export function readDay(text: string): string | null {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) || writeDay(at) !== text ? null : text
}
