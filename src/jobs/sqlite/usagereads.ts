// What was used by day. Read only.
import type { Database } from "bun:sqlite"
import { type UsageQuery, type UsageRow, usageDimensions } from "../reads.ts"
import { daysSince, usageColumns } from "../usagequery.ts"

/** @param share runs a query inside the read transaction of this turn of the event loop */
export function prepareUsageReads(database: Database, share: <T>(question: () => T) => T) {
  const dimensions = usageDimensions.map((name) => `CASE WHEN $${name} THEN ${usageColumns[name]} END AS ${name}`)
  // A sum of whole numbers that does not fit in 64 bits is an error; a total is not.
  const ask = (rows: string) => `SELECT ${dimensions}, total(calls) AS calls, total(input_tokens) AS inputTokens,
      total(output_tokens) AS outputTokens, total(cost) AS cost, total(calls_without_cost) AS callsWithoutCost
    FROM ${rows} GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1 DESC, 2, 3, 4, 5, 6 LIMIT $limit`
  const ofAll = ask("usage_daily WHERE day >= $from AND day <= $to")
  const ofOwners = ask(
    `${daysSince("$from")} CROSS JOIN json_each($owners) AS wanted CROSS JOIN usage_daily ON day = each AND owner = wanted.value WHERE day <= $to`,
  )

  return {
    usage({ owners, from, to, by, limit }: UsageQuery): UsageRow[] {
      const asked = Object.fromEntries(usageDimensions.map((name) => [name, by.has(name) ? 1 : 0]))
      const given = { ...asked, from, to, limit, ...(owners && { owners: JSON.stringify(owners) }) }
      // Prepared with the first question: most gateways never hear it.
      const sql = owners === null ? ofAll : ofOwners
      return share(() => database.query<UsageRow, Record<string, string | number>>(sql).all(given))
    },
  }
}
