// Whose a repeated request is, and with which options: those of the earlier job, where the headers say nothing else.
import type { Admin } from "../auth/admintoken.ts"
import type { ErrorFields } from "../errors.ts"
import { GatewayError } from "../errors.ts"
import type { JobRow, StoredRequest } from "../jobs/reads.ts"
import { isCallerKey, readPinned } from "../providers/keys.ts"
import { type Caller, nameOwner } from "./intake/caller.ts"
import type { RequestHead } from "./intake/requesthead.ts"
import { authenticate, isAdmin, refuseBlocked } from "./request/authentication.ts"
import { type HeadOptions, readHead } from "./request/head.ts"

export interface ReplayHeadOptions extends HeadOptions {
  admin: Admin
}

/**
 * @param model the `provider/model` that is wanted; null: as it was
 * @throws {GatewayError} invalid_request, no_keys, virtual_key_not_found, …
 */
export function readReplayHead(
  job: JobRow,
  { lossRetries, ttlMs }: StoredRequest,
  model: string | null,
  request: Request,
  options: ReplayHeadOptions,
): RequestHead {
  const ofAdmin = isAdmin(request.headers, options.admin)
  const sent = readHead(request, job.requestType, {
    ...options,
    isAuthEnforced: options.isAuthEnforced && !ofAdmin,
    deadlineMs: job.deadlineAt - job.createdAt,
    ttlMs,
  })
  const isSameProvider = model === null || model.startsWith(`${job.provider}/`)
  if (isKeyOwned(job) && !isSameProvider) {
    const message = `the job belongs to a caller's own key for ${job.provider}: it can be repeated with a model of ${job.provider} only`
    throw new GatewayError("invalid_request", message, { param: "model" })
  }
  const isCallerKeyWanted = isKeyOwned(job) || (isSameProvider && isCallerKey(job.keyChoice)) || sent.isCallerKeyWanted
  return {
    requestId: sent.requestId,
    receivedAt: sent.receivedAt,
    originId: job.id,
    batch: null,
    pinnedKey: sent.pinnedKey ?? (isSameProvider ? readPinned(job.keyChoice) : null),
    isCallerKeyWanted,
    authenticate(fields) {
      const caller = ofAdmin ? standInFor(job, request, options, fields) : sent.authenticate(fields)
      if (isCallerKeyWanted && (caller.kind === "anonymous" || caller.callerKey === null))
        throw refuseKeyless(job, fields)
      return caller
    },
    nameAnonymous: () => sent.nameAnonymous(),
    readOptions() {
      const given = sent.readOptions()
      const onInterrupt = lossRetries === 0 ? "fail" : lossRetries === null ? "retry" : null
      return {
        ...given,
        priority: given.priority ?? job.priority,
        onInterrupt: given.onInterrupt ?? onInterrupt,
      }
    },
  }
}

/** The admin repeats a job for its owner. */
function standInFor(
  { owner, provider }: JobRow,
  { headers }: Request,
  options: ReplayHeadOptions,
  fields: ErrorFields,
): Caller {
  const now = options.clock.now()
  const sent = authenticate(headers, { ...options, isAuthEnforced: false }, now, fields)
  const callerKey = sent.kind === "anonymous" ? null : sent.callerKey
  if (owner.startsWith("vk:")) {
    const key = options.keyring.list().find(({ id }) => `vk:${id}` === owner)
    if (key === undefined) {
      const message = "the virtual key that the job belongs to is no longer there: nobody can pay for it"
      throw new GatewayError("virtual_key_not_found", message, { fields })
    }
    refuseBlocked(key, now, fields)
    return { kind: "virtual key", key, callerKey }
  }
  const caller: Caller = callerKey === null ? { kind: "anonymous" } : { kind: "caller key", callerKey }
  if (isKeyOwned({ owner }) && nameOwner(caller, callerKey) !== owner) throw refuseKeyless({ provider }, fields)
  return caller
}

function isKeyOwned({ owner }: Pick<JobRow, "owner">): boolean {
  return owner.startsWith("key:")
}

function refuseKeyless({ provider }: Pick<JobRow, "provider">, fields: ErrorFields): GatewayError {
  const message = `the job was made with its caller's own key for ${provider}, which is not kept: send that key again, as x-api-key`
  return new GatewayError("no_keys", message, { fields })
}
