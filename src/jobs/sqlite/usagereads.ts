// What was used by day. Read only.
import type { Database } from "bun:sqlite"
import { type UsageDimension, type UsageQuery, type UsageRow, usageDimensions } from "../reads.ts"

const columns: Record<UsageDimension, string> = {
  day: "day",
  provider: "provider",
  model: "model",
  requestType: "request_type",
  owner: "owner",
  keyName: "key_name",
}

/** @param share runs a query inside the read transaction of this turn of the event loop */
export function prepareUsageReads(database: Database, share: <T>(question: () => T) => T) {
  const dimensions = usageDimensions.map((name) => `CASE WHEN $${name} THEN ${columns[name]} END AS ${name}`)
  // A sum of whole numbers that does not fit in 64 bits is an error; a total is not.
  const sql = `SELECT ${dimensions}, total(calls) AS calls, total(input_tokens) AS inputTokens, total(output_tokens) AS outputTokens,
      total(cost) AS cost, total(calls_without_cost) AS callsWithoutCost
    FROM usage_daily WHERE day >= $from AND day <= $to AND ($owners IS NULL OR owner IN (SELECT value FROM json_each($owners)))
    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1 DESC, 2, 3, 4, 5, 6 LIMIT $limit`

  return {
    usage({ owners, from, to, by, limit }: UsageQuery): UsageRow[] {
      const asked = Object.fromEntries(usageDimensions.map((name) => [name, by.has(name) ? 1 : 0]))
      const given = { ...asked, owners: owners && JSON.stringify(owners), from, to, limit }
      // Prepared with the first question: most gateways never hear it.
      return share(() => database.query<UsageRow, Record<string, string | number | null>>(sql).all(given))
    },
  }
}
