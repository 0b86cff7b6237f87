// Reads the options of a job from the headers of its submit: its deadline, its priority, whether a call may be repeated, how long
// the result is kept, and what is sent to the provider with it. An option that cannot be read is refused, except the time to live:
// Bifrost takes the default for it.
import { GatewayError } from "../../errors.ts"
import type { JobOptions } from "../intake/requesthead.ts"
import { type ExtraHeaderOptions, readExtraHeaders, readExtraHeadersTo } from "./extraheaders.ts"

export interface JobDefaults extends ExtraHeaderOptions {
  deadlineMs: number
  ttlMs: number
  ttlMsMax: number
  /** The priority of a job that asks for none; normal where it is absent. */
  usualPriority?: number
}

/** The names of the priorities. The index of each is its number in the store. */
export const priorities = ["low", "normal", "high"] as const

/** What to do when the response to a call was lost. */
export const onInterrupt = ["retry", "fail"] as const

const unitsMs = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
])
const CANCEL_AFTER_MS_MAX = 30 * 86_400_000
export const IDEMPOTENCY_CHARS_MAX = 255

/**
 * @param receivedAt epoch milliseconds
 * @throws {GatewayError} invalid_request
 */
export function readJobOptions(headers: Headers, receivedAt: number, defaults: JobDefaults): JobOptions {
  const idempotencyKey = readIdempotencyKey(headers)
  const extraHeaders = readExtraHeaders(headers, defaults)
  const extraHeadersTo = readExtraHeadersTo(headers)
  return {
    deadlineAt: receivedAt + (readCancelAfterMs(headers) ?? defaults.deadlineMs),
    priority: readPriority(headers),
    usualPriority: defaults.usualPriority ?? priorities.indexOf("normal"),
    onInterrupt: readWord(headers, "x-asyncgate-on-interrupt", onInterrupt),
    ttlMs: readTtlMs(headers, defaults),
    idempotencyKey,
    extraHeaders,
    extraHeadersTo,
    traceparent: headers.get("traceparent"),
    webhookName: readWebhookName(headers),
  }
}

function readIdempotencyKey(headers: Headers): string | null {
  const given = headers.get("idempotency-key")
  if (given !== null && given.length > IDEMPOTENCY_CHARS_MAX) {
    const message = `Idempotency-Key has ${given.length} characters: send at most ${IDEMPOTENCY_CHARS_MAX}`
    throw new GatewayError("invalid_request", message, { param: "Idempotency-Key" })
  }
  return given === "" ? null : given
}

function readWebhookName(headers: Headers): string | null {
  return headers.get("x-bf-async-webhook")?.trim() || null
}

function readCancelAfterMs(headers: Headers): number | null {
  const given = headers.get("cancel-after")
  if (given === null) return null
  const [, count, unit = "s"] = /^(\d+)(ms|s|m|h|d)?$/.exec(given) ?? []
  const ms = Number(count) * (unitsMs.get(unit) ?? 0)
  if (ms > 0 && ms <= CANCEL_AFTER_MS_MAX) return ms
  throw new GatewayError(
    "invalid_request",
    "Cancel-After must be a time like 500ms, 90s, 5m, 2h or 1d, more than nothing and at most 30d; a number alone is seconds",
    { param: "Cancel-After" },
  )
}

function readPriority(headers: Headers): number | null {
  const word = readWord(headers, "x-asyncgate-priority", priorities)
  return word === null ? null : priorities.indexOf(word)
}

function readWord<T extends string>(headers: Headers, name: string, words: readonly T[]): T | null {
  const given = headers.get(name)
  if (given === null) return null
  const word = words.find((candidate) => candidate === given)
  if (word !== undefined) return word
  throw new GatewayError("invalid_request", `${name} must be one of ${words.join(", ")}`, { param: name })
}

/** Whole seconds. Anything else, zero and negative numbers included, means the default; a value above the maximum means the maximum. */
function readTtlMs(headers: Headers, { ttlMs, ttlMsMax }: JobDefaults): number {
  const given = headers.get("x-bf-async-job-result-ttl")
  if (given === null || !/^\s*\d+\s*$/.test(given)) return ttlMs
  const asked = Number(given) * 1000
  return asked > 0 ? Math.min(asked, ttlMsMax) : ttlMs
}
