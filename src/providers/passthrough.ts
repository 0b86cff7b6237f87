// Passthrough for every OpenAI-shaped provider: the client's bytes go out, the provider's bytes come back.
// Only `model` is replaced, `stream` and `fallbacks` (ours) and what the row names removed or renamed, and `extra_fields`
// added to the answer. What a provider says is read by its form: no provider has a name here.
import type { Call, Outcome, Refusal, Upstream, Usage } from "../call.ts"
import { endpointOf } from "../endpoints/endpoints.ts"
import { append, edit, member, scan } from "../json.ts"
import { isSecret } from "../log.ts"
import { applyEdits, editedLength } from "../multipart.ts"
import { RAW_MAX } from "./bounds.ts"
import { composeHeaders } from "./headers.ts"
import { limitsOf, retryAfterMs } from "./limits.ts"
import { invalidHeader } from "./notsent.ts"
import type { CallContext } from "./perform.ts"
import { CHECK_BASE_URL, isHtml, isPathRefused, placeOf } from "./place.ts"
import { costOf, costTold } from "./prices.ts"
import type { HiddenRefusal, ProviderSettings, Way } from "./provider.ts"
import { type Hide, hiddenIn, refusalIn } from "./refusals.ts"
import { type Answer, exchange } from "./transport.ts"

/** How much of an unexpected answer is quoted in the error. */
const QUOTE_CHARS = 300
/** What is shorter is a placeholder ("x", "-"), and hiding it would tear words apart. */
const SECRET_CHARS_MIN = 4
/** Of a header whose name does not say that it is secret, a shorter value may be any word. */
const GIVEN_CHARS_MIN = 8
const REQUEST_ID_CHARS_MAX = 200

/** Where providers tell their own id of a request, the most telling first: OpenAI and most, Anthropic, AWS, Azure, Cloudflare. */
const requestIdHeaders = ["x-request-id", "request-id", "x-amzn-requestid", "apim-request-id", "cf-ray"]

/** What refusals of a key say that come with another status than 401, 402 and 403. */
const keyCodes = new Set([
  // The money is spent: no waiting brings it back, another key may have some.
  // https://developers.openai.com/api/docs/guides/error-codes, https://help.openai.com/en/articles/6614457
  "insufficient_quota",
  "credit_balance_exhausted",
  "organization_spend_limit_exceeded",
  "organization_usage_limit_exceeded",
  "project_spend_limit_exceeded",
  // Of older answers, this one with 400 too: https://github.com/dfinke/PowerShellAI/issues/127
  "billing_hard_limit_reached",
  "billing_not_active",
  // With 400: https://docs.cloud.google.com/php/docs/reference/common-protos/latest/Api.ErrorReason
  "API_KEY_INVALID",
  "API_KEY_EXPIRED",
])

/** With 400, and nothing else that tells it: https://github.com/i-am-bee/beeai-framework/issues/447 */
const KEY_WORDS = /^incorrect api key provided/i

type Refused = Extract<Outcome, { kind: "refused" }>

/** What came back, and how long it took. */
interface Reply {
  status: number
  /** Where it came from; not there: it is no answer as it came. */
  url?: string
  contentType: string | null
  bytes: Uint8Array
  latencyMs: number
  upstream: Upstream
  /** As the way says. */
  isCostInDollars?: boolean
}

/**
 * On this machine a connection is used again: making one costs as much as all else of a call. Its server may close it in that
 * very moment, so a call that is not made again gets its own. Across a network each does: one that lay idle there can be dead
 * without a word, as after a sleep, and a call would hang on it.
 */
const loopback = /^http:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])[:/]/

export async function raw(
  call: Call,
  provider: ProviderSettings,
  context: CallContext,
  key: string | null,
): Promise<Outcome> {
  const startedAt = context.clock.now()
  const way: Way = provider.ways[call.requestType] ?? { adapter: "raw", path: "" }
  const headers = headersOf(call, provider, key)
  if (headers === null) return invalidHeader(call)
  const named = membersNamed(call.body, way)
  const got = await exchange(context, addressFor(provider, way, call.model), {
    headers,
    body: bodyOf(call, way, named, context),
    isReusing: call.isRepeatable && loopback.test(provider.baseUrl),
  })
  const { status, url, bytes } = got
  const wall = context.clock.wall()
  const upstream: Upstream = {
    requestId: requestIdOf(got.headers, headers.get("x-request-id")),
    limits: limitsOf(got.headers, wall),
  }
  const hide = hider(call, provider, key)
  if (!got.isOk) return refused(got, utf8.decode(bytes), upstream, hide, wall)
  const contentType = got.headers.get("content-type")
  if (got.defect !== null) return unreadable(call, { status, url, contentType, bytes }, got.defect, upstream, hide)
  const hidden = way.refusal && hiddenRefusal(way.refusal, utf8.decode(bytes), got, upstream, hide, wall)
  if (hidden) return hidden
  const { isCostInDollars = false } = way
  const reply = {
    status,
    url,
    contentType,
    bytes,
    latencyMs: context.clock.now() - startedAt,
    upstream,
    isCostInDollars,
  }
  const outcome = await answer(call, provider, reply, hide)
  const warnings = unsent(way, (name) => named.has(name))
  return outcome.kind === "answered" && warnings.length > 0 ? { ...outcome, warnings } : outcome
}

/** Below the provider's address, or at the operator's own. */
function addressFor({ baseUrl }: ProviderSettings, { path }: Way, model: string): string {
  const filled = path.includes("{model}") ? path.replaceAll("{model}", encodeURIComponent(model)) : path
  return filled.includes("://") ? filled : baseUrl + filled
}

/** What of a request goes nowhere, in words. */
export function unsent({ drop = [] }: Way, isGiven: (name: string) => boolean): string[] {
  return drop.filter(isGiven).map((name) => `${name} is not known to this provider and was not sent`)
}

/** A 2xx, checked to be what the endpoint promises and given its `extra_fields`. */
export async function answer(
  call: Call,
  provider: ProviderSettings,
  reply: Reply,
  hide: Hide = same,
): Promise<Outcome> {
  const { status, contentType, bytes, latencyMs, upstream, isCostInDollars = false } = reply
  const endpoint = endpointOf(call.requestType)
  const request = () => (call.body === null ? {} : (JSON.parse(call.body) as Record<string, unknown>))
  const reading = endpoint.read({ contentType, bytes }, request)
  if ("problem" in reading) return unreadable(call, reply, reading.problem, upstream, hide)
  const requested = call.requested?.model ?? call.model
  const extra = {
    request_type: call.requestType,
    provider: call.provider,
    model_requested: requested,
    original_model_requested: requested,
    resolved_model_used: call.model,
    latency: Math.max(0, Math.round(latencyMs)),
    chunk_index: 0,
  }
  const { result, content } = reading
  // Once for all that is read of it and added to it: it can be large.
  const found = scan(result)
  const used = counted(() => endpoint.usage((name) => member(result, found, name), content, request))
  const usage = member(result, found, "usage")
  const told = usage === null ? null : costTold(JSON.parse(usage), isCostInDollars)
  const priced = told ?? costOf(provider, pricedModel(call, provider), used)
  // What is there at once is not waited for.
  const cost = priced instanceof Promise ? await priced : priced
  const body = append(result, "extra_fields", JSON.stringify(extra), found)
  return { kind: "answered", status, body, usage, used, cost, upstream, ...(content ? { content } : {}) }
}

/** @param problem the end of a sentence that starts with "but" */
export function unreadable(
  call: Call,
  { status, contentType, bytes, url = "" }: Pick<Reply, "status" | "contentType" | "bytes" | "url">,
  problem: string,
  upstream: Upstream,
  hide: Hide,
): Outcome {
  const body = hide(rawText(bytes))
  const hint = isHtml(body) ? ` (from ${placeOf(url)}: ${CHECK_BASE_URL})` : ""
  const what = `${call.provider} answered ${status} (${contentType ?? "no content type"}), but ${problem}`
  const message = hide(`${what}${body === "" ? "" : `: ${quote(body)}`}${hint}`)
  return { kind: "unreadable", status, message, body, upstream }
}

/** As much of an answer as is worth keeping where nothing else can be made of it. */
export function rawText(bytes: Uint8Array): string {
  const text = utf8.decode(bytes.subarray(0, RAW_MAX))
  const rest = bytes.length - RAW_MAX
  return rest > 0 ? `${text}… (${rest} more bytes are not kept)` : text
}

/** The name that has a price: the provider's, where the operator has given it one. */
function pricedModel({ model, requested }: Call, { prices }: ProviderSettings): string {
  return requested === undefined || Object.hasOwn(prices, model) ? model : requested.knownAs
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
function bodyOf(
  { body, form, model, requestType }: Call,
  way: Way,
  named: Members,
  { pieceAt }: CallContext,
): string | ReadableStream<Uint8Array> {
  if (body !== null) return textOf(body, model, way, named, endpointOf(requestType).dropped)
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

export function refused(answer: Answer, text: string, upstream: Upstream, hide: Hide, now: number): Refused {
  const { status, headers } = answer
  const body = parse(text)
  const refusal = readRefusal(answer, text, body, hide)
  return refusing(status, refusal, retryAfterMs(headers, body, upstream.limits, status, now), upstream)
}

function readRefusal(answer: Answer, text: string, body: unknown, hide: Hide): Refusal {
  const refusal = refusalIn(body, hide)
  return { ...refusal, message: refusalMessage(answer, text, refusal.message, hide) }
}

/** @param words the provider's own; what comes in no form that is known is quoted, and a wrong address is named */
export function refusalMessage(
  { status, headers, url }: Pick<Answer, "status" | "headers" | "url">,
  text: string,
  words: string,
  hide: Hide,
): string {
  const place = placeOf(url)
  if (status >= 300 && status < 400) {
    const location = headers.get("location")
    const to = location === null ? "" : placeOf(location, url)
    const where = to === "" ? "" : ` from ${place} to ${to}`
    return hide(
      `the provider answered ${status}, a redirect${where}, which is not followed: set base_url to the final address`,
    )
  }
  const hint = isPathRefused(status, words, text) ? ` (from ${place}: ${CHECK_BASE_URL})` : ""
  const said =
    words || `the provider answered ${status}${text === "" ? " with an empty body" : `: ${quote(hide(text))}`}`
  return hint === "" ? said : hide(said + hint)
}

/** The refusal that a 2xx hides, or null when it is none. */
function hiddenRefusal(
  form: HiddenRefusal,
  text: string,
  { status, headers }: Answer,
  upstream: Upstream,
  hide: Hide,
  now: number,
): Outcome | null {
  const body = parse(text)
  const hidden = hiddenIn(body, form, hide)
  if (hidden === null) return null
  const message = hidden.refusal.message || hide(`the provider answered ${status} with the code ${hidden.refusal.code}`)
  const afterMs = retryAfterMs(headers, body, upstream.limits, hidden.status, now)
  return refusing(hidden.status, { ...hidden.refusal, message }, afterMs, upstream)
}

export function refusing(status: number, refusal: Refusal, retryAfterMs: number | null, upstream: Upstream): Refused {
  return { kind: "refused", status, refusal, retryAfterMs, isKeyRefused: isKeyRefused(status, refusal), upstream }
}

/** Whether it is the key that was refused: its bearer is not known, may not do this, or has no money left. */
export function isKeyRefused(status: number, { code, type, message }: Refusal): boolean {
  if ([401, 402, 403].includes(status) || keyCodes.has(code ?? "") || keyCodes.has(type ?? "")) return true
  return status === 400 && KEY_WORDS.test(message)
}

/** What is only our own id come back names nothing at the provider. */
export function requestIdOf(headers: Headers, sent: string | null): string | null {
  for (const name of requestIdHeaders) {
    const id = headers.get(name)
    if (id && id !== sent) return id.slice(0, REQUEST_ID_CHARS_MAX)
  }
  return null
}

/** name -> JSON text */
type Members = ReadonlyMap<string, string>
const none: Members = new Map()

/** What a JSON body says in the members that its row renames or drops; most rows do neither. Null is as good as absent. */
function membersNamed(body: string | null, { rename, drop = [] }: Way): Members {
  if (body === null || (!rename && drop.length === 0)) return none
  const names = new Set([...Object.keys(rename ?? {}), ...drop])
  const found = scan(body)
  if (found.kind !== "object") return none
  // Of two with one name the last counts.
  const members = new Map(found.members.map(({ key, valueStart, end }) => [key, body.slice(valueStart, end)]))
  return new Map([...members].filter(([name, text]) => names.has(name) && text !== "null"))
}

/** What the row renames or leaves out goes its way; of what would be refused there, only what says nothing has come so far. */
function textOf(
  body: string,
  model: string,
  { rename = {}, drop = [], reject = [] }: Way,
  named: Members,
  dropped: readonly string[],
): string {
  const changes: Record<string, string | null> = { model: JSON.stringify(model), stream: null, fallbacks: null }
  for (const names of [dropped, drop, reject, Object.keys(rename)]) for (const name of names) changes[name] ??= null
  return Object.entries(rename).reduce(
    (rest, [from, to]) => {
      const value = named.get(from)
      return value === undefined ? rest : append(rest, to, value)
    },
    edit(body, changes),
  )
}

/** Null when one of them cannot stand in a request. */
export function headersOf(call: Call, provider: ProviderSettings, key: string | null): Headers | null {
  const { form } = call
  const { header, prefix } = provider.authorization
  const fixed: Record<string, string> = { "content-type": form?.contentType ?? "application/json" }
  if (key !== null) fixed[header] = prefix + key
  if (form !== null) fixed["content-length"] = String(editedLength(form.bytes, form.edits))
  try {
    return composeHeaders(call, provider, { accept: "application/json, */*" }, fixed)
  } catch {
    return null
  }
}

const utf8 = new TextDecoder()

/** Some providers repeat the key in their complaint about it. What is secret is looked for only when there is one. */
export function hider(call: Call, provider: ProviderSettings, key: string | null): Hide {
  return (text) => secretsOf(call, provider, key).reduce((rest, secret) => rest.replaceAll(secret, "[key]"), text)
}

function secretsOf(call: Call, provider: ProviderSettings, key: string | null): string[] {
  const headers = { ...call.extras.headers, ...provider.headers }
  const secretHeaders = Object.entries(headers).filter(([name]) => isSecret(name))
  // What the caller gave for the provider alone is kept sealed, and a complaint that repeats it is not.
  const { traceparent: _, ...given } = call.extras.headers ?? {}
  const long = Object.values(given).filter((value) => value.length >= GIVEN_CHARS_MIN)
  const secrets = [key ?? "", ...secretHeaders.map(([, value]) => value.split(" ").at(-1) ?? ""), ...long]
  return secrets.filter((secret) => secret.length >= SECRET_CHARS_MIN)
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
