// Who calls, read from the request's headers, and what they may do. Refuses in the wire's own words; never says a key.

import {
  ADMIN_TOKEN_PREFIX,
  type Admin,
  isSameDigest,
  type Keyring,
  sha256Hex,
  VIRTUAL_KEY_PREFIX,
  type VirtualKey,
} from "../../auth/keyring.ts"
import { cut, type ErrorFields, GatewayError } from "../../errors.ts"

/** `ownKey` is a provider's key that the caller sent along, used or not: see `ownKeyFor`. */
export type Caller =
  | { kind: "anonymous" }
  | { kind: "virtual key"; key: VirtualKey; ownKey: string | null }
  | { kind: "own key"; ownKey: string }

export interface CallerOptions {
  keyring: Keyring
  /** `client.enforce_auth_on_inference`: nobody submits without a virtual key. */
  isAuthEnforced: boolean
  /** `client.allow_direct_keys`: callers' own provider keys count. */
  allowsOwnKeys: boolean
}

/** What tells whether a caller has this gateway for itself. */
export interface SoleUserOptions {
  keyring: Keyring
  /** The address that a request comes from; null: its connection is gone. */
  peerOf(request: Request): string | null
}

/** Where a virtual key may stand, the one that counts first. */
const virtualKeyHeaders = ["x-bf-vk", "authorization", "x-api-key", "x-goog-api-key", "api-key"] as const
/** Where a caller's own provider key may stand. */
const ownKeyHeaders = ["authorization", "x-api-key", "x-goog-api-key"] as const

/**
 * Who submits.
 * @param now epoch milliseconds
 * @throws {GatewayError} virtual_key_not_found, virtual_key_required, virtual_key_blocked
 */
export function identify(headers: Headers, options: CallerOptions, now: number, fields: ErrorFields = {}): Caller {
  const ownKey = options.allowsOwnKeys ? ownKeyIn(headers, options.keyring) : null
  const value = virtualKeyIn(headers, options.keyring)
  if (value !== null) {
    const key = options.keyring.find(value)
    if (!key) throw new GatewayError("virtual_key_not_found", "virtual key not found", { fields })
    refuseBlocked(key, now, fields)
    return { kind: "virtual key", key, ownKey }
  }
  if (options.isAuthEnforced) {
    const message = "virtual key is required: send it as x-bf-vk, or as Authorization: Bearer"
    throw new GatewayError("virtual_key_required", message, { fields })
  }
  return ownKey === null ? { kind: "anonymous" } : { kind: "own key", ownKey }
}

/**
 * Whether the caller may use this model of this provider. Ask for every fallback too.
 * @throws {GatewayError} provider_blocked, model_blocked
 */
export function permit(caller: Caller, target: { provider: string; model: string; requestType: string }): void {
  const { provider, model } = target
  const models = grantedOf(caller, provider)
  if (models === null || models.includes(model)) return
  if (models.length === 0) {
    const providers = [...new Set(grantsOf(caller)?.map((grant) => grant.provider))].join(", ")
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
export function grantedOf(caller: Caller, provider: string): readonly string[] | null {
  const granted = grantsOf(caller)?.filter((grant) => grant.provider === provider)
  if (granted === undefined || granted.some(({ models }) => models === null)) return null
  return granted.flatMap(({ models }) => models ?? [])
}

function grantsOf(caller: Caller): VirtualKey["grants"] {
  return caller.kind === "virtual key" ? caller.key.grants : null
}

/**
 * The caller's own key, if this call goes out with it: because the gateway has none for the provider, or because the
 * caller says so. For the provider of `model` only: a fallback to another provider must never see it.
 */
export function ownKeyFor(caller: Caller, hasGatewayKey: boolean, headers: Headers): string | null {
  if (caller.kind === "anonymous") return null
  return asksForOwnKey(headers) || !hasGatewayKey ? caller.ownKey : null
}

/** Whether the caller wants its own key used, whatever the gateway has. */
export function asksForOwnKey(headers: Headers): boolean {
  return headers.get("x-bf-direct-key")?.trim().toLowerCase() === "true"
}

/**
 * Whom the job belongs to: `vk:<id>`, `key:<SHA-256>` of an own key that it is made with, or "" for whoever knows its id.
 * @param ownKey one that the call needs; null where there is none: a key that nothing needs owns nothing
 */
export function ownerOf(caller: Caller, ownKey: string | null): string {
  if (caller.kind === "virtual key") return `vk:${caller.key.id}`
  return ownKey === null ? "" : `key:${sha256Hex(ownKey)}`
}

/**
 * Whether nobody but the user of this machine can be there: no virtual key tells callers apart, and the request comes from
 * this machine and was not passed on by a proxy. Only then are nobody's jobs the caller's.
 */
export function isSoleUser(request: Request, { keyring, peerOf }: SoleUserOptions): boolean {
  if (!keyring.isEmpty() || proxyHeaders.some((name) => request.headers.has(name))) return false
  return loopback.test(peerOf(request) ?? "")
}

const loopback = /^(::ffff:)?127(\.\d{1,3}){3}$|^::1$/i
const proxyHeaders = ["forwarded", "x-forwarded-for", "x-real-ip", "via"] as const

/**
 * Lets only its owner at a job: to poll, cancel or delete it. Whether own keys are still allowed does not matter here.
 * A key that has expired since may still collect; one that was made inactive is unknown.
 * @throws {GatewayError} job_key_required, job_key_not_found, job_key_mismatch
 */
export function mayPoll(owner: string, headers: Headers, keyring: Keyring): void {
  if (owner === "") return
  if (owner.startsWith("vk:")) {
    const value = virtualKeyIn(headers, keyring)
    if (value === null) throw new GatewayError("job_key_required", "virtual key is required")
    const key = keyring.find(value)
    if (!key?.isActive) throw new GatewayError("job_key_not_found", "virtual key not found")
    if (`vk:${key.id}` !== owner) throw new GatewayError("job_key_mismatch", "virtual key mismatch")
    return
  }
  const ownKey = ownKeyIn(headers, keyring)
  if (ownKey === null) throw new GatewayError("job_key_required", "the provider key the job was made with is required")
  if (!isSameDigest(`key:${sha256Hex(ownKey)}`, owner)) {
    throw new GatewayError("job_key_mismatch", "provider key mismatch")
  }
}

/** Whether the request comes with the admin's token: all jobs and all models are the admin's. */
export function isAdmin(headers: Headers, admin: Admin): boolean {
  const token = bearerIn(headers)
  return token !== null && admin.isAdmin(token)
}

/** The value of `Authorization: Bearer`, or null. */
export function bearerIn(headers: Headers): string | null {
  return /^\s*Bearer\s+(\S+)\s*$/i.exec(headers.get("authorization") ?? "")?.[1] ?? null
}

/** Whether what goes out in this text would open this gateway: a virtual key or the admin's token, alone or in other words. */
export function holdsGatewayKey(text: string, keyring: Keyring): boolean {
  const lower = text.toLowerCase()
  if (lower.includes(VIRTUAL_KEY_PREFIX) || lower.includes(ADMIN_TOKEN_PREFIX)) return true
  return keyring.isUnmarked(text) || text.split(/[\s,;:="']+/).some(keyring.isUnmarked)
}

function virtualKeyIn(headers: Headers, keyring: Keyring): string | null {
  for (const name of virtualKeyHeaders) {
    const value = credentialIn(headers, name)
    if (value === null) continue
    if (name === "x-bf-vk" || value.toLowerCase().startsWith(VIRTUAL_KEY_PREFIX) || keyring.isUnmarked(value))
      return value
  }
  return null
}

function ownKeyIn(headers: Headers, keyring: Keyring): string | null {
  for (const name of ownKeyHeaders) {
    const value = credentialIn(headers, name)
    if (value !== null && canBeSent(value) && !holdsGatewayKey(value, keyring)) return value
  }
  return null
}

/** A value that came in quotes is what stands in them. */
function credentialIn(headers: Headers, name: string): string | null {
  const value = name === "authorization" ? bearerIn(headers) : headers.get(name)?.trim() || null
  return value === null ? null : (/^(["'])(.+)\1$/.exec(value)?.[2] ?? value)
}

/** A header that came twice reads as one with a comma and a space: that is no key. */
function canBeSent(value: string): boolean {
  return /^[\x21-\x7e]+$/.test(value)
}

function refuseBlocked({ isActive, expiresAt }: VirtualKey, now: number, fields: ErrorFields): void {
  if (!isActive) {
    throw new GatewayError("virtual_key_blocked", "this virtual key is inactive: ask for it to be made active", {
      fields,
    })
  }
  // Asked this way round, a time that cannot be read is over.
  if (expiresAt !== null && !(now < expiresAt)) {
    throw new GatewayError("virtual_key_blocked", "this virtual key has expired: ask for a new one", { fields })
  }
}
