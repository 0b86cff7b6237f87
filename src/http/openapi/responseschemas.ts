// Responses after they were asked for, as OpenAI writes them. For the API document only: nothing is validated with them.
import Type from "typebox"
import { responseStatuses } from "../responses/responseobject.ts"
import { nullable } from "./schemaparts.ts"

const item = Type.Object(
  { id: Type.String(), type: Type.String({ description: "`message`, `function_call`, …" }) },
  { additionalProperties: true },
)

export const responseSchemas = {
  BackgroundResponse: Type.Object(
    {
      id: Type.String({ pattern: "^resp_[0-9a-f]{32}$", description: "That of its job, without hyphens." }),
      object: Type.Literal("response"),
      created_at: Type.Integer({ description: "When it was accepted, in Unix seconds." }),
      status: Type.Enum([...responseStatuses], { type: "string" }),
      background: Type.Boolean(),
      error: nullable(
        Type.Object({ code: Type.String(), message: Type.String() }),
        "Why it has failed; null: it has not.",
      ),
      incomplete_details: nullable(Type.Object({}), "Why it is incomplete; null: it is not."),
      model: Type.String({
        description: "`provider/model` until the provider has answered, then as the provider says.",
      }),
      output: Type.Array(item, { description: "Empty until it has ended." }),
      previous_response_id: nullable(Type.String(), "The response that it continues."),
      conversation: Type.Optional(
        nullable(Type.Object({ id: Type.String() }), "The conversation that it is a turn of. Absent: it is of none."),
      ),
      usage: nullable(Type.Object({}), "Tokens; null until it has ended."),
    },
    { description: "A response as it stands, with the members of its request." },
  ),
  DeletedResponse: Type.Object({
    id: Type.String(),
    object: Type.Literal("response"),
    deleted: Type.Literal(true),
  }),
  InputItemList: Type.Object({
    object: Type.Literal("list"),
    data: Type.Array(item),
    first_id: nullable(Type.String(), "The `id` of the first; null: there is none."),
    last_id: nullable(Type.String(), "The `id` of the last, which `after` takes for the next page."),
    has_more: Type.Boolean(),
  }),
}
