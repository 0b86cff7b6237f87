// What can be done with a job that is there: poll, view, list, cancel, delete, fetch its content. Each first asks whether the caller may.

import type { Admin, Keyring } from "../auth/keyring.ts"
import type { Clock } from "../clock.ts"
import type { Endpoint } from "../endpoints/endpoint.ts"
import { endpoints } from "../endpoints/endpoints.ts"
import { cut, GatewayError, type WireError } from "../errors.ts"
import type { JobFilter, State } from "../jobs/job.ts"
import { isDamage } from "../jobs/sqlite/database.ts"
import type { JobRow, JobView, ListQuery, Reads } from "../jobs/sqlite/reads.ts"
import { cutTo } from "../providers/bounds.ts"
import { explainLack, quotaKeys } from "../providers/keys.ts"
import type { ProviderSettings } from "../providers/provider.ts"
import { contentOf } from "./content.ts"
import { answerFor, fullJob, statusOf, wireJob } from "./dialects/bifrost.ts"
import type { EngineLine } from "./engineclient.ts"
import {
  type CallerOptions,
  identify,
  isAdmin,
  isSoleUser,
  mayPoll,
  ownerOf,
  ownKeyFor,
  type SoleUserOptions,
} from "./intake/caller.ts"
import { REQUEST_ID_CHARS_MAX } from "./intake/forwarding.ts"
import type { Pace } from "./pace.ts"
import { preferredWait, type Waits } from "./wait.ts"

export interface RouteOptions extends CallerOptions, SoleUserOptions {
  engine: EngineLine
  reads: Reads
  clock: Clock
  keyring: Keyring
  admin: Admin
  pace: Pace
  waits: Waits
  providers: ReadonlyMap<string, ProviderSettings>
}

const LIMIT_DEFAULT = 20
const LIMIT_MAX = 100
/** What a list shows of an error. */
const LISTED_MESSAGE_CHARS_MAX = 512
const LISTED_WORD_CHARS_MAX = 128

/** The caller's own id for its request, as much of it as is kept, or a new one. */
export function requestIdOf(request: Request): string {
  return request.headers.get("x-request-id")?.slice(0, REQUEST_ID_CHARS_MAX) || crypto.randomUUID()
}

/** A JSON answer that ends its line, for those who read it in a terminal. */
export function json(value: object, headers: Record<string, string> = {}, status = 200): Response {
  return new Response(`${JSON.stringify(value)}\n`, {
    status,
    headers: { "content-type": "application/json", "x-content-type-options": "nosniff", ...headers },
  })
}

/** GET of a native path. @throws {GatewayError} job_not_found, operation_type_mismatch, store_unavailable, … */
export function poll(
  endpoint: Endpoint,
  id: string,
  request: Request,
  options: RouteOptions,
): Response | Promise<Response> {
  const wait = preferredWait(request.headers)
  const answer = (job: JobView) => answerFor(job, wireJob(job), contextOf(job, request, options, wait))
  const job = find(id, request, options, endpoint)
  return wait === null ? answer(job) : settled(job, wait, request, options).then(answer)
}

/** GET of any job: the job object and what stands behind it. */
export async function view(id: string, request: Request, options: RouteOptions): Promise<Response> {
  const wait = preferredWait(request.headers)
  const job = await settled(find(id, request, options, null), wait, request, options)
  const { reads, providers } = options
  const now = options.clock.now()
  const isQueued = job.state === "queued"
  const provider = providers.get(job.provider)
  const head = fullJob(job, {
    attempts: ask(() => reads.attempts(id)),
    keyName: provider?.keys.find((key) => key.id === job.keyId)?.name ?? null,
    position: isQueued ? ask(() => reads.position(job)) : 0,
    closedUntil: isQueued && provider ? ask(() => reads.closedUntil(job, quotaKeys(provider, job), now)) : null,
    lack: isQueued ? explainLack(provider, job) : null,
    now,
  })
  return answerFor(job, head, contextOf(job, request, options, wait))
}

export function content(id: string, request: Request, options: RouteOptions): Response {
  const job = find(id, request, options, null)
  if (job.state !== "succeeded") {
    throw new GatewayError(
      "content_not_found",
      `the job is ${statusOf(job.state, job.attempt)}: only a completed one has content`,
    )
  }
  const index = new URL(request.url).searchParams.get("index")
  return contentOf(job, index, { request, requestId: requestIdOf(request), reads: options.reads })
}

/** POST …/cancel: the job as it then is. */
export async function cancel(
  endpoint: Endpoint | null,
  id: string,
  request: Request,
  options: RouteOptions,
): Promise<Response> {
  find(id, request, options, endpoint)
  await options.engine.cancel(id)
  const job = find(id, request, options, endpoint)
  const answer = answerFor(job, wireJob(job), contextOf(job, request, options, null))
  return new Response(answer.body, { status: 200, headers: answer.headers })
}

/** POST …/jobs/cancel: ends those of the caller's own jobs that fit and have not ended; for the admin everybody's. */
export async function cancelAll(request: Request, options: RouteOptions): Promise<Response> {
  const owners = ownersFor(request, options)
  // Who narrows in the body would else lose all of them.
  if (request.body !== null)
    throw new GatewayError("invalid_request", "this request takes no body: pass filters as query parameters")
  const filter = cancelFilter(new URL(request.url).searchParams)
  let cancelled = 0
  for (const owner of owners ?? [null]) cancelled += await options.engine.cancelAll({ ...filter, owner })
  return json({ cancelled }, { "cache-control": "no-store", "x-request-id": requestIdOf(request) })
}

/** DELETE: 204; afterwards the job is not there. */
export async function remove(
  endpoint: Endpoint | null,
  id: string,
  request: Request,
  options: RouteOptions,
): Promise<Response> {
  find(id, request, options, endpoint)
  await options.engine.remove(id)
  return new Response(null, { status: 204, headers: { "x-request-id": requestIdOf(request) } })
}

/** The caller's own jobs, newest first; for the admin everybody's. */
export function list(request: Request, options: RouteOptions): Response {
  const owners = ownersFor(request, options)
  const url = new URL(request.url)
  const query = listQuery(url.searchParams, owners)
  const now = options.clock.now()
  const { jobs, next } = ask(() => options.reads.list(query, now))
  const data = jobs.map(listed)
  const headers: Record<string, string> = { "cache-control": "no-store", "x-request-id": requestIdOf(request) }
  if (next !== null) {
    url.searchParams.set("after", next)
    headers["link"] = `<${url.pathname}${url.search}>; rel="next"`
  }
  const page = {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: next ?? data.at(-1)?.id ?? null,
    has_more: next !== null,
  }
  return json(page, headers)
}

function listed(job: JobRow) {
  return {
    ...wireJob(job),
    request_type: job.requestType,
    provider: job.provider,
    model: job.model,
    ...(job.error === null ? {} : { error: shortError(job.error) }),
  }
}

/** A page of the longest errors there can be stays small: the job alone tells all of its own. */
function shortError(json: string): WireError {
  const whole = JSON.parse(json) as WireError
  const { message, ...words } = whole.error
  const short = Object.fromEntries(
    Object.entries(words).map(([name, word]) => [name, cutTo(word, LISTED_WORD_CHARS_MAX)]),
  )
  return { ...whole, error: { ...short, message: cutTo(message, LISTED_MESSAGE_CHARS_MAX) } }
}

/**
 * Whose jobs a list shows and a `cancelAll` ends; null: everybody's. That a job is nobody's lets in whoever knows its id, and
 * no more: they are the caller's only where there is no other.
 * @throws {GatewayError} virtual_key_required, admin_token_required, and as `identify`
 */
function ownersFor(request: Request, options: RouteOptions): readonly string[] | null {
  const { headers } = request
  if (isAdmin(headers, options.admin)) return null
  const caller = identify(headers, options, options.clock.now())
  // A list goes to no provider: a caller's own key counts whether or not it would be used.
  const owner = ownerOf(caller, ownKeyFor(caller, false, headers))
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

const statesOf: Record<string, { states: readonly State[]; isStarted: boolean | null }> = {
  pending: { states: ["queued"], isStarted: false },
  processing: { states: ["queued", "running", "waiting"], isStarted: true },
  completed: { states: ["succeeded"], isStarted: null },
  failed: { states: ["failed", "cancelled"], isStarted: null },
}

function listQuery(given: URLSearchParams, owners: ListQuery["owners"]): ListQuery {
  const status = oneOf(given, "status", Object.keys(statesOf))
  const wanted = status === null ? { states: null, isStarted: null } : statesOf[status]
  const after = given.get("after")
  const before = idAt(timeOf(given, "created_before"), "ffffffff-ffff-7fff-bfff-ffffffffffff")
  return {
    owners,
    before: after !== null && after < before ? after : before,
    from: idAt(timeOf(given, "created_after"), ""),
    states: wanted?.states ?? null,
    isStarted: wanted?.isStarted ?? null,
    ...kindOf(given),
    limit: limitOf(given.get("limit")),
  }
}

const cancelParameters = ["status", "type", "provider", "model"]

function cancelFilter(given: URLSearchParams): Omit<JobFilter, "owner"> {
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
  const status = oneOf(given, "status", ["pending", "processing"])
  return { isPending: status === null ? null : status === "pending", ...kindOf(given) }
}

/** Of which type and for which model jobs are wanted; null: of any. */
function kindOf(given: URLSearchParams): Pick<JobFilter, "requestType" | "provider" | "model"> {
  const provider = given.get("provider")
  const model = given.get("model")
  const requestTypes = endpoints.map(({ requestType }) => requestType)
  return {
    requestType: oneOf(given, "type", requestTypes),
    provider,
    // A model may be given as the submit gave it, or as the job has it.
    model: provider !== null && model?.startsWith(`${provider}/`) ? model.slice(provider.length + 1) : model,
  }
}

function limitOf(text: string | null): number {
  const limit = text === null ? LIMIT_DEFAULT : /^\d+$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= LIMIT_MAX) return limit
  throw new GatewayError("invalid_request", `limit must be a whole number from 1 to ${LIMIT_MAX}`, { param: "limit" })
}

function oneOf(given: URLSearchParams, name: string, allowed: readonly string[]): string | null {
  const value = given.get(name)
  if (value === null || allowed.includes(value)) return value
  throw new GatewayError("invalid_request", `${name} must be one of ${allowed.join(", ")}`, { param: name })
}

/** Epoch milliseconds of a time given as RFC 3339 or as seconds since 1970; null where it is not given. */
function timeOf(given: URLSearchParams, name: string): number | null {
  const text = given.get(name)
  if (text === null) return null
  const time = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text)
  if (time >= 0 && time < 2 ** 48) return Math.floor(time)
  throw new GatewayError("invalid_request", `${name} must be a time, as 2026-01-31T12:00:00Z or seconds since 1970`, {
    param: name,
  })
}

/** The lowest id that a job of that moment can have: a version 7 UUID starts with its milliseconds. */
function idAt(time: number | null, otherwise: string): string {
  if (time === null) return otherwise
  const hex = time.toString(16).padStart(12, "0")
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

/** The job, after having waited for its end as long as the client prefers. */
async function settled(job: JobView, wait: number | null, request: Request, options: RouteOptions): Promise<JobView> {
  if (wait === null || job.completedAt !== null) return job
  await options.waits.until(job.id, wait, request.signal)
  return find(job.id, request, options, null)
}

/** The job, if there is one, the caller may see it, and it is of this path's type: checked in this order. */
function find(id: string, request: Request, options: RouteOptions, endpoint: Endpoint | null): JobView {
  const job = ask(() => options.reads.job(id, options.clock.now()))
  if (!job) throw new GatewayError("job_not_found", "job not found or expired")
  if (!isAdmin(request.headers, options.admin)) mayPoll(job.owner, request.headers, options.keyring)
  if (endpoint !== null && job.requestType !== endpoint.requestType) {
    throw new GatewayError("operation_type_mismatch", "operation type mismatch")
  }
  return job
}

/** @param wait the seconds the client preferred to wait, which is then said back */
function contextOf(job: JobRow, request: Request, { reads, pace, clock }: RouteOptions, wait: number | null) {
  const headers: Record<string, string> = { "x-request-id": request.headers.get("x-request-id") || job.requestId }
  if (wait !== null) headers["preference-applied"] = `wait=${wait}`
  return { reads, pace, now: clock.now(), headers }
}

function ask<T>(question: () => T): T {
  try {
    return question()
  } catch (cause) {
    if (isDamage(cause)) {
      const message = "the job cannot be read: the database is damaged, and the gateway's log says how it is mended"
      throw new GatewayError("store_unavailable", message, { retryAfter: 60, cause })
    }
    throw new GatewayError("store_unavailable", "the job could not be read: ask again in a moment", {
      retryAfter: 1,
      cause,
    })
  }
}
