// Queries about webhook endpoints and deliveries. Read only.
import type { Database } from "bun:sqlite"
import { BATCH_TYPE, type Delivery, type WebhookEndpoint } from "../../webhooks/webhook.ts"
import { readNumber } from "../numbers.ts"
import type { DeliveryPage, DeliveryQuery } from "../reads.ts"
import {
  deliveryColumns,
  endpointColumns,
  readDelivery,
  readEndpoint,
  type StoredDelivery,
  type StoredEndpoint,
} from "./webhookrows.ts"

type Values = Record<string, string | number | null>

/** How many of an endpoint's newest deliveries a page looks at: of one that cannot be reached any number may be pending. */
const LOOKED_AT_MAX = 10_000

/** What a delivery must be, where null matches all; lists are JSON arrays. One of its tries must match in all that is asked of tries. */
const MATCHING = `endpoint = $endpoint AND job >= $from AND job = coalesce($number, job) AND job_id = coalesce($told, job_id)
  AND ($jobId IS NULL OR (job_id = $jobId AND request_type <> '${BATCH_TYPE}'))
  AND ($events IS NULL OR event IN (SELECT value FROM json_each($events))) AND request_id = coalesce($requestId, request_id)
  AND ($areTries = 0 OR EXISTS (SELECT 1 FROM json_each(tries) AS try
    WHERE ($outcomes IS NULL OR try.value ->> 'outcome' IN (SELECT value FROM json_each($outcomes)))
      AND ($classes IS NULL OR coalesce(try.value ->> 'status', 0) / 100 IN (SELECT value FROM json_each($classes)))
      AND try.value ->> 'at' BETWEEN $since AND $until))`

const statusClasses = { none: 0, "2xx": 2, "3xx": 3, "4xx": 4, "5xx": 5 }

/** @param share runs a query inside the read transaction of this turn of the event loop */
export function prepareWebhookReads(database: Database, share: <T>(question: () => T) => T) {
  const prepare = <Row>(sql: string) => database.query<Row, Values>(sql)
  const selectEndpoints = prepare<StoredEndpoint>(
    `SELECT ${endpointColumns} FROM webhook_endpoints WHERE removed_at IS NULL ORDER BY number`,
  )
  const selectNamed = prepare<StoredEndpoint>(
    `SELECT ${endpointColumns} FROM webhook_endpoints WHERE owner = $owner AND name = $name AND removed_at IS NULL`,
  )
  /** The last of the deliveries that one page looks at. */
  const selectLast = prepare<{ job: number }>(
    `SELECT job FROM webhook_deliveries WHERE endpoint = $endpoint ORDER BY job DESC LIMIT 1 OFFSET ${LOOKED_AT_MAX - 1}`,
  )
  const selectPage = prepare<StoredDelivery>(
    `SELECT ${deliveryColumns} FROM webhook_deliveries WHERE ${MATCHING} ORDER BY job DESC LIMIT $limit`,
  )
  const countMatching = prepare<{ total: number }>(`SELECT count(*) AS total FROM webhook_deliveries WHERE ${MATCHING}`)
  const countPending = prepare<{ endpoint: number; pending: number }>(
    "SELECT endpoint, count(*) AS pending FROM webhook_deliveries WHERE next_at IS NOT NULL GROUP BY endpoint",
  )

  const readNamed = (name: string, owner: string) => share(() => selectNamed.get({ name, owner }))

  /** The endpoints whose deliveries can match. */
  function listMeant({ endpoints, delivery }: DeliveryQuery): number[] {
    const all = share(() => selectEndpoints.all({})).map(({ number }) => number)
    return all.filter(
      (number) =>
        (endpoints === null || endpoints.includes(number)) && (delivery === null || delivery.endpoint === number),
    )
  }

  return {
    webhooks: (): WebhookEndpoint[] => share(() => selectEndpoints.all({})).map(readEndpoint),

    webhookNamed(name: string, owner: string): WebhookEndpoint | null {
      const row = readNamed(name, owner) ?? readNamed(name, "")
      return row && readEndpoint(row)
    },

    deliveries(query: DeliveryQuery): DeliveryPage {
      const { limit, offset, outcomes, from: since, to: until } = query
      const classes = query.statusClasses?.map((name) => statusClasses[name]) ?? null
      const list = (values: readonly unknown[] | null) => values && JSON.stringify(values)
      const told = query.delivery?.jobId ?? null
      const { jobId } = query
      const id = told ?? jobId
      const wanted = {
        number: id === null ? null : readNumber(id),
        told,
        jobId,
        events: list(query.events),
        requestId: query.requestId,
        areTries: Number([outcomes, classes, since, until].some((given) => given !== null)),
        outcomes: list(outcomes),
        classes: list(classes),
        since: since ?? 0,
        until: until ?? Number.MAX_SAFE_INTEGER,
      }
      const found: Delivery[] = []
      let total = 0
      for (const endpoint of listMeant(query)) {
        const from = share(() => selectLast.get({ endpoint }))?.job ?? 0
        const values = { ...wanted, endpoint, from }
        found.push(...share(() => selectPage.all({ ...values, limit: offset + limit })).map(readDelivery))
        total += share(() => countMatching.get(values))?.total ?? 0
      }
      // Ids rise with time.
      found.sort((a, b) => (a.jobId < b.jobId ? 1 : -1))
      return { deliveries: found.slice(offset, offset + limit), total }
    },

    pendingDeliveries(): Map<number, number> {
      return new Map(share(() => countPending.all({})).map(({ endpoint, pending }) => [endpoint, pending]))
    },
  }
}
