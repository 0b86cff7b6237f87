// Lists the jobs of a caller, page by page. Reads whose jobs these are.
import type { Admin } from "../auth/admintoken.ts"
import type { Clock } from "../clock.ts"
import { GatewayError } from "../errors.ts"
import type { ListQuery, Reads } from "../jobs/reads.ts"
import type { JobDialect } from "./dialects/dialect.ts"
import { chooseCallerKey, nameOwner } from "./intake/caller.ts"
import { readFilter } from "./jobfilters.ts"
import { toResponse } from "./reply.ts"
import {
  authenticate,
  type CallerOptions,
  isAdmin,
  isSoleUser,
  type SoleUserOptions,
} from "./request/authentication.ts"
import { readRequestId } from "./request/requestid.ts"

export interface JobListOptions extends CallerOptions, SoleUserOptions {
  reads: Reads
  clock: Clock
  admin: Admin
}

const LIMIT_DEFAULT = 20
const LIMIT_MAX = 100

/** The jobs of the caller, newest first; for the admin those of all callers. */
export async function list(dialect: JobDialect, request: Request, options: JobListOptions): Promise<Response> {
  const owners = listOwners(request, options)
  const url = new URL(request.url)
  const page = await options.reads.list(readListQuery(url.searchParams, owners), options.clock.now())
  if (page.next !== null) url.searchParams.set("after", page.next)
  const nextPath = page.next === null ? null : `${url.pathname}${url.search}`
  return toResponse(dialect.listed(page, nextPath, readRequestId(request)))
}

/**
 * The owners whose jobs the caller may list; null: all. A job without an owner can be polled by whoever knows its id, but is
 * listed only where there can be no other caller.
 * @throws {GatewayError} virtual_key_required, admin_token_required, and as `authenticate`
 */
export function listOwners(request: Request, options: JobListOptions): readonly string[] | null {
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

function readListQuery(given: URLSearchParams, owners: ListQuery["owners"]): ListQuery {
  const filter = readFilter(given)
  const after = given.get("after")
  return {
    ...filter,
    owners,
    before: after !== null && after < filter.before ? after : filter.before,
    limit: readLimit(given.get("limit")),
  }
}

function readLimit(text: string | null): number {
  const limit = text === null ? LIMIT_DEFAULT : /^\d+$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= LIMIT_MAX) return limit
  throw new GatewayError("invalid_request", `limit must be a whole number from 1 to ${LIMIT_MAX}`, { param: "limit" })
}
