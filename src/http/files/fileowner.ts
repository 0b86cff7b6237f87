// Whose files, batches and conversations a caller sees, and whose those are that it makes.
import { GatewayError, quoted } from "../../errors.ts"
import { chooseCallerKey, nameOwner } from "../intake/caller.ts"
import { authenticate, isAdmin, isSoleUser } from "../request/authentication.ts"
import { type ListerOptions, listOwners } from "../request/owners.ts"

/**
 * @returns the owner of what this caller makes, as of a job; empty: nobody's, as what the only user of the gateway or the admin makes
 * @throws {GatewayError} as `listOwners`
 */
export function nameMaker(request: Request, options: ListerOptions): string {
  listOwners(request, options)
  if (isAdmin(request.headers, options.admin) || isSoleUser(request, options)) return ""
  const caller = authenticate(request.headers, options, options.clock.now())
  return nameOwner(caller, chooseCallerKey(caller, false, false))
}

/** What is found by its id. `param` is where the caller has named it, by default in the path. */
interface Sought {
  kind: "file" | "batch" | "conversation"
  id: string
  param?: string
}

/**
 * Refuses in the same words what is not there and what is another caller's.
 * @throws {GatewayError} file_not_found, batch_not_found, conversation_not_found, and as `listOwners`
 */
export function checkOwned<Owned extends { owner: string }>(
  found: Owned | null,
  sought: Sought,
  request: Request,
  options: ListerOptions,
): Owned {
  const owners = listOwners(request, options)
  if (found !== null && (owners?.includes(found.owner) ?? true)) return found
  throw refuseUnknown(sought)
}

export function refuseUnknown({ kind, id, param = "id" }: Sought): GatewayError {
  const message = `No such ${kind}: ${quoted(id)}. It may have expired.`
  return new GatewayError(`${kind}_not_found`, message, { param })
}
