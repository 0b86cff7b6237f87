// Reads rate limits and retry delays out of a provider's answer. What cannot be read is left out. Own code, because no library knows the headers
// of more than a few providers.

import type { Allowance, Limits } from "../call.ts"
import { asRecord } from "../values.ts"

/** A longer delay is taken for a mistake: no job should wait for it. */
const FAR_MS = 30 * 24 * 3_600_000

/** What a header can say of a limit. It takes the place of `*` in a family's name. */
const facts = ["limit", "remaining", "reset"] as const

/** Time windows that a header's name may end with. Each is a limit of its own. */
const windows = ["second", "minute", "hour", "day", "month"]

/** Families of headers, each of which describes one limit. */
const families: readonly { kind: keyof Limits; name: string }[] = [
  // https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers, https://console.groq.com/docs/rate-limits
  { kind: "requests", name: "x-ratelimit-*-requests" },
  { kind: "tokens", name: "x-ratelimit-*-tokens" },
  // https://platform.claude.com/docs/en/api/rate-limits#response-headers
  { kind: "requests", name: "anthropic-ratelimit-requests-*" },
  { kind: "tokens", name: "anthropic-ratelimit-tokens-*" },
  { kind: "tokens", name: "anthropic-ratelimit-input-tokens-*" },
  { kind: "tokens", name: "anthropic-ratelimit-output-tokens-*" },
  // https://inference-docs.cerebras.ai/support/rate-limits, https://docs.sambanova.ai/docs/en/models/rate-limits,
  // with `req`: https://github.com/mistralai/client-ts/issues/169
  ...windows.flatMap((window) => [
    { kind: "requests" as const, name: `x-ratelimit-*-requests-${window}` },
    { kind: "requests" as const, name: `x-ratelimit-*-req-${window}` },
    { kind: "tokens" as const, name: `x-ratelimit-*-tokens-${window}` },
  ]),
  // https://openrouter.ai/docs/api-reference/limits
  { kind: "requests", name: "x-ratelimit-*" },
  // https://docs.together.ai/docs/rate-limits
  { kind: "tokens", name: "x-tokenlimit-*" },
  // https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-05
  { kind: "requests", name: "ratelimit-*" },
]

/** header -> its family and what it says; a map, because every header of every answer is looked up */
const places = new Map(
  families.flatMap((family) => facts.map((fact) => [family.name.replace("*", fact), { family, fact }] as const)),
)

const STRUCTURED = "ratelimit"

/** The rate limits in these headers. Null when there are none. */
export function readLimits(headers: Headers, now: number): Limits | null {
  const found = new Map<(typeof families)[number], Allowance>()
  let isStructured = false
  headers.forEach((value, name) => {
    const place = places.get(name)
    isStructured ||= name === STRUCTURED
    if (place === undefined) return
    const { family, fact } = place
    const allowance = found.get(family) ?? { limit: null, remaining: null, resetMs: null }
    if (fact === "reset") allowance.resetMs = parseReset(value, now)
    else allowance[fact] = parseCount(value)
    found.set(family, allowance)
  })
  // Most answers of local servers have none.
  if (found.size === 0 && !isStructured) return null
  const all = [...found].map(([{ kind }, allowance]) => ({ kind, allowance }))
  const of = (wanted: keyof Limits) => all.filter(({ kind }) => kind === wanted).map(({ allowance }) => allowance)
  const requests = tightest([...structured(headers), ...of("requests")])
  const tokens = tightest(of("tokens"))
  return requests === null && tokens === null ? null : { requests, tokens }
}

/**
 * Milliseconds after which a refused call may be repeated. Null when the provider does not say.
 * @param body the refusal's JSON, parsed
 * @param limits what `readLimits` found in the same headers
 */
export function readRetryAfterMs(
  headers: Headers,
  body: unknown,
  limits: Limits | null,
  status: number,
  now: number,
): number | null {
  const seconds = headers.get("retry-after")
  return (
    // https://github.com/openai/openai-python/pull/1086, https://github.com/Azure/azure-sdk-for-rust/pull/1517
    near(parseNumber(headers.get("retry-after-ms"))) ??
    // https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    near(parseNumber(seconds) * 1000) ??
    dateMs(seconds, now) ??
    retryDelayMs(body) ??
    (status === 429 ? whenAllowed(limits) : null)
  )
}

/** When the limits that are used up are reset. When no header says what is left, when all are reset. */
function whenAllowed(limits: Limits | null): number | null {
  const known = [limits?.requests, limits?.tokens].filter((allowance) => allowance != null)
  const isBlind = known.every(({ remaining }) => remaining === null)
  const longestMs = known
    .filter(({ remaining }) => isBlind || remaining === 0)
    .reduce((longest, { resetMs }) => Math.max(longest, resetMs ?? 0), 0)
  // A reset of 0 says nothing, because the call was refused.
  return longestMs === 0 ? null : longestMs
}

/**
 * `RetryInfo` in the details of Google's refusals, which are a list of one in OpenAI's form of the API.
 * https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto, its Duration as JSON:
 * https://protobuf.dev/programming-guides/json/
 */
function retryDelayMs(body: unknown): number | null {
  const { details } = asRecord(asRecord(Array.isArray(body) ? body[0] : body)["error"])
  if (!Array.isArray(details)) return null
  const info: unknown = details.find((detail) => String(asRecord(detail)["@type"]).endsWith("/google.rpc.RetryInfo"))
  const { retryDelay: delay } = asRecord(info)
  if (typeof delay === "string") return near(parseDuration(delay))
  if (typeof delay !== "object" || delay === null) return null
  const part = (name: string) => parseNumber(String(asRecord(delay)[name] ?? 0))
  return near(part("seconds") * 1000 + part("nanos") / 1_000_000)
}

/** `RateLimit: "default";r=50;t=30`. https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10 */
function structured(headers: Headers): Allowance[] {
  const limits = headers.get(STRUCTURED)
  if (limits === null) return []
  const policies = new Map(parseItems(headers.get("ratelimit-policy") ?? ""))
  return parseItems(limits)
    .filter(([name]) => (parseParameter(policies.get(name), "qu") ?? "requests") === "requests")
    .map(([name, parameters]) => ({
      limit: parseCount(parseParameter(policies.get(name), "q")),
      remaining: parseCount(parseParameter(parameters, "r")),
      resetMs: near(parseNumber(parseParameter(parameters, "t")) * 1000),
    }))
}

/** A structured list of strings with parameters (RFC 9651, 3.1 and 3.1.2). */
function parseItems(field: string): [text: string, parameters: string][] {
  return [...field.matchAll(/"([^"]*)"((?:;[^",;]*(?:"[^"]*")?)*)/g)].map(([, text = "", rest = ""]) => [text, rest])
}

function parseParameter(parameters: string | undefined, name: string): string | undefined {
  return new RegExp(`;\\s*${name}="?([^";]*)`).exec(parameters ?? "")?.[1]?.trim()
}

/** The limit that is reached first: the one with the least left, and of equal ones the one that is reset last. */
function tightest(allowances: Allowance[]): Allowance | null {
  return allowances
    .filter(({ limit, remaining, resetMs }) => limit !== null || remaining !== null || resetMs !== null)
    .reduce<Allowance | null>((tighter, one) => (tighter && !isTighter(one, tighter) ? tighter : one), null)
}

function isTighter(one: Allowance, than: Allowance): boolean {
  const [left, leftThere] = [one.remaining ?? Number.POSITIVE_INFINITY, than.remaining ?? Number.POSITIVE_INFINITY]
  return left === leftThere ? (one.resetMs ?? 0) > (than.resetMs ?? 0) : left < leftThere
}

/**
 * A whole number, which may be followed by time windows: `100, 100;w=10`. Some servers send -1 for no limit:
 * https://github.com/openai/openai-dotnet/issues/838
 */
function parseCount(text = ""): number | null {
  const count = /^\d{1,15}(?=$|\s*,.*;\s*w=)/.exec(text)
  return count === null ? null : Number(count[0])
}

/**
 * Milliseconds until a reset: a duration, seconds, or a time in RFC 3339's form, in HTTP's, or in seconds or milliseconds
 * since 1970. The size of a bare number tells which of them it is.
 */
function parseReset(text: string, now: number): number | null {
  const number = parseNumber(text)
  return (
    near(parseDuration(text)) ??
    near(number * 1000) ??
    near(number * 1000 - now) ??
    near(number - now) ??
    dateMs(text, now)
  )
}

const UNITS_MS: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** Reads a duration as Go and Google write it: `6m0s`, `1.5s`, `120ms`. Milliseconds, or NaN. */
function parseDuration(text: string): number {
  if (!/^(\d+(\.\d+)?(h|ms?|s))+$/.test(text)) return Number.NaN
  const parts = [...text.matchAll(/([\d.]+)([a-z]+)/g)]
  return parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (UNITS_MS[unit] ?? Number.NaN), 0)
}

/** Milliseconds until a date in one of HTTP's three forms (RFC 9110, 5.6.7) or in RFC 3339's. */
function dateMs(text: string | null, now: number): number | null {
  // Date.parse accepts nearly any text with a number in it: "-5", "1,5".
  if (text === null || !/^((Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? |\d{4}-\d\d-\d\dT)/.test(text)) return null
  // The oldest form means GMT without saying so.
  return near(Date.parse(/(GMT|Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text} GMT`) - now)
}

function parseNumber(text: string | null | undefined): number {
  return /^\d+(\.\d+)?$/.test(text ?? "") ? Number(text) : Number.NaN
}

/** A delay in whole milliseconds: 0 when it is past, null when it is too long to be meant. */
function near(ms: number): number | null {
  return Math.abs(ms) <= FAR_MS ? Math.max(0, Math.round(ms)) : null
}
