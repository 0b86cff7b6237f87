// Lists the jobs of a caller, page by page, and cancels several of them at once. Reads whose jobs and which of them are meant.
import type { Admin } from "../auth/admintoken.ts"
import type { Clock } from "../clock.ts"
import { endpoints } from "../endpoints/endpoints.ts"
import { cut, GatewayError } from "../errors.ts"
import type { JobFilter, State } from "../jobs/job.ts"
import type { ListQuery, Reads } from "../jobs/reads.ts"
import type { JobDialect } from "./dialects/dialect.ts"
import type { EngineClient } from "./engineclient.ts"
import { chooseCallerKey, nameOwner } from "./intake/caller.ts"
import { ENDING_SECONDS_MAX } from "./jobs.ts"
import { json, toResponse } from "./reply.ts"
import {
  authenticate,
  type CallerOptions,
  isAdmin,
  isSoleUser,
  type SoleUserOptions,
} from "./request/authentication.ts"
import { readRequestId } from "./request/requestid.ts"
import type { Waits } from "./wait.ts"

export interface JobListOptions extends CallerOptions, SoleUserOptions {
  engine: EngineClient
  reads: Reads
  clock: Clock
  admin: Admin
  waits: Waits
}

const LIMIT_DEFAULT = 20
const LIMIT_MAX = 100

/** The jobs of the caller, newest first; for the admin those of all callers. */
export async function list(dialect: JobDialect, request: Request, options: JobListOptions): Promise<Response> {
  const owners = listOwners(request, options)
  await waitForEnds(request, options)
  const url = new URL(request.url)
  const page = await options.reads.list(readListQuery(url.searchParams, owners), options.clock.now())
  if (page.next !== null) url.searchParams.set("after", page.next)
  const nextPath = page.next === null ? null : `${url.pathname}${url.search}`
  return toResponse(dialect.listed(page, nextPath, readRequestId(request)))
}

/** POST …/jobs/cancel: cancels the jobs of the caller that match and have not ended; for the admin those of all callers. */
export async function cancelAll(request: Request, options: JobListOptions): Promise<Response> {
  const owners = listOwners(request, options)
  // A caller that sends filters in the body would otherwise lose all of its jobs.
  if (request.body !== null)
    throw new GatewayError("invalid_request", "this request takes no body: pass filters as query parameters")
  const filter = readCancelFilter(new URL(request.url).searchParams)
  await waitForEnds(request, options)
  let cancelled = 0
  for (const owner of owners ?? [null]) cancelled += await options.engine.cancelAll({ ...filter, owner })
  return json({ cancelled }, { "cache-control": "no-store", "x-request-id": readRequestId(request) })
}

/** Waits until the jobs whose clients have their answers are stored as ended. */
async function waitForEnds({ signal }: Request, { engine, waits }: JobListOptions): Promise<void> {
  await Promise.all(engine.listEnding().map((id) => waits.until(id, ENDING_SECONDS_MAX, signal)))
}

/**
 * The owners whose jobs are listed or cancelled; null: all. A job without an owner can be polled by whoever knows its id, but is
 * listed only where there can be no other caller.
 * @throws {GatewayError} virtual_key_required, admin_token_required, and as `authenticate`
 */
function listOwners(request: Request, options: JobListOptions): readonly string[] | null {
  const { headers } = request
  if (isAdmin(headers, options.admin)) return null
  const caller = authenticate(headers, options, options.clock.now())
  // A list calls no provider: the caller's own key counts here whether or not a call would use it.
  const owner = nameOwner(caller, chooseCallerKey(caller, false, false))
  if (isSoleUser(request, options)) return owner === "" ? [""] : [owner, ""]
  if (owner !== "") return [owner]
  const admin = "the admin's token as Authorization: Bearer for everybody's jobs"
  throw options.keyring.isEmpty()
    ? new GatewayError("admin_token_required", `from another machine, send ${admin}; it was shown at the first start`)
    : new GatewayError(
        "virtual_key_required",
        `send the virtual key that the jobs were made with as x-bf-vk, or ${admin}`,
      )
}

/** The stored states of each status on the wire. */
const statuses: Record<string, Pick<ListQuery, "isStarted"> & { states: readonly State[] }> = {
  pending: { states: ["queued"], isStarted: false },
  processing: { states: ["queued", "running", "waiting"], isStarted: true },
  completed: { states: ["succeeded"], isStarted: null },
  failed: { states: ["failed", "cancelled"], isStarted: null },
}

function readListQuery(given: URLSearchParams, owners: ListQuery["owners"]): ListQuery {
  const status = readWord(given, "status", Object.keys(statuses))
  const wanted = status === null ? undefined : statuses[status]
  const after = given.get("after")
  const before = makeLowestId(readTime(given, "created_before"), "ffffffff-ffff-7fff-bfff-ffffffffffff")
  return {
    owners,
    before: after !== null && after < before ? after : before,
    from: makeLowestId(readTime(given, "created_after"), ""),
    states: wanted?.states ?? null,
    isStarted: wanted?.isStarted ?? null,
    ...readTypeAndModel(given),
    limit: readLimit(given.get("limit")),
  }
}

const cancelParameters = ["status", "type", "provider", "model"]

function readCancelFilter(given: URLSearchParams): Omit<JobFilter, "owner"> {
  for (const name of given.keys()) {
    if (!cancelParameters.includes(name)) {
      const message = `unknown filter "${cut(name)}"; supported: ${cancelParameters.join(", ")}`
      throw new GatewayError("invalid_request", message, { param: cut(name) })
    }
    if (given.getAll(name).length > 1) {
      throw new GatewayError("invalid_request", `${name} is given twice: send it once`, { param: name })
    }
  }
  const wanted = given.get("status")
  if (wanted === "completed" || wanted === "failed") {
    const message = `status must be pending or processing: those that are ${wanted} have ended`
    throw new GatewayError("invalid_request", message, { param: "status" })
  }
  const status = readWord(given, "status", ["pending", "processing"])
  return { isPending: status === null ? null : status === "pending", ...readTypeAndModel(given) }
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

function readLimit(text: string | null): number {
  const limit = text === null ? LIMIT_DEFAULT : /^\d+$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= LIMIT_MAX) return limit
  throw new GatewayError("invalid_request", `limit must be a whole number from 1 to ${LIMIT_MAX}`, { param: "limit" })
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
