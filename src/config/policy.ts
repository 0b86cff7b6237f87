// Finds the limits in config.json that are not enforced here. Whatever they limit is turned off, so that it is never unlimited by mistake.
import { entriesAt, isRecord, valueAt, type Warning } from "./problems.ts"

type Fields = Record<string, unknown>

/** What the limits of the file forbid. */
export interface Policy {
  /** Models that must not be called; `provider` null: of any provider. */
  models: readonly { provider: string | null; model: string; path: string }[]
  /** Providers that must not be called. */
  providers: readonly { provider: string; path: string }[]
  /** Virtual keys that may use only some of a provider's keys, by their ids or names. */
  keys: readonly { owner: string; provider: string; keys: readonly string[] }[]
}

/** Members with a budget or a rate limit in Bifrost's form. */
const limits = ["rate_limit_id", "rate_limit", "budget_id", "budget_ids", "budget", "budgets"]

/**
 * The virtual keys that must not be used because of a limit that is not enforced here: position in the list -> the limits.
 * Takes the file as it was written, valid or not.
 */
export function boundKeys(file: unknown): Map<string, string> {
  const governance = valueAt(file, ["governance"])
  const bound = new Map<string, string>()
  for (const [at, key] of entriesAt(governance, ["virtual_keys"])) {
    if (!isRecord(key)) continue
    const found = [...limitsOn(key), ...listOwners(key, governance), ...fromOutside(key, governance)]
    for (const [entry, config] of entriesAt(key, ["provider_configs"])) {
      if (isRecord(config)) found.push(...limitsOnGrant(config).map((name) => `provider_configs.${entry}.${name}`))
    }
    if (found.length > 0) bound.set(at, found.join(", "))
  }
  return bound
}

/** The members that limit it in Bifrost's form. */
function limitsOn(fields: Fields): string[] {
  const isOurs = (name: string) => name === "budgets" && isRecord(fields[name])
  return limits.filter((name) => !isOurs(name) && isGiven(fields[name]))
}

function limitsOnGrant(config: Fields): string[] {
  return [...limitsOn(config), ...["blacklisted_models", "keys"].filter((name) => isGiven(config[name]))]
}

/** The team, customer or profile of a virtual key, if that is limited or unknown. */
function listOwners(key: Fields, governance: unknown): string[] {
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

/** Limits elsewhere in the file that name the virtual key. */
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

/** Whether a member says anything: an empty one does not. */
function isGiven(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0
  return value !== undefined && value !== null && value !== ""
}

/** The limits on models and providers that hold for every caller. */
export function fileLimits(file: unknown): Omit<Policy, "keys"> {
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
  return { models, providers }
}

/**
 * The path of a member other than `client.enforce_auth_on_inference` that requires a virtual key of every caller: an older name
 * of it, or Bifrost's governance plugin. Null: there is none.
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

/** Warnings about members that concern callers, are not enforced here, and turn nothing off. */
export function unkept(file: unknown): Warning[] {
  const client = (name: string) => valueAt(file, ["client", name])
  const origins = client("allowed_origins")
  const found: [string, boolean, string][] = [
    [
      "allowed_origins",
      Array.isArray(origins) && origins.includes("*"),
      'lets no page in by "*", because any site could use the keys; write the origins, as "https://app.example.com"',
    ],
    [
      "required_headers",
      isGiven(client("required_headers")),
      "is not asked of callers here; write enforce_auth_on_inference to know who they are",
    ],
    [
      "header_filter_config",
      Object.values(client("header_filter_config") ?? {}).some(isGiven),
      "is not kept here: callers' x-bf-eh- headers go on, but for those that authorise",
    ],
  ]
  return found.filter(([, isThere]) => isThere).map(([name, , says]) => ({ path: `client.${name}`, says }))
}
