// Checks a request in OpenAI's form against the parameters of an operation, and functions to select them. Pure.
import type { FilePart } from "../../endpoints/endpoint.ts"
import {
  checkParameters,
  type ParameterCheck,
  type ParameterRule,
  type ParameterTable,
  UNKNOWN,
} from "../../endpoints/parametertable.ts"
import { asWord } from "../../values.ts"

type Fields = Record<string, unknown>

/** The context of its functions is the model. */
export type Rule = ParameterRule<string>

/** Parameters that the gateway reads or has checked before. */
const everywhere = ["model", "fallbacks", "stream", "stream_format"]

/** A file counts as a parameter with the name of its part. */
export function checkOperation(
  table: ParameterTable<string>,
  model: string,
  { fields, files }: { fields: Fields; files: readonly Pick<FilePart, "name">[] },
): ParameterCheck {
  const supported = [...everywhere, ...(table.supported ?? [])]
  const members = { ...fields, ...Object.fromEntries(files.map(({ name }) => [name, true])) }
  return checkParameters({ ...table, supported, unknown: UNKNOWN }, members, model)
}

/** The given members with these names. */
export function picked(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]))
}

/** The members that are not undefined. */
export function given(members: Fields): Fields {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

/** A rule that excludes all other values. They are compared as texts, because a form has only texts. */
export function isNot(...allowed: unknown[]): (value: unknown) => boolean {
  const texts = allowed.map(String)
  return (value) => !texts.includes(asWord(value))
}
