// Parses the command line: the command, and the values of flags or their environment variables. Values are checked in load.ts.
import { closest, distance } from "fastest-levenshtein"
import { logLevels, logStyles } from "../log.ts"

/** Each flag with its environment variable and its purpose. The help texts are made from this list. */
export const flags = [
  { name: "port", variable: "APP_PORT", value: "N", text: "port to listen on (default 8080; 0 takes a free one)" },
  { name: "host", variable: "APP_HOST", value: "ADDRESS", text: "address to listen on (default 127.0.0.1)" },
  { name: "app-dir", variable: "APP_DIR", value: "DIR", text: "where config.json and the data are" },
  {
    name: "database",
    variable: "ASYNCGATE_DATABASE",
    value: "URL",
    text: "a PostgreSQL database, as postgres://user:password@host/name (default: a file in the app directory)",
  },
  { name: "log-level", variable: "LOG_LEVEL", value: "LEVEL", text: `${logLevels.join(", ")} (default info)` },
  { name: "log-style", variable: "LOG_STYLE", value: "STYLE", text: `${logStyles.join(", ")} (default pretty)` },
] as const

/** The commands besides starting the gateway. `argument` names the one argument; null: there is none. `alias` is a shorter name; null: none. */
export const commands = [
  { name: "vk create", alias: null, argument: "NAME", text: "make a virtual key and print it, this once" },
  { name: "vk list", alias: "vk ls", argument: null, text: "list the virtual keys, without their values; or vk ls" },
  {
    name: "vk revoke",
    alias: "vk rm",
    argument: "NAME|ID",
    text: "take a virtual key back; a running gateway then refuses it; or vk rm",
  },
  {
    name: "admin-token rotate",
    alias: null,
    argument: null,
    text: "make a new admin token and print it, in place of the one before",
  },
] as const

export type CommandName = (typeof commands)[number]["name"]
export type FlagName = (typeof flags)[number]["name"]

export interface Arguments {
  /** Null: start the gateway. */
  command: CommandName | null
  /** The command's argument; "" where it has none. */
  argument: string
  isHelpAsked: boolean
  isVersionAsked: boolean
  flags: Partial<Record<FlagName, string>>
  /** What is wrong with the command line, as sentences. */
  mistakes: string[]
}

/** @param args what follows the program's name */
export function readArguments(args: readonly string[], env: Record<string, string | undefined>): Arguments {
  const read: Arguments = {
    ...{ command: null, argument: "", isHelpAsked: false, isVersionAsked: false },
    flags: fromEnvironment(env),
    mistakes: [],
  }
  const words: string[] = []
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ""
    if (arg === "--") {
      words.push(...args.slice(at + 1))
      break
    }
    if (isFlag(arg)) at += readFlag(arg, args[at + 1], read)
    else words.push(arg)
  }
  // After an unknown flag it is not clear whether a word is its value or a command.
  if (read.mistakes.length === 0 && words.length > 0) readCommand(words, read)
  return read
}

function fromEnvironment(env: Record<string, string | undefined>): Arguments["flags"] {
  return Object.fromEntries(flags.flatMap(({ name, variable }) => (env[variable] ? [[name, env[variable]]] : [])))
}

/** Returns how many of the following words it consumed. */
function readFlag(arg: string, next: string | undefined, read: Arguments): number {
  if (arg === "--help" || arg === "-h") read.isHelpAsked = true
  else if (arg === "--version" || arg === "-v") read.isVersionAsked = true
  else {
    const [given = "", inline] = arg.split(/=(.*)/s, 2)
    const known = flags.find(({ name }) => `--${name}` === given)
    // In `--app-dir --port 80` the next flag is not a value.
    const value = inline ?? (next === undefined || isFlag(next) ? "" : next)
    if (!known) read.mistakes.push(`unknown flag ${shown(given)}${guessFlag(given)}`)
    else if (value === "") read.mistakes.push(`${given} has no value; write ${given} ${known.value}`)
    else read.flags[known.name] = value
    return inline === undefined && value !== "" ? 1 : 0
  }
  return 0
}

function isFlag(arg: string): boolean {
  return /^-[^\d]/.test(arg)
}

function readCommand(words: string[], read: Arguments): void {
  if (words[0] === "serve") {
    if (words.length > 1)
      read.mistakes.push(
        `serve takes nothing more, but found ${shown(words.slice(1).join(" "))}; write asyncgate serve`,
      )
    return
  }
  const command = commands.find(({ name, alias }) => isSaid(words, name) || (alias !== null && isSaid(words, alias)))
  if (!command) {
    read.mistakes.push(`unknown command ${shown(words.join(" "))}${guessCommand(words)}`)
    return
  }
  const rest = words.slice(command.name.split(" ").length)
  const usage = `asyncgate ${command.name}${command.argument === null ? "" : ` ${command.argument}`}`
  if (command.argument === null && rest.length > 0) {
    read.mistakes.push(`${command.name} takes nothing more, but found ${shown(rest.join(" "))}; write ${usage}`)
  } else if (command.argument !== null && rest.length === 0) {
    read.mistakes.push(`${command.name} needs a name; write ${usage}`)
  } else if (rest.length > 1) {
    read.mistakes.push(`${command.name} takes one name; write asyncgate ${command.name} ${shown(rest.join(" "))}`)
  }
  read.command = command.name
  read.argument = rest[0] ?? ""
}

function isSaid(words: readonly string[], name: string): boolean {
  return name.split(" ").every((word, at) => words[at] === word)
}

/** Suggests a name only if it is close: a wrong suggestion misleads. */
function guessFlag(given: string): string {
  const names = [...flags.map(({ name }) => `--${name}`), "--help", "--version"]
  const short = names.find((name) => /^-[a-z]$/i.test(given) && name[2] === given[1]?.toLowerCase())
  const near = short ?? closest(given, names)
  return short || distance(given, near) <= 3 ? `; did you mean ${near}?` : "; run asyncgate --help"
}

function guessCommand(words: readonly string[]): string {
  const said = words.slice(0, 2).join(" ")
  const names = [...commands.map(({ name }) => name), "--help", "--version"]
  const near = closest(said, names)
  if (distance(said, near) <= 2) return `; did you mean ${near}?`
  const siblings = commands.filter(({ name }) => name.startsWith(`${words[0]} `)).map(({ name }) => name)
  return siblings.length > 0 ? `; there is ${siblings.join(", ")}` : "; run asyncgate --help"
}

/** The text as it can be printed in a terminal. */
function shown(text: string): string {
  return /^--?[\w-]+$/.test(text) ? text : JSON.stringify(text)
}
