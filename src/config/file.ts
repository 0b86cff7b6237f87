// Reads config.json: from bytes to what of it is right, with every mistake in it reported at once and every limit in it kept.
import { readFileSync, statSync } from "node:fs"
import { closest, distance } from "fastest-levenshtein"
import type { TObject, TSchema } from "typebox"
import { Check } from "typebox/value"
import { whereInvalid } from "../json.ts"
import { repeatedMembers } from "./duplicates.ts"
import { findDuplicates, keyLimits, usableKeys } from "./grants.ts"
import { boundKeys, enforcedBy, fileLimits, type Policy, unkept } from "./policy.ts"
import { addProblems, entriesAt, isRecord, isReported, type Problem, valueAt, type Warning } from "./problems.ts"
import {
  type ClientConfig,
  type ConfigFile,
  configSchema,
  type ProviderConfig,
  type VirtualKeyConfig,
} from "./schema.ts"
import { schemaProblems } from "./schemaproblems.ts"
import { type Env, resolveVariables, type Unset } from "./variables.ts"

/** Nobody writes more by hand, and it is read before anything else can start. */
const FILE_BYTES_MAX = 16 * 1024 * 1024
/** Stands where an address was wrong, so that a missing one is not reported as well. */
const SOME_ADDRESS = "http://invalid.invalid"
const SOME_TEXT = "-"
/** Each takes out one level of what is nested; nothing of the schema nests as deep. */
const SALVAGE_ROUNDS_MAX = 50

export interface FileContents {
  client: Partial<ClientConfig>
  providers: Record<string, ProviderConfig>
  virtualKeys: VirtualKeyConfig[]
  policy: Policy
  /** Members that this version does not know, as paths. */
  ignored: string[]
  warnings: Warning[]
}

/**
 * Null: there is nothing in it that can be used.
 * @param problems takes what is wrong; what is right is returned nevertheless, so that it can be looked at further
 */
export function readConfigFile(path: string, env: Env, problems: Problem[]): FileContents | null {
  const text = readText(path, problems)
  if (text === null) return null
  const value = parse(path, text, problems)
  if (value === undefined) return null
  if (!isRecord(value)) {
    addProblems(problems, schemaProblems(value))
    return null
  }
  removeNulls(value)
  expandAliases(value)
  const unset = resolveVariables(value, env)
  // What this version does not know of is read before it is taken out.
  const policies = readPolicies(value)
  for (const at of policies.bound.keys()) takeForeignBudgets(value, at)
  addProblems(problems, findDuplicates(listAt(value, ["governance", "virtual_keys"])))
  const known = salvage(value, problems)
  // Last: what stands in one of two is looked at all the same.
  addRepeated(text, problems)
  const ignored = new Set<string>()
  prune(known, configSchema, "", ignored)
  markUnset(known, unset)
  return contentsOf(known, policies, [...ignored], problems)
}

interface Policies {
  limits: Omit<Policy, "keys">
  bound: Map<string, string>
  enforced: string | null
  unkept: Warning[]
}

function readPolicies(value: unknown): Policies {
  return { limits: fileLimits(value), bound: boundKeys(value), enforced: enforcedBy(value), unkept: unkept(value) }
}

function contentsOf(known: ConfigFile, policies: Policies, ignored: string[], problems: Problem[]): FileContents {
  const { limits, bound, enforced } = policies
  const warnings = [...policies.unkept, ...enforcedWarnings(enforced, known)]
  const allowsEmpty = known.version === 1
  const virtualKeys = usableKeys(known.governance?.virtual_keys ?? [], bound, allowsEmpty, warnings)
  if (allowsEmpty) removeEmptyModels(known)
  return {
    client: { ...known.client, ...(enforced === null ? {} : { enforce_auth_on_inference: true }) },
    providers: known.providers ?? {},
    virtualKeys,
    policy: { ...limits, keys: keyLimits(virtualKeys) },
    ignored,
    warnings: warnings.filter((warning) => !isReported(problems, warning.path)),
  }
}

function addRepeated(text: string, problems: Problem[]): void {
  for (const path of repeatedMembers(text)) {
    if (problems.some((known) => known.path === path)) continue
    problems.push({ path, found: "a member that is there twice", fix: "it once" })
  }
}

function enforcedWarnings(path: string | null, { client }: ConfigFile): Warning[] {
  if (path === null || client?.enforce_auth_on_inference === true) return []
  const says =
    'asks every caller for a virtual key; write "enforce_auth_on_inference": true under client to say so here'
  return [{ path, says }]
}

/** Null: it cannot be read, which then is a problem. */
function readText(path: string, problems: Problem[]): string | null {
  try {
    const { size } = statSync(path)
    if (size > FILE_BYTES_MAX) {
      const found = `${Math.ceil(size / 1024 / 1024)} MiB`
      problems.push({ path, found, fix: `a file of up to ${FILE_BYTES_MAX / 1024 / 1024} MiB` })
      return null
    }
    // Editors on Windows put a byte order mark in front.
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "")
  } catch (error) {
    const found = `no readable file (${error instanceof Error ? error.message : error})`
    problems.push({ path, found, fix: "a file that this user may read, or remove it" })
    return null
  }
}

function parse(path: string, text: string, problems: Problem[]): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const found = `no valid JSON${whereInvalid(text)}`
    problems.push({ path, found, fix: "a JSON object, without comments, or remove the file" })
    return undefined
  }
}

/** As in Bifrost, null is as good as absent; of a list of what is allowed, it is as good as empty. */
function removeNulls(value: unknown): void {
  if (Array.isArray(value)) for (const item of value) removeNulls(item)
  if (!isRecord(value)) return
  for (const [name, member] of Object.entries(value)) {
    if (member !== null) removeNulls(member)
    else if (/^(models|allowed_models|key_ids|provider_configs)$/.test(name)) value[name] = []
    else delete value[name]
  }
}

/** An alias may be the model's name alone. */
function expandAliases(value: unknown): void {
  for (const [, provider] of entriesAt(value, ["providers"])) {
    for (const [, key] of entriesAt(provider, ["keys"])) {
      const aliases = valueAt(key, ["aliases"])
      if (!isRecord(aliases)) continue
      for (const [name, alias] of Object.entries(aliases)) {
        if (typeof alias === "string") aliases[name] = { model_id: alias }
      }
    }
  }
}

/** Its key is off because of them; as ours they would be malformed. */
function takeForeignBudgets(value: unknown, at: string): void {
  const key = valueAt(value, ["governance", "virtual_keys", at])
  if (isRecord(key) && Array.isArray(key["budgets"])) delete key["budgets"]
}

function listAt(value: unknown, parts: string[]): unknown[] {
  const found = valueAt(value, parts)
  return Array.isArray(found) ? found : []
}

/** What is left of the file when all that is wrong in it is taken out or filled in, in place: it passes the schema. */
function salvage(value: Record<string, unknown>, problems: Problem[]): ConfigFile {
  for (let round = 0; round < SALVAGE_ROUNDS_MAX; round++) {
    if (Check(configSchema, value)) return value
    const found = schemaProblems(value)
    addProblems(problems, found)
    for (const { path } of found) takeOut(value, pathIn(value, path))
  }
  return {}
}

/** The parts of a path as problems write it: a name in it may have dots. */
function pathIn(value: unknown, path: string): string[] {
  if (path === "") return []
  const names = typeof value === "object" && value !== null ? Object.keys(value) : []
  const fitting = names.filter((candidate) => path === candidate || path.startsWith(`${candidate}.`))
  const name = fitting.sort((one, other) => other.length - one.length)[0]
  if (name === undefined) return [path]
  return [name, ...pathIn((value as Record<string, unknown>)[name], path.slice(name.length + 1))]
}

/** Removes what stands there. Places in lists keep their numbers, because later reports name them. */
function takeOut(value: Record<string, unknown>, parts: string[]): void {
  const last = parts.at(-1)
  if (last === undefined) return
  const holder = valueAt(value, parts.slice(0, -1))
  if (Array.isArray(holder)) {
    const item: unknown = holder[Number(last)]
    if (item === SOME_TEXT) takeOut(value, parts.slice(0, -1))
    else holder[Number(last)] = isRecord(item) && Object.keys(item).length === 0 ? SOME_TEXT : {}
  } else if (isRecord(holder)) {
    if (last === "base_url") holder[last] = SOME_ADDRESS
    else if (Object.hasOwn(holder, last)) delete holder[last]
    else holder[last] = SOME_TEXT
  } else takeOut(value, parts.slice(0, -1))
}

/** Removes what the schema does not name and notes where it stood. */
function prune(value: unknown, schema: TSchema, path: string, ignored: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) prune(item, (schema as unknown as { items: TSchema }).items, `${path}[]`, ignored)
    return
  }
  const { properties, patternProperties } = schema as Partial<TObject> & { patternProperties?: Record<string, TSchema> }
  if (!isRecord(value) || (!properties && !patternProperties)) return
  for (const [name, member] of Object.entries(value)) {
    const known = properties && Object.hasOwn(properties, name) ? properties[name] : undefined
    const inner = known ?? Object.values(patternProperties ?? {})[0]
    const where = path === "" ? name : `${path}.${name}`
    if (inner) {
      prune(member, inner, where, ignored)
      continue
    }
    const near = closest(name, Object.keys(properties ?? {}))
    ignored.add(distance(name, near) <= 3 ? `${where} (did you mean ${near}?)` : where)
    delete value[name]
  }
}

/** Only now, so that no member of the file is taken for it. */
function markUnset(file: ConfigFile, unset: Unset): void {
  for (const provider of Object.values(file.providers ?? {})) {
    for (const one of [provider, ...(provider.keys ?? [])]) mark(one, unset)
  }
  for (const key of file.governance?.virtual_keys ?? []) mark(key, unset)
}

function mark(one: object, unset: Unset): void {
  const reason = unset.get(one)
  if (reason !== undefined) Object.assign(one, { off: reason })
}

/** Version 1: what is empty is as good as not written. */
function removeEmptyModels({ providers }: ConfigFile): void {
  for (const { keys } of Object.values(providers ?? {})) {
    for (const key of keys ?? []) if (key.models?.length === 0) delete key.models
  }
}
