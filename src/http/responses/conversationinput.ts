// A request that is a turn of a conversation of this gateway: it is stored with the items of the conversation before its own. What it adds
// is stored with the end of its job: see engine/threads/turnwriter.ts.
import { IN_CONVERSATION } from "../../endpoints/backgroundoptions.ts"
import { readItemType } from "../../endpoints/translate/items.ts"
import { GatewayError } from "../../errors.ts"
import { parseExact } from "../../exactjson.ts"
import type { StoredConversation, StoredItem } from "../../jobs/conversation.ts"
import type { Reads } from "../../jobs/reads.ts"
import { asRecord } from "../../values.ts"
import { checkOwned } from "../files/fileowner.ts"
import type { Received } from "../intake/received.ts"
import { type ContinueOptions, type Fields, maySendThoughts, putHistory, refuseTooLong } from "./historyinput.ts"

const PARAM = "conversation"
/** How many items are read at once. */
const READ_ITEMS = 100
/** Each becomes a row, and those of a turn are stored in one commit. */
const TURN_ITEMS_MAX = 1000

/**
 * The body with the whole conversation as its input.
 * @param id of a conversation of this gateway
 * @param isTurn whether the request and its answer are added to it
 * @throws {GatewayError} conversation_not_found, invalid_request, request_too_large
 */
export async function joinConversation(
  body: Received,
  id: string,
  request: Request,
  options: ContinueOptions,
  isTurn: boolean,
): Promise<Received> {
  let turn: Received["conversation"]
  const read = async (asked: Fields, growTo: (bytes: number) => void) => {
    if ((asked["previous_response_id"] ?? null) !== null) {
      throw refuse("conversation cannot be sent together with previous_response_id: send one of them", PARAM)
    }
    const given = asked["input"]
    if (Array.isArray(given) && given.length > TURN_ITEMS_MAX) {
      throw refuse(`a turn of a conversation has at most ${TURN_ITEMS_MAX} items`, "input")
    }
    const { number } = await findConversation(request, id, options, PARAM)
    const items = (await readItems(number, growTo, options)).filter((item) => isFor(item, asked))
    turn = { number, from: items.length }
    const byId = new Map(items.map((item) => [item.id, item.item]))
    return { items: items.map(({ item }) => item), find: (wanted: unknown) => byId.get(wanted as string) }
  }
  const joined = await putHistory(body, { param: PARAM, id, marker: IN_CONVERSATION }, read, options)
  return turn === undefined || !isTurn ? joined : Object.assign(joined, { conversation: turn })
}

/**
 * The conversation that the caller may see.
 * @param param where the caller has named it
 * @throws {GatewayError} conversation_not_found
 */
export async function findConversation(
  request: Request,
  id: string,
  options: Parameters<typeof checkOwned>[3] & { reads: Pick<Reads, "conversation"> },
  param = "id",
): Promise<StoredConversation> {
  const found = await options.reads.conversation(id, options.clock.now())
  return checkOwned(found, { kind: "conversation", id, param }, request, options)
}

type ParsedItem = Omit<StoredItem, "item"> & { item: Fields }

/** All items, as far as a request has room for them. */
async function readItems(
  number: number,
  growTo: (bytes: number) => void,
  { reads, bodyBytesMax }: ContinueOptions,
): Promise<ParsedItem[]> {
  const items: ParsedItem[] = []
  let chars = 0
  for (;;) {
    const after = items.at(-1)?.place ?? null
    const page = await reads.conversationItems({ conversation: number, order: "asc", after, limit: READ_ITEMS })
    chars += page.reduce((sum, { item }) => sum + item.length, 0)
    if (chars > bodyBytesMax) throw refuseTooLong(PARAM, bodyBytesMax)
    growTo(chars)
    items.push(...page.map((each) => ({ ...each, item: asRecord(parseExact(each.item)) })))
    if (page.length < READ_ITEMS) return items
  }
}

function isFor({ item, provider }: ParsedItem, asked: Fields): boolean {
  return readItemType(item) !== "reasoning" || maySendThoughts(asked, provider)
}

function refuse(message: string, param: string): GatewayError {
  return new GatewayError("invalid_request", message, { param })
}
