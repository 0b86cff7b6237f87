// Bifrost's way to make a job on OpenAI's wire: `x-bf-async` makes one of a call, and `x-bf-async-id` at the same path collects it.
// https://docs.getbifrost.ai/features/async-inference
import type { Endpoint } from "../endpoints/endpoint.ts"
import { findStatus, GatewayError } from "../errors.ts"
import type { JobRow } from "../jobs/reads.ts"
import { withConversation } from "./continuation.ts"
import type { CallDialect } from "./dialects/dialect.ts"
import { nameStatus } from "./dialects/jobobject.ts"
import { writeJobHeaders } from "./dialects/openai.ts"
import { accept } from "./intake/intake.ts"
import { withModel } from "./intake/received.ts"
import { findJob, type JobRouteOptions } from "./jobs.ts"
import { json, toResponse } from "./reply.ts"
import { readBody } from "./request/body.ts"
import { readHead } from "./request/head.ts"
import { readRequestId } from "./request/requestid.ts"
import { describeAnswered, readContent } from "./resultbody.ts"
import type { SubmitOptions } from "./submit.ts"

/** Its answers are always 200, because the clients of OpenAI's wire take any other status for an error. */
export type AsyncOptions = SubmitOptions & JobRouteOptions

/**
 * The response to a request with one of the two headers; null: it has none.
 * @param model that the path names; empty: it names none
 * @throws {GatewayError} invalid_request, job_not_found, and as a submit
 */
export function answerAsync(
  endpoint: Endpoint,
  dialect: CallDialect,
  request: Request,
  model: string,
  options: AsyncOptions,
): Promise<Response> | null {
  const id = request.headers.get("x-bf-async-id")?.trim()
  if (id) return collect(id, endpoint, dialect, request, options)
  return request.headers.get("x-bf-async") ? submit(endpoint, request, model, options) : null
}

async function submit(endpoint: Endpoint, request: Request, model: string, options: AsyncOptions): Promise<Response> {
  if (endpoint.writePending === undefined) throw refuse("async operation is not supported on this route")
  const head = readHead(request, endpoint.requestType, options)
  const id = options.newJobId(head.receivedAt)
  const given = withModel(await readBody(request, id, endpoint.forms, options), model)
  const body = await withConversation(endpoint, given, request, options)
  const streamRefusal = "streaming is not supported for async requests"
  const { job, replayedId } = await accept(id, { ...endpoint, streamRefusal }, head, body, options)
  const known = replayedId === null ? null : await options.reads.job(replayedId, options.clock.now())
  return showPending(endpoint, known ?? { ...job, state: "queued", attempt: 0 }, head.requestId)
}

async function collect(
  id: string,
  endpoint: Endpoint,
  dialect: CallDialect,
  request: Request,
  options: AsyncOptions,
): Promise<Response> {
  const requestId = readRequestId(request)
  const job = await findOwn(id, endpoint, request, options)
  if (job.completedAt === null) return showPending(endpoint, job, requestId)
  if (job.error !== null) return toResponse(dialect.failed(job, requestId))
  return toResponse(dialect.answered(describeAnswered(job), await readContent(job, false, options.reads), requestId))
}

/** Jobs of others and of other types are as unknown as those that are not there. */
async function findOwn(id: string, endpoint: Endpoint, request: Request, options: AsyncOptions) {
  try {
    return await findJob(id, request, endpoint, options)
  } catch (error) {
    if (!(error instanceof GatewayError) || findStatus(error.code) !== 404) throw error
    throw new GatewayError("job_not_found", "job not found or expired")
  }
}

function showPending(
  endpoint: Endpoint,
  job: Pick<JobRow, "id" | "state" | "attempt" | "createdAt" | "provider" | "model">,
  requestId: string,
): Response {
  const { id, createdAt, provider, model } = job
  const status = nameStatus(job.state, job.attempt)
  const body = { id, status, createdAt: Math.floor(createdAt / 1000), model: `${provider}/${model}` }
  return json(endpoint.writePending?.(body) ?? {}, writeJobHeaders({ id }, requestId))
}

function refuse(message: string): GatewayError {
  return new GatewayError("invalid_request", message, { param: "x-bf-async" })
}
