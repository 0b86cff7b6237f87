// Conversations and their items, as OpenAI writes them. For the API document only: nothing is validated with them.
import Type from "typebox"
import { nullable, ref } from "./schemaparts.ts"

const metadata = Type.Record(Type.String(), Type.String({ maxLength: 512 }), {
  maxProperties: 16,
  propertyNames: { maxLength: 64 },
})
const itemId = Type.Optional(nullable(Type.String(), "Its id. Another one is made where there is none."))
const newItem = Type.Union([
  Type.Object(
    {
      type: Type.Optional(nullable(Type.Literal("message"), "May be left out.")),
      id: itemId,
      role: Type.String({ description: "`user`, `assistant`, `system`, `developer`." }),
      content: Type.Union([Type.String(), Type.Array(Type.Unknown())], { description: "A text, or parts." }),
    },
    { additionalProperties: true },
  ),
  Type.Object(
    {
      type: Type.String({
        not: { enum: ["message", "item_reference"] },
        description: "`function_call`, `function_call_output`, `reasoning`, …",
      }),
      id: itemId,
    },
    { additionalProperties: true },
  ),
])

export const conversationSchemas = {
  ConversationRequest: Type.Object(
    {
      items: Type.Optional(nullable(Type.Array(newItem, { maxItems: 20 }), "What it begins with.")),
      metadata: Type.Optional(nullable(metadata, "Whatever the caller wants to know of it.")),
    },
    { additionalProperties: false },
  ),
  ConversationChange: Type.Object(
    { metadata: nullable(metadata, "In the place of what it has.") },
    { additionalProperties: false },
  ),
  Conversation: Type.Object({
    id: Type.String({ pattern: "^conv_[0-9a-f]{32}$" }),
    object: Type.Literal("conversation"),
    created_at: Type.Integer({ description: "Unix seconds." }),
    metadata: Type.Record(Type.String(), Type.String(), { description: "As it was sent." }),
  }),
  DeletedConversation: Type.Object({
    id: Type.String(),
    object: Type.Literal("conversation.deleted"),
    deleted: Type.Literal(true),
  }),
  DeletedConversations: Type.Object({
    object: Type.Literal("list"),
    deleted: Type.Integer({ description: "How many conversations were deleted." }),
  }),
  ConversationItem: Type.Object(
    {
      id: Type.String({ description: "As it came, or made where it had none or one that another item has." }),
      type: Type.String({ description: "`message`, `function_call`, …" }),
    },
    { additionalProperties: true, description: "An item with all members that it came with." },
  ),
  NewConversationItems: Type.Object(
    {
      items: Type.Array(newItem, { minItems: 1, maxItems: 20, description: "Are added behind those that are there." }),
    },
    { additionalProperties: false },
  ),
  ConversationItemList: Type.Object({
    object: Type.Literal("list"),
    data: Type.Array(Type.Unsafe(ref("ConversationItem"))),
    first_id: nullable(Type.String(), "The `id` of the first; null: there is none."),
    last_id: nullable(Type.String(), "The `id` of the last, which `after` takes for the next page."),
    has_more: Type.Boolean(),
  }),
}
