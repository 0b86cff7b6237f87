// Adds, lists, shows and deletes the items of a conversation, as OpenAI's clients ask for them. `include` names what is always there.
// https://platform.openai.com/docs/api-reference/conversations/list-items
import { completeItem } from "../../endpoints/conversationitems.ts"
import { GatewayError, quoted } from "../../errors.ts"
import { parseExact } from "../../exactjson.ts"
import type { StoredItem } from "../../jobs/conversation.ts"
import { asRecord } from "../../values.ts"
import { readOrder, readPageLimit, writePage } from "../files/fileobject.ts"
import { refuseUnknown } from "../files/fileowner.ts"
import { answerHeaders } from "../files/files.ts"
import { decodePart } from "../prefixes.ts"
import { json } from "../reply.ts"
import { findConversation } from "../responses/conversationinput.ts"
import { type ConversationOptions, readMembers, readNewItems } from "./conversationbody.ts"
import { answer } from "./conversations.ts"

const PAGE = { usual: 20, max: 100 }

/** POST …/items: answers with what was made. @throws {GatewayError} conversation_not_found, invalid_request, … */
export async function addItems(request: Request, id: string, options: ConversationOptions): Promise<Response> {
  const { number } = await findConversation(request, id, options)
  const fields = await readMembers(request, ["items"], options)
  const items = readNewItems(fields["items"], options.newJobId(options.clock.now()), 1)
  const ids = await options.engine.store({ kind: "addItems", number, items })
  if (ids === null) throw refuseUnknown({ kind: "conversation", id })
  const made = items.map((item, at) => ({ ...item, id: ids[at] ?? item.id }))
  return json(writePage(made, made.length, show), answerHeaders(request))
}

/** GET …/items @throws {GatewayError} conversation_not_found, invalid_request */
export async function listItems(request: Request, id: string, options: ConversationOptions): Promise<Response> {
  const given = new URL(request.url).searchParams
  const limit = readPageLimit(given, PAGE)
  const order = readOrder(given)
  const { number: conversation } = await findConversation(request, id, options)
  const last = given.get("after")
  const after = last === null ? null : ((await options.reads.conversationItem(conversation, last))?.place ?? null)
  if (last !== null && after === null) {
    throw new GatewayError("invalid_request", `the conversation has no item ${quoted(last)}`, { param: "after" })
  }
  const found = await options.reads.conversationItems({ conversation, order, after, limit: limit + 1 })
  return json(writePage(found, limit, show), answerHeaders(request))
}

/** GET …/items/{item_id} @throws {GatewayError} conversation_not_found, conversation_item_not_found */
export async function showItem(request: Request, id: string, options: ConversationOptions): Promise<Response> {
  const { number } = await findConversation(request, id, options)
  const itemId = readItemId(request)
  const item = await options.reads.conversationItem(number, itemId)
  if (item === null) throw refuseItem(itemId)
  return json(show(item), answerHeaders(request))
}

/** DELETE …/items/{item_id}: answers with the conversation. @throws {GatewayError} conversation_not_found, conversation_item_not_found */
export async function deleteItem(request: Request, id: string, options: ConversationOptions): Promise<Response> {
  const found = await findConversation(request, id, options)
  const itemId = readItemId(request)
  const wasThere = await options.engine.store({ kind: "removeItem", number: found.number, id: itemId })
  if (!wasThere) throw refuseItem(itemId)
  return answer(found, request)
}

/** The last part of the path. */
function readItemId(request: Request): string {
  return decodePart(new URL(request.url).pathname.replace(/\/$/, "").split("/").at(-1) ?? "")
}

function show({ id, item }: Pick<StoredItem, "id" | "item">) {
  return completeItem(asRecord(parseExact(item)), id)
}

function refuseItem(id: string): GatewayError {
  return new GatewayError("conversation_item_not_found", `Item with id ${quoted(id)} not found.`, { param: "item_id" })
}
