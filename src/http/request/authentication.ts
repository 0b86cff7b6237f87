// Who calls, read from the request's headers, and whether they may reach a job. Refuses in the wire's own words; never says a key.
import {
  ADMIN_TOKEN_PREFIX,
  type Admin,
  isSameDigest,
  type Keyring,
  sha256Hex,
  VIRTUAL_KEY_PREFIX,
  type VirtualKey,
} from "../../auth/keyring.ts"
import { type ErrorFields, GatewayError } from "../../errors.ts"
import type { Caller } from "../intake/caller.ts"

export interface CallerOptions {
  keyring: Keyring
  /** `client.enforce_auth_on_inference`: nobody submits without a virtual key. */
  isAuthEnforced: boolean
  /** `client.allow_direct_keys`: callers' own provider keys count. */
  allowsCallerKeys: boolean
}

/** What it takes to know whether a caller has this gateway for itself. */
export interface SoleUserOptions {
  keyring: Keyring
  /** The address that a request comes from; null: its connection is gone. */
  readPeer(request: Request): string | null
}

/** Where a virtual key may stand, the one that counts first. */
const virtualKeyHeaders = ["x-bf-vk", "authorization", "x-api-key", "x-goog-api-key", "api-key"] as const
/** Where a caller's own provider key may stand. */
const callerKeyHeaders = ["authorization", "x-api-key", "x-goog-api-key"] as const

/**
 * Who submits.
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

/** The id or the name of the one configured provider key to call with, or null. The id counts before the name. */
export function readPinnedKey(headers: Headers): string | null {
  return headers.get("x-bf-api-key-id")?.trim() || headers.get("x-bf-api-key")?.trim() || null
}

/** Whether the caller wants its own key used, whatever the gateway has. */
export function wantsCallerKey(headers: Headers): boolean {
  return headers.get("x-bf-direct-key")?.trim().toLowerCase() === "true"
}

/**
 * Whether nobody but the user of this machine can be there: no virtual key tells callers apart, and the request comes from
 * this machine and was not passed on by a proxy. Only then are nobody's jobs the caller's.
 */
export function isSoleUser(request: Request, { keyring, readPeer }: SoleUserOptions): boolean {
  if (!keyring.isEmpty() || proxyHeaders.some((name) => request.headers.has(name))) return false
  return loopback.test(readPeer(request) ?? "")
}

const loopback = /^(::ffff:)?127(\.\d{1,3}){3}$|^::1$/i
const proxyHeaders = ["forwarded", "x-forwarded-for", "x-real-ip", "via"] as const

/**
 * Lets only its owner at a job: to poll, cancel or delete it. Whether callers' own keys are still allowed does not matter here.
 * A key that has expired since may still collect; one that was made inactive is unknown.
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

/** Whether the request comes with the admin's token: all jobs and all models are the admin's. */
export function isAdmin(headers: Headers, admin: Admin): boolean {
  const token = readBearer(headers)
  return token !== null && admin.isAdmin(token)
}

/** The value of `Authorization: Bearer`, or null. */
export function readBearer(headers: Headers): string | null {
  return /^\s*Bearer\s+(\S+)\s*$/i.exec(headers.get("authorization") ?? "")?.[1] ?? null
}

/** Whether what goes out in this text would open this gateway: a virtual key or the admin's token, alone or in other words. */
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

/** A value that came in quotes is what stands in them. */
function readCredential(headers: Headers, name: string): string | null {
  const value = name === "authorization" ? readBearer(headers) : headers.get(name)?.trim() || null
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
