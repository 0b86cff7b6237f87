// Reads which jobs a request means: the filters that a list and the requests on several jobs share.
import { endpoints } from "../endpoints/endpoints.ts"
import { cut, GatewayError } from "../errors.ts"
import type { StateFilter } from "../jobs/job.ts"
import type { JobFilter } from "../jobs/reads.ts"

/** The names of all filters, as query parameters. */
export const filterNames: readonly string[] = ["status", "type", "provider", "model", "created_after", "created_before"]

/** The stored states of each status on the wire. */
const statuses: Record<string, StateFilter> = {
  pending: { states: ["queued"], isStarted: false },
  processing: { states: ["queued", "running", "waiting"], isStarted: true },
  completed: { states: ["succeeded"], isStarted: null },
  failed: { states: ["failed", "cancelled"], isStarted: null },
}

/** @throws {GatewayError} invalid_request */
export function readFilter(given: URLSearchParams): JobFilter {
  const status = readWord(given, "status", Object.keys(statuses))
  return {
    before: makeLowestId(readTime(given, "created_before"), "ffffffff-ffff-7fff-bfff-ffffffffffff"),
    from: makeLowestId(readTime(given, "created_after"), ""),
    ...((status === null ? undefined : statuses[status]) ?? { states: null, isStarted: null }),
    ...readTypeAndModel(given),
  }
}

/** @throws {GatewayError} invalid_request for a parameter that is none of these filters, or is given twice */
export function refuseOthers(given: URLSearchParams, names: readonly string[]): void {
  for (const name of given.keys()) {
    if (!names.includes(name)) {
      const message = `unknown filter "${cut(name)}"; supported: ${names.join(", ")}`
      throw new GatewayError("invalid_request", message, { param: cut(name) })
    }
    if (given.getAll(name).length > 1) {
      throw new GatewayError("invalid_request", `${name} is given twice: send it once`, { param: name })
    }
  }
}

/** Filters by request type, provider and model; null: any. */
function readTypeAndModel(given: URLSearchParams): Pick<JobFilter, "requestType" | "provider" | "model"> {
  const provider = given.get("provider")
  const model = given.get("model")
  const requestTypes = endpoints.map(({ requestType }) => requestType)
  return {
    requestType: readWord(given, "type", requestTypes),
    provider,
    // The model may be given as in a submit, `provider/model`, or as in the job.
    model: provider !== null && model?.startsWith(`${provider}/`) ? model.slice(provider.length + 1) : model,
  }
}

function readWord(given: URLSearchParams, name: string, allowed: readonly string[]): string | null {
  const value = given.get(name)
  if (value === null || allowed.includes(value)) return value
  throw new GatewayError("invalid_request", `${name} must be one of ${allowed.join(", ")}`, { param: name })
}

/** A time in RFC 3339 or in seconds since 1970, as epoch milliseconds; null where it is not given. */
function readTime(given: URLSearchParams, name: string): number | null {
  const text = given.get(name)
  if (text === null) return null
  const time = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text)
  if (time >= 0 && time < 2 ** 48) return Math.floor(time)
  throw new GatewayError("invalid_request", `${name} must be a time, as 2026-01-31T12:00:00Z or seconds since 1970`, {
    param: name,
  })
}

/** The lowest id that a job of that time can have: a version 7 UUID starts with its milliseconds. */
function makeLowestId(time: number | null, otherwise: string): string {
  if (time === null) return otherwise
  const hex = time.toString(16).padStart(12, "0")
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}
