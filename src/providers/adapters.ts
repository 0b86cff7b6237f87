// The adapters that are not the passthrough, loaded together when a call first needs one: a gateway that has none of them pays for none.

import { nativeChat } from "./chat/chatadapter.ts"
import { operationAdapters } from "./operations/operations.ts"
import { raw } from "./passthrough.ts"
import type { Adapter } from "./perform.ts"
import type { AdapterName, Way } from "./provider.ts"
import { translated } from "./translate/translated.ts"
import { translationOf } from "./translate/translations.ts"
import { mediaAdapters } from "./upstreamjobs/upstreamjobs.ts"

const adapters: Record<Exclude<AdapterName, "mock">, Adapter> = {
  raw: { start: raw },
  anthropic: nativeChat("anthropic"),
  gemini: nativeChat("gemini"),
  vertex: nativeChat("vertex"),
  bedrock: nativeChat("bedrock"),
  ...operationAdapters,
  ...mediaAdapters,
}

/** How a request type goes this way. */
export function adapterOf(
  { adapter: name, via }: Way & { adapter: keyof typeof adapters },
  requestType: string,
): Adapter {
  const adapter = adapters[name]
  return via === undefined ? adapter : translated(adapter, translationOf(via, requestType))
}
