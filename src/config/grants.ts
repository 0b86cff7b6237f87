// Decides which virtual keys of config.json can be used, and explains why each of the others is off.

import { VIRTUAL_KEY_PATTERN } from "./patterns.ts"
import type { Policy } from "./policy.ts"
import { type Problem, valueAt, type Warning } from "./problems.ts"
import type { VirtualKeyConfig } from "./schema.ts"

const INSTEAD = "write requests_per_minute, max_concurrent_jobs or budgets.day and budgets.month on the virtual key"

/** A virtual key as the file has it, before it is known whether it can be used. */
export type Candidate = Omit<VirtualKeyConfig, "name" | "value"> & { name?: string; value?: string; off?: string }

/**
 * Returns the virtual keys that can be used, and adds a warning for each of the others.
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
      : (off ?? explainOff(value, provider_configs))
    if (reason !== null) {
      warnings.push({ path: `governance.virtual_keys.${at}`, says: `is off: ${reason}` })
      return []
    }
    return [{ ...rest, name, value, ...(provider_configs === undefined ? {} : { provider_configs }) }]
  })
}

function explainOff(value: string, configs: Candidate["provider_configs"]): string | null {
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

/** In version 1 an empty list means the same as no list. */
function withoutEmpty(configs: Grants): Grants | undefined {
  if (configs.length === 0) return undefined
  return configs.map(({ provider, allowed_models, key_ids }) => ({
    provider,
    ...(allowed_models?.length ? { allowed_models } : {}),
    ...(key_ids?.length ? { key_ids } : {}),
  }))
}

/** In version 2 an entry with an empty list allows nothing, so it is left out. */
function withoutDenied(configs: Grants): Grants {
  return configs.filter(({ allowed_models, key_ids }) => allowed_models?.length !== 0 && key_ids?.length !== 0)
}

/** The virtual keys that may use only some of a provider's keys. */
export function keyLimits(virtualKeys: readonly VirtualKeyConfig[]): Policy["keys"] {
  return virtualKeys.flatMap(({ id, provider_configs = [] }) =>
    provider_configs.flatMap(({ provider, key_ids }) =>
      key_ids === undefined || key_ids.includes("*") ? [] : [{ owner: `vk:${id}`, provider, keys: key_ids }],
    ),
  )
}

/** Reports virtual keys that have the id or the value of another. */
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
