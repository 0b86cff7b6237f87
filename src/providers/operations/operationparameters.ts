// Checks a request in OpenAI's form against what an operation takes, and picks members out of it. Pure.
import type { FilePart } from "../../endpoints/endpoint.ts"
import {
  checkParameters,
  type ParameterCheck,
  type ParameterRule,
  type ParameterTable,
  UNKNOWN,
} from "../../endpoints/parametertable.ts"

type Fields = Record<string, unknown>

/** Its `when` gets the model. */
export type Rule = ParameterRule<string>

/** Parameters of the gateway, and those that have been looked at before. */
const everywhere = ["model", "fallbacks", "stream", "stream_format"]

/** A file counts as a parameter of its part's name. */
export function checkOperation(
  table: ParameterTable<string>,
  model: string,
  { fields, files }: { fields: Fields; files: readonly Pick<FilePart, "name">[] },
): ParameterCheck {
  const supported = [...everywhere, ...(table.supported ?? [])]
  const members = { ...fields, ...Object.fromEntries(files.map(({ name }) => [name, true])) }
  return checkParameters({ ...table, supported, unknown: UNKNOWN }, members, model)
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
