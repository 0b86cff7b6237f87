// Reads type, code, message and parameter of a provider's refusal, in whatever form it comes, and tells whether the key was refused. Pure.
// The texts may contain secrets, which upstreamreplies.ts hides.

import type { Refusal } from "../call.ts"
import { isRecord } from "../values.ts"
import type { HiddenRefusal } from "./provider.ts"

/** An answer that is no 2xx. */
export interface RefusalReply {
  status: number
  headers: Headers
  /** The parsed JSON; undefined when the body is no JSON. */
  body: unknown
}

/** A refusal in a form that one provider has alone. An empty message means that it is in no form known here. */
export interface OwnRefusal {
  refusal: Refusal
  isKeyRefused: boolean
  /** The upstream job has ended with it. */
  isEnd?: boolean
}

export type ReadRefusal = (reply: RefusalReply) => OwnRefusal

/** Codes and types that refuse a key with a status other than 401, 402 and 403. */
const keyCodes = new Set([
  // The money is spent: waiting does not bring it back, and another key may have some.
  // https://developers.openai.com/api/docs/guides/error-codes, https://help.openai.com/en/articles/6614457
  "insufficient_quota",
  "credit_balance_exhausted",
  "organization_spend_limit_exceeded",
  "organization_usage_limit_exceeded",
  "project_spend_limit_exceeded",
  // In older answers, the first also with 400: https://github.com/dfinke/PowerShellAI/issues/127
  "billing_hard_limit_reached",
  "billing_not_active",
  // With 400: https://docs.cloud.google.com/php/docs/reference/common-protos/latest/Api.ErrorReason
  "API_KEY_INVALID",
  "API_KEY_EXPIRED",
])

/** Comes with 400, and no code says the same: https://github.com/i-am-bee/beeai-framework/issues/447 */
const KEY_WORDS = /^incorrect api key provided/i

/** Whether the key was refused and not the request: it is unknown, may not do this, or has no money left. */
export function isKeyRefused(status: number, { code, type, message }: Refusal): boolean {
  if ([401, 402, 403].includes(status) || keyCodes.has(code ?? "") || keyCodes.has(type ?? "")) return true
  return status === 400 && KEY_WORDS.test(message)
}

/** What a body says in the usual forms. The message is empty when it is in none of them. */
export function readRefusal(body: unknown): Refusal {
  const layers = listLayers(body)
  const find = (read: (value: unknown) => string | null, ...names: string[]) =>
    layers.flatMap((layer) => names.map((name) => read(layer[name]))).find((words) => words) ?? null
  // https://learn.microsoft.com/en-us/azure/ai-foundry/openai/concepts/content-filter
  const inner = layers.map(({ innererror }) => innererror).find(isRecord)
  return {
    type: find(readWords, "type", "error_type") ?? find(readKind, "status"),
    code: find(readReason, "details") ?? find(readWords, "code", "error_code"),
    message: find(readMessage, "message", "detail", "error") ?? readWords(body) ?? "",
    param: find(readWords, "param") ?? find(readPlace, "message", "detail"),
    ...(inner === undefined ? {} : { innererror: JSON.stringify(inner) }),
  }
}

/** The refusal in a 2xx, and the status that means the same; null when it is none. The message may be empty. */
export function readHiddenRefusal(
  body: unknown,
  { member, code, message, statuses }: HiddenRefusal,
): { status: number; refusal: Refusal } | null {
  const said = isRecord(body) ? body[member] : null
  const number = isRecord(said) ? readWords(said[code]) : null
  if (!isRecord(said) || number === null || number === "0") return null
  const status = (Object.hasOwn(statuses, number) ? statuses[number] : undefined) ?? 500
  return { status, refusal: { type: null, code: number, message: readWords(said[message]) ?? "", param: null } }
}

/** How deep texts may be nested: `{error: {…}}`, `{detail: {error}}`, `{message: {detail: […]}}`, and a list of one of them. */
const LAYERS_MAX = 3

/**
 * The objects that may contain a message, from the inside out. https://github.com/Gage-Technologies/mistral-go/pull/2,
 * https://github.com/google-gemini/gemini-cli/issues/5468,
 * https://github.com/databricks-industry-solutions/hls-llm-doc-qa/issues/9 (error_code)
 */
function listLayers(body: unknown, depth = 1): Record<string, unknown>[] {
  const outer: unknown = Array.isArray(body) ? body[0] : body
  if (!isRecord(outer) || depth > LAYERS_MAX) return []
  const inner = ["error", "detail", "message"].map((name) => outer[name]).find(isRecord)
  return [...listLayers(inner, depth + 1), outer]
}

/** A message, or the messages of a validator joined: `[{loc, msg}]`. https://fastapi.tiangolo.com/tutorial/handling-errors/ */
function readMessage(value: unknown): string | null {
  if (!Array.isArray(value)) return readWords(value)
  const errors = value.map((one) => {
    const what = isRecord(one) ? readWords(one["msg"]) : readWords(one)
    const place = readPlace([one])
    return place && what ? `${place}: ${what}` : (what ?? "")
  })
  return errors.filter((error) => error !== "").join("; ")
}

/** The parameter that the first error of a validator is about. */
function readPlace(value: unknown): string | null {
  const first: unknown = Array.isArray(value) ? value[0] : null
  const path = isRecord(first) ? first["loc"] : null
  return Array.isArray(path) ? path.filter((step) => step !== "body").join(".") : null
}

/** `INVALID_ARGUMENT`; others have a number there. https://cloud.google.com/apis/design/errors#error_model */
function readKind(value: unknown): string | null {
  return typeof value === "string" && /^[A-Z_]+$/.test(value) ? value : null
}

/** `API_KEY_INVALID`, which one of several details may have. */
function readReason(value: unknown): string | null {
  const reasons = Array.isArray(value) ? value.map((one) => (isRecord(one) ? readWords(one["reason"]) : null)) : []
  return reasons.find((reason) => reason) ?? null
}

function readWords(value: unknown): string | null {
  if (typeof value === "string") return value
  return typeof value === "number" ? String(value) : null
}
