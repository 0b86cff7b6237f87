// The command completion: prints what makes a shell complete the commands, or writes it where the shell looks for it.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { dirname, join } from "node:path"
import type { Env } from "../config/variables.ts"
import { quoteForShell } from "../shell.ts"
import { MARK, type Shell, scripts, shells } from "./completionscripts.ts"
import { CommandError } from "./exitcodes.ts"
import { type Input, isSet } from "./input.ts"

export async function run(input: Input): Promise<number> {
  const [word = "", action] = input.words
  const shell = shells.find((each) => each === word)
  if (shell === undefined)
    throw new CommandError("usage", `there is no completion for ${JSON.stringify(word)}: write ${shells.join(", ")}`)
  if (action !== undefined && action !== "install")
    throw new CommandError("usage", `${JSON.stringify(action)} is unknown: write asyncgate completion ${shell} install`)
  if (action === undefined) input.terminal.write(scripts[shell])
  else install(shell, input)
  return 0
}

function install(shell: Shell, input: Input): void {
  const { terminal } = input
  const { path, next } = findPlace(shell, input.env)
  if (existsSync(path) && !readFileSync(path, "utf8").includes(MARK))
    throw new CommandError("failed", `${path} is there already and is not asyncgate's: move it away first`)
  if (!isSet(input, "dryRun")) save(path, scripts[shell])
  terminal.write(`${path}\n`)
  terminal.say(next)
}

/** The old file stays whole until the new one is. */
function save(path: string, text: string): void {
  const beside = `${path}.${process.pid}`
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(beside, text)
    renameSync(beside, path)
  } catch (error) {
    try {
      rmSync(beside, { force: true })
    } catch {
      // A part of the path is no directory: nothing was written there.
    }
    throw new CommandError("failed", `it cannot be written (${(error as Error).message}): print it without install`)
  }
}

/** Where each shell looks, and what is to be done besides. */
function findPlace(shell: Shell, env: Env): { path: string; next: string } {
  const home = env["HOME"] || homedir()
  const data = env["XDG_DATA_HOME"] || join(home, ".local", "share")
  switch (shell) {
    case "bash":
      return {
        path: join(env["BASH_COMPLETION_USER_DIR"] || join(data, "bash-completion"), "completions", "asyncgate"),
        next: `new shells load it at the first Tab, where bash-completion is installed; without that add to ~/.bashrc: eval "$(asyncgate completion bash)"`,
      }
    case "zsh": {
      const directory = join(data, "zsh", "site-functions")
      return {
        path: join(directory, "_asyncgate"),
        next: `add to ~/.zshrc, above compinit, unless it is there: fpath=(${quoteForShell(directory)} $fpath)`,
      }
    }
    case "fish":
      return {
        path: join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "fish", "completions", "asyncgate.fish"),
        next: "new shells load it at the first Tab",
      }
  }
}
