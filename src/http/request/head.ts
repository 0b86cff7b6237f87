// Reads the head of a submit from its headers, as Bifrost's clients send them. Each part is read when intake asks for it.
import type { Clock } from "../../clock.ts"
import { type ErrorFields, GatewayError } from "../../errors.ts"
import type { Caller } from "../intake/caller.ts"
import type { JobOptions, RequestHead } from "../intake/requesthead.ts"
import {
  authenticate,
  type CallerOptions,
  isSoleUser,
  readPinnedKey,
  type SoleUserOptions,
  wantsCallerKey,
} from "./authentication.ts"
import { type JobDefaults, readJobOptions } from "./joboptions.ts"
import { checkRequestId } from "./requestid.ts"

export interface HeadOptions extends CallerOptions, SoleUserOptions, JobDefaults {
  clock: Clock
}

/**
 * Where authentication is enforced, the caller is authenticated here, so that no byte of an unknown caller's body is read.
 * @throws {GatewayError} invalid_request, virtual_key_required, …
 */
export function readHead(
  request: Request,
  requestType: string,
  options: HeadOptions,
  defaults: JobDefaults = options,
): RequestHead {
  return new HeaderFields(request, requestType, options, defaults)
}

/** A class and not an object of closures, because one is made for every submit. */
class HeaderFields implements RequestHead {
  readonly receivedAt: number
  readonly requestId: string
  readonly originId = null
  readonly batch = null
  isLogged = false
  private readonly known: Caller | null
  /** Read while the connection is there, for the one option that needs it: a client may be gone when its body has come. */
  private readonly anonymous: string | null

  constructor(
    private readonly request: Request,
    requestType: string,
    private readonly options: HeadOptions,
    private readonly defaults: JobDefaults,
  ) {
    this.receivedAt = options.clock.now()
    this.requestId = checkRequestId(request.headers, options.keyring)
    this.anonymous = request.headers.has("idempotency-key") ? describePeer(request, options) : null
    this.known = options.isAuthEnforced
      ? authenticate(request.headers, options, this.receivedAt, { requestType })
      : null
  }

  get pinnedKey(): string | null {
    return readPinnedKey(this.request.headers)
  }

  get isCallerKeyWanted(): boolean {
    return wantsCallerKey(this.request.headers)
  }

  authenticate(fields: ErrorFields): Caller {
    return this.known ?? authenticate(this.request.headers, this.options, this.receivedAt, fields)
  }

  nameAnonymous(): string {
    return this.anonymous ?? describePeer(this.request, this.options)
  }

  readOptions(): JobOptions {
    return readJobOptions(this.request.headers, this.receivedAt, this.defaults)
  }
}

/** @throws {GatewayError} body_incomplete: a client that is gone sends the same key again, and must not have made another job */
function describePeer(request: Request, options: SoleUserOptions): string {
  const peer = options.readPeer(request)
  if (peer === null) throw new GatewayError("body_incomplete", "the connection was closed before the job was stored")
  // Asked once: the connection can end between two questions, and the same caller would be another.
  return isSoleUser(request, { keyring: options.keyring, readPeer: () => peer }) ? "" : namePeer(peer)
}

/** Who sends jobs of nobody's from this address. @param peer null: its connection is gone */
export function namePeer(peer: string | null): string {
  return `peer:${peer}`
}
