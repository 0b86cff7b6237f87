// GET /v1/async/providers: the providers that can be called, their keys without anything of their values, and how their calls ended.
import type { ProviderView } from "../../engine/threads/protocol.ts"
import { describeAccess, isGuessed, nameKind, type Servers } from "../../providers/local.ts"
import type { ProviderSettings } from "../../providers/provider.ts"
import { formatTime } from "../dialects/jobobject.ts"
import type { EngineClient } from "../engineclient.ts"
import { json } from "../reply.ts"
import { type ListerOptions, refuseStrangers } from "../request/owners.ts"
import { readRequestId } from "../request/requestid.ts"

interface ProviderOptions extends ListerOptions {
  engine: Pick<EngineClient, "show">
  providers: ReadonlyMap<string, ProviderSettings>
  servers: Servers
}

/** How long the engine and local model servers have to answer. */
const ANSWER_MS_MAX = 1000

/** @throws {GatewayError} admin_token_required */
export async function showProviders(request: Request, options: ProviderOptions): Promise<Response> {
  refuseStrangers(request, options)
  const all = [...options.providers.values()]
  const [served, views] = await Promise.all([
    options.servers.ask(all, ANSWER_MS_MAX),
    options.engine.show({ of: "providers" }, ANSWER_MS_MAX),
  ])
  const known = new Map(views?.map((view) => [view.name, view]))
  const isUsable = (provider: ProviderSettings) => describeAccess(provider) !== null && !isGuessed(provider)
  const listed = all.filter((provider) => known.has(provider.name) || served.has(provider.name) || isUsable(provider))
  const now = options.clock.now()
  return json(
    { object: "list", data: listed.map((provider) => writeProvider(provider, known.get(provider.name), now)) },
    { "cache-control": "no-store", "x-request-id": readRequestId(request) },
  )
}

function writeProvider(provider: ProviderSettings, view: ProviderView | undefined, now: number) {
  return {
    name: provider.name,
    base_url: hideCredentials(provider.baseUrl),
    kind: nameKind(provider),
    access: describeAccess(provider),
    request_types: Object.keys(provider.endpoints),
    concurrency: { limit: provider.concurrency, in_flight: view?.inFlight ?? 0 },
    keys: provider.keys.map((key) => {
      const found = view?.keys.find(({ id }) => id === key.id)
      return {
        name: key.name,
        weight: key.weight,
        models: key.models,
        source: key.source === "config.json" ? key.source : `environment ${key.source}`,
        concurrency: { limit: key.concurrency, in_flight: found?.inFlight ?? 0 },
        closed_until: found && found.closedUntil > now ? formatTime(found.closedUntil) : null,
        ...writeStanding(found?.standing),
      }
    }),
    ...writeStanding(view?.standing),
  }
}

function writeStanding(standing: ProviderView["standing"] | undefined) {
  const { lastError = null, lastSuccessAt = null } = standing ?? {}
  return {
    last_error: lastError && { at: formatTime(lastError.at), status: lastError.status, reason: lastError.reason },
    last_success_at: lastSuccessAt === null ? null : formatTime(lastSuccessAt),
  }
}

/** An address may hold a user and a password, and a key in its query. */
function hideCredentials(address: string): string {
  return address.replace(/\/\/[^/\s]*@/, "//").replace(/\?.*$/, "")
}
