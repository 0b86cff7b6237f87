// What the providers that work on a request as a job of their own have in common: one question and its answer, what that
// comes to, and when to ask again. Requests go below the provider's base URL and nowhere else.
import type { Call, Outcome, Upstream } from "../../call.ts"
import { isRecord } from "../../endpoints/bodyschema.ts"
import type { Problem } from "../../endpoints/endpoint.ts"
import { composeHeaders } from "../headers.ts"
import { limitsOf, retryAfterMs } from "../limits.ts"
import { invalidHeader, refusedByUs } from "../notsent.ts"
import { answer, hider, quote, refused, requestIdOf, unreadable as unreadableAnswer } from "../passthrough.ts"
import type { Adapter, CallContext } from "../perform.ts"
import { costOf } from "../prices.ts"
import type { ProviderSettings } from "../provider.ts"
import { type Answer, depthDefect, exchange as exchangeOnce, type Sending, TOO_LARGE } from "../transport.ts"

/** One call, and all that its adapter may use. */
export interface Exchange {
  call: Call
  provider: ProviderSettings
  context: CallContext
  key: string | null
  manner: Manner
}

/** How a provider wants to be spoken to. */
export interface Manner {
  /** What says which version of the API is meant, and the like. */
  headers?: Readonly<Record<string, string>>
  /** How long its jobs are left alone between two questions: at least, and at most. */
  pollMs: readonly [least: number, most: number]
}

export interface Question {
  method: "GET" | "POST" | "PUT" | "DELETE"
  /** Below the provider's base URL. */
  path: string
  headers?: Record<string, string>
  /** Goes out as JSON. */
  json?: unknown
  body?: FormData | ReadableStream<Uint8Array>
  /** Whether nothing is billed that comes of it, so that a lost answer costs nothing; what is only read never is. */
  isFree?: true
}

/** A 2xx. `value` are the members of its JSON; there are none when it was asked for as text. */
export interface Reply {
  status: number
  url: string
  headers: Headers
  text: string
  value: Record<string, unknown>
  upstream: Upstream
}

/** All that is needed to ask how far the provider's job is: it is stored, and outlives this process. */
export interface State {
  id: string
  /** Epoch milliseconds. */
  startedAt: number
}

/** What a call comes to is known before its adapter is done. Never leaves the adapter. */
export class Settled extends Error {
  readonly outcome: Outcome
  /** What the provider answered, where it did. */
  readonly answer: { headers: Headers; value: unknown } | null

  constructor(outcome: Outcome, answer: Settled["answer"] = null) {
    super("settled")
    this.outcome = outcome
    this.answer = answer
  }
}

export function createAdapter<Kept extends State>(
  manner: Manner,
  steps: {
    start(exchange: Exchange): Promise<Outcome>
    resume(exchange: Exchange, state: Kept): Promise<Outcome>
    /** The question that ends the job. */
    cancel(state: Kept): Question
  },
): Required<Adapter> {
  const within =
    (step: (exchange: Exchange) => Promise<Outcome>) =>
    async (call: Call, provider: ProviderSettings, context: CallContext, key: string | null): Promise<Outcome> => {
      try {
        return await step({ call, provider, context, key, manner })
      } catch (error) {
        if (error instanceof Settled) return error.outcome
        throw error
      }
    }
  const stateOf = ({ call }: Exchange) => JSON.parse(call.state ?? "") as Kept
  return {
    start: within((exchange) => steps.start(exchange)),
    resume: within((exchange) => steps.resume(exchange, stateOf(exchange))),
    cancel: within(async (exchange) => {
      const state = stateOf(exchange)
      const { upstream } = await ask(exchange, steps.cancel(state), true)
      return ended(state, upstream, 499, "the job was cancelled at the provider")
    }),
  }
}

/**
 * Asks once.
 * @param isText whether the answer is no JSON: nothing of it is read
 * @throws {Settled} when the answer is no 2xx, or cannot be read
 */
export async function ask(exchange: Exchange, question: Question, isText = false): Promise<Reply> {
  const { call, provider, context, key } = exchange
  const { method, path, json, body } = question
  const headers = headersOf(exchange, question)
  const isFree = question.isFree || method === "GET"
  const sending = { method, headers, body: json === undefined ? (body ?? null) : JSON.stringify(json) }
  const got = await sent(exchange, `${provider.baseUrl}${path}`, sending, isFree)
  const wall = context.clock.wall()
  const upstream = {
    requestId: requestIdOf(got.headers, headers.get("x-request-id")),
    limits: limitsOf(got.headers, wall),
  }
  const text = new TextDecoder().decode(got.bytes)
  const value = parse(text)
  const { status, defect } = got
  const tooDeep = isText ? null : depthDefect(text)
  if (!got.isOk) {
    const outcome = refused(got, text, upstream, hider(call, provider, key), wall)
    throw new Settled(outcome, { headers: got.headers, value })
  }
  const reply = { status, url: got.url, headers: got.headers, text, value: isRecord(value) ? value : {}, upstream }
  const problem = defect ?? tooDeep ?? (isText || isRecord(value) ? null : "the body is no JSON object")
  if (problem === null) return reply
  const isLasting = tooDeep !== null || defect === TOO_LARGE
  if (!isFree || isLasting) throw new Settled(unreadable(exchange, reply, problem))
  // It says nothing, and asked again it may.
  const shown = quote(hider(call, provider, key)(text))
  throw new Settled(unasked(`${call.provider} answered ${status}, but ${problem}: ${shown}`))
}

async function sent({ provider, context }: Exchange, url: string, sending: Sending, isFree: boolean): Promise<Answer> {
  try {
    return await exchangeOnce(context, url, sending)
  } catch (error) {
    if (!isFree || context.signal.aborted) throw error
    const code = String((error as { code?: unknown }).code ?? "no connection")
    throw new Settled(unasked(`a question to ${new URL(provider.baseUrl).host} failed: ${code}`))
  }
}

/** The provider has taken no work on by it. */
function unasked(message: string): Outcome {
  return { kind: "unreached", reason: "unconnected", message }
}

/** @throws {Settled} when one of them cannot stand in a request */
function headersOf({ call, provider, key, manner }: Exchange, { headers: special, json }: Question): Headers {
  const { header, prefix } = provider.authorization
  const fixed = {
    ...(key === null ? {} : { [header]: prefix + key }),
    ...manner.headers,
    ...special,
    ...(json === undefined ? {} : { "content-type": "application/json" }),
  }
  try {
    return composeHeaders(call, provider, { accept: "application/json, */*" }, fixed)
  } catch {
    throw new Settled(invalidHeader(call))
  }
}

/** The provider works on it. It is asked again when it says, else the later the longer it takes. */
export function pending({ context, manner }: Exchange, state: State, { headers, status, upstream }: Reply): Outcome {
  const [least, most] = manner.pollMs
  const told = retryAfterMs(headers, null, null, status, context.clock.wall())
  const afterMs = Math.max(least, told ?? Math.min(most, Math.round((context.clock.now() - state.startedAt) / 8)))
  return { kind: "pending", state: JSON.stringify(state), afterMs, upstream: { ...upstream, requestId: state.id } }
}

/** The provider's job has ended without a result. */
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
 * The provider's job has ended with a result.
 * @param result in the endpoint's form
 * @param seconds how long the provider worked on it, where it says so
 */
export async function finished(
  { call, provider, context, key }: Exchange,
  { id, startedAt }: State,
  { upstream }: Reply,
  result: Record<string, unknown>,
  seconds?: unknown,
): Promise<Outcome> {
  const outcome = await answer(
    call,
    provider,
    {
      status: 200,
      contentType: "application/json",
      bytes: Buffer.from(JSON.stringify(result)),
      latencyMs: context.clock.now() - startedAt,
      upstream: { ...upstream, requestId: id },
    },
    hider(call, provider, key),
  )
  if (outcome.kind !== "answered" || typeof seconds !== "number") return outcome
  const used = { ...outcome.used, seconds }
  return { ...outcome, used, cost: await costOf(provider, call.model, used) }
}

/** @param problem the end of a sentence that starts with "but" */
export function unreadable(
  { call, provider, key }: Exchange,
  { status, url, headers, text, upstream }: Reply,
  problem: string,
): Outcome {
  const got = { status, url, contentType: headers.get("content-type"), bytes: Buffer.from(text) }
  return unreadableAnswer(call, got, problem, upstream, hider(call, provider, key))
}

/** Nothing went out, because it would not mean what was asked. */
export function refusal(problem: Problem): Settled {
  return new Settled(refusedByUs(problem))
}

/** The model's name as a part of a path: it must not lead elsewhere. */
export function pathOf(model: string): string {
  const parts = model.split("/")
  if (parts.every((part) => /^[\w.-]*\w[\w.-]*$/.test(part))) return parts.join("/")
  throw refusal({ message: "model has characters that no address of the provider can carry", param: "model" })
}

/** Seconds since 1970 of a date in text; where there is none, of `otherMs`. */
export function secondsOf(date: unknown, otherMs: number): number {
  const ms = typeof date === "string" ? Date.parse(date) : Number.NaN
  return Math.floor((Number.isNaN(ms) ? otherMs : ms) / 1000)
}

/** A provider's own id of its job, which becomes part of a path; null where it is none. */
export function idOf(value: unknown): string | null {
  return typeof value === "string" && /^[\w-]{1,512}$/.test(value) ? value : null
}

export function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
