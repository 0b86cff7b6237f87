// The limits of a virtual key, and what is used of its budgets.
import { writeCount, writeMoney } from "../format.ts"
import { Countdown } from "./values.tsx"

/** As the API writes a virtual key. Null: no limit. */
export interface VirtualKey {
  id: string
  name: string
  is_active: boolean
  expires_at: string | null
  requests_per_minute: number | null
  max_concurrent_jobs: number | null
  budgets: Partial<Record<Period, { tokens?: number; cost?: number }>> | null
  /** Whom it may call; null: everybody. */
  provider_configs: { provider: string; allowed_models: readonly string[] }[] | null
}

export type Period = "day" | "month"

/** Of one virtual key and period, as GET /v1/async/usage writes it. */
export interface Budget {
  virtual_key: { id: string; name: string }
  period: Period
  tokens: Spent | null
  cost_usd: Spent | null
}

interface Spent {
  limit: number
  used: number
  resets_at: string
}

/** The rows of a virtual key are few: one for each period. */
export function Budgets({ budgets }: { budgets: readonly Budget[] }) {
  const rows = budgets.flatMap(({ period, tokens, cost_usd }) => [
    { name: period === "day" ? "Tokens today" : "Tokens this month", spent: tokens, write: writeCount },
    { name: period === "day" ? "Cost today" : "Cost this month", spent: cost_usd, write: writeMoney },
  ])
  return (
    <ul class="meters">
      {rows.map(({ name, spent, write }) => (spent === null ? null : <Meter key={name} {...{ name, spent, write }} />))}
    </ul>
  )
}

function Meter({ name, spent, write }: { name: string; spent: Spent; write(amount: number): string }) {
  const { limit, used, resets_at } = spent
  const isSpent = used >= limit
  return (
    <li class={isSpent ? "spent" : ""}>
      <span class="number">
        {name}: {write(used)} of {write(limit)}
      </span>
      <progress aria-label={name} max={limit} value={Math.min(used, limit)} />
      <span class="note">
        {isSpent ? "used up" : `${write(limit - used)} left`}, begins anew <Countdown to={resets_at} />
      </span>
    </li>
  )
}

/** Whom the key may call, in words. */
export function writeGrants(grants: VirtualKey["provider_configs"]): string {
  if (grants === null) return "all providers"
  if (grants.length === 0) return "no provider"
  return grants
    .map(({ provider, allowed_models: models }) =>
      models.includes("*") ? provider : `${provider} (${models.join(", ") || "no model"})`,
    )
    .join(", ")
}
