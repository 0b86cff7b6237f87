// Manages virtual keys for the admin at /v1/async/virtual-keys: lists, makes, changes and revokes them, as the command line does. The value
// of a key is in the response that makes it and nowhere else. Keys of config.json are listed, and changed there.
import { findMistake, type KeyLimits, limitNames } from "../../auth/keylimits.ts"
import { SetupRefused } from "../../auth/privatefiles.ts"
import {
  changeVirtualKey,
  createVirtualKey,
  type KeyRecord,
  readKeyRecords,
  revokeVirtualKey,
  type VirtualKey,
} from "../../auth/virtualkeys.ts"
import { GatewayError, quoted } from "../../errors.ts"
import type { Log } from "../../log.ts"
import { json } from "../reply.ts"
import { readBody } from "../request/body.ts"
import type { BodyOptions } from "../request/bodylimits.ts"
import { type ListerOptions, refuseAllButAdmin } from "../request/owners.ts"
import { readRequestId } from "../request/requestid.ts"
import { writeVirtualKey } from "./me.ts"

export interface ManagedKeyOptions extends ListerOptions, BodyOptions {
  log: Log
  keyFile: {
    /** Where virtual-keys.json is. */
    directory: string
    /** Reads it again. */
    refresh(): void
  }
}

const NAME_CHARS_MAX = 255

/** @throws {GatewayError} admin_token_required */
export function listKeys(request: Request, options: ManagedKeyOptions): Response {
  const data = readKeys(request, options).map(writeKey)
  return json({ object: "list", data }, makeHeaders(request))
}

/** @throws {GatewayError} admin_token_required, key_not_found */
export function showKey(request: Request, options: ManagedKeyOptions): Response {
  return json(writeKey(findKey(request, options)), makeHeaders(request))
}

/** @throws {GatewayError} admin_token_required, invalid_request, invalid_json, … */
export async function makeKey(request: Request, options: ManagedKeyOptions): Promise<Response> {
  refuseAllButAdmin(request, options)
  const fields = await readFields(request, options)
  // Read after the body has come: meanwhile another request may have made a key.
  const name = readName(fields["name"], readKeys(request, options), null)
  const limits = dropNulls(readLimits(fields))
  const { directory, refresh } = options.keyFile
  const { id, value } = write(() => createVirtualKey(directory, name, options.clock.wall(), limits))
  refresh()
  options.log.info("a virtual key was made", { id, name })
  const made = readKeys(request, options).find(({ key }) => key.id === id)
  // As the last member, where it is seen.
  return json({ ...(made ? writeKey(made) : { id, name }), value }, makeHeaders(request), 201)
}

/** Changes the members that are sent. @throws {GatewayError} as `makeKey`, and key_not_found */
export async function changeKey(request: Request, options: ManagedKeyOptions): Promise<Response> {
  const { key, record } = findKey(request, options)
  refuseFixed(key, record)
  const fields = await readFields(request, options)
  const name = fields["name"] === undefined ? key.name : readName(fields["name"], readKeys(request, options), key.id)
  const limits = Object.fromEntries(
    Object.entries(readLimits(fields)).map(([member, each]) => [member, each ?? undefined]),
  )
  const { directory, refresh } = options.keyFile
  write(() => changeVirtualKey(directory, key.id, { ...limits, name }))
  refresh()
  options.log.info("a virtual key was changed", { id: key.id, members: Object.keys(fields) })
  return json(writeKey(findKey(request, options)), makeHeaders(request))
}

/** Revokes a key: jobs that were accepted with it still end. @throws {GatewayError} admin_token_required, key_not_found, invalid_request */
export function revokeKey(request: Request, options: ManagedKeyOptions): Response {
  const { key, record } = findKey(request, options)
  refuseFixed(key, record)
  write(() => revokeVirtualKey(options.keyFile.directory, key.id))
  options.keyFile.refresh()
  options.log.info("a virtual key was revoked", { id: key.id, name: key.name })
  return new Response(null, { status: 204, headers: makeHeaders(request) })
}

/** `record` null: the key stands in config.json. */
interface Known {
  key: VirtualKey
  record: KeyRecord | null
}

function readKeys(request: Request, options: ManagedKeyOptions): Known[] {
  refuseAllButAdmin(request, options)
  options.keyFile.refresh()
  const records = new Map(write(() => readKeyRecords(options.keyFile.directory)).map((record) => [record.id, record]))
  return options.keyring.list().map((key) => ({ key, record: records.get(key.id) ?? null }))
}

function findKey(request: Request, options: ManagedKeyOptions): Known {
  const keys = readKeys(request, options)
  const last = new URL(request.url).pathname.split("/").at(-1) ?? ""
  const found = keys.find(({ key }) => key.id === last || encodeURIComponent(key.id) === last)
  if (found) return found
  throw new GatewayError("key_not_found", `there is no virtual key with the id ${quoted(last)}: list them`)
}

function refuseFixed(key: VirtualKey, record: KeyRecord | null): void {
  if (record !== null) return
  const message = `virtual key ${key.id} stands in config.json: change it there, under governance.virtual_keys; the gateway follows within seconds`
  throw new GatewayError("invalid_request", message)
}

async function readFields(request: Request, options: ManagedKeyOptions): Promise<Record<string, unknown>> {
  const body = await readBody(request, "", ["json"], { ...options, bodyBytesMax: 65_536 })
  const { fields } = body.submission
  const supported = ["name", ...limitNames]
  const unknown = Object.keys(fields).find((member) => !supported.includes(member))
  if (unknown === undefined) return fields
  const message = `unknown member ${quoted(unknown)}; supported: ${supported.join(", ")}`
  throw new GatewayError("invalid_request", message, { param: unknown })
}

/** @param own the id of the key that may have the name already */
function readName(name: unknown, known: readonly Known[], own: string | null): string {
  if (typeof name !== "string" || name.trim() === "" || name.length > NAME_CHARS_MAX) {
    const message = `name must be a text of 1 to ${NAME_CHARS_MAX} characters, as "team-a"`
    throw new GatewayError("invalid_request", message, { param: "name" })
  }
  if (known.some(({ key }) => key.name === name && key.id !== own)) {
    const message = `there is a virtual key named ${quoted(name)} already: take another name`
    throw new GatewayError("invalid_request", message, { param: "name" })
  }
  return name
}

/** The limits that are sent; null removes one. */
function readLimits(fields: Record<string, unknown>): { [Name in keyof KeyLimits]: KeyLimits[Name] | null } {
  const given = Object.fromEntries(limitNames.flatMap((name) => (name in fields ? [[name, fields[name]]] : [])))
  const { is_active: isActive, ...others } = given
  const mistake = findMistake({ ...dropNulls(others), ...("is_active" in given ? { is_active: isActive } : {}) })
  if (mistake === null) return given
  throw new GatewayError("invalid_request", `${mistake.member} must be ${mistake.must}`, { param: mistake.member })
}

function dropNulls(fields: Record<string, unknown>): KeyLimits {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}

function write<T>(change: () => T): T {
  try {
    return change()
  } catch (error) {
    if (!(error instanceof SetupRefused)) throw error
    throw new GatewayError("store_unavailable", error.message, { retryAfter: 1 })
  }
}

function writeKey({ key, record }: Known) {
  return {
    ...writeVirtualKey(key),
    created_at: record?.created_at ?? null,
    source: record === null ? "config.json" : "virtual-keys.json",
    is_read_only: record === null,
  }
}

function makeHeaders(request: Request): Record<string, string> {
  return { "cache-control": "no-store", "x-request-id": readRequestId(request) }
}
