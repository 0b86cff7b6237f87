// The objects of bulk operations as JSON Schema, and an example of each. For the API document only.
import Type from "typebox"
import { actions } from "../bulk/progress.ts"
import { filterNames } from "../request/filters.ts"
import { parameters } from "./components.ts"
import { nullable, ref, time } from "./schemaparts.ts"

const count = (description: string) => Type.Integer({ minimum: 0, description })

const action = Type.Enum([...actions], {
  type: "string",
  description:
    "`cancel` ends jobs that have not ended; `delete` removes jobs in any state that the filter allows, with their requests and results; `retry` makes a new job of the request of each that has failed or was cancelled.",
})

const filter = Type.Object(
  Object.fromEntries(
    filterNames.map((name) => {
      const { schema, description } = parameters[name as keyof typeof parameters]
      return [name, Type.Optional(Type.Unsafe({ ...schema, description }))]
    }),
  ),
  { description: "The filters of a list of jobs. A job must match all of them." },
)

const request = Type.Object({
  action,
  filter: Type.Optional(filter),
  model: Type.Optional(
    Type.String({
      description: "With `retry`: the `provider/model` of the new jobs; without it each has that of its job.",
    }),
  ),
  count_only: Type.Optional(Type.Boolean({ description: "Only counts the jobs that match now, and changes none." })),
  all: Type.Optional(Type.Boolean({ description: "Must be true where the filter is empty." })),
})

const counted = Type.Object({
  object: Type.Literal("bulk_count"),
  action,
  filter,
  count: count("How many jobs match."),
  cost_usd: nullable(
    Type.Number(),
    "What they have cost so far, in US dollars, which for `retry` is an estimate; null where that is not known.",
  ),
})

const operation = Type.Object({
  id: Type.String({ format: "uuid" }),
  object: Type.Literal("bulk_operation"),
  action,
  filter,
  created_before: time("The moment at which the jobs matched. Later jobs are never changed."),
  status: Type.Enum(["running", "completed", "aborted", "failed"], { type: "string" }),
  total: count("How many jobs matched at that moment."),
  done: count("How many jobs were changed, or made anew."),
  skipped: count("How many had ended, changed or gone before their turn."),
  failed: count("How many could not be changed."),
  error: nullable(
    Type.Object({ code: Type.String(), message: Type.String() }),
    "Why the operation failed, or the first of the jobs that are counted as `failed`.",
  ),
  created_at: time("When it began."),
  ended_at: nullable(Type.String({ format: "date-time" }), "Null while it is running."),
})

export const bulkSchemas = {
  BulkRequest: request,
  BulkCount: counted,
  BulkOperation: operation,
  BulkList: Type.Object({
    object: Type.Literal("list"),
    data: Type.Array(Type.Unsafe(ref("BulkOperation")), { description: "The newest first." }),
  }),
}

export const bulkRequestExample = { action: "cancel", filter: { provider: "mock", status: "pending" } }

export const bulkCountExample = { object: "bulk_count", ...bulkRequestExample, count: 10_000, cost_usd: null }

export const bulkExample = {
  id: "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
  object: "bulk_operation",
  ...bulkRequestExample,
  created_before: "2026-01-01T12:00:00.000Z",
  status: "running",
  total: 10_000,
  done: 4_500,
  skipped: 12,
  failed: 0,
  error: null,
  created_at: "2026-01-01T12:00:00.000Z",
  ended_at: null,
}
