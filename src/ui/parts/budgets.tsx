// The limits of a virtual key, and what is used of its budgets.
import { writeCount, writeMoney } from "../format.ts"
import type { Budget, Period, Spent } from "../usage.ts"
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

/** @param areNamed whose each is: they are of several virtual keys */
export function Budgets({ budgets, areNamed = false }: { budgets: readonly Budget[]; areNamed?: boolean }) {
  const rows = budgets.flatMap(({ virtual_key: { id, name }, period, tokens, cost_usd }) => {
    const when = period === "day" ? "today" : "this month"
    return [
      { of: "Cost", spent: cost_usd, write: writeMoney },
      { of: "Tokens", spent: tokens, write: writeCount },
    ].map((row) => ({
      ...row,
      key: `${id} ${period} ${row.of}`,
      name: `${areNamed ? `${name}: ` : ""}${row.of} ${when}`,
    }))
  })
  return (
    <ul class="meters">
      {rows.map(({ key, name, spent, write }) =>
        spent === null ? null : <Meter key={key} {...{ name, spent, write }} />,
      )}
    </ul>
  )
}

function Meter({ name, spent, write }: { name: string; spent: Spent; write(amount: number): string }) {
  const { limit, used, resets_at } = spent
  const isSpent = used >= limit
  return (
    <li class={isSpent ? "spent" : ""}>
      <span class="number break">
        {name}: {write(used)} of {write(limit)}
      </span>
      <progress aria-label={name} max={limit || 1} value={Math.min(used, limit)} />
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
