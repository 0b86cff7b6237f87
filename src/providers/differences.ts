// Edits a JSON body as its row says: members that the provider calls otherwise, does not know, or writes with other values, in the body
// and in the objects within it. Every byte that is not edited stays as it came. Pure.
import { UNKNOWN } from "../endpoints/parametertable.ts"
import { append, edit, listValues, member, scan } from "../json.ts"
import { isRecord } from "../values.ts"
import type { Differences, EndpointSupport } from "./provider.ts"

interface Edited {
  text: string
  /** One for each name of a member that was left out although it was given. */
  warnings: string[]
}

/**
 * The client's body as it goes out. Parameters that the provider would refuse have passed the check only with neutral values, and are
 * removed too.
 * @param dropped members of the request type that never go out
 */
export function editBody(
  body: string,
  model: string,
  { reject = [], models = {}, ...differences }: EndpointSupport,
  dropped: readonly string[],
): Edited {
  const [namer, name] = (Object.hasOwn(models, model) ? models[model] : undefined) ?? ["model", model]
  const changes: Record<string, string | null> = { fallbacks: null }
  for (const removed of [...dropped, ...reject]) changes[removed] = null
  changes["model"] = namer === "model" ? JSON.stringify(name) : null
  // A request that names its model in its path need not do so in its body.
  const required = namer === "model" ? { ...differences.required, model: name } : (differences.required ?? {})
  const edited = adapt(body, { ...differences, required }, "", changes)
  return namer === "model" ? edited : { ...edited, text: append(edited.text, namer, JSON.stringify(name)) }
}

/** @param changes what becomes of members besides: see edit */
function adapt(
  text: string,
  differences: Differences,
  path: string,
  changes: Record<string, string | null> = {},
): Edited {
  const { rename = {}, drop = [], values = {}, required = {}, within = {}, unless = {} } = differences
  const found = scan(text)
  if (found.kind !== "object") return { text, warnings: [] }
  // Of two members with one name the last counts, and null counts as absent.
  const read = (name: string) => {
    const value = member(text, found, name)
    return value === "null" ? undefined : (value ?? undefined)
  }
  if (Object.entries(unless).some(([name, value]) => read(name) === JSON.stringify(value)))
    return { text, warnings: [] }
  const warnings: string[] = []
  for (const [name, inner] of Object.entries(within)) {
    const value = mentions(text, inner) ? read(name) : undefined
    if (value === undefined) continue
    const edited = adaptWithin(value, inner, path + name)
    changes[name] = edited.text
    warnings.push(...edited.warnings)
  }
  for (const [name, theirs] of Object.entries(values)) {
    const other = findOther(read(name), theirs)
    if (other !== undefined) changes[name] = other === null ? null : JSON.stringify(other)
  }
  for (const name of drop) {
    if (changes[name] !== null && read(name) !== undefined) warnings.push(leftOut(path + name))
    changes[name] = null
  }
  const added: [name: string, value: string][] = []
  for (const [ours, theirs] of Object.entries(rename)) {
    const value = changes[ours] === undefined ? read(ours) : (changes[ours] ?? undefined)
    changes[ours] = null
    if (value !== undefined) added.push([theirs, value])
  }
  for (const [name, value] of Object.entries(required)) {
    if (read(name) === undefined) added.push([name, JSON.stringify(value)])
  }
  const edited = edit(text, changes, found)
  return { text: added.reduce((rest, [name, value]) => append(rest, name, value), edited), warnings }
}

/** An object, or the objects of a list. */
function adaptWithin(text: string, differences: Differences, path: string): Edited {
  if (text.startsWith("{")) return adapt(text, differences, `${path}.`)
  if (!text.startsWith("[")) return { text, warnings: [] }
  const warnings = new Set<string>()
  let result = ""
  let copied = 0
  for (const { start, end } of listValues(text)) {
    const edited = adapt(text.slice(start, end), differences, `${path}[].`)
    result += text.slice(copied, start) + edited.text
    copied = end
    for (const warning of edited.warnings) warnings.add(warning)
  }
  return { text: result + text.slice(copied), warnings: [...warnings] }
}

/**
 * Whether a text can hold what differs: a search that costs a small part of a scan, and spares it as a rule. It does not find names that
 * are written with escapes, which no encoder writes.
 */
function mentions(text: string, { rename = {}, drop = [], values = {}, required, within = {} }: Differences): boolean {
  const theirs = Object.values(values).flatMap((named) => Object.keys(named))
  return (
    required !== undefined ||
    theirs.some((value) => text.includes(value)) ||
    [...drop, ...Object.keys(rename)].some((name) => text.includes(`"${name}"`)) ||
    Object.entries(within).some(([name, inner]) => text.includes(`"${name}"`) && mentions(text, inner))
  )
}

/** The longest of our values that a row names is shorter. */
const VALUE_CHARS_MAX = 100

/** The provider's value for one of ours, JSON text. Undefined: it has no other. */
function findOther(
  value: string | undefined,
  theirs: Readonly<Record<string, string | number | null>>,
): string | number | null | undefined {
  if (value === undefined || value.length > VALUE_CHARS_MAX) return undefined
  const ours = value.startsWith('"') ? String(JSON.parse(value)) : value
  return Object.hasOwn(theirs, ours) ? theirs[ours] : undefined
}

/** The warnings that a request gets for what is left out of its objects within, as the edit of its text finds them. */
export function warningsWithin(fields: Record<string, unknown>, { within = {} }: Differences, path = ""): string[] {
  const warnings = Object.entries(within).flatMap(([name, inner]) => {
    const value = fields[name]
    const items = (Array.isArray(value) ? value : [value])
      .filter(isRecord)
      .filter((item) => !Object.entries(inner.unless ?? {}).some(([member, excepted]) => item[member] === excepted))
    const at = `${path}${name}${Array.isArray(value) ? "[]" : ""}.`
    const isLeft = (item: Record<string, unknown>, member: string) =>
      (item[member] ?? null) !== null && inner.values?.[member]?.[String(item[member])] !== null
    const left = (inner.drop ?? []).filter((member) => items.some((item) => isLeft(item, member)))
    return [...left.map((member) => leftOut(at + member)), ...items.flatMap((item) => warningsWithin(item, inner, at))]
  })
  return [...new Set(warnings)]
}

function leftOut(name: string): string {
  return `${name} ${UNKNOWN}`
}
