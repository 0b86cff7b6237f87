// Puts the environment's values where config.json says `env.NAME`. A variable that is not set takes only that away which needs it.
import { entriesAt, isRecord, valueAt } from "./problems.ts"

export type Env = Record<string, string | undefined>

/** Whom a variable that is not set turns off -> why. */
export type Unset = Map<object, string>

/** A key does without these: they are there only with some credentials, or have a default. */
const optional = new Set(["session_token", "api_version"])
/** In these stand names, not values. */
const literal = new Set(["models", "blacklisted_models", "name", "id", "prices"])

/**
 * Replaces them in providers and virtual keys, in place. Takes a file as it was written, right or wrong. What is not set is
 * left out, and what it stood in (a key, a virtual key, a provider) is among those returned.
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
      if (env[name]) (holder as Record<string, unknown>)[member] = env[name]
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
  return unset
}

/** What a key is authorised by instead of its value. */
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
