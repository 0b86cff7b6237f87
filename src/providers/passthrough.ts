// Passthrough for every OpenAI-shaped provider: the client's bytes go out, the provider's bytes come back.
// Only `model` is replaced, and `stream`, `fallbacks` and the parameters that the row names are removed or renamed. The answer gets
// `extra_fields`. No provider is named here: rows say what differs.
import type { Outcome } from "../call.ts"
import { applyEdits, editedLength } from "../edits.ts"
import { getEndpoint } from "../endpoints/endpoints.ts"
import { UNKNOWN } from "../endpoints/parametertable.ts"
import { append, edit, parseJson, scan } from "../json.ts"
import type { Attempt } from "./adapter.ts"
import { ACCEPT_JSON, composeHeaders } from "./headers.ts"
import type { EndpointSupport, HiddenRefusal, ProviderSettings } from "./provider.ts"
import { readRetryAfterMs } from "./ratelimits.ts"
import { readHiddenRefusal } from "./refusalreader.ts"
import { exchange, type Reply } from "./transport.ts"
import { answered, hider, hideSecrets, refused, refusedWith, unreadable } from "./upstreamreplies.ts"

/**
 * On this machine connections are reused: opening one costs as much as the rest of a call. The server may close a reused connection at
 * that moment, so a call that must not be repeated gets a new one. Across a network every call gets a new one: an idle connection may
 * be dead without notice, for example after the machine slept, and the call would hang.
 */
const loopback = /^http:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])[:/]/

export async function passThrough(attempt: Attempt): Promise<Outcome> {
  const { call, provider, context } = attempt
  const support: EndpointSupport = provider.endpoints[call.requestType] ?? { adapter: "raw", path: "" }
  const named = findMembers(call.body, support)
  const url = buildUrl(provider, support, call.model)
  const sending = {
    headers: buildHeaders(attempt),
    body: buildBody(attempt, support, named),
    isReusing: call.isRepeatable && loopback.test(provider.baseUrl),
  }
  const form = context.emit && getEndpoint(call.requestType).stream
  if (form && typeof sending.body === "string") {
    const { streamThrough } = await import("./streamed.ts")
    return withWarnings(await streamThrough(attempt, form, url, { ...sending, body: sending.body }), support, named)
  }
  const reply = await exchange(context, url, sending)
  if (!reply.isOk) return refused(attempt, reply)
  if (reply.defect !== null) return unreadable(attempt, reply, reply.defect)
  const refusal = support.refusal && refusedInside(attempt, reply, support.refusal)
  if (refusal) return refusal
  return withWarnings(await answered(attempt, reply, support.isCostInDollars), support, named)
}

/** Names the parameters that were left out. */
function withWarnings(outcome: Outcome, support: EndpointSupport, named: Members): Outcome {
  const warnings = (support.drop ?? []).filter((name) => named.has(name)).map((name) => `${name} ${UNKNOWN}`)
  return outcome.kind === "answered" && warnings.length > 0 ? { ...outcome, warnings } : outcome
}

/** The path below the provider's address, unless it is a whole URL. */
function buildUrl({ baseUrl }: ProviderSettings, { path }: EndpointSupport, model: string): string {
  const filled = path.includes("{model}") ? path.replaceAll("{model}", encodeURIComponent(model)) : path
  return filled.includes("://") ? filled : baseUrl + filled
}

function buildHeaders({ call, provider, key }: Attempt): Headers {
  const { form } = call
  const { header, prefix } = provider.authorization
  const fixed: Record<string, string> = { "content-type": form?.contentType ?? "application/json" }
  if (key !== null) fixed[header] = prefix + key
  if (form !== null) fixed["content-length"] = String(editedLength(form.bytes, form.edits))
  return composeHeaders({ call, provider }, ACCEPT_JSON, fixed)
}

/** The client's body with its edits: JSON as text, a form as a stream, so that memory does not grow with it. */
function buildBody(
  { call: { body, form, model, requestType }, context: { pieceAt } }: Attempt,
  support: EndpointSupport,
  named: Members,
): string | ReadableStream<Uint8Array> {
  if (body !== null) return editBody(body, model, support, named, getEndpoint(requestType).dropped)
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
function refusedInside(
  attempt: Attempt,
  { bytes, status, headers, upstream }: Reply,
  form: HiddenRefusal,
): Outcome | null {
  const body = parseJson(new TextDecoder().decode(bytes))
  const found = readHiddenRefusal(body, form)
  if (found === null) return null
  const hide = hider(attempt)
  const refusal = hideSecrets(found.refusal, hide)
  const message = refusal.message || hide(`the provider answered ${status} with the code ${refusal.code}`)
  const wait = readRetryAfterMs(headers, body, upstream.limits, found.status, attempt.context.clock.wall())
  return refusedWith(found.status, { ...refusal, message }, wait, upstream)
}

/** name -> JSON text */
type Members = ReadonlyMap<string, string>
const none: Members = new Map()

/** The members of a JSON body that its row renames or drops. Most rows do neither. Null counts as absent. */
function findMembers(body: string | null, { rename, drop = [] }: EndpointSupport): Members {
  if (body === null || (!rename && drop.length === 0)) return none
  const names = new Set([...Object.keys(rename ?? {}), ...drop])
  const found = scan(body)
  if (found.kind !== "object") return none
  // Of two members with one name the last counts.
  const members = new Map(found.members.map(({ key, valueStart, end }) => [key, body.slice(valueStart, end)]))
  return new Map([...members].filter(([name, text]) => names.has(name) && text !== "null"))
}

/** Renames and removes parameters as the row says. Parameters that the provider would refuse have passed the check only with neutral values, and are removed too. */
function editBody(
  body: string,
  model: string,
  { rename = {}, drop = [], reject = [] }: EndpointSupport,
  named: Members,
  dropped: readonly string[],
): string {
  const changes: Record<string, string | null> = { model: JSON.stringify(model), stream: null, fallbacks: null }
  for (const names of [dropped, drop, reject, Object.keys(rename)]) for (const name of names) changes[name] ??= null
  return Object.entries(rename).reduce(
    (rest, [from, to]) => {
      const value = named.get(from)
      return value === undefined ? rest : append(rest, to, value)
    },
    edit(body, changes),
  )
}
