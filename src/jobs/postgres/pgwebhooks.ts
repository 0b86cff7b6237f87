// Stores webhook endpoints and deliveries, and answers what the engine asks of them.
import { type BatchStatus, readJobId } from "../../batches/batch.ts"
import { findBatchEvent, findEvent } from "../../webhooks/subscriptions.ts"
import {
  BATCH_TYPE,
  DELIVERIES_MAX,
  type Delivery,
  type DeliveryKey,
  type EndedJob,
  isEnabled,
  type WebhookEndpoint,
  type WebhookHealth,
} from "../../webhooks/webhook.ts"
import { findFirstNumber, readNumber } from "../numbers.ts"
import type { ChangeOf, DueDeliveries, Finish, Results } from "../store.ts"
import { PENDING_MS_MAX, TRIES_FIRST, TRIES_MAX } from "../storebounds.ts"
import {
  type Columns,
  given,
  list,
  omit,
  pick,
  select,
  toRow,
  webhookDeliveries,
  webhookEndpoints,
} from "./pgcolumns.ts"
import { type Asking, toJson } from "./pgdriver.ts"
import type { Turn } from "./pgturn.ts"
import { awaitAll } from "./pgwriter.ts"

type Ask = Asking["ask"]
type StoredEndpoint = Omit<WebhookEndpoint, "events"> & { events: string }
export type StoredDelivery = Omit<Delivery, "tries"> & { tries: string }

/** How many of an endpoint's oldest deliveries are looked at for those to be deleted. */
const LOOKED_AT_MAX = 5000

const endpointColumns = select(webhookEndpoints, "webhook_endpoints")
export const deliveryColumns = select(webhookDeliveries, "webhook_deliveries")
const placed = omit(webhookEndpoints, "number")
const health = pick(
  webhookEndpoints,
  ...(["consecutive_failures", "failing_since", "last_success_at"] as const),
  ...(["last_failure_at", "disabled_reason", "disabled_at"] as const),
)
const insertedDelivery: Columns = {
  ...{ endpoint: "bigint", job: "bigint", job_id: "text", request_id: "text", request_type: "text", event: "text" },
}

const setAll = (columns: Columns) =>
  Object.keys(columns)
    .map((name) => `${name} = given.${name}`)
    .join(", ")

const INSERT_ENDPOINT = `INSERT INTO webhook_endpoints (${list(placed)}) SELECT ${list(placed)} FROM ${given(placed)}
  RETURNING number::float8 AS number`
const UPDATE_ENDPOINT = `UPDATE webhook_endpoints SET ${setAll(placed)} FROM ${given(placed)}
  WHERE webhook_endpoints.number = $2::bigint AND removed_at IS NULL RETURNING webhook_endpoints.number::float8 AS number`
const UPDATE_HEALTH = `UPDATE webhook_endpoints SET ${setAll(health)} FROM ${given({ number: "bigint", ...health })}
  WHERE webhook_endpoints.number = given.number AND removed_at IS NULL`
const INSERT_DELIVERIES = `INSERT INTO webhook_deliveries
    (${list(insertedDelivery)}, state, attempts, failures, next_at, created_at, tries)
  SELECT ${list(insertedDelivery)}, 'pending', 0, 0, $2::bigint, $2::bigint, '[]' FROM ${given(insertedDelivery)}`
/** The first tries stay, and the latest: of the others the oldest goes. Texts are put together, because JSON of PostgreSQL has no NUL. */
const RECORD_TRY = `UPDATE webhook_deliveries SET state = $4::text, attempts = attempts + 1, failures = failures + $5::integer,
    next_at = $6::bigint, ended_at = $7::bigint,
    tries = '[' || concat_ws(',', (SELECT string_agg(each::text, ',' ORDER BY at)
      FROM json_array_elements(tries::json) WITH ORDINALITY AS known(each, at)
      WHERE attempts < ${TRIES_MAX} OR at <> ${TRIES_FIRST + 1}), $8::text) || ']'
  WHERE endpoint = $1::bigint AND job = $2::bigint AND state = 'pending' AND attempts = $3::integer
  RETURNING job::float8 AS job`

export type PgWebhooks = ReturnType<typeof createPgWebhooks>

export function createPgWebhooks() {
  /** The endpoints that are told of ends; null: they must be read. */
  let enabled: WebhookEndpoint[] | null = null
  /** Endpoint number -> its health after the tries of this turn: written once, at the end of it. */
  const healths = new Map<number, WebhookHealth>()
  /** The endpoints that this turn has saved as a whole, with their health. */
  const saved = new Set<number>()

  async function listEnabled({ ask }: Turn): Promise<WebhookEndpoint[]> {
    enabled ??= (await readEndpoints(ask)).filter(isEnabled)
    return enabled
  }

  async function record({ ask, now }: Turn, change: ChangeOf<"deliver">): Promise<boolean> {
    const { delivery, attempts, tried, next } = change
    const isPending = next.state === "pending"
    const rows = await ask(RECORD_TRY, [
      ...[delivery.endpoint, readNumber(delivery.jobId), attempts, next.state],
      ...[tried.outcome === "delivered" ? 0 : 1, isPending ? next.nextAt : null, isPending ? null : now],
      toJson(tried),
    ])
    return rows.length > 0
  }

  return {
    /** Inserts a delivery for each endpoint that is told of these ends. */
    async ended(turn: Turn, ends: readonly Finish[]): Promise<void> {
      const told = await listEnabled(turn)
      const rows = told.flatMap((endpoint) =>
        ends.flatMap(({ job, state, answer }) => {
          const event = findEvent(endpoint, job, { state, result: answer?.result ?? null })
          if (event === null) return []
          const { number, id: jobId, requestId, requestType } = job
          return [{ endpoint: endpoint.number, job: number, jobId, requestId, requestType, event }]
        }),
      )
      await insertDeliveries(turn, rows)
    },

    /** Inserts a delivery for each endpoint that is told of the end of this batch. */
    async batchEnded(
      turn: Turn,
      batch: { number: number; id: string; owner: string; status: BatchStatus },
    ): Promise<void> {
      const rows = (await listEnabled(turn)).flatMap(({ number: endpoint, ...rest }) => {
        const event = findBatchEvent(rest, batch)
        if (event === null) return []
        const jobId = readJobId(batch.id) ?? ""
        return [{ endpoint, job: batch.number, jobId, requestId: batch.id, requestType: BATCH_TYPE, event }]
      })
      await insertDeliveries(turn, rows)
    },

    async save({ ask }: Turn, { number, endpoint }: ChangeOf<"saveWebhook">): Promise<number | null> {
      enabled = null
      if (number !== null) saved.add(number)
      const row = toJson([toRow(placed, { ...endpoint, events: JSON.stringify(endpoint.events) })])
      const [there] =
        number === null
          ? await ask<{ number: number }>(INSERT_ENDPOINT, [row])
          : await ask<{ number: number }>(UPDATE_ENDPOINT, [row, number])
      return there?.number ?? null
    },

    async removeEndpoint({ ask, now }: Turn, { number }: ChangeOf<"removeWebhook">): Promise<boolean> {
      enabled = null
      const rows = await ask(
        `UPDATE webhook_endpoints SET removed_at = $2::bigint, sealed = NULL WHERE number = $1::bigint AND removed_at IS NULL
         RETURNING number::float8 AS number`,
        [number, now],
      )
      return rows.length > 0
    },

    async deliver(turn: Turn, changes: readonly ChangeOf<"deliver">[]): Promise<boolean[]> {
      for (const { delivery, health } of changes) healths.set(delivery.endpoint, health)
      return (await awaitAll(changes.map((change) => record(turn, change)))) as boolean[]
    },

    async redeliver({ ask, now }: Turn, { delivery }: ChangeOf<"redeliver">): Promise<boolean> {
      const rows = await ask(
        `UPDATE webhook_deliveries SET state = 'pending', failures = 0, next_at = $4::bigint, ended_at = NULL
         WHERE endpoint = $1::bigint AND job = $2::bigint AND job_id = $3::text RETURNING job_id`,
        [delivery.endpoint, readNumber(delivery.jobId), delivery.jobId, now],
      )
      return rows.length > 0
    },

    prune: pruneDeliveries,

    /** Writes what the tries of this turn say of their endpoints. */
    async flush({ ask }: Turn): Promise<void> {
      const rows = [...healths].filter(([number]) => !saved.has(number))
      if (rows.some(([, { disabledReason }]) => disabledReason !== null)) enabled = null
      healths.clear()
      saved.clear()
      if (rows.length === 0) return
      await ask(UPDATE_HEALTH, [toJson(rows.map(([number, known]) => ({ number, ...toRow(health, known) })))])
    },

    /** Forgets what this turn has done: it was rolled back. */
    undo(): void {
      healths.clear()
      saved.clear()
      enabled = null
    },
  }
}

interface NewDelivery {
  endpoint: number
  job: number
  jobId: string
  requestId: string
  requestType: string
  event: string
}

async function insertDeliveries({ ask, now }: Turn, rows: readonly NewDelivery[]): Promise<void> {
  if (rows.length === 0) return
  await ask(INSERT_DELIVERIES, [toJson(rows.map((row) => toRow(insertedDelivery, row))), now])
}

async function pruneDeliveries(
  { ask }: Turn,
  change: ChangeOf<"pruneDeliveries">,
): Promise<Results["pruneDeliveries"]> {
  const { before, limit } = change
  let left = limit
  /** Deletes those of the oldest deliveries of an endpoint that are of a condition; its parameters begin with $3. */
  const remove = async (endpoint: number, condition: string, values: number[] = []) => {
    const gone = await ask(
      `DELETE FROM webhook_deliveries WHERE endpoint = $1::bigint AND job IN (SELECT job FROM
         (SELECT job, next_at, created_at, ended_at FROM webhook_deliveries WHERE endpoint = $1::bigint ORDER BY job LIMIT ${LOOKED_AT_MAX}) AS oldest
       WHERE ${condition} LIMIT $2::bigint) RETURNING job_id`,
      [endpoint, left, ...values],
    )
    left -= gone.length
  }
  const endpoints = await ask<{ number: number; isRemoved: boolean }>(
    'SELECT number::float8 AS number, removed_at IS NOT NULL AS "isRemoved" FROM webhook_endpoints ORDER BY webhook_endpoints.number',
  )
  for (const { number, isRemoved } of endpoints) {
    if (isRemoved) {
      await remove(number, "true")
      if (left > 0) await ask("DELETE FROM webhook_endpoints WHERE number = $1::bigint", [number])
    } else {
      const bounds = [findFirstNumber(before), before, before - PENDING_MS_MAX]
      await remove(number, "job < $3::bigint AND (ended_at < $4::bigint OR created_at < $5::bigint)", bounds)
      await remove(
        number,
        `ended_at IS NOT NULL AND job <= (SELECT job FROM webhook_deliveries WHERE endpoint = $1::bigint ORDER BY job DESC LIMIT 1 OFFSET ${DELIVERIES_MAX})`,
      )
    }
    if (left === 0) break
  }
  return limit - left
}

export async function readEndpoints(ask: Ask): Promise<WebhookEndpoint[]> {
  const rows = await ask<StoredEndpoint>(
    `SELECT ${endpointColumns} FROM webhook_endpoints WHERE removed_at IS NULL ORDER BY webhook_endpoints.number`,
  )
  return rows.map(readEndpoint)
}

/** The endpoint of that name and owner. */
export async function readNamed(ask: Ask, name: string, owner: string): Promise<WebhookEndpoint | null> {
  const [row] = await ask<StoredEndpoint>(
    `SELECT ${endpointColumns} FROM webhook_endpoints WHERE owner = $1::text AND name = $2::text AND removed_at IS NULL`,
    [owner, name],
  )
  return row ? readEndpoint(row) : null
}

function readEndpoint(row: StoredEndpoint): WebhookEndpoint {
  return { ...row, events: JSON.parse(row.events) }
}

export function readDelivery(row: StoredDelivery): Delivery {
  return { ...row, tries: JSON.parse(row.tries) }
}

export async function readDue(ask: Ask, endpoint: number, now: number, limit: number): Promise<DueDeliveries> {
  const rows = await ask<StoredDelivery>(
    `SELECT ${deliveryColumns} FROM webhook_deliveries WHERE endpoint = $1::bigint AND next_at <= $2::bigint
     ORDER BY webhook_deliveries.next_at LIMIT $3::bigint`,
    [endpoint, now, limit],
  )
  const due = rows.map(readDelivery)
  if (due.length === limit) return { due, nextAt: now }
  const [next] = await ask<{ at: number | null }>(
    "SELECT min(next_at)::float8 AS at FROM webhook_deliveries WHERE endpoint = $1::bigint AND next_at > $2::bigint",
    [endpoint, now],
  )
  return { due, nextAt: next?.at ?? null }
}

export async function findDelivery(ask: Ask, { endpoint, jobId }: DeliveryKey): Promise<Delivery | null> {
  const [row] = await ask<StoredDelivery>(
    `SELECT ${deliveryColumns} FROM webhook_deliveries WHERE endpoint = $1::bigint AND job = $2::bigint AND job_id = $3::text`,
    [endpoint, readNumber(jobId), jobId],
  )
  return row ? readDelivery(row) : null
}

export async function readEndedJob(
  ask: Ask,
  jobId: string,
  now: number,
  bytesMax: number | null,
): Promise<EndedJob | null> {
  const number = readNumber(jobId)
  const [row] = await ask<Omit<EndedJob, "result" | "isOmitted"> & { resultBytes: number | null }>(
    `SELECT id, state, status_code AS "statusCode", completed_at::float8 AS "completedAt", expires_at::float8 AS "expiresAt", error,
       (SELECT sum(octet_length(data)) FROM results WHERE results.number = jobs.number)::float8 AS "resultBytes"
     FROM jobs WHERE number = $1::bigint AND id = $2::text AND expires_at > $3::bigint`,
    [number, jobId, now],
  )
  if (!row) return null
  const { resultBytes, error, ...ended } = row
  if (bytesMax === null) return { ...ended, error: null, result: null, isOmitted: false }
  const isOmitted = (error?.length ?? resultBytes ?? 0) > bytesMax
  if (isOmitted) return { ...ended, error: null, result: null, isOmitted }
  if (error !== null || resultBytes === null) return { ...ended, error, result: null, isOmitted }
  const pieces = await ask<{ data: Uint8Array }>("SELECT data FROM results WHERE number = $1::bigint ORDER BY piece", [
    number,
  ])
  return { ...ended, error, result: Buffer.concat(pieces.map(({ data }) => data)).toString(), isOmitted }
}
