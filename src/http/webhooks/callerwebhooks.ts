// Manages webhook endpoints for callers, as OpenAI's clients ask for it: each caller those of its own jobs, the admin and the only user
// those of all. https://platform.openai.com/docs/api-reference/webhooks
import { GatewayError, quoted } from "../../errors.ts"
import { findUrlFault, isEventList, isName, nameHelp } from "../../webhooks/endpointfields.ts"
import { hideAddress } from "../../webhooks/receivers.ts"
import { type WebhookEndpoint, type WebhookEvent, webhookDefaults, webhookEvents } from "../../webhooks/webhook.ts"
import { readPageLimit, writePage } from "../files/fileobject.ts"
import { nameMaker } from "../files/fileowner.ts"
import { json } from "../reply.ts"
import { isAdmin, isFromHere } from "../request/authentication.ts"
import { listOwners, mayOperate } from "../request/owners.ts"
import { refuseConfigured, refuseDisabled } from "./managedwebhooks.ts"
import {
  answerHeaders,
  readMembers,
  readOptionalMembers,
  receiverRules,
  type WebhookRouteOptions,
} from "./webhookrequest.ts"
import { writeCallerWebhook } from "./webhookview.ts"

const FORM = "event"
const DAY_MS = 86_400_000
const eventTypes: readonly string[] = webhookEvents[FORM]

/** GET …/webhook_event_types */
export function listEventTypes(request: Request, _: string, options: WebhookRouteOptions): Response {
  listOwners(request, options)
  return json({ object: "list", data: eventTypes }, answerHeaders(request))
}

/** GET …/webhook_endpoints: the newest first. @throws {GatewayError} invalid_request */
export async function listOwnWebhooks(request: Request, _: string, options: WebhookRouteOptions): Promise<Response> {
  const all = (await listSeen(request, options)).toReversed()
  const given = new URL(request.url).searchParams
  const limit = readPageLimit(given, { usual: 20, max: 100 })
  const after = given.get("after")
  const last = after === null || after === "" ? -1 : all.findIndex(({ id }) => id === after)
  if (after && last < 0) {
    const message = `after must be the id of an endpoint, and there is none with ${quoted(after)}: start again without it`
    throw new GatewayError("invalid_request", message, { param: "after" })
  }
  const page = writePage(all.slice(last + 1), limit, (each) => writeCallerWebhook(each, options.secrets))
  return json(page, answerHeaders(request))
}

/** GET …/webhook_endpoints/{id} @throws {GatewayError} webhook_not_found */
export async function showOwnWebhook(request: Request, id: string, options: WebhookRouteOptions): Promise<Response> {
  return json(writeCallerWebhook(await findOwn(request, id, options), options.secrets), answerHeaders(request))
}

/** POST …/webhook_endpoints: the secret is in this response and nowhere else. @throws {GatewayError} webhook_exists, invalid_request, … */
export async function makeOwnWebhook(request: Request, _: string, options: WebhookRouteOptions): Promise<Response> {
  const owner = nameMaker(request, options)
  const { name, url, events } = await readSettings(request, options)
  for (const [member, value] of Object.entries({ name, url, event_types: events })) {
    if (value === undefined) {
      throw new GatewayError("missing_required_parameter", `${member} is missing`, { param: member })
    }
  }
  const settings = { ...webhookDefaults, form: FORM, name: name ?? "", url: url ?? "", events: events ?? [] } as const
  const { id, secret } = await unrepeated(options.engine.order({ do: "create", owner, settings, secret: null }))
  return writeWithSecret(request, id, secret, options)
}

/** POST …/webhook_endpoints/{id}: changes the members that are sent. @throws {GatewayError} as `makeOwnWebhook`, and webhook_not_found */
export async function changeOwnWebhook(request: Request, id: string, options: WebhookRouteOptions): Promise<Response> {
  const before = await findOwn(request, id, options)
  refuseConfigured(before)
  const allowPrivateNetwork = before.allowPrivateNetwork && mayOperate(request, options)
  const given = await readSettings(request, options, allowPrivateNetwork)
  // The operator has allowed it for the receiver that was there.
  if (given.url !== undefined && given.url !== before.url) Object.assign(given, { allowPrivateNetwork })
  const settings = Object.fromEntries(
    Object.entries(given).filter(([member, value]) => !Bun.deepEquals(value, before[member as keyof typeof given])),
  )
  if (Object.keys(settings).length > 0) {
    await unrepeated(options.engine.order({ do: "change", number: before.number, settings }))
  }
  return showOwnWebhook(request, id, options)
}

/** DELETE …/webhook_endpoints/{id} @throws {GatewayError} webhook_not_found, invalid_request */
export async function removeOwnWebhook(request: Request, id: string, options: WebhookRouteOptions): Promise<Response> {
  const endpoint = await findOwn(request, id, options)
  refuseConfigured(endpoint)
  await options.engine.order({ do: "remove", number: endpoint.number })
  return json({ id, object: "webhook_endpoint.deleted", deleted: true }, answerHeaders(request))
}

/** POST …/webhook_endpoints/{id}/rotate_secret @throws {GatewayError} webhook_not_found, invalid_request */
export async function rotateOwnWebhook(request: Request, id: string, options: WebhookRouteOptions): Promise<Response> {
  const endpoint = await findOwn(request, id, options)
  refuseConfigured(endpoint)
  const member = "keep_old_secret_active_for_24_hours"
  const isKept = (await readOptionalMembers(request, [member], options))[member] ?? false
  if (typeof isKept !== "boolean") {
    throw new GatewayError("invalid_request", `${member} must be true or false`, { param: member })
  }
  const order = { do: "rotate", number: endpoint.number, keepsPreviousMs: isKept ? DAY_MS : 0 } as const
  const { secret } = await options.engine.order(order)
  return writeWithSecret(request, id, secret, options)
}

/**
 * POST …/webhook_endpoints/{id}/test: sends a sample by the way of all deliveries.
 * @throws {GatewayError} webhook_not_found, and invalid_request also where the receiver did not take it
 */
export async function testOwnWebhook(request: Request, id: string, options: WebhookRouteOptions): Promise<Response> {
  const endpoint = await findOwn(request, id, options)
  const { event_type: type } = await readMembers(request, ["event_type"], options)
  if (typeof type !== "string" || !eventTypes.includes(type)) {
    const message = `event_type must be one of ${eventTypes.join(", ")}`
    throw new GatewayError("invalid_request", message, { param: "event_type" })
  }
  refuseDisabled(endpoint)
  const order = { do: "test", number: endpoint.number, event: type as WebhookEvent } as const
  const { tried } = await options.engine.order(order)
  const { status, error } = tried
  if (status === null || tried.outcome !== "delivered") {
    // What a receiver wrote is its operator's: who may name any address must not read what is there.
    const why = status === null ? hideAddress(error ?? "") : `the receiver answered ${status}`
    throw new GatewayError("invalid_request", `the sample was not delivered: ${why}`)
  }
  const result = { object: "webhook_endpoint.test", webhook_endpoint_id: id, event_type: type, status_code: status }
  return json({ ...result, success: true }, answerHeaders(request))
}

/** Those that the caller may see, the oldest first. @throws {GatewayError} as `listOwners` */
async function listSeen(request: Request, options: WebhookRouteOptions): Promise<WebhookEndpoint[]> {
  const owners = listOwners(request, options)
  const all = await options.reads.webhooks()
  return all.filter(({ form, owner }) => form === FORM && (owners?.includes(owner) ?? true))
}

/** Refuses in the same words what is not there and what is another caller's. @throws {GatewayError} webhook_not_found */
async function findOwn(request: Request, id: string, options: WebhookRouteOptions): Promise<WebhookEndpoint> {
  const found = (await listSeen(request, options)).find((endpoint) => endpoint.id === id)
  if (found) return found
  throw new GatewayError("webhook_not_found", `No such webhook endpoint: ${quoted(id)}.`, { param: "id" })
}

/** A name that is taken stays taken: OpenAI's clients would send the same again after a 409. */
async function unrepeated<T>(order: Promise<T>): Promise<T> {
  try {
    return await order
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== "webhook_exists") throw error
    throw new GatewayError(error.code, error.message, { param: "name", headers: { "x-should-retry": "false" } })
  }
}

/** Behind a proxy a caller of another machine could otherwise have this one called. */
function findRules(request: Request, options: WebhookRouteOptions) {
  const { allowsLoopback, ...rules } = receiverRules(options)
  const isTrusted = isFromHere(request, options) || isAdmin(request.headers, options.admin)
  return { ...rules, allowsLoopback: allowsLoopback && isTrusted }
}

/** The members that were sent. @throws {GatewayError} invalid_request */
async function readSettings(request: Request, options: WebhookRouteOptions, allowsPrivate = false) {
  const fields = await readOptionalMembers(request, ["name", "url", "event_types"], options)
  const { name, url, event_types: events } = fields
  const refuse = (param: string, must: string) =>
    new GatewayError("invalid_request", `${param} must be ${must}`, { param })
  if (name !== undefined && !isName(name)) throw refuse("name", nameHelp)
  if (events !== undefined && !isEventList(events, eventTypes)) {
    throw refuse("event_types", `a list of some of ${eventTypes.join(", ")}: other events do not happen here`)
  }
  const fault = url === undefined ? null : findUrlFault(url, { ...findRules(request, options), allowsPrivate })
  if (fault !== null) throw refuse("url", fault)
  return {
    ...(name === undefined ? {} : { name }),
    ...(url === undefined ? {} : { url: url as string }),
    ...(events === undefined ? {} : { events: events as WebhookEvent[] }),
  }
}

async function writeWithSecret(request: Request, id: string, secret: string, options: WebhookRouteOptions) {
  const endpoint = await findOwn(request, id, options)
  return json({ ...writeCallerWebhook(endpoint, options.secrets), signing_secret: secret }, answerHeaders(request))
}
