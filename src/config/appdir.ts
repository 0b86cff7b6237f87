// Where the data is: named on the command line, by the environment, or the usual place of the system.
import { homedir } from "node:os"
import { resolve as absolute, join } from "node:path"
import type { Env } from "./variables.ts"

/** @param given by the flag --app-dir; null: it is not */
export function findAppDir(given: string | null, env: Env): string {
  return absolute(given || env["APP_DIR"] || findUsualDir(env))
}

export function findUsualDir(env: Env): string {
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support", "asyncgate")
  if (process.platform === "win32") return join(env["LOCALAPPDATA"] || join(homedir(), "AppData", "Local"), "asyncgate")
  return join(env["XDG_DATA_HOME"] || join(homedir(), ".local", "share"), "asyncgate")
}
