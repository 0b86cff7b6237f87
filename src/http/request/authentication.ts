// Recognises the caller of a request by its headers, and decides whether it may reach a job. No message ever contains a key.
import { ADMIN_TOKEN_PREFIX, type Admin } from "../../auth/admintoken.ts"
import { type Keyring, VIRTUAL_KEY_PREFIX, type VirtualKey } from "../../auth/virtualkeys.ts"
import { isSameDigest, sha256Hex } from "../../digest.ts"
import { type ErrorFields, GatewayError } from "../../errors.ts"
import type { Caller } from "../intake/caller.ts"

export interface CallerOptions {
  keyring: Keyring
  /** `client.enforce_auth_on_inference`: nobody submits without a virtual key. */
  isAuthEnforced: boolean
  /** `client.allow_direct_keys`: callers' own provider keys count. */
  allowsCallerKeys: boolean
}

/** What `isSoleUser` needs. */
export interface SoleUserOptions {
  keyring: Keyring
  /** The address that a request comes from; null: its connection is gone. */
  readPeer(request: Request): string | null
}

/** The headers that may carry a virtual key, in their order of precedence. */
const virtualKeyHeaders = ["x-bf-vk", "authorization", "x-api-key", "x-goog-api-key", "api-key"] as const
/** The headers that may carry a caller's own provider key, in their order of precedence. */
const callerKeyHeaders = ["authorization", "x-api-key", "x-goog-api-key"] as const

/**
 * The caller of a request.
 * @param now epoch milliseconds
 * @throws {GatewayError} virtual_key_not_found, virtual_key_required, virtual_key_blocked
 */
export function authenticate(headers: Headers, options: CallerOptions, now: number, fields: ErrorFields = {}): Caller {
  const callerKey = options.allowsCallerKeys ? readCallerKey(headers, options.keyring) : null
  const value = readVirtualKey(headers, options.keyring)
  if (value !== null) {
    const key = options.keyring.find(value)
    if (!key) throw new GatewayError("virtual_key_not_found", "virtual key not found", { fields })
    refuseBlocked(key, now, fields)
    return { kind: "virtual key", key, callerKey }
  }
  if (options.isAuthEnforced) {
    const message = "virtual key is required: send it as x-bf-vk, or as Authorization: Bearer"
    throw new GatewayError("virtual_key_required", message, { fields })
  }
  return callerKey === null ? { kind: "anonymous" } : { kind: "caller key", callerKey }
}

/** The id or the name of the configured provider key that the caller asks for, or null. The id takes precedence. */
export function readPinnedKey(headers: Headers): string | null {
  return headers.get("x-bf-api-key-id")?.trim() || headers.get("x-bf-api-key")?.trim() || null
}

/** Whether the caller asks for its own key to be used even where the gateway has one. */
export function wantsCallerKey(headers: Headers): boolean {
  return headers.get("x-bf-direct-key")?.trim().toLowerCase() === "true"
}

/**
 * Whether the user of this machine is the only caller there can be: there are no virtual keys, and the request comes from this
 * machine without a proxy. Only then do jobs without an owner belong to the caller.
 */
export function isSoleUser(request: Request, { keyring, readPeer }: SoleUserOptions): boolean {
  return keyring.isEmpty() && isFromHere(request, { readPeer })
}

/** Whether the request comes from this machine, and not through a proxy. */
export function isFromHere(request: Request, { readPeer }: Pick<SoleUserOptions, "readPeer">): boolean {
  if (proxyHeaders.some((name) => request.headers.has(name))) return false
  return loopback.test(readPeer(request) ?? "")
}

const loopback = /^(::ffff:)?127(\.\d{1,3}){3}$|^::1$/i
const proxyHeaders = ["forwarded", "x-forwarded-for", "x-real-ip", "via"] as const

/**
 * Refuses everybody but the owner of a job. Whether callers' own keys are still allowed does not matter here. A virtual key that
 * has expired may still collect its jobs; one that was made inactive is treated as unknown.
 * @throws {GatewayError} job_key_required, job_key_not_found, job_key_mismatch
 */
export function authorizeJob(owner: string, headers: Headers, keyring: Keyring): void {
  if (owner === "") return
  if (owner.startsWith("vk:")) {
    const value = readVirtualKey(headers, keyring)
    if (value === null) throw new GatewayError("job_key_required", "virtual key is required")
    const key = keyring.find(value)
    if (!key?.isActive) throw new GatewayError("job_key_not_found", "virtual key not found")
    if (`vk:${key.id}` !== owner) throw new GatewayError("job_key_mismatch", "virtual key mismatch")
    return
  }
  const callerKey = readCallerKey(headers, keyring)
  if (callerKey === null)
    throw new GatewayError("job_key_required", "the provider key the job was made with is required")
  if (!isSameDigest(`key:${sha256Hex(callerKey)}`, owner)) {
    throw new GatewayError("job_key_mismatch", "provider key mismatch")
  }
}

/** Clients of Azure send as `api-key` what others send as `Authorization: Bearer`: where they are served, it is read as that. */
export function readAzureKey(headers: Headers): void {
  const key = headers.get("api-key")
  if (key !== null && !headers.has("authorization")) headers.set("authorization", `Bearer ${key}`)
}

/** Whether the request carries the admin token, which opens every job and every model. */
export function isAdmin(headers: Headers, admin: Admin): boolean {
  const token = readBearer(headers)
  return token !== null && admin.isAdmin(token)
}

/** The value of `Authorization: Bearer`, or null. */
export function readBearer(headers: Headers): string | null {
  return /^\s*Bearer\s+(\S+)\s*$/i.exec(headers.get("authorization") ?? "")?.[1] ?? null
}

/** Whether a text contains a virtual key or the admin token of this gateway, alone or among other words. */
export function holdsGatewayKey(text: string, keyring: Keyring): boolean {
  const lower = text.toLowerCase()
  if (lower.includes(VIRTUAL_KEY_PREFIX) || lower.includes(ADMIN_TOKEN_PREFIX)) return true
  return keyring.isUnmarked(text) || text.split(/[\s,;:="']+/).some(keyring.isUnmarked)
}

function readVirtualKey(headers: Headers, keyring: Keyring): string | null {
  for (const name of virtualKeyHeaders) {
    const value = readCredential(headers, name)
    if (value === null) continue
    if (name === "x-bf-vk" || value.toLowerCase().startsWith(VIRTUAL_KEY_PREFIX) || keyring.isUnmarked(value))
      return value
  }
  return null
}

function readCallerKey(headers: Headers, keyring: Keyring): string | null {
  for (const name of callerKeyHeaders) {
    const value = readCredential(headers, name)
    if (value !== null && canBeSent(value) && !holdsGatewayKey(value, keyring)) return value
  }
  return null
}

/** The value of a header, without the quotes that some clients put around it. */
function readCredential(headers: Headers, name: string): string | null {
  const value = name === "authorization" ? readBearer(headers) : headers.get(name)?.trim() || null
  return value === null ? null : (/^(["'])(.+)\1$/.exec(value)?.[2] ?? value)
}

/** A header that is sent twice is joined with a comma and a space, so that a value with a space is not a key. */
function canBeSent(value: string): boolean {
  return /^[\x21-\x7e]+$/.test(value)
}

/** @throws {GatewayError} virtual_key_blocked */
export function refuseBlocked({ isActive, expiresAt }: VirtualKey, now: number, fields: ErrorFields): void {
  if (!isActive) {
    throw new GatewayError("virtual_key_blocked", "this virtual key is inactive: ask for it to be made active", {
      fields,
    })
  }
  // Written this way round, a time that is not a number counts as expired.
  if (expiresAt !== null && !(now < expiresAt)) {
    throw new GatewayError("virtual_key_blocked", "this virtual key has expired: ask for a new one", { fields })
  }
}
