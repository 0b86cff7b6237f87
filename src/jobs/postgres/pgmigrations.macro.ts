// Runs while the program is transpiled or compiled, never at run time, so that the binary contains the migrations.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** A line of a migration, as `-- Oldest writer: 7`. */
const OLDEST_WRITER = /^-- Oldest writer: (\d+)$/m

export interface PgMigration {
  script: string
  /** The oldest schema version whose programs may write when this is done. Without a word of it all may. */
  oldestWriter: number
}

/** The migrations in their order. */
export function bundledPgMigrations(): PgMigration[] {
  const folder = join(import.meta.dir, "../../../drizzle/postgres")
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql"))
  return names.toSorted().map((name) => {
    const script = readFileSync(join(folder, name), "utf8")
    return { script, oldestWriter: Number(OLDEST_WRITER.exec(script)?.[1] ?? 1) }
  })
}
