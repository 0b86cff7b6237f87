// What a command is given: its arguments, its flags and the environment.
import type { Env } from "../config/variables.ts"
import { CommandError } from "./exitcodes.ts"
import type { Terminal } from "./terminal.ts"

export interface Input {
  /** The arguments, without flags. */
  words: readonly string[]
  /** By the flag's name in camel case, as `tokenFile`. */
  flags: Readonly<Record<string, string | boolean | string[] | undefined>>
  env: Env
  terminal: Terminal
  /** Makes the thread that checks a database: check.worker.ts. */
  makeChecker(): Worker
}

/** What of a command tells where its gateway is, and with which flags. */
export type Asking = Omit<Input, "makeChecker">

export function isSet({ flags }: Asking, name: string): boolean {
  return flags[name] === true
}

/** The value of a flag, or null: it is not given. */
export function readText({ flags }: Asking, name: string): string | null {
  const value = flags[name]
  return typeof value === "string" ? value : null
}

export function readList({ flags }: Asking, name: string): string[] {
  const value = flags[name]
  return Array.isArray(value) ? value : []
}

/**
 * The values of a flag as `NAME=VALUE`.
 * @throws {CommandError} usage
 */
export function readPairs(input: Asking, name: string): [name: string, value: string][] {
  return readList(input, name).map((text) => {
    const [, before, after] = /^([^=]+)=(.*)$/s.exec(text) ?? []
    if (before !== undefined && after !== undefined) return [before.trim(), after]
    throw new CommandError("usage", `--${name} ${JSON.stringify(text)} has no value: write --${name} NAME=VALUE`)
  })
}

/**
 * The same where a name can have one value only: of two, one would be dropped.
 * @throws {CommandError} usage
 */
export function readMembers(input: Asking, name: string): Record<string, string> {
  const pairs = readPairs(input, name)
  const twice = pairs.find(([one], at) => pairs.findIndex(([other]) => other === one) !== at)
  if (twice === undefined) return Object.fromEntries(pairs)
  throw new CommandError("usage", `--${name} ${twice[0]} is given twice: write it once`)
}

/** @throws {CommandError} usage */
export function readCount(input: Asking, name: string, usual: number, least = 1): number {
  const text = readText(input, name)
  if (text === null) return usual
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text)
  throw new CommandError("usage", `--${name} ${JSON.stringify(text)} is no number from ${least} on: write --${name} 20`)
}

const unitsMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * A time as `90s`, in milliseconds; null: the flag is not given. A number alone is seconds.
 * @throws {CommandError} usage
 */
export function readTimeMs(input: Asking, name: string): number | null {
  const text = readText(input, name)
  if (text === null) return null
  const [, count, unit = "s"] = /^(\d{1,9}(?:\.\d+)?)([smhd])?$/.exec(text) ?? []
  const ms = Number(count) * (unitsMs[unit] ?? Number.NaN)
  if (ms >= 0) return ms
  throw new CommandError("usage", `--${name} ${JSON.stringify(text)} is no time: write 90s, 5m, 2h or 1d`)
}
