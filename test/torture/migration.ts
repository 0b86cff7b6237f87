// Starts that change the database before they serve are killed while they do: a new schema, a switch to WAL, a first table.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { openDatabase } from "../opendatabase.ts"
import { type Life, live } from "./lives.ts"
import { backUp, livePast, makeOlder, restore } from "./pasts.ts"
import type { Section } from "./report.ts"
import type { Run } from "./site.ts"

const ROUNDS = 12

export async function tortureByMigrations(run: Run): Promise<Section[]> {
  const { past, path } = await livePast(run, "before-migration")
  const backup = join(run.stage, "migration-backup.db")
  backUp(path, backup)
  const older = makeOlder(backup, (version) => join(run.stage, `version-${version}.db`))
  const kinds: Pick<Life, "name" | "past" | "prepare">[] = [
    { name: "empty file", prepare: (directory) => writeFileSync(join(directory, "asyncgate.db"), "") },
    { name: "no schema", prepare: makeBare },
    { name: "journal mode delete", past, prepare: (directory) => restore(backup, directory, null) },
    ...older.map(({ version, path: source }) => ({
      name: `schema version ${version}`,
      past,
      prepare: (directory: string) => restore(source, directory, null),
    })),
  ]
  const sections: Section[] = []
  for (const kind of kinds) {
    const lives = Array.from(
      { length: ROUNDS },
      (_, number): Life => ({
        ...kind,
        name: `${kind.name.replaceAll(" ", "-")}-${number}`,
        seed: run.seed + number,
        earlyShare: 0.9,
      }),
    )
    sections.push(await live(run, `migration: ${kind.name}`, lives))
  }
  return sections
}

/** A database of version 0 that holds nothing, and is not in WAL mode. */
function makeBare(directory: string): void {
  const database = openDatabase(join(directory, "asyncgate.db"))
  database.run("CREATE TABLE bare (empty)")
  database.run("DROP TABLE bare")
  database.close()
}
