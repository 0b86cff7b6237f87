// The configurations of the simulated gateway, and its callers.

import type { EngineOpen } from "../../src/engine/threads/protocol.ts"
import { ANY_KEY, callerKeyChoice, canCall, keysFor, pinnedTo } from "../../src/providers/keys.ts"
import type { ProviderSettings } from "../../src/providers/provider.ts"
import { makeKey, makeProvider } from "../factory.ts"

export const models: readonly string[] = ["one", "two"]
export const owners: readonly string[] = ["", "vk:capped", "vk:poor", "key:digest"]
export const ownerCaps: EngineOpen["ownerCaps"] = { "vk:capped": 2 }
export const budgets: EngineOpen["budgets"] = { "vk:poor": { day: { tokens: 1000 }, month: { tokens: 2000 } } }

const base = { needsKey: true, timeoutMs: 60_000, concurrency: 4, bufferSize: 10 }

const several = makeProvider({
  ...base,
  name: "several",
  keys: [makeKey("s1"), makeKey("s2", { weight: 3, concurrency: 1 }), makeKey("s3", { weight: 0, models: ["two"] })],
})
const single = makeProvider({ ...base, name: "single", keys: [makeKey("k1", { concurrency: 2 })], maxRetries: 1 })
const keyless = makeProvider({ ...base, name: "keyless", needsKey: false, concurrency: 2, bufferSize: 4 })

export const providerNames: readonly string[] = ["several", "single", "keyless"]

/** The configurations that a start can find: the full one, and others that lack or change something. */
const variants: readonly ProviderSettings[][] = [
  [several, single, keyless],
  [several, single],
  [{ ...several, concurrency: 1, keys: several.keys.slice(1) }, single, { ...keyless, maxRetries: 0 }],
  [{ ...several, keys: several.keys.slice(0, 1) }, { ...single, keys: [makeKey("k2")] }, keyless],
]

export function findSettings(variant: number): ProviderSettings[] {
  return variants[variant] ?? []
}

/** The key choice of a caller; null where the provider has no such key, so that the HTTP server would refuse the job. */
export function chooseKey(provider: ProviderSettings, model: string, key: number): string | null {
  if (key === 4) return callerKeyChoice("digest")
  const pinned = key === 0 ? undefined : keysFor(provider, model, ANY_KEY, "")[key - 1]
  const choice = pinned ? pinnedTo(pinned.id) : ANY_KEY
  return canCall(provider, model, choice, "") ? choice : null
}
