// The command restore: a backup in place of what is there.
import { findAppDir } from "../config/appdir.ts"
import { describeJobs, refuseElsewhere } from "./backupcommand.ts"
import { checkKeys } from "./doctordata.ts"
import { checkConfig, tryTo } from "./doctorhere.ts"
import { CommandError } from "./exitcodes.ts"
import { type Input, isSet, readText } from "./input.ts"
import { type CheckedBackup, checkBackup, finishRestore, holdsData, restoreTo } from "./restore.ts"
import { inLine } from "./terminal.ts"

export async function run(input: Input): Promise<number> {
  const { terminal, words, env } = input
  process.umask(0o077)
  const appDir = findAppDir(readText(input, "appDir"), env)
  refuseElsewhere(appDir)
  const [file] = words
  if ((file === undefined) !== isSet(input, "finish"))
    throw new CommandError("usage", "write the backup's file, or --finish alone: asyncgate restore FILE")
  if (file === undefined) {
    const kept = finishRestore(appDir)
    terminal.show(isSet(input, "json") ? print(appDir, kept) : draw(appDir, kept))
    for (const obstacle of await listObstacles(appDir, input)) terminal.say(obstacle)
    return 0
  }
  terminal.progress(`checking ${file}`)
  const backup = checkBackup(file)
  confirm(backup, appDir, input)
  terminal.progress(`unpacking ${file}`)
  const kept = restoreTo(appDir, backup)
  terminal.show(isSet(input, "json") ? print(appDir, kept, backup) : draw(appDir, kept, backup))
  for (const hint of [...listHints(backup), ...(await listObstacles(appDir, input))]) terminal.say(hint)
  return 0
}

/** @throws {CommandError} usage: nobody has agreed */
function confirm({ madeAt, jobs }: CheckedBackup, appDir: string, input: Input): void {
  const { terminal } = input
  if (isSet(input, "yes") || !holdsData(appDir)) return
  const what = `what is in ${appDir} will be replaced by the backup of ${madeAt} (jobs: ${describeJobs(jobs)}), and kept beside it`
  if (!terminal.canAsk) throw new CommandError("usage", `${what}: add --yes to do it`)
  if (terminal.confirm(`${what}. Go on?`)) return
  throw new CommandError("failed", "nothing was changed")
}

function print(appDir: string, kept: string | null, backup?: CheckedBackup): string {
  const from = backup && {
    backup: backup.path,
    made_at: backup.madeAt,
    version: backup.version,
    jobs: backup.jobs,
    files: [...backup.files.keys()],
  }
  return `${JSON.stringify({ app_dir: appDir, kept, ...from })}\n`
}

function draw(appDir: string, kept: string | null, backup?: CheckedBackup): string {
  const lines = [
    ["restored", backup ? `${appDir}, from a backup of ${backup.madeAt} by asyncgate ${backup.version}` : appDir],
    ...(backup ? [["jobs", describeJobs(backup.jobs)]] : []),
    ...(kept === null ? [] : [["before", `${kept} has what was there; remove it when all is well`]]),
  ]
  return lines.map(([name = "", text = ""]) => `${name.padEnd(8)} ${inLine(text)}\n`).join("")
}

/** Why no gateway would start with the files that the backup had beside its database, in the environment of this command. */
async function listObstacles(appDir: string, input: Input): Promise<string[]> {
  const results = [
    ...(await tryTo("config", () => checkConfig(appDir, input).results)),
    ...(await tryTo("keys", () => checkKeys(appDir, input.env, null))),
  ]
  const errors = results.filter(({ state }) => state === "error")
  return errors.map(
    ({ says, remedy }) => `no gateway starts with it: ${says}${remedy === undefined ? "" : `: ${remedy}`}`,
  )
}

function listHints({ files, sealed, jobs }: CheckedBackup): string[] {
  const unended = ["queued", "running", "waiting"].reduce((sum, state) => sum + (jobs[state] ?? 0), 0)
  return [
    ...(unended > 0
      ? [`${unended} jobs had not ended: they go on when the gateway starts, also where another gateway still has them`]
      : []),
    ...(sealed > 0 && !files.has("encryption.key")
      ? [`${sealed} of them need the ASYNCGATE_ENCRYPTION_KEY that they were accepted with`]
      : []),
    ...(files.has("admin-token")
      ? ["the admin token is that of the backup: asyncgate admin-token rotate makes another"]
      : []),
  ]
}
