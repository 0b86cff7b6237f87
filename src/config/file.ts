// Reads config.json. Reports every mistake at once, returns what is right, and turns off whatever has a limit that is not enforced here.
import { readFileSync, statSync } from "node:fs"
import { closest, distance } from "fastest-levenshtein"
import type { TObject, TSchema } from "typebox"
import { Check } from "typebox/value"
import { whereInvalid } from "../json.ts"
import { describeCause } from "../values.ts"
import type { DatabaseConfig } from "./databaseschema.ts"
import { repeatedMembers } from "./duplicates.ts"
import { findDuplicates, keyLimits, usableKeys } from "./grants.ts"
import { boundKeys, enforcedBy, fileLimits, type Policy, unkept } from "./policy.ts"
import { addProblems, entriesAt, isRecord, isReported, type Problem, valueAt, type Warning } from "./problems.ts"
import {
  type ClientConfig,
  type ConfigFile,
  configSchema,
  type ProviderConfig,
  type UiConfig,
  type VirtualKeyConfig,
  type WebhookConfig,
} from "./schema.ts"
import { schemaProblems } from "./schemaproblems.ts"
import { type Env, resolveVariables, type Unset } from "./variables.ts"

/** No file that people write is larger, and it is read before anything else can start. */
const FILE_BYTES_MAX = 16 * 1024 * 1024
/** Stands where an address was wrong, so that a missing one is not reported as well. */
const SOME_ADDRESS = "http://invalid.invalid"
const SOME_TEXT = "-"
/** Each round removes one level of nesting; the schema is not nested as deep. */
const SALVAGE_ROUNDS_MAX = 50

export interface FileContents {
  client: Partial<ClientConfig>
  database: DatabaseConfig
  ui: Partial<UiConfig>
  providers: Record<string, ProviderConfig>
  virtualKeys: VirtualKeyConfig[]
  /** By their places in the file, where they are checked further: see webhookconfig.ts. */
  webhooks: WebhookConfig[]
  policy: Policy
  /** Members that this version does not know, as paths. */
  ignored: string[]
  warnings: Warning[]
}

/**
 * Returns what is right in the file, so that it can be checked further; null: nothing can be used.
 * @param problems what is wrong is added to them
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
  // Limits in members that this version ignores are read before those members are removed.
  const policies = readPolicies(value)
  for (const at of policies.bound.keys()) takeForeignBudgets(value, at)
  addProblems(problems, findDuplicates(listAt(value, ["governance", "virtual_keys"])))
  const known = salvage(value, problems)
  // Last, because each of two members is checked all the same.
  addRepeated(text, problems)
  const ignored = new Set<string>()
  prune(known, configSchema, "", ignored)
  markUnset(known, unset)
  return toContents(known, policies, [...ignored], problems)
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

function toContents(known: ConfigFile, policies: Policies, ignored: string[], problems: Problem[]): FileContents {
  const { limits, bound, enforced } = policies
  const warnings = [...policies.unkept, ...enforcedWarnings(enforced, known)]
  const allowsEmpty = known.version === 1
  const virtualKeys = usableKeys(known.governance?.virtual_keys ?? [], bound, allowsEmpty, warnings)
  if (allowsEmpty) removeEmptyModels(known)
  return {
    client: { ...known.client, ...(enforced === null ? {} : { enforce_auth_on_inference: true }) },
    database: known.database ?? {},
    ui: known.ui ?? {},
    providers: known.providers ?? {},
    virtualKeys,
    webhooks: known.webhooks ?? [],
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

/** Null: it cannot be read, which is added to the problems. */
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
    const found = `no readable file (${describeCause(error)})`
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

/** As in Bifrost, null means absent; for a list of what is allowed it means an empty list. */
export function removeNulls(value: unknown): void {
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

/** Removes budgets in Bifrost's form. Their virtual key is off because of them, and here they would count as malformed. */
function takeForeignBudgets(value: unknown, at: string): void {
  const key = valueAt(value, ["governance", "virtual_keys", at])
  if (isRecord(key) && Array.isArray(key["budgets"])) delete key["budgets"]
}

function listAt(value: unknown, parts: string[]): unknown[] {
  const found = valueAt(value, parts)
  return Array.isArray(found) ? found : []
}

/** Removes or fills in everything that is wrong, in place, until the file passes the schema. */
function salvage(value: Record<string, unknown>, problems: Problem[]): ConfigFile {
  for (let round = 0; round < SALVAGE_ROUNDS_MAX; round++) {
    if (Check(configSchema, value)) return value
    const found = schemaProblems(value)
    addProblems(problems, found)
    for (const { path } of found) takeOut(value, pathIn(value, path))
  }
  return {}
}

/** Splits the path of a problem into its parts. A name may contain dots, so the file decides where a part ends. */
function pathIn(value: unknown, path: string): string[] {
  if (path === "") return []
  const names = typeof value === "object" && value !== null ? Object.keys(value) : []
  const fitting = names.filter((candidate) => path === candidate || path.startsWith(`${candidate}.`))
  const name = fitting.sort((one, other) => other.length - one.length)[0]
  if (name === undefined) return [path]
  return [name, ...pathIn((value as Record<string, unknown>)[name], path.slice(name.length + 1))]
}

/** Removes the value at a path. Items of lists keep their positions, because later problems name them. */
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

/** Removes the members that the schema does not name, and collects their paths. */
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
    // A name of which no letter is left is another name.
    const isNear = distance(name, near) <= 3 && distance(name, near) < Math.max(name.length, near.length)
    ignored.add(isNear ? `${where} (did you mean ${near}?)` : where)
    delete value[name]
  }
}

/** Marks what is off. This comes last, so that a member `off` of the file itself is never taken for the mark. */
function markUnset(file: ConfigFile, unset: Unset): void {
  for (const provider of Object.values(file.providers ?? {})) {
    for (const one of [provider, ...(provider.keys ?? [])]) mark(one, unset)
  }
  const others = [...(file.governance?.virtual_keys ?? []), ...(file.webhooks ?? [])]
  for (const one of [...others, ...(file.database ? [file.database] : [])]) mark(one, unset)
}

function mark(one: object, unset: Unset): void {
  const reason = unset.get(one)
  if (reason !== undefined) Object.assign(one, { off: reason })
}

/** In version 1 an empty list means the same as no list. */
function removeEmptyModels({ providers }: ConfigFile): void {
  for (const { keys } of Object.values(providers ?? {})) {
    for (const key of keys ?? []) if (key.models?.length === 0) delete key.models
  }
}
