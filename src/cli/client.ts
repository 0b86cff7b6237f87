// Runs a command that needs no gateway in this process: it makes no directory, takes no lock and migrates nothing.
import { Command, CommanderError, Option } from "commander"
import type { Env } from "../config/variables.ts"
import { CommandError, findCode } from "./exitcodes.ts"
import type { Flag } from "./flag.ts"
import { describeRow, spell } from "./help.ts"
import type { Input } from "./input.ts"
import { clientFlags, type Row, rows } from "./table.ts"
import { harmless, openTerminal, type Terminal } from "./terminal.ts"

/**
 * @param args what follows the program's name
 * @returns the exit code
 */
export async function runClient(args: readonly string[], env: Env): Promise<number> {
  const terminal = openTerminal(env)
  let code = 0
  const program = makeProgram(terminal, async (row, words, flags) => {
    const command = await row.run?.()
    code = (await command?.run({ words, flags, env, terminal })) ?? findCode("failed")
  })
  try {
    // `help submit` means `submit --help`.
    const words = args[0] === "help" ? [...args.slice(1), "--help"] : args
    await program.parseAsync(separateOptional(words), { from: "user" })
    return code
  } catch (error) {
    return explain(error, args, terminal)
  }
}

type Execute = (row: Row, words: string[], flags: Input["flags"]) => Promise<void>

/** The tree of commands. Those that the gateway's own entry runs are in it to be suggested. */
function makeProgram(terminal: Terminal, execute: Execute): Command {
  const program = new Command("asyncgate").helpOption(false).helpCommand(false)
  configure(program, terminal)
  for (const row of rows) {
    const [word = ""] = row.words.split(" ")
    if (row.run === null) {
      if (!program.commands.some((command) => command.name() === word)) program.command(word)
      continue
    }
    const command = configure(program.command(`${word} ${row.arguments.replace(/\b(\w+)\.\.\./, "$1...")}`), terminal)
    command.helpOption("-h, --help").allowExcessArguments(false)
    command.helpInformation = () => describeRow(row)
    for (const flag of [...row.flags, ...clientFlags]) command.addOption(makeOption(flag))
    command.action(() => execute(row, command.args, command.opts()))
  }
  return program
}

function configure(command: Command, terminal: Terminal): Command {
  // What is wrong is printed once, by `explain`.
  return command.exitOverride().configureOutput({ writeOut: terminal.write, writeErr: () => {} })
}

function makeOption({ short, name, value, isList, text }: Flag): Option {
  const argument = value === undefined ? "" : value.startsWith("[") ? " [value]" : ` <${value}>`
  const option = new Option(`${short === undefined ? "" : `${short}, `}${name}${argument}`, text)
  if (isList) option.argParser((one: string, before: string[] | undefined) => [...(before ?? []), one])
  return option
}

/** A flag whose value may be left out takes it only after `=`, so that it does not take the next word. */
function separateOptional(args: readonly string[]): string[] {
  const optional = rows.flatMap(({ flags }) => flags).filter(({ value }) => value?.startsWith("["))
  const end = args.indexOf("--")
  return args.map((arg, at) => ((end < 0 || at < end) && optional.some(({ name }) => name === arg) ? `${arg}=` : arg))
}

function explain(error: unknown, args: readonly string[], terminal: Terminal): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0
  const row = rows.find(({ words, run }) => run !== null && words === args[0])
  const name = row === undefined ? "asyncgate" : `asyncgate ${row.words}`
  if (error instanceof CommanderError) {
    const usage = row === undefined ? "asyncgate --help" : `asyncgate ${row.words} --help`
    const what = rephrase(error.message)
    terminal.say(`${name}: ${what}${what.endsWith("?") ? "" : `; run ${usage}`}`)
    if (row !== undefined) terminal.say(`usage: asyncgate ${spell(row)}`)
    return findCode("usage")
  }
  if (error instanceof CommandError) {
    if (error.message !== "") terminal.say(`${name}: ${harmless(error.message)}`)
    return findCode(error.ending)
  }
  terminal.say(`${name}: ${harmless(error instanceof Error ? error.message : String(error))}`)
  return findCode("failed")
}

/** Commander's sentence, as ours are: `error: unknown option '--x'\n(Did you mean --y?)`. */
function rephrase(message: string): string {
  return harmless(
    message
      .replace(/^error: /, "")
      .replace(/\n?\(Did you mean (.*)\?\)$/s, "; did you mean $1?")
      .replaceAll("option", "flag"),
  )
}
