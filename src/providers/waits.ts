// Reads how long a refused call must wait, out of the headers and the body of the refusal. Pure. Own code, because no library knows
// more than a few of the forms.
import type { Limits } from "../call.ts"
import { asList, asRecord, asText, isRecord } from "../values.ts"
import { dateMs, near, parseDuration, parseNumber } from "./durations.ts"
import { readLimits } from "./ratelimits.ts"
import { listLayers } from "./refusalreader.ts"

/**
 * Milliseconds after which a refused call may be repeated. Null when the provider does not say.
 * @param body the refusal's JSON, parsed; its text, when it is no JSON
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
    // https://github.com/openai/openai-python/pull/1086, https://github.com/Azure/azure-sdk-for-rust/pull/1517,
    // https://github.com/microsoft/kernel-memory/pull/795
    near(parseNumber(headers.get("retry-after-ms"))) ??
    near(parseNumber(headers.get("x-ms-retry-after-ms"))) ??
    // https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    near(parseNumber(seconds) * 1000) ??
    dateMs(seconds, now) ??
    waitInBody(body, status, now) ??
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

/** The wait that a body names: in a member, in the headers of the provider behind it, or in words. */
function waitInBody(body: unknown, status: number, now: number): number | null {
  if (typeof body === "string") return waitInWords(body, now)
  for (const layer of listLayers(body)) {
    // A router's: https://github.com/Aider-AI/aider/issues/3550
    const behind = asRecord(layer["metadata"])
    const found =
      retryDelayMs(layer["details"]) ??
      waitInMembers(layer) ??
      waitInMembers(behind) ??
      waitInHeaders(behind["headers"], status, now) ??
      waitInWords(layer["message"], now) ??
      waitInWords(layer["detail"], now) ??
      waitInWords(layer["error"], now) ??
      waitInWords(behind["raw"], now)
    if (found !== null) return found
  }
  return null
}

/**
 * `RetryInfo` in the details of Google's refusals, which are a list of one in OpenAI's form of the API.
 * https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto, its Duration as JSON:
 * https://protobuf.dev/programming-guides/json/
 */
function retryDelayMs(details: unknown): number | null {
  const info = asList(details).find((detail) => asText(asRecord(detail)["@type"]).endsWith("/google.rpc.RetryInfo"))
  const { retryDelay: delay } = asRecord(info)
  if (typeof delay === "string") return near(parseDuration(delay))
  if (!isRecord(delay)) return null
  const part = (name: string) => parseNumber(asWord(delay[name] ?? 0))
  return near(part("seconds") * 1000 + part("nanos") / 1_000_000)
}

/**
 * Members that name a wait, and their unit. The last is until a model is loaded: https://github.com/huggingface/transformers/issues/32665.
 * https://docs.discord.com/developers/topics/rate-limits, https://zulip.com/api/rest-error-handling
 */
const members: readonly [name: string, unitMs: number][] = [
  ["retry_after_ms", 1],
  ["retry_after", 1000],
  ["retry-after", 1000],
  ["retry_after_seconds", 1000],
  ["estimated_time", 1000],
]

function waitInMembers(layer: Record<string, unknown>): number | null {
  for (const [name, unitMs] of members) {
    const wait = parseNumber(asWord(layer[name])) * unitMs
    if (!Number.isNaN(wait)) return near(wait)
  }
  return null
}

/** A text, or a number as one. Empty for what is neither. */
function asWord(value: unknown): string {
  return typeof value === "number" ? String(value) : asText(value)
}

/** No server sends more, and each that is set takes longer than the one before. */
const HEADERS_MAX = 100

/** Headers that a router repeats in its body: `{"X-RateLimit-Reset": "1743292800000"}`. */
function waitInHeaders(given: unknown, status: number, now: number): number | null {
  const headers = new Headers()
  for (const [name, value] of Object.entries(asRecord(given)).slice(0, HEADERS_MAX)) {
    const text = asWord(value)
    if (/^[\w-]+$/.test(name) && /^[ -~]*$/.test(text)) headers.set(name, text)
  }
  return readRetryAfterMs(headers, null, readLimits(headers, now), status, now)
}

/** So much of a message is looked at. */
const WORDS_CHARS_MAX = 4096

/**
 * A wait in words. "Please try again in 9m38.016s", "in 20ms": https://github.com/continuedev/continue/issues/10920; "Please retry in
 * 34.07s": https://github.com/mozilla-ai/otari/pull/978; "Please retry after 33 seconds":
 * https://github.com/openai/openai-node/issues/1108; "Your quota will reset after 5h59m59s":
 * https://github.com/Wei-Shaw/claude-relay-service/issues/746; "Resets in 16 days": https://github.com/earendil-works/pi/pull/4991;
 * "Expected available in 5 seconds": https://www.django-rest-framework.org/api-guide/throttling/
 */
const WAIT =
  /\b(?:(?:try|retry)(?: again)?|resets?|available) (?:in|after) ~?((?:\d+(?:\.\d+)? ?(?:days?|hours?|hrs?|minutes?|mins?|milliseconds?|seconds?|secs?|ms|[dhms])\b,? ?(?:and )?|\d+(?:\.\d+)?(?:ms|[dhms])(?=\d))+)/i

/** "Your limit will reset at 2026-09-09 05:38:28", a time of Beijing: https://github.com/hugalafutro/model-hotel/pull/955 */
const RESET = /\bwill reset at (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?![ \d]*[A-Z])/

function waitInWords(words: unknown, now: number): number | null {
  if (typeof words !== "string") return null
  const text = words.slice(0, WORDS_CHARS_MAX)
  const reset = RESET.exec(text)
  if (reset !== null) return dateMs(`${reset[1]}T${reset[2]}+08:00`, now)
  const wait = WAIT.exec(text)?.[1]
  if (wait === undefined) return null
  // Each unit by its first letter: only that of milliseconds is longer.
  const parts = [...wait.matchAll(/([\d.]+) ?(ms|milli|[a-z])/gi)].map(([, amount = "", unit = ""]) => {
    return amount + (/^m(s|illi)$/i.test(unit) ? "ms" : unit.toLowerCase())
  })
  return near(parseDuration(parts.join("")))
}
