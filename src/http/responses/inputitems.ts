// GET …/responses/{id}/input_items: what a response was asked for, item by item.
// https://platform.openai.com/docs/api-reference/responses/input-items
import { readItemType, toItems } from "../../endpoints/translate/items.ts"
import { GatewayError, quoted } from "../../errors.ts"
import { asText } from "../../values.ts"
import { writeJobHeaders } from "../dialects/openai.ts"
import { readPageLimit, writePage } from "../files/fileobject.ts"
import type { FindOptions } from "../jobs.ts"
import { json } from "../reply.ts"
import { readRequestId } from "../request/requestid.ts"
import { findResponse, readStoredRequest } from "./responsejob.ts"

type Fields = Record<string, unknown>
type Item = Fields & { id: string }

const PAGE = { usual: 20, max: 100 }
const orders = ["asc", "desc"]

/** @throws {GatewayError} invalid_request, response_not_found */
export async function listInputItems(request: Request, id: string, options: FindOptions): Promise<Response> {
  const given = new URL(request.url).searchParams
  const limit = readPageLimit(given, PAGE)
  const order = given.get("order") ?? "desc"
  if (!orders.includes(order)) {
    throw new GatewayError("invalid_request", `order must be one of ${orders.join(", ")}`, { param: "order" })
  }
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
    const type = readItemType(item)
    const made = `${prefixes[type] ?? "item"}_${digits}_${at}`
    const own = asText(item["id"])
    // An item that is referred to stands there twice, and a page begins after an id.
    const id = own === "" || seen.has(own) ? made : own
    seen.add(id)
    return { ...item, id, type, ...(type === "message" ? completeMessage(item) : {}) }
  })
}

const prefixes: Readonly<Record<string, string>> = {
  message: "msg",
  function_call: "fc",
  function_call_output: "fco",
  reasoning: "rs",
}

/** A content that is a text is a list of one part. */
function completeMessage({ role, content, status }: Fields): Fields {
  const type = role === "assistant" ? "output_text" : "input_text"
  const beside = type === "output_text" ? { annotations: [] } : {}
  const parts = typeof content === "string" ? [{ type, text: content, ...beside }] : content
  return { status: status ?? "completed", content: parts }
}
