// Runs while the program is transpiled or compiled, never at run time, so that the binary contains the migrations.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** The migrations in their order, each as SQL. */
export function bundledPgMigrations(): string[] {
  const folder = join(import.meta.dir, "../../../drizzle/postgres")
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql"))
  return names.toSorted().map((name) => readFileSync(join(folder, name), "utf8"))
}
