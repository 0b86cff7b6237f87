// Shows what came of deliveries, and sends one again, at the paths and in the form of Bifrost's API. A page has whole deliveries, each with
// all of its tries that are kept.
import { GatewayError, quoted } from "../../errors.ts"
import type { DeliveryQuery } from "../../jobs/reads.ts"
import {
  type Delivery,
  findToldJob,
  makeWebhookId,
  readWebhookId,
  tryOutcomes,
  type WebhookEndpoint,
  webhookEvents,
} from "../../webhooks/webhook.ts"
import { json } from "../reply.ts"
import { refuseStrangers } from "../request/owners.ts"
import { findManaged, refuseDisabled } from "./managedwebhooks.ts"
import { answerHeaders, readWindow, type WebhookRouteOptions } from "./webhookrequest.ts"
import { writeTime } from "./webhookview.ts"

/** GET /api/webhooks/{id}/deliveries @throws {GatewayError} admin_token_required, webhook_not_found, invalid_request */
export async function listDeliveries(request: Request, id: string, options: WebhookRouteOptions): Promise<Response> {
  const { number } = await findManaged(request, id, options)
  return writePage(request, { endpoints: [number] }, options)
}

/** GET /api/webhooks/deliveries @throws {GatewayError} admin_token_required, invalid_request */
export async function searchDeliveries(request: Request, _: string, options: WebhookRouteOptions): Promise<Response> {
  refuseStrangers(request, options)
  const given = new URL(request.url).searchParams
  const ids = readList(given, "endpoint_ids", null)
  const known = await options.reads.webhooks()
  const endpoints = ids && known.filter(({ id }) => ids.includes(id)).map(({ number }) => number)
  return writePage(request, { endpoints }, options)
}

/**
 * POST /api/webhooks/deliveries/{id}/redeliver: sends a delivery again, under the same `webhook-id`.
 * @param id that of a try in a list, or a `webhook-id`
 * @throws {GatewayError} admin_token_required, webhook_delivery_not_found, webhook_delivery_in_flight, invalid_request
 */
export async function redeliver(request: Request, id: string, options: WebhookRouteOptions): Promise<Response> {
  refuseStrangers(request, options)
  const delivery = readWebhookId(id.replace(/-\d+$/, ""))
  const endpoint = delivery && (await options.reads.webhooks()).find(({ number }) => number === delivery.endpoint)
  if (!delivery || !endpoint) {
    const message = `there is no webhook delivery with the id ${quoted(id)}, or its endpoint was removed`
    throw new GatewayError("webhook_delivery_not_found", message)
  }
  refuseDisabled(endpoint)
  const { webhookId } = await options.engine.order({ do: "redeliver", delivery })
  return json({ status: "queued", webhook_id: webhookId }, answerHeaders(request), 202)
}

const PAGE = { usual: 25, max: 100 }

async function writePage(
  request: Request,
  { endpoints }: Pick<DeliveryQuery, "endpoints">,
  options: WebhookRouteOptions,
): Promise<Response> {
  const given = new URL(request.url).searchParams
  const { limit, offset } = readWindow(given, PAGE)
  const query = { ...readQuery(given, options), endpoints, limit, offset }
  const { deliveries, total } = query.isNone ? { deliveries: [], total: 0 } : await options.reads.deliveries(query)
  const known = new Map((await options.reads.webhooks()).map((endpoint) => [endpoint.number, endpoint]))
  const body = {
    deliveries: deliveries.flatMap((delivery) => writeTries(delivery, known.get(delivery.endpoint))),
    groups: deliveries.map((delivery) => writeGroup(delivery, known.get(delivery.endpoint))),
    pagination: { limit, offset, total_count: total },
  }
  return json(body, answerHeaders(request))
}

/** `isNone`: nothing can match. */
function readQuery(given: URLSearchParams, { clock }: Pick<WebhookRouteOptions, "clock">) {
  const id = given.get("delivery_id")
  const delivery = id === null ? null : readWebhookId(id.replace(/-\d+$/, ""))
  const periodMs = readPeriod(given.get("period"))
  return {
    events: readList(given, "events", Object.values(webhookEvents).flat()),
    outcomes: readList(given, "outcomes", tryOutcomes),
    statusClasses: readList(given, "status_class", ["2xx", "3xx", "4xx", "5xx", "none"] as const),
    requestId: given.get("request_id"),
    jobId: given.get("job_id"),
    delivery,
    from: periodMs === null ? readTime(given, "start_time") : clock.wall() - periodMs,
    to: periodMs === null ? readTime(given, "end_time") : null,
    isNone: id !== null && delivery === null,
  }
}

/** @param known null: any text */
function readList<T extends string>(given: URLSearchParams, name: string, known: readonly T[] | null): T[] | null {
  const words = given.get(name)?.split(",").filter(Boolean) ?? []
  if (words.length === 0) return null
  const found = known === null ? (words as T[]) : known.filter((each) => words.includes(each))
  if (known !== null && !words.every((word) => known.some((each) => each === word))) {
    const message = `${name} must be one or several of ${known.join(", ")}, with commas between them`
    throw new GatewayError("invalid_request", message, { param: name })
  }
  return found
}

function readTime(given: URLSearchParams, name: string): number | null {
  const text = given.get(name)
  if (text === null) return null
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(ms)) return ms
  const message = `${name} must be a time of RFC 3339, as 2030-01-01T00:00:00Z`
  throw new GatewayError("invalid_request", message, { param: name })
}

const unitsMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

function readPeriod(text: string | null): number | null {
  if (text === null || text === "") return null
  const [, count, unit = ""] = /^(\d{1,5})([mhd])$/.exec(text) ?? []
  if (count !== undefined) return Number(count) * (unitsMs[unit] ?? 0)
  throw new GatewayError("invalid_request", "period must be a number with m, h or d, as 24h", { param: "period" })
}

type Known = WebhookEndpoint | undefined

/** The newest first. */
function writeTries(delivery: Delivery, endpoint: Known) {
  const { requestId, event } = delivery
  const id = makeWebhookId(delivery)
  return delivery.tries.toReversed().map((tried) => ({
    id: `${id}-${tried.attempt}`,
    webhook_id: id,
    endpoint_id: endpoint?.id ?? "",
    async_job_id: findToldJob(delivery),
    request_id: requestId,
    event,
    attempt_no: tried.attempt,
    outcome: tried.outcome,
    ...(tried.status === null ? {} : { status_code: tried.status }),
    ...(tried.error === null ? {} : { error: tried.error }),
    duration_ms: Math.round(tried.tookMs),
    created_at: writeTime(tried.at),
  }))
}

/** A delivery without its tries, of which there may be none yet. */
function writeGroup(delivery: Delivery, endpoint: Known) {
  const { requestId, requestType, event, state, attempts, nextAt, createdAt, endedAt } = delivery
  return {
    webhook_id: makeWebhookId(delivery),
    endpoint_id: endpoint?.id ?? "",
    endpoint_name: endpoint?.name ?? "",
    async_job_id: findToldJob(delivery),
    request_id: requestId,
    request_type: requestType,
    event,
    state,
    attempts,
    next_attempt_at: writeTime(nextAt),
    created_at: writeTime(createdAt),
    ended_at: writeTime(endedAt),
  }
}
