// All adapters except the plain passthrough. They are loaded together when a call first needs one of them.
import type { Adapter } from "./adapter.ts"
import type { AdapterName } from "./adapternames.ts"
import { nativeChat } from "./chat/chatadapter.ts"
import { operationAdapters } from "./operations/operationadapters.ts"
import { passThrough } from "./passthrough.ts"
import type { EndpointSupport } from "./provider.ts"
import { translated } from "./translate/translated.ts"
import { getTranslation } from "./translate/translations.ts"
import { upstreamJobs } from "./upstreamjobs/upstreamjobs.ts"

const adapters: Record<Exclude<AdapterName, "mock">, Adapter> = {
  raw: { start: passThrough },
  anthropic: nativeChat("anthropic"),
  gemini: nativeChat("gemini"),
  vertex: nativeChat("vertex"),
  bedrock: nativeChat("bedrock"),
  ...operationAdapters,
  ...upstreamJobs,
}

/** The adapter for a request type, with a translation around it where the row asks for one. */
export function getAdapter(
  { adapter: name, via }: EndpointSupport & { adapter: keyof typeof adapters },
  requestType: string,
): Adapter {
  const adapter = adapters[name]
  if (!adapter) throw new Error(`there is no adapter ${name}`)
  return via === undefined ? adapter : translated(adapter, getTranslation(via, requestType))
}
