// The operations of the API document on responses after they were asked for. See operations.ts.
import type { DocumentDecoration } from "elysia"
import { answer, query, refusals } from "./batchoperations.ts"
import { listHeaderRefs, listParameterRefs } from "./components.ts"
import { ref } from "./schemaparts.ts"

const exampleResponse = {
  id: "resp_019b2c1a7c3e7d609e582f60f5d7c1aa",
  object: "response",
  created_at: 1_796_169_600,
  status: "completed",
  background: true,
  error: null,
  incomplete_details: null,
  model: "echo",
  output: [
    {
      id: "msg_019b2c1a7c3e7d609e582f60f5d7c1aa",
      type: "message",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text: "Hello", annotations: [] }],
    },
  ],
  previous_response_id: null,
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
}
const exampleItem = {
  id: "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_0",
  type: "message",
  status: "completed",
  role: "user",
  content: [{ type: "input_text", text: "Hello" }],
}

const responses = { tags: ["responses in the background"] }
const requestId = listParameterRefs("x-request-id")
const id = {
  name: "response_id",
  in: "path",
  required: true,
  description: "The `id` of a response: `resp_` and the id of its job without hyphens.",
  schema: { type: "string" },
} as const

export const responseOperations = {
  retrieveResponse: (): DocumentDecoration => ({
    ...responses,
    operationId: "retrieveResponse",
    summary: "Retrieve a response",
    description:
      "As it stands. With `stream=true` its events follow until its end, from the first or after the one that `starting_after` names, as long as it is kept. A synchronous call's response is found by the id of its job, from the header `x-job-id`.",
    parameters: [
      id,
      query("stream", "Whether its events are sent.", { type: "string", enum: ["true", "false"] }),
      query("starting_after", "The `sequence_number` of the last event that the reader has; only for a stream.", {
        type: "integer",
        minimum: 0,
        maximum: 999_999_999,
      }),
      ...requestId,
    ],
    responses: {
      200: {
        description: "The response, or its events.",
        headers: listHeaderRefs("x-request-id"),
        content: {
          "application/json": { schema: ref("BackgroundResponse"), example: exampleResponse },
          "text/event-stream": { schema: { type: "string" } },
        },
      },
      ...refusals,
    },
  }),

  inputItems: (): DocumentDecoration => ({
    ...responses,
    operationId: "listInputItems",
    summary: "List the input of a response",
    description: "Of one that continues another, all that came before is its input too.",
    parameters: [
      id,
      query("order", "The newest first, where it is not given.", { type: "string", enum: ["asc", "desc"] }),
      query("after", "The `id` of the last item of the page before.", { type: "string" }),
      query("limit", "How many at most; 20 where it is not given.", { type: "integer", minimum: 1, maximum: 100 }),
      ...requestId,
    ],
    responses: answer("InputItemList", "The items.", {
      object: "list",
      data: [exampleItem],
      first_id: exampleItem.id,
      last_id: exampleItem.id,
      has_more: false,
    }),
  }),

  cancelResponse: (): DocumentDecoration => ({
    ...responses,
    operationId: "cancelResponse",
    summary: "Cancel a response",
    description: "Only one that was asked for with `background: true`. One that has ended does not change.",
    parameters: [id, ...requestId],
    responses: answer("BackgroundResponse", "The response, `cancelled` or as it had ended before.", {
      ...exampleResponse,
      status: "cancelled",
      output: [],
      usage: null,
    }),
  }),

  deleteResponse: (): DocumentDecoration => ({
    ...responses,
    operationId: "deleteResponse",
    summary: "Delete a response",
    description: "One that has not ended is cancelled.",
    parameters: [id, ...requestId],
    responses: answer("DeletedResponse", "It is deleted.", {
      id: exampleResponse.id,
      object: "response",
      deleted: true,
    }),
  }),
}
