// Reads the bodies of requests about conversations: their members, and items that are to be added.
import type { NewItem } from "../../call.ts"
import { chooseItemId } from "../../endpoints/conversationitems.ts"
import { readItemType } from "../../endpoints/translate/items.ts"
import { cut, GatewayError, quoted } from "../../errors.ts"
import { parseExact } from "../../exactjson.ts"
import type { Reads } from "../../jobs/reads.ts"
import { asRecord, isRecord } from "../../values.ts"
import type { EngineClient } from "../engineclient.ts"
import { readBody } from "../request/body.ts"
import type { BodyOptions } from "../request/bodylimits.ts"
import type { ListerOptions } from "../request/owners.ts"

export interface ConversationOptions extends ListerOptions, Omit<BodyOptions, "engine"> {
  engine: Pick<EngineClient, "store"> & BodyOptions["engine"]
  reads: Reads
  newJobId: (now: number) => string
  /** Keeps the connection of a request open, however long nothing is sent on it, until the returned function is called. */
  keepOpen(request: Request): () => void
}

/** https://platform.openai.com/docs/api-reference/conversations/create-items */
const ITEMS_MAX = 20
/** Such a body is parsed at once: see request/body.ts. */
const BODY_BYTES_MAX = 1024 * 1024

/**
 * The members of the body. One that is empty has none: OpenAI's clients send it so.
 * @param known those that there can be
 * @throws {GatewayError} invalid_request, request_too_large, …
 */
export async function readMembers(
  request: Request,
  known: readonly string[],
  options: ConversationOptions,
): Promise<Record<string, unknown>> {
  if (request.body === null || request.headers.get("content-length") === "0") return {}
  const bodyBytesMax = Math.min(options.bodyBytesMax, BODY_BYTES_MAX)
  const body = await readBody(request, "", ["json"], { ...options, bodyBytesMax }).catch((error: unknown) => {
    if (!(error instanceof GatewayError) || error.code !== "request_too_large") throw error
    throw new GatewayError(
      "request_too_large",
      `the body is larger than ${bodyBytesMax} bytes: send fewer items at once`,
    )
  })
  // As it came, with all digits of its numbers.
  const fields = asRecord(parseExact(body.text ?? ""))
  const unknown = Object.keys(fields).find((name) => !known.includes(name))
  if (unknown === undefined) return fields
  throw invalid(cut(unknown), `unknown member ${quoted(unknown)}; supported: ${known.join(", ")}`)
}

/**
 * @param unique an id that no job has, for the ids of items that have none
 * @throws {GatewayError} invalid_request
 */
export function readNewItems(given: unknown, unique: string, least: number): NewItem[] {
  if (!Array.isArray(given) || given.length < least || given.length > ITEMS_MAX) {
    throw invalid("items", `items must be a list of ${least} to ${ITEMS_MAX} items`)
  }
  const digits = unique.replaceAll("-", "")
  return given.map((item: unknown, at) => {
    const read = checkItem(item, `items[${at}]`)
    return { id: chooseItemId(read, digits, at), provider: null, item: JSON.stringify(read) }
  })
}

/** What a provider does with an item is its own; here it must be one. */
function checkItem(item: unknown, param: string): Record<string, unknown> {
  if (!isRecord(item)) throw invalid(param, `${param} must be an object`)
  const { type, role, content, id } = item
  if (type != null && typeof type !== "string") throw invalid(`${param}.type`, `${param}.type must be a text`)
  if (id != null && typeof id !== "string") throw invalid(`${param}.id`, `${param}.id must be a text`)
  const read = readItemType(item)
  if (read === "item_reference") {
    throw invalid(
      param,
      `${param} must be an item with a type or a role: a reference to one is for the input of a response`,
    )
  }
  if (read !== "message") return item
  if (typeof role !== "string") throw invalid(`${param}.role`, `${param}.role must be a text, as user`)
  if (typeof content === "string" || Array.isArray(content)) return item
  throw invalid(`${param}.content`, `${param}.content must be a text or a list of parts`)
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError("invalid_request", message, { param })
}
