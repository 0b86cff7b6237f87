// Runs while the program is transpiled or compiled, never at run time, so that the binary contains the migrations.
import { join } from "node:path"
import { readMigrationFiles } from "drizzle-orm/migrator"

export function bundledMigrations() {
  return readMigrationFiles({ migrationsFolder: join(import.meta.dir, "../../../drizzle") })
}
