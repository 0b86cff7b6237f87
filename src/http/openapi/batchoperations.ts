// The operations of the API document on files and batches. See operations.ts.
import type { DocumentDecoration } from "elysia"
import { RESULT_PURPOSE, uploadPurposes } from "../../batches/batch.ts"
import { listHeaderRefs, listParameterRefs } from "./components.ts"
import { ref } from "./schemaparts.ts"

type Responses = NonNullable<DocumentDecoration["responses"]>

const refusal = (status: string) => ({
  description: `The request was refused, with an HTTP status ${status}.`,
  headers: listHeaderRefs("x-request-id"),
  content: { "application/json": { schema: ref("CallError") } },
})
export const refusals: Responses = { "4XX": refusal("4XX"), "5XX": refusal("5XX") }

const name = (of: string) =>
  ({
    name: `${of}_id`,
    in: "path",
    required: true,
    description: `The \`id\` of a ${of}.`,
    schema: { type: "string" },
  }) as const
export const query = (of: string, description: string, schema: object) =>
  ({ name: of, in: "query", description, schema }) as const

const exampleFile = {
  id: "file-019b2c1a7c3e7d609e582f60f5d7c1aa",
  object: "file",
  bytes: 171,
  created_at: 1_796_169_600,
  expires_at: 1_798_761_600,
  filename: "requests.jsonl",
  purpose: "batch",
  status: "processed",
}
const exampleUpload = {
  file: "(the bytes of the file)",
  purpose: "batch",
  "expires_after[anchor]": "created_at",
  "expires_after[seconds]": 2_592_000,
}
const exampleBatch = {
  id: "batch_019b2c1a7c3f7d609e582f60f5d7c1ab",
  object: "batch",
  endpoint: "/v1/chat/completions",
  model: null,
  errors: null,
  input_file_id: exampleFile.id,
  completion_window: "24h",
  status: "completed",
  output_file_id: "file-019b2c1a80017d609e582f60f5d7c1ac",
  error_file_id: null,
  created_at: 1_796_169_600,
  in_progress_at: 1_796_169_600,
  expires_at: 1_796_256_000,
  finalizing_at: 1_796_169_601,
  completed_at: 1_796_169_601,
  failed_at: null,
  expired_at: null,
  cancelling_at: null,
  cancelled_at: null,
  request_counts: { total: 1, completed: 1, failed: 0 },
  usage: {
    input_tokens: 9,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 12,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 21,
  },
  metadata: null,
  cost_usd: 0.0003,
  calls_without_cost: 0,
}

const paging = [
  query("after", "The `id` of the last of the page before.", { type: "string" }),
  query("limit", "How many at most.", { type: "integer", minimum: 1 }),
]

export function answer(schema: string, description: string, example: object): Responses {
  const content = { "application/json": { schema: ref(schema), example } }
  return { 200: { description, headers: listHeaderRefs("x-request-id"), content }, ...refusals }
}

const list = <T extends { id: string }>(each: T) => ({
  object: "list",
  data: [each],
  first_id: each.id,
  last_id: each.id,
  has_more: false,
})

const files = { tags: ["files"] }
const batches = { tags: ["batches"] }
const requestId = listParameterRefs("x-request-id")

export const batchOperations = {
  uploadFile: (): DocumentDecoration => ({
    ...files,
    operationId: "uploadFile",
    summary: "Upload a file",
    description: "The file is on the disk before the response. One of the purpose `batch` is kept for 30 days.",
    parameters: requestId,
    requestBody: {
      required: true,
      content: {
        "multipart/form-data": {
          schema: ref("FileUpload"),
          example: exampleUpload,
          encoding: { file: { contentType: "*/*" } },
        },
      },
    },
    responses: answer("File", "The file.", exampleFile),
  }),

  listFiles: (): DocumentDecoration => ({
    ...files,
    operationId: "listFiles",
    summary: "List your files",
    parameters: [
      query("purpose", "Only those of this purpose.", { type: "string", enum: [...uploadPurposes, RESULT_PURPOSE] }),
      query("order", "By creation.", { type: "string", enum: ["asc", "desc"] }),
      ...paging,
      ...requestId,
    ],
    responses: answer("FileList", "The files, the newest first.", list(exampleFile)),
  }),

  showFile: (): DocumentDecoration => ({
    ...files,
    operationId: "viewFile",
    summary: "View a file",
    parameters: [name("file"), ...requestId],
    responses: answer("File", "The file.", exampleFile),
  }),

  fileContent: (): DocumentDecoration => ({
    ...files,
    operationId: "downloadFile",
    summary: "Download a file",
    parameters: [name("file"), ...requestId],
    responses: {
      200: {
        description: "The bytes as they were uploaded, or as a batch has written them.",
        headers: listHeaderRefs("x-request-id"),
        content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
      },
      ...refusals,
    },
  }),

  deleteFile: (): DocumentDecoration => ({
    ...files,
    operationId: "deleteFile",
    summary: "Delete a file",
    description: "The input of a batch that has not ended is not deleted.",
    parameters: [name("file"), ...requestId],
    responses: answer("DeletedFile", "It is deleted.", { id: exampleFile.id, object: "file", deleted: true }),
  }),

  createBatch: (): DocumentDecoration => ({
    ...batches,
    operationId: "createBatch",
    summary: "Create a batch",
    description:
      "Every line of the file becomes a job, whatever its provider. Lines that cannot be read make the batch fail, and its `errors` name them.",
    parameters: requestId,
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: ref("BatchRequest"),
          example: { input_file_id: exampleFile.id, endpoint: "/v1/chat/completions", completion_window: "24h" },
        },
      },
    },
    responses: answer("Batch", "The batch, on the disk.", exampleBatch),
  }),

  listBatches: (): DocumentDecoration => ({
    ...batches,
    operationId: "listBatches",
    summary: "List your batches",
    parameters: [...paging, ...requestId],
    responses: answer("BatchList", "The batches, the newest first.", list(exampleBatch)),
  }),

  showBatch: (): DocumentDecoration => ({
    ...batches,
    operationId: "viewBatch",
    summary: "View a batch",
    description: "A batch is kept for 30 days after its end.",
    parameters: [name("batch"), ...requestId],
    responses: answer("Batch", "The batch.", exampleBatch),
  }),

  batchResults: (): DocumentDecoration => ({
    ...batches,
    operationId: "viewBatchResults",
    summary: "View the results of a batch",
    description: "The lines of its output file, then those of its error file, in one object, as Bifrost answers it.",
    parameters: [name("batch"), ...requestId],
    responses: answer("BatchResults", "The results.", {
      batch_id: exampleBatch.id,
      results: [
        {
          id: "batch_req_019b2c1a7c407d609e582f60f5d7c1ad",
          custom_id: "one",
          response: { status_code: 200, request_id: "019b2c1a-7c40-7d60-9e58-2f60f5d7c1ae", body: {} },
          error: null,
        },
      ],
      has_more: false,
    }),
  }),

  cancelBatch: (): DocumentDecoration => ({
    ...batches,
    operationId: "cancelBatch",
    summary: "Cancel a batch",
    description: "Jobs that run get ten seconds to end. What is answered until then is in the output file.",
    parameters: [name("batch"), ...requestId],
    responses: answer("Batch", "The batch, `cancelling` or `cancelled`.", exampleBatch),
  }),
}
