// The parameters of lists and sums, which are all in the query. Only described here, not decided.
import type { DocumentDecoration } from "elysia"
import { endpoints } from "../../endpoints/endpoints.ts"
import { states } from "../../jobs/job.ts"
import { priorities } from "../request/joboptions.ts"

const text = { type: "string" } as const
const time = "A time, as 2026-01-31T12:00:00Z or as seconds since 1970."

export const listParameters = {
  limit: {
    name: "limit",
    in: "query",
    description: "The maximum number of jobs; 20 without it.",
    schema: { type: "integer", minimum: 1, maximum: 100 },
  },
  after: {
    name: "after",
    in: "query",
    description: "The `last_id` of the page before.",
    schema: { type: "string", format: "uuid" },
  },
  status: {
    name: "status",
    in: "query",
    description: "Only jobs of this status.",
    schema: { type: "string", enum: ["pending", "processing", "completed", "failed"] },
  },
  openStatus: {
    name: "status",
    in: "query",
    description: "Only jobs of this status.",
    schema: { type: "string", enum: ["pending", "processing"] },
  },
  type: {
    name: "type",
    in: "query",
    description: "Only jobs of this request type.",
    schema: { type: "string", enum: endpoints.map(({ requestType }) => requestType) },
  },
  model: {
    name: "model",
    in: "query",
    description: "Only jobs of this model, as a listed job has it; together with `provider` as the submit had it, too.",
    schema: text,
  },
  provider: { name: "provider", in: "query", description: "Only jobs of this provider.", schema: text },
  state: {
    name: "state",
    in: "query",
    description: "Only jobs in this state.",
    schema: { type: "string", enum: [...states] },
  },
  owner: {
    name: "owner",
    in: "query",
    description: "Only jobs of the virtual key with this id. For the admin alone.",
    schema: text,
  },
  error_code: {
    name: "error_code",
    in: "query",
    description: "Only jobs with this code in their error: one of this gateway, or the provider's own.",
    schema: text,
  },
  key: {
    name: "key",
    in: "query",
    description: "Only jobs whose last attempt used the provider key of this name.",
    schema: text,
  },
  priority: {
    name: "priority",
    in: "query",
    description: "Only jobs of this priority.",
    schema: { type: "string", enum: [...priorities] },
  },
  min_cost: {
    name: "min_cost",
    in: "query",
    description: "Only jobs that have cost at least so many US dollars.",
    schema: { type: "number", minimum: 0 },
  },
  origin: { name: "origin", in: "query", description: "Only jobs that repeat the request of this one.", schema: text },
  batch: { name: "batch", in: "query", description: "Only jobs of the batch with this `id`.", schema: text },
  idempotency_key: {
    name: "idempotency_key",
    in: "query",
    description:
      "Only the job that was made with this `Idempotency-Key`: of the caller; for the admin of every virtual key, and of nobody's jobs those from the admin's own address.",
    schema: { type: "string", minLength: 1, maxLength: 255 },
  },
  search: {
    name: "search",
    in: "query",
    description:
      "Only jobs with this id or, from eight characters on, this beginning of it; with this id of their response (`resp_…`); with this `x-request-id`; or whose last request has this id at the provider.",
    schema: text,
  },
  created_after: {
    name: "created_after",
    in: "query",
    description: `Only jobs accepted then or later. ${time}`,
    schema: text,
  },
  created_before: {
    name: "created_before",
    in: "query",
    description: `Only jobs accepted earlier. ${time}`,
    schema: text,
  },
  from: {
    name: "from",
    in: "query",
    description: "The first day, as 2026-01-31; 29 days before the last without it.",
    schema: { type: "string", format: "date" },
  },
  to: {
    name: "to",
    in: "query",
    description: "The last day; today without it.",
    schema: { type: "string", format: "date" },
  },
  by: {
    name: "by",
    in: "query",
    description:
      "What is told apart: a list, with commas, of `day`, `provider`, `model`, `type`, `owner` and `key`; `day` without it, and empty for one sum.",
    schema: text,
  },
} satisfies Record<string, NonNullable<DocumentDecoration["parameters"]>[number]>
