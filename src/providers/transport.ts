// The only fetch. It sends requests to providers and reads their answers: limited in size, decoded, with the request id and the rate
// limits of the headers. It knows no provider's form and no retry policy.

import type { Upstream } from "../call.ts"
import type { Clock } from "../clock.ts"
import { parseJson } from "../json.ts"
import { asRecord } from "../values.ts"
import { type AnswerMemory, UNCOUNTED_BYTES } from "./answermemory.ts"
import { ACCEPTED_CODINGS, decode, tooLarge } from "./encoding.ts"
import { isOnThisMachine } from "./net/machine.ts"
import type { Network } from "./provider.ts"
import { pickAllowances, readLimits } from "./ratelimits.ts"

/** What any request needs. */
export interface Connection {
  fetch: typeof fetch
  /** Aborts when the call times out or its job is cancelled. */
  signal: AbortSignal
  /** The provider's network settings. */
  network?: Network | undefined
}

/** What the request of a call needs in addition. */
export interface TransportContext extends Connection {
  clock: Clock
  /** Limits the memory of the answer. Absent: there is no limit. */
  memory?: AnswerMemory
  trace?: Trace
  /** Gets the headers of each answer in which the provider says what it still allows, before anything of its body is passed on. */
  noteAllowances?: ((headers: Record<string, string>) => void) | undefined
}

export interface Sending {
  /** POST by default. */
  method?: "GET" | "POST" | "PUT" | "DELETE"
  headers: Headers | Record<string, string>
  body?: string | FormData | URLSearchParams | ReadableStream<Uint8Array> | null
  /** Uses an open connection, which the server may close at that moment. */
  isReusing?: boolean
  /** The name that the certificate must have, when it is not the URL's. */
  serverName?: string
}

/** A whole answer. Only of a very long refusal the end is missing. */
export interface Answer {
  status: number
  isOk: boolean
  headers: Headers
  url: string
  bytes: Uint8Array
  /** Why `bytes` are not what the provider meant to send, as the end of a sentence that starts with "but". Null when they are. */
  defect: string | null
}

/** The answer to the request of a call. */
export interface Reply extends Answer {
  latencyMs: number
  upstream: Upstream
}

/** What has happened to a call. It tells what an error of its adapter means. */
export interface Trace {
  /** The last answer. */
  answer: Answer | null
  /** The error of the connection. */
  failure: { error: unknown } | null
}

/** A larger answer is taken for a fault, and is not read. */
export const ANSWER_BYTES_MAX = 256 * 1024 * 1024
/** The defect of such an answer. Another request would have the same. */
export const TOO_LARGE = tooLarge(ANSWER_BYTES_MAX)
/** So much of a refusal is read. */
const REFUSAL_BYTES_MAX = 256 * 1024
/** How long to wait for the rest of a refusal. */
const REFUSAL_MS = 10_000

/** The defect of an answer whose connection ended within it. */
const BROKEN = "its body breaks off before its end"
const SPACE = 32

/** Error codes of Bun 1.4.4 for an answer that is not HTTP. */
const MALFORMED =
  /^(Malformed_HTTP_Response|ResponseHeadersTooLarge|InvalidHTTPResponse|InvalidContentLength|UnrequestedUpgrade)$/

/** @throws what fetch throws */
export function send({ fetch, signal, network }: Connection, url: string, sending: Sending): Promise<Response> {
  const { method = "POST", headers, body = null, isReusing = false, serverName } = sending
  const all = headers instanceof Headers ? headers : new Headers(headers)
  const isLocal = isOnThisMachine(url)
  // On one machine compression costs more than it saves.
  if (!isLocal && !all.has("accept-encoding")) all.set("accept-encoding", ACCEPTED_CODINGS)
  return fetch(url, {
    method,
    headers: all,
    body,
    signal,
    // Following a redirect would send the key to another host.
    redirect: "manual",
    keepalive: isReusing,
    // The signal is our timeout. Bun's would end a silent call after 5 minutes.
    timeout: false,
    // A broken coding must not lose the answer: encoding.ts decodes it.
    decompress: false,
    // Undefined means that HTTP_PROXY and similar variables decide.
    proxy: isLocal ? false : network?.proxy,
    tls: serverName === undefined ? network?.tls : { ...network?.tls, serverName },
  } as unknown as RequestInit)
}

/**
 * One request of a call and its reply.
 * @throws what fetch throws, when no answer came
 */
export async function exchange(
  context: TransportContext,
  url: string,
  sending: Sending & { headers: Headers },
): Promise<Reply> {
  const { reply } = await exchangeOrStream(context, url, sending, null)
  return reply
}

/** The media type of server-sent events. */
export const EVENT_STREAM = "text/event-stream"

/** The chunks of an answer that is a stream of events. */
export type Chunks = AsyncIterable<Uint8Array>

/**
 * The same, where the answer may be a stream of events. It is then returned as its chunks, and the reply has no bytes.
 * @param streamType the media type of such an answer; null: it is none
 * @throws what fetch throws. The chunks throw it too, when the answer breaks off
 */
export async function exchangeOrStream(
  context: TransportContext,
  url: string,
  sending: Sending & { headers: Headers },
  streamType: string | null = EVENT_STREAM,
): Promise<{ reply: Reply; chunks: Chunks | null }> {
  const { trace, clock, memory } = context
  const startedAt = clock.now()
  let answer: Answer
  let chunks: Chunks | null = null
  try {
    const response = await send(context, url, sending)
    const isOurs = () => context.signal.aborted
    if (streamType !== null && isStream(response, streamType)) {
      answer = answerWith(response, new Uint8Array(), null)
      chunks = response.body as Chunks | null
    } else {
      answer = isPlain(response)
        ? await readPlain(response, isOurs)
        : await receive(response, clock, ANSWER_BYTES_MAX, memory, isOurs)
    }
  } catch (error) {
    if (trace) trace.failure = { error }
    throw error
  }
  if (trace) trace.answer = answer
  const { headers } = answer
  const upstream = {
    requestId: readRequestId(headers, sending.headers.get("x-request-id")),
    limits: readLimits(headers, clock.wall()),
  }
  if (upstream.limits !== null) context.noteAllowances?.(pickAllowances(headers))
  return { reply: { ...answer, latencyMs: clock.now() - startedAt, upstream }, chunks }
}

function isStream({ ok, headers }: Response, type: string): boolean {
  return ok && (headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() === type
}

/** The headers in which providers give their own id of a request, the most specific first: OpenAI and most others, Anthropic, AWS, Azure, Cloudflare. */
const requestIdHeaders = ["x-request-id", "request-id", "x-amzn-requestid", "apim-request-id", "cf-ray"]

/** The provider's id of the request. Our id, when the provider only sends it back, is none. */
export function readRequestId(headers: Headers, sent: string | null): string | null {
  for (const name of requestIdHeaders) {
    const id = headers.get(name)
    if (id && id !== sent) return id
  }
  return null
}

/**
 * Reads the answer of a response.
 * @param bytesMax the limit of a 2xx; a longer one is not read
 * @param memory limits how fast a 2xx is read
 * @param isOurs whether we have ended it. A 2xx that another end cuts short is the beginning of an answer, and has a defect. Absent: fetch's error is thrown
 */
export async function receive(
  response: Response,
  clock: Clock,
  bytesMax = ANSWER_BYTES_MAX,
  memory?: AnswerMemory,
  isOurs: () => boolean = () => true,
): Promise<Answer> {
  const body = response.ok ? await readAnswer(response, bytesMax, memory) : await readRefusal(response, clock)
  const coding = response.headers.get("content-encoding")
  const isCoded = coding !== null && body.defect === null
  const decoded = isCoded ? await decode(body.bytes, coding, response.ok ? bytesMax : REFUSAL_BYTES_MAX) : body
  const more = decoded.bytes.length - body.bytes.length
  if (response.ok && more > UNCOUNTED_BYTES) await memory?.take(more)
  // The beginning of a refusal is enough.
  if (!response.ok) return answerWith(response, decoded.bytes, null)
  const defect = body.failure === null ? decoded.defect : brokenDefect(decoded.bytes, body.failure.error, isOurs)
  return answerWith(response, decoded.bytes, defect)
}

/** True for most answers: they are short and not encoded, and need no limits. */
function isPlain({ ok, headers }: Response): boolean {
  return (
    ok && Number(headers.get("content-length") ?? Number.NaN) <= UNCOUNTED_BYTES && !headers.has("content-encoding")
  )
}

function answerWith({ status, ok: isOk, headers, url }: Response, bytes: Uint8Array, defect: string | null): Answer {
  return { status, isOk, headers, url, bytes, defect }
}

interface Body {
  /** As they came, perhaps in a coding. */
  bytes: Uint8Array
  defect: string | null
  /** What ended the connection within the body of a 2xx. */
  failure: { error: unknown } | null
}

async function readAnswer(response: Response, bytesMax: number, memory: AnswerMemory | undefined): Promise<Body> {
  const length = Number(response.headers.get("content-length") ?? Number.NaN)
  if (length > UNCOUNTED_BYTES && length <= bytesMax) await memory?.take(length)
  const counted = length <= bytesMax ? undefined : memory
  const { bytes, isCut, failure } = await readUpTo(response, length > bytesMax ? 0 : bytesMax, undefined, counted)
  return isCut
    ? { bytes: new Uint8Array(), defect: tooLarge(bytesMax), failure: null }
    : { bytes, defect: null, failure }
}

/**
 * The defect of a 2xx whose connection broke; null: only its end is missing.
 * @throws the connection's error, when we ended it or the answer had not begun
 */
function brokenDefect(bytes: Uint8Array, error: unknown, isOurs: () => boolean): string | null {
  if (isCompleteJson(bytes)) return null
  if (MALFORMED.test(readCode(error))) return "its body breaks the rules of HTTP"
  // A provider that sends its status before it knows the answer sends white space meanwhile. Nothing at all is what Bun leaves of an
  // answer that came together with the end of its connection.
  const isWaiting = bytes.length > 0 && bytes.every((byte) => byte <= SPACE)
  if (isOurs() || isWaiting) throw error
  return BROKEN
}

/** The usual answer, in one piece: of one that breaks off nothing is left. */
async function readPlain(response: Response, isOurs: () => boolean): Promise<Answer> {
  try {
    return answerWith(response, await response.bytes(), null)
  } catch (error) {
    if (isOurs()) throw error
    return answerWith(response, new Uint8Array(), BROKEN)
  }
}

/** A refusal has no defects: its status says enough. */
async function readRefusal(response: Response, clock: Clock): Promise<Body> {
  const { bytes } = await readUpTo(response, REFUSAL_BYTES_MAX, (stop) => clock.after(REFUSAL_MS, stop))
  return { bytes, defect: null, failure: null }
}

/**
 * Reads a body up to `bytesMax`. A longer one is cut, and its connection closed.
 * @param limit starts a timer that calls `stop`, and returns what cancels the timer
 * @param memory limits how fast the body is read
 */
export async function readUpTo(
  { body }: Response,
  bytesMax: number,
  limit?: (stop: () => void) => () => void,
  memory?: AnswerMemory,
): Promise<{ bytes: Uint8Array; isCut: boolean; failure: { error: unknown } | null }> {
  const pieces: Uint8Array[] = []
  let length = 0
  let counted = 0
  let failure: { error: unknown } | null = null
  const reader = body?.getReader()
  const stop = () => void reader?.cancel().catch(() => {})
  const cancel = limit?.(stop)
  try {
    for (let piece = await reader?.read(); piece?.value !== undefined; piece = await reader?.read()) {
      pieces.push(piece.value)
      length += piece.value.length
      if (length > bytesMax) break
      if (length - counted < UNCOUNTED_BYTES) continue
      await memory?.take(length - counted)
      counted = length
    }
  } catch (error) {
    failure = { error }
  }
  cancel?.()
  const isCut = length > bytesMax
  if (isCut) stop()
  return { bytes: Buffer.concat(pieces, Math.min(length, bytesMax)), isCut, failure }
}

export function readText({ bytes }: Answer): string {
  return new TextDecoder().decode(bytes)
}

/** The members of an answer's JSON object. Empty when it is none. */
export function readMembers(answer: Answer): Record<string, unknown> {
  return asRecord(parseJson(readText(answer)))
}

/** Whether the answer was not HTTP. Another request would get the same. */
export function isMalformed(error: unknown): boolean {
  return MALFORMED.test(readCode(error))
}

function readCode(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === "string" ? code : ""
}

function isCompleteJson(bytes: Uint8Array): boolean {
  return typeof parseJson(new TextDecoder().decode(bytes)) === "object"
}
