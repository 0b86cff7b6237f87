// Replaces `env.NAME` in config.json by the variable's value. A variable that is not set turns off only what needs it.
import { entriesAt, isRecord, valueAt } from "./problems.ts"

export type Env = Record<string, string | undefined>

/** What is off because a variable is not set -> why. */
export type Unset = Map<object, string>

/** A key works without these members: only some credentials have them, or they have a default. */
const optional = new Set(["session_token", "api_version"])
/** Members that hold names, in which nothing is replaced. */
const literal = new Set(["models", "blacklisted_models", "name", "id", "prices"])

/**
 * Whether `env.NAME` is replaced in what stands at this path of the file.
 * @param path the names of the members that lead there
 */
export function isResolved(path: readonly string[]): boolean {
  const isWithin =
    ["providers", "webhooks", "database"].includes(path[0] ?? "") ||
    (path[0] === "governance" && path[1] === "virtual_keys")
  return isWithin && !path.slice(1).some((name) => literal.has(name))
}

/**
 * Replaces variables in providers, virtual keys, webhooks and the database, in place. Takes the file as it was written, valid or not. A member whose
 * variable is not set is removed, and the key, virtual key, webhook or provider that it belongs to is returned.
 */
export function resolveVariables(file: unknown, env: Env): Unset {
  const unset: Unset = new Map()
  const resolve = (holder: Record<string, unknown> | unknown[], owner: object, path: string) => {
    for (const [member, value] of Object.entries(holder)) {
      const where = path === "" ? member : `${path}.${member}`
      if (isRecord(value) || Array.isArray(value)) {
        if (!literal.has(member)) resolve(value, owner, where)
        continue
      }
      const name = typeof value === "string" && !literal.has(member) ? /^env\.(\w+)$/.exec(value)?.[1] : undefined
      if (name === undefined) continue
      // What a file was read into often ends with a line break.
      const given = env[name]?.trim()
      if (given) (holder as Record<string, unknown>)[member] = given
      else {
        delete (holder as Record<string, unknown>)[member]
        if (!optional.has(member) && !(where === "value" && hasCredentials(owner)))
          unset.set(owner, reason(where, name))
      }
    }
  }
  for (const [, provider] of entriesAt(file, ["providers"])) {
    if (!isRecord(provider)) continue
    const { keys, ...rest } = provider
    for (const key of Array.isArray(keys) ? keys : []) if (isRecord(key)) resolve(key, key, "")
    for (const [member, value] of Object.entries(rest)) {
      if (isRecord(value) && !literal.has(member)) resolve(value, provider, member)
    }
  }
  for (const [, key] of entriesAt(file, ["governance", "virtual_keys"])) if (isRecord(key)) resolve(key, key, "")
  for (const [, webhook] of entriesAt(file, ["webhooks"])) if (isRecord(webhook)) resolve(webhook, webhook, "")
  const database = valueAt(file, ["database"])
  if (isRecord(database)) resolve(database, database, "")
  return unset
}

/** Members that authorise a key instead of its value. */
const credentials = [
  ["azure_key_config", "client_secret"],
  ["vertex_key_config", "auth_credentials"],
  ["bedrock_key_config", "access_key"],
] as const

function hasCredentials(key: object): boolean {
  return credentials.some((parts) => Boolean(valueAt(key, parts)))
}

function reason(path: string, name: string): string {
  return `${path} is env.${name}, but ${name} is not set; set ${name}, or write the name of a variable that is set`
}
