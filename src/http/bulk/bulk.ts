// Cancels, deletes or retries all jobs of a caller that match a filter. POST …/bulk is answered with an operation that goes on by itself.
import { GatewayError } from "../../errors.ts"
import type { JobFilter } from "../../jobs/jobfilter.ts"
import type { ListedJob } from "../../jobs/reads.ts"
import { formatTime } from "../dialects/jobobject.ts"
import { type JobListOptions, waitForEnds } from "../joblist.ts"
import { type ReplayOptions, repeatJob } from "../replay.ts"
import { json } from "../reply.ts"
import { checkNames, readFilter } from "../request/filters.ts"
import { listOwners } from "../request/owners.ts"
import { readRequestId } from "../request/requestid.ts"
import { type BulkRequest, limitStates, readBulkRequest } from "./bulkrequest.ts"
import { type Applied, end, type Operation, type Operations, type RunOptions, runOperation } from "./progress.ts"
import { retryAll } from "./retries.ts"
import { awaitMoment, changeAll, eachBatch, type Selection, type SweepOptions, selectNow } from "./sweep.ts"

export interface BulkOptions
  extends Omit<JobListOptions, "engine">,
    Omit<RunOptions, "engine">,
    Omit<ReplayOptions, "engine"> {
  engine: SweepOptions["engine"] & ReplayOptions["engine"] & JobListOptions["engine"]
  operations: Operations
}

/** POST …/jobs/cancel: cancels the jobs of the caller that match and have not ended; for the admin those of all callers. */
export async function cancelAll(request: Request, options: BulkOptions): Promise<Response> {
  const filter = readCancelFilter(request, options)
  await waitForEnds(request, options)
  const selection = selectNow(filter, options)
  await awaitMoment(selection, options)
  let cancelled = 0
  for await (const jobs of eachBatch(selection, options)) {
    cancelled += await changeAll("cancel", jobs, selection.filter, options)
  }
  return json({ cancelled }, makeHeaders(request))
}

/**
 * POST …/bulk: 202 with an operation, or 200 with how many jobs match.
 * @throws {GatewayError} invalid_request, rate_limited, and as `listOwners`
 */
export async function startBulk(request: Request, options: BulkOptions): Promise<Response> {
  const owners = listOwners(request, options)
  const wanted = await readBulkRequest(request, owners, options)
  await waitForEnds(request, options)
  const selection = selectNow(wanted.filter, options)
  if (wanted.isCountOnly) return json(await count(wanted, selection, options), makeHeaders(request))
  const operation = options.operations.begin({ ...wanted, owners }, selection)
  try {
    await awaitMoment(selection, options)
    for await (const jobs of eachBatch(selection, options)) operation.total += jobs.length
  } catch (error) {
    options.operations.forget(operation)
    throw error
  }
  void runOperation(operation, selection, chooseChange(wanted, operation, selection, request, options), options)
  return json(writeOperation(operation), makeHeaders(request), 202)
}

/** What the operation does to a batch. */
function chooseChange(
  { action, model }: BulkRequest,
  operation: Operation,
  { filter }: Selection,
  request: Request,
  options: BulkOptions,
): (jobs: readonly ListedJob[]) => Promise<Applied> {
  if (action !== "retry")
    return async (jobs) => ({ done: await changeAll(action, jobs, filter, options), failed: 0, error: null })
  const headers = new Headers(request.headers)
  // The key would make one job of all.
  headers.delete("idempotency-key")
  const asked = new Request(request.url, { method: "POST", headers })
  const repeat = (job: ListedJob) => repeatJob(job, { model, body: null }, asked, options)
  const isOver = () => operation.status !== "running"
  return (jobs) => retryAll(jobs, repeat, { clock: options.clock, isOver })
}

/** How many jobs match, and what they have cost so far as far as that is known. */
async function count({ action, given }: BulkRequest, selection: Selection, options: BulkOptions) {
  let found = 0
  let cost: number | null = null
  for await (const jobs of eachBatch(selection, options)) {
    found += jobs.length
    for (const job of jobs) if (job.cost !== null) cost = (cost ?? 0) + job.cost
  }
  return { object: "bulk_count", action, filter: given, count: found, cost_usd: cost }
}

export function listBulk(request: Request, options: BulkOptions): Response {
  const owners = listOwners(request, options)
  const data = options.operations.list(owners).map(writeOperation)
  return json({ object: "list", data }, makeHeaders(request))
}

/** @throws {GatewayError} bulk_operation_not_found, and as `listOwners` */
export function showBulk(request: Request, id: string, options: BulkOptions): Response {
  const operation = options.operations.find(id, listOwners(request, options))
  return json(writeOperation(operation), makeHeaders(request))
}

/** POST …/cancel: no further batch is begun. What is done stays done. @throws as `showBulk` */
export function abortBulk(request: Request, id: string, options: BulkOptions): Response {
  const operation = options.operations.find(id, listOwners(request, options))
  end(operation, "aborted", options.clock.now())
  return json(writeOperation(operation), makeHeaders(request))
}

function writeOperation(operation: Operation) {
  const { id, action, given, createdAt, endedAt, status, total, done, skipped, failed, error } = operation
  return {
    id,
    object: "bulk_operation",
    action,
    filter: given,
    created_before: formatTime(createdAt),
    status,
    total,
    done,
    skipped,
    failed,
    error,
    created_at: formatTime(createdAt),
    ended_at: endedAt === null ? null : formatTime(endedAt),
  }
}

function makeHeaders(request: Request): Record<string, string> {
  return { "cache-control": "no-store", "x-request-id": readRequestId(request) }
}

/** The filters of POST …/jobs/cancel: fewer than a list has. */
const cancelNames = ["status", "type", "provider", "model"]

/** @throws {GatewayError} invalid_request */
function readCancelFilter(request: Request, options: JobListOptions): JobFilter {
  const owners = listOwners(request, options)
  // A caller that sends filters in the body would otherwise lose all of its jobs.
  if (request.body !== null)
    throw new GatewayError("invalid_request", "this request takes no body: pass filters as query parameters")
  const given = new URL(request.url).searchParams
  checkNames(given, cancelNames)
  const status = given.get("status")
  if (status === "completed" || status === "failed") {
    const message = `status must be pending or processing: those that are ${status} have ended`
    throw new GatewayError("invalid_request", message, { param: "status" })
  }
  if (status !== null && status !== "pending" && status !== "processing") {
    throw new GatewayError("invalid_request", "status must be one of pending, processing", { param: "status" })
  }
  return limitStates(readFilter(given, owners, request, options), "cancel", "status")
}
