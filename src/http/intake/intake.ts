// POST: from bytes to a stored job. The edge parses once and refuses early what would fail late.

import { sha256Hex } from "../../auth/keyring.ts"
import type { Secrets } from "../../auth/sealing.ts"
import type { Extras, Form } from "../../call.ts"
import { type Clock, newJobId } from "../../clock.ts"
import type { Endpoint } from "../../endpoints/endpoint.ts"
import { GatewayError } from "../../errors.ts"
import type { NewJob } from "../../jobs/job.ts"
import type { Reads } from "../../jobs/sqlite/reads.ts"
import { FormError } from "../../multiparthead.ts"
import { boundedWarnings } from "../../providers/bounds.ts"
import { ANY_KEY, callerKeyChoice, canCall, isKeyless, keyNamed, keysFor, pinnedTo } from "../../providers/keys.ts"
import { isPlain, type ProviderSettings } from "../../providers/provider.ts"
import { answerFor, statusOf, timeOf, wireJob } from "../dialects/bifrost.ts"
import type { EngineLine } from "../engineclient.ts"
import { type Pace, setPace } from "../pace.ts"
import { preferredWait, type Waits } from "../wait.ts"
import { receive } from "./body.ts"
import {
  asksForOwnKey,
  type Caller,
  type CallerOptions,
  identify,
  isSoleUser,
  ownerOf,
  ownKeyFor,
  permit,
  type SoleUserOptions,
} from "./caller.ts"
import { checkedRequestId, childOf, idempotencyDigest, pinnedKey, secretOf } from "./forwarding.ts"
import type { Limiter } from "./limiter.ts"
import { type TermOptions, termsOf } from "./options.ts"
import type { BodyOptions, Received } from "./received.ts"
import { check, fallbacksOf, noKeys, refusalOf, type Target } from "./target.ts"

export interface SubmitOptions extends BodyOptions, CallerOptions, SoleUserOptions, TermOptions {
  engine: EngineLine
  reads: Reads
  clock: Clock
  /** Milliseconds from any moment on, with their fractions. */
  steady: () => number
  random: (bytes: number) => Uint8Array
  providers: ReadonlyMap<string, ProviderSettings>
  /** Headers of a call that no caller may set. */
  reserved: ReadonlySet<string>
  limiter: Limiter
  secrets: Secrets
  pace: Pace
  waits: Waits
}

/** @throws {GatewayError} for every request that is not accepted */
export async function submit(endpoint: Endpoint, request: Request, options: SubmitOptions): Promise<Response> {
  const began = options.steady()
  const createdAt = options.clock.now()
  const requestId = checkedRequestId(request.headers, options.keyring)
  // Where callers must be known, nothing of a stranger's body is read.
  const known = options.isAuthEnforced
    ? identify(request.headers, options, createdAt, { requestType: endpoint.requestType })
    : null
  const id = newJobId(createdAt)
  const received = await receive(request, id, endpoint.forms, options)
  const candidate = { id, requestId, createdAt, received, request, known }
  let job: JobHead
  let replayedId: string | null = null
  let isAccepted = false
  try {
    const wanted = wantedBy(candidate, endpoint, options)
    // Awaited only where there is something to look at: each turn of promises costs a submit one part in fifty.
    const lost = wanted.isAsIs ? [] : await lostIn(wanted, received.submission, options)
    job = jobOf(candidate, wanted, lost, endpoint, options)
    replayedId = await options.engine.submit(job, received.text)
    isAccepted = true
  } finally {
    received.settle(isAccepted)
  }
  const storedMs = options.steady() - began
  const wait = preferredWait(request.headers)
  if (wait !== null) await options.waits.until(replayedId ?? id, wait, request.signal)
  return accepted(endpoint, job, { replayedId, storedMs, wait }, options)
}

interface Candidate {
  id: string
  requestId: string
  createdAt: number
  received: Received
  request: Request
  /** The caller, where it had to be known before its body was read. */
  known: Caller | null
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

function wantedBy(candidate: Candidate, endpoint: Endpoint, options: SubmitOptions): Wanted {
  const { createdAt, received, known } = candidate
  const { headers } = candidate.request
  const { submission } = received
  const target = check(received, endpoint, options.providers)
  const caller = known ?? identify(headers, options, createdAt, target)
  const { ownKey, keyChoice } = credentials(caller, target, headers, options)
  const fallbacks = fallbacksOf(submission, caller, endpoint, options.providers)
  for (const name of endpoint.dropped) delete submission.fields[name]
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
  { id, requestId, createdAt, received, request }: Candidate,
  { target, fallbacks, caller, ownKey, keyChoice }: Wanted,
  warnings: string[],
  endpoint: Endpoint,
  options: SubmitOptions,
): JobHead {
  const { headers } = request
  const isNeeded = ownKey !== null && needsOwnKey(target, headers, options)
  const owner = ownerOf(caller, isNeeded ? ownKey : null)
  const idempotencyKey = idempotencyKeyOf(owner, request, options)
  const secret = secretOf(headers, ownKey, target.provider, options)
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

/** Whether the call needs the caller's own key, which then owns the job. Client libraries send one that nobody asked for. */
function needsOwnKey({ provider }: Target, headers: Headers, { providers }: SubmitOptions): boolean {
  const settings = providers.get(provider)
  return asksForOwnKey(headers) || (settings !== undefined && !isKeyless(settings))
}

/** What tells nobody's requests apart: the address they come from, unless there is but one who can send any. */
function idempotencyKeyOf(owner: string, request: Request, options: SubmitOptions): string | null {
  const given = request.headers.get("idempotency-key")
  if (given === null || owner !== "" || isSoleUser(request, options)) return idempotencyDigest(owner, given)
  return idempotencyDigest(`peer:${options.peerOf(request)}`, given)
}

/** Whether the request goes to this provider as it is. */
function isAsIs({ provider, requestType }: Target, { providers }: SubmitOptions): boolean {
  const way = providers.get(provider)?.endpoints[requestType]
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
  const { checkSubmission } = await import("../../providers/parameters.ts")
  const { errors, warnings } = checkSubmission(provider, requestType, target.model, submission)
  const [error] = errors
  if (!error) return warnings
  throw refusalOf({ ...error, message: `${error.message} (${target.provider})` }, { ...target, requestType })
}

/** What the call will go out with: the caller's own key, a configured one that is pinned, or any that fits. */
function credentials(
  caller: Caller,
  target: Target,
  headers: Headers,
  options: SubmitOptions,
): { ownKey: string | null; keyChoice: string } {
  permit(caller, target)
  const provider = options.providers.get(target.provider)
  const name = pinnedKey(headers)
  const owner = ownerOf(caller, null)
  const choice = provider ? choiceOf(provider, target.model, name, owner) : null
  const holdsKey =
    provider !== undefined && choice !== null && keysFor(provider, target.model, choice, owner).length > 0
  const ownKey = ownKeyFor(caller, holdsKey, headers)
  if (ownKey !== null) return { ownKey, keyChoice: callerKeyChoice(sha256Hex(ownKey)) }
  if (provider === undefined || choice === null || !canCall(provider, target.model, choice, owner))
    throw noKeys(target, provider, { pinned: name, allowsOwnKeys: options.allowsOwnKeys })
  return { ownKey, keyChoice: choice }
}

/** Any key, or the one that is pinned by its id or its name; null when there is none of that name. */
function choiceOf(provider: ProviderSettings, model: string, name: string | null, owner: string): string | null {
  if (name === null) return ANY_KEY
  const key = keyNamed(provider, model, name, owner)
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
  return new Response(`${JSON.stringify(head)}\n`, { status: 202, headers })
}
