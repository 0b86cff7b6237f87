// A request that continues an earlier response of this gateway: it is stored with all that came before as its input, so that it needs the
// earlier one no more, and any provider can answer it.
import { CONTINUED } from "../../endpoints/backgroundoptions.ts"
import { readItemType, toItems } from "../../endpoints/translate/items.ts"
import { GatewayError, quoted } from "../../errors.ts"
import type { JobView, Reads } from "../../jobs/reads.ts"
import { append, edit } from "../../json.ts"
import { asList, asRecord, asRecords, asText, isRecord } from "../../values.ts"
import type { Received } from "../intake/received.ts"
import type { FindOptions } from "../jobs.ts"
import type { BodyOptions } from "../request/bodylimits.ts"
import { readWholeResult } from "../result.ts"
import { findResponse, readStoredRequest } from "./responsejob.ts"

type Fields = Record<string, unknown>

export type ContinueOptions = FindOptions & Pick<BodyOptions, "bodyBytesMax"> & { reads: Reads }

const PARAM = "previous_response_id"

/**
 * The body with the whole conversation as its input.
 * @param previousId of a response of this gateway
 * @throws {GatewayError} previous_response_not_found, invalid_request, request_too_large
 */
export async function continueResponse(
  body: Received,
  previousId: string,
  request: Request,
  options: ContinueOptions,
): Promise<Received> {
  try {
    return await putBefore(body, previousId, request, options)
  } catch (error) {
    body.settle(false)
    throw error
  }
}

async function putBefore(
  body: Received,
  previousId: string,
  request: Request,
  options: ContinueOptions,
): Promise<Received> {
  const { submission, text, names, form, settle } = body
  const { [PARAM]: _, ...fields } = submission.fields
  const given = fields["input"]
  // Refused as it is without an earlier response.
  if (typeof given !== "string" && !Array.isArray(given)) return body
  requireObjects(given)
  if ((fields["conversation"] ?? null) !== null) {
    throw refuse("cannot be sent together with conversation: send one of them")
  }
  if (text === null) {
    const message = `a request this large cannot continue a response: send the whole conversation as input, without ${PARAM}`
    throw new GatewayError("request_too_large", message, { param: PARAM })
  }
  const previous = await findPrevious(previousId, request, options)
  const history = await readHistory(previous, previousId, fields, options.reads)
  const input = [...history, ...toItems(given).map((item) => resolve(item, history))]
  requireRoom(input, options.bodyBytesMax)
  requireCalls(input)
  const edited = edit(text, { [PARAM]: null, input: JSON.stringify(input) })
  const continued = append(edited, CONTINUED, JSON.stringify(previousId))
  if (Buffer.byteLength(continued) > options.bodyBytesMax) throw refuseTooLong(options.bodyBytesMax)
  return {
    submission: { ...submission, fields: { ...fields, input, [CONTINUED]: previousId } },
    names: names.filter((name) => name !== PARAM),
    text: continued,
    form,
    get digest() {
      return body.digest
    },
    settle,
  }
}

/** One that was answered, and whose caller has not said that it is not to be kept. */
async function findPrevious(id: string, request: Request, options: ContinueOptions): Promise<JobView> {
  const job = await findResponse(id, request, options).catch((error: unknown) => {
    if (error instanceof GatewayError && error.code === "response_not_found") throw refuseUnknown(id)
    throw error
  })
  if (job.completedAt === null) throw refuse(`names a response that has not ended: retrieve ${id} until it has`)
  if (job.state !== "succeeded") throw refuse("names a response without an answer: send the conversation as input")
  return job
}

/**
 * What was asked and answered until then. What a model has thought is of use to its own provider only.
 * @param fields of the request that continues it
 */
async function readHistory(previous: JobView, id: string, fields: Fields, reads: Reads): Promise<Fields[]> {
  const { input, store } = await readStoredRequest(previous.id, reads)
  if (store === false) throw refuseUnknown(id)
  const answer = asRecord(JSON.parse(await readWholeResult(previous, reads)))
  const items = [...toItems(input), ...asRecords(answer["output"])]
  const isForOthers = asList(fields["fallbacks"]).length > 0
  const isSameProvider = asText(fields["model"]).startsWith(`${previous.provider}/`)
  return isSameProvider && !isForOthers ? items : items.filter((item) => readItemType(item) !== "reasoning")
}

function requireObjects(input: string | readonly unknown[]): void {
  const at = typeof input === "string" ? -1 : input.findIndex((item) => !isRecord(item))
  if (at >= 0) throw new GatewayError("invalid_request", `input[${at}] must be an object`, { param: `input[${at}]` })
}

/** Before the text is made: a short list of references may stand for a very long one. */
function requireRoom(input: readonly Fields[], bytesMax: number): void {
  const lengths = new Map<Fields, number>()
  let sum = 0
  for (const item of input) {
    const length = lengths.get(item) ?? JSON.stringify(item).length
    lengths.set(item, length)
    sum += length
    if (sum > bytesMax) throw refuseTooLong(bytesMax)
  }
}

function refuseTooLong(bytesMax: number): GatewayError {
  const message = `the conversation has more than ${bytesMax} bytes by now: begin a new one`
  return new GatewayError("request_too_large", message, { param: PARAM })
}

/** A reference stands for the item that it names. */
function resolve(item: Fields, history: readonly Fields[]): Fields {
  if (readItemType(item) !== "item_reference") return item
  const found = history.find(({ id }) => id === item["id"])
  if (found !== undefined) return found
  throw new GatewayError("invalid_request", `Item with id ${quoted(asText(item["id"]))} not found.`, { param: "input" })
}

/** Each result is that of a call in the conversation. A result without a call's id is for the provider to check. */
function requireCalls(input: readonly Fields[]): void {
  const calls = new Set(input.filter((item) => readItemType(item).endsWith("_call")).map((item) => item["call_id"]))
  for (const item of input) {
    const id = item["call_id"]
    if (readItemType(item) !== "function_call_output" || typeof id !== "string" || calls.has(id)) continue
    const message = `No tool call found for function call output with call_id ${cutId(id)}.`
    throw new GatewayError("invalid_request", message, { param: "input" })
  }
}

function cutId(id: string): string {
  return id.slice(0, 64)
}

function refuse(what: string): GatewayError {
  return new GatewayError("invalid_request", `${PARAM} ${what}`, { param: PARAM })
}

function refuseUnknown(id: string): GatewayError {
  return new GatewayError("previous_response_not_found", `Previous response with id ${quoted(id)} not found.`, {
    param: PARAM,
  })
}
