// The program as its next version would be: this one, with one more migration for PostgreSQL.
import { cpSync, readdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import manifest from "../package.json" with { type: "json" }
import { pgSchemaVersion } from "../src/jobs/postgres/pgmigrate.ts"

const home = join(import.meta.dir, "..")

export const nextVersion = "0.2.0"
export const nextSchemaVersion = pgSchemaVersion + 1

/** What only adds: programs of the version before go on writing. */
export const adding = "ALTER TABLE jobs ADD COLUMN tag text;\n"
/** What programs of the version before cannot live with. */
export const replacing = `-- Oldest writer: ${nextSchemaVersion}\n${adding}`

/** Makes it in a directory, from the source. @returns the command that starts it */
export function makeNextVersion(dir: string, migration: string): string[] {
  for (const name of ["src", "drizzle", "tsconfig.json", "tsconfig.program.json", "bunfig.toml"])
    cpSync(join(home, name), join(dir, name), { recursive: true })
  for (const name of ["node_modules", "dist", "types"]) symlinkSync(join(home, name), join(dir, name))
  const folder = join(dir, "drizzle/postgres")
  if (readdirSync(folder).length !== pgSchemaVersion) throw new Error("a migration has a file of its own")
  writeFileSync(join(folder, "9999_next.sql"), migration)
  writeFileSync(join(dir, "package.json"), JSON.stringify({ ...manifest, version: nextVersion }))
  return [process.execPath, join(dir, "src/main.ts")]
}
