// Answers to --help and --version, which load nothing else.
import { version } from "../../package.json" with { type: "json" }
import { findUsualDir } from "../config/appdir.ts"
import type { Env } from "../config/variables.ts"
import { CommandError, findCode } from "./exitcodes.ts"
import { describeAll } from "./help.ts"
import { openTerminal } from "./terminal.ts"

/** @returns the exit code, as all of these */
export function printHelp(env: Env): number {
  return print(`${describeAll(findUsualDir(env))}\n`, env)
}

export function printVersion(env: Env): number {
  return print(`${version}\n`, env)
}

function print(text: string, env: Env): number {
  const terminal = openTerminal(env)
  try {
    terminal.write(text)
    return 0
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    if (error.message !== "") terminal.say(`asyncgate: ${error.message}`)
    return findCode(error.ending)
  }
}
