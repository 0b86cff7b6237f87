// The operations of the API document: what each route takes and answers, made from the tables of endpoints and error codes.
// Describes; decides nothing. Loaded once somebody asks for the document.
import type { DocumentDecoration } from "elysia"
import { type DescribedEndpoint, described, describedEndpoints } from "../../endpoints/descriptions/descriptions.ts"
import { getEndpoint } from "../../endpoints/endpoints.ts"
import { headerRef, headerRefs, jobId, parameterRefs } from "./components.ts"
import {
  cancelledExamples,
  endedExamples,
  formExample,
  jobExample,
  listExample,
  metricsExample,
  modelsExample,
  viewExample,
} from "./examples.ts"
import { refusalsOf } from "./refusals.ts"
import { nameOf, ref } from "./wire.ts"

type Responses = NonNullable<DocumentDecoration["responses"]>

/** Where jobs are whatever their type, in the document's list of tags. */
export const anyJob = "jobs"
const binary = { schema: { type: "string", format: "binary" } } as const

/** The operations. */
export const documentation = {
  submit(endpoint: DescribedEndpoint): DocumentDecoration {
    const name = nameOf(endpoint)
    return {
      operationId: `submit${name}`,
      tags: [endpoint.summary],
      summary: `Submit a job: ${endpoint.summary}`,
      description: [
        "Stores the request and answers at once. The job's end is collected later, at the path in `Location`, or here with `Prefer: wait=N`.",
        "A header `x-bf-eh-NAME` goes out to the provider as `NAME`, unless it would prove who calls, frame the body or belong to one connection. It is kept encrypted until the job has ended, and goes to no fallback unless `x-asyncgate-extra-headers: all` asks for it.",
      ].join("\n\n"),
      parameters: parameterRefs(
        "x-bf-async-job-result-ttl",
        "Cancel-After",
        "x-asyncgate-extra-headers",
        "x-asyncgate-priority",
        "x-asyncgate-on-interrupt",
        "Idempotency-Key",
        "Prefer",
        "x-request-id",
        "traceparent",
        "x-bf-direct-key",
        "x-bf-api-key",
        "x-bf-api-key-id",
      ),
      requestBody: {
        required: true,
        content: Object.fromEntries(endpoint.forms.map((form) => bodyOf(endpoint, form))),
      },
      responses: {
        200: {
          description: "Only with `Prefer: wait=N`: accepted, and the job has ended already.",
          headers: headerRefs("Location", "x-request-id", "Preference-Applied", "Idempotent-Replayed", "Server-Timing"),
          content: endedContent(endpoint),
        },
        202: {
          description: "Accepted: the job is on disk.",
          headers: headerRefs(
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
        ...refusalsOf.submit,
      },
    }
  },

  poll(endpoint: DescribedEndpoint): DocumentDecoration {
    return {
      operationId: `poll${nameOf(endpoint)}`,
      tags: [endpoint.summary],
      summary: `Collect a job: ${endpoint.summary}`,
      description: "The job as it is now. It is kept for its time to live after it has ended.",
      parameters: [jobId, ...parameterRefs("Prefer", "x-request-id")],
      responses: {
        200: {
          description: "The job has ended: `completed` with its `result`, or `failed` with its `error`.",
          headers: headerRefs("x-request-id", "Preference-Applied", "Server-Timing"),
          content: endedContent(endpoint),
        },
        202: notEnded("AcceptedJob", { ...jobExample, status: "processing" }),
        ...refusalsOf.poll,
      },
    }
  },

  cancel: (endpoint: DescribedEndpoint | null): DocumentDecoration => ({
    operationId: `cancel${nameOf(endpoint)}`,
    tags: [endpoint?.summary ?? anyJob],
    summary: `Cancel a job: ${endpoint?.summary ?? "of any type"}`,
    description:
      "Ends a job that has not ended, and gives up a call that is under way. Of a job that has ended nothing changes.",
    parameters: [jobId, ...parameterRefs("x-request-id")],
    responses: {
      200: {
        description: "The job as it now is: `failed` with the code `job_cancelled`, or as it had ended before.",
        headers: headerRefs("x-request-id", "Server-Timing"),
        content: {
          "application/json": {
            schema: ref(endpoint === null ? "Job" : `${nameOf(endpoint)}Job`),
            examples: cancelledExamples(endpoint),
          },
        },
      },
      ...refusalsOf[endpoint === null ? "changeAny" : "change"],
    },
  }),

  remove: (endpoint: DescribedEndpoint | null): DocumentDecoration => ({
    operationId: `delete${nameOf(endpoint)}`,
    tags: [endpoint?.summary ?? anyJob],
    summary: `Delete a job: ${endpoint?.summary ?? "of any type"}`,
    description: "Cancels the job if it has not ended, and removes it with its request and its result.",
    parameters: [jobId],
    responses: {
      204: { description: "The job is gone: from now on it is not found." },
      ...refusalsOf[endpoint === null ? "changeAny" : "change"],
    },
  }),

  list: (): DocumentDecoration => ({
    operationId: "listJobs",
    tags: [anyJob],
    summary: "List one's own jobs",
    description:
      "The jobs of the key that is sent, newest first and without their results; without a key those that belong to none; with the admin's token those of everybody.",
    parameters: parameterRefs(
      "limit",
      "after",
      "status",
      "type",
      "model",
      "provider",
      "created_after",
      "created_before",
    ),
    responses: {
      200: {
        description: "One page.",
        headers: headerRefs("Link"),
        content: { "application/json": { schema: ref("JobList"), example: listExample(shown()) } },
      },
      ...refusalsOf.list,
    },
  }),

  cancelAll: (): DocumentDecoration => ({
    operationId: "cancelJobs",
    tags: [anyJob],
    summary: "Cancel one's own jobs, all or some",
    description:
      "Ends the jobs that a list would show and that have not ended: all of them, or those that fit every parameter.",
    parameters: parameterRefs("openStatus", "type", "model", "provider", "x-request-id"),
    responses: {
      200: {
        description: "They have ended: each is `failed` with the code `job_cancelled`.",
        headers: headerRefs("x-request-id"),
        content: { "application/json": { schema: ref("Cancelled"), example: { cancelled: 3 } } },
      },
      ...refusalsOf.cancelAll,
    },
  }),

  view: (): DocumentDecoration => ({
    operationId: `view${nameOf(null)}`,
    tags: [anyJob],
    summary: "View a job of any type",
    description:
      "The job as a poll shows it, and what stands behind it: its attempts, what they used, its place in the queue.",
    parameters: [jobId, ...parameterRefs("Prefer", "x-request-id")],
    responses: {
      200: {
        description: "The job has ended.",
        headers: headerRefs("x-request-id", "Preference-Applied", "Server-Timing"),
        content: { "application/json": { schema: ref("JobView") } },
      },
      202: notEnded("AcceptedJobView", viewExample(shown())),
      ...refusalsOf.view,
    },
  }),

  content: (): DocumentDecoration => ({
    operationId: "contentOfJob",
    tags: [anyJob],
    summary: "Fetch a job's sound or image as it is",
    description: "The bytes of a speech, or of one image, with their own media type.",
    parameters: [jobId, ...parameterRefs("index", "Range", "If-None-Match", "If-Range")],
    responses: {
      200: {
        description: "All of it.",
        headers: headerRefs("ETag", "Accept-Ranges"),
        content: { "audio/*": binary, "image/*": binary },
      },
      206: {
        description: "The range that was asked for.",
        headers: headerRefs("ETag", "Accept-Ranges", "Content-Range"),
        content: { "audio/*": binary, "image/*": binary },
      },
      302: {
        description: "The provider gave the image by its address.",
        headers: { Location: headerRef("ImageLocation") },
      },
      304: { description: "It is what the caller has.", headers: headerRefs("ETag", "Accept-Ranges") },
      416: {
        description: "The range lies beyond the end.",
        headers: headerRefs("ETag", "Accept-Ranges", "Content-Range"),
      },
      ...refusalsOf.content,
    },
  }),

  models: (): DocumentDecoration => ({
    operationId: "listModels",
    tags: ["models"],
    summary: "List what can be called",
    description:
      "The models that the sent key may be used for, of the providers that the gateway has a key for or that want none: those that servers on this machine say they have, those that config.json names, and those of the published price list, which misses some and keeps some that are gone. A provider of which no model is known has one entry, `provider/*`.",
    parameters: [
      {
        name: "provider",
        in: "query",
        description: "Only models of this provider. A provider's key that is sent along counts then, too.",
        schema: { type: "string" },
      },
      ...parameterRefs("x-request-id"),
    ],
    responses: {
      200: {
        description: "All of them.",
        headers: headerRefs("x-request-id"),
        content: { "application/json": { schema: ref("ModelList"), example: modelsExample } },
      },
      ...refusalsOf.models,
    },
  }),

  health: (): DocumentDecoration => ({
    operationId: "health",
    tags: ["health"],
    summary: "Whether jobs can be stored and read",
    security: [],
    responses: {
      200: {
        description: "Jobs can be stored and read.",
        content: { "application/json": { schema: ref("Health"), example: { status: "ok" } } },
      },
      503: {
        description: "Jobs cannot be stored or read at the moment.",
        headers: headerRefs("Retry-After"),
        content: {
          "application/json": {
            schema: ref("Health"),
            example: { status: "unavailable", reason: "the engine has not answered for 12 s" },
          },
        },
      },
      ...refusalsOf.health,
    },
  }),

  metrics: (): DocumentDecoration => ({
    operationId: "metrics",
    tags: ["health"],
    summary: "What the gateway does, for Prometheus",
    description:
      "Jobs by state, type and provider, queues, waits, attempts, upstream latency, commits, threads, memory and the reaper, in Prometheus' text format. Labels are providers that are configured, request types, states and outcomes: never a model, an id or an owner. What changed counts once it is on disk, since the start of the process. Open to every program on this machine, as `/health` is; with `client.enforce_auth_on_inference` it asks for the admin's token as `Authorization: Bearer`.",
    security: [{}, { bearer: [] }],
    responses: {
      200: {
        description:
          "All of it. While the engine is stuck in the disk only what is known without it, and `asyncgate_engine_up` is 0.",
        headers: headerRefs("x-request-id"),
        content: { "text/plain": { schema: { type: "string" }, example: metricsExample } },
      },
      ...refusalsOf.metrics,
    },
  }),
}

/** What the document says of each route, by its method and path. */
export function operations(): Map<string, DocumentDecoration> {
  const { submit, poll, cancel, remove } = documentation
  return new Map([
    ...describedEndpoints.flatMap((endpoint): [route: string, operation: DocumentDecoration][] => [
      [`POST ${endpoint.path}`, submit(endpoint)],
      [`GET ${endpoint.path}/:job_id`, poll(endpoint)],
      [`POST ${endpoint.path}/:job_id/cancel`, cancel(endpoint)],
      [`DELETE ${endpoint.path}/:job_id`, remove(endpoint)],
    ]),
    ["GET /v1/async/jobs", documentation.list()],
    ["POST /v1/async/jobs/cancel", documentation.cancelAll()],
    ["GET /v1/async/jobs/:job_id", documentation.view()],
    ["GET /v1/async/jobs/:job_id/content", documentation.content()],
    ["POST /v1/async/jobs/:job_id/cancel", cancel(null)],
    ["DELETE /v1/async/jobs/:job_id", remove(null)],
    ["GET /v1/models", documentation.models()],
    ["GET /health", documentation.health()],
    ["GET /metrics", documentation.metrics()],
  ])
}

/** Whose jobs stand for those of any type. */
function shown(): DescribedEndpoint {
  return described(getEndpoint("chat_completion"))
}

/** A body of that form: its media type and what goes into it. */
function bodyOf(endpoint: DescribedEndpoint, form: DescribedEndpoint["forms"][number]) {
  const { example, formSchema, parts = {} } = endpoint
  const name = `${nameOf(endpoint)}Request`
  if (form === "json") return ["application/json", { schema: ref(name), example }] as const
  const schema = ref(formSchema ? `${nameOf(endpoint)}Form` : name)
  const encoding = Object.fromEntries(Object.entries(parts).map(([part, contentType]) => [part, { contentType }]))
  return ["multipart/form-data", { schema, example: formExample(endpoint), encoding }] as const
}

function endedContent(endpoint: DescribedEndpoint) {
  return { "application/json": { schema: ref(`${nameOf(endpoint)}Job`), examples: endedExamples(endpoint) } }
}

function notEnded(schema: string, example: unknown): Responses[string] {
  return {
    description: "The job has not ended: ask again.",
    headers: headerRefs("Retry-After", "openai-poll-after-ms", "x-request-id", "Preference-Applied", "Server-Timing"),
    content: { "application/json": { schema: ref(schema), example } },
  }
}
