// What every native operation has in common: one request in the provider's form, one answer read back into ours. An operation
// itself is a pair of pure functions; errors, limits, ids, usage and cost go the way that they go for every provider.
import type { Call, Content, Outcome, Refusal, Upstream } from "../../call.ts"
import { isRecord } from "../../endpoints/bodyschema.ts"
import { recordOf } from "../../endpoints/usage.ts"
import { hider, isBelow } from "../chat/exchange.ts"
import { limitsOf } from "../limits.ts"
import { type Download, load, type Reach, reachOf } from "../net/download.ts"
import { invalidHeader, refusedByUs, Unsent } from "../notsent.ts"
import {
  answer as answered,
  headersOf,
  refusalMessage,
  refused,
  requestIdOf,
  unreadable as unreadableAnswer,
} from "../passthrough.ts"
import type { Adapter, CallContext } from "../perform.ts"
import type { ProviderSettings } from "../provider.ts"
import { type Answer, depthDefect, exchange } from "../transport.ts"
import type { Access, Place } from "./access.ts"
import { type Body, readUpload, type Upload } from "./clientform.ts"
import { type Carriage, findingsOf } from "./operationparameters.ts"

export type Fields = Record<string, unknown>

/** A request as its operation sees it. */
export interface Asked {
  model: string
  /** The members of the JSON, or the text fields of the form. */
  fields: Fields
  /** The client's form; null where it sent JSON. */
  upload: Upload | null
  place: Place
  /** Epoch seconds. */
  created: number
  /** The one guarded download, of what the member `param` only points at. */
  load(url: string, param: string): Promise<Download>
}

/** A request in the provider's form. */
export interface Sent {
  /** Below the place's base, with a query where there is one. */
  path: string
  /** By default that of JSON. */
  contentType?: string
  body: Fields | Body
}

/** A provider's 2xx. */
export interface Got {
  headers: Headers
  /** Of an operation that reads JSON. */
  body: Fields
  bytes: Uint8Array
}

/** What the answers came to. */
export type Parsed =
  /** A result in the form of the endpoint; of a sound `audio` is its first member and empty, and `content` are its bytes. */
  | { result: Fields; content?: Content }
  /** It is not what is documented; the end of a sentence that starts with "but". */
  | { problem: string }
  /** It says no, with a 200. */
  | { status: number; refusal: Refusal }

export interface Operation {
  access: Access
  carriage: Carriage
  /** The answer is bytes, not JSON. */
  isBinary?: true
  /** A request that is more than one of the provider's may hold, as several. */
  split?(asked: Asked): Asked[]
  build(asked: Asked): Sent | Promise<Sent>
  /** @param answers one for each of the parts, in their order */
  parse(answers: readonly Got[], parts: readonly Asked[]): Parsed
}

/** How many parts of one request are out at a time. */
const ABREAST = 4

export function adapterOf(operation: Operation): Adapter {
  return { start: (...attempt) => operate(operation, ...attempt) }
}

/** One submission. May throw what fetch throws. */
export async function operate(
  operation: Operation,
  call: Call,
  provider: ProviderSettings,
  context: CallContext,
  key: string | null,
  reach: Reach = reachOf(context),
): Promise<Outcome> {
  const upload = call.form === null ? null : await readUpload(call.form, context.pieceAt)
  const members = upload?.fields ?? recordOf(parsed(call.body ?? ""))
  // What is null is as good as absent.
  const fields = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
  const files = upload?.files ?? []
  const [problem] = findingsOf(operation.carriage, call.model, { fields, files }).problems
  if (problem !== undefined) return refusedByUs(problem)
  const place = await operation.access(provider, context, key)
  if ("kind" in place) return place
  const created = Math.floor(context.clock.wall() / 1000)
  const asked: Asked = {
    ...{ model: call.model, fields, upload, place, created },
    load: (url, param) => load(url, param, reach),
  }
  try {
    return await finished({ operation, call, provider, context, key }, asked)
  } catch (error) {
    if (error instanceof Unsent) return error.outcome
    throw error
  }
}

interface Attempt {
  operation: Operation
  call: Call
  provider: ProviderSettings
  context: CallContext
  key: string | null
}

async function finished(attempt: Attempt, asked: Asked): Promise<Outcome> {
  const { operation, call, provider, context, key } = attempt
  const startedAt = context.clock.now()
  const parts = operation.split?.(asked) ?? [asked]
  const replies: Reply[] = []
  for (let at = 0; at < parts.length; at += ABREAST) {
    const wave = await Promise.allSettled(parts.slice(at, at + ABREAST).map((part) => ask(attempt, part)))
    for (const one of wave) {
      if (one.status === "rejected") throw one.reason
      if ("kind" in one.value) return one.value
      replies.push(one.value)
    }
  }
  const last = replies.at(-1)
  if (last === undefined) return refusedByUs({ message: "the request asks for nothing", param: "" })
  const { status, upstream } = last
  const hide = hider(call, provider, key)
  const made = operation.parse(replies, parts)
  if ("problem" in made) return unreadable(call, last, made.problem, hide)
  if ("refusal" in made) {
    const { status, refusal } = made
    return { kind: "refused", status, refusal, retryAfterMs: null, isKeyRefused: false, upstream }
  }
  const bytes = new TextEncoder().encode(JSON.stringify(made.result))
  const latencyMs = context.clock.now() - startedAt
  const outcome = await answered(
    call,
    provider,
    { status, contentType: "application/json", bytes, latencyMs, upstream },
    hide,
  )
  return made.content !== undefined && outcome.kind === "answered" ? { ...outcome, content: made.content } : outcome
}

interface Reply extends Got {
  status: number
  url: string
  upstream: Upstream
}

async function ask({ operation, call, provider, context, key }: Attempt, asked: Asked): Promise<Reply | Outcome> {
  const { path, contentType = "application/json", body } = await operation.build(asked)
  const { base, authorise } = asked.place
  const url = base + path
  if (!isBelow(url, base))
    return refusedByUs({ message: "model or voice has characters that no address can carry", param: "model" })
  const headers = headersOf({ ...call, form: null }, provider, null)
  if (headers === null) return invalidHeader(call)
  headers.set("content-type", contentType)
  const out = isBody(body) ? streamed(body, headers) : JSON.stringify(body)
  const answer = await exchange(context, url, {
    headers: await authorise({ url, headers, body: typeof out === "string" ? out : "" }),
    body: out,
  })
  return replyOf({ operation, call, provider, context, key }, asked.place, answer, headers.get("x-request-id"))
}

function replyOf(
  { operation, call, provider, context, key }: Attempt,
  { refusalOf }: Place,
  answer: Answer,
  sentId: string | null,
): Reply | Outcome {
  const { status, isOk, headers, url, bytes, defect } = answer
  const wall = context.clock.wall()
  const upstream: Upstream = { requestId: requestIdOf(headers, sentId), limits: limitsOf(headers, wall) }
  const hide = hider(call, provider, key)
  const reply: Reply = { status, url, headers, upstream, body: {}, bytes }
  const text = isOk && operation.isBinary ? "" : new TextDecoder().decode(bytes)
  if (!isOk) {
    const said = hide(text)
    const outcome = refused(answer, said, upstream, (words) => words, wall)
    const own = status < 400 ? undefined : refusalOf?.({ status, headers, body: parsed(said) })
    if (own === undefined || own.refusal.message === "") return outcome
    const message = refusalMessage(answer, said, own.refusal.message, hide)
    return { ...outcome, ...own, refusal: { ...own.refusal, message } }
  }
  if (defect !== null) return unreadable(call, reply, defect, hide)
  if (operation.isBinary) return reply
  const tooDeep = depthDefect(text)
  if (tooDeep !== null) return unreadable(call, reply, tooDeep, hide)
  const found = parsed(text)
  return isRecord(found) ? { ...reply, body: found } : unreadable(call, reply, "the body is no JSON object", hide)
}

/** As it comes from the store, so that memory does not grow with it. */
function streamed({ bytes, pieces }: Body, headers: Headers): ReadableStream<Uint8Array> {
  headers.set("content-length", String(bytes))
  const source = pieces[Symbol.asyncIterator]()
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await source.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
    },
    { highWaterMark: 1 },
  )
}

function unreadable(call: Call, reply: Reply, problem: string, hide: (text: string) => string): Outcome {
  const { headers, upstream } = reply
  return unreadableAnswer(call, { ...reply, contentType: headers.get("content-type") }, problem, upstream, hide)
}

function isBody(body: Fields | Body): body is Body {
  return "pieces" in body
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
