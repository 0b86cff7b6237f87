// Adapts a call to the key that it is sent with: the key's own address and options, and the model that its alias stands for. Pure.
import type { Call } from "../call.ts"
import type { EndpointSupport, Placement, ProviderKey, ProviderSettings } from "./provider.ts"

export interface Placed {
  call: Call
  provider: ProviderSettings
}

/** Most keys change nothing, and then nothing is copied. */
export function placed(call: Call, provider: ProviderSettings, key: ProviderKey | undefined): Placed {
  if (key === undefined || (key.aliases === undefined && key.placement === undefined)) return { call, provider }
  const { aliases } = key
  const alias = aliases !== undefined && Object.hasOwn(aliases, call.model) ? aliases[call.model] : undefined
  const there = [key.placement, alias?.placement].reduce<ProviderSettings>(moved, provider)
  if (alias === undefined) return { call, provider: there }
  return { call: renamed(call, alias.model, alias.canonical ?? call.model), provider: there }
}

/** The model's name at the provider, by the first key that has an alias for it, and its real name. */
export function resolveModel(keys: readonly ProviderKey[], model: string): { model: string; knownAs: string } {
  const key = keys.find(({ aliases }) => aliases !== undefined && Object.hasOwn(aliases, model))
  const alias = key?.aliases?.[model]
  return { model: alias?.model ?? model, knownAs: alias?.canonical ?? model }
}

function moved(provider: ProviderSettings, placement: Placement | null | undefined): ProviderSettings {
  if (!placement) return provider
  const { baseUrl = provider.baseUrl, authorization = provider.authorization, paths, options } = placement
  return {
    ...provider,
    baseUrl,
    authorization,
    options: options === undefined ? provider.options : { ...provider.options, ...options },
    endpoints: paths === undefined ? provider.endpoints : moveSupport(provider.endpoints, paths),
  }
}

/** A request type that is translated into another one uses that one's path. */
export function moveSupport(
  endpoints: ProviderSettings["endpoints"],
  paths: Readonly<Record<string, string>>,
): Record<string, EndpointSupport> {
  const types = Object.entries(endpoints)
  return Object.fromEntries(
    types.map(([type, support]) => {
      const direct = types.find(([, other]) => other.path === support.path && other.via === undefined)?.[0] ?? type
      return [type, { ...support, path: paths[direct] ?? support.path }]
    }),
  )
}

/** In the edits of a form, the only one that inserts a text is that of the model. */
function renamed(call: Call, model: string, knownAs: string): Call {
  const { form } = call
  const edits = form?.edits.map((edit) => (edit.text === "" ? edit : { ...edit, text: model })) ?? []
  return { ...call, model, requested: { model: call.model, knownAs }, form: form === null ? null : { ...form, edits } }
}
