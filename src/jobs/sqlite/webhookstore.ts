// Stores webhook endpoints and deliveries, inside the transactions of the store, and answers what the engine asks of them.
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
import type { Claimed } from "../job.ts"
import { BODY_PIECES_MAX, findFirstNumber, readNumber } from "../numbers.ts"
import type { ChangeOf, DueDeliveries, Finish, Results } from "../store.ts"
import { PENDING_MS_MAX, TRIES_FIRST, TRIES_MAX } from "../storebounds.ts"
import { makeInsert } from "./columns.ts"
import type { Connection } from "./database.ts"
import {
  deliveryColumns,
  endpointColumns,
  endpointNames,
  readDelivery,
  readEndpoint,
  type StoredDelivery,
  type StoredEndpoint,
  toStored,
} from "./webhookrows.ts"

/** How many of an endpoint's oldest deliveries are looked at for those to be deleted. */
const LOOKED_AT_MAX = 5000

export type WebhookStore = ReturnType<typeof createWebhookStore>

// Longer than 80 lines: it is a list of prepared statements, and what is known of the endpoints must be forgotten together.
export function createWebhookStore({ database }: Connection) {
  type Values = Record<string, string | number | boolean | Uint8Array | null>
  const prepare = <Row = unknown>(sql: string) => database.query<Row, Values>(sql)
  const placed = endpointNames.filter(({ column }) => column !== "number")
  const insertEndpoint = prepare<{ number: number }>(`${makeInsert("webhook_endpoints", placed)} RETURNING number`)
  const updateEndpoint = prepare(
    `UPDATE webhook_endpoints SET ${placed.map(({ column, member }) => `${column} = $${member}`)} WHERE number = $number AND removed_at IS NULL`,
  )
  const removeEndpoint = prepare(
    "UPDATE webhook_endpoints SET removed_at = $now, sealed = NULL WHERE number = $number AND removed_at IS NULL",
  )
  const forgetEndpoint = prepare("DELETE FROM webhook_endpoints WHERE number = $number")
  const updateHealth = prepare(
    `UPDATE webhook_endpoints SET consecutive_failures = $consecutiveFailures, failing_since = $failingSince,
       last_success_at = $lastSuccessAt, last_failure_at = $lastFailureAt, disabled_reason = $disabledReason, disabled_at = $disabledAt
     WHERE number = $number AND removed_at IS NULL`,
  )
  const selectEndpoints = prepare<StoredEndpoint>(
    `SELECT ${endpointColumns} FROM webhook_endpoints WHERE removed_at IS NULL ORDER BY number`,
  )
  const selectAllNumbers = prepare<{ number: number; isRemoved: number }>(
    "SELECT number, removed_at IS NOT NULL AS isRemoved FROM webhook_endpoints",
  )
  const insertDelivery = prepare(
    `INSERT INTO webhook_deliveries (endpoint, job, job_id, request_id, request_type, event, state, attempts, failures, next_at, created_at, tries)
     VALUES ($endpoint, $job, $jobId, $requestId, $requestType, $event, 'pending', 0, 0, $now, $now, '[]')`,
  )
  const recordTry = prepare(
    `UPDATE webhook_deliveries SET state = $state, attempts = attempts + 1, failures = failures + $failed, next_at = $nextAt, ended_at = $endedAt,
       tries = json_insert(iif(attempts < ${TRIES_MAX}, tries, json_remove(tries, '$[${TRIES_FIRST}]')), '$[#]', json($tried))
     WHERE endpoint = $endpoint AND job = $job AND state = 'pending' AND attempts = $attempts`,
  )
  const makeDue = prepare(
    `UPDATE webhook_deliveries SET state = 'pending', failures = 0, next_at = $now, ended_at = NULL WHERE endpoint = $endpoint AND job = $job AND job_id = $jobId`,
  )
  const selectDue = prepare<StoredDelivery>(
    `SELECT ${deliveryColumns} FROM webhook_deliveries WHERE endpoint = $endpoint AND next_at <= $now ORDER BY next_at LIMIT $limit`,
  )
  const selectNextDue = prepare<{ at: number | null }>(
    "SELECT min(next_at) AS at FROM webhook_deliveries WHERE endpoint = $endpoint AND next_at > $now",
  )
  const selectDelivery = prepare<StoredDelivery>(
    `SELECT ${deliveryColumns} FROM webhook_deliveries WHERE endpoint = $endpoint AND job = $job`,
  )
  const deleteWhere = (condition: string) =>
    prepare(
      `DELETE FROM webhook_deliveries WHERE endpoint = $endpoint AND job IN (SELECT job FROM
         (SELECT job, next_at, created_at, ended_at FROM webhook_deliveries WHERE endpoint = $endpoint ORDER BY job LIMIT ${LOOKED_AT_MAX})
       WHERE ${condition} LIMIT $limit)`,
    )
  const deleteAll = deleteWhere("true")
  const deleteOld = deleteWhere("job < $bound AND (ended_at < $before OR created_at < $longBefore)")
  const deleteBeyond = deleteWhere(
    `ended_at IS NOT NULL AND job <= (SELECT job FROM webhook_deliveries WHERE endpoint = $endpoint ORDER BY job DESC LIMIT 1 OFFSET ${DELIVERIES_MAX})`,
  )
  const selectEnded = prepare<Omit<EndedJob, "result" | "isOmitted"> & { resultBytes: number | null }>(
    `SELECT id, state, status_code AS statusCode, completed_at AS completedAt, expires_at AS expiresAt, error,
       (SELECT sum(length(data)) FROM results WHERE place >= number * ${BODY_PIECES_MAX} AND place < (number + 1) * ${BODY_PIECES_MAX}) AS resultBytes
     FROM jobs WHERE number = $job AND id = $jobId AND expires_at > $now`,
  )
  const selectResult = prepare<{ data: Uint8Array }>(
    `SELECT data FROM results WHERE place >= $job * ${BODY_PIECES_MAX} AND place < ($job + 1) * ${BODY_PIECES_MAX} ORDER BY place`,
  )

  /** The endpoints that are told of ends; null: they must be read. */
  let enabled: WebhookEndpoint[] | null = null
  /** Endpoint number -> its health after the tries of this turn: written once, at the end of it. */
  const healths = new Map<number, WebhookHealth>()
  /** The endpoints that this turn has saved as a whole, with their health. */
  const saved = new Set<number>()

  const readAll = () => selectEndpoints.all({}).map(readEndpoint)

  function locate({ endpoint, jobId }: DeliveryKey) {
    return { endpoint, job: readNumber(jobId) }
  }

  return {
    /** Inserts a delivery for each endpoint that is told of this end. */
    ended(job: Claimed, { state, answer }: Finish, now: number): void {
      enabled ??= readAll().filter(isEnabled)
      for (const endpoint of enabled) {
        const event = findEvent(endpoint, job, { state, result: answer?.result ?? null })
        if (event === null) continue
        const { number, id: jobId, requestId, requestType } = job
        insertDelivery.run({ endpoint: endpoint.number, job: number, jobId, requestId, requestType, event, now })
      }
    },

    /** Inserts a delivery for each endpoint that is told of the end of this batch. */
    batchEnded(batch: { number: number; id: string; owner: string; status: BatchStatus }, now: number): void {
      enabled ??= readAll().filter(isEnabled)
      for (const { number: endpoint, ...rest } of enabled) {
        const event = findBatchEvent(rest, batch)
        if (event === null) continue
        const jobId = readJobId(batch.id) ?? ""
        const named = { job: batch.number, jobId, requestId: batch.id, requestType: BATCH_TYPE }
        insertDelivery.run({ endpoint, ...named, event, now })
      }
    },

    save({ number, endpoint }: ChangeOf<"saveWebhook">): number | null {
      enabled = null
      const values = toStored(endpoint)
      if (number !== null) saved.add(number)
      if (number === null) return insertEndpoint.get(values)?.number ?? null
      return updateEndpoint.run({ ...values, number }).changes > 0 ? number : null
    },

    removeEndpoint({ number }: ChangeOf<"removeWebhook">, now: number): boolean {
      enabled = null
      return removeEndpoint.run({ number, now }).changes > 0
    },

    deliver({ delivery, attempts, tried, next, health }: ChangeOf<"deliver">, now: number): boolean {
      healths.set(delivery.endpoint, health)
      const isPending = next.state === "pending"
      const recorded = recordTry.run({
        ...locate(delivery),
        attempts,
        state: next.state,
        failed: tried.outcome === "delivered" ? 0 : 1,
        nextAt: isPending ? next.nextAt : null,
        endedAt: isPending ? null : now,
        tried: JSON.stringify(tried),
      })
      return recorded.changes > 0
    },

    redeliver({ delivery }: ChangeOf<"redeliver">, now: number): boolean {
      return makeDue.run({ ...locate(delivery), jobId: delivery.jobId, now }).changes > 0
    },

    prune({ before, limit }: ChangeOf<"pruneDeliveries">): Results["pruneDeliveries"] {
      let left = limit
      for (const { number, isRemoved } of selectAllNumbers.all({})) {
        const endpoint = number
        if (isRemoved) {
          left -= deleteAll.run({ endpoint, limit: left }).changes
          if (left > 0) forgetEndpoint.run({ number })
        } else {
          const bound = findFirstNumber(before)
          left -= deleteOld.run({ endpoint, bound, before, longBefore: before - PENDING_MS_MAX, limit: left }).changes
          left -= deleteBeyond.run({ endpoint, limit: left }).changes
        }
        if (left === 0) break
      }
      return limit - left
    },

    /** Writes what the tries of this turn say of their endpoints. */
    flush(): void {
      for (const [number, health] of healths) {
        if (saved.has(number)) continue
        updateHealth.run({ number, ...health })
        if (health.disabledReason !== null) enabled = null
      }
      healths.clear()
      saved.clear()
    },

    /** Forgets what this turn has done: it was rolled back. */
    undo(): void {
      healths.clear()
      saved.clear()
      enabled = null
    },

    all: readAll,

    due(endpoint: number, now: number, limit: number): DueDeliveries {
      const due = selectDue.all({ endpoint, now, limit }).map(readDelivery)
      if (due.length === limit) return { due, nextAt: now }
      return { due, nextAt: selectNextDue.get({ endpoint, now })?.at ?? null }
    },

    find(delivery: DeliveryKey): Delivery | null {
      const row = selectDelivery.get(locate(delivery))
      return row && row.jobId === delivery.jobId ? readDelivery(row) : null
    },

    endedJob(jobId: string, now: number, bytesMax: number | null): EndedJob | null {
      const job = readNumber(jobId)
      const row = selectEnded.get({ job, jobId, now })
      if (!row) return null
      const { resultBytes, error, ...ended } = row
      if (bytesMax === null) return { ...ended, error: null, result: null, isOmitted: false }
      const isOmitted = (error?.length ?? resultBytes ?? 0) > bytesMax
      if (isOmitted) return { ...ended, error: null, result: null, isOmitted }
      const hasResult = error === null && resultBytes !== null
      const result = hasResult ? Buffer.concat(selectResult.all({ job }).map(({ data }) => data)).toString() : null
      return { ...ended, error, result, isOmitted }
    },
  }
}
