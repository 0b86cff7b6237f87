// From the rows and the operator's configuration to the providers of this process. Runs once, at the start.
import { closest, distance } from "fastest-levenshtein"
import { type Env, KEY_PATTERN, type Problem, type ProviderConfig, type Resolved } from "../config.ts"
import { everyPath, type ProviderKey, type ProviderSettings, rows } from "./table.ts"

export function resolveProviders(configured: Record<string, ProviderConfig>, env: Env): Resolved<ProviderSettings[]> {
  const settings: Resolved<ProviderSettings[]> = { providers: [], ignored: [], problems: [] }
  for (const name of Object.keys(rows)) settings.providers.push(settingsOf(name, configured[name] ?? {}, env))
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
    if (Object.hasOwn(rows, name)) continue
    if (name.includes("/")) {
      settings.problems.push({
        path: `providers.${name}`,
        found: "a name with a slash",
        fix: "a name without one: models are given as provider/model",
      })
    } else if (config.network_config?.base_url !== undefined) {
      settings.providers.push(settingsOf(name, config, env))
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
  for (const { name, keys } of settings.providers) settings.problems.push(...twinsOf(name, keys))
  return settings
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

function settingsOf(name: string, config: ProviderConfig, env: Env): ProviderSettings {
  const known = Object.hasOwn(rows, name) ? rows[name] : undefined
  const row = known ?? { baseUrl: "", keyVariable: null, adapter: "raw", paths: everyPath, pricedAs: null }
  const network = config.network_config ?? {}
  return {
    name,
    adapter: row.adapter,
    baseUrl:
      network.base_url === undefined ? row.baseUrl : `${network.base_url.replace(/\/+$/, "").replace(/\/v1$/, "")}/v1`,
    paths: row.paths,
    optional: {},
    needsKey: row.keyVariable !== null,
    keys: keysOf(config, row.keyVariable, env),
    headers: network.extra_headers ?? {},
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

/** The keys of config.json; without any, the usual environment variable. Those without id and name go by their place. */
function keysOf(config: ProviderConfig, variable: string | null, env: Env): ProviderKey[] {
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
  const value = variable === null ? undefined : env[variable]
  if (variable === null || !value) return []
  return [{ id: "env", name: "env", value, models: ["*"], weight: 1, concurrency: null, source: variable }]
}
