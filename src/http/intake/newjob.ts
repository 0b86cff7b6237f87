// The job that is stored of a request that is accepted.
import { type CallerSecret, writeSecret } from "../../auth/callersecret.ts"
import { sha256Hex } from "../../auth/keyring.ts"
import type { Secrets } from "../../auth/sealing.ts"
import type { Extras, Form } from "../../call.ts"
import { type Endpoint, type Submission, tierPriority } from "../../endpoints/endpoint.ts"
import { GatewayError } from "../../errors.ts"
import type { NewJob } from "../../jobs/job.ts"
import { FormError } from "../../multipart.ts"
import { isKeyless } from "../../providers/advice.ts"
import { boundedWarnings } from "../../providers/bounds.ts"
import { type Caller, nameOwner } from "./caller.ts"
import type { Credentials } from "./credentials.ts"
import type { Received } from "./received.ts"
import type { JobOptions, RequestHead } from "./requesthead.ts"
import type { Providers, Target } from "./target.ts"
import { makeChildTrace } from "./traceparent.ts"

/** A job without the body that it comes with. */
export type JobHead = Omit<NewJob, "body">

/** What has been found out about a request on its way through the checks. */
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

const NORMAL_PRIORITY = 1

/** @throws {GatewayError} invalid_request for a form whose model cannot be replaced */
export function makeJob(checked: Checked, { providers, secrets, random }: NewJobOptions): JobHead {
  const { id, endpoint, head, body, target, fallbacks, caller, credentials, warnings, jobOptions } = checked
  const { callerKey, keyChoice } = credentials
  const owner = nameOwner(caller, isCallerKeyNeeded(target, head, providers) ? callerKey : null)
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
    extras: makeExtras(jobOptions, random),
    warnings: warnings.length === 0 ? null : JSON.stringify(boundedWarnings([...warnings])),
    fallbacks:
      fallbacks.length === 0 ? null : JSON.stringify(fallbacks.map(({ provider, model }) => ({ provider, model }))),
    secret: secret === null ? null : Buffer.from(secrets.seal(secret, id)).toString("base64"),
    idempotencyKey,
    bodyDigest: idempotencyKey === null ? null : sha256Hex(`${target.requestType} ${body.digest}`),
  }
}

/** Whether the call needs the caller's own key, which then owns the job. Client libraries send one that nobody asked for. */
function isCallerKeyNeeded({ provider }: Target, { isCallerKeyWanted }: RequestHead, providers: Providers): boolean {
  const settings = providers.get(provider)
  return isCallerKeyWanted || (settings !== undefined && !isKeyless(settings))
}

/** What an Idempotency-Key of this caller is stored as. Two callers' equal keys are two. */
export function digestIdempotencyKey(caller: string, key: string): string {
  return sha256Hex(JSON.stringify([caller, key]))
}

/** What the caller says counts before what the body's service tier says. */
export function choosePriority({ priority }: Pick<JobOptions, "priority">, submission: Submission): number {
  return priority ?? tierPriority(submission) ?? NORMAL_PRIORITY
}

/** A call that is billed each time it is made may be made once more; any other as often as it may be retried. */
export function chooseLossRetries(
  { onInterrupt }: Pick<JobOptions, "onInterrupt">,
  { isBilledPerCall }: Pick<Endpoint, "isBilledPerCall">,
): number | null {
  if (onInterrupt === "retry") return null
  if (onInterrupt === "fail") return 0
  return isBilledPerCall ? 1 : null
}

/** What of the caller's is sealed with its job, as text: its own key, and the headers that go to the provider. Null: nothing. */
export function makeSecret(
  key: string | null,
  provider: string,
  { extraHeaders, extraHeadersTo }: Pick<JobOptions, "extraHeaders" | "extraHeadersTo">,
): string | null {
  if (key === null && Object.keys(extraHeaders).length === 0) return null
  const headersFor = extraHeadersTo === "all" ? null : provider
  return writeSecret({ key, headers: extraHeaders, headersFor } satisfies CallerSecret)
}

/** What goes out with every call, whoever it goes to: it is no secret. */
function makeExtras({ traceparent: parent }: JobOptions, random: NewJobOptions["random"]): string | null {
  const traceparent = makeChildTrace(parent, random)
  return traceparent === null ? null : JSON.stringify({ headers: { traceparent } } satisfies Extras)
}

function editForm({ contentType, read }: NonNullable<Received["form"]>, model: string): Form {
  try {
    return { contentType, bytes: read.bytes, edits: read.edits({ model, stream: null, fallbacks: null }) }
  } catch (error) {
    if (error instanceof FormError) throw new GatewayError("invalid_request", error.message, { param: "model" })
    throw error
  }
}
