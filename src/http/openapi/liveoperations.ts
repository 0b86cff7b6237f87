// The operations of the API document that tell what the gateway does while it runs. See operations.ts.
import type { DocumentDecoration } from "elysia"
import { filterNames } from "../request/filters.ts"
import { jobId, listHeaderRefs, listParameterRefs } from "./components.ts"
import {
  eventExample,
  jobEventExample,
  providersExample,
  queuesExample,
  statsExample,
  usageExample,
} from "./liveexamples.ts"
import { refusalRefs } from "./refusals.ts"
import { ref } from "./schemaparts.ts"

const live = "dashboard"

/** OpenAPI 3.1 has no words for a stream of events: this says of which schema their data is. */
const eventStream = { type: "string", contentMediaType: "application/json", contentSchema: ref("JobChange") } as const

export const liveOperations = {
  me: (): DocumentDecoration => ({
    operationId: "me",
    tags: [live],
    summary: "Whom the gateway takes you for",
    description: "The kind of the caller, its virtual key with its limits, and what it may do.",
    parameters: listParameterRefs("x-request-id"),
    responses: {
      200: {
        description: "The caller.",
        headers: listHeaderRefs("x-request-id"),
        content: {
          "application/json": {
            schema: ref("Me"),
            example: {
              kind: "sole_user",
              virtual_key: null,
              may: { list: true, operate: true, manage_keys: false },
              ui: { bodies: true },
              version: "0.1.0",
            },
          },
        },
      },
      ...refusalRefs.me,
    },
  }),

  stats: (): DocumentDecoration => ({
    operationId: "stats",
    tags: [live],
    summary: "What happened in the last ten minutes or the last day",
    description:
      "Accepted and ended jobs with their times, step by step, the jobs that have not ended, and the condition of the gateway: of all callers, so that it is the operator's, as `/metrics` is.",
    parameters: [
      {
        name: "window",
        in: "query",
        description: "`10m` in steps of a second, or `24h` in steps of a minute; `10m` without it.",
        schema: { type: "string", enum: ["10m", "24h"] },
      },
      {
        name: "since",
        in: "query",
        description: "Only steps that began then or later: the `at` of the last one that is known already.",
        schema: { type: "string", format: "date-time" },
      },
      ...listParameterRefs("x-request-id"),
    ],
    responses: {
      200: {
        description: "The numbers.",
        headers: listHeaderRefs("x-request-id"),
        content: { "application/json": { schema: ref("Stats"), example: statsExample } },
      },
      ...refusalRefs.stats,
    },
  }),

  usage: (): DocumentDecoration => ({
    operationId: "usage",
    tags: [live],
    summary: "What was used by day",
    description:
      "Calls, tokens and costs of your jobs by the days of UTC on which the calls ended, kept for 400 days, also when the jobs are deleted; with the admin token those of all callers. Of an owner a day tells 100 models apart, and further ones are `other`. And what is left of the budgets.",
    parameters: listParameterRefs("from", "to", "by", "x-request-id"),
    responses: {
      200: {
        description: "The sums, the newest day first.",
        headers: listHeaderRefs("x-request-id"),
        content: { "application/json": { schema: ref("UsageReport"), example: usageExample } },
      },
      ...refusalRefs.usage,
    },
  }),

  queues: (): DocumentDecoration => ({
    operationId: "queues",
    tags: [live],
    summary: "Why jobs wait",
    description:
      "Each lane of queued jobs with what holds it back and until when, and the providers' rate limits: of the key that is sent, with the admin token of all callers.",
    parameters: listParameterRefs("x-request-id"),
    responses: {
      200: {
        description: "The queues as they are at this moment.",
        headers: listHeaderRefs("x-request-id"),
        content: { "application/json": { schema: ref("Queues"), example: queuesExample } },
      },
      ...refusalRefs.queues,
    },
  }),

  events: (): DocumentDecoration => ({
    operationId: "followJobs",
    tags: [live],
    summary: "Follow your jobs",
    description:
      "A stream of server-sent events, at most four in a second. `event: change` has the data of `JobChange`: which jobs of the same filter as a list's have changed. The first comes at once; from then on no change is missed. A comment comes every 15 seconds without events. With `reload`, ask for the list again: more has changed than can be named, or the filter is `min_cost`, `origin` or `batch`, of which the events know nothing. Jobs that expire are not told. The stream ends when the key that was sent does not count any more, and when the gateway stops.",
    parameters: listParameterRefs(...filterNames, "x-request-id"),
    responses: {
      200: {
        description: "The stream.",
        headers: listHeaderRefs("x-request-id"),
        content: { "text/event-stream": { schema: eventStream, example: eventExample } },
      },
      ...refusalRefs.events,
    },
  }),

  jobEvents: (): DocumentDecoration => ({
    operationId: "followJob",
    tags: ["jobs"],
    summary: "Follow a job: of any type",
    description:
      "What has happened and what happens until the end, as server-sent events: `job.queued`, `job.started` and `job.retrying` of each attempt, the `job.delta` of a response in the background that is streamed, and `job.completed`, `job.failed` or `job.cancelled`, after which the stream ends. Each has an `id`; a reader that connects again with it goes on after that one, also after a restart. `heartbeat` comes every 15 seconds without events, and has no id. The result is not in it.",
    parameters: [
      jobId,
      {
        name: "after",
        in: "query",
        description: "The id of the last event that the reader has.",
        schema: { type: "string", pattern: "^\\d{1,9}(\\.\\d{1,9})?$" },
      },
      {
        name: "Last-Event-ID",
        in: "header",
        description: "The same, as browsers send it; it goes before `after`.",
        schema: { type: "string", pattern: "^\\d{1,9}(\\.\\d{1,9})?$" },
      },
      ...listParameterRefs("x-request-id"),
    ],
    responses: {
      200: {
        description: "The stream.",
        headers: listHeaderRefs("x-request-id"),
        content: { "text/event-stream": { schema: { type: "string" }, example: jobEventExample } },
      },
      204: {
        description: "The job has ended, and the reader has all of its events.",
        headers: listHeaderRefs("x-request-id"),
      },
      ...refusalRefs.jobEvents,
    },
  }),

  providers: (): DocumentDecoration => ({
    operationId: "listProviders",
    tags: [live],
    summary: "List providers",
    description:
      "The providers that can be called, with their keys by name, what is in flight, and how their calls ended last.",
    parameters: listParameterRefs("x-request-id"),
    responses: {
      200: {
        description: "The providers.",
        headers: listHeaderRefs("x-request-id"),
        content: { "application/json": { schema: ref("ProviderList"), example: providersExample } },
      },
      ...refusalRefs.providers,
    },
  }),
}
