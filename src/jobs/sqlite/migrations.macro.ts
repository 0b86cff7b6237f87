// Runs when the program is transpiled or compiled, never inside it: the binary carries its migrations.
import { join } from "node:path"
import { readMigrationFiles } from "drizzle-orm/migrator"

export function bundledMigrations() {
  return readMigrationFiles({ migrationsFolder: join(import.meta.dir, "../../../drizzle") })
}
