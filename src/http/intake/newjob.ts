// Makes the job that is stored for a request that has passed all checks.
import { type CallerSecret, writeSecret } from "../../auth/callersecret.ts"
import type { Secrets } from "../../auth/sealing.ts"
import type { Extras, Form } from "../../call.ts"
import { sha256Hex } from "../../digest.ts"
import { type Endpoint, type Submission, tierPriority } from "../../endpoints/endpoint.ts"
import { GatewayError } from "../../errors.ts"
import type { NewJob } from "../../jobs/job.ts"
import { FormError } from "../../multiparthead.ts"
import { boundedWarnings } from "../../providers/bounds.ts"
import { isKeyless } from "../../providers/keys.ts"
import { type Caller, nameOwner } from "./caller.ts"
import type { Credentials } from "./credentials.ts"
import type { Received } from "./received.ts"
import type { JobOptions, RequestHead } from "./requesthead.ts"
import type { Providers, Target } from "./target.ts"
import { makeChildTrace } from "./traceparent.ts"

/** A job without its body. */
export type JobHead = Omit<NewJob, "body">

/** What the checks have found out about a request. */
export interface Checked {
  id: string
  endpoint: Endpoint
  head: RequestHead
  body: Received
  target: Target
  fallbacks: readonly Target[]
  caller: Caller
  credentials: Credentials
  warnings: readonly string[]
  jobOptions: JobOptions
}

export interface NewJobOptions {
  providers: Providers
  secrets: Secrets
  random: (bytes: number) => Uint8Array
}

/** The endpoint that it names is found afterwards. @throws {GatewayError} invalid_request for a form whose model cannot be replaced */
export function makeJob(checked: Checked, { providers, secrets, random }: NewJobOptions): JobHead {
  const { id, endpoint, head, body, target, fallbacks, caller, credentials, warnings, jobOptions } = checked
  const { callerKey, keyChoice } = credentials
  const isOwnedByKey = callerKey !== null && isCallerKeyNeeded(target, head, providers)
  const owner = nameOwner(caller, isOwnedByKey ? callerKey : null)
  const { idempotencyKey: givenKey } = jobOptions
  const idempotencyKey = givenKey && digestIdempotencyKey(owner === "" ? head.nameAnonymous() : owner, givenKey)
  const { form } = body
  const secret = makeSecret(callerKey, target.provider, jobOptions)
  return {
    id,
    requestId: head.requestId,
    owner,
    provider: target.provider,
    model: target.model,
    requestType: target.requestType,
    createdAt: head.receivedAt,
    deadlineAt: jobOptions.deadlineAt,
    priority: choosePriority(jobOptions, body.submission),
    lossRetries: chooseLossRetries(jobOptions, endpoint),
    ttlMs: jobOptions.ttlMs,
    keyChoice,
    form: form === null ? null : JSON.stringify(editForm(form, target.model)),
    extras: makeExtras(checked, random),
    warnings: warnings.length === 0 ? null : JSON.stringify(boundedWarnings([...warnings])),
    fallbacks:
      fallbacks.length === 0 ? null : JSON.stringify(fallbacks.map(({ provider, model }) => ({ provider, model }))),
    secret: secret === null ? null : Buffer.from(secrets.seal(secret, id)).toString("base64"),
    idempotencyKey,
    bodyDigest: idempotencyKey === null ? null : sha256Hex(`${target.requestType} ${body.digest}`),
    originId: head.originId,
    webhook: null,
    batch: head.batch?.number ?? null,
    batchLine: head.batch?.line ?? null,
  }
}

/** Whether the call needs the caller's own key, which then owns the job. Client libraries send a key even where none is needed. */
function isCallerKeyNeeded({ provider }: Target, { isCallerKeyWanted }: RequestHead, providers: Providers): boolean {
  const settings = providers.get(provider)
  return isCallerKeyWanted || (settings !== undefined && !isKeyless(settings))
}

/** The stored form of an Idempotency-Key. Equal keys of two callers differ. */
export function digestIdempotencyKey(caller: string, key: string): string {
  return sha256Hex(JSON.stringify([caller, key]))
}

/** The priority that the caller asks for takes precedence over the service tier in the body. */
export function choosePriority(
  { priority, usualPriority }: Pick<JobOptions, "priority" | "usualPriority">,
  submission: Submission,
): number {
  return priority ?? tierPriority(submission) ?? usualPriority
}

/** How many calls may repeat one whose response was lost; null: as many as retries. A type that is billed per call is repeated once. */
export function chooseLossRetries(
  { onInterrupt }: Pick<JobOptions, "onInterrupt">,
  { isBilledPerCall }: Pick<Endpoint, "isBilledPerCall">,
): number | null {
  if (onInterrupt === "retry") return null
  if (onInterrupt === "fail") return 0
  return isBilledPerCall ? 1 : null
}

/** What is sealed and stored with the job: the caller's own key, and its headers for the provider. Null: neither. */
export function makeSecret(
  key: string | null,
  provider: string,
  { extraHeaders, extraHeadersTo }: Pick<JobOptions, "extraHeaders" | "extraHeadersTo">,
): string | null {
  if (key === null && Object.keys(extraHeaders).length === 0) return null
  const headersFor = extraHeadersTo === "all" ? null : provider
  return writeSecret({ key, headers: extraHeaders, headersFor } satisfies CallerSecret)
}

/** What holds for every call, to whichever provider, and is not secret. */
function makeExtras({ endpoint, head, body, jobOptions }: Checked, random: NewJobOptions["random"]): string | null {
  const traceparent = makeChildTrace(jobOptions.traceparent, random)
  const isStreamed = endpoint.asksForStream(body.submission) !== null
  const extras: Extras = {
    ...(traceparent === null ? {} : { headers: { traceparent } }),
    ...(isStreamed ? { asksForStream: true } : {}),
    ...(isStreamed && head.isLogged ? { isLogged: true } : {}),
    ...(body.conversation === undefined ? {} : { conversation: body.conversation }),
  }
  return Object.keys(extras).length === 0 ? null : JSON.stringify(extras)
}

function editForm({ contentType, read }: NonNullable<Received["form"]>, model: string): Form {
  try {
    return { contentType, bytes: read.bytes, edits: read.edits({ model, fallbacks: null }, "model") }
  } catch (error) {
    if (error instanceof FormError) throw new GatewayError("invalid_request", error.message, { param: "model" })
    throw error
  }
}
