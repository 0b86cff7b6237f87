// Polls, views, cancels and deletes a job. Each checks first that the caller may reach the job.
import type { Admin } from "../auth/admintoken.ts"
import type { Keyring } from "../auth/virtualkeys.ts"
import type { Clock } from "../clock.ts"
import type { Endpoint } from "../endpoints/endpoint.ts"
import { GatewayError } from "../errors.ts"
import { type Answer, andThen } from "../jobs/answer.ts"
import type { JobRow, JobView, Reads } from "../jobs/reads.ts"
import { explainLack, nameKey, quotaKeys } from "../providers/keys.ts"
import type { ProviderSettings } from "../providers/provider.ts"
import type { Details, Exchange, JobDialect, Reply } from "./dialects/dialect.ts"
import { readEndedAttempts } from "./dialects/jobdetails.ts"
import type { EngineClient } from "./engineclient.ts"
import { describeOwner } from "./intake/caller.ts"
import type { PollInterval } from "./pollinterval.ts"
import { toResponse } from "./reply.ts"
import { authorizeJob, isAdmin } from "./request/authentication.ts"
import { readRequestId } from "./request/requestid.ts"
import { openResult, readResult } from "./result.ts"
import { readPreferredWait, type Waits } from "./wait.ts"

export interface JobRouteOptions {
  engine: EngineClient
  reads: Reads
  clock: Clock
  keyring: Keyring
  admin: Admin
  pollInterval: PollInterval
  waits: Waits
  providers: ReadonlyMap<string, ProviderSettings>
}

export type FindOptions = Pick<JobRouteOptions, "engine" | "reads" | "clock" | "admin" | "keyring" | "waits">

/** The end of a job whose client has its answer is being stored: so long it is waited for. */
export const ENDING_SECONDS_MAX = 5

/**
 * GET at the path of a request type.
 * @throws {GatewayError} job_not_found, operation_type_mismatch, …
 */
export function poll(
  endpoint: Endpoint,
  dialect: JobDialect,
  id: string,
  request: Request,
  options: JobRouteOptions,
): Answer<Response> {
  const wait = readPreferredWait(request.headers)
  const answer = (job: JobView) =>
    toResponse(showJob(job, dialect, makeExchange(job, request, wait, null, options), options))
  const job = findJob(id, request, endpoint, options)
  return wait === null ? andThen(job, answer) : waitForEnd(job, wait, request, options).then(answer)
}

/** GET of a job of any type: the job object with its details. `?omit=result` leaves the result out. */
export async function view(
  dialect: JobDialect,
  id: string,
  request: Request,
  options: JobRouteOptions,
): Promise<Response> {
  const wait = readPreferredWait(request.headers)
  const found = await findJob(id, request, null, options)
  const isOmitted = readOmission(request)
  const job = await waitForEnd(found, wait, request, options)
  const ownedBy = isAdmin(request.headers, options.admin) ? describeOwner(job.owner, options.keyring) : undefined
  const resultBytes = isOmitted && job.state === "succeeded" ? (await openResult(job, options.reads)).bytes : null
  const details = { ...(await readDetails(job, options)), ownedBy, resultBytes }
  return toResponse(showJob(job, dialect, makeExchange(job, request, wait, details, options), options))
}

/** @throws {GatewayError} invalid_request */
function readOmission({ url }: Request): boolean {
  const omitted = new URL(url).searchParams.get("omit")
  if (omitted === null || omitted === "result") return omitted !== null
  throw new GatewayError("invalid_request", "omit can only be result: send ?omit=result, or leave it out")
}

/** POST …/cancel: answers with the job after the cancellation. */
export async function cancel(
  endpoint: Endpoint | null,
  dialect: JobDialect,
  id: string,
  request: Request,
  options: JobRouteOptions,
): Promise<Response> {
  await findJob(id, request, endpoint, options)
  await options.engine.cancel(id)
  const job = await findJob(id, request, endpoint, options)
  const reply = showJob(job, dialect, makeExchange(job, request, null, null, options), options)
  return toResponse({ ...reply, status: 200 })
}

/** DELETE: 204, and the job no longer exists. */
export async function removeJob(
  endpoint: Endpoint | null,
  id: string,
  request: Request,
  options: JobRouteOptions,
): Promise<Response> {
  await findJob(id, request, endpoint, options)
  await options.engine.remove(id)
  return new Response(null, { status: 204, headers: { "x-request-id": readRequestId(request) } })
}

/**
 * The job. Checked in this order: it exists, the caller may reach it, and it is of the path's type. Where its client has its answer, the
 * job has ended.
 */
export function findJob(
  id: string,
  request: Request,
  endpoint: Endpoint | null,
  options: FindOptions,
): Answer<JobView> {
  const found = findStored(id, request, endpoint, options)
  if (!options.engine.isEnding(id)) return found
  return andThen(found, async (job) => {
    if (job.completedAt !== null) return job
    await options.waits.until(id, ENDING_SECONDS_MAX, request.signal)
    return findStored(id, request, endpoint, options)
  })
}

function findStored(id: string, request: Request, endpoint: Endpoint | null, options: FindOptions): Answer<JobView> {
  return andThen(options.reads.job(id, options.clock.now()), (job) => {
    if (!job) throw new GatewayError("job_not_found", "job not found or expired")
    if (!isAdmin(request.headers, options.admin)) authorizeJob(job.owner, request.headers, options.keyring)
    if (endpoint !== null && job.requestType !== endpoint.requestType) {
      throw new GatewayError("operation_type_mismatch", "operation type mismatch")
    }
    return job
  })
}

/** The current state of a job in this dialect. */
export function showJob(
  job: JobView,
  dialect: JobDialect,
  exchange: Exchange,
  { reads, pollInterval }: Pick<JobRouteOptions, "reads" | "pollInterval">,
): Reply {
  if (job.completedAt === null) return dialect.pending(job, pollInterval.estimateMs(job, exchange.now), exchange)
  pollInterval.learn(job)
  return dialect.ended(job, readResult(job, reads), exchange)
}

/** The job, after its end or after the time that the client prefers to wait. */
async function waitForEnd(
  found: Answer<JobView>,
  wait: number | null,
  request: Request,
  options: JobRouteOptions,
): Promise<JobView> {
  const job = await found
  if (wait === null || job.completedAt !== null) return job
  await options.waits.until(job.id, wait, request.signal)
  return findJob(job.id, request, null, options)
}

function makeExchange(
  job: JobRow,
  request: Request,
  waitSeconds: number | null,
  details: Details | null,
  { clock }: JobRouteOptions,
): Exchange {
  const requestId = request.headers.get("x-request-id") || job.requestId
  return { requestId, waitSeconds, now: clock.now(), details, stored: null }
}

async function readDetails(
  job: JobRow,
  { reads, providers, clock }: JobRouteOptions,
): Promise<Omit<Details, "ownedBy" | "resultBytes">> {
  const provider = providers.get(job.provider)
  const isQueued = job.state === "queued"
  const attempts = await readEndedAttempts(job, reads)
  const line = await reads.lineOf(job.id)
  const keyName = nameKey(provider, job.keyId)
  if (!isQueued) return { attempts, line, keyName, position: 0, closedUntil: null, lack: null }
  return {
    attempts,
    line,
    keyName,
    position: await reads.position(job),
    closedUntil: provider ? await reads.closedUntil(job, quotaKeys(provider, job), clock.now()) : null,
    lack: explainLack(provider, job),
  }
}
