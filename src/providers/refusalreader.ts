// Reads type, code, message and parameter of a provider's refusal, in whatever form it comes, and tells whether the key was refused. Pure.
// The texts may contain secrets, which upstreamreplies.ts hides.

import type { Refusal } from "../call.ts"
import type { DeclaredError } from "../endpoints/endpoint.ts"
import { isRecord } from "../values.ts"
import type { HiddenRefusal, Meaning } from "./provider.ts"

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
  /** A code of its own refuses the key. Those that all providers may have are known: see `judge`. */
  isKeyRefused?: boolean
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
  // With 400: https://help.aliyun.com/en/model-studio/error-code
  "Arrearage",
  // With 429: https://platform.kimi.ai/docs/api/errors
  "exceeded_current_quota_error",
  // With 400: https://console.groq.com/docs/spend-limits
  "blocked_api_access",
  // With 400: https://novita.ai/docs/api-reference/basic-error-code
  "BILLING_BALANCE_NOT_ENOUGH",
  // With 429: https://github.com/modelscope/modelscope/issues/1691
  "insufficient_balance_error",
  // With 400: https://docs.cloud.google.com/php/docs/reference/common-protos/latest/Api.ErrorReason
  "API_KEY_INVALID",
  "API_KEY_EXPIRED",
])

/** Messages that refuse a key where no code says the same, with status 400, 429 or 500. From their beginning on: others quote what a caller has sent. */
const keyWords = [
  // https://github.com/i-am-bee/beeai-framework/issues/447
  /^incorrect api key provided/i,
  // https://github.com/anthropics/claude-code/issues/66314
  /^your credit balance is too low/i,
  // https://github.com/anthropics/claude-code/issues/38035
  /^you have reached your specified (workspace )?api usage limits/i,
  // https://github.com/continuedev/continue/issues/10373
  /^your team \S+ has either used all available credits or reached its monthly spending limit/i,
  // https://github.com/dyad-sh/dyad/issues/3626
  /^your prepayment credits are depleted/i,
  // https://github.com/letta-ai/letta/pull/3304
  /^insufficient balance or no resource package/i,
  // https://github.com/MiniMax-AI/MiniMax-M2/issues/62
  /^insufficient balance \(1008\)/i,
]

/** With 403, and of the request: https://github.com/theopenco/llmgateway/pull/1785 */
const REQUEST_WORDS = /^content violates usage guidelines/i

/** Messages of faults that pass, with 400. */
const passingWords = [
  // A gateway whose provider did not answer: https://github.com/cloudflare/ai/issues/436
  /^failed to get response from provider/i,
  // A server on this machine that made room for another model: https://github.com/neomjs/neo/issues/11395
  /^model (is |was )?unloaded/i,
  /^failed to load model .*operation canceled/i,
  // A router that lost the model, which every request names: https://github.com/elizaOS/eliza/issues/20331
  /^no models provided/i,
]
/** Types and codes of faults of the server's, whatever the status: https://github.com/elizaOS/eliza/pull/10122 */
const passingCodes = new Set(["server_error", "internal_server_error", "overloaded_error"])

/** What the codes of one provider mean: code or type -> meaning. */
export type Meanings = Readonly<Record<string, Meaning>>

const passing = { isKeyRefused: false, isPassing: true } as const

/**
 * Whether the key was refused and not the request: it is unknown, may not do this, or has no money left; or whether the refusal passes,
 * although its status does not say so.
 * @param wait the wait that the refusal names: who names one for a 402 or 403 does not mean the key, and for a 413 not the request.
 * https://openrouter.ai/docs/api_reference/errors-and-debugging (402), https://www.rfc-editor.org/rfc/rfc9110#section-15.5.14 (413)
 */
export function judge(
  status: number,
  { code, type, message }: Refusal,
  wait: number | null,
  meanings: Meanings = {},
): { isKeyRefused: boolean; isPassing?: true } {
  const words = [code, type].filter((word) => word !== null)
  const own = words.find((word) => Object.hasOwn(meanings, word))
  if (own !== undefined) return { isKeyRefused: meanings[own] === "key" }
  const isOfKey = words.some((word) => keyCodes.has(word)) || keyWords.some((known) => known.test(message))
  if (isOfKey || status === 401) return { isKeyRefused: true }
  if (status === 403 && REQUEST_WORDS.test(message)) return { isKeyRefused: false }
  if (wait !== null && [402, 403, 413].includes(status)) return passing
  if (status === 402 || status === 403) return { isKeyRefused: true }
  const isPassing = words.some((word) => passingCodes.has(word)) || passingWords.some((known) => known.test(message))
  return isPassing && status < 500 && status !== 429 ? passing : { isKeyRefused: false }
}

/** What a body says in the usual forms. The message is empty when it is in none of them. */
export function readRefusal(body: unknown): Refusal {
  const layers = listLayers(body)
  const find = (read: (value: unknown) => string | null, ...names: string[]) =>
    layers.flatMap((layer) => names.map((name) => read(layer[name]))).find((words) => words) ?? null
  // https://learn.microsoft.com/en-us/azure/ai-foundry/openai/concepts/content-filter
  const inner = layers
    .map(({ innererror }) => innererror)
    .find((one) => isRecord(one) && isShallow(one, INNER_DEPTH_MAX))
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

/** The status that an error in a 2xx would have had, and what it says. Null when it does not tell what it means. */
export function readDeclaredError({ said, status }: DeclaredError): { status: number; refusal: Refusal } | null {
  const refusal = readRefusal(said)
  const named = listLayers(said).flatMap((layer) =>
    ["code", "status", "status_code", "http_code"].map((name) => layer[name]),
  )
  const number = named.map((value) => readWords(value) ?? "").find((value) => /^[45]\d\d$/.test(value))
  const known = statuses.find(({ words }) => words.test(refusal.code ?? "") || words.test(refusal.type ?? ""))
  const meant = number === undefined ? (known?.status ?? status) : Number(number)
  return meant === null ? null : { status: meant, refusal }
}

/**
 * The usual codes and types of errors, and their statuses. https://developers.openai.com/api/docs/guides/error-codes,
 * https://platform.openai.com/docs/api-reference/responses/object (error.code), https://platform.claude.com/docs/en/api/errors
 */
const statuses: readonly { words: RegExp; status: number }[] = [
  { words: /^(rate_limit_error|rate_limit_exceeded|insufficient_quota|RateLimitError)$/, status: 429 },
  { words: /^(overloaded_error|engine_overloaded_error)$/, status: 529 },
  { words: /^(authentication_error|invalid_api_key|AuthenticationError)$/, status: 401 },
  { words: /^billing_error$/, status: 402 },
  { words: /^(server_error|api_error|internal_server_error|InternalServerError)$/, status: 500 },
  { words: /^(permission_error|PermissionDeniedError)$/, status: 403 },
  { words: /^(not_found_error|model_not_found|NotFoundError)$/, status: 404 },
  { words: /^request_too_large$/, status: 413 },
  { words: /^timeout_error$/, status: 504 },
  {
    words:
      /^(invalid_|unsupported_|image_(too|file|parse|content)_|empty_image|failed_to_download|context_length_exceeded|content_filter|content_policy|BadRequestError)/,
    status: 400,
  },
]

/** Far deeper than the details of any provider. */
const INNER_DEPTH_MAX = 32

/** Whether a value may be serialised: deeply nested ones take seconds, and then fail. */
function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true
  return levels > 0 && Object.values(value).every((member) => isShallow(member, levels - 1))
}

/** How deep texts may be nested: `{error: {…}}`, `{detail: {error}}`, `{message: {detail: […]}}`, and a list of one of them. */
const LAYERS_MAX = 3

/**
 * The objects that may contain a message, from the inside out. https://github.com/Gage-Technologies/mistral-go/pull/2,
 * https://github.com/google-gemini/gemini-cli/issues/5468,
 * https://github.com/databricks-industry-solutions/hls-llm-doc-qa/issues/9 (error_code), https://github.com/cloudflare/ai/issues/436
 */
export function listLayers(body: unknown, depth = 1): Record<string, unknown>[] {
  const outer: unknown = Array.isArray(body) ? body[0] : body
  if (!isRecord(outer) || depth > LAYERS_MAX) return []
  const inner = ["error", "errors", "detail", "message"].map((name) => outer[name]).find(hasLayer)
  return [...listLayers(inner, depth + 1), outer]
}

/** A list holds one where its items are not a validator's, which are read together. */
function hasLayer(value: unknown): boolean {
  return isRecord(value) || (Array.isArray(value) && isRecord(value[0]) && typeof value[0]["message"] === "string")
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
  if (!Array.isArray(path)) return null
  const steps = path.map(readWords).filter((step) => step !== null && step !== "body")
  return steps.join(".")
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
