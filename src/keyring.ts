// The virtual keys and the admin token of this gateway, as digests: a value is never kept, and every look-up compares with all of them.
// Says who a key is, not what it may do.
import { join } from "node:path"
import { randomBytes } from "./clock.ts"
import type { VirtualKeyConfig } from "./config/schema.ts"
import { readPrivate, replacePrivate, SetupRefused, stampOf } from "./files.ts"

/** What every virtual key that is made here starts with, and what marks one in any header. */
export const VIRTUAL_KEY_PREFIX = "sk-bf-"
/** What the admin token starts with, so that it is never taken for a provider's key and sent to one. */
export const ADMIN_TOKEN_PREFIX = "asyncgate-admin-"

export interface VirtualKey {
  id: string
  name: string
  isActive: boolean
  /** Epoch milliseconds; null for never. */
  expiresAt: number | null
  /** What it may be used for; null for everything. `models` null means every model of that provider. */
  grants: readonly { provider: string; models: readonly string[] | null }[] | null
  requestsPerMinute: number | null
  maxConcurrentJobs: number | null
  /** What it may use; null: no bound. */
  budgets: Budget | null
}

/** What a virtual key may use; a member that is not there does not bound. A day and a month are those of UTC. */
export interface Budget {
  day?: Spend
  month?: Spend
}

export interface Spend {
  /** In and out together. */
  tokens?: number
  /** US dollars. */
  cost?: number
}

export interface Keyring {
  /** The key with this value, whatever its state, or null. */
  find(value: string): VirtualKey | null
  /** Whether this is, in any case of its letters, the value of a key that does not begin with `VIRTUAL_KEY_PREFIX`. */
  isUnmarked(value: string): boolean
  /** Whether there is no key at all now. */
  isEmpty(): boolean
}

interface Entry {
  digest: Uint8Array
  key: VirtualKey
}

/** A key that the command line made, as virtual-keys.json has it. */
interface KeyRecord {
  id: string
  name: string
  /** SHA-256 of the value, in hexadecimal digits. */
  digest: string
  created_at: string
}

/**
 * Keys of config.json and those that the command line made. A running gateway takes a new one of these without a restart:
 * when a key is unknown and the file is another one than before, it is read again.
 * @param onUnreadable told when it cannot be read then; the keys known so far stay
 * @throws {SetupRefused} when the file cannot be read at the start
 */
export function createKeyring(
  configured: readonly VirtualKeyConfig[],
  directory: string,
  onUnreadable: (reason: string) => void,
): Keyring {
  const path = recordsPath(directory)
  const fixed = configured.map((config) => ({ digest: sha256(config.value), key: keyOf(config) }))
  const unmarked = configured
    .filter(({ value }) => !value.toLowerCase().startsWith(VIRTUAL_KEY_PREFIX))
    .map((config) => ({ digest: sha256(config.value.toLowerCase()), key: keyOf(config) }))
  const read = (): Entry[] => [...fixed, ...recordsOf(readPrivate(path), path).map(entryOf)]
  // Before the reading: a change in between is then seen as one.
  let stamp = stampOf(path)
  let entries = read()

  const readAgain = (): boolean => {
    try {
      const current = stampOf(path)
      if (current === stamp) return false
      stamp = current
      entries = read()
      return true
    } catch (error) {
      onUnreadable(error instanceof Error ? error.message : String(error))
      return false
    }
  }

  return {
    find(value) {
      const digest = sha256(value)
      return look(entries, digest) ?? (readAgain() ? look(entries, digest) : null)
    },
    isUnmarked: (value) => unmarked.length > 0 && look(unmarked, sha256(value.toLowerCase())) !== null,
    isEmpty() {
      if (entries.length === 0) readAgain()
      return entries.length === 0
    },
  }
}

function look(entries: readonly Entry[], digest: Uint8Array): VirtualKey | null {
  let found: VirtualKey | null = null
  // To the last one, so that the time it takes does not tell which key it was.
  for (const entry of entries) {
    if (crypto.timingSafeEqual(entry.digest, digest)) found = entry.key
  }
  return found
}

/**
 * Makes a virtual key that may do everything, and writes down its digest. The value is nowhere afterwards but in the answer.
 * @param now epoch milliseconds
 * @throws {SetupRefused} when the name is taken or the file cannot be written
 */
export function createVirtualKey(directory: string, name: string, now: number): { id: string; value: string } {
  if (name.trim() === "") throw new SetupRefused("a virtual key needs a name, as team-a")
  const path = recordsPath(directory)
  const id = `vk-${randomBytes(8).toString("hex")}`
  const value = VIRTUAL_KEY_PREFIX + randomBytes(32).toString("base64url")
  const record: KeyRecord = { id, name, digest: sha256Hex(value), created_at: new Date(now).toISOString() }
  replacePrivate(path, "wx", (before) => {
    const records = recordsOf(before, path)
    if (records.some((other) => other.name === name)) {
      throw new SetupRefused(`there is a virtual key named ${JSON.stringify(name)} already: take another name`)
    }
    return `${JSON.stringify([...records, record], null, 2)}\n`
  })
  return { id, value }
}

export interface Admin {
  /** The token, when it has just been made: to be shown this once. Null when it was made before. */
  newToken: string | null
  isAdmin(value: string): boolean
}

/**
 * The admin token: made at the first start, kept as a digest in the file `admin-token`.
 * @throws {SetupRefused}
 */
export function openAdmin(directory: string): Admin {
  const path = join(directory, "admin-token")
  const text = readPrivate(path)
  const newToken = text === null ? ADMIN_TOKEN_PREFIX + randomBytes(32).toString("base64url") : null
  const digest = newToken === null ? (text ?? "").trim() : sha256Hex(newToken)
  if (!isDigest(digest)) {
    throw new SetupRefused(`${path} does not hold the digest of a token. Remove it: the next start makes a new token.`)
  }
  if (newToken !== null) replacePrivate(path, "w", () => `${digest}\n`)
  const expected = Buffer.from(digest, "hex")
  return { newToken, isAdmin: (value) => crypto.timingSafeEqual(sha256(value), expected) }
}

/** SHA-256 in hexadecimal digits. */
export function sha256Hex(data: string | Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(data).digest("hex")
}

/** Whether two digests are the same, in a time that does not tell where they differ. */
export function isSameDigest(one: string, other: string): boolean {
  return crypto.timingSafeEqual(sha256(one), sha256(other))
}

function sha256(text: string): Uint8Array {
  return new Bun.CryptoHasher("sha256").update(text).digest()
}

function recordsPath(directory: string): string {
  return join(directory, "virtual-keys.json")
}

function keyOf(config: VirtualKeyConfig): VirtualKey {
  const grants = config.provider_configs ?? []
  return {
    id: config.id,
    name: config.name,
    isActive: config.is_active ?? true,
    expiresAt: config.expires_at === undefined ? null : Date.parse(config.expires_at),
    grants: grants.length === 0 ? null : grants.map(grantOf),
    requestsPerMinute: config.requests_per_minute ?? null,
    maxConcurrentJobs: config.max_concurrent_jobs ?? null,
    budgets: config.budgets ?? null,
  }
}

function grantOf({ provider, allowed_models: models = [] }: { provider: string; allowed_models?: string[] }) {
  return { provider, models: models.length === 0 || models.includes("*") ? null : models }
}

function entryOf({ id, name, digest }: KeyRecord): Entry {
  return { digest: Buffer.from(digest, "hex"), key: keyOf({ id, name, value: "" }) }
}

function recordsOf(text: string | null, path: string): KeyRecord[] {
  if (text === null) return []
  const records = parse(text)
  if (Array.isArray(records) && records.every(isRecord)) return records
  throw new SetupRefused(
    `${path} is not a list of virtual keys. Restore it from a backup, or remove it: its keys are then unknown.`,
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isRecord(value: unknown): value is KeyRecord {
  const { id, name, digest } = (value ?? {}) as Partial<Record<string, unknown>>
  return typeof id === "string" && typeof name === "string" && typeof digest === "string" && isDigest(digest)
}

function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}
