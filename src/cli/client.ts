// Runs a command that needs no gateway in this process: it makes no directory, takes no lock and migrates nothing.
import { findUsualDir } from "../config/appdir.ts"
import type { Env } from "../config/variables.ts"
import { findRow, LineError, readLine, refuseCommand } from "./commandline.ts"
import { CommandError, findCode } from "./exitcodes.ts"
import { describeAll, describeExitCodes, describeGroup, describeRow, listGroup, spell } from "./help.ts"
import type { Input } from "./input.ts"
import type { Row } from "./table.ts"
import { harmless, openTerminal, type Terminal } from "./terminal.ts"

const HELP = /^(--help|-h)$/

/**
 * @param args what follows the program's name
 * @param makeChecker makes the thread that checks a database
 * @returns the exit code
 */
export async function runClient(args: readonly string[], env: Env, makeChecker: Input["makeChecker"]): Promise<number> {
  const terminal = openTerminal(env)
  // `help submit` means `submit --help`.
  const typed = args[0] === "help" ? [...args.slice(1), "--help"] : args
  const row = findRow(typed)
  try {
    return await runLine(row, typed, { env, terminal, makeChecker })
  } catch (error) {
    return explain(error, row, terminal)
  }
}

type World = Pick<Input, "env" | "terminal" | "makeChecker">

async function runLine(row: Row | null, args: readonly string[], world: World): Promise<number> {
  const { env, terminal } = world
  if (row === null) {
    const [first = "", second = ""] = args
    if (HELP.test(first)) terminal.write(`${describeAll(findUsualDir(env))}\n`)
    else if (!HELP.test(second)) refuseCommand(args)
    else if (first === "exit-codes") terminal.write(describeExitCodes())
    else if (listGroup(first).length > 0) terminal.write(describeGroup(first))
    else refuseCommand([first])
    return 0
  }
  // The gateway's own entry runs it, but its help is asked for here.
  if (row.run === null) {
    terminal.write(describeRow(row))
    return 0
  }
  const { words, flags, isHelpAsked } = readLine(row, args)
  if (isHelpAsked) {
    terminal.write(describeRow(row))
    return 0
  }
  const command = await row.run()
  return await command.run({ words, flags, ...world })
}

function explain(error: unknown, row: Row | null, terminal: Terminal): number {
  const name = row === null ? "asyncgate" : `asyncgate ${row.words}`
  const { message } = error instanceof Error ? error : new Error(String(error))
  const ending = error instanceof CommandError ? error.ending : "failed"
  if (message !== "") terminal.say(`${name}: ${harmless(message)}`)
  if (row !== null && error instanceof LineError) terminal.say(`usage: asyncgate ${spell(row)}`)
  return findCode(ending)
}
