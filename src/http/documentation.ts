// What the routes take and answer, as OpenAPI 3.1 made from the tables of endpoints and error codes. Describes; decides nothing.
import type { swagger } from "@elysiajs/swagger"
import type { DocumentDecoration } from "elysia"
import { Create } from "typebox/value"
import { type Endpoint, endpoints } from "../endpoints/table.ts"
import { type ErrorCode, type ErrorFields, errorCodes, ownError, statusOf } from "../errors.ts"
import { meanings, type Origin, ref, schemas } from "./wire.ts"

type Document = NonNullable<NonNullable<Parameters<typeof swagger>[0]>["documentation"]>
type Responses = NonNullable<DocumentDecoration["responses"]>

/** The operations, for the routes' `detail`. */
export const documentation = {
  submit(endpoint: Endpoint): DocumentDecoration {
    const name = nameOf(endpoint)
    return {
      operationId: `submit${name}`,
      tags: [endpoint.summary],
      summary: `Submit a job: ${endpoint.summary}`,
      description:
        "Stores the request and answers at once. The job's end is collected later, at the path in `Location`.",
      parameters: [ttlHeader, requestIdHeader],
      requestBody: {
        required: true,
        content: { "application/json": { schema: ref(`${name}Request`), example: endpoint.example } },
      },
      responses: {
        202: {
          description: "Accepted: the job is on disk.",
          headers: { ...location, ...retryAfter, ...requestId },
          content: { "application/json": { schema: ref("Job"), example: jobExample } },
          links: { poll: { operationId: `poll${name}`, parameters: { job_id: "$response.body#/id" } } },
        },
        ...refusalsOf("submit"),
      },
    }
  },

  poll(endpoint: Endpoint): DocumentDecoration {
    const name = nameOf(endpoint)
    return {
      operationId: `poll${name}`,
      tags: [endpoint.summary],
      summary: `Collect a job: ${endpoint.summary}`,
      description: "The job as it is now. It is kept for its time to live after it has ended.",
      parameters: [jobIdParameter, requestIdHeader],
      responses: {
        200: {
          description: "The job has ended: `completed` with its `result`, or `failed` with its `error`.",
          headers: requestId,
          content: { "application/json": { schema: endedJob(name), examples: endedExamples(endpoint) } },
        },
        202: {
          description: "The job has not ended: ask again.",
          headers: { ...retryAfter, ...requestId },
          content: {
            "application/json": { schema: ref("Job"), example: { ...jobExample, status: "processing" } },
          },
        },
        ...refusalsOf("poll"),
      },
    }
  },

  health: (): DocumentDecoration => ({
    operationId: "health",
    tags: ["health"],
    summary: "Whether jobs can be stored and read",
    responses: {
      200: {
        description: "Jobs can be stored and read.",
        content: { "application/json": { schema: ref("Health"), example: { status: "ok" } } },
      },
      503: {
        description: "Jobs cannot be stored or read at the moment.",
        headers: retryAfter,
        content: {
          "application/json": {
            schema: ref("Health"),
            example: { status: "unavailable", reason: "the engine has not answered for 12 s" },
          },
        },
      },
      ...refusalsOf("health"),
    },
  }),
}

/** The document but for its paths, which come from the routes. */
export function describeApi(version: string): Document {
  const api = {
    openapi: "3.1.0",
    info: {
      title: "asyncgate",
      version,
      description:
        "A local gateway that turns AI inference requests into durable jobs: submit one, get its id, collect the answer later.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "This gateway." }],
    security: [],
    tags: [
      ...endpoints.map(({ summary, path }) => ({ name: summary, description: `Jobs at \`${path}\`.` })),
      { name: "health", description: "The gateway itself." },
    ],
    components: {
      schemas: {
        ...schemas,
        ...Object.fromEntries(endpoints.flatMap(schemasOf)),
      },
      responses: { ...refusals("submit"), ...refusals("poll"), ...refusals("health") },
    },
  }
  // The plugin's types know OpenAPI 3.0 only.
  return api as unknown as Document
}

const location = {
  Location: { required: true, description: "Where the job is collected.", schema: { type: "string" } },
} as const

const retryAfter = {
  "Retry-After": { required: true, description: "Whole seconds to wait.", schema: { type: "integer" } },
} as const

const requestId = {
  "x-request-id": {
    required: true,
    description: "The request's id: as sent, else the job's or a new one.",
    schema: { type: "string" },
  },
} as const

const ttlHeader = {
  name: "x-bf-async-job-result-ttl",
  in: "header",
  description:
    "How long the job is kept after its end, in whole seconds. Anything else than a positive number stands for the configured default (3600); more than the configured maximum (30 days) stands for the maximum.",
  schema: { type: "integer", minimum: 1 },
  example: 3600,
} as const

const requestIdHeader = {
  name: "x-request-id",
  in: "header",
  description: "An id of the caller's own, kept with the job and sent back.",
  schema: { type: "string" },
} as const

const jobIdParameter = {
  name: "job_id",
  in: "path",
  required: true,
  description: "The `id` that the submit answered.",
  schema: { type: "string", format: "uuid" },
} as const

const jobExample = {
  id: "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
  request_id: "4f9d7a52-0c1e-4b7f-8f60-2d8a3b1c9e75",
  status: "pending",
  created_at: "2026-01-01T12:00:00.000Z",
}

/** The one part of an operation's id and of its schemas' names that is the endpoint's: `ChatCompletion`. */
function nameOf(endpoint: Endpoint): string {
  return endpoint.requestType.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** What goes in and comes out at one endpoint, with what the gateway itself reads and adds. */
function schemasOf(endpoint: Endpoint): [name: string, schema: unknown][] {
  const name = nameOf(endpoint)
  return [
    [`${name}Request`, { allOf: [ref("Routing"), endpoint.requestSchema] }],
    [`${name}Result`, { allOf: [endpoint.resultSchema, ref("ResultFields")] }],
  ]
}

function endedJob(name: string) {
  const ended = {
    type: "object" as const,
    required: ["expires_at", "completed_at", "status_code"],
    properties: { result: ref(`${name}Result`) },
  }
  return { allOf: [ref("Job"), ended] }
}

function endedExamples(endpoint: Endpoint) {
  const fields = routeOf(endpoint)
  const ended = (status: string, statusCode: number) => ({
    id: jobExample.id,
    request_id: jobExample.request_id,
    status,
    expires_at: "2026-01-01T13:00:02.345Z",
    created_at: jobExample.created_at,
    completed_at: "2026-01-01T12:00:02.345Z",
    status_code: statusCode,
  })
  const failure = ownError("request_timed_out", meanings.request_timed_out.when, fields)
  return {
    completed: { value: { ...ended("completed", 200), result: resultOf(endpoint, fields) } },
    failed: { value: { ...ended("failed", failure.status_code), error: failure } },
  }
}

function resultOf(endpoint: Endpoint, { provider, model, requestType }: Required<ErrorFields>) {
  const { examples = [Create(endpoint.resultSchema)] } = endpoint.resultSchema as { examples?: unknown[] }
  return {
    ...(examples[0] as object),
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
function routeOf({ example, requestType }: Endpoint): Required<ErrorFields> {
  const [provider = "", ...rest] = (example as { model: string }).model.split("/")
  return { provider, model: rest.join("/"), requestType }
}

/** What an operation can refuse with, one response for each status. */
function refusalsOf(origin: Origin): Responses {
  return Object.fromEntries(
    codesOf(origin).map(([status]) => [status, { $ref: `#/components/responses/${origin}${status}` }]),
  )
}

function refusals(origin: Origin): Responses {
  return Object.fromEntries(
    codesOf(origin).map(([status, codes]) => [
      `${origin}${status}`,
      {
        description: codes.map((code) => `- \`${code}\`: ${meanings[code].when}`).join("\n"),
        headers: status === "503" ? { ...retryAfter, ...requestId } : requestId,
        content: {
          "application/json": {
            schema: ref("Error"),
            examples: Object.fromEntries(codes.map((code) => [code, { value: ownError(code, meanings[code].when) }])),
          },
        },
      },
    ]),
  )
}

function codesOf(origin: Origin): [status: string, codes: ErrorCode[]][] {
  const codes = errorCodes.filter((code) => meanings[code].from.includes(origin))
  return Object.entries(Object.groupBy(codes, (code) => String(statusOf(code)))).map(([status, group = []]) => [
    status,
    group,
  ])
}
