// Checks the parameters of a request against a table of what its receiver takes. Each parameter gets one of three verdicts: `supported`,
// it is sent, as it is or translated; `warned`, it is left out, and the request means the same without it; `refused`, the request would be
// another one, and is not sent. Pure.

type Fields = Record<string, unknown>

/** Why a request cannot be sent. */
export interface ParameterError {
  /** It is legal, but would be lost here or mean something else. Not there: it is wrong, whoever receives it. */
  isUnsupported?: true
  message: string
  /** The member at fault, as a programmer would write it: `messages[0].role`. */
  param: string
}

export interface ParameterCheck {
  errors: ParameterError[]
  warnings: string[]
}

/** About one parameter, when it is given: null counts as absent. */
export interface ParameterRule<Context = unknown> {
  param: string
  /** By default `refused`. */
  verdict?: "warned" | "refused"
  /** The value that asks for nothing: the rule does not apply to it. */
  neutral?: unknown
  /** Whether the rule applies to this value; by default to all. */
  when?(value: unknown, fields: Fields, context: Context): boolean
  /** The end of a sentence that starts with the parameter's name. */
  says: string | ((value: unknown, context: Context) => string)
  /** The value is wrong, whoever receives it. */
  isInvalid?: true
}

export interface ParameterTable<Context = unknown> {
  /** Parameters that need no rule. */
  supported?: readonly string[]
  /** The type that some must have, if they are given. */
  types?: Readonly<Record<string, "number" | "boolean">>
  /** Members that must be there, and be strings. */
  strings?: readonly string[]
  rules?: readonly ParameterRule<Context>[]
  /** What is said of a parameter that has no rule and is not supported: it is left out. Without it, all others are supported. */
  unknown?: string
}

/** What is said of a parameter that the receiver does not know. */
export const UNKNOWN = "is not known to this provider and was not sent"
/** What is said of a parameter that the receiver has nothing like. */
export const NO_COUNTERPART = "has no counterpart at this provider and was not sent"

/**
 * @param context what rules may depend on besides the parameters: the model, say
 * @param path where the fields stand in the request, as `messages[0]`; empty: at its top
 */
export function checkParameters<Context>(
  { supported = [], types = {}, strings = [], rules = [], unknown }: ParameterTable<Context>,
  fields: Fields,
  context: Context,
  path = "",
): ParameterCheck {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null))
  const errors: ParameterError[] = []
  const warnings: string[] = []
  const qualify = (param: string) => (path === "" ? param : `${path}.${param}`)

  for (const param of strings) {
    if (typeof given[param] !== "string") errors.push(invalid(qualify(param), "must be a string"))
  }
  const known = new Set([...supported, ...rules.map(({ param }) => param)])
  for (const [param, value] of Object.entries(given)) {
    const type = types[param]
    if (type !== undefined && typeof value !== type) errors.push(invalid(qualify(param), `must be a ${type}`))
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

/** Rules that say the same of several parameters. */
export function rulesFor<Context>(
  params: readonly string[],
  rule: Omit<ParameterRule<Context>, "param">,
): ParameterRule<Context>[] {
  return params.map((param) => ({ param, ...rule }))
}

/** The checks of a list's items, each at its own path. */
export function checkItems(
  items: readonly unknown[],
  path: string,
  check: (item: unknown, path: string) => ParameterCheck,
): ParameterCheck {
  return merge(items.map((item, at) => check(item, `${path}[${at}]`)))
}

export function merge(checks: readonly ParameterCheck[]): ParameterCheck {
  return {
    errors: checks.flatMap(({ errors }) => errors),
    warnings: checks.flatMap(({ warnings }) => warnings),
  }
}

/** A value that is legal and not supported. @param says the end of a sentence that starts with the parameter's name */
export function unsupported(param: string, says: string): ParameterError {
  return { isUnsupported: true, message: `${param} ${says}`, param }
}

/** A value that is wrong, whoever receives it. */
export function invalid(param: string, says: string): ParameterError {
  return { message: `${param} ${says}`, param }
}

/** A check with these errors; without any, one that found nothing. */
export function failed(...errors: ParameterError[]): ParameterCheck {
  return { errors, warnings: [] }
}

export const passed: ParameterCheck = failed()
