// What all native operations have in common: requests in the provider's form, and answers translated into the endpoint's. An operation
// itself is a pair of pure functions. Errors, limits, ids, usage and cost are handled as for all providers.

import type { Content, Outcome, Refusal, Usage } from "../../call.ts"
import { makeUuid } from "../../digest.ts"
import type { ParameterTable } from "../../endpoints/parametertable.ts"
import { parseExact } from "../../exactjson.ts"
import { asRecord } from "../../values.ts"
import type { Adapter, Attempt } from "../adapter.ts"
import type { NativeStream } from "../chat/assembly.ts"
import { type Live, type LiveCall, startLive } from "../chat/live.ts"
import { type Body, readUpload, toStream, type Upload } from "../clientform.ts"
import { ACCEPT_JSON, composeHeaders } from "../headers.ts"
import { createPolicy, type Download, type DownloadPolicy, load } from "../net/download.ts"
import { refusedByUs, Settled } from "../outcomes.ts"
import { isBelow } from "../place.ts"
import { readRefusal } from "../refusalreader.ts"
import { exchange, type Reply } from "../transport.ts"
import {
  answered,
  JSON_HEADERS,
  readReply,
  refused,
  refusedInside,
  unanswered,
  unreadable,
} from "../upstreamreplies.ts"
import type { Access, Place } from "./access.ts"
import { checkOperation } from "./operationparameters.ts"

export type Fields = Record<string, unknown>

/** A request as its operation reads it. */
export interface Asked {
  model: string
  /** The members of the JSON, or the text fields of the form. */
  fields: Fields
  /** The client's form. Null when it sent JSON. */
  upload: Upload | null
  place: Place
  /** Epoch seconds. */
  created: number
  /** A UUID that no other attempt has, of this job or another. */
  attemptId: string
  /** Downloads what the member `param` links to, within the download policy. */
  load(url: string, param: string): Promise<Download>
}

/** A request in the provider's form. */
export interface Sent {
  /** Appended to the base of the place. May have a query. Empty when the base is the address. */
  path: string
  /** By default application/json. */
  contentType?: string
  /** Headers besides, where the provider reads parameters there. */
  headers?: Readonly<Record<string, string>>
  body: Fields | readonly Fields[] | Body
}

/** A provider's 2xx. */
export interface Got {
  headers: Headers
  /** The parsed JSON; empty for a binary operation. */
  body: Fields
  bytes: Uint8Array
}

/** The answers of the provider, translated. */
export type Parsed =
  /** A result in the endpoint's form. For a sound, `audio` is the first member and empty, and `content` has the bytes. */
  | {
      result: Fields
      content?: Content
      /** What of the usage is charged, when that is less than what was used. */
      billed?: Usage
    }
  /** The answer is not what is documented. The text is the end of a sentence that starts with "but". */
  | { problem: string }
  /** The answer is a refusal with status 200. */
  | { status: number; refusal: Refusal }

export interface Operation {
  access: Access
  /** The parameters that the operation supports. The context of a rule is the model. */
  parameters: ParameterTable<string>
  /** The answer is binary and not JSON. */
  isBinary?: true
  /** The media type to ask for, where the usual list of them would be answered with another. */
  accept?: string
  /** Splits a request that is larger than the provider allows. */
  split?(asked: Asked): Asked[]
  /** Its stream, where its answer is a chat completion and is read as one. The request is JSON then. */
  stream?: NativeStream
  build(asked: Asked): Sent | Promise<Sent>
  /** @param answers one for each of the parts, in their order */
  parse(answers: readonly Got[], parts: readonly Asked[]): Parsed
}

/** How many parts of a request are sent concurrently. */
const ABREAST = 4

export function operationAdapter(operation: Operation): Adapter {
  return { start: (attempt) => operate(operation, attempt) }
}

/** One submission. May throw what fetch throws, and a Settled. */
export async function operate(
  operation: Operation,
  attempt: Attempt,
  policy: DownloadPolicy = createPolicy(attempt.context),
): Promise<Outcome> {
  const { context } = attempt
  const startedAt = context.clock.now()
  const asked = await prepare(operation, attempt, policy)
  const parts = operation.split?.(asked) ?? [asked]
  const live = operation.stream ? startLive(attempt, operation.stream, liveCall(operation, asked)) : null
  const replies: Answered[] = []
  for (let at = 0; at < parts.length; at += ABREAST) {
    const wave = await Promise.allSettled(
      parts.slice(at, at + ABREAST).map((part) => ask(operation, attempt, part, live)),
    )
    for (const one of wave) {
      if (one.status === "rejected") throw one.reason
      replies.push(one.value)
    }
  }
  const last = replies.at(-1)
  if (last === undefined) return refusedByUs({ message: "the request asks for nothing", param: "" })
  const { status, upstream } = last
  const made = operation.parse(replies, parts)
  if ("problem" in made) return unanswered(attempt, last, made.problem)
  if ("refusal" in made) return refusedInside(attempt, last, made, last.body)
  const bytes = new TextEncoder().encode(JSON.stringify(made.result))
  const latencyMs = context.clock.now() - startedAt
  const content = made.content === undefined ? {} : { content: made.content }
  const billed = made.billed ? { billed: made.billed } : {}
  const outcome = await answered(attempt, {
    ...{ status, bytes, latencyMs, upstream },
    headers: JSON_HEADERS,
    ...content,
    ...billed,
  })
  if (live === null || outcome.kind !== "answered") return outcome
  await live.finish(made.result)
  return live.warnings().length > 0 ? { ...outcome, warnings: live.warnings() } : outcome
}

function liveCall({ parse }: Operation, asked: Asked): LiveCall {
  return {
    readRefusal: asked.place.readRefusal ?? (({ body }) => ({ refusal: readRefusal(body) })),
    tell: () => ({ jsonTool: null, isJson: false, nameOf: (name) => name, makeId: () => asked.attemptId }),
    complete(body, reply) {
      const made = parse([{ ...reply, body }], [asked])
      return "result" in made ? made.result : null
    },
  }
}

/** Reads and checks the request, and finds its place. */
async function prepare(operation: Operation, attempt: Attempt, policy: DownloadPolicy): Promise<Asked> {
  const { call, context } = attempt
  const upload = call.form === null ? null : await readUpload(call.form, context.pieceAt)
  const members = upload?.fields ?? asRecord(parseExact(call.body ?? ""))
  // Null counts as absent.
  const fields = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
  const files = upload?.files ?? []
  const [error] = checkOperation(operation.parameters, call.model, { fields, files }).errors
  if (error !== undefined) throw new Settled(refusedByUs(error))
  const place = await operation.access(attempt)
  const created = Math.floor(context.clock.wall() / 1000)
  const attemptId = makeUuid(`${call.idempotencyKey} ${call.attempt}`)
  return {
    model: call.model,
    fields,
    upload,
    place,
    created,
    attemptId,
    load: (url, param) => load(url, param, policy),
  }
}

const badAddress = { message: "model or voice has characters that an address cannot contain", param: "model" }

/** @throws {Settled} when a half of a character would be a part of the address */
async function build(operation: Operation, asked: Asked): Promise<Sent> {
  try {
    return await operation.build(asked)
  } catch (error) {
    throw error instanceof URIError ? new Settled(refusedByUs(badAddress)) : error
  }
}

/** A 2xx that can be read. */
type Answered = Reply & Got

/** @throws {Settled} when the answer is a refusal or cannot be read */
async function ask(operation: Operation, attempt: Attempt, asked: Asked, live: Live | null): Promise<Answered> {
  const { path, contentType = "application/json", headers: own, body } = await build(operation, asked)
  const { base, authorise, readRefusal: readOwn } = asked.place
  const url = base + path
  if (path !== "" && !isBelow(url, base)) {
    throw new Settled(refusedByUs(badAddress))
  }
  const headers = composeHeaders(attempt, ACCEPT_JSON, {
    ...own,
    ...(operation.accept && { accept: operation.accept }),
  })
  headers.set("content-type", contentType)
  const sent = isBody(body) ? { url, body: streamed(body, headers) } : askFor(live, url, JSON.stringify(body), headers)
  const authorised = await authorise({ url: sent.url, headers, body: typeof sent.body === "string" ? sent.body : "" })
  const sending = { headers: authorised, body: sent.body }
  const reply = await (live ? live.exchange(sent.url, sending) : exchange(attempt.context, sent.url, sending))
  if (!reply.isOk) throw new Settled(refused(attempt, reply, readOwn))
  if (operation.isBinary && reply.defect === null) return { ...reply, body: {} }
  const { value, problem } = readReply(reply)
  if (problem !== null) throw new Settled(unreadable(attempt, reply, problem))
  return { ...reply, body: asRecord(value) }
}

/** The request for the stream, where there is one. */
function askFor(live: Live | null, url: string, body: string, headers: Headers): { url: string; body: string } {
  if (live === null) return { url, body }
  headers.set("accept", `${live.mediaType}, application/json`)
  headers.set("accept-encoding", "identity")
  return live.ask(url, body)
}

function streamed({ bytes, pieces }: Body, headers: Headers): ReadableStream<Uint8Array> {
  headers.set("content-length", String(bytes))
  return toStream(pieces)
}

function isBody(body: Sent["body"]): body is Body {
  return "pieces" in body
}
