// Files and batches as JSON Schema, as OpenAI writes them. For the API document only: nothing is validated with them.
import Type from "typebox"
import { batchStatuses, IMMEDIATE, RESULT_PURPOSE, uploadPurposes } from "../../batches/batch.ts"
import { file } from "../../endpoints/description.ts"
import { batchUrls } from "../batches/createbatch.ts"
import { nullable, ref } from "./schemaparts.ts"

const seconds = (description: string) => Type.Integer({ description: `${description} Unix seconds.` })
const page = (name: string) => ({
  object: Type.Literal("list"),
  data: Type.Array(Type.Unsafe(ref(name))),
  first_id: nullable(Type.String(), "The `id` of the first; null: there is none."),
  last_id: nullable(Type.String(), "The `id` of the last, which `after` takes for the next page."),
  has_more: Type.Boolean(),
})
const when = (name: string) => nullable(Type.Integer(), `When it was ${name}, in Unix seconds.`)
const expiry = {
  anchor: Type.Literal("created_at"),
  seconds: Type.Integer({ minimum: 3600, maximum: 2_592_000 }),
}

export const batchSchemas = {
  File: Type.Object({
    id: Type.String(),
    object: Type.Literal("file"),
    bytes: Type.Integer(),
    created_at: seconds("When it was stored."),
    expires_at: Type.Optional(seconds("When it will be deleted; absent: it is kept.")),
    filename: Type.String(),
    purpose: Type.Enum([...uploadPurposes, RESULT_PURPOSE], { type: "string" }),
    status: Type.Literal("processed"),
  }),
  FileUpload: Type.Object(
    {
      file: file("One file; for a batch its name ends with `.jsonl`."),
      purpose: Type.Enum([...uploadPurposes], { type: "string", description: "Only `batch` is used here." }),
      "expires_after[anchor]": Type.Optional(expiry.anchor),
      "expires_after[seconds]": Type.Optional(expiry.seconds),
    },
    {
      additionalProperties: false,
      dependentRequired: {
        "expires_after[anchor]": ["expires_after[seconds]"],
        "expires_after[seconds]": ["expires_after[anchor]"],
      },
    },
  ),
  FileList: Type.Object(page("File")),
  DeletedFile: Type.Object({ id: Type.String(), object: Type.Literal("file"), deleted: Type.Literal(true) }),
  BatchRequest: Type.Object(
    {
      input_file_id: Type.String({ description: "A file with the purpose `batch`: one request in each line." }),
      endpoint: Type.Enum([...batchUrls], { type: "string", description: "The path of the requests." }),
      completion_window: Type.String({
        pattern: `^(${IMMEDIATE}|(0{0,2}[1-9]|0?[1-9]\\d|1[0-5]\\d|16[0-8])h)$`,
        description: "`24h`, `1h` to `168h`, or `immediate`: at the usual priority.",
      }),
      metadata: Type.Optional(
        nullable(
          Type.Record(Type.String(), Type.String({ maxLength: 512 }), {
            maxProperties: 16,
            propertyNames: { maxLength: 64 },
          }),
          "The batch has it too.",
        ),
      ),
      output_expires_after: Type.Optional(
        nullable(Type.Object(expiry), "How long its results are kept after their creation; 30 days by default."),
      ),
    },
    { additionalProperties: false },
  ),
  Batch: Type.Object({
    id: Type.String(),
    object: Type.Literal("batch"),
    endpoint: Type.String(),
    model: Type.Null({ description: "Each line names its own." }),
    errors: nullable(
      Type.Object({
        object: Type.Literal("list"),
        data: Type.Array(
          Type.Object({
            code: Type.String(),
            message: Type.String(),
            param: nullable(Type.String(), "The member at fault."),
            line: nullable(Type.Integer(), "Counted from 1; null: the whole file."),
          }),
        ),
      }),
      "Why it has failed: what is wrong with the first lines that are wrong.",
    ),
    input_file_id: Type.String(),
    completion_window: Type.String(),
    status: Type.Enum([...batchStatuses], { type: "string" }),
    output_file_id: nullable(Type.String(), "The answers; null: there are none, or they are not written yet."),
    error_file_id: nullable(Type.String(), "The requests that were not answered with a 2xx."),
    created_at: seconds("When it was stored."),
    in_progress_at: when("begun"),
    expires_at: seconds("Until when its requests may go out."),
    finalizing_at: when("run to its end"),
    completed_at: when("completed"),
    failed_at: when("refused"),
    expired_at: when("expired"),
    cancelling_at: when("asked to be cancelled"),
    cancelled_at: when("cancelled"),
    request_counts: Type.Object({ total: Type.Integer(), completed: Type.Integer(), failed: Type.Integer() }),
    usage: Type.Object({
      input_tokens: Type.Integer(),
      input_tokens_details: Type.Object({ cached_tokens: Type.Integer() }),
      output_tokens: Type.Integer(),
      output_tokens_details: Type.Object({ reasoning_tokens: Type.Integer() }),
      total_tokens: Type.Integer(),
    }),
    metadata: nullable(Type.Record(Type.String(), Type.String()), "As it was sent."),
    cost_usd: nullable(
      Type.Number(),
      "Of this gateway: what the calls of its jobs have cost so far in US dollars, those that were repeated included. Only calls whose cost is known; null: it is known of none.",
    ),
    calls_without_cost: Type.Integer({
      description: "Of this gateway: its calls that may have been billed, and whose cost is not known.",
    }),
    waits_for: Type.Optional(
      Type.String({ description: "Of this gateway: what holds the next line up at the moment, in words." }),
    ),
  }),
  BatchList: Type.Object(page("Batch")),
  BatchResults: Type.Object({
    batch_id: Type.String(),
    results: Type.Array(
      Type.Object({
        id: Type.String(),
        custom_id: Type.String(),
        response: nullable(
          Type.Object({
            status_code: Type.Integer(),
            request_id: Type.String(),
            body: Type.Unknown({ description: "The answer, or `{error}`." }),
          }),
          "Null: the request was not run.",
        ),
        error: nullable(
          Type.Object({
            code: Type.Enum(["batch_expired", "batch_cancelled", "job_deleted"], { type: "string" }),
            message: Type.String(),
          }),
          "Why it was not run.",
        ),
      }),
    ),
    has_more: Type.Literal(false),
  }),
}
