// The closed list of error codes, and the error object of the API. Public messages say what is wrong and what to do instead.
import type { Refusal } from "./call.ts"
import { parseJson } from "./json.ts"
import type { LogLevel } from "./log.ts"

/** By code: the HTTP status, the `type` that clients switch on, and the level at which a refusal is logged. A refusal without a level is the caller's mistake and is not logged. */
const table = {
  invalid_json: { status: 400, type: "invalid_request_error" },
  body_incomplete: { status: 400, type: "invalid_request_error", log: "debug" },
  missing_required_parameter: { status: 400, type: "invalid_request_error" },
  invalid_request: { status: 400, type: "invalid_request_error" },
  unknown_provider: { status: 400, type: "invalid_request_error" },
  unsupported_operation: { status: 400, type: "invalid_request_error" },
  unsupported_parameter: { status: 400, type: "invalid_request_error" },
  no_keys: { status: 400, type: "invalid_request_error" },
  virtual_key_not_found: { status: 400, type: "invalid_request_error" },
  virtual_key_required: { status: 401, type: "virtual_key_required" },
  admin_token_required: { status: 401, type: "admin_token_required" },
  budget_exceeded: { status: 402, type: "budget_exceeded" },
  virtual_key_blocked: { status: 403, type: "virtual_key_blocked" },
  provider_blocked: { status: 403, type: "provider_blocked" },
  model_blocked: { status: 403, type: "model_blocked" },
  origin_not_allowed: { status: 403, type: "invalid_request_error" },
  host_not_allowed: { status: 403, type: "invalid_request_error" },
  job_not_found: { status: 404, type: "invalid_request_error" },
  operation_type_mismatch: { status: 404, type: "invalid_request_error" },
  job_key_required: { status: 404, type: "invalid_request_error" },
  job_key_not_found: { status: 404, type: "invalid_request_error" },
  job_key_mismatch: { status: 404, type: "invalid_request_error" },
  request_not_kept: { status: 404, type: "invalid_request_error" },
  key_not_found: { status: 404, type: "invalid_request_error" },
  content_not_found: { status: 404, type: "invalid_request_error" },
  file_not_found: { status: 404, type: "invalid_request_error" },
  batch_not_found: { status: 404, type: "invalid_request_error" },
  previous_response_not_found: { status: 400, type: "invalid_request_error" },
  response_not_found: { status: 404, type: "invalid_request_error" },
  conversation_not_found: { status: 404, type: "invalid_request_error" },
  conversation_item_not_found: { status: 404, type: "invalid_request_error" },
  bulk_operation_not_found: { status: 404, type: "invalid_request_error" },
  webhook_not_found: { status: 404, type: "invalid_request_error" },
  webhook_delivery_not_found: { status: 404, type: "invalid_request_error" },
  model_not_found: { status: 404, type: "invalid_request_error" },
  route_not_found: { status: 404, type: "invalid_request_error" },
  method_not_allowed: { status: 405, type: "invalid_request_error" },
  webhook_exists: { status: 409, type: "invalid_request_error" },
  webhook_delivery_in_flight: { status: 409, type: "invalid_request_error" },
  request_too_large: { status: 413, type: "invalid_request_error" },
  unsupported_media_type: { status: 415, type: "invalid_request_error" },
  idempotency_mismatch: { status: 422, type: "invalid_request_error" },
  rate_limited: { status: 429, type: "rate_limited" },
  queue_full: { status: 429, type: "rate_limited" },
  internal_error: { status: 500, type: "server_error", log: "error" },
  store_unavailable: { status: 503, type: "server_error", log: "error" },
  server_busy: { status: 503, type: "server_error", log: "warn" },
  shutting_down: { status: 503, type: "server_error", log: "debug" },
  store_full: { status: 507, type: "server_error", log: "error" },
  // Failures of a job that have no answer of a provider:
  provider_connection_failed: { status: 502, type: "provider_connection_failed" },
  unreadable_response: { status: 502, type: "unreadable_response" },
  upstream_redirect: { status: 502, type: "upstream_redirect" },
  upstream_credentials_exhausted: { status: 502, type: "upstream_credentials_exhausted" },
  worker_crashed: { status: 502, type: "worker_crashed" },
  interrupted: { status: 502, type: "interrupted" },
  request_lost: { status: 500, type: "server_error" },
  request_timed_out: { status: 504, type: "request_timed_out" },
  job_cancelled: { status: 499, type: "request_cancelled" },
  deadline_exceeded: { status: 504, type: "request_timed_out" },
} as const satisfies Record<string, { status: number; type: string; log?: LogLevel }>

export type ErrorCode = keyof typeof table
export const errorCodes = Object.keys(table) as ErrorCode[]

export function findStatus(code: ErrorCode): number {
  return table[code].status
}

/** The level at which a refusal with this code is logged; null: it is not logged. */
export function findLogLevel(code: ErrorCode): LogLevel | null {
  const row: { status: number; log?: LogLevel } = table[code]
  return row.log ?? null
}

const QUOTED_CHARS_MAX = 100

/** A value that a client sent, cut to a length that fits into a sentence. */
export function cut(text: string): string {
  return text.length > QUOTED_CHARS_MAX ? `${text.slice(0, QUOTED_CHARS_MAX)}…` : text
}

/** The same in quotes and escaped. */
export function quoted(text: string): string {
  return JSON.stringify(cut(text))
}

/** What the error object says about the failed request. Every member is optional, because a request may be refused before it is known. */
export interface ErrorFields {
  provider?: string
  model?: string
  requestType?: string
}

/** The error object of the API. The order of its members is part of the contract. */
export interface WireError {
  type?: string
  is_bifrost_error: boolean
  status_code: number
  error: { type?: string; code?: string; message: string; param?: string; innererror?: unknown }
  extra_fields: Record<string, string>
}

/** A caller's mistake or a failure of the gateway, thrown until it is answered. What a provider does is an Outcome and is never thrown. */
export class GatewayError extends Error {
  readonly code: ErrorCode
  readonly param: string | undefined
  readonly fields: ErrorFields
  /** Seconds, sent as the Retry-After header. */
  readonly retryAfter: number | undefined
  readonly headers: Record<string, string>

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      param?: string
      fields?: ErrorFields
      retryAfter?: number
      headers?: Record<string, string>
      cause?: unknown
    } = {},
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.param = options.param
    this.fields = options.fields ?? {}
    this.retryAfter = options.retryAfter
    this.headers = options.headers ?? {}
  }
}

/** The error object of a refusal or a failure of the gateway itself. */
export function ownError(code: ErrorCode, message: string, fields: ErrorFields = {}, param?: string): WireError {
  const { status, type } = table[code]
  return {
    type,
    is_bifrost_error: false,
    status_code: status,
    error: { type, code, message, ...(param === undefined ? {} : { param }) },
    extra_fields: extraFields(fields),
  }
}

/** The error object of a provider's refusal, with the status, type, code, message and param that the provider sent. */
export function upstreamError(status: number, refusal: Refusal, fields: ErrorFields): WireError {
  return {
    is_bifrost_error: false,
    status_code: status,
    error: {
      ...(refusal.type === null ? {} : { type: refusal.type }),
      ...(refusal.code === null ? {} : { code: refusal.code }),
      message: refusal.message,
      ...(refusal.param === null ? {} : { param: refusal.param }),
      ...(refusal.innererror === undefined ? {} : { innererror: parseJson(refusal.innererror) }),
    },
    extra_fields: extraFields(fields),
  }
}

function extraFields({ provider, model, requestType }: ErrorFields): Record<string, string> {
  return {
    ...(provider === undefined ? {} : { provider }),
    ...(model === undefined ? {} : { model_requested: model, original_model_requested: model }),
    ...(requestType === undefined ? {} : { request_type: requestType }),
  }
}

/**
 * Why a thread ended, in one line.
 * @param message the message of an error event, which Bun surrounds with source code and a stack
 */
export function threadError(message: string): string {
  return /^\s*\w*error: .*$/im.exec(message)?.[0] ?? "it gave no reason"
}
