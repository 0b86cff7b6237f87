// Chooses the key of a job's calls: the caller's own, the configured one that the caller asks for, or any that fits the model.
import { sha256Hex } from "../../digest.ts"
import { cut, GatewayError } from "../../errors.ts"
import {
  ANY_KEY,
  callerKeyChoice,
  canCall,
  explainMissingKey,
  keyNamed,
  keysFor,
  pinnedTo,
} from "../../providers/keys.ts"
import type { ProviderSettings } from "../../providers/provider.ts"
import { authorizeModel, type Caller, chooseCallerKey, nameOwner } from "./caller.ts"
import type { RequestHead } from "./requesthead.ts"
import type { Target } from "./target.ts"

export interface Credentials {
  callerKey: string | null
  /** See providers/keys.ts. */
  keyChoice: string
}

export interface CredentialOptions {
  providers: ReadonlyMap<string, ProviderSettings>
  allowsCallerKeys: boolean
}

/** @throws {GatewayError} provider_blocked, model_blocked, no_keys */
export function chooseCredentials(
  caller: Caller,
  target: Target,
  { pinnedKey, isCallerKeyWanted }: RequestHead,
  { providers, allowsCallerKeys }: CredentialOptions,
): Credentials {
  authorizeModel(caller, target)
  const provider = providers.get(target.provider)
  const owner = nameOwner(caller, null)
  const choice = provider ? chooseKey(provider, target.model, pinnedKey, owner) : null
  const holdsKey =
    provider !== undefined && choice !== null && keysFor(provider, target.model, choice, owner).length > 0
  const callerKey = chooseCallerKey(caller, holdsKey, isCallerKeyWanted)
  if (callerKey !== null) return { callerKey, keyChoice: callerKeyChoice(sha256Hex(callerKey)) }
  if (provider === undefined || choice === null || !canCall(provider, target.model, choice, owner))
    throw refuseNoKeys(target, provider, { pinned: pinnedKey, allowsCallerKeys })
  return { callerKey, keyChoice: choice }
}

/** Any key, or the one that the caller asks for by its id or name; null where there is none of that name. */
function chooseKey(provider: ProviderSettings, model: string, pinned: string | null, owner: string): string | null {
  if (pinned === null) return ANY_KEY
  const key = keyNamed(provider, model, pinned, owner)
  return key && pinnedTo(key.id)
}

/** @param asked the key that the caller asks for, by its id or name, or null; and whether callers may send their own */
export function refuseNoKeys(
  target: Target,
  provider: ProviderSettings | undefined,
  { pinned, allowsCallerKeys }: { pinned: string | null; allowsCallerKeys: boolean },
): GatewayError {
  const call = { provider: target.provider, model: cut(target.model), pinned: pinned === null ? null : cut(pinned) }
  const message = explainMissingKey(provider, call, "caller", allowsCallerKeys)
  return new GatewayError("no_keys", message, { ...(pinned === null ? {} : { param: "x-bf-api-key" }), fields: target })
}
