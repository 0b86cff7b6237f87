// What the API document shows of requests, jobs and their ends: made from the endpoints' own examples, in the wire's key order.
import type { DescribedEndpoint } from "../../endpoints/endpoint.ts"
import { type ErrorCode, type ErrorFields, ownError } from "../../errors.ts"
import { meanings } from "./errorcodes.ts"

/** A job that has just been accepted. */
export const jobExample = {
  id: "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
  request_id: "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
  status: "pending",
  created_at: "2026-01-01T12:00:00.000Z",
}

const completedAt = "2026-01-01T12:00:02.345Z"

/** What a form holds: the text fields of the example, and a file that the reader must supply. */
export function makeFormExample({ example, parts = {} }: DescribedEndpoint): Record<string, unknown> {
  const [file] = Object.keys(parts)
  return file === undefined ? example : { ...example, [file]: "(the bytes of the file)" }
}

/** A job of this endpoint that ended well, and one that did not. */
export function makeEndedExamples(endpoint: DescribedEndpoint) {
  const fields = readTarget(endpoint)
  return {
    completed: { value: { ...makeEnded("completed", 200), result: makeResult(endpoint, fields) } },
    failed: { value: makeFailed("request_timed_out", fields) },
  }
}

export function makeCancelledExamples(endpoint: DescribedEndpoint | null) {
  return { cancelled: { value: makeFailed("job_cancelled", endpoint === null ? {} : readTarget(endpoint)) } }
}

/** A job that is tried again, with what stands behind it. */
export function makeViewExample(endpoint: DescribedEndpoint) {
  const { provider, model, requestType } = readTarget(endpoint)
  return {
    ...jobExample,
    status: "processing",
    state: "queued",
    request_type: requestType,
    provider,
    model,
    priority: "normal",
    deadline_at: "2026-01-02T12:00:00.000Z",
    origin_id: null,
    batch_id: null,
    batch_line: null,
    cost_usd: null,
    attempts: [
      {
        attempt: 1,
        provider,
        key_name: null,
        model,
        queued_at: "2026-01-01T12:00:00.000Z",
        waited_ms: 4,
        started_at: "2026-01-01T12:00:00.004Z",
        finished_at: "2026-01-01T12:00:00.504Z",
        status_code: 503,
        outcome: "refused",
        reason: "The server is overloaded.",
        upstream_request_id: "req_7f3a",
        usage: null,
        cost_usd: null,
      },
    ],
    usage: null,
    warnings: [],
    queue: {
      position: 0,
      runs_at: "2026-01-01T12:00:01.004Z",
      reason: "attempt 1 did not succeed; it is tried again at runs_at",
    },
  }
}

export function makeListExample(endpoint: DescribedEndpoint) {
  const { provider, model, requestType } = readTarget(endpoint)
  return {
    object: "list",
    data: [
      {
        ...makeEnded("completed", 200),
        state: "succeeded",
        request_type: requestType,
        provider,
        model,
        started_at: "2026-01-01T12:00:00.004Z",
        priority: "normal",
        attempts: 1,
        key_name: "main",
        usage: { input_tokens: 12, output_tokens: 9, total_tokens: 21 },
        cost_usd: 0.0003,
        content_type: null,
        origin_id: null,
        batch_id: null,
      },
    ],
    first_id: jobExample.id,
    last_id: jobExample.id,
    has_more: false,
    revision: "5f0c2ab19e77d346",
  }
}

export const modelsExample = {
  object: "list",
  data: [
    {
      id: "my-server/my-model",
      object: "model",
      created: 1_767_268_800,
      owned_by: "my-server",
      provider: "my-server",
      request_types: ["text_completion", "chat_completion", "responses"],
      context_length: 131_072,
      pricing: { input_per_million: 0.5, output_per_million: 1.5 },
    },
  ],
}

function makeFailed(code: ErrorCode, fields: ErrorFields) {
  const failure = ownError(code, meanings[code].when, fields)
  return { ...makeEnded("failed", failure.status_code), error: failure }
}

function makeEnded(status: string, statusCode: number) {
  return {
    id: jobExample.id,
    request_id: jobExample.request_id,
    status,
    expires_at: "2026-01-01T13:00:02.345Z",
    created_at: jobExample.created_at,
    completed_at: completedAt,
    status_code: statusCode,
  }
}

function makeResult(endpoint: DescribedEndpoint, { provider, model, requestType }: Required<ErrorFields>) {
  return {
    ...endpoint.exampleResult,
    extra_fields: {
      request_type: requestType,
      provider,
      model_requested: model,
      original_model_requested: model,
      resolved_model_used: model,
      latency: 2_340,
      chunk_index: 0,
    },
  }
}

/** Where the endpoint's own example goes. */
function readTarget({ example, requestType }: DescribedEndpoint): Required<ErrorFields> {
  const [provider = "", ...rest] = (example as { model: string }).model.split("/")
  return { provider, model: rest.join("/"), requestType }
}

export const metricsExample = [
  "# HELP asyncgate_jobs Jobs that have not ended.",
  "# TYPE asyncgate_jobs gauge",
  'asyncgate_jobs{state="queued",provider="mock",type="chat_completion"} 3',
  "",
].join("\n")
