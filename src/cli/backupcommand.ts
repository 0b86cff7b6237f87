// The command backup: everything of a gateway in one file.
import { join } from "node:path"
import { systemClock } from "../clock.ts"
import { findAppDir } from "../config/appdir.ts"
import { readElsewhere } from "../jobs/sqlite/elsewhere.ts"
import { type Backup, backUp } from "./backupfile.ts"
import { CommandError } from "./exitcodes.ts"
import { type Input, isSet, readText } from "./input.ts"
import { inLine } from "./terminal.ts"
import { formatBytes } from "./texts.ts"

export async function run(input: Input): Promise<number> {
  const { terminal, words, env } = input
  process.umask(0o077)
  const appDir = findAppDir(readText(input, "appDir"), env)
  refuseElsewhere(appDir)
  const file = words[0] ?? nameBackup()
  if (file === "") throw new CommandError("usage", "the name of the backup is empty: write one, or none")
  if (file === "-") throw new CommandError("usage", "a backup is a file: write a name instead of -")
  terminal.progress(`copying ${join(appDir, "asyncgate.db")}`)
  const backup = await backUp(appDir, file)
  const missing = describeMissing(backup)
  terminal.show(isSet(input, "json") ? `${JSON.stringify({ ...backup, missing })}\n` : draw(backup))
  if (missing !== null) terminal.say(missing)
  return 0
}

/** A database on a server has tools of its own. @throws {CommandError} failed */
export function refuseElsewhere(appDir: string): void {
  const place = readElsewhere(appDir)
  if (place === null) return
  const what = `the jobs of ${appDir} are in ${place}, which backup and restore do not touch`
  throw new CommandError(
    "failed",
    `${what}: use pg_dump and pg_restore for the schema asyncgate, and copy config.json, the keys and the files of that directory`,
  )
}

/** In the current directory, as asyncgate-20260102T030405Z.backup. */
function nameBackup(): string {
  const now = new Date(systemClock.wall()).toISOString()
  return `asyncgate-${now.slice(0, 19).replace(/[-:]/g, "")}Z.backup`
}

function draw({ path, bytes, jobs, files, uploads, schema }: Backup): string {
  const lines = [
    ["backup", `${path} (${formatBytes(bytes)}, schema version ${schema}), checked`],
    ["jobs", describeJobs(jobs)],
    ["files", files.length === 0 ? "none" : files.join(", ")],
    ...(uploads.count === 0
      ? []
      : [["uploads", `${uploads.count} files of batches and others, ${formatBytes(uploads.bytes)}`]]),
  ]
  return lines.map(([name = "", text = ""]) => `${name.padEnd(8)} ${inLine(text)}\n`).join("")
}

/** As `3 queued, 12 succeeded`. */
export function describeJobs(jobs: Backup["jobs"]): string {
  const counts = Object.entries(jobs).map(([state, count]) => `${count} ${state}`)
  return counts.length === 0 ? "none" : counts.join(", ")
}

/** What a gateway elsewhere needs that is not in the backup; null: nothing. */
function describeMissing({ files, sealed }: Backup): string | null {
  if (sealed === 0 || files.includes("encryption.key")) return null
  return `${sealed} jobs, batches or webhook endpoints hold a secret, and there is no encryption.key: keep the value of ASYNCGATE_ENCRYPTION_KEY beside the backup`
}
