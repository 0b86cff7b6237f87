// A request that continues an earlier response of this gateway: it is stored with all that came before as its input, so that it needs the
// earlier one no more, and any provider can answer it.
import { CONTINUED } from "../../endpoints/backgroundoptions.ts"
import { readItemType, toItems } from "../../endpoints/translate/items.ts"
import { GatewayError, quoted } from "../../errors.ts"
import { parseExact } from "../../exactjson.ts"
import type { JobView, Reads } from "../../jobs/reads.ts"
import { asRecord, asRecords } from "../../values.ts"
import type { Received } from "../intake/received.ts"
import { readWholeResult } from "../result.ts"
import { type ContinueOptions, type Fields, type History, maySendThoughts, putHistory } from "./historyinput.ts"
import { findResponse, readStoredRequest } from "./responsejob.ts"

const PARAM = "previous_response_id"

/**
 * The body with the whole conversation as its input.
 * @param id of a response of this gateway
 * @throws {GatewayError} previous_response_not_found, invalid_request, request_too_large
 */
export async function continueResponse(
  body: Received,
  id: string,
  request: Request,
  options: ContinueOptions,
): Promise<Received> {
  const naming = { param: PARAM, id, marker: CONTINUED }
  const read = async (fields: Fields, growTo: (bytes: number) => void) => {
    if ((fields["conversation"] ?? null) !== null) {
      throw refuse("cannot be sent together with conversation: send one of them")
    }
    const previous = await findPrevious(id, request, options)
    const { reads } = options
    growTo((await reads.bodyBytes(previous.id, "request")) + (await reads.bodyBytes(previous.id, "result")))
    return readHistory(previous, id, fields, reads)
  }
  return putHistory(body, naming, read, options)
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
 * What was asked and answered until then.
 * @param fields of the request that continues it
 */
async function readHistory(previous: JobView, id: string, fields: Fields, reads: Reads): Promise<History> {
  const { input, store } = await readStoredRequest(previous.id, reads)
  if (store === false) throw refuseUnknown(id)
  const answer = asRecord(parseExact(await readWholeResult(previous, reads)))
  const all = [...toItems(input), ...asRecords(answer["output"])]
  const isAll = maySendThoughts(fields, previous.provider)
  const items = isAll ? all : all.filter((item) => readItemType(item) !== "reasoning")
  return { items, find: (wanted) => items.find((item) => item["id"] === wanted) }
}

function refuse(what: string): GatewayError {
  return new GatewayError("invalid_request", `${PARAM} ${what}`, { param: PARAM })
}

function refuseUnknown(id: string): GatewayError {
  return new GatewayError("previous_response_not_found", `Previous response with id ${quoted(id)} not found.`, {
    param: PARAM,
  })
}
