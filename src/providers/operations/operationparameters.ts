// What of a request in OpenAI's form an operation cannot carry: refused where it changes the meaning, else told. Pure.
import { type FilePart, type Findings, type Problem, unsupported } from "../../endpoints/endpoint.ts"

type Fields = Record<string, unknown>

export interface Rule {
  param: string
  /** Whether this value, which is not null, is more than the provider takes; always, when it is not here. */
  when?(value: unknown, fields: Fields, model: string): boolean
  /** The end of a sentence that starts with the parameter's name. */
  says: string
  /** It is left out, and leaves the meaning as it is. */
  isWarning?: true
}

/** What becomes of the members of a request. */
export interface ParameterTable {
  /** They are translated, or go along by their own names. What is neither here nor in a rule is left out with a warning. */
  supported: readonly string[]
  rules?: readonly Rule[]
}

/** They are the gateway's own, or have been looked at. */
const everywhere = ["model", "fallbacks", "stream", "stream_format"]

export function findingsOf(
  { supported, rules = [] }: ParameterTable,
  model: string,
  { fields, files }: { fields: Fields; files: readonly Pick<FilePart, "name">[] },
): Findings {
  const members = { ...fields, ...Object.fromEntries(files.map(({ name }) => [name, true])) }
  const given = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
  const known = new Set([...everywhere, ...supported, ...rules.map(({ param }) => param)])
  const problems: Problem[] = []
  const warnings = Object.keys(given)
    .filter((name) => !known.has(name))
    .map((name) => `${name} is not known to this provider and was not sent`)
  for (const { param, when, says, isWarning } of rules) {
    if (given[param] === undefined || when?.(given[param], given, model) === false) continue
    if (isWarning) warnings.push(`${param} ${says}`)
    else problems.push(unsupported(param, says))
  }
  return { problems, warnings }
}

/** The members of these names that are there. */
export function picked(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]))
}

/** The members that are there. */
export function given(members: Fields): Fields {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

/** Of a form everything is text. */
export function isNot(...allowed: unknown[]): (value: unknown) => boolean {
  const texts = allowed.map(String)
  return (value) => !texts.includes(String(value))
}
