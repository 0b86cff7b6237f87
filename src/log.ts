// One line per event. It never carries a prompt, a result or a key: callers pass ids and facts, and values under telling names are blanked.

export const logLevels = ["debug", "info", "warn", "error"] as const
export type LogLevel = (typeof logLevels)[number]
export const logStyles = ["pretty", "json"] as const
export type LogStyle = (typeof logStyles)[number]

type Fields = Record<string, unknown>
export type Log = Record<LogLevel, (event: string, fields?: Fields) => void>

const SECRET = /authorization|api[-_]?key|secret|token|password|cookie|prompt|messages|^(keys?|value|body|result)$/i

/** Whether what goes by this name is nobody else's business. */
export function isSecret(name: string): boolean {
  return SECRET.test(name)
}

/** A logger whose lines go to `write` (by default standard error, so that standard output stays the banner's). */
export function createLog(options: {
  level: LogLevel
  style: LogStyle
  now: () => number
  write?: (line: string) => void
}): Log {
  const write = options.write ?? ((line: string) => process.stderr.write(line))
  const least = logLevels.indexOf(options.level)
  const at =
    (level: LogLevel) =>
    (event: string, fields: Fields = {}) => {
      if (logLevels.indexOf(level) < least) return
      const time = new Date(options.now()).toISOString()
      write(options.style === "json" ? jsonLine(time, level, event, fields) : prettyLine(time, level, event, fields))
    }
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") }
}

function jsonLine(time: string, level: LogLevel, event: string, fields: Fields): string {
  return `${JSON.stringify({ time, level, event, ...fields }, redact)}\n`
}

function prettyLine(time: string, level: LogLevel, event: string, fields: Fields): string {
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${shown(redact(key, value))}`)
  return `${time.slice(11, 23)} ${level.padEnd(5)} ${event}${rest.join("")}\n`
}

/** A plain word as it is; whatever could break out of its place in a terminal is quoted and escaped. */
function shown(value: unknown): string | undefined {
  return typeof value === "string" && /^[^\s"\p{C}]+$/u.test(value) ? value : JSON.stringify(value, redact)
}

/** For JSON.stringify, so that it reaches every depth. */
function redact(key: string, value: unknown): unknown {
  return isSecret(key) ? "[redacted]" : value
}
