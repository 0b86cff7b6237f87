// What was used by day. Read only.
import { type Reads, type UsageRow, usageDimensions } from "../reads.ts"
import { daysSince, usageColumns } from "../usagequery.ts"
import type { Asking } from "./pgdriver.ts"

const DAY_MAX = 2_147_483_647

export function prepareUsageReads(ask: Asking["ask"]): Pick<Reads, "usage"> {
  const dimensions = usageDimensions
    .map((name, at) => `CASE WHEN $${at + 4}::boolean THEN ${usageColumns[name]} END AS "${name}"`)
    .join(", ")
  const places = usageDimensions.map((_, at) => at + 1)
  // In the order of bytes, as SQLite has them, whatever the language of the database.
  const order = usageDimensions.map((name) => (name === "day" ? "day DESC" : `"${name}" COLLATE "C"`))
  const sum = (rows: string) => `SELECT * FROM (SELECT ${dimensions}, sum(calls)::float8 AS calls,
      sum(input_tokens) AS "inputTokens", sum(output_tokens) AS "outputTokens", sum(cost) AS cost,
      sum(calls_without_cost)::float8 AS "callsWithoutCost"
    FROM ${rows} GROUP BY ${places.join()}) AS sums ORDER BY ${order.join()} LIMIT $3::bigint`
  const ofAll = sum("usage_daily WHERE day >= $1::integer AND day <= $2::integer")
  const ofOwners = sum(
    `${daysSince("$1::integer")} JOIN usage_daily ON day = each AND owner IN (SELECT json_array_elements_text($10::text::json))
     WHERE day <= $2::integer`,
  )

  return {
    async usage({ owners, from, to, by, limit }) {
      const asked = usageDimensions.map((name) => by.has(name))
      // No day is beyond that, and the column takes none.
      const bound = [from, Math.min(to, DAY_MAX), limit, ...asked]
      const rows =
        owners === null
          ? await ask<UsageRow>(ofAll, bound)
          : await ask<UsageRow>(ofOwners, [...bound, JSON.stringify(owners)])
      return rows
    },
  }
}
