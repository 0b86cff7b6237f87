// What can be done with a response after it was asked for, as OpenAI's clients do it: retrieve, follow, cancel and delete it, and list
// its input. It is a job of the type responses under another id.
// https://platform.openai.com/docs/api-reference/responses
import { isBackground } from "../../endpoints/backgroundoptions.ts"
import { GatewayError } from "../../errors.ts"
import type { JobView } from "../../jobs/reads.ts"
import { callDialect, writeJobHeaders } from "../dialects/openai.ts"
import type { JobRouteOptions } from "../jobs.ts"
import { json, toResponse } from "../reply.ts"
import { readRequestId } from "../request/requestid.ts"
import { answerResponse } from "./background.ts"
import { type FollowOptions, followResponse } from "./responsefollower.ts"
import { findResponse, readResponse, readStoredRequest } from "./responsejob.ts"

export type ResponseOptions = JobRouteOptions & FollowOptions

/** GET …/responses/{id}; as a stream with `?stream=true`, from its beginning or after an event. @throws {GatewayError} invalid_request, response_not_found */
export async function retrieveResponse(request: Request, id: string, options: ResponseOptions): Promise<Response> {
  const given = new URL(request.url).searchParams
  const isStreamed = readFlag(given, "stream")
  const startingAfter = readStartingAfter(given, isStreamed)
  const job = await findResponse(id, request, options)
  if (!isStreamed) return answer(job, await readStoredRequest(job.id, options.reads), request, options)
  const pieces = followResponse(job.id, startingAfter, request, options)
  return toResponse(callDialect.streamed(job.id, pieces, readRequestId(request)))
}

/**
 * POST …/responses/{id}/cancel: answers with the response after it; of one that has ended, as it is, where it was made in the background or
 * is cancelled already.
 * @throws {GatewayError} invalid_request, response_not_found
 */
export async function cancelResponse(request: Request, id: string, options: ResponseOptions): Promise<Response> {
  const job = await findResponse(id, request, options)
  const asked = await readStoredRequest(job.id, options.reads)
  if (job.completedAt === null) await options.engine.cancel(job.id)
  else if (job.state !== "cancelled" && !isBackground(asked))
    throw new GatewayError("invalid_request", "Cannot cancel a synchronous response.")
  return answer(await findResponse(id, request, options), asked, request, options)
}

/** DELETE …/responses/{id}: one that is unfinished is cancelled. @throws {GatewayError} response_not_found */
export async function deleteResponse(request: Request, id: string, options: ResponseOptions): Promise<Response> {
  const job = await findResponse(id, request, options)
  await options.engine.remove(job.id)
  return json({ id, object: "response", deleted: true }, writeJobHeaders(job, readRequestId(request)))
}

/** @param asked the members of the request for the response */
async function answer(
  job: JobView,
  asked: Record<string, unknown>,
  request: Request,
  options: ResponseOptions,
): Promise<Response> {
  return answerResponse(await readResponse(job, asked, options.reads), job, readRequestId(request))
}

/** @throws {GatewayError} invalid_request */
function readFlag(given: URLSearchParams, name: string): boolean {
  const text = given.get(name) ?? "false"
  if (text === "true" || text === "false") return text === "true"
  throw new GatewayError("invalid_request", `${name} must be true or false`, { param: name })
}

/** The number of an event; -1: none is given. @throws {GatewayError} invalid_request */
function readStartingAfter(given: URLSearchParams, isStreamed: boolean): number {
  const text = given.get("starting_after")
  if (text === null) return -1
  const refuse = (message: string) => new GatewayError("invalid_request", message, { param: "starting_after" })
  if (!isStreamed) throw refuse("starting_after is for a stream: send stream=true too")
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw refuse("starting_after must be the sequence_number of an event: a whole number from 0 on")
}
