// Passthrough for every OpenAI-shaped provider: the client's bytes go out, the provider's bytes come back.
// Only `model` is replaced, `stream` and `fallbacks` (ours) removed, and `extra_fields` added to the answer.
import type { Call, Outcome, Refusal, Upstream, Usage } from "../call.ts"
import { endpointOf } from "../endpoints/table.ts"
import { append, edit, member } from "../json.ts"
import { isSecret } from "../log.ts"
import { applyEdits, editedLength } from "../multipart.ts"
import { limitsOf, retryAfterMs } from "./limits.ts"
import type { CallContext } from "./perform.ts"
import { costOf } from "./prices.ts"
import type { ProviderSettings } from "./table.ts"

/** More than this is no answer but a fault, and would take the thread's memory. */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024
/** How much of an unexpected answer is quoted in the error. */
const QUOTE_CHARS = 300
/** What is shorter is a placeholder ("x", "-"), and hiding it would tear words apart. */
const SECRET_CHARS_MIN = 4
const REQUEST_ID_CHARS_MAX = 200

/** Where providers tell their own id of a request, the most telling first: OpenAI and most, Anthropic, AWS, Azure, Cloudflare. */
const requestIdHeaders = ["x-request-id", "request-id", "x-amzn-requestid", "apim-request-id", "cf-ray"]

/** What a refusal says when the money is spent: no waiting brings it back, another key may have some. */
const spentCodes = new Set([
  // https://developers.openai.com/api/docs/guides/error-codes, https://help.openai.com/en/articles/6614457
  "insufficient_quota",
  "credit_balance_exhausted",
  "organization_spend_limit_exceeded",
  "organization_usage_limit_exceeded",
  "project_spend_limit_exceeded",
  // Of older answers, this one with 400 too: https://github.com/dfinke/PowerShellAI/issues/127
  "billing_hard_limit_reached",
  "billing_not_active",
])

/** What came back, and how long it took. */
interface Reply {
  status: number
  contentType: string | null
  bytes: Uint8Array
  latencyMs: number
  upstream: Upstream
}

/** Takes what must not be repeated out of a text. */
type Hide = (text: string) => string

export async function raw(
  call: Call,
  provider: ProviderSettings,
  context: CallContext,
  key: string | null,
): Promise<Outcome> {
  const startedAt = context.clock.now()
  const headers = headersOf(call, provider, key)
  if (headers === null) {
    const message = `the key or a header for ${call.provider} has a character that no header can carry: write it without`
    return { kind: "unreached", reason: "unsendable", message }
  }
  const response = await context.fetch(`${provider.baseUrl}${provider.paths[call.requestType]}`, {
    method: "POST",
    headers,
    body: bodyOf(call, context),
    // Following would hand the key to whatever host the redirect names.
    redirect: "manual",
    // A reused connection that the server has just closed fails a POST that cannot be repeated blindly.
    keepalive: false,
    // Ours is the signal; Bun's own would cut a silent call after 5 minutes.
    timeout: false,
    signal: context.signal,
  } as RequestInit)
  const { status } = response
  const bytes = await read(response)
  const now = context.clock.now()
  const upstream: Upstream = {
    requestId: requestIdOf(response.headers, headers.get("x-request-id")),
    limits: limitsOf(response.headers, now),
  }
  const hide = hider(call, provider, key)
  if (!response.ok) return refused(response, utf8.decode(bytes ?? new Uint8Array()), upstream, hide, now)
  if (bytes === null) {
    const message = `${call.provider} answered ${status} with more than ${ANSWER_BYTES_MAX / 1024 / 1024} MiB`
    return { kind: "unreadable", status, message, body: "", upstream }
  }
  const contentType = response.headers.get("content-type")
  return await answer(call, provider, { status, contentType, bytes, latencyMs: now - startedAt, upstream }, hide)
}

/** A 2xx, checked to be what the endpoint promises and given its `extra_fields`. */
export async function answer(
  call: Call,
  provider: ProviderSettings,
  { status, contentType, bytes, latencyMs, upstream }: Reply,
  hide: Hide = same,
): Promise<Outcome> {
  const endpoint = endpointOf(call.requestType)
  const request = () => (call.body === null ? {} : (JSON.parse(call.body) as Record<string, unknown>))
  const reading = endpoint.read({ contentType, bytes }, request)
  if ("problem" in reading) {
    const text = utf8.decode(bytes)
    const what = `${call.provider} answered ${status} (${contentType ?? "no content type"}), but ${reading.problem}`
    return {
      kind: "unreadable",
      status,
      message: text === "" ? what : `${what}: ${quote(hide(text))}`,
      body: hide(text),
      upstream,
    }
  }
  const extra = {
    request_type: call.requestType,
    provider: call.provider,
    model_requested: call.model,
    original_model_requested: call.model,
    resolved_model_used: call.model,
    latency: Math.max(0, Math.round(latencyMs)),
    chunk_index: 0,
  }
  const { result, content } = reading
  const used = counted(() => endpoint.usage(result, content, request))
  const cost = await costOf(provider, call.model, used)
  const body = append(result, "extra_fields", JSON.stringify(extra))
  const usage = member(result, "usage")
  return { kind: "answered", status, body, usage, used, cost, upstream, ...(content ? { content } : {}) }
}

/** What the answer used. It is paid for: that its use cannot be counted takes nothing of it away. */
function counted(count: () => Usage | null): Usage | null {
  try {
    return count()
  } catch {
    return null
  }
}

/** The client's bytes with what is ours taken out: JSON as text, a form as a stream, so that memory does not grow with it. */
function bodyOf({ body, form, model }: Call, { pieceAt }: CallContext): string | ReadableStream<Uint8Array> {
  if (body !== null) return edit(body, { model: JSON.stringify(model), stream: null, fallbacks: null })
  const change = applyEdits(form?.edits ?? [])
  let seq = 0
  return new ReadableStream(
    {
      async pull(controller) {
        const piece = await pieceAt(seq++)
        if (piece === null) return controller.close()
        for (const part of change(piece)) if (part.length > 0) controller.enqueue(part)
      },
    },
    { highWaterMark: 1 },
  )
}

export function refused(response: Response, text: string, upstream: Upstream, hide: Hide, now: number): Outcome {
  const { status, headers } = response
  const body = parse(text)
  const refusal = readRefusal(response, text, body, hide)
  return {
    kind: "refused",
    status,
    refusal,
    retryAfterMs: retryAfterMs(headers, body, upstream.limits, status, now),
    isKeyRefused: isKeyRefused(status, refusal),
    upstream,
  }
}

/** Whether it is the key that was refused: its bearer is not known, may not do this, or has no money left. */
export function isKeyRefused(status: number, { code, type }: Refusal): boolean {
  return [401, 402, 403].includes(status) || spentCodes.has(code ?? "") || spentCodes.has(type ?? "")
}

/** What is only our own id come back names nothing at the provider. */
export function requestIdOf(headers: Headers, sent: string | null): string | null {
  const ids = requestIdHeaders.map((name) => headers.get(name)).filter((id) => id && id !== sent)
  return ids[0]?.slice(0, REQUEST_ID_CHARS_MAX) ?? null
}

/** The provider's own words, in any of the forms OpenAI-shaped servers use: `{error: {…}}`, `{error: "…"}`, `{message}`, `{detail}`, or text. */
function readRefusal({ status, headers, url }: Response, text: string, body: unknown, hide: Hide): Refusal {
  const nothing: Refusal = { type: null, code: null, message: "", param: null }
  if (status >= 300 && status < 400) {
    const location = headers.get("location")
    const host = location && URL.canParse(location, url) ? ` to ${new URL(location, url).host}` : ""
    const message = `the provider answered ${status}, a redirect${host}, which is not followed: set base_url to the final address`
    return { ...nothing, message }
  }
  const error = isRecord(body) ? (body["error"] ?? body) : body
  const words = (value: unknown) => {
    const found = textOf(value)
    return found === null ? null : hide(found)
  }
  const refusal = isRecord(error)
    ? {
        type: words(error["type"]),
        code: words(error["code"]),
        message: words(error["message"]) ?? words(error["detail"]) ?? "",
        param: words(error["param"]),
      }
    : { ...nothing, message: words(error) ?? "" }
  if (refusal.message !== "") return refusal
  const rest = text === "" ? " with an empty body" : `: ${quote(hide(text))}`
  return { ...refusal, message: `the provider answered ${status}${rest}` }
}

/** Null when one of them cannot stand in a request. */
export function headersOf(call: Call, provider: ProviderSettings, key: string | null): Headers | null {
  const { form } = call
  try {
    const headers = new Headers({
      accept: "application/json, */*",
      "user-agent": "asyncgate",
      "x-request-id": call.requestId,
      // The same with every attempt: a provider that honours it bills a repeated one once.
      "idempotency-key": call.idempotencyKey,
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    })
    // One by one: two spellings of a name in one object would be joined by a comma.
    for (const [name, value] of Object.entries(call.extras.headers ?? {})) headers.set(name, value)
    headers.set("content-type", form?.contentType ?? "application/json")
    if (form !== null) headers.set("content-length", String(editedLength(form.bytes, form.edits)))
    for (const [name, value] of Object.entries(provider.headers)) headers.set(name, value)
    return headers
  } catch {
    return null
  }
}

/** The whole answer, or null when there is too much of it. */
export async function read(response: Response): Promise<Uint8Array | null> {
  const length = Number(response.headers.get("content-length") ?? Number.NaN)
  // The length of a compressed answer says nothing about what it unfolds to.
  if (length <= ANSWER_BYTES_MAX && !response.headers.has("content-encoding")) return response.bytes()
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of response.body ?? []) {
    bytes += piece.length
    if (bytes > ANSWER_BYTES_MAX || length > ANSWER_BYTES_MAX) return null
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

const utf8 = new TextDecoder()

/** Some providers repeat the key in their complaint about it. */
export function hider(call: Call, provider: ProviderSettings, key: string | null): Hide {
  const headers = { ...call.extras.headers, ...provider.headers }
  const secretHeaders = Object.entries(headers).filter(([name]) => isSecret(name))
  const secrets = [key ?? "", ...secretHeaders.map(([, value]) => value.split(" ").at(-1) ?? "")]
  const hidden = secrets.filter((secret) => secret.length >= SECRET_CHARS_MIN)
  return (text) => hidden.reduce((rest, secret) => rest.replaceAll(secret, "[key]"), text)
}

function same(text: string): string {
  return text
}

export function quote(text: string): string {
  return JSON.stringify(text.length > QUOTE_CHARS ? `${text.slice(0, QUOTE_CHARS)}…` : text)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string | null {
  if (typeof value === "string") return value
  return typeof value === "number" ? String(value) : null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
