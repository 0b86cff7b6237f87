// Headers that stand in a file, because a value may be a password, and arguments are seen by every user of the machine.
import { readFileSync } from "node:fs"
import { CommandError } from "./exitcodes.ts"

/**
 * The headers of a file: lines as `NAME: VALUE`. Names are in lower case.
 * @throws {CommandError} usage
 */
export function readHeaderFile(path: string): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [at, line] of readLines(path).entries()) {
    if (line.trim() === "") continue
    const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\t\x20-\x7e]*)$/.exec(line.trim()) ?? []
    if (name === undefined || value === undefined)
      throw new CommandError("usage", `line ${at + 1} of ${path} is no header: write NAME: VALUE`)
    headers[name.toLowerCase()] = value
  }
  return headers
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split(/\r?\n/)
  } catch (error) {
    throw new CommandError("usage", `--headers-file cannot be read: ${(error as Error).message}`)
  }
}
