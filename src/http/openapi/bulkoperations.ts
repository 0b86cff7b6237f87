// The operations of the API document that change many jobs at once.
import type { DocumentDecoration } from "elysia"
import { bulkCountExample, bulkExample, bulkRequestExample } from "./bulkschemas.ts"
import { listHeaderRefs, listParameterRefs } from "./components.ts"
import { refusalRefs } from "./refusals.ts"
import { ref } from "./schemaparts.ts"

const tags = ["bulk"]

const bulkId = {
  name: "bulk_id",
  in: "path",
  required: true,
  description: "The `id` of the operation.",
  schema: { type: "string", format: "uuid" },
} as const

function describeOne(description: string): NonNullable<DocumentDecoration["responses"]>[string] {
  return {
    description,
    headers: listHeaderRefs("x-request-id"),
    content: { "application/json": { schema: ref("BulkOperation"), example: bulkExample } },
  }
}

export const bulkOperations = {
  startBulk: (): DocumentDecoration => ({
    operationId: "startBulkOperation",
    tags,
    summary: "Cancel, delete or retry all jobs that match a filter",
    description:
      "Changes exactly the jobs that a list with this filter shows at the moment of the request: none that is accepted later, and none that begins to match later. A job that has ended, changed or gone before its turn, so that it does not match any more, is skipped. A retry goes through all checks and limits of a submit, waits where one of them passes, and never retries a job twice. With `count_only` the jobs are only counted. The operation goes on after the response; a restart of the gateway ends it, and what it has done stays done.",
    parameters: listParameterRefs("x-request-id"),
    requestBody: {
      required: true,
      content: { "application/json": { schema: ref("BulkRequest"), example: bulkRequestExample } },
    },
    responses: {
      200: {
        description: "With `count_only`: how many jobs match.",
        headers: listHeaderRefs("x-request-id"),
        content: { "application/json": { schema: ref("BulkCount"), example: bulkCountExample } },
      },
      202: describeOne("The operation has begun."),
      ...refusalRefs.startBulk,
    },
  }),

  listBulk: (): DocumentDecoration => ({
    operationId: "listBulkOperations",
    tags,
    summary: "List your bulk operations",
    description: "The operations of the key that is sent, or with the admin token those of all callers.",
    parameters: listParameterRefs("x-request-id"),
    responses: {
      200: {
        description: "The last 100 since the start of the gateway.",
        headers: listHeaderRefs("x-request-id"),
        content: {
          "application/json": { schema: ref("BulkList"), example: { object: "list", data: [bulkExample] } },
        },
      },
      ...refusalRefs.listBulk,
    },
  }),

  showBulk: (): DocumentDecoration => ({
    operationId: "showBulkOperation",
    tags,
    summary: "Follow a bulk operation",
    parameters: [bulkId, ...listParameterRefs("x-request-id")],
    responses: { 200: describeOne("How far it has come."), ...refusalRefs.showBulk },
  }),

  abortBulk: (): DocumentDecoration => ({
    operationId: "abortBulkOperation",
    tags,
    summary: "Abort a bulk operation",
    description: "No further job is changed. One that has ended does not change.",
    parameters: [bulkId, ...listParameterRefs("x-request-id")],
    responses: { 200: describeOne("The operation, with what it has done."), ...refusalRefs.showBulk },
  }),
}
