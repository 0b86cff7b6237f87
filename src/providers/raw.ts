// Passthrough for every OpenAI-shaped provider: the client's bytes go out, the provider's bytes come back.
// Only `model` is replaced, `stream` removed, and `extra_fields` added to the answer.
import type { Call, Outcome, Refusal } from "../call.ts"
import { endpointOf } from "../endpoints/table.ts"
import { append, edit } from "../json.ts"
import type { CallContext } from "./perform.ts"
import { keyFor, type ProviderSettings } from "./table.ts"

/** More than this is no answer but a fault, and would take the thread's memory. */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024
/** How much of an unexpected answer is quoted in the error. */
const QUOTE_CHARS = 300

export async function raw(call: Call, provider: ProviderSettings, context: CallContext): Promise<Outcome> {
  const key = keyFor(provider, call.model)
  const startedAt = context.clock.now()
  const response = await context.fetch(`${provider.baseUrl}${provider.paths[call.requestType]}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json",
      "user-agent": "asyncgate",
      "x-request-id": call.requestId,
      ...(key ? { authorization: `Bearer ${key.value}` } : {}),
      ...provider.headers,
    },
    body: edit(call.body, { model: JSON.stringify(call.model), stream: null }),
    // Following would hand the key to whatever host the redirect names.
    redirect: "manual",
    // A reused connection that the server has just closed fails a POST that cannot be repeated blindly.
    keepalive: false,
    // Ours is the signal; Bun's own would cut a silent call after 5 minutes.
    timeout: false,
    signal: context.signal,
  } as RequestInit)
  const text = await read(response)
  if (!response.ok) {
    return {
      kind: "refused",
      status: response.status,
      refusal: hideKey(readRefusal(response, text), key?.value),
      retryAfterMs: retryAfterMs(response.headers.get("retry-after"), context.clock.now()),
    }
  }
  return answer(call, response.status, text, response.headers.get("content-type"), context.clock.now() - startedAt)
}

/** A 2xx, checked to be what the endpoint promises and given its `extra_fields`. `latencyMs` is what the call took. */
export function answer(
  call: Call,
  status: number,
  text: string,
  contentType: string | null,
  latencyMs: number,
): Outcome {
  const problem = endpointOf(call.requestType).problemOf(text)
  if (problem !== null) {
    const what = `${call.provider} answered ${status} (${contentType ?? "no content type"}), but ${problem}`
    return { kind: "unreadable", status, message: text === "" ? what : `${what}: ${quote(text)}`, body: text }
  }
  const extra = {
    request_type: call.requestType,
    provider: call.provider,
    model_requested: call.model,
    original_model_requested: call.model,
    resolved_model_used: call.model,
    latency: Math.max(0, Math.round(latencyMs)),
    chunk_index: 0,
  }
  return { kind: "answered", status, body: append(text, "extra_fields", JSON.stringify(extra)) }
}

/** The provider's own words, in any of the forms OpenAI-shaped servers use: `{error: {…}}`, `{error: "…"}`, `{message}`, `{detail}`, or text. */
export function readRefusal(response: Response, text: string): Refusal {
  const refusal: Refusal = { type: null, code: null, message: "", param: null }
  if (response.status >= 300 && response.status < 400) {
    const location = response.headers.get("location") ?? ""
    const host = URL.canParse(location, response.url) ? ` to ${new URL(location, response.url).host}` : ""
    refusal.message = `the provider answered ${response.status}, a redirect${host}, which is not followed: set base_url to the final address`
    return refusal
  }
  const body = parse(text)
  const error = isRecord(body) ? (body["error"] ?? body) : body
  if (isRecord(error)) {
    refusal.type = textOf(error["type"])
    refusal.code = textOf(error["code"])
    refusal.param = textOf(error["param"])
    refusal.message = textOf(error["message"]) ?? textOf(error["detail"]) ?? ""
  } else {
    refusal.message = textOf(error) ?? ""
  }
  if (refusal.message === "") {
    refusal.message = `the provider answered ${response.status}${text === "" ? " with an empty body" : `: ${quote(text)}`}`
  }
  return refusal
}

/** Milliseconds from `Retry-After`: seconds or an HTTP date (RFC 9110, 10.2.3); null when there is none that can be read. */
export function retryAfterMs(value: string | null, now: number): number | null {
  if (value === null) return null
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Math.round(Number(value) * 1000)
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}

async function read(response: Response): Promise<string> {
  const length = Number(response.headers.get("content-length") ?? Number.NaN)
  if (length <= ANSWER_BYTES_MAX) return response.text()
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of response.body ?? []) {
    bytes += piece.length
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`the answer is larger than ${ANSWER_BYTES_MAX / 1024 / 1024} MiB`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}

/** Some providers repeat the key in their complaint about it. */
function hideKey(refusal: Refusal, key: string | undefined): Refusal {
  return key
    ? (JSON.parse(JSON.stringify(refusal).replaceAll(JSON.stringify(key).slice(1, -1), "[key]")) as Refusal)
    : refusal
}

function quote(text: string): string {
  return JSON.stringify(text.length > QUOTE_CHARS ? `${text.slice(0, QUOTE_CHARS)}…` : text)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string | null {
  if (typeof value === "string") return value
  return typeof value === "number" ? String(value) : null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
