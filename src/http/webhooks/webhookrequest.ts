// What the routes of webhooks share: their options, how a body and a page are read, and the head of their responses.
import type { Secrets } from "../../auth/sealing.ts"
import { GatewayError, quoted } from "../../errors.ts"
import type { Reads } from "../../jobs/reads.ts"
import type { ReceiverRules } from "../../webhooks/receivers.ts"
import type { ConfiguredWebhook } from "../../webhooks/webhook.ts"
import type { EngineClient } from "../engineclient.ts"
import { readBody } from "../request/body.ts"
import type { BodyOptions } from "../request/bodylimits.ts"
import type { ListerOptions } from "../request/owners.ts"
import { readRequestId } from "../request/requestid.ts"
import type { SampleLimit } from "./samplelimit.ts"

export interface WebhookRouteOptions extends ListerOptions, Omit<BodyOptions, "engine"> {
  engine: Pick<EngineClient, "order"> & BodyOptions["engine"]
  reads: Reads
  secrets: Secrets
  /** Whether a receiver may be on this machine: see `WebhookOptions`. */
  allowsLoopback: boolean
  /** What config.json says at the moment. */
  webhookFile: { readonly webhooks: readonly ConfiguredWebhook[] }
  samples: SampleLimit
}

const BODY_BYTES_MAX = 262_144

/** @throws {GatewayError} invalid_json, invalid_request, … */
export async function readMembers(
  request: Request,
  supported: readonly string[],
  options: WebhookRouteOptions,
): Promise<Record<string, unknown>> {
  const body = await readBody(request, "", ["json"], { ...options, bodyBytesMax: BODY_BYTES_MAX })
  const { fields } = body.submission
  const unknown = Object.keys(fields).find((member) => !supported.includes(member))
  if (unknown === undefined) return fields
  const message = `unknown member ${quoted(unknown)}; supported: ${supported.join(", ")}`
  throw new GatewayError("invalid_request", message, { param: unknown })
}

/** The same where a body may be missing: it has no members then. */
export function readOptionalMembers(
  request: Request,
  supported: readonly string[],
  options: WebhookRouteOptions,
): Promise<Record<string, unknown>> {
  const { headers } = request
  const isEmpty = (headers.get("content-length") ?? "0") === "0" && !headers.has("transfer-encoding")
  return isEmpty ? Promise.resolve({}) : readMembers(request, supported, options)
}

export function receiverRules({ allowsLoopback }: Pick<WebhookRouteOptions, "allowsLoopback">): ReceiverRules {
  return { allowsPrivate: false, allowsLoopback }
}

/**
 * `limit` and `offset` as Bifrost reads them: a limit above the most is the most.
 * @throws {GatewayError} invalid_request
 */
export function readWindow(given: URLSearchParams, { usual, max }: { usual: number; max: number }) {
  const limit = readCount(given, "limit") || usual
  return { limit: Math.min(limit, max), offset: readCount(given, "offset") }
}

function readCount(given: URLSearchParams, name: string): number {
  const text = given.get(name) ?? "0"
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new GatewayError("invalid_request", `${name} must be a whole number from 0`, { param: name })
}

export function answerHeaders(request: Request): Record<string, string> {
  return { "cache-control": "no-store", "x-request-id": readRequestId(request) }
}
