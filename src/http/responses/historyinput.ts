// Puts what came before in front of the input of a request for a response, so that the stored request is whole and any provider can answer it.
import { readItemType, toItems } from "../../endpoints/translate/items.ts"
import { GatewayError, quoted } from "../../errors.ts"
import { parseExact } from "../../exactjson.ts"
import type { Reads } from "../../jobs/reads.ts"
import { append, edit, member, scan } from "../../json.ts"
import { asList, asText, isRecord } from "../../values.ts"
import type { Received } from "../intake/received.ts"
import type { FindOptions } from "../jobs.ts"
import type { BodyOptions } from "../request/bodylimits.ts"
import type { ListerOptions } from "../request/owners.ts"

export type Fields = Record<string, unknown>

export type ContinueOptions = FindOptions &
  ListerOptions &
  Pick<BodyOptions, "bodyBytesMax" | "bodyMemory"> & { reads: Reads }

/** What came before. */
export interface History {
  items: readonly Fields[]
  /** The item with this id. */
  find(id: unknown): Fields | undefined
}

/** How a request names what came before: the member, which the provider does not get, and the one that says it in the stored request. */
export interface Naming {
  param: string
  id: string
  marker: string
}

/**
 * The memory that it takes counts as that of a body until the job is stored, or refused.
 * @param readHistory tells `growTo` how many bytes it holds, before it reads more
 * @throws {GatewayError} invalid_request, request_too_large, server_busy
 */
export async function putHistory(
  body: Received,
  naming: Naming,
  readHistory: (fields: Fields, growTo: (bytes: number) => void) => Promise<History>,
  { bodyBytesMax, bodyMemory }: Pick<ContinueOptions, "bodyBytesMax" | "bodyMemory">,
): Promise<Received> {
  const { settle: settleBody } = body
  const memory = bodyMemory.share()
  const settle = (isAccepted: boolean) => {
    memory.giveBack()
    settleBody(isAccepted)
  }
  try {
    const joined = await putBefore(body, naming, (fields) => readHistory(fields, memory.growTo), bodyBytesMax)
    memory.growTo(joined.text?.length ?? 0)
    // Not a copy: its digest is made when it is read.
    return Object.assign(joined, { settle })
  } catch (error) {
    settle(false)
    throw error
  }
}

async function putBefore(
  body: Received,
  { param, id, marker }: Naming,
  readHistory: (fields: Fields) => Promise<History>,
  bytesMax: number,
): Promise<Received> {
  const { submission, text, names, form, settle } = body
  const { [param]: _, ...fields } = submission.fields
  const asked = fields["input"]
  // Refused as it is without what came before.
  if (typeof asked !== "string" && !Array.isArray(asked)) return body
  requireObjects(asked)
  if (text === null) {
    const message = `a request this large cannot continue a conversation: send the whole conversation as input, without ${param}`
    throw new GatewayError("request_too_large", message, { param })
  }
  const history = await readHistory(fields)
  const found = scan(text)
  const given = parseExact(member(text, found, "input") ?? "")
  const input = [...history.items, ...toItems(given).map((item) => resolve(item, history))]
  requireRoom(input, param, bytesMax)
  requireCalls(input)
  const edited = edit(text, { [param]: null, input: JSON.stringify(input) }, found)
  const whole = append(edited, marker, JSON.stringify(id))
  if (Buffer.byteLength(whole) > bytesMax) throw refuseTooLong(param, bytesMax)
  return {
    submission: { ...submission, fields: { ...fields, input, [marker]: id } },
    names: names.filter((name) => name !== param),
    text: whole,
    form,
    get digest() {
      return body.digest
    },
    settle,
  }
}

/** Whether what the model of this provider has thought may go along. It is of use to that provider only. @param fields of the request */
export function maySendThoughts({ model, fallbacks }: Fields, provider: string | null): boolean {
  return asList(fallbacks).length === 0 && provider !== null && asText(model).startsWith(`${provider}/`)
}

export function refuseTooLong(param: string, bytesMax: number): GatewayError {
  const message = `the conversation has more than ${bytesMax} bytes by now: begin a new one`
  return new GatewayError("request_too_large", message, { param })
}

function requireObjects(input: string | readonly unknown[]): void {
  const at = typeof input === "string" ? -1 : input.findIndex((item) => !isRecord(item))
  if (at >= 0) throw new GatewayError("invalid_request", `input[${at}] must be an object`, { param: `input[${at}]` })
}

/** Before the text is made: a short list of references may stand for a very long one. */
function requireRoom(input: readonly Fields[], param: string, bytesMax: number): void {
  const lengths = new Map<Fields, number>()
  let sum = 0
  for (const item of input) {
    const length = lengths.get(item) ?? JSON.stringify(item).length
    lengths.set(item, length)
    sum += length
    if (sum > bytesMax) throw refuseTooLong(param, bytesMax)
  }
}

/** A reference stands for the item that it names. */
function resolve(item: Fields, history: History): Fields {
  if (readItemType(item) !== "item_reference") return item
  const found = history.find(item["id"])
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
