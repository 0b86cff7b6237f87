// A restore is killed at each of its renames, removals, new directories and syncs, in turn: what it leaves is the old state as a
// whole, or one that a command makes into the new state as a whole, and no gateway starts between the two.

import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { chat, plainEnv, program } from "../harness.ts"
import { openDatabase } from "../opendatabase.ts"
import { startGateway } from "./process.ts"
import { progress, type Section } from "./report.ts"
import type { Run } from "./site.ts"

/** strace counts each by itself. A system has some of them only. */
const CALLS = [
  "rename",
  "renameat",
  "renameat2",
  "unlink",
  "unlinkat",
  "rmdir",
  "mkdir",
  "mkdirat",
  "fsync",
  "fdatasync",
]
/** More than a restore makes of each. */
const KILLS_MAX = 100

interface Past {
  directory: string
  backup: string
  /** In the backup and in the old state. */
  first: string
  /** In the old state alone. */
  later: string
}

export async function tortureByRestoreKills({ stage }: Run): Promise<Section[]> {
  const name = "restores that are killed"
  if (Bun.which("strace") === null) return [{ name, skipped: "there is no strace on this machine" }]
  const past = await makePast(stage)
  const broken: Record<string, string[]> = {}
  const ends = { "old state": 0, "new state": 0, "unfinished, then new": 0 }
  let kills = 0
  for (const call of CALLS) {
    for (let nth = 1; ; nth++) {
      progress(`restores: ${call} ${nth}`)
      const directory = join(stage, "killed-restore")
      rmSync(directory, { recursive: true, force: true })
      cpSync(past.directory, directory, { recursive: true })
      const injected = ["-e", `trace=?${call}`, "-e", `inject=?${call}:signal=SIGKILL:when=${nth}`]
      const trace = ["strace", "-f", "-qq", "-o", join(stage, "trace"), ...injected]
      const restore = [...program, "restore", past.backup, "--yes", "--app-dir", directory]
      const { code, text } = await runAlone([...trace, ...restore])
      if (code === 0) break
      if (code !== null && code !== 137) throw new Error(`strace or the restore failed: ${text}`)
      kills++
      const found = await lookAfter(directory, past)
      if (found in ends) ends[found as keyof typeof ends]++
      else {
        broken[found] ??= []
        broken[found].push(`${call} ${nth}: ${readdirSync(directory).join(" ")}`)
      }
      if (nth === KILLS_MAX) throw new Error(`a restore makes more than ${nth} calls of ${call}`)
    }
  }
  progress("")
  const calls = { total: 0, openAtKills: 0, extra: 0 }
  const verdict = { jobs: {}, failures: {}, callsPerJob: {}, calls, refusals: {}, broken }
  return [{ name, figures: { kills, ...ends }, verdict }]
}

/** A directory with two jobs, and a backup from the time of the first. */
async function makePast(stage: string): Promise<Past> {
  const directory = join(stage, "before-restores")
  const backup = join(stage, "before-restores.backup")
  mkdirSync(directory)
  const gateway = startGateway(directory, 0, join(stage, "before-restores.log"))
  const facts = await gateway.facts
  if (facts === null) throw new Error("the gateway did not start")
  const first = await submit(facts.url)
  const { code, text } = await runAlone([...program, "backup", backup, "--app-dir", directory])
  if (code !== 0) throw new Error(`no backup: ${text}`)
  const later = await submit(facts.url)
  await gateway.kill()
  return { directory, backup, first, later }
}

async function submit(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/async/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(chat()),
  })
  return ((await response.json()) as { id: string }).id
}

/** What the kill has left, in words. */
async function lookAfter(directory: string, { first, later }: Past): Promise<string> {
  const isUnfinished = existsSync(join(directory, "restoring"))
  if (isUnfinished) {
    const started = await runAlone([...program, "--app-dir", directory, "--port", "0"])
    if (started.code !== 1 || !started.text.includes("asyncgate restore --finish")) return "a gateway starts in between"
    const finished = await runAlone([...program, "restore", "--finish", "--app-dir", directory])
    if (finished.code !== 0) return `cannot be finished: ${finished.text}`
  }
  const kept = readdirSync(directory).find((name) => name.startsWith("before-restore-"))
  const here = listJobs(directory)
  if (!here.includes(first)) return "the job of both is lost"
  if (here.includes(later)) return isUnfinished || kept !== undefined ? "the old state is not whole" : "old state"
  if (kept === undefined || !listJobs(join(directory, kept)).includes(later)) return "the old state is lost"
  return isUnfinished ? "unfinished, then new" : "new state"
}

function listJobs(directory: string): string[] {
  const database = openDatabase(join(directory, "asyncgate.db"), { readonly: true })
  const rows = database.query<{ id: string }, []>("SELECT id FROM jobs").all()
  database.close()
  return rows.map(({ id }) => id)
}

async function runAlone(command: string[]): Promise<{ code: number | null; text: string }> {
  const child = Bun.spawn(command, { env: plainEnv(), stdin: "ignore", stdout: "pipe", stderr: "pipe" })
  const [text, more] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  await child.exited
  return { code: child.exitCode, text: text + more }
}
