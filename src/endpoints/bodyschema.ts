// What the checks of the endpoints share: what counts as missing, and error messages that name the member and what it must be.
import Type, { type TObject } from "typebox"
import { Compile } from "typebox/compile"
import type { TLocalizedValidationError } from "typebox/error"
import { readNumber } from "../exactjson.ts"
import type { ParameterError } from "./parametertable.ts"

/** The member with which most request types ask for a stream. `true` is refused later, with a message of the request type. */
export const stream = Type.Union([Type.Boolean(), Type.Null()])

/**
 * First checks that all members of `missing` are given: their values are the error messages. Then checks that given members have the types
 * of `types`. Null counts as absent.
 */
export function checker(types: TObject, missing: Record<string, string>) {
  // Compiled on first use, because a thread that only reads answers needs none of them.
  let validator: ReturnType<typeof Compile<TObject>> | undefined
  const names = Object.keys(types.properties)
  return (fields: Record<string, unknown>, optional: readonly string[] = []): ParameterError | null => {
    const param = Object.keys(missing).find((name) => !optional.includes(name) && isMissing(fields[name]))
    if (param !== undefined) return { message: missing[param] ?? "", param }
    const given: Record<string, unknown> = {}
    for (const name of names) {
      if (fields[name] !== undefined && fields[name] !== null) given[name] = readNumber(fields[name]) ?? fields[name]
    }
    validator ??= Compile(types)
    return validator.Check(given) ? null : describe(validator.Errors(given))
  }
}

export function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)
}

/** The first error. `param` is the member as a programmer writes it: `messages[0].role`. */
export function describe(errors: TLocalizedValidationError[]): ParameterError {
  const first = errors[0]
  if (!first) throw new Error("there is no error to describe")
  if (first.keyword === "required") {
    const param = formatPointer(`${first.instancePath}/${first.params.requiredProperties[0]}`)
    return { message: `${param} is required`, param }
  }
  const param = formatPointer(first.instancePath)
  // A union reports one error for each of its forms.
  const types = errors.flatMap((error) =>
    error.keyword === "type" && error.instancePath === first.instancePath ? [error.params.type].flat() : [],
  )
  return {
    message: `${param} ${types.length > 0 ? `must be ${choice.format(types.map(withArticle))}` : first.message}`,
    param,
  }
}

/** "a string, an array or an object" */
const choice = new Intl.ListFormat("en-GB", { type: "disjunction" })

function withArticle(type: string): string {
  return type === "null" ? type : `${/^[aio]/.test(type) ? "an" : "a"} ${type}`
}

function formatPointer(pointer: string): string {
  return pointer
    .slice(1)
    .split("/")
    .reduce((name, part) => (/^\d+$/.test(part) ? `${name}[${part}]` : name === "" ? part : `${name}.${part}`), "")
}
