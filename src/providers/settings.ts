// Makes the settings of all providers of this process from the built-in rows, the configuration and the environment. Runs once, at the start.
import { closest, distance } from "fastest-levenshtein"
import type { Listening, Resolved } from "../config/load.ts"
import { KEY_PATTERN } from "../config/patterns.ts"
import type { Policy } from "../config/policy.ts"
import type { Problem } from "../config/problems.ts"
import type { ProviderConfig } from "../config/schema.ts"
import type { Env } from "../config/variables.ts"
import { isFamily } from "./adapternames.ts"
import { howToAddress } from "./advice.ts"
import { blockedNames } from "./blocked.ts"
import { readOptions } from "./chat/family.ts"
import { customSupport } from "./custom.ts"
import { readHeaderVariables, readKeyVariables } from "./environment.ts"
import { encodeAccount, findFamily, readKeys } from "./keyconfig.ts"
import { hasAddress, type Located, locate } from "./locate.ts"
import { readNetwork } from "./net/network.ts"
import type { ProviderKey, ProviderSettings, Row } from "./provider.ts"
import { findRow, rows } from "./registry.ts"
import { everyType, serve } from "./rows/serving.ts"

const BUILT_IN = "mock"
const OPENAI = "openai"

/** The row that describes a server in OpenAI's form of which nothing else is known. */
const plainRow: Row = { baseUrl: "", keyVariable: null, endpoints: serve(everyType), pricedAs: null }
const noPolicy: Policy = { models: [], providers: [], keys: [] }

type Settings = Resolved<ProviderSettings[]>

/** @param policy the file's limits that are not enforced here: what they limit is turned off */
export function resolveProviders(
  configured: Record<string, ProviderConfig>,
  env: Env,
  policy: Policy = noPolicy,
  listening: Listening | null = null,
): Settings {
  const settings: Settings = { providers: [], warnings: [], problems: [] }
  const around = { env, listening, settings }
  for (const [name, row] of Object.entries(rows)) {
    const isConfigured = Object.hasOwn(configured, name)
    add(name, row, isConfigured ? (configured[name] ?? {}) : null, around)
  }
  for (const { keys } of settings.providers) settings.problems.push(...findInvalidCredentials(keys))
  for (const [name, config] of Object.entries(configured)) {
    if (!Object.hasOwn(rows, name)) resolveCustom(name, config, around)
  }
  obey(policy, settings)
  return settings
}

/** What the settings are made from besides a row and its configuration, and where they are collected. */
interface Around {
  env: Env
  listening: Listening | null
  settings: Settings
}

/** A provider that is turned off is left out. @param given null when it is not configured */
function add(name: string, row: Row, given: ProviderConfig | null, around: Around): void {
  const { settings } = around
  const path = `providers.${name}`
  const config = given ?? {}
  const line = readNetwork(config, path)
  settings.warnings.push(...line.warnings)
  const off = config.off ?? line.off
  if (off !== null) {
    settings.warnings.push({ path, says: `is off: ${off}` })
    return
  }
  const place = locate(row, config, around) ?? (name === BUILT_IN ? builtIn(row) : null)
  if (place === null) reportMissingAddress(name, row, given !== null, around)
  else if ("off" in place) {
    const { off: reason, ...cause } = place
    settings.warnings.push({ path, says: `is off: ${reason}`, ...cause })
  } else {
    const lost = Object.keys(row.endpoints).filter((type) => !Object.hasOwn(place.endpoints, type))
    if (lost.length > 0) {
      const says = `has no ${lost.join(" and no ")}: the query of its address is not sent in that form; write the address without`
      settings.warnings.push({ path, says })
    }
    const made = buildSettings(name, { ...row, endpoints: place.endpoints }, config, place, around)
    settings.providers.push(line.network === null ? made : { ...made, network: line.network })
  }
}

function builtIn({ endpoints }: Row): Located {
  return { baseUrl: "", text: "", endpoints, version: "" }
}

/** A provider whose address only the operator knows is there once the address is. A key of the environment that is for no other is meant for it. */
function reportMissingAddress(name: string, row: Row, isConfigured: boolean, { env, settings }: Around): void {
  const path = `providers.${name}`
  const isShared = Object.values(rows).some((other) => other.baseUrl !== "" && other.keyVariable === row.keyVariable)
  const key = isShared ? null : readKeyVariables(row, env)
  const how = howToAddress(name, row)
  if (isConfigured) settings.warnings.push({ path, says: `is off: its address is missing; ${how}` })
  else if (key !== null) {
    const says = `is off: ${key.source} is set, but its address is missing; ${how}`
    settings.warnings.push({ path, says, isOfEnvironment: true })
  }
}

/** A custom provider, in the form of a built-in one or in OpenAI's. */
function resolveCustom(name: string, config: ProviderConfig, around: Around): void {
  const { settings } = around
  const path = `providers.${name}`
  const form = config.custom_provider_config?.base_provider_type
  const row = form === undefined ? plainRow : findRow(form)
  if (name.includes("/")) {
    const fix = "a name without one: models are given as provider/model"
    settings.problems.push({ path, found: "a name with a slash", fix })
  } else if (!row) {
    const near = closest(form ?? "", Object.keys(rows))
    const where = `${path}.custom_provider_config.base_provider_type`
    if (distance(form ?? "", near) <= 2) {
      const fix = `the name of a built-in provider, as "${near}"`
      settings.problems.push({ path: where, found: JSON.stringify(form), fix })
    } else {
      const says = `is off: ${JSON.stringify(form)} is not built in; write the name of a built-in provider as base_provider_type, as "openai"`
      settings.warnings.push({ path, says })
    }
  } else if (hasAddress(config) || row.baseUrl !== "" || config.off !== undefined) {
    // What a custom server serves is not known, so that it is all that the form has. It may need a key or not.
    const endpoints = row === rows[OPENAI] ? plainRow.endpoints : row.endpoints
    // The variables that hold a key are read only for a key of its own that says so by its settings: see keyconfig.ts.
    const { headerVariables: _, keyVariable, keyVariables = keyVariable === null ? [] : [keyVariable], ...rest } = row
    add(name, { ...rest, endpoints, keyVariable: null, keyVariables, pricedAs: null }, config, around)
  } else unknown(name, config, settings)
}

/** A provider without an address that is not built in. A likely typing error stops the start; a name that only another gateway knows is a warning. */
function unknown(name: string, { custom_provider_config }: ProviderConfig, settings: Settings): void {
  const path = `providers.${name}`
  const near = closest(name, Object.keys(rows))
  if (distance(name, near) <= 2 && !custom_provider_config) {
    const found = "a name that is not built in, and no network_config.base_url"
    settings.problems.push({ path, found, fix: `"${near}" if you meant that one, or a base_url` })
    return
  }
  const says =
    "is off: it is not built in and has no address; write network_config.base_url, and custom_provider_config.base_provider_type if it does not speak OpenAI's form"
  settings.warnings.push({ path, says })
}

/** Checks the keys of the environment. Those of the file were checked when it was read. */
function findInvalidCredentials(keys: readonly ProviderKey[]): Problem[] {
  const found = "a key with spaces or line breaks (not shown)"
  return keys
    .filter(({ source, value }) => source !== "config.json" && !new RegExp(KEY_PATTERN).test(value))
    .map(({ source }) => ({ path: source, found, fix: "the key alone" }))
}

function buildSettings(
  name: string,
  row: Row,
  config: ProviderConfig,
  place: Located,
  { env, settings }: Around,
): ProviderSettings {
  const network = config.network_config ?? {}
  const family = findFamily(row)
  const isKeyless = row.keyVariable === null || config.custom_provider_config?.is_key_less === true
  const configs = config.keys ?? []
  const ofEnv = family === null ? {} : readOptions(family, env)
  const options = { ...ofEnv, ...config.options }
  const { text, version, withheld } = place
  const baseUrl = place.isOfKey ? row.baseUrl : text || row.baseUrl
  const overrides = config.custom_provider_config?.request_path_overrides ?? {}
  const isOfKey = place.isOfKey === true
  const read = readKeys(configs, { name, row, baseUrl, isOfKey, overrides, version, options, isKeyless, env })
  const keys = configs.length > 0 ? read.keys : keysOfEnv(row, place, env)
  const custom = customSupport(row, config, text)
  const qualify = <T extends { path: string }>(one: T) => ({ ...one, path: `providers.${name}.${one.path}` })
  settings.warnings.push(...[...read.warnings, ...custom.warnings].map(qualify))
  settings.problems.push(...read.problems.map(qualify))
  const isKeyWithheld = withheld !== undefined && row.keyVariable !== null && readKeyVariables(row, env) !== null
  if (isKeyWithheld && configs.length === 0) {
    settings.warnings.push({
      path: `providers.${name}`,
      says: `has no key of the environment: ${withheld}`,
      isOfEnvironment: true,
    })
  }
  return {
    name,
    baseUrl: place.baseUrl,
    authorization: row.authorization ?? { header: "authorization", prefix: "Bearer " },
    endpoints: custom.allowed(withTranslations(custom.endpoints)),
    optional: row.optional ?? {},
    ...(row.meanings === undefined ? {} : { meanings: row.meanings }),
    // When every key of the file is off, calls are not sent without a key instead.
    needsKey: configs.length > 0 && keys.length === 0 ? true : !isKeyless && !row.isKeyOptional,
    ...(row.keyVariable === null ? {} : { keyVariable: row.keyVariable }),
    ...(withheld === undefined ? {} : { withheld }),
    keys,
    headers: {
      ...row.headers,
      // Those beside an address that is not used are meant for that address, as the key is.
      ...(withheld === undefined ? readHeaderVariables(row, env) : {}),
      ...network.extra_headers,
    },
    options: { ...ofEnv, ...pickPlace(keys[0]), ...config.options },
    timeoutMs: (network.default_request_timeout_in_seconds ?? 600) * 1000,
    maxRetries: network.max_retries ?? 3,
    backoffInitialMs: network.retry_backoff_initial ?? 500,
    backoffMaxMs: network.retry_backoff_max ?? 30_000,
    concurrency: config.concurrency_and_buffer_size?.concurrency ?? 100,
    bufferSize: config.concurrency_and_buffer_size?.buffer_size ?? 100_000,
    prices: config.prices ?? {},
    pricedAs: row.pricedAs,
  }
}

/** The options of a key that calls with a caller's key and lists of models need too. None of them is a secret. */
function pickPlace(key: ProviderKey | undefined): Record<string, string> {
  const options = Object.entries(key?.placement?.options ?? {})
  return Object.fromEntries(options.filter(([name]) => /^(region|project|location)$/.test(name)))
}

/**
 * Adds translations for request types that a provider does not have: responses and completions through chat, chat through responses, and
 * counts where those of chat are known.
 */
export function withTranslations(endpoints: Row["endpoints"]): Row["endpoints"] {
  const { chat_completion: chat, responses } = endpoints
  if (chat && chat.via === undefined && chat.adapter !== BUILT_IN) {
    const via = { ...chat, via: "chat" } as const
    const counts = isFamily(chat.adapter) ? { count_tokens: via } : {}
    return { responses: via, text_completion: via, ...counts, ...endpoints }
  }
  return responses && !chat ? { ...endpoints, chat_completion: { ...responses, via: "responses" } } : endpoints
}

/** The key of the environment, unless it is meant for another address, or the provider is a custom one. */
function keysOfEnv(row: Row, { withheld }: Located, env: Env): ProviderKey[] {
  const key = withheld === undefined && row.keyVariable !== null ? readKeyVariables(row, env) : null
  if (key === null) return []
  return [findFamily(row) === "vertex" ? { ...key, value: encodeAccount(key.value) } : key]
}

/** Turns off what the configuration limits in ways that are not enforced here. */
function obey({ models, providers, keys }: Policy, settings: Settings): void {
  const KIND = "and limits of this kind are not enforced here"
  for (const { provider, path } of providers) {
    settings.providers = settings.providers.filter(({ name }) => name !== provider)
    const says = `limits a provider, ${KIND}: ${provider} is off; remove the limit to use it`
    settings.warnings.push({ path, says, provider })
  }
  for (const { provider, model, path } of models) {
    for (const one of settings.providers.filter(({ name }) => provider === null || name === provider)) {
      const aliases = Object.assign({}, ...one.keys.map((key) => key.aliases ?? {}))
      one.blocked = [...(one.blocked ?? []), ...blockedNames([model], aliases, one.name)]
    }
    const where = provider === null ? "" : ` of ${provider}`
    settings.warnings.push({
      path,
      says: `limits a model, ${KIND}: ${model}${where} is off; remove the limit to use it`,
    })
  }
  for (const { owner, provider, keys: allowed } of keys) {
    const found = settings.providers.find(({ name }) => name === provider)
    for (const key of found?.keys ?? []) {
      if (!allowed.includes(key.id) && !allowed.includes(key.name)) key.closedTo = [...(key.closedTo ?? []), owner]
    }
  }
}
