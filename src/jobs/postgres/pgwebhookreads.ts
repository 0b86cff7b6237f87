// Queries about webhook endpoints and deliveries. Read only.
import { BATCH_TYPE, type Delivery } from "../../webhooks/webhook.ts"
import { readNumber } from "../numbers.ts"
import type { DeliveryQuery, Reads } from "../reads.ts"
import type { Asking, Value } from "./pgdriver.ts"
import { deliveryColumns, readDelivery, readEndpoints, readNamed, type StoredDelivery } from "./pgwebhooks.ts"

/** How many of an endpoint's newest deliveries a page looks at: of one that cannot be reached any number may be pending. */
const LOOKED_AT_MAX = 10_000

/** What a delivery must be, where null matches all; lists are JSON arrays. One of its tries must match in all that is asked of tries. */
const MATCHING = `endpoint = $1::bigint AND job >= $2::bigint AND ($3::bigint IS NULL OR job = $3::bigint)
  AND ($4::text IS NULL OR job_id = $4::text) AND ($5::text IS NULL OR (job_id = $5::text AND request_type <> '${BATCH_TYPE}'))
  AND ($6::text IS NULL OR event IN (SELECT json_array_elements_text($6::text::json)))
  AND ($7::text IS NULL OR request_id = $7::text)
  AND (NOT $8::boolean OR EXISTS (SELECT FROM json_array_elements(tries::json) AS try
    WHERE ($9::text IS NULL OR try ->> 'outcome' IN (SELECT json_array_elements_text($9::text::json)))
      AND ($10::text IS NULL OR (coalesce((try ->> 'status')::integer, 0) / 100)::text IN (SELECT json_array_elements_text($10::text::json)))
      AND (try ->> 'at')::float8 BETWEEN $11::float8 AND $12::float8))`

const statusClasses = { none: 0, "2xx": 2, "3xx": 3, "4xx": 4, "5xx": 5 }

type Wanted = Pick<Reads, "webhooks" | "webhookNamed" | "deliveries" | "pendingDeliveries">

export function prepareWebhookReads(ask: Asking["ask"]): Wanted {
  /** The endpoints whose deliveries can match. */
  async function listMeant({ endpoints, delivery }: DeliveryQuery): Promise<number[]> {
    const all = (await readEndpoints(ask)).map(({ number }) => number)
    return all.filter(
      (number) =>
        (endpoints === null || endpoints.includes(number)) && (delivery === null || delivery.endpoint === number),
    )
  }

  return {
    webhooks: () => readEndpoints(ask),

    webhookNamed: async (name, owner) => (await readNamed(ask, name, owner)) ?? (await readNamed(ask, name, "")),

    async deliveries(query) {
      const { limit, offset } = query
      const wanted = bind(query)
      const found: Delivery[] = []
      let total = 0
      for (const endpoint of await listMeant(query)) {
        // The last of the deliveries that one page looks at.
        const [last] = await ask<{ job: number }>(
          `SELECT job::float8 AS job FROM webhook_deliveries WHERE endpoint = $1::bigint
           ORDER BY webhook_deliveries.job DESC LIMIT 1 OFFSET ${LOOKED_AT_MAX - 1}`,
          [endpoint],
        )
        const values = [endpoint, last?.job ?? 0, ...wanted]
        const page = await ask<StoredDelivery>(
          `SELECT ${deliveryColumns} FROM webhook_deliveries WHERE ${MATCHING} ORDER BY job DESC LIMIT $13::bigint`,
          [...values, offset + limit],
        )
        found.push(...page.map(readDelivery))
        const [count] = await ask<{ total: number }>(
          `SELECT count(*)::integer AS total FROM webhook_deliveries WHERE ${MATCHING}`,
          values,
        )
        total += count?.total ?? 0
      }
      // Ids rise with time.
      found.sort((a, b) => (a.jobId < b.jobId ? 1 : -1))
      return { deliveries: found.slice(offset, offset + limit), total }
    },

    async pendingDeliveries() {
      const rows = await ask<{ endpoint: number; pending: number }>(
        `SELECT endpoint::float8 AS endpoint, count(*)::integer AS pending FROM webhook_deliveries WHERE next_at IS NOT NULL
         GROUP BY webhook_deliveries.endpoint`,
      )
      return new Map(rows.map(({ endpoint, pending }) => [endpoint, pending]))
    },
  }
}

/** The parameters of `MATCHING` behind the endpoint and the first job. */
function bind(query: DeliveryQuery): Value[] {
  const { outcomes, from: since, to: until, jobId } = query
  const classes = query.statusClasses?.map((name) => String(statusClasses[name])) ?? null
  const list = (values: readonly string[] | null) => values && JSON.stringify(values)
  const told = query.delivery?.jobId ?? null
  const id = told ?? jobId
  const areTries = [outcomes, classes, since, until].some((given) => given !== null)
  return [
    ...[id === null ? null : readNumber(id), told, jobId, list(query.events), query.requestId, areTries],
    ...[list(outcomes), list(classes), since ?? 0, until ?? Number.MAX_SAFE_INTEGER],
  ]
}
