// Reads rate limits out of the headers of a provider's answer. What cannot be read is left out. Own code, because no library knows the
// headers of more than a few providers.

import type { Allowance, Limits } from "../call.ts"
import { dateMs, near, parseDuration, parseNumber } from "./durations.ts"

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

/** What clients read of them: OpenAI's names, which most providers use, and Anthropic's. */
const shown = /^(x|anthropic)-ratelimit-[a-z0-9-]{1,64}$/
const SHOWN_MAX = 32
const SHOWN_CHARS_MAX = 128

/** The headers of rate limits that may be shown to a client: so many and so long at most. */
export function pickAllowances(headers: Headers): Record<string, string> {
  const picked: [name: string, value: string][] = []
  headers.forEach((value, name) => {
    if (shown.test(name) && value.length <= SHOWN_CHARS_MAX && picked.length < SHOWN_MAX) picked.push([name, value])
  })
  return Object.fromEntries(picked)
}

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
