// Turns a request that has been read into a stored job. Knows no wire: no Request, no Response, no path and no header.
// The checks are in the order of the wire contract, and refuse now what would otherwise fail at the provider.
import type { Reader } from "../../call.ts"
import type { Endpoint } from "../../endpoints/endpoint.ts"
import type { Reads } from "../../jobs/reads.ts"
import type { Reasons } from "../../providers/advice.ts"
import type { EngineClient } from "../engineclient.ts"
import { type CredentialOptions, chooseCredentials } from "./credentials.ts"
import { readFallbacks } from "./fallbacks.ts"
import type { Limiter } from "./limiter.ts"
import { findWebhook } from "./namedwebhook.ts"
import { type JobHead, makeJob, type NewJobOptions } from "./newjob.ts"
import { checkParameters, isPassedThrough } from "./parametercheck.ts"
import type { Received } from "./received.ts"
import type { RequestHead } from "./requesthead.ts"
import { checkBody } from "./target.ts"

export interface IntakeOptions extends CredentialOptions, NewJobOptions {
  whyOff: Reasons
  engine: Pick<EngineClient, "submit">
  limiter: Limiter
  reads: Pick<Reads, "webhookNamed">
}

export interface Accepted {
  job: JobHead
  /** The id of the earlier job with the same Idempotency-Key; null: this job is new. */
  replayedId: string | null
}

/**
 * Resolves when the job is on disk.
 * @param id of the job to be: a body that was stored while it arrived is stored under this id
 * @param reader of the answer; null: nobody waits for it
 * @throws {GatewayError} for every request that is not accepted
 */
export async function accept(
  id: string,
  endpoint: Endpoint,
  head: RequestHead,
  body: Received,
  options: IntakeOptions,
  reader: Reader | null = null,
): Promise<Accepted> {
  const { providers, limiter, engine } = options
  const { submission } = body
  let isAccepted = false
  try {
    const target = checkBody(body, endpoint, options)
    const caller = head.authenticate(target)
    const credentials = chooseCredentials(caller, target, head, options)
    const fallbacks = readFallbacks(submission, caller, endpoint, options)
    for (const name of endpoint.dropped) delete submission.fields[name]
    const targets = [target, ...fallbacks]
    // Awaited only where there is something to check, because each further promise makes a submit 2 % slower.
    const warnings = targets.every((each) => isPassedThrough(each, providers))
      ? []
      : await checkParameters(targets, submission, providers)
    const jobOptions = head.readOptions()
    if (caller.kind === "virtual key") limiter.take(caller.key, head.receivedAt)
    const job = makeJob(
      { id, endpoint, head, body, target, fallbacks, caller, credentials, warnings, jobOptions },
      options,
    )
    const { webhookName } = jobOptions
    if (webhookName !== null) job.webhook = await findWebhook(webhookName, job.owner, options.reads)
    const replayedId = await engine.submit(job, body.text, reader)
    isAccepted = true
    return { job, replayedId }
  } finally {
    body.settle(isAccepted)
  }
}
