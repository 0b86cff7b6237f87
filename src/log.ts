// Writes one line per event. A line never holds a prompt, a result or a key: callers pass ids and facts, and values of members whose name suggests a secret are replaced.
import { systemClock } from "./clock.ts"
import { createOutput } from "./process/output.ts"

export const logLevels = ["debug", "info", "warn", "error"] as const
export type LogLevel = (typeof logLevels)[number]
export const logStyles = ["pretty", "json"] as const
export type LogStyle = (typeof logStyles)[number]

type Fields = Record<string, unknown>
export type Log = Record<LogLevel, (event: string, fields?: Fields) => void>

const SECRET = /authorization|api[-_]?key|secret|token|password|cookie|prompt|messages|^(keys?|value|body|result)$/i

/** Whether a member of this name holds a secret or private content. */
export function isSecret(name: string): boolean {
  return SECRET.test(name)
}

export interface LogSettings {
  level: LogLevel
  style: LogStyle
}

/** A logger that can be waited for. */
export interface OpenLog extends Log {
  /** Resolves when its lines are written or dropped, after `withinMs` at the latest. */
  settle(withinMs: number): Promise<void>
}

/** The log of this thread, on standard error; standard output has only the banner. When nobody reads it, lines are lost and nothing else happens. */
export function openLog(settings: LogSettings): OpenLog {
  muteConsole()
  const now = systemClock.wall
  const renderNotice = (count: number) =>
    renderLine(settings.style, now(), "warn", "log lines were dropped: they could not be written", { count })
  const output = createOutput(2, renderNotice)
  return { ...createLog({ ...settings, now, write: (line) => output.write(line) }), settle: output.settle }
}

/** Silences the console: what packages print may hold a prompt or a key, and would block when nobody reads it. */
function muteConsole(): void {
  for (const method of ["log", "info", "warn", "error", "debug", "trace"] as const) console[method] = () => {}
}

/** A logger whose lines go to `write`. */
export function createLog(options: LogSettings & { now: () => number; write: (line: string) => void }): Log {
  const least = logLevels.indexOf(options.level)
  const at =
    (level: LogLevel) =>
    (event: string, fields: Fields = {}) => {
      if (logLevels.indexOf(level) >= least)
        options.write(renderLine(options.style, options.now(), level, event, fields))
    }
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") }
}

function renderLine(style: LogStyle, now: number, level: LogLevel, event: string, fields: Fields): string {
  const time = new Date(now).toISOString()
  return style === "json" ? jsonLine(time, level, event, fields) : prettyLine(time, level, event, fields)
}

function jsonLine(time: string, level: LogLevel, event: string, fields: Fields): string {
  return `${JSON.stringify({ time, level, event, ...fields }, redact)}\n`
}

function prettyLine(time: string, level: LogLevel, event: string, fields: Fields): string {
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${shown(redact(key, value))}`)
  return `${time.slice(11, 23)} ${level.padEnd(5)} ${event}${rest.join("")}\n`
}

/** A plain word stays as it is; anything else is quoted and escaped, so that it cannot write elsewhere in a terminal. */
function shown(value: unknown): string | undefined {
  return typeof value === "string" && /^[^\s"\p{C}]+$/u.test(value) ? value : JSON.stringify(value, redact)
}

/** A replacer for JSON.stringify, which reaches every depth. */
function redact(key: string, value: unknown): unknown {
  return isSecret(key) ? "[redacted]" : value
}
