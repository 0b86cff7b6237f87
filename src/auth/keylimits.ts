// The limits of a virtual key that was made by the command line or the API, in the words of config.json, and what is wrong with them.
import type { VirtualKeyConfig } from "../config/schema.ts"
import { isRecord } from "../values.ts"

/** A member that is missing is no limit. */
export type KeyLimits = Pick<
  VirtualKeyConfig,
  "is_active" | "expires_at" | "requests_per_minute" | "max_concurrent_jobs" | "budgets"
>

/** Of each member: whether a value is right, and what it must be. */
const rules: Record<keyof KeyLimits, { isRight(value: unknown): boolean; must: string }> = {
  is_active: { isRight: (value) => typeof value === "boolean", must: "true or false" },
  expires_at: { isRight: isTime, must: "a time of RFC 3339, as 2030-01-01T00:00:00Z, or null for never" },
  requests_per_minute: {
    isRight: (value) => isWhole(value) && value <= 100_000,
    must: "a whole number from 1 to 100000, or null for no limit",
  },
  max_concurrent_jobs: { isRight: isWhole, must: "a whole number from 1, or null for no limit" },
  budgets: {
    isRight: (value) => hasOnly(value, ["day", "month"], isSpend),
    must: '{"day": {"tokens": 100000, "cost": 5}}, or "month", in whole tokens from 1 and US dollars above 0, or null for no limit',
  },
}

export const limitNames = Object.keys(rules) as (keyof KeyLimits)[]

/** The first member that is wrong, and what it must be; null: all are right. Other members than limits are not looked at. */
export function findMistake(limits: Readonly<Record<string, unknown>>): { member: string; must: string } | null {
  const member = limitNames.find((name) => limits[name] !== undefined && !rules[name].isRight(limits[name]))
  return member === undefined ? null : { member, must: rules[member].must }
}

function isTime(value: unknown): boolean {
  const isWritten =
    typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(value)
  return isWritten && !Number.isNaN(Date.parse(value))
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}

function isSpend(value: unknown): boolean {
  return hasOnly(value, ["tokens", "cost"], (amount, name) =>
    // 1e400 is read as infinity, which JSON cannot write.
    name === "tokens" ? isWhole(amount) : Number.isFinite(amount) && (amount as number) > 0,
  )
}

function hasOnly(
  value: unknown,
  names: readonly string[],
  isRight: (value: unknown, name: string) => boolean,
): boolean {
  return isRecord(value) && Object.entries(value).every(([name, each]) => names.includes(name) && isRight(each, name))
}
