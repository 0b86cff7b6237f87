// What config.json's limits hold back: whom or what a limit is on that is not kept here is off, never unlimited.
import { entriesAt, isRecord, type Problem, valueAt, type Warning } from "./problems.ts"
import { VIRTUAL_KEY_PATTERN, type VirtualKeyConfig } from "./schema.ts"

type Fields = Record<string, unknown>

/** What the file's own policies take away from the providers. */
export interface Policy {
  /** Models that no call may ask for; `provider` null: of any provider. */
  models: readonly { provider: string | null; model: string; path: string }[]
  /** Providers that no call may go to. */
  providers: readonly { provider: string; path: string }[]
  /** Virtual keys that may use only some of a provider's keys, by their ids or names. */
  keys: readonly { owner: string; provider: string; keys: readonly string[] }[]
}

/** Of any owner of a limit: a budget or a rate in Bifrost's form. */
const limits = ["rate_limit_id", "rate_limit", "budget_id", "budget_ids", "budget", "budgets"]
const INSTEAD = "write requests_per_minute, max_concurrent_jobs or budgets.day and budgets.month on the virtual key"

/**
 * Why a virtual key as the file has it must not be used, by its place in the list: it is bound by a limit that is not kept here.
 * Takes a file as it was written, right or wrong.
 */
export function boundKeys(file: unknown): Map<string, string> {
  const governance = valueAt(file, ["governance"])
  const bound = new Map<string, string>()
  for (const [at, key] of entriesAt(governance, ["virtual_keys"])) {
    if (!isRecord(key)) continue
    const found = [...limitsOn(key), ...ownersOf(key, governance), ...fromOutside(key, governance)]
    for (const [entry, config] of entriesAt(key, ["provider_configs"])) {
      if (isRecord(config)) found.push(...limitsOnGrant(config).map((name) => `provider_configs.${entry}.${name}`))
    }
    if (found.length > 0) bound.set(at, found.join(", "))
  }
  return bound
}

/** Members that would bind it. What is ours is no such member. */
function limitsOn(fields: Fields): string[] {
  const isOurs = (name: string) => name === "budgets" && isRecord(fields[name])
  return limits.filter((name) => !isOurs(name) && isGiven(fields[name]))
}

function limitsOnGrant(config: Fields): string[] {
  return [...limitsOn(config), ...["blacklisted_models", "keys"].filter((name) => isGiven(config[name]))]
}

/** The team, customer or profile that a virtual key belongs to, where that one is limited or not known. */
function ownersOf(key: Fields, governance: unknown): string[] {
  const isFree = (list: string, id: unknown): boolean => {
    const owner = entriesAt(governance, [list]).find(([, one]) => valueAt(one, ["id"]) === id)?.[1]
    if (!isRecord(owner) || limitsOn(owner).length > 0 || isOwnedLimit(governance, list, id)) return false
    return (
      (!isGiven(owner["customer_id"]) || isFree("customers", owner["customer_id"])) &&
      (!isGiven(owner["business_unit_id"]) || isFree("business_units", owner["business_unit_id"]))
    )
  }
  const owned = [
    ["team_id", "teams"],
    ["customer_id", "customers"],
  ] as const
  const found: string[] = owned
    .filter(([member, list]) => isGiven(key[member]) && !isFree(list, key[member]))
    .map(([member]) => member)
  return isGiven(key["access_profile_id"]) ? [...found, "access_profile_id"] : found
}

/** Whether a budget of the list names this owner. */
function isOwnedLimit(governance: unknown, list: string, id: unknown): boolean {
  const member = { teams: "team_id", customers: "customer_id", virtual_keys: "virtual_key_id" }[list] ?? ""
  return entriesAt(governance, ["budgets"]).some(([, budget]) => valueAt(budget, [member]) === id)
}

/** Limits that name the virtual key from elsewhere in the file. */
function fromOutside(key: Fields, governance: unknown): string[] {
  const id = key["id"]
  const configs = entriesAt(key, ["provider_configs"]).map(([, config]) => valueAt(config, ["id"]))
  const budgets = entriesAt(governance, ["budgets"])
    .filter(([, budget]) => {
      const config = valueAt(budget, ["provider_config_id"])
      return (
        (id !== undefined && valueAt(budget, ["virtual_key_id"]) === id) ||
        (isGiven(config) && configs.includes(config))
      )
    })
    .map(([at]) => `governance.budgets.${at}`)
  const models = entriesAt(governance, ["model_configs"])
    .filter(([, config]) => id !== undefined && valueAt(config, ["scope_id"]) === id && isLimited(governance, config))
    .map(([at]) => `governance.model_configs.${at}`)
  return [...budgets, ...models]
}

function isLimited(governance: unknown, config: unknown): boolean {
  if (!isRecord(config)) return false
  const id = config["id"]
  const isNamed = entriesAt(governance, ["budgets"]).some(
    ([, budget]) => id !== undefined && valueAt(budget, ["model_config_id"]) === id,
  )
  return isNamed || limitsOn(config).length > 0
}

/** What is empty says nothing. */
function isGiven(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0
  return value !== undefined && value !== null && value !== ""
}

/** The limits of the file that are on models and providers, whoever calls. */
export function policyOf(file: unknown, virtualKeys: readonly VirtualKeyConfig[]): Policy {
  const governance = valueAt(file, ["governance"])
  const models = entriesAt(governance, ["model_configs"]).flatMap(([at, config]) => {
    const model = valueAt(config, ["model_name"])
    const provider = valueAt(config, ["provider"])
    const isGlobal = !isGiven(valueAt(config, ["scope_id"]))
    if (typeof model !== "string" || !isGlobal || !isLimited(governance, config)) return []
    return [{ model, provider: typeof provider === "string" ? provider : null, path: `governance.model_configs.${at}` }]
  })
  const providers = entriesAt(governance, ["providers"]).flatMap(([at, config]) => {
    const provider = valueAt(config, ["name"])
    if (typeof provider !== "string" || !isRecord(config) || limitsOn(config).length === 0) return []
    return [{ provider, path: `governance.providers.${at}` }]
  })
  const keys = virtualKeys.flatMap(({ id, provider_configs = [] }) =>
    provider_configs.flatMap(({ provider, key_ids }) =>
      key_ids === undefined || key_ids.includes("*") ? [] : [{ owner: `vk:${id}`, provider, keys: key_ids }],
    ),
  )
  return { models, providers, keys }
}

/**
 * Whether something in the file besides `client.enforce_auth_on_inference` asks every caller for a virtual key: its older
 * names, and Bifrost's governance plugin. Where it stands, or null.
 */
export function enforcedBy(file: unknown): string | null {
  const older = ["enforce_governance_header", "enforce_scim_auth"].find(
    (name) => valueAt(file, ["client", name]) === true,
  )
  if (older !== undefined) return `client.${older}`
  const plugin = entriesAt(file, ["plugins"]).find(
    ([, entry]) =>
      valueAt(entry, ["name"]) === "governance" &&
      valueAt(entry, ["enabled"]) !== false &&
      valueAt(entry, ["config", "is_vk_mandatory"]) === true,
  )
  if (plugin) return `plugins.${plugin[0]}.config.is_vk_mandatory`
  const sections = [["auth_config"], ["governance", "auth_config"]]
  const section = sections.find(
    (parts) =>
      valueAt(file, [...parts, "is_enabled"]) === true &&
      valueAt(file, [...parts, "disable_auth_on_inference"]) === false,
  )
  return section ? `${section.join(".")}.disable_auth_on_inference` : null
}

/** A virtual key as the file has it, before it is known whether it can be used. */
export type Candidate = Omit<VirtualKeyConfig, "name" | "value"> & { name?: string; value?: string; off?: string }

/**
 * The virtual keys that can be used. Each other one is off, said among `warnings`.
 * @param bound see `boundKeys`
 * @param allowsEmpty an empty list allows everything: version 1 of Bifrost's file
 */
export function usableKeys(
  candidates: readonly Candidate[],
  bound: ReadonlyMap<string, string>,
  allowsEmpty: boolean,
  warnings: Warning[],
): VirtualKeyConfig[] {
  return candidates.flatMap((candidate, at) => {
    const { off, name = candidate.id, value = "", provider_configs: given, ...rest } = candidate
    const provider_configs = given && (allowsEmpty ? withoutEmpty(given) : withoutDenied(given))
    const limits = bound.get(String(at))
    const reason = limits
      ? `it is bound by ${limits}, which is not kept here; ${INSTEAD}`
      : (off ?? reasonOf(value, provider_configs))
    if (reason !== null) {
      warnings.push({ path: `governance.virtual_keys.${at}`, says: `is off: ${reason}` })
      return []
    }
    return [{ ...rest, name, value, ...(provider_configs === undefined ? {} : { provider_configs }) }]
  })
}

function reasonOf(value: string, configs: Candidate["provider_configs"]): string | null {
  if (value === "") {
    return 'it has no value; write "value": "env.NAME" with the name of a variable, or make a key with asyncgate vk create NAME'
  }
  if (!new RegExp(VIRTUAL_KEY_PATTERN).test(value)) {
    return 'its value (not shown) could be guessed or cannot be sent; write one that starts with "sk-bf-" or has at least 16 characters, without spaces, or make one with asyncgate vk create NAME'
  }
  if (configs?.length === 0) {
    return 'its lists are empty, which allows nothing; write "*" for everything, or "version": 1 where an empty list means that'
  }
  const names = configs?.map(({ provider }) => provider) ?? []
  const isSplit = configs?.some(
    ({ provider, key_ids }) =>
      key_ids !== undefined && !key_ids.includes("*") && names.indexOf(provider) !== names.lastIndexOf(provider),
  )
  return isSplit
    ? "a provider with key_ids stands twice in its provider_configs; write one entry for each provider"
    : null
}

type Grants = NonNullable<Candidate["provider_configs"]>

/** Version 1: what is empty is as good as not written. */
function withoutEmpty(configs: Grants): Grants | undefined {
  if (configs.length === 0) return undefined
  return configs.map(({ provider, allowed_models, key_ids }) => ({
    provider,
    ...(allowed_models?.length ? { allowed_models } : {}),
    ...(key_ids?.length ? { key_ids } : {}),
  }))
}

/** Version 2: an entry whose list is empty allows nothing, and is as good as not there. */
function withoutDenied(configs: Grants): Grants {
  return configs.filter(({ allowed_models, key_ids }) => allowed_models?.length !== 0 && key_ids?.length !== 0)
}

/** Two virtual keys of one id or one value would be one. */
export function findDuplicates(candidates: readonly unknown[]): Problem[] {
  const problems: Problem[] = []
  for (const member of ["id", "value"]) {
    const firsts = new Map<string, string>()
    for (const [at, key] of candidates.entries()) {
      const text = valueAt(key, [member])
      const path = `governance.virtual_keys.${at}.${member}`
      if (typeof text !== "string" || text === "") continue
      const first = firsts.get(text)
      if (first === undefined) firsts.set(text, path)
      else problems.push({ path, found: `the same as ${first} (not shown)`, fix: `one ${member} for each virtual key` })
    }
  }
  return problems
}
