// The operations of the API document on conversations. See operations.ts.
import type { DocumentDecoration } from "elysia"
import { answer, query } from "./batchoperations.ts"
import { listParameterRefs } from "./components.ts"
import { ref } from "./schemaparts.ts"

const exampleConversation = {
  id: "conv_019b2c1a7c3e7d609e582f60f5d7c1aa",
  object: "conversation",
  created_at: 1_796_169_600,
  metadata: { topic: "demo" },
}
const exampleItem = {
  id: "msg_019b2c1a7c3e7d609e582f60f5d7c1aa_0",
  type: "message",
  role: "user",
  status: "completed",
  content: [{ type: "input_text", text: "Hello" }],
}
const exampleList = {
  object: "list",
  data: [exampleItem],
  first_id: exampleItem.id,
  last_id: exampleItem.id,
  has_more: false,
}
const newItems = [{ role: "user", content: "Hello" }]

const conversations = { tags: ["conversations"] }
const requestId = listParameterRefs("x-request-id")
const inPath = (name: string, description: string) =>
  ({ name, in: "path", required: true, description, schema: { type: "string" } }) as const
const conversationId = inPath("conversation_id", "The `id` of a conversation.")
const itemId = inPath("item_id", "The `id` of an item of it.")

function body(schema: string, example: object, required = true): NonNullable<DocumentDecoration["requestBody"]> {
  return { required, content: { "application/json": { schema: ref(schema), example } } }
}

export const conversationOperations = {
  createConversation: (): DocumentDecoration => ({
    ...conversations,
    operationId: "createConversation",
    summary: "Create a conversation",
    description:
      "It is kept for `client.stored_response_ttl` (30 days) after its last turn or change. A request for a response names it as `conversation`.",
    parameters: requestId,
    requestBody: body("ConversationRequest", { items: newItems, metadata: exampleConversation.metadata }, false),
    responses: answer("Conversation", "The conversation, on the disk.", exampleConversation),
  }),

  deleteConversations: (): DocumentDecoration => ({
    ...conversations,
    operationId: "deleteConversations",
    summary: "Delete all conversations of the caller",
    description:
      "With their items. Of the admin, and of the only user of the gateway, all that there are. OpenAI has no such operation.",
    parameters: requestId,
    responses: answer("DeletedConversations", "They are deleted.", { object: "list", deleted: 3 }),
  }),

  showConversation: (): DocumentDecoration => ({
    ...conversations,
    operationId: "viewConversation",
    summary: "View a conversation",
    parameters: [conversationId, ...requestId],
    responses: answer("Conversation", "The conversation.", exampleConversation),
  }),

  changeConversation: (): DocumentDecoration => ({
    ...conversations,
    operationId: "changeConversation",
    summary: "Change the metadata of a conversation",
    parameters: [conversationId, ...requestId],
    requestBody: body("ConversationChange", { metadata: exampleConversation.metadata }),
    responses: answer("Conversation", "The conversation.", exampleConversation),
  }),

  deleteConversation: (): DocumentDecoration => ({
    ...conversations,
    operationId: "deleteConversation",
    summary: "Delete a conversation",
    description: "With its items. Responses that were turns of it stay.",
    parameters: [conversationId, ...requestId],
    responses: answer("DeletedConversation", "It is deleted.", {
      id: exampleConversation.id,
      object: "conversation.deleted",
      deleted: true,
    }),
  }),

  addItems: (): DocumentDecoration => ({
    ...conversations,
    operationId: "addConversationItems",
    summary: "Add items to a conversation",
    parameters: [conversationId, ...requestId],
    requestBody: body("NewConversationItems", { items: newItems }),
    responses: answer("ConversationItemList", "What was added.", exampleList),
  }),

  listItems: (): DocumentDecoration => ({
    ...conversations,
    operationId: "listConversationItems",
    summary: "List the items of a conversation",
    parameters: [
      conversationId,
      query("order", "The newest first, where it is not given.", { type: "string", enum: ["asc", "desc"] }),
      query("after", "The `id` of the last item of the page before.", { type: "string" }),
      query("limit", "How many at most; 20 where it is not given.", { type: "integer", minimum: 1, maximum: 100 }),
      ...requestId,
    ],
    responses: answer("ConversationItemList", "The items.", exampleList),
  }),

  showItem: (): DocumentDecoration => ({
    ...conversations,
    operationId: "viewConversationItem",
    summary: "View an item of a conversation",
    parameters: [conversationId, itemId, ...requestId],
    responses: answer("ConversationItem", "The item.", exampleItem),
  }),

  deleteItem: (): DocumentDecoration => ({
    ...conversations,
    operationId: "deleteConversationItem",
    summary: "Delete an item of a conversation",
    parameters: [conversationId, itemId, ...requestId],
    responses: answer("Conversation", "The conversation without it.", exampleConversation),
  }),
}
