// GET /v1/models: the models that this caller can use now, in the form of OpenAI's list, with types, prices and context length.

import type { Admin } from "../auth/admintoken.ts"
import type { Clock } from "../clock.ts"
import { sha256Hex } from "../digest.ts"
import { GatewayError, quoted } from "../errors.ts"
import { type Reasons, whyUnknown } from "../providers/advice.ts"
import { type Model, readCatalog } from "../providers/catalog.ts"
import { ANY_KEY, callerKeyChoice, canCall } from "../providers/keys.ts"
import { describeAccess, isServer, type Served, type ServedModel, type Servers } from "../providers/local.ts"
import type { ProviderSettings } from "../providers/provider.ts"
import { type Caller, chooseCallerKey, listGrantedModels, nameOwner } from "./intake/caller.ts"
import { decodePart } from "./prefixes.ts"
import { json } from "./reply.ts"
import { authenticate, type CallerOptions, isAdmin, wantsCallerKey } from "./request/authentication.ts"
import { readRequestId } from "./request/requestid.ts"

export interface ModelOptions extends CallerOptions {
  clock: Clock
  admin: Admin
  providers: ReadonlyMap<string, ProviderSettings>
  whyOff: Reasons
  servers: Servers
}

/** How long local model servers have to answer. */
const SERVERS_MS = 1000
/** Stands for every model of a provider whose models are not known. */
const ANY_MODEL = "*"

/** @throws {GatewayError} unknown_provider, virtual_key_not_found, virtual_key_required, virtual_key_blocked */
export async function listModels(request: Request, options: ModelOptions): Promise<Response> {
  const caller = readCaller(request, options)
  const name = new URL(request.url).searchParams.get("provider")
  return json({ object: "list", data: await gatherModels(name, caller, request, options) }, makeHeaders(request))
}

/**
 * GET /v1/models/{model}. The slash in the name may be encoded.
 * @throws {GatewayError} model_not_found, and as `listModels`
 */
export async function showModel(request: Request, options: ModelOptions): Promise<Response> {
  const caller = readCaller(request, options)
  const id = decodePart(/\/models\/(.*)$/.exec(new URL(request.url).pathname)?.[1] ?? "")
  const [provider = ""] = id.split("/", 1)
  const listed = options.providers.has(provider) ? await gatherModels(provider, caller, request, options) : []
  const found =
    listed.find((model) => model.id === id) ?? listed.find((model) => model.id === `${provider}/${ANY_MODEL}`)
  if (found) return json({ ...found, id }, makeHeaders(request))
  const message = `there is no model ${quoted(id)} that can be called here: GET /v1/models lists those that are known`
  throw new GatewayError("model_not_found", message, { param: "model" })
}

function makeHeaders(request: Request): Record<string, string> {
  return { "cache-control": "no-store", "x-request-id": readRequestId(request) }
}

/** The models that the caller can use, of one provider or of all. */
async function gatherModels(name: string | null, caller: Caller, request: Request, options: ModelOptions) {
  const wanted = name === null ? [...options.providers.values()] : [findProvider(name, options)]
  const providers = wanted.filter((provider) => listGrantedModels(caller, provider.name)?.length !== 0)
  const served = await options.servers.ask(providers, SERVERS_MS)
  const lists = await Promise.all(
    providers.map(async (provider) => {
      // A caller's own key belongs to one provider, so it counts only where one is asked for.
      const choice = name === null ? ANY_KEY : chooseKey(provider, caller, request)
      const found = await findModels(provider, served, listGrantedModels(caller, provider.name), {
        choice,
        owner: nameOwner(caller, null),
      })
      return found.map(({ created, ...model }) => writeModel(provider.name, model, created))
    }),
  )
  return lists.flat()
}

function writeModel(provider: string, { name, requestTypes, contextLength, price }: Model, created: number | null) {
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

function findProvider(name: string, { providers, whyOff }: ModelOptions): ProviderSettings {
  const provider = providers.get(name)
  if (provider) return provider
  throw new GatewayError("unknown_provider", whyUnknown(name, providers, whyOff), { param: "provider" })
}

/** The admin sees all models, as a caller without a virtual key does. */
function readCaller({ headers }: Request, options: ModelOptions): Caller {
  if (isAdmin(headers, options.admin)) return { kind: "anonymous" }
  return authenticate(headers, options, options.clock.now())
}

function chooseKey(provider: ProviderSettings, caller: Caller, { headers }: Request): string {
  const callerKey = chooseCallerKey(caller, provider.keys.length > 0, wantsCallerKey(headers))
  return callerKey === null ? ANY_KEY : callerKeyChoice(sha256Hex(callerKey))
}

type Listed = Model & Pick<ServedModel, "created">

/** The models of a provider that can be called with these credentials. */
async function findModels(
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
  // A local server lists all of its models; a provider may have others than those that are known.
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
