// Problems of a configuration: where, what was found and what to write instead.

export interface Problem {
  path: string
  found: string
  fix: string
}

/** Something that is off or ignored, and does not keep the gateway from starting. */
export interface Warning {
  path: string
  /** The rest of a sentence that begins with the path. */
  says: string
  /** Its cause is a variable of the environment and not config.json. */
  isOfEnvironment?: true
  /** A provider that is off because of it, where the path does not name it. */
  provider?: string
}

/** A warning as a line of the log. */
export function describeWarning({ path, says, isOfEnvironment }: Warning): string {
  return `${isOfEnvironment ? "environment" : "config.json"}: ${path} ${says}`
}

export class ConfigError extends Error {
  /**
   * @param warnings reported as well, so that the operator learns of everything at once
   * @param mistakes what is wrong with the command line, as sentences
   */
  constructor(
    readonly problems: Problem[],
    readonly warnings: Warning[] = [],
    readonly mistakes: string[] = [],
  ) {
    const ofFile = problems.map(({ path, found, fix }) => `${path}: found ${found}; write ${fix}`)
    const lines = [...mistakes, ...ofFile].map((line) => `  ${line}`)
    const besides = warnings.map(({ path, says }) => `  ${path} ${says}`)
    if (besides.length > 0) lines.push("and besides:")
    super([...lines, ...besides].join("\n"))
  }
}

/** Adds the problems whose path, and everything above it, is not reported yet. */
export function addProblems(problems: Problem[], more: readonly Problem[]): void {
  for (const problem of more) if (!isReported(problems, problem.path)) problems.push(problem)
}

/** Whether this path, or one above it, is reported already. */
export function isReported(problems: readonly Problem[], path: string): boolean {
  return problems.some((known) => path === known.path || path.startsWith(`${known.path}.`))
}

export function valueAt(value: unknown, parts: readonly string[]): unknown {
  return parts.reduce<unknown>(
    (at, part) =>
      (isRecord(at) || Array.isArray(at)) && Object.hasOwn(at, part)
        ? (at as Record<string, unknown>)[part]
        : undefined,
    value,
  )
}

export function entriesAt(value: unknown, parts: readonly string[]): [string, unknown][] {
  const found = valueAt(value, parts)
  return typeof found === "object" && found !== null ? Object.entries(found) : []
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
