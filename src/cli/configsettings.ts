// Lists the settings with which a gateway would start, each with where it comes from. What may be a secret is only said to be set.
import type { TSchema } from "typebox"
import { type FlagName, flags } from "../config/flags.ts"
import type { Config } from "../config/load.ts"
import { enforcedBy } from "../config/policy.ts"
import { configSchema } from "../config/schema.ts"
import { type Env, isResolved } from "../config/variables.ts"
import { readAddressVariable, readHeaderVariables } from "../providers/environment.ts"
import { describeAccess, isGuessed } from "../providers/local.ts"
import type { ProviderSettings } from "../providers/provider.ts"
import { findRow } from "../providers/registry.ts"
import { asRecord, isRecord } from "../values.ts"

export interface Setting {
  /** As in config.json, or the name of a flag. */
  path: string
  /** Null: a secret, or nothing. */
  value: unknown
  /** Whether there is a value. */
  is_set: boolean
  from: "flag" | "environment" | "config.json" | "default"
  /** The flag, the variable, or the member of another name that says it; null: it is the path. */
  name: string | null
}

/** What the settings are read from besides the configuration that was made of it. */
export interface Sources {
  /** The flags that were given, by their names. */
  given: Partial<Record<FlagName, string>>
  env: Env
  /** config.json as it is written, without its nulls. */
  file: Record<string, unknown>
}

const KEY_VARIABLE = "ASYNCGATE_ENCRYPTION_KEY"

export function listSettings(config: Config<ProviderSettings[]>, sources: Sources): Setting[] {
  const { file, env } = sources
  const others = { ...file, client: {}, ui: {}, providers: {} }
  return [
    ...flags.map(({ name, variable }) => describeFlag(name, variable, config, sources)),
    ...(env[KEY_VARIABLE] ? [makeSetting("encryption-key", null, "environment", KEY_VARIABLE)] : []),
    ...describeMembers("client", { ...config.client }, file),
    ...describeMembers("ui", { ...config.ui }, file),
    ...(file["version"] === undefined ? [makeSetting("version", 2, "default")] : []),
    ...config.providers.flatMap((provider) => describeProvider(provider, sources)),
    ...listLeaves({ providers: file["providers"] ?? {} }, configSchema, [], env),
    ...listLeaves(others, configSchema, [], env),
  ].sort((one, other) => rank(one.path) - rank(other.path))
}

/** The order of the sections; within one, that in which they are listed. */
function rank(path: string): number {
  const order = [
    /^(?!client|ui|version|providers|governance|webhooks|\$)/,
    /^client/,
    /^ui/,
    /^(version|\$)/,
    /^providers/,
  ]
  const at = order.findIndex((section) => section.test(path))
  return at < 0 ? order.length : at
}

function makeSetting(path: string, value: unknown, from: Setting["from"], name: string | null = null): Setting {
  return { path, value, is_set: true, from, name }
}

function describeFlag(name: FlagName, variable: string, config: Config<unknown>, { given, env }: Sources): Setting {
  const { host, port, appDir, log } = config
  const database = config.database === null ? null : hideCredentials(config.database)
  const value = { host, port, "app-dir": appDir, database, "log-level": log.level, "log-style": log.style }[name]
  if (given[name] !== undefined) return makeSetting(name, value, "flag", `--${name}`)
  if (env[variable]) return makeSetting(name, value, "environment", variable)
  // That of config.json is a member of its own.
  return name === "database"
    ? { ...makeSetting(name, null, "default"), is_set: false }
    : makeSetting(name, value, "default")
}

/** The members of a section that have defaults. None of them is a secret. @param path of the section */
function describeMembers(path: string, members: Record<string, unknown>, file: unknown): Setting[] {
  const written = path.split(".").reduce((at, name) => asRecord(at[name]), asRecord(file))
  return Object.entries(members).flatMap(([name, value]) => {
    const at = `${path}.${name}`
    if (isRecord(value)) return describeMembers(at, value, file)
    if (value === null) return [{ ...makeSetting(at, null, "default"), is_set: false }]
    if (Object.hasOwn(written, name)) return [makeSetting(at, value, "config.json")]
    const other = name === "enforce_auth_on_inference" ? enforcedBy(file) : null
    return [other === null ? makeSetting(at, value, "default") : makeSetting(at, value, "config.json", other)]
  })
}

/** What is not written in config.json of a provider that can be called, or that is in the file. */
function describeProvider(provider: ProviderSettings, { file, env }: Sources): Setting[] {
  const written = asRecord(asRecord(file["providers"])[provider.name])
  const isWritten = Object.keys(written).length > 0
  // A model server that nobody has named may not be there.
  if (!isWritten && (describeAccess(provider) === null || isGuessed(provider))) return []
  const path = `providers.${provider.name}`
  const row = findRow(provider.name)
  const defaults: [string, string, unknown][] = [
    ["network_config", "default_request_timeout_in_seconds", provider.timeoutMs / 1000],
    ["network_config", "max_retries", provider.maxRetries],
    ["network_config", "retry_backoff_initial", provider.backoffInitialMs],
    ["network_config", "retry_backoff_max", provider.backoffMaxMs],
    ["concurrency_and_buffer_size", "concurrency", provider.concurrency],
    ["concurrency_and_buffer_size", "buffer_size", provider.bufferSize],
  ]
  const headers = row === undefined || provider.withheld !== undefined ? {} : readHeaderVariables(row, env)
  return [
    ...describeAddress(provider, written, env),
    ...provider.keys
      .filter(({ source }) => source !== "config.json")
      .map(({ source }) => makeSetting(`${path}.keys`, null, "environment", source)),
    ...Object.entries(provider.options)
      .filter(([name]) => isPlace(name) && asRecord(written["options"])[name] === undefined)
      .map(([name, value]) => makeSetting(`${path}.options.${name}`, value, "environment")),
    ...Object.keys(headers).map((name) =>
      makeSetting(`${path}.network_config.extra_headers.${name}`, null, "environment"),
    ),
    ...(provider.baseUrl === "" ? [] : defaults)
      .filter(([section, name]) => asRecord(written[section])[name] === undefined)
      .map(([section, name, value]) => makeSetting(`${path}.${section}.${name}`, value, "default")),
  ]
}

function describeAddress({ name, baseUrl }: ProviderSettings, written: Record<string, unknown>, env: Env): Setting[] {
  if (baseUrl === "" || asRecord(written["network_config"])["base_url"] !== undefined) return []
  const path = `providers.${name}.network_config.base_url`
  const row = findRow(name)
  if (row?.baseUrl === baseUrl) return [makeSetting(path, baseUrl, "default")]
  const found = row === undefined ? null : readAddressVariable(row, env)
  const value = hideCredentials(baseUrl)
  if (found !== null && !("off" in found)) return [makeSetting(path, value, "environment", found.source)]
  return [makeSetting(path, value, written["keys"] === undefined ? "default" : "config.json")]
}

/**
 * What the file says, a setting for each member that is known and no object.
 * @param schema what the value may be
 */
function listLeaves(value: unknown, schema: TSchema | undefined, path: readonly string[], env: Env): Setting[] {
  const { properties, patternProperties, items } = (schema ?? {}) as Record<string, Record<string, TSchema> | undefined>
  if (isRecord(value)) {
    return Object.entries(value).flatMap(([name, member]) => {
      const inner = properties?.[name] ?? Object.values(patternProperties ?? {})[0]
      return inner === undefined ? [] : listLeaves(member, inner, [...path, name], env)
    })
  }
  if (Array.isArray(value) && value.some(isRecord))
    return value.flatMap((item, at) => listLeaves(item, items as TSchema | undefined, [...path, String(at)], env))
  return [describeLeaf(value, path, env)]
}

function describeLeaf(value: unknown, path: readonly string[], env: Env): Setting {
  const at = path.join(".")
  const variable = typeof value === "string" && isResolved(path) ? /^env\.(\w+)$/.exec(value)?.[1] : undefined
  if (variable === undefined) return makeSetting(at, show(value, path), "config.json")
  const text = env[variable]?.trim() || null
  const setting = makeSetting(at, text === null ? null : show(text, path), "environment", variable)
  return { ...setting, is_set: text !== null }
}

/** Texts that are shown. All others may be secrets, or hold one. */
const SHOWN =
  /^(\$schema|name|id|type|provider|region|project_id|api_version|tenant_id|model_id|model_name|base_provider_type|expires_at|role_arn|arn|inference_profile_arn|session_name)$/
const ADDRESS = /^(base_url|url|endpoint)$/

function show(value: unknown, path: readonly string[]): unknown {
  if (typeof value !== "string") return value
  const last = path.at(-1) ?? ""
  const holder = path.at(-2) ?? ""
  if (path[0] === "webhooks" && holder === "headers") return null
  // Any part of such an address may be a secret.
  if (path[0] === "webhooks" && last === "url")
    return value.replace(/^(\w+:\/\/)([^/?#@]*@)?([^/?#]*).*$/s, "$1$3/(not shown)")
  if (ADDRESS.test(last) || holder === "request_path_overrides") return hideCredentials(value)
  const isShown = SHOWN.test(last) || holder === "aliases" || holder === "deployments"
  return isShown || (holder === "options" && isPlace(last)) ? value : null
}

function isPlace(option: string): boolean {
  return /^(region|project|location)$/.test(option)
}

/** An address may hold a user with a password, and a key in its query. */
function hideCredentials(address: string): string {
  return address.replace(/\/\/[^/\s]*@/, "//(not shown)@").replace(/\?.*$/s, "?(not shown)")
}
