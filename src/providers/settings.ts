// From the rows and the operator's configuration to the providers of this process. Runs once, at the start.
import { closest, distance } from "fastest-levenshtein"
import { type Env, KEY_PATTERN, type Problem, type ProviderConfig, type Resolved } from "../config.ts"
import { type Family, families, keyOf, optionsOf } from "./native/family.ts"
import { everyType, rowOf, rows, serve } from "./rows.ts"
import type { ProviderKey, ProviderSettings, Row } from "./table.ts"

const BUILT_IN = "mock"
const OPENAI = "openai"

/** A server in OpenAI's form of which nothing else is known. */
const plainRow: Row = { baseUrl: "", keyVariable: null, ways: serve(everyType), pricedAs: null }

export function resolveProviders(configured: Record<string, ProviderConfig>, env: Env): Resolved<ProviderSettings[]> {
  const settings: Resolved<ProviderSettings[]> = { providers: [], ignored: [], problems: [] }
  for (const [name, row] of Object.entries(rows)) {
    const config = configured[name] ?? {}
    // Where its address is the operator's own, it is there once that is told.
    const isThere = row.baseUrl !== "" || name === BUILT_IN || config.network_config?.base_url !== undefined
    if (isThere) settings.providers.push(settingsOf(name, row, config, env))
    else if (Object.hasOwn(configured, name)) settings.problems.push(addressMissing(name))
  }
  for (const { keys } of settings.providers) {
    for (const { source, value } of keys) {
      if (new RegExp(KEY_PATTERN).test(value)) continue
      settings.problems.push({
        path: source,
        found: "a key with spaces or line breaks (not shown)",
        fix: "the key alone",
      })
    }
  }
  for (const [name, config] of Object.entries(configured)) {
    if (!Object.hasOwn(rows, name)) resolveCustom(name, config, env, settings)
  }
  for (const { name, keys } of settings.providers) settings.problems.push(...twinsOf(name, keys))
  return settings
}

/** A provider that is the operator's own: in the form of a built-in one, or in OpenAI's. */
function resolveCustom(name: string, config: ProviderConfig, env: Env, settings: Resolved<ProviderSettings[]>): void {
  const form = config.custom_provider_config?.base_provider_type
  const row = form === undefined ? plainRow : rowOf(form)
  if (name.includes("/")) {
    settings.problems.push({
      path: `providers.${name}`,
      found: "a name with a slash",
      fix: "a name without one: models are given as provider/model",
    })
  } else if (!row) {
    settings.problems.push({
      path: `providers.${name}.custom_provider_config.base_provider_type`,
      found: JSON.stringify(form),
      fix: `the name of a built-in provider, as "${closest(form ?? "", Object.keys(rows))}"`,
    })
  } else if (config.network_config?.base_url !== undefined) {
    // What a server of one's own serves is not known: all that the form has. A key it may want or not.
    const ways = row === rows[OPENAI] ? plainRow.ways : row.ways
    settings.providers.push(settingsOf(name, { ...row, ways, keyVariable: null, pricedAs: null }, config, env))
  } else {
    const near = closest(name, Object.keys(rows))
    if (distance(name, near) > 2 && !config.custom_provider_config) settings.ignored.push(`providers.${name}`)
    else {
      const found = "a name that is not built in, and no network_config.base_url"
      settings.problems.push({
        path: `providers.${name}`,
        found,
        fix: `"${near}" if you meant that one, or a base_url`,
      })
    }
  }
}

function addressMissing(name: string): Problem {
  return {
    path: `providers.${name}.network_config.base_url`,
    found: "nothing",
    fix: 'the address of your own, as "https://example.com"',
  }
}

/** The queue tells keys apart by their ids, and callers name them by id or name. */
function twinsOf(provider: string, keys: ProviderKey[]): Problem[] {
  return keys.flatMap(({ id, name }, at) => {
    const first = keys.findIndex((other) => other.id === id || other.name === name)
    if (first === at) return []
    const found = `the same id or name as providers.${provider}.keys.${first} (not shown)`
    return [{ path: `providers.${provider}.keys.${at}`, found, fix: "an id and a name for each key that no other has" }]
  })
}

function settingsOf(name: string, row: Row, config: ProviderConfig, env: Env): ProviderSettings {
  const network = config.network_config ?? {}
  const family = familyOf(row)
  return {
    name,
    baseUrl: network.base_url === undefined ? row.baseUrl : addressIn(network.base_url, row.root ?? "/v1"),
    authorization: row.authorization ?? { header: "authorization", prefix: "Bearer " },
    ways: withTranslations(row.ways),
    optional: row.optional ?? {},
    needsKey: row.keyVariable !== null && !row.isKeyOptional,
    ...(row.keyVariable === null ? {} : { keyVariable: row.keyVariable }),
    keys: keysOf(config, row.keyVariable, family === null ? undefined : keyOf(family, env), env),
    headers: { ...row.headers, ...network.extra_headers },
    options: { ...(family === null ? {} : optionsOf(family, env)), ...config.options },
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

/** An address as people write it, with or without a trailing slash or the root that paths are appended to. */
function addressIn(text: string, root: string): string {
  const bare = text.replace(/\/+$/, "")
  return bare.endsWith(root) ? bare : `${bare}${root}`
}

/** What a provider does not serve itself is translated into what it does: responses and completions into chat, chat into responses. */
export function withTranslations(ways: Row["ways"]): Row["ways"] {
  const { chat_completion: chat, responses } = ways
  if (chat && chat.via === undefined && chat.adapter !== BUILT_IN) {
    const via = { ...chat, via: "chat" } as const
    return { responses: via, text_completion: via, ...ways }
  }
  return responses && !chat ? { ...ways, chat_completion: { ...responses, via: "responses" } } : ways
}

/** The native form whose environment says more than a key. */
function familyOf({ ways }: Row): Family | null {
  const adapter = ways["chat_completion"]?.adapter
  return families.find((family) => family === adapter) ?? null
}

/** The keys of config.json; without any, the usual environment variable. Those without id and name go by their place. */
function keysOf(config: ProviderConfig, variable: string | null, found: string | undefined, env: Env): ProviderKey[] {
  if (config.keys && config.keys.length > 0) {
    return config.keys.map((key, at) => ({
      id: key.id || key.name || `key-${at + 1}`,
      name: key.name || key.id || `key-${at + 1}`,
      value: key.value,
      models: key.models && key.models.length > 0 ? key.models : ["*"],
      weight: key.weight ?? 1,
      concurrency: key.concurrency ?? null,
      source: "config.json",
    }))
  }
  const value = variable === null ? undefined : (found ?? env[variable])
  if (variable === null || !value) return []
  return [{ id: "env", name: "env", value, models: ["*"], weight: 1, concurrency: null, source: variable }]
}
