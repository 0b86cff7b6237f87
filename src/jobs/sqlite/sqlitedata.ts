// Opens the data of a gateway on SQLite: the directory with its lock, and the connection for reads.
import { dirname, join } from "node:path"
import { FILES_DIRECTORY } from "../../batches/batch.ts"
import type { Log } from "../../log.ts"
import type { Data } from "../data.ts"
import { measureFile, openMappedReader, openReader } from "./database.ts"
import { claimDirectory } from "./directory.ts"
import { noteElsewhere } from "./elsewhere.ts"
import { createFileDirectory } from "./filedirectory.ts"
import { CHECKED_BYTES_MAX } from "./prepare.ts"
import { createReads, findSealed, readLatestIdTime } from "./sqlitereads.ts"

/**
 * @param onDamage called with a description when a query finds the database damaged
 * @throws {DataRefused}
 */
export function openSqliteData(appDir: string, log: Log, onDamage: (detail: string) => void): Data {
  const { databasePath, lock, announce, release } = claimDirectory(appDir, log.warn)
  process.on("exit", release)
  noteElsewhere(appDir, null)
  const reader = openReader(databasePath)
  const reads = createReads(reader, () => openMappedReader(databasePath), onDamage)
  return {
    reads,
    refresh: reads.refresh,
    fileBytes: createFileDirectory(join(dirname(databasePath), FILES_DIRECTORY)),
    sealed: findSealed(reader),
    proveKey: async () => {},
    readLatestIdTime: async () => readLatestIdTime(reader),
    uncheckedPath: measureFile(databasePath) > CHECKED_BYTES_MAX ? databasePath : null,
    engine: { kind: "sqlite", databasePath, lock },
    gateways: null,
    announce,
  }
}
