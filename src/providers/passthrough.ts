// Passthrough for every OpenAI-shaped provider: the client's bytes go out, the provider's bytes come back.
// Only `model` is replaced, and `fallbacks` and the parameters that the row names are removed or renamed. The answer gets
// `extra_fields`. No provider is named here: rows say what differs.
import type { Outcome } from "../call.ts"
import { applyEdits, editedLength } from "../edits.ts"
import { getEndpoint } from "../endpoints/endpoints.ts"
import type { StreamForm } from "../endpoints/streams/streamform.ts"
import { parseJson } from "../json.ts"
import type { Attempt } from "./adapter.ts"
import { editBody } from "./differences.ts"
import { ACCEPT_JSON, composeHeaders } from "./headers.ts"
import { refusedByUs, Settled } from "./outcomes.ts"
import type { EndpointSupport, HiddenRefusal, ProviderSettings } from "./provider.ts"
import { readHiddenRefusal } from "./refusalreader.ts"
import type { StreamedReply } from "./streamed.ts"
import { exchange, type Reply, type Sending } from "./transport.ts"
import { answered, refused, refusedInside, unreadable } from "./upstreamreplies.ts"

/**
 * On this machine connections are reused: opening one costs as much as the rest of a call. The server may close a reused connection at
 * that moment, so a call that must not be repeated gets a new one. Across a network every call gets a new one: an idle connection may
 * be dead without notice, for example after the machine slept, and the call would hang.
 */
const loopback = /^http:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])[:/]/

export async function passThrough(attempt: Attempt): Promise<Outcome> {
  const { call, provider } = attempt
  const support = findSupport(attempt)
  const edited =
    call.body === null ? null : editBody(call.body, call.model, support, getEndpoint(call.requestType).dropped)
  const warnings = edited?.warnings ?? []
  const url = buildUrl(provider, support, call.model)
  const headers = buildHeaders(attempt)
  const isReusing = call.isRepeatable && loopback.test(provider.baseUrl)
  const sending = { headers, body: edited?.text ?? streamForm(attempt), isReusing }
  const reply = await sendThrough(attempt, support, url, sending)
  if (!reply.isOk) return refused(attempt, reply)
  if (reply.defect !== null) return unreadable(attempt, reply, reply.defect)
  const refusal = support.refusal && hiddenRefusal(attempt, reply, support.refusal)
  if (refusal) return refusal
  return withWarnings(await answered(attempt, reply, support.isCostInDollars), warnings)
}

/** Reads on an answer whose stream broke. */
export async function resumeThrough(attempt: Attempt): Promise<Outcome> {
  const { resumeStream } = await import("./resumablestream.ts")
  return resumeStream(attempt, findUrl(attempt), buildHeaders(attempt))
}

/** Cancels an answer that the provider goes on with. */
export async function cancelThrough(attempt: Attempt): Promise<Outcome> {
  const { cancelStream } = await import("./resumablestream.ts")
  return cancelStream(attempt, findUrl(attempt))
}

function findUrl(attempt: Attempt): string {
  return buildUrl(attempt.provider, findSupport(attempt), attempt.call.model)
}

function findSupport({ provider, call }: Attempt): EndpointSupport {
  return provider.endpoints[call.requestType] ?? { adapter: "raw", path: "" }
}

async function sendThrough(
  attempt: Attempt,
  support: EndpointSupport,
  url: string,
  sending: Sending & { headers: Headers },
): Promise<StreamedReply> {
  const { call, context } = attempt
  const form: StreamForm | undefined = context.emit && getEndpoint(call.requestType).stream
  if (!form) return exchange(context, url, sending)
  if (support.isResumable && context.keepState) {
    const { startStream } = await import("./resumablestream.ts")
    const reply = await startStream(attempt, form, url, sending)
    if (reply !== null) return reply
  }
  const { streamThrough } = await import("./streamed.ts")
  return streamThrough(attempt, form, url, sending)
}

function withWarnings(outcome: Outcome, warnings: string[]): Outcome {
  return outcome.kind === "answered" && warnings.length > 0 ? { ...outcome, warnings } : outcome
}

/** The path below the provider's address, unless it is a whole URL. A query may hold another one. */
function buildUrl({ baseUrl }: ProviderSettings, { path }: EndpointSupport, model: string): string {
  const filled = path.includes("{model}") ? path.replaceAll("{model}", segment(model)) : path
  return filled.startsWith("http") ? filled : baseUrl + filled
}

/** The model as a segment of the path. @throws {Settled} for one that would lead to another path */
function segment(model: string): string {
  if (!/^\.\.?$/.test(model) && model.isWellFormed()) return encodeURIComponent(model)
  const message = "model has characters that an address cannot contain"
  throw new Settled(refusedByUs({ message, param: "model" }))
}

function buildHeaders({ call, provider, key }: Attempt): Headers {
  const { form } = call
  const { header, prefix } = provider.authorization
  const fixed: Record<string, string> = { "content-type": form?.contentType ?? "application/json" }
  if (key !== null) fixed[header] = prefix + key
  if (form !== null) fixed["content-length"] = String(editedLength(form.bytes, form.edits))
  return composeHeaders({ call, provider }, ACCEPT_JSON, fixed)
}

/** The client's form with its edits, as a stream, so that memory does not grow with it. */
function streamForm({ call: { form }, context: { pieceAt } }: Attempt): ReadableStream<Uint8Array> {
  const change = applyEdits(form?.edits ?? [])
  let seq = 0
  return new ReadableStream(
    {
      async pull(controller) {
        const piece = await pieceAt(seq++)
        if (piece === null) return controller.close()
        for (const part of change(piece)) if (part.length > 0) controller.enqueue(part)
      },
    },
    { highWaterMark: 1 },
  )
}

/** The refusal that a 2xx hides, or null when it is none. */
function hiddenRefusal(attempt: Attempt, reply: Reply, form: HiddenRefusal): Outcome | null {
  const body = parseJson(new TextDecoder().decode(reply.bytes))
  const found = readHiddenRefusal(body, form)
  return found && refusedInside(attempt, reply, found, body)
}
