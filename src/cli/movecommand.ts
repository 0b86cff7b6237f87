// The command migrate-to: moves the jobs of a directory, with all that belongs to them, into an empty PostgreSQL database.
import { existsSync, mkdirSync, renameSync } from "node:fs"
import { dirname, join } from "node:path"
import { SetupRefused } from "../auth/privatefiles.ts"
import { encryptionKey } from "../auth/sealing.ts"
import { FILES_DIRECTORY } from "../batches/batch.ts"
import { findAppDir } from "../config/appdir.ts"
import type { Env } from "../config/variables.ts"
import { claimDirectory } from "../jobs/sqlite/directory.ts"
import { noteElsewhere } from "../jobs/sqlite/elsewhere.ts"
import { openExport } from "../jobs/sqlite/exporting.ts"
import { createFileDirectory } from "../jobs/sqlite/filedirectory.ts"
import { lookAt } from "../jobs/sqlite/snapshot.ts"
import { DataRefused, StoreError } from "../jobs/storeerror.ts"
import { refuseElsewhere } from "./backupcommand.ts"
import { CommandError } from "./exitcodes.ts"
import { type Input, isSet, readText } from "./input.ts"
import { stampTime } from "./restore.ts"

const DATABASE = "asyncgate.db"

export async function run(input: Input): Promise<number> {
  const { terminal, words, env } = input
  process.umask(0o077)
  const appDir = findAppDir(readText(input, "appDir"), env)
  // In the list of processes a password in an argument is seen by everybody.
  const url = words[0] ?? env["ASYNCGATE_DATABASE"] ?? ""
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    throw new CommandError("usage", "name the database, as postgres://user:password@host:5432/name")
  }
  refuseElsewhere(appDir)
  if (!existsSync(join(appDir, DATABASE))) throw new CommandError("failed", `there is no ${DATABASE} in ${appDir}`)
  const { place, moved, kept } = await move(appDir, url, env).catch(explain)
  const jobs = moved.rows["jobs"] ?? 0
  terminal.show(
    isSet(input, "json")
      ? `${JSON.stringify({ database: place, ...moved, kept })}\n`
      : `${jobs} jobs and ${moved.files} files are in ${place} now. What was here lies in ${kept}; delete it when you no longer need it.\n`,
  )
  terminal.say("start the gateway with --database, or with ASYNCGATE_DATABASE, and the same address")
  return 0
}

async function move(appDir: string, url: string, env: Env) {
  const { moveToPostgres } = await import("../jobs/postgres/pgimport.ts")
  const { describeAddress, preparePostgres } = await import("../jobs/postgres/pgschema.ts")
  const { proveKey } = await import("../jobs/postgres/pgdata.ts")
  const place = describeAddress(url)
  // No gateway starts here meanwhile.
  const { databasePath, release } = claimDirectory(appDir)
  try {
    const key = encryptionKey(appDir, env["ASYNCGATE_ENCRYPTION_KEY"], lookAt(databasePath).secrets)
    await preparePostgres(url, place)
    const source = openExport(databasePath)
    const files = createFileDirectory(join(dirname(databasePath), FILES_DIRECTORY))
    const moved = await moveToPostgres(url, source, files, (ask) => proveKey(ask, key, false)).finally(source.close)
    const kept = putAside(appDir)
    noteElsewhere(appDir, place)
    return { place, moved, kept }
  } finally {
    release()
  }
}

/** A gateway that is started here without the address must not do the same jobs again. @returns the directory where they lie */
function putAside(appDir: string): string {
  const kept = join(appDir, `before-move-${stampTime()}`)
  mkdirSync(kept, { mode: 0o700 })
  for (const name of [DATABASE, `${DATABASE}-wal`, `${DATABASE}-shm`, FILES_DIRECTORY]) {
    if (existsSync(join(appDir, name))) renameSync(join(appDir, name), join(kept, name))
  }
  return kept
}

function explain(error: unknown): never {
  if (error instanceof DataRefused || error instanceof SetupRefused) throw new CommandError("failed", error.message)
  if (error instanceof StoreError) {
    throw new CommandError("failed", `nothing was moved: ${error.message} (${error.code}). Send the command again.`)
  }
  throw error
}
