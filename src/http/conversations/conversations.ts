// Creates, shows, changes and deletes conversations, as OpenAI's clients ask for them: https://platform.openai.com/docs/api-reference/conversations
import { makeConversationId } from "../../endpoints/conversationid.ts"
import { GatewayError } from "../../errors.ts"
import type { NewConversation } from "../../jobs/conversation.ts"
import { toSeconds } from "../files/fileobject.ts"
import { nameMaker, refuseUnknown } from "../files/fileowner.ts"
import { answerHeaders } from "../files/files.ts"
import { json } from "../reply.ts"
import { readMetadata } from "../request/metadata.ts"
import { listOwners } from "../request/owners.ts"
import { findConversation } from "../responses/conversationinput.ts"
import { type ConversationOptions, readMembers, readNewItems } from "./conversationbody.ts"

/** How many conversations one commit makes expire. */
const EXPIRED_AT_ONCE = 500
/** How many of their rows one commit deletes: an item can be long. */
const ROWS_AT_ONCE = 50

/** POST …/conversations @throws {GatewayError} invalid_request, … */
export async function createConversation(request: Request, _: string, options: ConversationOptions): Promise<Response> {
  const owner = nameMaker(request, options)
  const fields = await readMembers(request, ["items", "metadata"], options)
  const metadata = readMetadata(fields["metadata"])
  const createdAt = options.clock.now()
  const unique = options.newJobId(createdAt)
  const items = fields["items"] == null ? [] : readNewItems(fields["items"], unique, 0)
  const conversation: NewConversation = { id: makeConversationId(unique), owner, metadata, createdAt }
  await options.engine.store({ kind: "createConversation", conversation, items })
  return answer(conversation, request)
}

/** GET …/conversations/{id} @throws {GatewayError} conversation_not_found */
export async function showConversation(request: Request, id: string, options: ConversationOptions): Promise<Response> {
  return answer(await findConversation(request, id, options), request)
}

/** POST …/conversations/{id}: its metadata. @throws {GatewayError} conversation_not_found, invalid_request, … */
export async function changeConversation(
  request: Request,
  id: string,
  options: ConversationOptions,
): Promise<Response> {
  const found = await findConversation(request, id, options)
  const fields = await readMembers(request, ["metadata"], options)
  if (fields["metadata"] === undefined) {
    throw new GatewayError("missing_required_parameter", "Missing required parameter: 'metadata'.", {
      param: "metadata",
    })
  }
  const metadata = readMetadata(fields["metadata"])
  const isThere = await options.engine.store({ kind: "changeConversation", number: found.number, metadata })
  if (!isThere) throw refuseUnknown({ kind: "conversation", id })
  return answer({ ...found, metadata }, request)
}

/** DELETE …/conversations/{id}: with its items. Responses that were its turns stay. @throws {GatewayError} conversation_not_found */
export async function deleteConversation(
  request: Request,
  id: string,
  options: ConversationOptions,
): Promise<Response> {
  const { number } = await findConversation(request, id, options)
  const wasThere = await options.engine.store({ kind: "removeConversation", number })
  if (!wasThere) throw refuseUnknown({ kind: "conversation", id })
  return json({ id, object: "conversation.deleted", deleted: true }, answerHeaders(request))
}

/**
 * DELETE …/conversations: all of the caller's; for the admin, and for the only user of the gateway, all that there are. OpenAI has no such
 * route. @throws {GatewayError} invalid_request, and as `listOwners`
 */
export async function deleteConversations(
  request: Request,
  _: string,
  options: ConversationOptions,
): Promise<Response> {
  const owners = listOwners(request, options)
  if (request.body !== null || new URL(request.url).search !== "") {
    const message = "this request deletes all conversations: it takes no body and no query parameters"
    throw new GatewayError("invalid_request", message)
  }
  const release = options.keepOpen(request)
  try {
    const deleted = await deleteAll(owners, options)
    return json({ object: "list", deleted }, answerHeaders(request))
  } finally {
    release()
  }
}

/** Returns how many there were. What is made meanwhile stays. */
async function deleteAll(
  owners: readonly string[] | null,
  { engine, newJobId, clock }: ConversationOptions,
): Promise<number> {
  const before = newJobId(clock.now())
  let deleted = 0
  for (let next = 0; ; ) {
    const bounds = { before, after: next, limit: EXPIRED_AT_ONCE }
    const { count, last } = await engine.store<"expireConversations">({
      kind: "expireConversations",
      owners,
      ...bounds,
    })
    deleted += count
    if (last === null) break
    next = last
  }
  // Nobody sees them any more. The reaper would delete them too, but the caller wants them off the disk.
  const prune = () => engine.store<"pruneConversations">({ kind: "pruneConversations", limit: ROWS_AT_ONCE })
  while ((await prune()) === ROWS_AT_ONCE);
  return deleted
}

/** The conversation as OpenAI writes it, in Unix seconds. */
export function answer({ id, createdAt, metadata }: NewConversation, request: Request): Response {
  const shown = { id, object: "conversation", created_at: toSeconds(createdAt), metadata: JSON.parse(metadata ?? "{}") }
  return json(shown, answerHeaders(request))
}
