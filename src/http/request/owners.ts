// Whose jobs a caller sees where no job is named: in lists, in what is cancelled together, in queues, events and sums.
import type { Admin } from "../../auth/admintoken.ts"
import type { Clock } from "../../clock.ts"
import { GatewayError } from "../../errors.ts"
import { chooseCallerKey, nameOwner } from "../intake/caller.ts"
import { authenticate, type CallerOptions, isAdmin, isSoleUser, type SoleUserOptions } from "./authentication.ts"

export interface ListerOptions extends CallerOptions, SoleUserOptions {
  clock: Clock
  admin: Admin
}

/**
 * The owners whose jobs this caller sees; null: all. A job without an owner can be polled by whoever knows its id, but is
 * listed only where there can be no other caller.
 * @throws {GatewayError} virtual_key_required, admin_token_required, and as `authenticate`
 */
export function listOwners(request: Request, options: ListerOptions): readonly string[] | null {
  const { headers } = request
  if (isAdmin(headers, options.admin)) return null
  const caller = authenticate(headers, options, options.clock.now())
  // A list calls no provider: the caller's own key counts here whether or not a call would use it.
  const owner = nameOwner(caller, chooseCallerKey(caller, false, false))
  if (isSoleUser(request, options)) return owner === "" ? [""] : [owner, ""]
  if (owner !== "") return [owner]
  const admin = "the admin's token as Authorization: Bearer for everybody's jobs"
  throw options.keyring.isEmpty()
    ? new GatewayError("admin_token_required", `from another machine, send ${admin}; it was shown at the first start`)
    : new GatewayError(
        "virtual_key_required",
        `send the virtual key that the jobs were made with as x-bf-vk, or ${admin}`,
      )
}

export type OperatorOptions = SoleUserOptions & Pick<CallerOptions, "isAuthEnforced"> & { admin: Admin }

/** Whether this is the admin, or the only user of the gateway. */
export function mayOperate(request: Request, options: OperatorOptions): boolean {
  return isAdmin(request.headers, options.admin) || (!options.isAuthEnforced && isSoleUser(request, options))
}

/** @throws {GatewayError} admin_token_required */
export function refuseAllButAdmin({ headers }: Request, { admin }: { admin: Admin }): void {
  if (!isAdmin(headers, admin)) throw makeRefusal()
}

/** Refuses everybody who may not operate the gateway. @throws {GatewayError} admin_token_required */
export function refuseStrangers(request: Request, options: OperatorOptions): void {
  if (!mayOperate(request, options)) throw makeRefusal()
}

function makeRefusal(): GatewayError {
  return new GatewayError(
    "admin_token_required",
    "the admin's token is required: send it as Authorization: Bearer; asyncgate admin-token rotate makes a new one",
  )
}
