// Who submits, and what that caller may use. Knows no headers: see authentication.ts for how a caller is recognised.
import type { Keyring, VirtualKey } from "../../auth/virtualkeys.ts"
import { sha256Hex } from "../../digest.ts"
import { cut, GatewayError } from "../../errors.ts"

/** `callerKey` is a provider's key that the caller sent along, used or not: see `chooseCallerKey`. */
export type Caller =
  | { kind: "anonymous" }
  | { kind: "virtual key"; key: VirtualKey; callerKey: string | null }
  | { kind: "caller key"; callerKey: string }

/**
 * Whether the caller may use this model of this provider. Ask for every fallback too.
 * @throws {GatewayError} provider_blocked, model_blocked
 */
export function authorizeModel(caller: Caller, target: { provider: string; model: string; requestType: string }): void {
  const { provider, model } = target
  const models = listGrantedModels(caller, provider)
  if (models === null || models.includes(model)) return
  if (models.length === 0) {
    const providers = [...new Set(readGrants(caller)?.map((grant) => grant.provider))].join(", ")
    throw new GatewayError(
      "provider_blocked",
      `this virtual key may not use provider '${cut(provider)}', only: ${providers}`,
      { param: "model", fields: target },
    )
  }
  throw new GatewayError(
    "model_blocked",
    `this virtual key may not use model '${cut(model)}' of provider '${provider}', only: ${models.join(", ")}`,
    { param: "model", fields: target },
  )
}

/** Which models of a provider the caller may use: null is every one, none that it may not use the provider. */
export function listGrantedModels(caller: Caller, provider: string): readonly string[] | null {
  const granted = readGrants(caller)?.filter((grant) => grant.provider === provider)
  if (granted === undefined || granted.some(({ models }) => models === null)) return null
  return granted.flatMap(({ models }) => models ?? [])
}

function readGrants(caller: Caller): VirtualKey["grants"] {
  return caller.kind === "virtual key" ? caller.key.grants : null
}

/**
 * The caller's own key, if this call goes out with it: because the gateway has none for the provider, or because the
 * caller asks for it. For the provider of `model` only: a fallback to another provider must never see it.
 */
export function chooseCallerKey(caller: Caller, hasGatewayKey: boolean, isCallerKeyWanted: boolean): string | null {
  if (caller.kind === "anonymous") return null
  return isCallerKeyWanted || !hasGatewayKey ? caller.callerKey : null
}

/**
 * Whom the job belongs to: `vk:<id>`, `key:<SHA-256>` of the caller's own key that it is made with, or "" for whoever knows its id.
 * @param callerKey one that the call needs; null where there is none: a key that nothing needs owns nothing
 */
export function nameOwner(caller: Caller, callerKey: string | null): string {
  if (caller.kind === "virtual key") return `vk:${caller.key.id}`
  return callerKey === null ? "" : `key:${sha256Hex(callerKey)}`
}

/** Whose a job is, as the admin is told; null: nobody's. */
export type OwnerView =
  | { kind: "virtual_key"; id: string; name: string | null }
  | { kind: "caller_key"; id: string }
  | null

/** As many digits of a digest as tell callers apart. */
const SHOWN_DIGITS = 12

/** @param owner as `nameOwner` makes it */
export function describeOwner(owner: string, keyring: Keyring): OwnerView {
  if (owner === "") return null
  const id = owner.slice(owner.indexOf(":") + 1)
  if (!owner.startsWith("vk:")) return { kind: "caller_key", id: id.slice(0, SHOWN_DIGITS) }
  return { kind: "virtual_key", id, name: keyring.list().find((key) => key.id === id)?.name ?? null }
}
