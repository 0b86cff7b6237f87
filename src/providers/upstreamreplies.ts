// The outcomes that every reply has in common, whatever the adapter: a refusal, an answer that cannot be read, and an answer that is
// the endpoint's result. Secrets are taken out of all that the provider said.

import type { Call, Content, Outcome, Refusal, Upstream, Usage } from "../call.ts"
import { type DeclaredError, saysError } from "../endpoints/endpoint.ts"
import { getEndpoint } from "../endpoints/endpoints.ts"
import { parseExact } from "../exactjson.ts"
import { append, depthDefect, member, parseJson, scan } from "../json.ts"
import { isSecret } from "../log.ts"
import { isRecord } from "../values.ts"
import type { Attempt } from "./adapter.ts"
import { RAW_MAX } from "./bounds.ts"
import { CHECK_BASE_URL, formatPlace, isHtml, isPathRefused } from "./place.ts"
import { calculateCost, readCost } from "./prices.ts"
import type { ProviderSettings } from "./provider.ts"
import { judge, type Meanings, type ReadRefusal, readDeclaredError, readRefusal } from "./refusalreader.ts"
import { type Reply, TOO_LARGE } from "./transport.ts"
import { readRetryAfterMs } from "./waits.ts"

type Refused = Extract<Outcome, { kind: "refused" }>
type Hide = (text: string) => string
/** Whose secrets a text may repeat. */
type Holder = Pick<Attempt, "call" | "provider" | "key">

/** How much of an unexpected answer is quoted in the error. */
const QUOTE_CHARS = 300
/** A shorter secret is a placeholder ("x", "-"), and hiding it would tear words apart. */
const SECRET_CHARS_MIN = 4
/** A shorter value of a header whose name does not say that it is secret may be any word. */
const GIVEN_CHARS_MIN = 8

const utf8 = new TextDecoder()

/** The outcome of a reply that is no 2xx. @param readOwn reads refusals in the provider's own form */
export function refused(attempt: Attempt, reply: Reply, readOwn?: ReadRefusal): Refused {
  const { status, headers, upstream } = reply
  const text = utf8.decode(reply.bytes)
  const body = parseJson(text)
  const usual = readRefusal(body)
  // A redirect is in no provider's form.
  const own = status < 400 ? undefined : readOwn?.({ status, headers, body })
  const hide = hider(attempt)
  const refusal = hideSecrets(
    own === undefined ? usual : own.refusal.message === "" ? mergeRefusals(own.refusal, usual) : own.refusal,
    hide,
  )
  const wait = readRetryAfterMs(headers, body ?? text, upstream.limits, status, attempt.context.clock.wall())
  const found = { ...refusal, message: explain(reply, text, refusal.message, hide) }
  return {
    ...refusedWith(status, found, wait, upstream, attempt.provider.meanings),
    ...(own?.isKeyRefused ? { isKeyRefused: true } : {}),
    // https://github.com/openai/openai-node/blob/master/src/client.ts (shouldRetry)
    ...(headers.get("x-should-retry") === "true" ? { isPassing: true as const } : {}),
    ...(own?.isEnd === true ? { isEnd: true } : {}),
  }
}

export function refusedWith(
  status: number,
  refusal: Refusal,
  retryAfterMs: number | null,
  upstream: Upstream,
  meanings?: Meanings,
): Refused {
  const facts = judge(status, refusal, retryAfterMs, meanings)
  return { kind: "refused", status, refusal, retryAfterMs, ...facts, upstream }
}

/**
 * The refusal that a 2xx turned out to be.
 * @param body what names a wait, parsed
 */
export function refusedInside(
  attempt: Attempt,
  { status, headers, upstream }: Pick<Reply, "status" | "headers" | "upstream">,
  found: { status: number; refusal: Refusal },
  body: unknown,
): Refused {
  const hide = hider(attempt)
  const refusal = hideSecrets(found.refusal, hide)
  const why = refusal.code === null ? "an answer that failed" : `the code ${refusal.code}`
  const message = refusal.message || hide(`the provider answered ${status} with ${why}`)
  const wait = readRetryAfterMs(headers, body, upstream.limits, found.status, attempt.context.clock.wall())
  return refusedWith(found.status, { ...refusal, message }, wait, upstream, attempt.provider.meanings)
}

/** The provider's own form says nothing: what it has is completed from the usual forms. */
function mergeRefusals(own: Refusal, usual: Refusal): Refusal {
  return {
    type: own.type ?? usual.type,
    code: own.code ?? usual.code,
    message: usual.message,
    param: own.param ?? usual.param,
  }
}

function hideSecrets({ type, code, message, param, innererror }: Refusal, hide: Hide): Refusal {
  const word = (text: string | null) => (text === null ? null : hide(text))
  const inner = innererror === undefined ? {} : { innererror: hide(innererror) }
  return { type: word(type), code: word(code), message: hide(message), param: word(param), ...inner }
}

/** The provider's own words; without any, what it answered instead. Says so when the address seems to be wrong. */
function explain(
  { status, headers, url }: Pick<Reply, "status" | "headers" | "url">,
  text: string,
  words: string,
  hide: Hide,
): string {
  const place = formatPlace(url)
  if (status >= 300 && status < 400) {
    const location = headers.get("location")
    const to = location === null ? "" : formatPlace(location, url)
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

/**
 * A 2xx. It has no URL when an adapter made it, which may have taken the sound out of it. `billed` is what of its usage is charged, when
 * that is not all.
 */
export type ResultReply = Pick<Reply, "status" | "headers" | "bytes" | "latencyMs" | "upstream"> & {
  url?: string
  content?: Content
  billed?: Usage
}

/**
 * A 2xx that is not what was asked for. It was probably billed, so its text is kept.
 * @param problem the end of a sentence that starts with "but"
 */
export function unreadable(attempt: Holder, reply: Omit<ResultReply, "latencyMs">, problem: string): Outcome {
  const { status, headers, bytes, upstream, url = "" } = reply
  const hide = hider(attempt)
  const body = hide(rawText(bytes))
  const hint = isHtml(body) ? ` (from ${formatPlace(url)}: ${CHECK_BASE_URL})` : ""
  const type = headers.get("content-type") ?? "no content type"
  const what = `${attempt.call.provider} answered ${status} (${type}), but ${problem}`
  const message = hide(`${what}${body === "" ? "" : `: ${quote(body)}`}${hint}`)
  return { kind: "unreadable", status, message, body, upstream }
}

/** A 2xx in a provider's own form that is no answer: the error that it declares, or one that cannot be read. */
export function unanswered(attempt: Attempt, reply: Reply, problem: string): Outcome {
  const body = reply.defect === null ? parseJson(utf8.decode(reply.bytes)) : undefined
  const error = isRecord(body) && saysError(body) ? { said: body, status: null } : undefined
  return declared(attempt, reply, error) ?? unreadable(attempt, reply, problem)
}

/**
 * The refusal that a 2xx declares: the answer itself has failed. Null when it declares none, or does not tell what it means: it may be
 * paid for.
 */
function declared(
  attempt: Attempt,
  reply: Pick<Reply, "status" | "headers" | "upstream">,
  error: DeclaredError | undefined,
): Outcome | null {
  const found = error === undefined ? null : readDeclaredError(error)
  return found && { ...refusedInside(attempt, reply, found, error?.said), isEnd: true }
}

/** As much of an answer as is worth keeping when nothing else can be made of it. */
function rawText(bytes: Uint8Array): string {
  const text = utf8.decode(bytes.subarray(0, RAW_MAX))
  const rest = bytes.length - RAW_MAX
  return rest > 0 ? `${text}… (${rest} more bytes are not kept)` : text
}

/** A reply's text, and its JSON. */
export interface ReadReply {
  text: string
  /** With exact numbers. Undefined when the text is no JSON. */
  value: unknown
  /** Why the reply is no JSON object that can be taken apart, as the end of a sentence that starts with "but"; null: it is one. */
  problem: string | null
  /** Asked again, the provider would answer the same. */
  isLasting: boolean
}

export function readReply({ bytes, defect }: Reply): ReadReply {
  const text = utf8.decode(bytes)
  const tooDeep = defect === null ? depthDefect(text) : null
  const value = defect === null && tooDeep === null ? parseExact(text) : undefined
  const problem = defect ?? tooDeep ?? (isRecord(value) ? null : "the body is no JSON object")
  return { text, value, problem, isLasting: tooDeep !== null || defect === TOO_LARGE }
}

/** The headers of a result that an adapter made. */
export const JSON_HEADERS = new Headers({ "content-type": "application/json" })

/**
 * Checks that a 2xx is what the endpoint promises, and adds `extra_fields`, usage and cost.
 * @param isCostInDollars whether `usage.cost` is in US dollars
 */
export async function answered(attempt: Attempt, result: ResultReply, isCostInDollars = false): Promise<Outcome> {
  const { call, provider } = attempt
  const { status, headers, bytes, latencyMs, upstream } = result
  const endpoint = getEndpoint(call.requestType)
  const request = () => (call.body === null ? {} : (JSON.parse(call.body) as Record<string, unknown>))
  const reading = endpoint.read({ contentType: headers.get("content-type"), bytes, content: result.content }, request)
  if ("problem" in reading) {
    return declared(attempt, result, reading.error) ?? unreadable(attempt, result, reading.problem)
  }
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
  const { result: text, content } = reading
  // Scanned once for all that is read of it and added to it: it can be large.
  const found = scan(text)
  const used = count(() => endpoint.usage((name) => member(text, found, name), content, request))
  const usage = member(text, found, "usage")
  const reported = usage === null ? null : readCost(JSON.parse(usage), isCostInDollars)
  const billed = result.billed ? { ...used, ...result.billed } : used
  const priced = reported ?? (endpoint.isFree ? 0 : calculateCost(provider, pricedModel(call, provider), billed))
  // A price that is there at once is not awaited.
  const cost = priced instanceof Promise ? await priced : priced
  const body = append(text, "extra_fields", JSON.stringify(extra), found)
  return { kind: "answered", status, body, usage, used, cost, upstream, ...(content ? { content } : {}) }
}

/** The name that has a price: the provider's, when the operator has given it one. */
function pricedModel({ model, requested }: Call, { prices }: ProviderSettings): string {
  return requested === undefined || Object.hasOwn(prices, model) ? model : requested.knownAs
}

/** The answer is paid for, and must not be lost because its usage cannot be counted. */
function count(read: () => Usage | null): Usage | null {
  try {
    return read()
  } catch {
    return null
  }
}

/** Some providers repeat the key in their complaint about it. The secrets are gathered when there is a text to hide them in. */
export function hider(holder: Holder): Hide {
  return (text) => listSecrets(holder).reduce((rest, secret) => rest.replaceAll(secret, "[key]"), text)
}

function listSecrets({ call, provider, key }: Holder): string[] {
  const headers = { ...call.extras.headers, ...provider.headers }
  const secretHeaders = Object.entries(headers).filter(([name]) => isSecret(name))
  // What the caller gave for the provider alone is kept sealed, and a complaint that repeats it is not.
  const { traceparent: _, ...given } = call.extras.headers ?? {}
  const ofQuery = listQueryValues(provider.endpoints[call.requestType]?.path ?? "")
  const long = [...Object.values(given), ...ofQuery].filter((value) => value.length >= GIVEN_CHARS_MIN)
  // A key may be several, joined by colons, of which each is as secret as the whole.
  const keys = key === null ? [] : [key, ...key.split(":")]
  const secrets = [...keys, ...secretHeaders.map(([, value]) => value.split(" ").at(-1) ?? ""), ...long]
  return secrets.filter((secret) => secret.length >= SECRET_CHARS_MIN)
}

/** The values of the operator's query, as they are written and as they are read. Servers that do not have a path repeat all of it. */
function listQueryValues(path: string): string[] {
  const query = path.split("?").slice(1).join("?")
  const pairs = query.split("&").map((pair) => [pair.split("=", 1)[0], pair.slice(pair.indexOf("=") + 1)] as const)
  return [...pairs, ...new URLSearchParams(query)].flatMap(([name, value]) => (name === "api-version" ? [] : [value]))
}

export function quote(text: string): string {
  return JSON.stringify(text.length > QUOTE_CHARS ? `${text.slice(0, QUOTE_CHARS)}…` : text)
}
