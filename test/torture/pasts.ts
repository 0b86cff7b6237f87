// Directories that have lived: jobs that have ended and jobs that have not, in databases of every age and form.
import { copyFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { migrations } from "../../src/jobs/sqlite/database.ts"
import { copyToOlder } from "../older.ts"
import { openDatabase } from "../opendatabase.ts"
import { openSite, type Past, type Run } from "./site.ts"

/** Accepted before it is left; the provider takes long enough that some have not ended then. */
const JOBS = 80
const UNENDED_MAX = 40
const LIFE_MS_MAX = 15_000

/** Lets clients submit to a gateway until it is killed. What its directory holds then is at `path`, the log of writes included. */
export async function livePast(
  run: Run,
  name: string,
  { past, length = 400 }: { past?: Past; length?: number } = {},
): Promise<{ past: Past; directory: string; path: string }> {
  const directory = join(run.stage, name)
  const mix = { seed: run.seed, hasFaults: false, hasActs: false, hasOwnKeys: false, length, callMs: 250 }
  const more = past === undefined ? {} : { past }
  const site = await openSite(run, { directory, mix, unendedMax: UNENDED_MAX, ...more })
  await site.start()
  const goal = site.ledger.accepted() + JOBS
  site.load.submitting(true)
  await site.until(() => site.ledger.accepted() >= goal, LIFE_MS_MAX)
  return { past: await site.leave(), directory, path: join(directory, "asyncgate.db") }
}

/** What `VACUUM INTO` writes: a whole database that is not in WAL mode. */
export function backUp(path: string, backup: string): void {
  rmSync(backup, { force: true })
  const database = openDatabase(path)
  database.run("VACUUM INTO ?", [backup])
  database.close()
}

/** The same jobs in a database of each older schema version; none while there is only one. */
export function makeOlder(path: string, target: (version: number) => string): { version: number; path: string }[] {
  return migrations.slice(1).map((_, index) => {
    const version = index + 1
    const older = target(version)
    copyToOlder(path, older, version)
    return { version, path: older }
  })
}

/** Puts a database into a directory as a person would who restores it, with or without what lay beside the old one. */
export function restore(backup: string, directory: string, stale: string | null): void {
  const path = join(directory, "asyncgate.db")
  for (const ending of ["-wal", "-shm"]) {
    rmSync(`${path}${ending}`, { force: true })
    if (stale !== null) copyFileSync(`${stale}${ending}`, `${path}${ending}`)
  }
  copyFileSync(backup, path)
}
