// POST …/replay: a new job with the request of an earlier one, for the same owner. It goes through the same checks as every submit.
import type { Form as StoredForm } from "../call.ts"
import { getEndpoint } from "../endpoints/endpoints.ts"
import { cut, GatewayError } from "../errors.ts"
import type { JobRow, StoredRequest } from "../jobs/reads.ts"
import { append, edit, member, parseJson, scan } from "../json.ts"
import { isRecord } from "../values.ts"
import type { JobDialect } from "./dialects/dialect.ts"
import { type Accepted, accept } from "./intake/intake.ts"
import { type Received, withModel } from "./intake/received.ts"
import { type FindOptions, findJob } from "./jobs.ts"
import { type ReplayHeadOptions, readReplayHead } from "./replayhead.ts"
import { streamPieces } from "./reply.ts"
import { readBody } from "./request/body.ts"
import { refuseTooLarge } from "./request/bodylimits.ts"
import { refuseNotKept } from "./storedrequest.ts"
import { answerAccepted, type SubmitOptions } from "./submit.ts"

export type ReplayOptions = SubmitOptions & ReplayHeadOptions & FindOptions

/** What differs from the earlier request. */
export interface Changes {
  /** `provider/model`; null: as it was. */
  model: string | null
  /** JSON text of an object, which takes the place of the whole body; null: as it was. */
  body: string | null
}

/** A request of up to this size can be changed: it is held as one text. */
const CHANGED_BYTES_MAX = 8 * 1024 * 1024

/** @throws {GatewayError} request_not_kept, and for every request that is not accepted */
export async function replay(
  dialect: JobDialect,
  id: string,
  request: Request,
  options: ReplayOptions,
): Promise<Response> {
  const began = options.steady()
  const job = await findJob(id, request, null, options)
  const changes = await readChanges(request)
  const accepted = await repeatJob(job, changes, request, options)
  const { requestId } = accepted.job
  const endpoint = getEndpoint(job.requestType)
  return answerAccepted(accepted, { endpoint, dialect, request, requestId, began }, options)
}

/**
 * Stores a job with the request of another one.
 * @param request of which the headers count: who asks, an Idempotency-Key, options other than those of the earlier job
 * @throws {GatewayError} as `replay`
 */
export async function repeatJob(
  job: JobRow,
  changes: Changes,
  request: Request,
  options: ReplayOptions,
): Promise<Accepted> {
  const stored = await options.reads.request(job.id)
  const bytes = await options.reads.bodyBytes(job.id, "request")
  if (stored === null || bytes === 0) throw refuseNotKept()
  const endpoint = getEndpoint(job.requestType)
  const head = readReplayHead(job, stored, changes.model, request, options)
  const id = options.newJobId(head.receivedAt)
  const body = await readAgain(job, stored, bytes, changes, id, request, options)
  // A request that was answered as a stream is repeated as a job like any other.
  return accept(id, { ...endpoint, streamRefusal: null }, head, body, options)
}

/** The earlier request as if it had been sent again, with its changes. A large one, or a form, is stored anew while it is read. */
async function readAgain(
  job: JobRow,
  { form }: StoredRequest,
  bytes: number,
  { model, body: given }: Changes,
  id: string,
  { headers }: Request,
  options: ReplayOptions,
): Promise<Received> {
  if (form !== null && given !== null) {
    throw new GatewayError("invalid_request", "the request is a form, which is repeated as it is: send no body", {
      param: "body",
    })
  }
  const [first = job] = await options.reads.attempts(job.id)
  const named = model ?? `${first.provider}/${first.model}`
  const whole = () => streamPieces(options.reads.bodyPieces(job.id, "request"))
  const text =
    given ?? (model === null || form !== null ? null : await readText(whole(), bytes, "to be sent to another model"))
  const type = form === null ? "application/json" : (JSON.parse(form) as StoredForm).contentType
  const key = headers.get("idempotency-key")
  const again = new Request("http://localhost", {
    method: "POST",
    headers: { "content-type": type, ...(key === null ? {} : { "idempotency-key": key }) },
    body: text === null ? whole() : putModel(text, named, model !== null),
  })
  const { forms } = getEndpoint(job.requestType)
  const body = await readBody(again, id, forms, options)
  // What is stored need not hold the model that it was for: the path may have named that, and a form is never changed.
  return { ...withModel(body, given === null ? named : ""), digest: `${job.id} ${named} ${body.digest}` }
}

/** The text with this model, where it has none of its own or another one is wanted. */
function putModel(text: string, model: string, isWanted: boolean): string {
  const found = scan(text)
  if (member(text, found, "model") === null) return append(text, "model", JSON.stringify(model), found)
  return isWanted ? edit(text, { model: JSON.stringify(model) }, found) : text
}

async function readChanges(request: Request): Promise<Changes> {
  const text = request.body === null ? "" : await readText(request.body, 0, "as changes")
  if (text.trim() === "") return { model: null, body: null }
  const given = parseJson(text)
  const refuse = (message: string, param?: string) =>
    new GatewayError("invalid_request", message, param === undefined ? {} : { param })
  if (!isRecord(given))
    throw new GatewayError("invalid_json", 'the body must be a JSON object, as {"model": "provider/model"}, or empty')
  const unknown = Object.keys(given).find((name) => name !== "model" && name !== "body")
  if (unknown !== undefined) throw refuse(`unknown member "${cut(unknown)}": send model, body or neither`, cut(unknown))
  const { model = null, body = null } = given
  if (model !== null && typeof model !== "string") throw refuse("model must be a text, as provider/model", "model")
  if (body !== null && !isRecord(body)) throw refuse("body must be a JSON object: the whole new request", "body")
  return { model, body: body === null ? null : member(text, scan(text), "body") }
}

/** @throws {GatewayError} request_too_large, body_incomplete */
async function readText(stream: ReadableStream<Uint8Array>, bytes: number, purpose: string): Promise<string> {
  const refuse = () => {
    const { message } = refuseTooLarge(CHANGED_BYTES_MAX)
    return new GatewayError("request_too_large", `${message} ${purpose}`)
  }
  if (bytes > CHANGED_BYTES_MAX) throw refuse()
  const chunks: Uint8Array[] = []
  let count = 0
  try {
    for await (const chunk of stream) {
      count += chunk.length
      if (count > CHANGED_BYTES_MAX) throw refuse()
      chunks.push(chunk)
    }
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause
    throw new GatewayError("body_incomplete", "the connection was closed before the body had come whole", { cause })
  }
  return Buffer.concat(chunks).toString()
}
