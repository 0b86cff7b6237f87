// Checks the parameters of a request against a table of what its receiver supports. Each parameter gets one of three verdicts.
// `supported`: it is sent, unchanged or translated. `warned`: it is left out, and the request means the same without it. `refused`: the
// request would mean something else without it, and is not sent. Pure.

import { readNumber } from "../exactjson.ts"

type Fields = Record<string, unknown>

/** Why a request cannot be sent. */
export interface ParameterError {
  /** The request is valid, but this receiver does not support it. When absent, it is invalid for every receiver. */
  isUnsupported?: true
  message: string
  /** The member with the error, as a programmer writes it: `messages[0].role`. */
  param: string
}

export interface ParameterCheck {
  errors: ParameterError[]
  warnings: string[]
}

/** A rule about one parameter. It applies only when the parameter is given. Null counts as absent. */
export interface ParameterRule<Context = unknown> {
  param: string
  /** By default `refused`. */
  verdict?: "warned" | "refused"
  /** The value that asks for nothing. The rule does not apply to it. */
  neutral?: unknown
  /** Whether the rule applies to this value. By default it applies to all. */
  when?(value: unknown, fields: Fields, context: Context): boolean
  /** The end of a sentence that starts with the parameter's name. */
  says: string | ((value: unknown, context: Context) => string)
  /** The value is invalid for every receiver. */
  isInvalid?: true
}

export interface ParameterTable<Context = unknown> {
  /** Parameters that are supported and need no rule. */
  supported?: readonly string[]
  /** The types that some parameters must have. */
  types?: Readonly<Record<string, "number" | "boolean">>
  /** Members that are required and must be strings. */
  strings?: readonly string[]
  rules?: readonly ParameterRule<Context>[]
  /** The warning for parameters that have no rule and are not supported. When absent, all other parameters are supported. */
  unknown?: string
}

/** The end of the warning for a parameter that the receiver does not know. */
export const UNKNOWN = "is not known to this provider and was not sent"
/** The end of the warning for a parameter that the receiver has nothing like. */
export const NO_COUNTERPART = "has no counterpart at this provider and was not sent"

/**
 * @param context what rules depend on besides the parameters, such as the model
 * @param path where the fields are in the request, such as `messages[0]`; empty for its top level
 */
export function checkParameters<Context>(
  { supported = [], types = {}, strings = [], rules = [], unknown }: ParameterTable<Context>,
  fields: Fields,
  context: Context,
  path = "",
): ParameterCheck {
  // A request may have very many messages and parts, of which most have nothing that a rule is about.
  const isGiven = ({ param }: { param: string }) => fields[param] !== undefined && fields[param] !== null
  const isComplete = strings.every((param) => typeof fields[param] === "string")
  if (isComplete && unknown === undefined && Object.keys(types).length === 0 && !rules.some(isGiven)) return passed
  const there = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)
  const given = Object.fromEntries(there.map(([name, value]) => [name, readNumber(value) ?? value]))
  const errors: ParameterError[] = []
  const warnings: string[] = []
  const qualify = (param: string) => (path === "" ? param : `${path}.${param}`)

  for (const param of strings) {
    if (typeof given[param] !== "string") errors.push(invalid(qualify(param), "must be a string"))
  }
  const known = new Set([...supported, ...rules.map(({ param }) => param)])
  for (const [param, value] of Object.entries(given)) {
    const type = Object.hasOwn(types, param) ? types[param] : undefined
    if (type !== undefined && typeof value !== type) errors.push(invalid(qualify(param), `must be a ${type}`))
    // It was written with an exponent beyond what any provider reads.
    else if (type === "number" && !Number.isFinite(value)) errors.push(invalid(qualify(param), "is too large"))
    if (unknown !== undefined && !known.has(param)) warnings.push(`${qualify(param)} ${unknown}`)
  }
  for (const rule of rules) {
    const value = given[rule.param]
    if (value === undefined || !applies(rule, value, given, context)) continue
    const says = typeof rule.says === "string" ? rule.says : rule.says(value, context)
    const name = qualify(rule.param)
    if (rule.verdict === "warned") warnings.push(`${name} ${says}`)
    else errors.push(rule.isInvalid ? invalid(name, says) : unsupported(name, says))
  }
  return { errors, warnings }
}

function applies<Context>(rule: ParameterRule<Context>, value: unknown, fields: Fields, context: Context): boolean {
  if (rule.neutral !== undefined && Bun.deepEquals(value, rule.neutral)) return false
  return rule.when?.(value, fields, context) ?? true
}

/** The same rule for several parameters. */
export function rulesFor<Context>(
  params: readonly string[],
  rule: Omit<ParameterRule<Context>, "param">,
): ParameterRule<Context>[] {
  return params.map((param) => ({ param, ...rule }))
}

/** Checks the items of a list, each with its own path. */
export function checkItems(
  items: readonly unknown[],
  path: string,
  check: (item: unknown, path: string) => ParameterCheck,
): ParameterCheck {
  return merge(items.map((item, at) => check(item, `${path}[${at}]`)))
}

export function merge(checks: readonly ParameterCheck[]): ParameterCheck {
  const found = checks.filter((check) => check !== passed)
  if (found.length === 0) return passed
  return {
    errors: found.flatMap(({ errors }) => errors),
    warnings: found.flatMap(({ warnings }) => warnings),
  }
}

/** The error for a valid value that is not supported. @param says the end of a sentence that starts with the parameter's name */
export function unsupported(param: string, says: string): ParameterError {
  return { isUnsupported: true, message: `${param} ${says}`, param }
}

/** The error for a value that is invalid for every receiver. */
export function invalid(param: string, says: string): ParameterError {
  return { message: `${param} ${says}`, param }
}

/** The result of a check that found these errors, or nothing. */
export function failed(...errors: ParameterError[]): ParameterCheck {
  return { errors, warnings: [] }
}

export const passed: ParameterCheck = failed()
