// The only way out to a provider and back, and the only fetch: where a request may go, its answer, bounded and decoded, and what the
// headers of the answer say. Knows no provider's form and no policy.

import type { Upstream } from "../call.ts"
import type { Clock } from "../clock.ts"
import { stringEnd } from "../json.ts"
import { asRecord } from "../values.ts"
import { type AnswerMemory, UNCOUNTED_BYTES } from "./answermemory.ts"
import { ACCEPTED_CODINGS, decode, tooLarge } from "./encoding.ts"
import { readLimits } from "./limits.ts"
import type { Network } from "./provider.ts"

/** What any request needs. */
export interface Connection {
  fetch: typeof fetch
  /** Aborts when the call's time is up or the job no longer wants it. */
  signal: AbortSignal
  /** How requests of this provider leave the machine; not there: as usual. */
  network?: Network | undefined
}

/** What the request of a call needs besides. */
export interface TransportContext extends Connection {
  clock: Clock
  /** Where the answer is held while it is read; not there: it may take as much as it needs. */
  memory?: AnswerMemory
  trace?: Trace
}

export interface Sending {
  /** POST by default. */
  method?: "GET" | "POST" | "PUT" | "DELETE"
  headers: Headers | Record<string, string>
  body?: string | FormData | URLSearchParams | ReadableStream<Uint8Array> | null
  /** Over a connection that was used before, and that the server may close in that very moment. */
  isReusing?: boolean
  /** Whom the certificate must be for, where the URL does not say. */
  serverName?: string
}

/** What came back: all of it, except the end of a refusal that is very long. */
export interface Answer {
  status: number
  isOk: boolean
  headers: Headers
  url: string
  bytes: Uint8Array
  /** Why `bytes` are not what the provider meant to say, as the end of a sentence that starts with "but"; null: they are. */
  defect: string | null
}

/** The answer to the request of a call. */
export interface Reply extends Answer {
  latencyMs: number
  upstream: Upstream
}

/** What has happened to a call on its way: it tells what a failure of its adapter means. */
export interface Trace {
  /** The last answer that came. */
  answer: Answer | null
  /** What the connection failed with. */
  failure: { error: unknown } | null
}

/** More than this is no answer but a fault, and would take the thread's memory. */
export const ANSWER_BYTES_MAX = 256 * 1024 * 1024
/** The defect of such an answer: asked again, it would be so again. */
export const TOO_LARGE = tooLarge(ANSWER_BYTES_MAX)
/** What a refusal says stands in its first sentences. */
const REFUSAL_BYTES_MAX = 256 * 1024
/** How long the rest of a refusal is waited for. */
const REFUSAL_MS = 10_000

/** Far more than any provider's answer has. */
const DEPTH_MAX = 1000
const QUOTE = 34
const BRACE = 123
const BRACKET = 91

/** What Bun 1.4.4 calls an answer that is not HTTP. */
const MALFORMED =
  /^(Malformed_HTTP_Response|ResponseHeadersTooLarge|InvalidHTTPResponse|InvalidContentLength|UnrequestedUpgrade)$/

/** @throws what fetch throws */
export function send({ fetch, signal, network }: Connection, url: string, sending: Sending): Promise<Response> {
  const { method = "POST", headers, body = null, isReusing = false, serverName } = sending
  const all = headers instanceof Headers ? headers : new Headers(headers)
  const isLocal = isOnThisMachine(url)
  // On one machine it costs more than it saves.
  if (!isLocal && !all.has("accept-encoding")) all.set("accept-encoding", ACCEPTED_CODINGS)
  return fetch(url, {
    method,
    headers: all,
    body,
    signal,
    // Following would hand the key to whatever host the redirect names.
    redirect: "manual",
    keepalive: isReusing,
    // Ours is the signal; Bun's own would cut a silent call after 5 minutes.
    timeout: false,
    // A coding that is broken, or only named, must not take the answer with it: see encoding.ts.
    decompress: false,
    // Undefined: as HTTP_PROXY and its like say.
    proxy: isLocal ? false : network?.proxy,
    tls: serverName === undefined ? network?.tls : { ...network?.tls, serverName },
  } as unknown as RequestInit)
}

/**
 * One request of a call and its reply.
 * @throws what fetch throws, when no answer came, or when it broke off and what came cannot be all of it
 */
export async function exchange(
  context: TransportContext,
  url: string,
  sending: Sending & { headers: Headers },
): Promise<Reply> {
  const { trace, clock, memory } = context
  const startedAt = clock.now()
  let answer: Answer
  try {
    const response = await send(context, url, sending)
    answer = isPlain(response)
      ? answerWith(response, await response.bytes(), null)
      : await receive(response, clock, ANSWER_BYTES_MAX, memory)
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
  return { ...answer, latencyMs: clock.now() - startedAt, upstream }
}

/** The headers in which providers give their own id of a request, the most specific first: OpenAI and most others, Anthropic, AWS, Azure, Cloudflare. */
const requestIdHeaders = ["x-request-id", "request-id", "x-amzn-requestid", "apim-request-id", "cf-ray"]

/** The provider's own id of the request. Our own id, sent back, is none. */
export function readRequestId(headers: Headers, sent: string | null): string | null {
  for (const name of requestIdHeaders) {
    const id = headers.get(name)
    if (id && id !== sent) return id
  }
  return null
}

/**
 * The answer that a response brings.
 * @param bytesMax of a 2xx; a longer one is not read
 * @param memory where a 2xx is held: it is read on only as there is room
 */
export async function receive(
  response: Response,
  clock: Clock,
  bytesMax = ANSWER_BYTES_MAX,
  memory?: AnswerMemory,
): Promise<Answer> {
  const { bytes, defect } = response.ok
    ? await readAnswer(response, bytesMax, memory)
    : await readRefusal(response, clock)
  const coding = response.headers.get("content-encoding")
  if (coding === null || defect !== null) return answerWith(response, bytes, defect)
  const decoded = await decode(bytes, coding, response.ok ? bytesMax : REFUSAL_BYTES_MAX)
  const more = decoded.bytes.length - bytes.length
  if (response.ok && more > UNCOUNTED_BYTES) await memory?.take(more)
  // Of a refusal its beginning is enough.
  return answerWith(response, decoded.bytes, response.ok ? decoded.defect : null)
}

/** As most answers are: read at once, without what the others need. */
function isPlain({ ok, headers }: Response): boolean {
  return (
    ok && Number(headers.get("content-length") ?? Number.NaN) <= UNCOUNTED_BYTES && !headers.has("content-encoding")
  )
}

function answerWith({ status, ok: isOk, headers, url }: Response, bytes: Uint8Array, defect: string | null): Answer {
  return { status, isOk, headers, url, bytes, defect }
}

interface Body {
  bytes: Uint8Array
  defect: string | null
}

async function readAnswer(response: Response, bytesMax: number, memory?: AnswerMemory): Promise<Body> {
  const length = Number(response.headers.get("content-length") ?? Number.NaN)
  if (length <= bytesMax) {
    if (length > UNCOUNTED_BYTES) await memory?.take(length)
    return { bytes: await response.bytes(), defect: null }
  }
  const { bytes, isCut, failure } = await readUpTo(response, length > bytesMax ? 0 : bytesMax, undefined, memory)
  if (isCut) return { bytes: new Uint8Array(), defect: tooLarge(bytesMax) }
  // The end of the stream was lost, not of the text.
  if (failure === null || isCompleteJson(bytes)) return { bytes, defect: null }
  if (MALFORMED.test(readCode(failure.error))) return { bytes, defect: "its body breaks the rules of HTTP" }
  throw failure.error
}

/** Whatever becomes of its words: the status says that it is a refusal. */
async function readRefusal(response: Response, clock: Clock): Promise<Body> {
  const { bytes } = await readUpTo(response, REFUSAL_BYTES_MAX, (stop) => clock.after(REFUSAL_MS, stop))
  return { bytes, defect: null }
}

/**
 * A body as far as it comes; what lies beyond `bytesMax` is not read, and the connection is closed.
 * @param limit calls what it is given when no more is waited for; what it returns calls that off
 * @param memory where it is held: it is read on only as there is room
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

/** The members of an answer's JSON; none where it is no object. */
export function readMembers(answer: Answer): Record<string, unknown> {
  try {
    return asRecord(JSON.parse(readText(answer)))
  } catch {
    return {}
  }
}

/**
 * Why a text is not taken apart and made anew, as JSON or by a package; null: it may be. To write what nests 100,000 levels
 * deep fails after seconds, which hold up the thread's other calls.
 */
export function depthDefect(text: string): string | null {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at)
    if (c === QUOTE) at = stringEnd(text, at)
    else if (c === BRACE || c === BRACKET) depth++
    // The characters that close them come two after.
    else if (c === BRACE + 2 || c === BRACKET + 2) depth--
    if (depth > DEPTH_MAX) return `it nests deeper than ${DEPTH_MAX} levels`
  }
  return null
}

/** Whether an answer came that is not HTTP: asked again, the server would say the same. */
export function isMalformed(error: unknown): boolean {
  return MALFORMED.test(readCode(error))
}

function readCode(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === "string" ? code : ""
}

function isCompleteJson(bytes: Uint8Array): boolean {
  try {
    return typeof JSON.parse(new TextDecoder().decode(bytes)) === "object"
  } catch {
    return false
  }
}

/** Where the addresses are of this machine, or of the network it alone sees: what is said there is nobody else's. */
const LOCAL =
  /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|169\.254\.\d+\.\d+|metadata\.google\.internal|\[::1?\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\]|\[fd00:ec2::[0-9a-f]+\])\.?$/

/** origin -> whether it is on this machine: a call has no time for it. */
const known = new Map<string, boolean>()
const KNOWN_MAX = 1000

/** Whether no proxy is asked for it, whatever the environment says: this machine, and what tells it who it is. */
export function isOnThisMachine(url: string): boolean {
  const end = url.indexOf("/", "https://".length)
  const origin = end < 0 ? url : url.slice(0, end)
  let isLocal = known.get(origin)
  if (isLocal === undefined) {
    isLocal = LOCAL.test(new URL(url).hostname)
    if (known.size >= KNOWN_MAX) known.clear()
    known.set(origin, isLocal)
  }
  return isLocal
}
