// The virtual keys of this gateway: those of config.json, and those that the command line made, of which only digests are kept.
// Every look-up compares with all of them. Says who a key is; what it may do is decided where it is used.
import { join } from "node:path"
import { closest, distance } from "fastest-levenshtein"
import { randomBytes } from "../clock.ts"
import type { VirtualKeyConfig } from "../config/schema.ts"
import { isDigest, sha256, sha256Hex } from "../digest.ts"
import { findMistake, type KeyLimits } from "./keylimits.ts"
import { followFile, readPrivate, replacePrivate, SetupRefused } from "./privatefiles.ts"

/** The prefix of every virtual key that is made here. A value with it is a virtual key in whichever header it comes. */
export const VIRTUAL_KEY_PREFIX = "sk-bf-"

export const KEYS_FILE = "virtual-keys.json"

const NAME_CHARS_MAX = 255

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
  /** Its budgets; null: unlimited. */
  budgets: Budget | null
}

/** What a virtual key may spend in a UTC day and a UTC month. A missing member is no limit. */
export interface Budget {
  day?: Spend
  month?: Spend
}

export interface Spend {
  /** Input and output tokens together. */
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
  /** All keys, whatever their state. */
  list(): VirtualKey[]
}

/** A keyring that follows its files. */
export interface FollowedKeyring extends Keyring {
  /** Puts these in the place of the keys that config.json had before. */
  configure(configured: readonly VirtualKeyConfig[]): void
  /** Reads virtual-keys.json again if it has changed. To be called about once a second. */
  refresh(): void
}

interface Entry {
  digest: Uint8Array
  key: VirtualKey
}

/** A key that the command line or the API made, as it is stored in virtual-keys.json. */
export interface KeyRecord extends KeyLimits {
  id: string
  name: string
  /** SHA-256 of the value, in hexadecimal digits. */
  digest: string
  created_at: string
}

/**
 * The keys of config.json and those that the command line made. A running gateway knows a new key of the command line at once,
 * because an unknown key makes it read the file again; any other change counts from the next `refresh` on.
 * @param onUnreadable called with why the file cannot be read later; the keys that were known stay
 * @param onChange called when the keys of the file have changed
 * @throws {SetupRefused} when the file cannot be read now
 */
export function createKeyring(
  configured: readonly VirtualKeyConfig[],
  directory: string,
  onUnreadable: (reason: string) => void,
  onChange: () => void = () => {},
): FollowedKeyring {
  const readMade = () => readKeyRecords(directory).map(toMadeEntry)
  const made = followFile(recordsPath(directory), readMade, onUnreadable)
  const refresh = (isRetry = false) => {
    const isNew = made.refresh(isRetry)
    if (isNew) onChange()
    return isNew
  }
  let fixed = configured.map(toFixedEntry)
  let unmarked = configured.flatMap(toUnmarkedEntries)
  const known = (digest: Uint8Array) => look([...fixed, ...made.value()], digest)
  return {
    find(value) {
      const digest = sha256(value)
      return known(digest) ?? (refresh() ? known(digest) : null)
    },
    isUnmarked: (value) => unmarked.length > 0 && look(unmarked, sha256(value.toLowerCase())) !== null,
    isEmpty() {
      const isNone = () => fixed.length + made.value().length === 0
      if (isNone()) refresh()
      return isNone()
    },
    list: () => [...fixed, ...made.value()].map(({ key }) => key),
    configure(keys) {
      fixed = keys.map(toFixedEntry)
      unmarked = keys.flatMap(toUnmarkedEntries)
    },
    refresh: () => void refresh(true),
  }
}

/** The entry of a key whose value has no prefix that marks it: it is recognised in any case of its letters. */
function toUnmarkedEntries(config: VirtualKeyConfig): Entry[] {
  const value = config.value.toLowerCase()
  return value.startsWith(VIRTUAL_KEY_PREFIX) ? [] : [{ digest: sha256(value), key: toVirtualKey(config) }]
}

function look(entries: Iterable<Entry>, digest: Uint8Array): VirtualKey | null {
  let found: VirtualKey | null = null
  // Every entry is compared, so that the time it takes does not reveal which key it was.
  for (const entry of entries) {
    if (crypto.timingSafeEqual(entry.digest, digest)) found = entry.key
  }
  return found
}

/**
 * Makes a virtual key and stores its digest. The value exists only in what this returns.
 * @param now epoch milliseconds
 * @throws {SetupRefused} when the name is taken or the file cannot be written
 */
export function createVirtualKey(
  directory: string,
  name: string,
  now: number,
  limits: KeyLimits = {},
): { id: string; value: string } {
  if (name.trim() === "") throw new SetupRefused("a virtual key needs a name, as team-a")
  if (name.length > NAME_CHARS_MAX) {
    throw new SetupRefused(
      `the name of a virtual key has at most ${NAME_CHARS_MAX} characters, this one ${name.length}`,
    )
  }
  const path = recordsPath(directory)
  const id = `vk-${randomBytes(8).toString("hex")}`
  const value = VIRTUAL_KEY_PREFIX + randomBytes(32).toString("base64url")
  const record: KeyRecord = { id, name, digest: sha256Hex(value), created_at: new Date(now).toISOString(), ...limits }
  replacePrivate(path, "wx", (before) => {
    const records = parseRecords(before, path)
    if (records.some((other) => other.name === name)) {
      throw new SetupRefused(`there is a virtual key named ${JSON.stringify(name)} already: take another name`)
    }
    return `${JSON.stringify([...records, record], null, 2)}\n`
  })
  return { id, value }
}

/** Keys of virtual-keys.json; none when there is no such file. @throws {SetupRefused} */
export function readKeyRecords(directory: string): KeyRecord[] {
  const path = recordsPath(directory)
  return parseRecords(readPrivate(path), path)
}

/**
 * Takes a key out of virtual-keys.json. A running gateway refuses it from its next `refresh` on.
 * @returns the key that was taken out
 * @throws {SetupRefused} when none goes by this id or name, or the file cannot be written
 */
export function revokeVirtualKey(directory: string, idOrName: string): KeyRecord {
  const path = recordsPath(directory)
  let revoked: KeyRecord | undefined
  // Without a file there is nothing to write.
  if (readKeyRecords(directory).length === 0) throw unknownKey(idOrName, [])
  replacePrivate(path, "wx", (before) => {
    const records = parseRecords(before, path)
    const named = records.filter(({ name }) => name === idOrName)
    revoked = records.find(({ id }) => id === idOrName) ?? named[0]
    if (revoked === undefined) throw unknownKey(idOrName, records)
    if (revoked.id !== idOrName && named.length > 1) {
      const ids = named.map(({ id }) => id).join(", ")
      throw new SetupRefused(
        `${named.length} virtual keys are named ${JSON.stringify(idOrName)}: say which by its id: ${ids}`,
      )
    }
    return `${JSON.stringify(
      records.filter((record) => record !== revoked),
      null,
      2,
    )}\n`
  })
  return revoked as unknown as KeyRecord
}

/**
 * Changes a key of virtual-keys.json. A running gateway keeps to it from its next `refresh` on.
 * @param change the members to change; undefined removes one
 * @throws {SetupRefused} when the file cannot be written
 */
export function changeVirtualKey(
  directory: string,
  id: string,
  change: { [Name in keyof Omit<KeyRecord, "id" | "digest" | "created_at">]?: KeyRecord[Name] | undefined },
): void {
  const path = recordsPath(directory)
  replacePrivate(path, "wx", (before) => {
    const records = parseRecords(before, path).map((record) => (record.id === id ? { ...record, ...change } : record))
    return `${JSON.stringify(records, null, 2)}\n`
  })
}

function unknownKey(idOrName: string, records: readonly KeyRecord[]): SetupRefused {
  const known = records.flatMap(({ id, name }) => [name, id])
  const near = known.length === 0 ? null : closest(idOrName, known)
  const guess =
    near !== null && distance(idOrName, near) <= Math.min(3, near.length / 2)
      ? `: did you mean ${JSON.stringify(near)}?`
      : ""
  return new SetupRefused(
    `there is no virtual key ${JSON.stringify(idOrName)}${guess || ". See them with: asyncgate vk list"}`,
  )
}

function recordsPath(directory: string): string {
  return join(directory, KEYS_FILE)
}

function toVirtualKey(config: VirtualKeyConfig): VirtualKey {
  const grants = config.provider_configs ?? []
  return {
    id: config.id,
    name: config.name,
    isActive: config.is_active ?? true,
    expiresAt: config.expires_at === undefined ? null : Date.parse(config.expires_at),
    grants: grants.length === 0 ? null : grants.map(toGrant),
    requestsPerMinute: config.requests_per_minute ?? null,
    maxConcurrentJobs: config.max_concurrent_jobs ?? null,
    budgets: config.budgets ?? null,
  }
}

function toGrant({ provider, allowed_models: models = [] }: { provider: string; allowed_models?: string[] }) {
  return { provider, models: models.length === 0 || models.includes("*") ? null : models }
}

function toFixedEntry(config: VirtualKeyConfig): Entry {
  return { digest: sha256(config.value), key: toVirtualKey(config) }
}

function toMadeEntry({ digest, ...record }: KeyRecord): Entry {
  return { digest: Buffer.from(digest, "hex"), key: toVirtualKey({ ...record, value: "" }) }
}

/** The keys of the text of virtual-keys.json; null: there is no file. @throws {SetupRefused} */
export function parseRecords(text: string | null, path: string): KeyRecord[] {
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
  const { id, name, digest, ...limits } = (value ?? {}) as Partial<Record<string, unknown>>
  const isNamed = typeof id === "string" && typeof name === "string"
  return isNamed && typeof digest === "string" && isDigest(digest) && findMistake(limits) === null
}
