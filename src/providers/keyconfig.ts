// Reads the keys of config.json: how they authorise, where their calls go, and which models they are for. Runs once, at the start.
import type { Problem, Warning } from "../config/problems.ts"
import type { AliasConfig, ProviderKeyConfig } from "../config/schema.ts"
import type { Env } from "../config/variables.ts"
import { type Family, families } from "./adapternames.ts"
import { azureIdentity, azurePlacement } from "./azure.ts"
import { blockedNames } from "./blocked.ts"
import { overriddenPaths } from "./custom.ts"
import { isAddress, readKeyVariables } from "./environment.ts"
import type { Alias, Placement, ProviderKey, Row } from "./provider.ts"
import { readRoot } from "./roots.ts"

/** The provider that the keys belong to. */
export interface Owner {
  name: string
  row: Row
  /** Its address as it was written, or the row's. Empty when there is none. */
  baseUrl: string
  /** Another key says the address of the provider, so that this one is not for it. */
  isOfKey: boolean
  /** The operator's paths: request type -> path below the address. */
  overrides: Readonly<Record<string, string>>
  /** The version of Azure's API that counts where a key has no address of its own. */
  version: string
  /** Options of the operator and of the environment. */
  options: Readonly<Record<string, string>>
  /** Whether it accepts calls without a key. */
  isKeyless: boolean
  env: Env
}

export interface ReadKeys {
  keys: ProviderKey[]
  problems: Problem[]
  warnings: Warning[]
}

/** What a key's settings mean for its kind of provider. */
interface Access {
  value: string
  placement: Placement | null
  entra?: ProviderKey["entra"]
  /** Aliases in addition to those of the key. */
  deployments?: Readonly<Record<string, string>>
  /** Prefix of a deployment's name. */
  prefix?: string
}

/** The settings that were read, or why the key is off, in a text that ends with what to write. */
type Reading = Access | { off: string }

/** The keys of the file that can be used. The others are off, with a warning. Paths are relative to the provider's settings. */
export function readKeys(configs: readonly ProviderKeyConfig[], owner: Owner): ReadKeys {
  const found: ReadKeys = { keys: [], problems: findDuplicates(configs, owner), warnings: [] }
  for (const [at, config] of configs.entries()) {
    if (config.enabled === false) continue
    const path = `keys.${at}`
    const problem = isValueMissing(config, owner) ? "nothing" : isNoKey(config, owner) ? "a string (not shown)" : null
    if (problem !== null) {
      const fix =
        'the key alone, without spaces or line breaks, or better "env.NAME" with the name of an environment variable'
      found.problems.push({ path: `${path}.value`, found: problem, fix })
      continue
    }
    const key = readKey(config, at, owner)
    if ("off" in key) found.warnings.push({ path, says: `is off: ${key.off}` })
    else found.keys.push(key)
    for (const foreign of foreignConfigs(config, owner)) {
      found.warnings.push({ path: `${path}.${foreign}`, says: "is not read: it belongs to another provider" })
    }
  }
  return found
}

/** Ids must be unique, and so must names, because callers name a key by either. A key without them is known by its position. */
function findDuplicates(configs: readonly ProviderKeyConfig[], { name: provider }: Owner): Problem[] {
  const names = configs.map(listNames)
  return names.flatMap(({ id, name }, at) => {
    const first = names.findIndex((other) => other.id === id || other.name === name)
    if (first === at) return []
    const found = `the same id or name as providers.${provider}.keys.${first} (not shown)`
    return [{ path: `keys.${at}`, found, fix: "an id and a name for each key that no other has" }]
  })
}

function listNames({ id, name }: ProviderKeyConfig, at: number): { id: string; name: string } {
  return { id: id || name || `key-${at + 1}`, name: name || id || `key-${at + 1}` }
}

/** Whether the key has no value and nothing else could authorise its calls. A key by settings of another kind is off: see plainAccess. */
function isValueMissing({ value, off, ...config }: ProviderKeyConfig, { row, isKeyless }: Owner): boolean {
  if (value !== undefined || off !== undefined || isKeyless || findKind(row) !== "plain") return false
  return !Object.keys(config).some((name) => name.endsWith("_key_config"))
}

/** Whether its value is the JSON of an account at a provider that takes none. */
function isNoKey({ value = "" }: ProviderKeyConfig, { row }: Owner): boolean {
  return findKind(row) !== "vertex" && value.trimStart().startsWith("{")
}

function readKey(config: ProviderKeyConfig, at: number, owner: Owner): ProviderKey | { off: string } {
  if (config.off !== undefined) return { off: config.off }
  const access = readAccess(config, owner)
  if ("off" in access) return access
  const aliases = readAliases(config, access, owner)
  if ("off" in aliases) return { off: String(aliases.off) }
  const models = readModels(config)
  if (models.length === 0) {
    return {
      off: 'its models are an empty list, which allows none; write ["*"] for all, or "version": 1 where an empty list means that',
    }
  }
  const blocked = blockedNames(config.blacklisted_models ?? [], aliases, owner.name)
  const { placement, entra, value } = access
  return {
    ...listNames(config, at),
    value,
    models,
    weight: config.weight ?? 1,
    concurrency: config.concurrency ?? null,
    source: "config.json",
    ...(blocked.length > 0 ? { blocked } : {}),
    ...(Object.keys(aliases).length > 0 ? { aliases } : {}),
    ...(placement === null ? {} : { placement }),
    ...(entra ? { entra } : {}),
  }
}

type Kind = "azure" | "vertex" | "bedrock" | "plain"

function findKind(row: Row): Kind {
  if (row.hasEntra) return "azure"
  const family = findFamily(row)
  return family === "vertex" || family === "bedrock" ? family : "plain"
}

/** The native chat form of the provider, whose environment variables have more than a key. */
export function findFamily({ endpoints }: Row): Family | null {
  const adapter = endpoints["chat_completion"]?.adapter
  return families.find((family) => family === adapter) ?? null
}

function foreignConfigs(config: ProviderKeyConfig, { row }: Owner): string[] {
  const kind = findKind(row)
  return (["azure", "vertex", "bedrock"] as const)
    .filter((name) => name !== kind && config[`${name}_key_config`] !== undefined)
    .map((name) => `${name}_key_config`)
}

function readAccess(config: ProviderKeyConfig, owner: Owner): Reading {
  switch (findKind(owner.row)) {
    case "azure":
      return azureAccess(config, owner)
    case "vertex":
      return vertexAccess(config, owner)
    case "bedrock":
      return bedrockAccess(config, owner)
    case "plain":
      return plainAccess(config, owner)
  }
}

function azureAccess({ azure_key_config: config = {}, value = "" }: ProviderKeyConfig, owner: Owner): Reading {
  const { baseUrl, env, version } = owner
  const placement = azurePlacement(config, baseUrl, config.endpoint ? "" : version)
  if (typeof placement === "string") return { off: placement }
  if (placement === null)
    return {
      off: 'it has no address; write azure_key_config.endpoint, as "https://me.openai.azure.com", or set AZURE_OPENAI_ENDPOINT',
    }
  const entra = azureIdentity(config, value, env)
  if (typeof entra === "string") return { off: entra }
  const deployments = config.deployments ?? {}
  const there = withOverrides(placement, config.endpoint || baseUrl, owner)
  return { value: entra === null ? value : "", placement: there, deployments, ...(entra === null ? {} : { entra }) }
}

function vertexAccess({ vertex_key_config: config = {}, value = "" }: ProviderKeyConfig, { row, env }: Owner): Reading {
  const { project_id, region, auth_credentials = "", deployments } = config
  const options = { ...given("project", project_id), ...given("location", region) }
  return {
    value: encodeAccount(auth_credentials.trim() || value || readKeyVariables(row, env)?.value || ""),
    placement: Object.keys(options).length > 0 ? { options } : null,
    ...(deployments ? { deployments } : {}),
  }
}

function bedrockAccess({ bedrock_key_config: config = {}, value = "" }: ProviderKeyConfig, owner: Owner): Reading {
  const { access_key = "", secret_key = "", session_token, region, arn, deployments } = config
  if ((access_key === "") !== (secret_key === "")) {
    return {
      off: "it has one of access_key and secret_key alone; write both, or neither for the credentials of the machine",
    }
  }
  const isRegional = owner.baseUrl === "" || owner.baseUrl.includes("{region}")
  if (isRegional && !region && !owner.options["region"]) {
    return { off: 'it has no region; write bedrock_key_config.region, as "us-east-1", or set AWS_REGION' }
  }
  const { role_arn, external_id, session_name } = config
  const options = {
    ...given("region", region),
    ...given("roleArn", role_arn),
    ...given("externalId", external_id),
    ...given("sessionName", session_name),
  }
  const pair = access_key === "" ? "" : [access_key, secret_key, ...(session_token ? [session_token] : [])].join(":")
  return {
    value: value || pair || readKeyVariables(owner.row, owner.env)?.value || "",
    placement: Object.keys(options).length > 0 ? { options } : null,
    ...(deployments ? { deployments } : {}),
    ...(arn ? { prefix: `${arn.replace(/\/+$/, "")}/` } : {}),
  }
}

function plainAccess(config: ProviderKeyConfig, owner: Owner): Reading {
  const { row, isKeyless, isOfKey, baseUrl } = owner
  const { value = "", ollama_key_config, sgl_key_config, vllm_key_config, replicate_key_config } = config
  if (replicate_key_config?.use_deployments_endpoint === true) {
    return {
      off: "deployments of the provider are not served here; write use_deployments_endpoint: false and name models",
    }
  }
  const url = (ollama_key_config ?? sgl_key_config ?? vllm_key_config)?.url ?? ""
  if (url !== "" && (!isAddress(url) || url.includes("?"))) {
    return { off: 'its url is no address; write one like "http://127.0.0.1:8000"' }
  }
  if (value === "" && !isKeyless) {
    return { off: 'its value is empty; write the key, or better "env.NAME" with the name of an environment variable' }
  }
  const address = url || (isOfKey ? baseUrl : "")
  if (address === "" && isOfKey) {
    return { off: "it has no address, and another key's is not for it; write network_config.base_url, or its own url" }
  }
  const placement = { baseUrl: readRoot(address, row.root ?? "/v1").baseUrl }
  return { value, placement: address === "" ? null : withOverrides(placement, address, owner) }
}

/** The operator's paths lie below the key's own address. */
function withOverrides(placement: Placement, address: string, { overrides }: Owner): Placement {
  const paths = { ...placement.paths, ...overriddenPaths(overrides, address) }
  return Object.keys(paths).length === 0 ? placement : { ...placement, paths }
}

/** A vLLM server has one model, by whatever name callers request it. */
function readModels({ models, vllm_key_config }: ProviderKeyConfig): string[] {
  const served = vllm_key_config?.model_name
  if (served && (models === undefined || models.includes("*"))) return [served]
  return models ?? ["*"]
}

function readAliases(
  config: ProviderKeyConfig,
  { deployments = {}, prefix = "" }: Access,
  owner: Owner,
): Record<string, Alias> | { off: string } {
  const aliases: Record<string, Alias> = Object.create(null)
  for (const [name, deployment] of Object.entries(deployments)) {
    aliases[name] = { model: prefix + deployment, canonical: null, placement: null }
  }
  const served = config.vllm_key_config?.model_name
  for (const name of served ? readModels(config) : []) {
    if (name !== served && served) aliases[name] = { model: served, canonical: null, placement: null }
  }
  for (const [name, alias] of Object.entries(config.aliases ?? {})) {
    const placement = readPlacement(alias, config, owner)
    if (typeof placement === "string") return { off: `of its alias ${JSON.stringify(name)}: ${placement}` }
    const front = alias.inference_profile_arn ? `${alias.inference_profile_arn.replace(/\/+$/, "")}/` : prefix
    aliases[name] = { model: front + alias.model_id, canonical: alias.model_name || null, placement }
  }
  return { ...aliases }
}

function readPlacement(alias: AliasConfig, config: ProviderKeyConfig, owner: Owner): Placement | null | string {
  const { row, baseUrl } = owner
  switch (findKind(row)) {
    case "azure": {
      if (!alias.endpoint && !alias.api_version) return null
      const { endpoint, api_version } = config.azure_key_config ?? {}
      const both = { endpoint: alias.endpoint || endpoint, api_version: alias.api_version || api_version }
      const placement = azurePlacement(both as AliasConfig, baseUrl)
      return typeof placement === "object" && placement !== null
        ? withOverrides(placement, both.endpoint || baseUrl, owner)
        : placement
    }
    case "vertex": {
      const options = { ...given("project", alias.project_id), ...given("location", alias.region) }
      return Object.keys(options).length > 0 ? { options } : null
    }
    case "bedrock":
      return alias.region ? { options: { region: alias.region } } : null
    case "plain":
      return null
  }
}

function given(name: string, value: string | undefined): Record<string, string> {
  return value ? { [name]: value } : {}
}

/** A service account's JSON as base64, because a key must have no spaces and line breaks. Other keys stay as they are. */
export function encodeAccount(text: string): string {
  return text.trimStart().startsWith("{") ? Buffer.from(text).toString("base64") : text
}
