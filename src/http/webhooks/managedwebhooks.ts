// Manages webhook endpoints for the operator, at the paths and in the form of Bifrost's API:
// https://github.com/maximhq/bifrost/blob/main/docs/openapi/paths/management/webhooks.yaml
import { GatewayError, quoted } from "../../errors.ts"
import { isRecord } from "../../values.ts"
import { type FieldMistake, type Fields, fieldNames, readFields } from "../../webhooks/endpointfields.ts"
import { isEnabled, type WebhookEndpoint, type WebhookEvent, type WebhookSettings } from "../../webhooks/webhook.ts"
import { json } from "../reply.ts"
import { refuseStrangers } from "../request/owners.ts"
import {
  answerHeaders,
  readMembers,
  readOptionalMembers,
  readWindow,
  receiverRules,
  type WebhookRouteOptions,
} from "./webhookrequest.ts"
import { tryToOpen, writeManagedWebhook } from "./webhookview.ts"

const PAGE_MAX = 1000

/** GET /api/webhooks @throws {GatewayError} admin_token_required, invalid_request */
export async function listWebhooks(request: Request, _: string, options: WebhookRouteOptions): Promise<Response> {
  refuseStrangers(request, options)
  const given = new URL(request.url).searchParams
  const { limit, offset } = readWindow(given, { usual: PAGE_MAX, max: PAGE_MAX })
  const isMeant = readFilter(given)
  const found = (await options.reads.webhooks()).filter(isMeant)
  const page = found.slice(offset, offset + limit)
  const endpoints = await Promise.all(page.map((endpoint) => writeOne(endpoint, options)))
  const body = { endpoints, count: endpoints.length, total_count: found.length, limit, offset }
  return json(body, answerHeaders(request))
}

function readFilter(given: URLSearchParams): (endpoint: WebhookEndpoint) => boolean {
  const search = given.get("search")?.toLowerCase() ?? ""
  const events = given.get("event")?.split(",").filter(Boolean) ?? []
  const disabled = given.get("disabled")
  if (disabled !== null && disabled !== "true" && disabled !== "false") {
    throw new GatewayError("invalid_request", "disabled must be true or false", { param: "disabled" })
  }
  return (endpoint) =>
    `${endpoint.name}\n${endpoint.url}`.toLowerCase().includes(search) &&
    (events.length === 0 || endpoint.events.some((event) => events.includes(event))) &&
    (disabled === null || isEnabled(endpoint) === (disabled === "false"))
}

/** GET /api/webhooks/{id} @throws {GatewayError} admin_token_required, webhook_not_found */
export async function showWebhook(request: Request, id: string, options: WebhookRouteOptions): Promise<Response> {
  return json(await writeOne(await findManaged(request, id, options), options), answerHeaders(request))
}

/** POST /api/webhooks: the secret is in this response and nowhere else. @throws {GatewayError} admin_token_required, webhook_exists, … */
export async function makeWebhook(request: Request, _: string, options: WebhookRouteOptions): Promise<Response> {
  refuseStrangers(request, options)
  const settings = await readSettings(request, null, options)
  const { id, secret } = await options.engine.order({ do: "create", owner: "", settings, secret: null })
  const endpoint = await writeOne(await findById(id, options), options)
  return json({ endpoint, secret }, answerHeaders(request), 201)
}

/** PUT /api/webhooks/{id} @throws {GatewayError} as `makeWebhook`, and webhook_not_found */
export async function changeWebhook(request: Request, id: string, options: WebhookRouteOptions): Promise<Response> {
  const before = await findManaged(request, id, options)
  refuseConfigured(before)
  const settings = await readSettings(request, before, options)
  await options.engine.order({ do: "change", number: before.number, settings })
  return json(await writeOne(await findById(id, options), options), answerHeaders(request))
}

/** DELETE /api/webhooks/{id} @throws {GatewayError} admin_token_required, webhook_not_found, invalid_request */
export async function removeWebhook(request: Request, id: string, options: WebhookRouteOptions): Promise<Response> {
  const endpoint = await findManaged(request, id, options)
  refuseConfigured(endpoint)
  await options.engine.order({ do: "remove", number: endpoint.number })
  return json({ status: "success" }, answerHeaders(request))
}

const ROTATION_HOURS_MAX = 168

/**
 * POST /api/webhooks/{id}/rotate-secret: as in Bifrost the old secret stops to sign at once, unless `keep_previous_hours` is sent.
 * @throws {GatewayError} admin_token_required, webhook_not_found, invalid_request
 */
export async function rotateWebhook(request: Request, id: string, options: WebhookRouteOptions): Promise<Response> {
  const { number, name, source } = await findManaged(request, id, options)
  const fixed = source === "config" ? options.webhookFile.webhooks.find(({ settings }) => settings.name === name) : null
  if (fixed?.secret) {
    const message = `the secret of webhook endpoint ${quoted(name)} stands in config.json: change it there, under webhooks; the gateway follows within seconds`
    throw new GatewayError("invalid_request", message)
  }
  const { keep_previous_hours: hours = 0 } = await readOptionalMembers(request, ["keep_previous_hours"], options)
  if (typeof hours !== "number" || !(hours >= 0 && hours <= ROTATION_HOURS_MAX)) {
    const message = `keep_previous_hours must be a number from 0 to ${ROTATION_HOURS_MAX}, as 24`
    throw new GatewayError("invalid_request", message, { param: "keep_previous_hours" })
  }
  const order = { do: "rotate", number, keepsPreviousMs: Math.round(hours * 3_600_000) } as const
  const { secret } = await options.engine.order(order)
  const endpoint = await writeOne(await findById(id, options), options)
  return json({ endpoint, secret }, answerHeaders(request))
}

/**
 * POST /api/webhooks/{id}/test: sends a sample by the way of all deliveries, and answers with what came of it.
 * @throws {GatewayError} admin_token_required, webhook_not_found, invalid_request, rate_limited
 */
export async function testWebhook(request: Request, id: string, options: WebhookRouteOptions): Promise<Response> {
  const endpoint = await findManaged(request, id, options)
  const { event = endpoint.events[0] } = await readOptionalMembers(request, ["event"], options)
  refuseDisabled(endpoint)
  if (!endpoint.events.includes(event as WebhookEvent)) {
    const message = `event must be one that the endpoint is subscribed to: ${endpoint.events.join(", ")}`
    throw new GatewayError("invalid_request", message, { param: "event" })
  }
  const order = { do: "test", number: endpoint.number, event: event as WebhookEvent } as const
  options.samples.take(endpoint, order.event, options.clock.now())
  const { webhookId, jobId, tried } = await options.engine.order(order)
  const { status, error, tookMs, outcome } = tried
  const body = {
    delivered: outcome === "delivered",
    ...(status === null ? {} : { receiver_status_code: status }),
    ...(error === null ? {} : { error }),
    webhook_id: webhookId,
    job_id: jobId,
    duration_ms: Math.round(tookMs),
  }
  return json(body, answerHeaders(request))
}

/** The endpoint, for who may manage it. @throws {GatewayError} admin_token_required, webhook_not_found */
export function findManaged(request: Request, id: string, options: WebhookRouteOptions): Promise<WebhookEndpoint> {
  refuseStrangers(request, options)
  return findById(id, options)
}

async function findById(id: string, { reads }: WebhookRouteOptions): Promise<WebhookEndpoint> {
  const found = (await reads.webhooks()).find((endpoint) => endpoint.id === id)
  if (found) return found
  throw new GatewayError("webhook_not_found", `there is no webhook endpoint with the id ${quoted(id)}: list them`)
}

/** @throws {GatewayError} invalid_request */
export function refuseDisabled(endpoint: WebhookEndpoint): void {
  if (isEnabled(endpoint)) return
  const why = endpoint.disabledReason === null ? "" : ` (${endpoint.disabledReason})`
  throw new GatewayError("invalid_request", `the webhook endpoint is disabled${why}: enable it first`)
}

/** @throws {GatewayError} invalid_request */
export function refuseConfigured({ source, name }: WebhookEndpoint): void {
  if (source === "api") return
  const message = `webhook endpoint ${quoted(name)} stands in config.json: change it there, under webhooks; the gateway follows within seconds`
  throw new GatewayError("invalid_request", message)
}

/** @param before null: a new one */
async function readSettings(
  request: Request,
  before: WebhookEndpoint | null,
  options: WebhookRouteOptions,
): Promise<WebhookSettings> {
  const fields = dropNulls(await readMembers(request, [...fieldNames, ...echoed], options))
  if (before !== null && ![undefined, before.form].includes(fields["form"] as WebhookSettings["form"])) {
    refuse({ member: "form", must: `left out or ${before.form}: make another endpoint for another form` })
  }
  const headers = readHeaderValues(fields["headers"], before, options)
  const given = Object.fromEntries(fieldNames.map((name) => [name, fields[name]]))
  const { settings, mistake } = readFields({ ...given, headers }, before, receiverRules(options))
  return mistake ? refuse(mistake) : settings
}

/** What a client sends back that changes what it has read. It says nothing. */
const echoed = ["id", "created_at", "updated_at", "consecutive_failures", "failing_since", "last_success_at"].concat(
  ["last_failure_at", "disabled_reason", "disabled_at", "pending_deliveries", "secret_hint", "previous_secret_until"],
  ["owner", "source", "is_read_only", "config_hash"],
)

function dropNulls(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}

/** Each is a text, or as Bifrost writes it: `{ value }`. What stands for a hidden value is the value that is stored. */
function readHeaderValues(headers: unknown, before: WebhookEndpoint | null, options: WebhookRouteOptions): unknown {
  if (!isRecord(headers)) return headers
  const stored = before === null ? {} : (tryToOpen(before, options.secrets)?.headers ?? {})
  const kept = new Map(Object.entries(stored).map(([name, value]) => [name.toLowerCase(), value]))
  return Object.fromEntries(
    Object.entries(headers).map(([name, given]) => {
      const value = isRecord(given) ? given["value"] : given
      const member = `headers.${name}`
      if (isRecord(given) && (given["ref"] || given["env_var"]))
        refuse({ member, must: "the value itself: env.NAME is read in config.json alone" })
      if (typeof value !== "string") return [name, value]
      if (/^env\.\w+$/.test(value)) refuse({ member, must: "the value itself: env.NAME is read in config.json alone" })
      if (!/^(<redacted>|\*+)$/i.test(value)) return [name, value]
      return [name, kept.get(name.toLowerCase()) ?? refuse({ member, must: "its value: none is stored that it hides" })]
    }),
  )
}

function refuse({ member, must }: FieldMistake): never {
  throw new GatewayError("invalid_request", `${member} must be ${must}`, { param: member })
}

async function writeOne(endpoint: WebhookEndpoint, { reads, secrets, keyring }: WebhookRouteOptions) {
  const pending = await reads.pendingDeliveries()
  return writeManagedWebhook(endpoint, pending.get(endpoint.number) ?? 0, secrets, keyring)
}
