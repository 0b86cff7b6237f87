// POST: from bytes to a stored job. The edge parses once and refuses early what would fail late.
import { closest } from "fastest-levenshtein"
import type { Extras, Form } from "../call.ts"
import { type Clock, newJobId } from "../clock.ts"
import type { Endpoint, Problem } from "../endpoints/endpoint.ts"
import { type ErrorFields, GatewayError } from "../errors.ts"
import type { Reads } from "../jobs/reads.ts"
import type { NewJob } from "../jobs/store.ts"
import { sha256Hex } from "../keyring.ts"
import { FormError } from "../multipart.ts"
import { boundedWarnings } from "../providers/bounds.ts"
import { ANY_KEY, canCall, keyNamed, keysFor, ownKeyChoice, pinnedTo } from "../providers/keys.ts"
import { isPlain, type ProviderSettings } from "../providers/table.ts"
import type { Secrets } from "../secrets.ts"
import { type BodyOptions, type Received, receive } from "./body.ts"
import { type Caller, type CallerOptions, identify, ownerOf, ownKeyFor, permit } from "./callers.ts"
import type { EngineLine } from "./engine.ts"
import { childOf, idempotencyDigest, pinnedKey, secretOf } from "./forwarding.ts"
import { answerFor, statusOf, timeOf, wireJob } from "./jobs.ts"
import type { Limiter } from "./limiter.ts"
import { type Pace, setPace } from "./pace.ts"
import { type TermOptions, termsOf } from "./terms.ts"
import { preferredWait, type Waits } from "./wait.ts"

export interface SubmitOptions extends BodyOptions, CallerOptions, TermOptions {
  engine: EngineLine
  reads: Reads
  clock: Clock
  /** Milliseconds from any moment on, with their fractions. */
  steady: () => number
  random: (bytes: number) => Uint8Array
  providers: ReadonlyMap<string, ProviderSettings>
  limiter: Limiter
  secrets: Secrets
  pace: Pace
  waits: Waits
}

/** Where a request goes, once that is known. */
interface Target {
  provider: string
  model: string
  requestType: string
}

/** @throws {GatewayError} for every request that is not accepted */
export async function submit(
  endpoint: Endpoint,
  request: Request,
  requestId: string,
  options: SubmitOptions,
): Promise<Response> {
  const began = options.steady()
  const createdAt = options.clock.now()
  const id = newJobId(createdAt)
  const received = await receive(request, id, endpoint.forms, options)
  const candidate = { id, requestId, createdAt, received, headers: request.headers }
  let job: JobHead
  let replayedId: string | null
  try {
    const wanted = wantedBy(candidate, endpoint, options)
    // Awaited only where there is something to look at: each turn of promises costs a submit one part in fifty.
    const lost = wanted.isAsIs ? [] : await lostIn(wanted, received.submission, options)
    job = jobOf(candidate, wanted, lost, endpoint, options)
    replayedId = await options.engine.submit(job, received.text)
  } catch (error) {
    received.discard()
    throw error
  }
  const storedMs = options.steady() - began
  const wait = preferredWait(request.headers)
  if (wait !== null) await options.waits.until(replayedId ?? id, wait, request.signal)
  return accepted(endpoint, job, { replayedId, storedMs, wait }, options)
}

/** What must hold of the body, in the wire's order: required fields, the stream, the model and its provider. */
function check(
  { submission, repeated }: Received,
  endpoint: Endpoint,
  providers: ReadonlyMap<string, ProviderSettings>,
): Target {
  const fields: ErrorFields = { requestType: endpoint.requestType }
  const twice = endpoint.reads.find((name) => repeated.has(name))
  if (twice !== undefined) {
    throw new GatewayError("invalid_request", `${twice} is given twice: send it once`, { param: twice, fields })
  }
  // The gateway reads it here, the provider would read it there: they must not be two.
  const file = submission.files.find(({ name }) => name === "model" || name === "stream" || name === "fallbacks")
  if (file) {
    throw new GatewayError("invalid_request", `${file.name} must be a text field, not a file`, {
      param: file.name,
      fields,
    })
  }
  const { model } = submission.fields
  const provider = typeof model === "string" ? providers.get(model.split("/", 1)[0] ?? "") : undefined
  const problem = endpoint.check(submission, provider?.optional[endpoint.requestType] ?? [])
  if (problem) throw refusalOf(problem, fields)
  const streamParam = endpoint.asksForStream(submission)
  if (streamParam !== null && endpoint.streamRefusal !== null) {
    throw new GatewayError("invalid_request", endpoint.streamRefusal, { param: streamParam, fields })
  }
  return checkTarget(model, "model", endpoint, providers)
}

/** What a `provider/model` names, of the primary or of a fallback. `param` says where it stands. */
function checkTarget(
  given: unknown,
  param: string,
  { requestType }: Endpoint,
  providers: ReadonlyMap<string, ProviderSettings>,
): Target {
  const refuse = (message: string) => new GatewayError("invalid_request", message, { param, fields: { requestType } })
  if (given === undefined || given === null || given === "") throw refuse(`${param} is required`)
  if (typeof given !== "string") throw refuse(`${param} must be a string in the format 'provider/model'`)
  const slash = given.indexOf("/")
  if (slash <= 0 || slash === given.length - 1) throw refuse(`${param} must be in the format 'provider/model'`)
  const target = { provider: given.slice(0, slash), model: given.slice(slash + 1), requestType }
  const provider = providers.get(target.provider)
  if (!provider) {
    const names = [...providers.keys()]
    throw new GatewayError(
      "unknown_provider",
      `unknown provider '${target.provider}': did you mean '${closest(target.provider, names)}'? Known here: ${names.join(", ")}`,
      { param, fields: target },
    )
  }
  if (provider.ways[requestType] === undefined) {
    const message = `${requestType} is not supported by ${provider.name} provider`
    throw new GatewayError("unsupported_operation", message, { param, fields: target })
  }
  return target
}

/** Where the job goes when the primary has failed it. The caller must be allowed there, and the gateway hold a key. */
function fallbacksOf(
  { form, fields }: Received["submission"],
  caller: Caller,
  endpoint: Endpoint,
  { providers }: SubmitOptions,
): Target[] {
  const given = fields["fallbacks"]
  if (given === undefined || given === null) return []
  // A form has text only: the list as JSON, or the one there is.
  const list = form === "multipart" && typeof given === "string" ? listIn(given) : given
  if (!Array.isArray(list)) {
    const message = "fallbacks must be a list of texts in the format 'provider/model'"
    throw new GatewayError("invalid_request", message, {
      param: "fallbacks",
      fields: { requestType: endpoint.requestType },
    })
  }
  return list.map((text, at) => {
    const target = checkTarget(text, `fallbacks[${at}]`, endpoint, providers)
    permit(caller, target)
    const provider = providers.get(target.provider)
    if (provider && canCall(provider, target.model, ANY_KEY)) return target
    throw noKeys(target, null)
  })
}

function listIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return [text]
  }
}

function noKeys(target: Target, name: string | null): GatewayError {
  const pinned = name === null ? "" : ` with the name or id '${name}'`
  const message = `no keys found for provider: ${target.provider} and model: ${target.model}${pinned}`
  return new GatewayError("no_keys", message, { fields: target })
}

interface Candidate {
  id: string
  requestId: string
  createdAt: number
  received: Received
  headers: Headers
}

/** A job without the body that it comes with. */
type JobHead = Omit<NewJob, "body">

/** What a request asks for and may have. */
interface Wanted {
  target: Target
  fallbacks: Target[]
  caller: Caller
  ownKey: string | null
  keyChoice: string
  /** All of its providers take it as it is. */
  isAsIs: boolean
}

function wantedBy({ createdAt, received, headers }: Candidate, endpoint: Endpoint, options: SubmitOptions): Wanted {
  const target = check(received, endpoint, options.providers)
  const caller = identify(headers, options, createdAt, target)
  const { ownKey, keyChoice } = credentials(caller, target, headers, options)
  const fallbacks = fallbacksOf(received.submission, caller, endpoint, options)
  const isPlainFor = (each: Target) => isAsIs(each, options)
  return { target, fallbacks, caller, ownKey, keyChoice, isAsIs: isPlainFor(target) && fallbacks.every(isPlainFor) }
}

/** What of it the first of its providers does not take, in words. @throws {GatewayError} where any of them cannot do without */
async function lostIn(
  { target, fallbacks }: Wanted,
  submission: Received["submission"],
  options: SubmitOptions,
): Promise<string[]> {
  const warnings: string[] = []
  for (const each of [target, ...fallbacks].filter((candidate) => !isAsIs(candidate, options))) {
    const lost = await lostBy(each, submission, options)
    // A fallback may never be asked.
    if (each === target) warnings.push(...lost)
  }
  return warnings
}

/** @throws {GatewayError} invalid_request for terms that cannot be read, rate_limited */
function jobOf(
  { id, requestId, createdAt, received, headers }: Candidate,
  { target, fallbacks, caller, ownKey, keyChoice }: Wanted,
  warnings: string[],
  endpoint: Endpoint,
  options: SubmitOptions,
): JobHead {
  const owner = ownerOf(caller, ownKey)
  const idempotencyKey = idempotencyDigest(owner, headers.get("idempotency-key"))
  const secret = secretOf(headers, ownKey, target.provider)
  const { deadlineAt, priority, lossRetries, ttlMs } = termsOf(
    headers,
    received.submission,
    endpoint,
    createdAt,
    options,
  )
  if (caller.kind === "virtual key") options.limiter.take(caller.key, createdAt)
  const { form } = received
  return {
    id,
    requestId,
    owner,
    provider: target.provider,
    model: target.model,
    requestType: target.requestType,
    createdAt,
    deadlineAt,
    priority,
    lossRetries,
    ttlMs,
    keyChoice,
    form: form === null ? null : JSON.stringify(formOf(form, target.model)),
    extras: extrasOf(headers, options),
    warnings: warnings.length === 0 ? null : JSON.stringify(boundedWarnings(warnings)),
    fallbacks:
      fallbacks.length === 0 ? null : JSON.stringify(fallbacks.map(({ provider, model }) => ({ provider, model }))),
    secret: secret === null ? null : Buffer.from(options.secrets.seal(secret, id)).toString("base64"),
    idempotencyKey,
    bodyDigest: idempotencyKey === null ? null : sha256Hex(`${target.requestType} ${received.digest}`),
  }
}

/** Whether the request goes to this provider as it is. */
function isAsIs({ provider, requestType }: Target, { providers }: SubmitOptions): boolean {
  const way = providers.get(provider)?.ways[requestType]
  return way === undefined || isPlain(way)
}

/**
 * What of the request this provider does not take and that leaves its meaning as it is, in words.
 * @throws {GatewayError} unsupported_parameter where it does not
 */
async function lostBy(
  { requestType, ...target }: Target,
  submission: Received["submission"],
  { providers }: SubmitOptions,
): Promise<string[]> {
  const provider = providers.get(target.provider)
  if (!provider) return []
  // Loaded when it is first needed: it knows every provider's form.
  const { findingsOf } = await import("../providers/unsupported.ts")
  const { problems, warnings } = findingsOf(provider, requestType, target.model, submission)
  const [problem] = problems
  if (!problem) return warnings
  throw refusalOf({ ...problem, message: `${problem.message} (${target.provider})` }, { ...target, requestType })
}

function refusalOf({ isUnsupported, message, param }: Problem, fields: ErrorFields): GatewayError {
  return new GatewayError(isUnsupported ? "unsupported_parameter" : "invalid_request", message, { param, fields })
}

/** What the call will go out with: the caller's own key, a configured one that is pinned, or any that fits. */
function credentials(
  caller: Caller,
  target: Target,
  headers: Headers,
  { providers }: SubmitOptions,
): { ownKey: string | null; keyChoice: string } {
  permit(caller, target)
  const provider = providers.get(target.provider)
  const name = pinnedKey(headers)
  const choice = provider ? choiceOf(provider, target.model, name) : null
  const holdsKey = provider !== undefined && choice !== null && keysFor(provider, target.model, choice).length > 0
  const ownKey = ownKeyFor(caller, holdsKey, headers)
  if (ownKey !== null) return { ownKey, keyChoice: ownKeyChoice(sha256Hex(ownKey)) }
  if (provider === undefined || choice === null || !canCall(provider, target.model, choice)) throw noKeys(target, name)
  return { ownKey, keyChoice: choice }
}

/** Any key, or the one that is pinned by its id or its name; null when there is none of that name. */
function choiceOf(provider: ProviderSettings, model: string, name: string | null): string | null {
  if (name === null) return ANY_KEY
  const key = keyNamed(provider, model, name)
  return key && pinnedTo(key.id)
}

function formOf({ contentType, read }: NonNullable<Received["form"]>, model: string): Form {
  try {
    return { contentType, bytes: read.bytes, edits: read.edits({ model, stream: null, fallbacks: null }) }
  } catch (error) {
    if (error instanceof FormError) throw new GatewayError("invalid_request", error.message, { param: "model" })
    throw error
  }
}

/** What goes out with every call, whoever it goes to: it is no secret. */
function extrasOf(headers: Headers, { random }: SubmitOptions): string | null {
  const traceparent = childOf(headers.get("traceparent"), random)
  return traceparent === null ? null : JSON.stringify({ headers: { traceparent } } satisfies Extras)
}

/** How a job was stored: as which one, in what time, and for how long its client has waited for its end. */
interface Stored {
  replayedId: string | null
  storedMs: number
  wait: number | null
}

/** 202 with the job; where the client preferred to wait and the job has ended, 200 with its end. */
function accepted(
  endpoint: Endpoint,
  stored: JobHead,
  { replayedId, storedMs, wait }: Stored,
  { reads, clock, pace }: SubmitOptions,
): Response {
  const id = replayedId ?? stored.id
  const now = clock.now()
  const job = replayedId === null && wait === null ? null : reads.job(id, now)
  const headers: Record<string, string> = {
    "content-type": "application/json",
    location: `${endpoint.path}/${id}`,
    "x-request-id": stored.requestId,
  }
  if (replayedId !== null) headers["idempotent-replayed"] = "true"
  if (wait !== null) headers["preference-applied"] = `wait=${wait}`
  if (job && wait !== null && job.completedAt !== null) {
    return answerFor(job, wireJob(job), { reads, pace, now, headers })
  }
  const head = {
    id,
    request_id: job?.requestId ?? stored.requestId,
    status: job ? statusOf(job.state, job.attempt) : "pending",
    created_at: timeOf(job?.createdAt ?? stored.createdAt),
  }
  setPace(headers, pace.afterMs(job ?? stored, now))
  headers["server-timing"] = `store;dur=${storedMs.toFixed(2)}`
  return new Response(JSON.stringify(head), { status: 202, headers })
}
