// One line per event. It never carries a prompt, a result or a key: callers pass ids and facts, and values under telling names are blanked.

export const logLevels = ["debug", "info", "warn", "error"] as const
export type LogLevel = (typeof logLevels)[number]
export const logStyles = ["pretty", "json"] as const
export type LogStyle = (typeof logStyles)[number]

type Fields = Record<string, unknown>
export type Log = Record<LogLevel, (event: string, fields?: Fields) => void>

const SECRET = /authorization|api[-_]?key|secret|token|password|cookie|^value$|^body$|prompt|messages/i

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
  return `${JSON.stringify({ time, level, event, ...redacted(fields) })}\n`
}

function prettyLine(time: string, level: LogLevel, event: string, fields: Fields): string {
  const rest = Object.entries(redacted(fields)).map(
    ([key, value]) => ` ${key}=${typeof value === "string" && !/[\s"]/.test(value) ? value : JSON.stringify(value)}`,
  )
  return `${time.slice(11, 23)} ${level.padEnd(5)} ${event}${rest.join("")}\n`
}

function redacted(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, SECRET.test(key) ? "[redacted]" : value]),
  )
}
