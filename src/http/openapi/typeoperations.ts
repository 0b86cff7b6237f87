// The operations at the path of a request type that make a job or read one: submit, call and poll. Only described here, not decided.
import type { DocumentDecoration } from "elysia"
import type { DescribedEndpoint } from "../../endpoints/endpoint.ts"
import { ON_DISCONNECT } from "../synchronous.ts"
import { jobId, listHeaderRefs, listParameterRefs } from "./components.ts"
import { jobExample, makeEndedExamples, makeFormExample } from "./examples.ts"
import { refusalRefs } from "./refusals.ts"
import { ref } from "./schemaparts.ts"
import { nameSchema } from "./schemas.ts"

type Responses = NonNullable<DocumentDecoration["responses"]>

export const binary = { schema: { type: "string", format: "binary" } } as const

/** The headers of every request that makes a job. */
const jobOptions = [
  "x-bf-async-job-result-ttl",
  "Cancel-After",
  "x-asyncgate-extra-headers",
  "x-asyncgate-priority",
  "x-asyncgate-on-interrupt",
  "x-bf-async-webhook",
  "Idempotency-Key",
  "x-request-id",
  "traceparent",
  "x-bf-direct-key",
  "x-bf-api-key",
  "x-bf-api-key-id",
] as const

const callError = {
  description: "A refusal, or the failure of the job: with the status and the error of the provider.",
  headers: listHeaderRefs("x-request-id"),
  content: { "application/json": { schema: ref("CallError") } },
}

export const typeOperations = {
  submit(endpoint: DescribedEndpoint): DocumentDecoration {
    const name = nameSchema(endpoint)
    return {
      operationId: `submit${name}`,
      tags: [endpoint.summary],
      summary: `Submit a job: ${endpoint.summary}`,
      description: [
        "Stores the request and answers at once. The result is collected later at the path in `Location`, or here with `Prefer: wait=N`.",
        "A header `x-bf-eh-NAME` is sent to the provider as `NAME`, unless that name authenticates, frames the body or belongs to one connection. It is stored encrypted until the job has ended, and is sent to fallbacks only with `x-asyncgate-extra-headers: all`.",
      ].join("\n\n"),
      parameters: listParameterRefs(...jobOptions, "Prefer"),
      requestBody: {
        required: true,
        content: Object.fromEntries(endpoint.forms.map((form) => describeBody(endpoint, form))),
      },
      responses: {
        200: {
          description: "Only with `Prefer: wait=N`: accepted, and the job has ended already.",
          headers: listHeaderRefs(
            "Location",
            "x-request-id",
            "Preference-Applied",
            "Idempotent-Replayed",
            "Server-Timing",
          ),
          content: describeEnded(endpoint),
        },
        202: {
          description: "Accepted: the job is on disk.",
          headers: listHeaderRefs(
            "Location",
            "Retry-After",
            "openai-poll-after-ms",
            "x-request-id",
            "Preference-Applied",
            "Idempotent-Replayed",
            "Server-Timing",
          ),
          content: { "application/json": { schema: ref("AcceptedJob"), example: jobExample } },
          links: Object.fromEntries(
            ["poll", "cancel", "delete"].map((verb) => [
              verb,
              { operationId: `${verb}${name}`, parameters: { job_id: "$response.body#/id" } },
            ]),
          ),
        },
        ...refusalRefs.submit,
      },
    }
  },

  call(endpoint: DescribedEndpoint): DocumentDecoration {
    return {
      operationId: `call${nameSchema(endpoint)}`,
      tags: [endpoint.summary],
      summary: `Call and wait: ${endpoint.summary}`,
      description:
        "The same as a submit, on OpenAI's wire: the request becomes a job, and the response is its result. For OpenAI's clients, with `/v1` of this gateway as their base URL. When the client disconnects, the job is cancelled.",
      parameters: listParameterRefs(...jobOptions, ON_DISCONNECT),
      requestBody: {
        required: true,
        content: Object.fromEntries(
          endpoint.forms.map((form) => describeBody(endpoint, form, endpoint.stream ? "Call" : "Request")),
        ),
      },
      responses: {
        200: {
          description: "The result.",
          headers: listHeaderRefs("x-job-id", "x-request-id"),
          content: {
            ...(endpoint.isSound
              ? { "audio/*": binary }
              : { "application/json": { schema: ref(`${nameSchema(endpoint)}Result`) } }),
            ...(endpoint.stream ? { "text/event-stream": { schema: { type: "string" } } } : {}),
            ...(endpoint.isPlainText ? { "text/plain": { schema: { type: "string" } } } : {}),
          },
        },
        "4XX": callError,
        "5XX": callError,
      },
    }
  },

  poll(endpoint: DescribedEndpoint): DocumentDecoration {
    return {
      operationId: `poll${nameSchema(endpoint)}`,
      tags: [endpoint.summary],
      summary: `Collect a job: ${endpoint.summary}`,
      description: "The current state of the job. After its end it is kept for its time to live.",
      parameters: [jobId, ...listParameterRefs("Prefer", "x-request-id")],
      responses: {
        200: {
          description: "The job has ended: `completed` with its `result`, or `failed` with its `error`.",
          headers: listHeaderRefs("x-request-id", "Preference-Applied", "Server-Timing"),
          content: describeEnded(endpoint),
        },
        202: describePending("AcceptedJob", { ...jobExample, status: "processing" }),
        ...refusalRefs.poll,
      },
    }
  },
}

/** A request body of this form: its media type and its content. */
function describeBody(endpoint: DescribedEndpoint, form: DescribedEndpoint["forms"][number], kind = "Request") {
  const { example, formSchema, parts = {} } = endpoint
  const name = `${nameSchema(endpoint)}${kind}`
  if (form === "json") return ["application/json", { schema: ref(name), example }] as const
  const schema = ref(formSchema ? `${nameSchema(endpoint)}Form` : name)
  const encoding = Object.fromEntries(Object.entries(parts).map(([part, contentType]) => [part, { contentType }]))
  return ["multipart/form-data", { schema, example: makeFormExample(endpoint), encoding }] as const
}

function describeEnded(endpoint: DescribedEndpoint) {
  return { "application/json": { schema: ref(`${nameSchema(endpoint)}Job`), examples: makeEndedExamples(endpoint) } }
}

export function describePending(schema: string, example: unknown): Responses[string] {
  return {
    description: "The job has not ended: ask again.",
    headers: listHeaderRefs(
      "Retry-After",
      "openai-poll-after-ms",
      "x-request-id",
      "Preference-Applied",
      "Server-Timing",
    ),
    content: { "application/json": { schema: ref(schema), example } },
  }
}
