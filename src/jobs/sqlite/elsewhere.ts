// A note in the app directory of a gateway whose jobs are in a database on a server, for the commands that would look for them here.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const NAME = "asyncgate.database"

/** @param place the address of the database, without its password; null: it is here */
export function noteElsewhere(directory: string, place: string | null): void {
  const path = join(directory, NAME)
  if (place === null) rmSync(path, { force: true })
  else writeFileSync(path, `${place}\n`, { mode: 0o600 })
}

/** The place of the jobs; null: they are in this directory. */
export function readElsewhere(directory: string): string | null {
  const path = join(directory, NAME)
  return existsSync(path) ? readFileSync(path, "utf8").trim() : null
}
