// GET /v1/async/me: whom the gateway takes the caller for and what this caller may do, so that a page shows that and nothing else.
import type { VirtualKey } from "../../auth/virtualkeys.ts"
import { formatTime } from "../dialects/jobobject.ts"
import type { Caller } from "../intake/caller.ts"
import { json } from "../reply.ts"
import { authenticate, isAdmin, isSoleUser } from "../request/authentication.ts"
import type { ListerOptions } from "../request/owners.ts"
import { readRequestId } from "../request/requestid.ts"
import type { UiOptions } from "../ui.ts"

export interface MeOptions extends ListerOptions, UiOptions {
  version: string
}

type Kind = "admin" | "virtual_key" | "sole_user" | "caller_key" | "anonymous"

/** @throws {GatewayError} virtual_key_not_found, virtual_key_required, virtual_key_blocked */
export function showMe(request: Request, options: MeOptions): Response {
  const { ui, version } = options
  const caller = isAdmin(request.headers, options.admin)
    ? null
    : authenticate(request.headers, options, options.clock.now())
  const kind = nameKind(caller, request, options)
  const me = {
    kind,
    virtual_key: caller?.kind === "virtual key" ? writeVirtualKey(caller.key) : null,
    may: {
      list: kind !== "anonymous",
      operate: kind === "admin" || kind === "sole_user",
      manage_keys: kind === "admin",
    },
    ui: { bodies: ui.bodies },
    version,
  }
  return json(me, { "cache-control": "no-store", "x-request-id": readRequestId(request) })
}

/** @param caller null: the admin */
function nameKind(caller: Caller | null, request: Request, options: MeOptions): Kind {
  if (caller === null) return "admin"
  if (caller.kind === "virtual key") return "virtual_key"
  if (isSoleUser(request, options)) return "sole_user"
  return caller.kind === "caller key" ? "caller_key" : "anonymous"
}

/** A virtual key with its limits, in the words of config.json, and without its value. */
export function writeVirtualKey(key: VirtualKey) {
  return {
    id: key.id,
    name: key.name,
    is_active: key.isActive,
    expires_at: key.expiresAt === null ? null : formatTime(key.expiresAt),
    requests_per_minute: key.requestsPerMinute,
    max_concurrent_jobs: key.maxConcurrentJobs,
    budgets: key.budgets,
    provider_configs:
      key.grants?.map(({ provider, models }) => ({ provider, allowed_models: models ?? ["*"] })) ?? null,
  }
}
