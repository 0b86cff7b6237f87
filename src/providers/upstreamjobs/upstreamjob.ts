// What all adapters for upstream jobs have in common: requests to the provider, the outcomes of its replies, and when to poll again.
// Requests go only to addresses below the provider's base URL, or to those of its own that it names.

import type { Outcome, Upstream } from "../../call.ts"
import type { ParameterError } from "../../endpoints/parametertable.ts"
import { readNumber } from "../../exactjson.ts"
import { asRecord } from "../../values.ts"
import type { Adapter, Attempt, Step } from "../adapter.ts"
import { ACCEPT_JSON, composeHeaders } from "../headers.ts"
import { refusedByUs, Settled } from "../outcomes.ts"
import { calculateCost } from "../prices.ts"
import type { ReadRefusal } from "../refusalreader.ts"
import { exchange, type Reply, type Sending } from "../transport.ts"
import { answered, hider, JSON_HEADERS, quote, readReply, refused, unreadable } from "../upstreamreplies.ts"
import { readRetryAfterMs } from "../waits.ts"
import { anyImage, type ImageCapabilities } from "./jobparameters.ts"

/** An attempt, and the options of the provider's API. */
export interface JobAttempt extends Attempt {
  api: ApiOptions
}

export interface ApiOptions {
  /** Headers of every request, such as the version of the API. */
  headers?: Readonly<Record<string, string>>
  /** Reads refusals in the provider's own form. */
  readRefusal?: ReadRefusal
  /** The minimum and maximum time between two polls. */
  pollMs: readonly [least: number, most: number]
}

export interface JobRequest {
  method: "GET" | "POST" | "PUT" | "DELETE"
  /** Appended to the provider's base URL. */
  path: string
  /** The whole address instead, where the provider names it. The adapter has checked whose it is. */
  url?: string
  headers?: Record<string, string>
  /** Sent as JSON. */
  json?: unknown
  body?: FormData | ReadableStream<Uint8Array>
  /** Used instead of the API's. */
  readRefusal?: ReadRefusal
  /** Nothing is billed for the request, so that it can be repeated. A GET is always free. */
  isFree?: true
}

/** A 2xx. */
export interface JobReply extends Reply {
  text: string
  /** The members of the JSON; empty when it was requested as text. */
  value: Record<string, unknown>
}

/** All that is needed to poll an upstream job. It is stored, and may be used by another process. */
export interface State {
  id: string
  /** Epoch milliseconds. */
  startedAt: number
}

/** The adapter of a provider that answers with upstream jobs. */
export interface UpstreamJob extends Adapter {
  resume: Step
  images: ImageCapabilities
}

/** @param images what the provider's image models support, if it has such */
export function createAdapter<Kept extends State>(
  api: ApiOptions,
  steps: {
    start(attempt: JobAttempt): Promise<Outcome>
    resume(attempt: JobAttempt, state: Kept): Promise<Outcome>
    /** The request that cancels the job. Absent where a job cannot be cancelled. */
    cancel?(state: Kept): JobRequest
  },
  images: ImageCapabilities = anyImage,
): UpstreamJob {
  const { cancel } = steps
  const parseState = ({ call }: Attempt) => JSON.parse(call.state ?? "") as Kept
  return {
    images,
    start: (attempt) => steps.start({ ...attempt, api }),
    resume: (attempt) => steps.resume({ ...attempt, api }, parseState(attempt)),
    ...(cancel && {
      async cancel(attempt: Attempt) {
        const state = parseState(attempt)
        const { upstream } = await ask({ ...attempt, api }, cancel(state), true)
        return ended(state, upstream, 499, "the job was cancelled at the provider")
      },
    }),
  }
}

/**
 * Sends one request.
 * @param isText the answer is text and not parsed as JSON
 * @throws {Settled} when the answer is no 2xx, or cannot be read
 */
export async function ask(attempt: JobAttempt, request: JobRequest, isText = false): Promise<JobReply> {
  const { call, provider, api } = attempt
  const { method, path, json, body } = request
  const isFree = request.isFree || method === "GET"
  const sending = {
    method,
    headers: buildHeaders(attempt, request),
    body: json === undefined ? (body ?? null) : JSON.stringify(json),
  }
  const reply = await send(attempt, request.url ?? `${provider.baseUrl}${path}`, sending, isFree)
  if (!reply.isOk) throw new Settled(refused(attempt, reply, request.readRefusal ?? api.readRefusal))
  const { text, value, problem, isLasting } = readReply(reply)
  const defect = isText ? reply.defect : problem
  if (defect === null) return { ...reply, text, value: asRecord(value) }
  if (!isFree || isLasting) throw new Settled(unreadable(attempt, reply, defect))
  const shown = quote(hider(attempt)(text))
  throw new Settled(unconnected(`${call.provider} answered ${reply.status}, but ${defect}: ${shown}`))
}

async function send(
  { provider, context }: JobAttempt,
  url: string,
  sending: Sending & { headers: Headers },
  isFree: boolean,
): Promise<Reply> {
  try {
    return await exchange(context, url, sending)
  } catch (error) {
    if (!isFree || context.signal.aborted) throw error
    const code = String((error as { code?: unknown }).code ?? "no connection")
    throw new Settled(unconnected(`a question to ${new URL(provider.baseUrl).host} failed: ${code}`))
  }
}

/** Nothing was billed, and the request may be repeated. */
function unconnected(message: string): Outcome {
  return { kind: "unreached", reason: "unconnected", message }
}

function buildHeaders({ call, provider, key, api }: JobAttempt, { headers: special, json }: JobRequest): Headers {
  const { header, prefix } = provider.authorization
  const fixed = {
    ...(key === null ? {} : { [header]: prefix + key }),
    ...api.headers,
    ...special,
    ...(json === undefined ? {} : { "content-type": "application/json" }),
  }
  return composeHeaders({ call, provider }, ACCEPT_JSON, fixed)
}

/** The job has not ended. It is polled again when the provider says, or else after an interval that grows with its age. */
export function pending({ context, api }: JobAttempt, state: State, { headers, status, upstream }: JobReply): Outcome {
  const [least, most] = api.pollMs
  const askedMs = readRetryAfterMs(headers, null, null, status, context.clock.wall())
  const afterMs = Math.max(least, askedMs ?? Math.min(most, Math.round((context.clock.now() - state.startedAt) / 8)))
  return { kind: "pending", state: JSON.stringify(state), afterMs, upstream: { ...upstream, requestId: state.id } }
}

/** The upstream job has ended without a result. */
export function ended(
  { id }: State,
  upstream: Upstream,
  status: number,
  message: string,
  code: string | null = null,
): Outcome {
  return {
    kind: "refused",
    status,
    refusal: { type: code, code, message, param: null },
    retryAfterMs: null,
    isKeyRefused: false,
    isEnd: true,
    upstream: { ...upstream, requestId: id },
  }
}

/**
 * The upstream job has ended with a result.
 * @param result in the endpoint's form
 * @param seconds how long the provider worked on it, if it says so
 */
export async function finished(
  attempt: JobAttempt,
  { id, startedAt }: State,
  { upstream }: JobReply,
  result: Record<string, unknown>,
  seconds?: unknown,
): Promise<Outcome> {
  const { call, provider, context } = attempt
  const outcome = await answered(attempt, {
    status: 200,
    headers: JSON_HEADERS,
    bytes: Buffer.from(JSON.stringify(result)),
    latencyMs: context.clock.now() - startedAt,
    upstream: { ...upstream, requestId: id },
  })
  const worked = readNumber(seconds)
  if (outcome.kind !== "answered" || worked === undefined) return outcome
  const used = { ...outcome.used, seconds: worked }
  return { ...outcome, used, cost: await calculateCost(provider, call.model, used) }
}

/** The error that ends the attempt before anything is sent. */
export function refusal(problem: ParameterError): Settled {
  return new Settled(refusedByUs(problem))
}

/** The model's name as a part of a path. It must not lead elsewhere. */
export function encodePath(model: string): string {
  const parts = model.split("/")
  if (parts.every((part) => /^[\w.-]*\w[\w.-]*$/.test(part))) return parts.join("/")
  throw refusal({ message: "model has characters that an address cannot contain", param: "model" })
}

/** The seconds since 1970 of a date in text, or of `otherMs` when there is none. */
export function parseSeconds(date: unknown, otherMs: number): number {
  const ms = typeof date === "string" ? Date.parse(date) : Number.NaN
  return Math.floor((Number.isNaN(ms) ? otherMs : ms) / 1000)
}

/** The provider's id of its job, which becomes part of a path. Null when it is invalid. */
export function readId(value: unknown): string | null {
  return typeof value === "string" && /^[\w-]{1,512}$/.test(value) ? value : null
}

export function readText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null
}
