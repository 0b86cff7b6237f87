// GET …/responses/{id}/input_items: what a response was asked for, item by item.
// https://platform.openai.com/docs/api-reference/responses/input-items
import { chooseItemId, completeItem, makeItemId } from "../../endpoints/conversationitems.ts"
import { toItems } from "../../endpoints/translate/items.ts"
import { GatewayError, quoted } from "../../errors.ts"
import { writeJobHeaders } from "../dialects/openai.ts"
import { readOrder, readPageLimit, writePage } from "../files/fileobject.ts"
import type { FindOptions } from "../jobs.ts"
import { json } from "../reply.ts"
import { readRequestId } from "../request/requestid.ts"
import { findResponse, readStoredRequest } from "./responsejob.ts"

type Fields = Record<string, unknown>
type Item = Fields & { id: string }

const PAGE = { usual: 20, max: 100 }

/** @throws {GatewayError} invalid_request, response_not_found */
export async function listInputItems(request: Request, id: string, options: FindOptions): Promise<Response> {
  const given = new URL(request.url).searchParams
  const limit = readPageLimit(given, PAGE)
  const order = readOrder(given)
  const job = await findResponse(id, request, options)
  const inOrder = listItems(await readStoredRequest(job.id, options.reads), job.id)
  const items = order === "asc" ? inOrder : inOrder.toReversed()
  const after = given.get("after")
  const from = after === null ? 0 : items.findIndex((item) => item.id === after) + 1
  if (after !== null && from === 0) {
    throw new GatewayError("invalid_request", `there is no item ${quoted(after)} in the input`, { param: "after" })
  }
  const page = writePage(items.slice(from, from + limit + 1), limit, (item) => item)
  return json(page, writeJobHeaders(job, readRequestId(request)))
}

/** The items of the input, each with an id, which is the same in every list. */
function listItems({ input }: Fields, jobId: string): Item[] {
  const digits = jobId.replaceAll("-", "")
  const seen = new Set<string>()
  return toItems(input).map((item, at) => {
    const own = chooseItemId(item, digits, at)
    // An item that is referred to stands there twice, and a page begins after an id.
    const id = seen.has(own) ? makeItemId(item, digits, at) : own
    seen.add(id)
    return completeItem(item, id)
  })
}
