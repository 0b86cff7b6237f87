// The schemas of what was used by day. For the API document only.
import Type, { type TSchema } from "typebox"
import { owner } from "./jobschemas.ts"
import { nullable, time } from "./schemaparts.ts"

const spent = (what: string, limit: TSchema) =>
  nullable(Type.Object({ limit, used: limit, resets_at: time("When the period ends.") }), `${what}; null: no limit.`)

export const usageReport = Type.Object({
  object: Type.Literal("list"),
  data: Type.Array(
    Type.Object(
      {
        day: Type.Optional(Type.String({ format: "date" })),
        provider: Type.Optional(Type.String()),
        model: Type.Optional(Type.String()),
        type: Type.Optional(Type.String()),
        owner: Type.Optional(owner),
        key_name: Type.Optional(nullable(Type.String(), "Null: no key.")),
        calls: Type.Integer({ description: "How many attempts have ended." }),
        input_tokens: Type.Integer(),
        output_tokens: Type.Integer(),
        total_tokens: Type.Integer(),
        cost_usd: Type.Number({ description: "Of the calls whose cost is known." }),
        calls_without_cost: Type.Integer({
          description: "For how many something may have been billed that is not known.",
        }),
      },
      { description: "The members that `by` names, and the sums." },
    ),
  ),
  budgets: Type.Array(
    Type.Object({
      virtual_key: Type.Object({ id: Type.String(), name: Type.String() }),
      period: Type.Enum(["day", "month"], { type: "string" }),
      tokens: spent("Input and output tokens together", Type.Integer()),
      cost_usd: spent("US dollars", Type.Number()),
    }),
    { description: "Of the virtual keys whose jobs the caller sees." },
  ),
})
