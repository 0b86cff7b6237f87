// The wire of OpenAI's API: a request is answered with its result, or with an error in OpenAI's form. Headers and the retries that
// follow from them: openai-node `src/client.ts` and openai-python `_base_client.py`.
import type { StreamError } from "../../endpoints/streams/streamform.ts"
import { type ErrorCode, findStatus, type GatewayError, type WireError } from "../../errors.ts"
import type { JobRow } from "../../jobs/reads.ts"
import { jsonHeaders } from "../reply.ts"
import type { AnsweredJob, CallDialect, Reply, ResultBody } from "./dialect.ts"

export const callDialect: CallDialect = {
  prefix: "/v1",
  answered,
  failed,
  streamed,
  refused,
  describeFailure,
  describeRefusal,
}

function answered(job: AnsweredJob, { contentType, body }: ResultBody, requestId: string): Reply {
  const headers = writeJobHeaders(job, requestId)
  headers["content-type"] = contentType
  if (job.processingMs !== null) headers["openai-processing-ms"] = String(job.processingMs)
  return { status: 200, headers, body }
}

/** The gateway has repeated what can be repeated: a client that tries again would pay once more for the same failure. */
function failed(job: JobRow, requestId: string): Reply {
  const headers = { ...writeJobHeaders(job, requestId), "x-should-retry": "false" }
  return { status: readStatus(job), headers, body: writeError(describeFailure(job)) }
}

function readStatus({ statusCode }: Pick<JobRow, "statusCode">): number {
  return statusCode ?? 500
}

function describeFailure(job: Pick<JobRow, "statusCode" | "error">): StreamError {
  const { error } = JSON.parse(job.error ?? '{"error":{"message":"the job failed"}}') as Pick<WireError, "error">
  return describeError(readStatus(job), error)
}

function streamed(jobId: string, body: AsyncIterable<string>, requestId: string): Reply {
  const headers = {
    ...nameRequest(requestId),
    "x-job-id": jobId,
    "content-type": "text/event-stream",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
  }
  return { status: 200, headers, body }
}

function refused(refusal: GatewayError, requestId: string): Reply {
  const { code, retryAfter, headers } = refusal
  return {
    status: chooseStatus(code),
    headers: {
      ...jsonHeaders,
      ...nameRequest(requestId),
      ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
      ...headers,
    },
    body: writeError(describeRefusal(refusal)),
  }
}

function describeRefusal({ code, message, param }: GatewayError): StreamError {
  return describeError(chooseStatus(code), { code, message, ...(param === undefined ? {} : { param }) })
}

/** Bifrost's clients know an unknown virtual key by 400, those of OpenAI by 401: they raise an `AuthenticationError` then. */
function chooseStatus(code: ErrorCode): number {
  return code === "virtual_key_not_found" ? 401 : findStatus(code)
}

export function writeJobHeaders(job: Pick<JobRow, "id">, requestId: string): Record<string, string> {
  return { ...jsonHeaders, ...nameRequest(requestId), "x-job-id": job.id, "cache-control": "no-store" }
}

/** OpenAI's clients read the first, Anthropic's the second. */
function nameRequest(requestId: string) {
  return { "x-request-id": requestId, "request-id": requestId }
}

function writeError(error: StreamError): string {
  return `${JSON.stringify({ error })}\n`
}

/** All four members are always there, because typed clients expect them. */
function describeError(status: number, { message, type, param, code }: WireError["error"]): StreamError {
  return { message, type: type ?? nameType(status), param: param ?? null, code: code ?? null }
}

/** The types of OpenAI's errors: https://platform.openai.com/docs/guides/error-codes */
function nameType(status: number): string {
  switch (status) {
    case 401:
      return "authentication_error"
    case 403:
      return "permission_error"
    case 404:
      return "not_found_error"
    case 429:
      return "rate_limit_error"
    default:
      return status >= 500 ? "server_error" : "invalid_request_error"
  }
}
