// The terms on which a job runs, read from the headers of its submit: until when, how soon, whether its call may be made again,
// and how long its end is kept. Refuses what it cannot read; only Bifrost's own header, the time to live, then stands for the default.
import { type Endpoint, type Submission, tierPriority } from "../../endpoints/endpoint.ts"
import { GatewayError, quoted } from "../../errors.ts"
import type { NewJob } from "../../jobs/job.ts"

export interface TermOptions {
  deadlineMs: number
  ttlMs: number
  ttlMsMax: number
}

export type Terms = Pick<NewJob, "deadlineAt" | "priority" | "lossRetries" | "ttlMs">

/** The wire's words for a job's priority, each at the place that is its number. */
export const priorities = ["low", "normal", "high"] as const

/** What to do when the answer of a call was lost on its way. */
export const onInterrupt = ["retry", "fail"] as const

const unitsMs = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
])
const CANCEL_AFTER_MS_MAX = 30 * 86_400_000

/**
 * @param createdAt epoch milliseconds
 * @throws {GatewayError} invalid_request
 */
export function termsOf(
  headers: Headers,
  submission: Submission,
  endpoint: Endpoint,
  createdAt: number,
  options: TermOptions,
): Terms {
  refuseWebhook(headers.get("x-bf-async-webhook")?.trim() ?? "")
  return {
    deadlineAt: createdAt + (cancelAfterMs(headers.get("cancel-after")) ?? options.deadlineMs),
    priority: priorityOf(headers) ?? tierPriority(submission) ?? priorities.indexOf("normal"),
    lossRetries: lossRetriesOf(headers, endpoint),
    ttlMs: ttlMsOf(headers.get("x-bf-async-job-result-ttl"), options),
  }
}

/** To take the job would drop the notification that its caller asked for. */
function refuseWebhook(name: string): void {
  if (name === "") return
  const message = `unknown webhook endpoint with name ${quoted(name)}: webhooks are not served yet, send no x-bf-async-webhook and poll the job`
  throw new GatewayError("invalid_request", message, { param: "x-bf-async-webhook" })
}

function cancelAfterMs(given: string | null): number | null {
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

function priorityOf(headers: Headers): number | null {
  const word = oneOf(headers, "x-asyncgate-priority", priorities)
  return word === null ? null : priorities.indexOf(word)
}

/** A call that is billed each time it is made may be made once more; any other as often as it may be retried. */
function lossRetriesOf(headers: Headers, { isBilledPerCall }: Endpoint): number | null {
  switch (oneOf(headers, "x-asyncgate-on-interrupt", onInterrupt)) {
    case "retry":
      return null
    case "fail":
      return 0
    case null:
      return isBilledPerCall ? 1 : null
  }
}

function oneOf<T extends string>(headers: Headers, name: string, words: readonly T[]): T | null {
  const given = headers.get(name)
  if (given === null) return null
  const word = words.find((candidate) => candidate === given)
  if (word !== undefined) return word
  throw new GatewayError("invalid_request", `${name} must be one of ${words.join(", ")}`, { param: name })
}

/** Whole seconds; anything else, zero and negative included, is the default. More than the maximum is the maximum. */
function ttlMsOf(given: string | null, { ttlMs, ttlMsMax }: TermOptions): number {
  if (given === null || !/^\s*\d+\s*$/.test(given)) return ttlMs
  const asked = Number(given) * 1000
  return asked > 0 ? Math.min(asked, ttlMsMax) : ttlMs
}
