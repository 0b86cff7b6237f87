// The operations of the API document: the request and the responses of each route, made from the tables of endpoints and error codes.
// Only described here, not decided. Loaded when the document is read for the first time.
import type { DocumentDecoration } from "elysia"
import { type DescribedEndpoint, described, type Endpoint } from "../../endpoints/endpoint.ts"
import { getEndpoint } from "../../endpoints/endpoints.ts"
import { filterNames } from "../request/filters.ts"
import { batchOperations } from "./batchoperations.ts"
import { bulkOperations } from "./bulkoperations.ts"
import { callerWebhookOperations } from "./callerwebhookoperations.ts"
import { headerRef, jobId, listHeaderRefs, listParameterRefs } from "./components.ts"
import { conversationOperations } from "./conversationoperations.ts"
import {
  jobExample,
  makeCancelledExamples,
  makeListExample,
  makeViewExample,
  metricsExample,
  modelsExample,
} from "./examples.ts"
import { keyOperations } from "./keyoperations.ts"
import { liveOperations } from "./liveoperations.ts"
import { refusalRefs } from "./refusals.ts"
import { responseOperations } from "./responseoperations.ts"
import { ref } from "./schemaparts.ts"
import { nameSchema } from "./schemas.ts"
import { binary, describePending, typeOperations } from "./typeoperations.ts"
import { webhookOperations } from "./webhookoperations.ts"

/** The tag of the operations on jobs of any type. */
export const anyJob = "jobs"

/** What has no body because the caller has it, or because there is nothing at that place. */
const withoutBytes: DocumentDecoration["responses"] = {
  304: { description: "The caller's copy is still valid.", headers: listHeaderRefs("ETag", "Accept-Ranges") },
  416: {
    description: "The range is beyond the end.",
    headers: listHeaderRefs("ETag", "Accept-Ranges", "Content-Range"),
  },
}

/** By the names that the table of routes uses. */
export const operations = {
  ...typeOperations,
  ...bulkOperations,
  ...liveOperations,
  ...keyOperations,
  ...batchOperations,
  ...responseOperations,
  ...conversationOperations,
  ...webhookOperations,
  ...callerWebhookOperations,

  cancel: (endpoint: DescribedEndpoint | null): DocumentDecoration => ({
    operationId: `cancel${nameSchema(endpoint)}`,
    tags: [endpoint?.summary ?? anyJob],
    summary: `Cancel a job: ${endpoint?.summary ?? "of any type"}`,
    description: "Cancels a job that has not ended, and aborts its call. A job that has ended does not change.",
    parameters: [jobId, ...listParameterRefs("x-request-id")],
    responses: {
      200: {
        description: "The job: `failed` with the code `job_cancelled`, or as it had ended before.",
        headers: listHeaderRefs("x-request-id", "Server-Timing"),
        content: {
          "application/json": {
            schema: ref(endpoint === null ? "Job" : `${nameSchema(endpoint)}Job`),
            examples: makeCancelledExamples(endpoint),
          },
        },
      },
      ...refusalRefs[endpoint === null ? "changeAny" : "change"],
    },
  }),

  remove: (endpoint: DescribedEndpoint | null): DocumentDecoration => ({
    operationId: `delete${nameSchema(endpoint)}`,
    tags: [endpoint?.summary ?? anyJob],
    summary: `Delete a job: ${endpoint?.summary ?? "of any type"}`,
    description: "Cancels the job if it has not ended, and removes it with its request and its result.",
    parameters: [jobId],
    responses: {
      204: { description: "The job is deleted." },
      ...refusalRefs[endpoint === null ? "changeAny" : "change"],
    },
  }),

  list: (): DocumentDecoration => ({
    operationId: "listJobs",
    tags: [anyJob],
    summary: "List your jobs",
    description:
      "The jobs of the key that is sent, newest first and without their results; without a key those that no key owns; with the admin token those of all callers. All filters must match. A page looks at 2,500 jobs at most: where few of them match it can have fewer than `limit`, or none, and still a next one.",
    parameters: listParameterRefs("limit", "after", ...filterNames),
    responses: {
      200: {
        description: "One page.",
        headers: listHeaderRefs("Link"),
        content: { "application/json": { schema: ref("JobList"), example: makeListExample(pickExample()) } },
      },
      ...refusalRefs.list,
    },
  }),

  cancelAll: (): DocumentDecoration => ({
    operationId: "cancelJobs",
    tags: [anyJob],
    summary: "Cancel all or some of your jobs",
    description:
      "Cancels the jobs that a list would show and that have not ended: all of them, or those that match every parameter.",
    parameters: listParameterRefs("openStatus", "type", "model", "provider", "x-request-id"),
    responses: {
      200: {
        description: "They are cancelled: each is `failed` with the code `job_cancelled`.",
        headers: listHeaderRefs("x-request-id"),
        content: { "application/json": { schema: ref("Cancelled"), example: { cancelled: 3 } } },
      },
      ...refusalRefs.cancelAll,
    },
  }),

  view: (): DocumentDecoration => ({
    operationId: `view${nameSchema(null)}`,
    tags: [anyJob],
    summary: "View a job of any type",
    description: "The job as a poll shows it, with its details: its attempts, their usage, its position in the queue.",
    parameters: [jobId, ...listParameterRefs("omit", "Prefer", "x-request-id")],
    responses: {
      200: {
        description: "The job has ended.",
        headers: listHeaderRefs("x-request-id", "Preference-Applied", "Server-Timing"),
        content: { "application/json": { schema: { oneOf: [ref("JobView"), ref("OutlinedJob")] } } },
      },
      202: describePending("AcceptedJobView", makeViewExample(pickExample())),
      ...refusalRefs.view,
    },
  }),

  content: (): DocumentDecoration => ({
    operationId: "contentOfJob",
    tags: [anyJob],
    summary: "Download a job's audio or image",
    description: "The bytes of a speech result or of one image, with their own media type.",
    parameters: [jobId, ...listParameterRefs("index", "Range", "If-None-Match", "If-Range")],
    responses: {
      200: {
        description: "The whole content.",
        headers: listHeaderRefs("ETag", "Accept-Ranges"),
        content: { "audio/*": binary, "image/*": binary },
      },
      206: describeRange({ "audio/*": binary, "image/*": binary }),
      302: {
        description: "The provider gave the address of the image.",
        headers: { Location: headerRef("ImageLocation") },
      },
      ...withoutBytes,
      ...refusalRefs.content,
    },
  }),

  result: (): DocumentDecoration => ({
    operationId: "resultOfJob",
    tags: [anyJob],
    summary: "Read a job's result",
    description: "The `result` of a completed job alone, whole or a range of its bytes.",
    parameters: [jobId, ...listParameterRefs("Range", "If-None-Match", "If-Range")],
    responses: {
      200: {
        description: "The whole result.",
        headers: listHeaderRefs("x-request-id", "ETag", "Accept-Ranges"),
        content: { "application/json": { schema: {}, example: pickExample().exampleResult } },
      },
      206: describeRange({ "application/json": partOfJson }),
      ...withoutBytes,
      ...refusalRefs.result,
    },
  }),

  request: (): DocumentDecoration => ({
    operationId: "requestOfJob",
    tags: [anyJob],
    summary: "Read a job's request",
    description:
      "The request as it is stored: JSON byte for byte as it was sent. Of a form its fields and what files it has; `file` asks for the bytes of one.",
    parameters: [jobId, ...listParameterRefs("file", "Range", "If-None-Match", "If-Range")],
    responses: {
      200: {
        description: "The request, or the whole file.",
        headers: listHeaderRefs("x-request-id", "ETag", "Accept-Ranges"),
        content: { "application/json": { schema: ref("StoredRequest") }, "*/*": binary },
      },
      206: describeRange({ "application/json": partOfJson, "*/*": binary }),
      ...withoutBytes,
      ...refusalRefs.request,
    },
  }),

  replay: (): DocumentDecoration => ({
    operationId: "replayJob",
    tags: [anyJob],
    summary: "Make a job with the same request",
    description:
      "A new job for the same owner, with the stored request of this one, its type, fallbacks, priority, time to live and time to its deadline; headers of a submit say otherwise. Keys and headers that the caller sent for the provider are not kept and must be sent again. With the admin's token the job is made for its owner, whose budgets count.",
    parameters: [
      jobId,
      ...listParameterRefs(
        "Idempotency-Key",
        "Prefer",
        "Cancel-After",
        "x-asyncgate-priority",
        "x-asyncgate-on-interrupt",
        "x-bf-async-job-result-ttl",
        "x-bf-async-webhook",
        "x-request-id",
      ),
    ],
    requestBody: {
      required: false,
      content: { "application/json": { schema: ref("Replay"), example: { model: "mock/echo" } } },
    },
    responses: {
      200: {
        description: "With `Prefer: wait`: the job has ended.",
        headers: listHeaderRefs("x-request-id", "Preference-Applied", "Server-Timing"),
        content: { "application/json": { schema: ref("Job") } },
      },
      202: describePending("ReplayedJob", { ...jobExample, origin_id: jobExample.id }),
      ...refusalRefs.replay,
    },
  }),

  models: (): DocumentDecoration => ({
    operationId: "listModels",
    tags: ["models"],
    summary: "List models",
    description:
      "The models that the sent key may use, of the providers that the gateway has a key for or that need none: those that local servers report, those that config.json names, and those of the published price list, which lacks some and contains some that no longer exist. A provider without known models has one entry, `provider/*`.",
    parameters: [
      {
        name: "provider",
        in: "query",
        description: "Only models of this provider. The caller's own key for this provider counts then, too.",
        schema: { type: "string" },
      },
      ...listParameterRefs("x-request-id"),
    ],
    responses: {
      200: {
        description: "The models.",
        headers: listHeaderRefs("x-request-id"),
        content: { "application/json": { schema: ref("ModelList"), example: modelsExample } },
      },
      ...refusalRefs.models,
    },
  }),

  model: (): DocumentDecoration => ({
    operationId: "retrieveModel",
    tags: ["models"],
    summary: "Look up a model",
    description: "The model as the list has it. Where a provider's models are not known, any of its names is one.",
    parameters: [
      {
        name: "model",
        in: "path",
        required: true,
        description: "`provider/model`, with its slashes as they are or as `%2F`.",
        schema: { type: "string" },
      },
      ...listParameterRefs("x-request-id"),
    ],
    responses: {
      200: {
        description: "The model.",
        headers: listHeaderRefs("x-request-id"),
        content: { "application/json": { schema: ref("Model"), example: modelsExample.data[0] } },
      },
      ...refusalRefs.model,
    },
  }),

  health: (): DocumentDecoration => ({
    operationId: "health",
    tags: ["health"],
    summary: "Whether jobs can be stored and read",
    description:
      "For load balancers: requests may be sent to a gateway that answers 200. Where several gateways share a database, one that waits answers 200 while it reaches one that runs the jobs and is well, and during a takeover. Whoever may see `/metrics` is told there of all gateways too.",
    security: [{}, { bearer: [] }],
    responses: {
      200: {
        description: "Jobs can be stored and read.",
        content: { "application/json": { schema: ref("Health"), example: { status: "ok" } } },
      },
      503: {
        description: "Jobs cannot be stored or read at the moment, or the gateway is shutting down.",
        headers: listHeaderRefs("Retry-After"),
        content: {
          "application/json": {
            schema: ref("Health"),
            example: { status: "unavailable", reason: "the engine has not answered for 12 s" },
          },
        },
      },
      ...refusalRefs.health,
    },
  }),

  metrics: (): DocumentDecoration => ({
    operationId: "metrics",
    tags: ["health"],
    summary: "Metrics for Prometheus",
    description:
      "Jobs by state, type and provider, queues, waits, attempts, upstream latency, commits, threads, memory and the reaper, in Prometheus' text format. Labels are configured providers, request types, states and outcomes: never a model, an id or an owner. Counters start at zero with the process and count a change once it is on disk. Open to every program on this machine, as `/health` is, while there are no virtual keys; otherwise, and with `client.enforce_auth_on_inference`, it requires the admin token as `Authorization: Bearer`.",
    security: [{}, { bearer: [] }],
    responses: {
      200: {
        description:
          "The metrics. While the engine waits for the disk only those that are known without it, and `asyncgate_engine_up` is 0.",
        headers: listHeaderRefs("x-request-id"),
        content: { "text/plain": { schema: { type: "string" }, example: metricsExample } },
      },
      ...refusalRefs.metrics,
    },
  }),
}

export type OperationName = keyof typeof operations

/** The operation of a route. @param endpoint the request type of its path, where it has one */
export function describeOperation(name: OperationName, endpoint: Endpoint | null): DocumentDecoration {
  const describe = operations[name] as (endpoint: DescribedEndpoint | null) => DocumentDecoration
  return describe(endpoint === null ? null : described(endpoint))
}

const partOfJson = { schema: { description: "These bytes of the JSON text." } }

function describeRange(content: Record<string, object>) {
  const headers = listHeaderRefs("ETag", "Accept-Ranges", "Content-Range")
  return { description: "The requested range.", headers, content }
}

/** The request type whose jobs are the examples for jobs of any type. */
function pickExample(): DescribedEndpoint {
  return described(getEndpoint("chat_completion"))
}
