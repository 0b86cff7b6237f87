// Opens the data of a gateway, with what has to be done to it once it is open.
import { systemClock } from "./clock.ts"
import type { Config } from "./config/load.ts"
import type { Data } from "./jobs/data.ts"
import { openSqliteData } from "./jobs/sqlite/sqlitedata.ts"
import type { Log } from "./log.ts"

/**
 * Opens a database in the app directory, or one on a server, whose part of the program is loaded only then.
 * @param stopIfAsked ends the process if it was asked to stop: called while it waits for another gateway
 */
export async function openData(
  { appDir, database }: Config<unknown>,
  log: Log,
  stopIfAsked: () => void,
  onDamage: (detail: string) => void,
): Promise<Data> {
  if (database === null) return openSqliteData(appDir, log, onDamage)
  const { openPgData } = await import("./jobs/postgres/pgdata.ts")
  return await openPgData(appDir, database, log, systemClock, stopIfAsked)
}

/** Deletes what an interrupted upload has left. */
export async function deleteOrphans({ reads, fileBytes }: Data, log: Log): Promise<void> {
  const count = await fileBytes.removeOthers(new Set(await reads.fileIds()))
  if (count > 0) log.info("files that were not complete are deleted", { count })
}
