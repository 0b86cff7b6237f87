// GET /v1/models: what can be called now, by this caller, in the form of OpenAI's list with what is known of each model besides.

import { type Admin, sha256Hex } from "../auth/keyring.ts"
import type { Clock } from "../clock.ts"
import { GatewayError } from "../errors.ts"
import { whyUnknown } from "../providers/advice.ts"
import { type Model, readCatalog } from "../providers/catalog.ts"
import { ANY_KEY, callerKeyChoice, canCall } from "../providers/keys.ts"
import { describeAccess, isServer, type Served, type ServedModel, type Servers } from "../providers/local.ts"
import type { ProviderSettings } from "../providers/provider.ts"
import { type Caller, type CallerOptions, grantedOf, identify, isAdmin, ownerOf, ownKeyFor } from "./intake/caller.ts"
import { json, requestIdOf } from "./routes.ts"

export interface ModelOptions extends CallerOptions {
  clock: Clock
  admin: Admin
  providers: ReadonlyMap<string, ProviderSettings>
  servers: Servers
}

/** How long the servers of this machine have to answer. */
const SERVERS_MS = 1000
/** Stands for the models of a provider of which none is known. */
const ANY_MODEL = "*"

/** @throws {GatewayError} unknown_provider, virtual_key_not_found, virtual_key_required, virtual_key_blocked */
export async function models(request: Request, options: ModelOptions): Promise<Response> {
  const caller = callerOf(request, options)
  const name = new URL(request.url).searchParams.get("provider")
  const wanted = name === null ? [...options.providers.values()] : [named(name, options)]
  const providers = wanted.filter((provider) => grantedOf(caller, provider.name)?.length !== 0)
  const served = await options.servers.ask(providers, SERVERS_MS)
  const lists = await Promise.all(
    providers.map(async (provider) => {
      // A caller's own key is for one provider: the one that is asked for.
      const choice = name === null ? ANY_KEY : choiceOf(provider, caller, request)
      const found = await modelsOf(provider, served, grantedOf(caller, provider.name), {
        choice,
        owner: ownerOf(caller, null),
      })
      return found.map(({ created, ...model }) => wireModel(provider.name, model, created))
    }),
  )
  const headers = { "cache-control": "no-store", "x-request-id": requestIdOf(request) }
  return json({ object: "list", data: lists.flat() }, headers)
}

function wireModel(provider: string, { name, requestTypes, contextLength, price }: Model, created: number | null) {
  return {
    id: `${provider}/${name}`,
    object: "model",
    created: created ?? 0,
    owned_by: provider,
    provider,
    request_types: requestTypes,
    context_length: contextLength,
    pricing: price,
  }
}

function named(name: string, { providers }: ModelOptions): ProviderSettings {
  const provider = providers.get(name)
  if (provider) return provider
  throw new GatewayError("unknown_provider", whyUnknown(name, providers), { param: "provider" })
}

/** The admin asks as nobody in particular: for all there is. */
function callerOf({ headers }: Request, options: ModelOptions): Caller {
  if (isAdmin(headers, options.admin)) return { kind: "anonymous" }
  return identify(headers, options, options.clock.now())
}

function choiceOf(provider: ProviderSettings, caller: Caller, { headers }: Request): string {
  const ownKey = ownKeyFor(caller, provider.keys.length > 0, headers)
  return ownKey === null ? ANY_KEY : callerKeyChoice(sha256Hex(ownKey))
}

type Listed = Model & Pick<ServedModel, "created">

/** The models that a call can go out for. */
async function modelsOf(
  provider: ProviderSettings,
  served: Served,
  granted: readonly string[] | null,
  { choice, owner }: { choice: string; owner: string },
): Promise<Listed[]> {
  if (choice === ANY_KEY && describeAccess(provider) === null) return []
  const list = served.get(provider.name)
  if (isServer(provider) && list === undefined) return []
  const { names, describe } = await readCatalog(provider)
  const isCallable = (name: string) => canCall(provider, name, choice, owner)
  const has = new Map(list?.map((model) => [model.name, model]))
  // Of a server's models no others are there; a provider may well have others than are known.
  const known = list ? [...has.keys()] : names
  const allowed = granted === null ? known : list ? known.filter((name) => granted.includes(name)) : granted
  const found = allowed.filter(isCallable).flatMap((name) => {
    const model = describe(name)
    const { created = null, contextLength = null } = has.get(name) ?? {}
    return model === null ? [] : [{ ...model, contextLength: contextLength ?? model.contextLength, created }]
  })
  if (found.length > 0 || list || granted !== null || !isCallable(ANY_MODEL)) return found
  const any = describe(ANY_MODEL)
  return any === null ? [] : [{ ...any, created: null }]
}
