// POST /v1/responses with `background: true`: the response is there at once, before its answer, and is retrieved later.
// https://platform.openai.com/docs/guides/background
import { completionWindows, readCompletionWindow } from "../../endpoints/backgroundoptions.ts"
import type { Endpoint } from "../../endpoints/endpoint.ts"
import { GatewayError } from "../../errors.ts"
import { callDialect, writeJobHeaders } from "../dialects/openai.ts"
import { accept } from "../intake/intake.ts"
import type { Received } from "../intake/received.ts"
import type { RequestHead } from "../intake/requesthead.ts"
import { toResponse } from "../reply.ts"
import { readHead } from "../request/head.ts"
import { priorities } from "../request/joboptions.ts"
import type { SubmitOptions } from "../submit.ts"
import { type FollowOptions, followResponse } from "./responsefollower.ts"
import { readResponse } from "./responsejob.ts"
import { writeUnanswered } from "./responseobject.ts"

export type BackgroundOptions = SubmitOptions & FollowOptions

const HOUR_MS = 3_600_000

/**
 * @param id of the job to be, under which the body may have been stored
 * @throws {GatewayError} for every request that is not accepted
 */
export async function answerInBackground(
  endpoint: Endpoint,
  id: string,
  request: Request,
  body: Received,
  options: BackgroundOptions,
): Promise<Response> {
  // Acceptance takes those away that are not the provider's.
  const fields = { ...body.submission.fields }
  const isStreamed = endpoint.asksForStream(body.submission) !== null
  const head = readWindowedHead(endpoint, request, body, isStreamed, options)
  if (isStreamed) return streamLogged(endpoint, id, request, body, head, options)
  const { job, replayedId } = await accept(id, endpoint, head, body, options)
  const known = replayedId === null ? null : await options.reads.job(replayedId, options.clock.now())
  const created = { ...job, state: "queued", attempt: 0, statusCode: null, error: null } as const
  const text =
    known === null ? JSON.stringify(writeUnanswered(created, fields)) : await readResponse(known, fields, options.reads)
  return answerResponse(text, { id: replayedId ?? id }, head.requestId)
}

/**
 * A stream whose events are on disk before they are sent, so that it can be opened again after any of them. It belongs to the job: no
 * reader that goes ends it.
 * @throws {GatewayError} for every request that is not accepted
 */
export async function streamLogged(
  endpoint: Endpoint,
  id: string,
  request: Request,
  body: Received,
  head: RequestHead,
  options: BackgroundOptions,
): Promise<Response> {
  head.isLogged = true
  const { replayedId } = await accept(id, endpoint, head, body, options)
  const jobId = replayedId ?? id
  const pieces = followResponse(jobId, -1, request, options)
  return toResponse(callDialect.streamed(jobId, pieces, head.requestId))
}

/** @param text of the response, JSON */
export function answerResponse(text: string, job: { id: string }, requestId: string): Response {
  return new Response(`${text}\n`, { headers: writeJobHeaders(job, requestId) })
}

/** The head of a request whose job is collected later, as one at /v1/async: within its window at low priority, if it has one. */
function readWindowedHead(
  endpoint: Endpoint,
  request: Request,
  body: Received,
  isStreamed: boolean,
  options: BackgroundOptions,
): RequestHead {
  const { fields } = body.submission
  // One that is not to be stored is kept like any other job: only so that it can be collected.
  const kept = { ...options, ttlMs: fields["store"] === false ? options.ttlMs : options.storedTtlMs }
  try {
    const window = readCompletionWindow(fields)
    const hours = window === null ? null : completionWindows[window]
    if (hours === null) return readHead(request, endpoint.requestType, options, kept)
    if (isStreamed) {
      const message = `a response within ${window} cannot be streamed: leave stream out, and retrieve it later`
      throw new GatewayError("invalid_request", message, { param: "stream" })
    }
    const windowed = { ...kept, deadlineMs: hours * HOUR_MS, usualPriority: priorities.indexOf("low") }
    return readHead(request, endpoint.requestType, options, windowed)
  } catch (error) {
    body.settle(false)
    throw error
  }
}
