// Reads what was typed by the table of commands: which command, its arguments and its flags.
import { closest, distance } from "fastest-levenshtein"
import { CommandError } from "./exitcodes.ts"
import type { Flag } from "./flag.ts"
import { listFlags, listGroup } from "./help.ts"
import { type Row, rows } from "./table.ts"

/** A mistake in the line itself, after which its usage is shown. */
export class LineError extends CommandError {
  constructor(message: string) {
    super("usage", message)
  }
}

export interface Line {
  row: Row
  words: string[]
  flags: Record<string, string | boolean | string[] | undefined>
  isHelpAsked: boolean
}

/** The command that the line begins with, or null: it begins with none. */
export function findRow(args: readonly string[]): Row | null {
  const found = rows.filter(({ words }) => words === args.slice(0, words.split(" ").length).join(" "))
  // Of `service` and `service install` the longer one.
  return found.toSorted((one, other) => other.words.length - one.words.length)[0] ?? null
}

/** @throws {LineError} */
export function readLine(row: Row, args: readonly string[]): Line {
  const known = listFlags(row)
  const line: Line = { row, words: [], flags: {}, isHelpAsked: false }
  for (let at = row.words.split(" ").length; at < args.length; at++) {
    const arg = args[at] ?? ""
    if (arg === "--") {
      line.words.push(...args.slice(at + 1))
      break
    }
    if (!isFlag(arg)) line.words.push(arg)
    else if (arg === "--help" || arg === "-h") line.isHelpAsked = true
    else if (arg.startsWith("--")) at += readLong(arg, args[at + 1], known, line)
    else at += readShort(arg, args[at + 1], known, line)
  }
  if (!line.isHelpAsked) checkWords(line)
  return line
}

/** As in the gateway's own flags: a dash alone and a number are words. */
function isFlag(arg: string): boolean {
  return /^-[^\d]/.test(arg)
}

/** @returns how many of the following words it consumed */
function readLong(arg: string, next: string | undefined, known: readonly Flag[], line: Line): number {
  const [given = "", inline] = arg.split(/=(.*)/s, 2)
  if (given === "--help") throw new LineError("--help takes no value: write --help alone")
  const flag = known.find(({ name }) => name === given)
  if (flag === undefined) throw new LineError(`unknown flag ${shown(given)}; ${guessFlag(given, line)}`)
  return readFlag(flag, inline, next, line)
}

/** `-m VALUE`, `-mVALUE`, and `-qm VALUE` for `-q -m VALUE`. */
function readShort(arg: string, next: string | undefined, known: readonly Flag[], line: Line): number {
  for (let at = 1; at < arg.length; at++) {
    const given = `-${arg[at]}`
    const flag = known.find(({ short }) => short === given)
    if (flag === undefined) throw new LineError(`unknown flag ${shown(arg)}; ${guessFlag(arg, line)}`)
    const rest = arg.slice(at + 1)
    if (flag.value !== undefined) return readFlag(flag, rest === "" ? undefined : rest, next, line)
    readFlag(flag, undefined, undefined, line)
  }
  return 0
}

function readFlag({ name, value, isList }: Flag, inline: string | undefined, next: string | undefined, line: Line) {
  const key = name.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  if (value === undefined) {
    if (inline !== undefined) throw new LineError(`${name} takes no value: write ${name} alone`)
    line.flags[key] = true
    return 0
  }
  // A flag whose value may be left out takes it only after `=`, so that it does not take the next word.
  const isOptional = value.startsWith("[")
  const given = inline ?? (isOptional ? "" : next)
  // An empty value is that of a variable which is not set: `--app-dir "$DIR"` must not mean another directory.
  if (given === undefined || (given === "" && !isOptional) || (inline === undefined && isFlag(given)))
    throw new LineError(`${name} has no value; write ${name} ${value}`)
  if (isList) line.flags[key] = [...((line.flags[key] as string[] | undefined) ?? []), given]
  else line.flags[key] = given
  return inline === undefined && !isOptional ? 1 : 0
}

/** @throws {LineError} there are too few or too many */
function checkWords({ row, words }: Line): void {
  const wanted = row.arguments === "" ? [] : row.arguments.split(" ")
  const missing = wanted.slice(words.length).find((name) => !name.startsWith("["))
  if (missing !== undefined)
    throw new LineError(`${missing.replace("...", "")} is missing; write asyncgate ${row.words} ${row.arguments}`)
  if (words.length <= wanted.length || row.arguments.includes("...")) return
  const more = words.slice(wanted.length).map(shown).join(" ")
  throw new LineError(`too many arguments: ${more}; run asyncgate ${row.words} --help`)
}

/** Suggests a name only if it is close: a wrong suggestion misleads. */
function guessFlag(given: string, { row }: Line): string {
  const names = [...listFlags(row).map(({ name }) => name), "--help"]
  const begun = names.filter((name) => name.startsWith(given))
  const near = begun.length === 1 ? (begun[0] ?? "") : closest(given, names)
  return begun.length === 1 || distance(given, near) <= 2
    ? `did you mean ${near}?`
    : `run asyncgate ${row.words} --help`
}

/** @throws {LineError} the line begins with no command */
export function refuseCommand(args: readonly string[]): never {
  const [first = "", second] = args
  const group = listGroup(first)
  if (group.length > 0 && second === undefined) throw new LineError(`${first} what? There is ${group.join(", ")}`)
  const said = group.length > 0 ? `${first} ${second}` : first
  const names = group.length > 0 ? group : [...new Set(rows.map(({ words }) => words.split(" ")[0] ?? ""))]
  const near = closest(said, names)
  const others = group.length > 0 ? `there is ${group.join(", ")}` : "run asyncgate --help"
  const hint = distance(said, near) <= 2 ? `did you mean ${near}?` : others
  throw new LineError(`unknown command ${shown(said)}; ${hint}`)
}

function shown(text: string): string {
  return `'${text}'`
}
