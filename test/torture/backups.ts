// Backups are made while 500 jobs a second are submitted, and each is restored elsewhere: the gateway there starts, and has every job that
// was acknowledged before the backup began. How long submits take meanwhile is told beside how long they take without a backup.
import { mkdirSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { inLanes } from "../../bench/lanes.ts"
import { atPace } from "../../bench/pacer.ts"
import { computeSpread } from "../../bench/spread.ts"
import { CHAT, chat, plainEnv, program } from "../harness.ts"
import type { Verdict } from "./judge.ts"
import { startGateway } from "./process.ts"
import { progress, type Section } from "./report.ts"
import type { Run } from "./site.ts"

const PER_SECOND = 500
/** How long submits are measured without a backup. */
const CALM_SECONDS = 6
const BACKUPS = 2
/** Between one backup and the next. */
const REST_MS = 500
/** What the database holds before: jobs with long requests and answers. */
const OLD_JOBS = 1000
const OLD_CHARS = 60_000
const LANES = 16
const EXAMPLES_MAX = 5

interface Ack {
  id: string
  at: number
}

interface Taken {
  file: string
  beganAt: number
  ms: number
  bytes: number
}

export async function tortureByBackups({ stage }: Run): Promise<Section[]> {
  const directory = join(stage, "backed-up")
  mkdirSync(directory)
  const gateway = startGateway(directory, 0, join(stage, "backed-up.log"))
  const facts = await gateway.facts
  if (facts === null) throw new Error("the gateway did not start")
  const acks: Ack[] = []
  const broken: Record<string, string[]> = {}
  const complain = (kind: string, example: string) => {
    broken[kind] ??= []
    if (broken[kind].length < EXAMPLES_MAX) broken[kind].push(example)
  }
  progress("backup: filling")
  await inLanes(LANES, OLD_JOBS, () => submit(facts.url, OLD_CHARS, acks, complain).then(() => {}))
  const databaseBytes = statSync(join(directory, "asyncgate.db")).size
  progress("backup: submits without one")
  const calm = await submitAtPace(facts.url, acks, complain, () => Bun.sleep(CALM_SECONDS * 1000).then(() => []))
  progress("backup: submits beside backups")
  const busy = await submitAtPace(facts.url, acks, complain, () => takeBackups(directory, stage, complain))
  await gateway.kill()
  const lost: number[] = []
  for (const { file, beganAt } of busy.taken) {
    progress(`backup: restoring ${file}`)
    const owed = acks.filter(({ at }) => at < beganAt)
    lost.push(await restoreElsewhere(stage, file, owed, complain))
  }
  progress("")
  const figures = {
    "jobs acknowledged": acks.length,
    "database before, bytes": databaseBytes,
    "submits a second, without and with backups": `${Math.round(calm.perSecond)} and ${Math.round(busy.perSecond)}`,
    "submit p50, p99, max without, ms": describe(calm.ms),
    "submit p50, p99, max beside backups, ms": describe(busy.ms),
    "generator's lateness p99, without and with, ms": `${computeSpread(calm.late).p99.toFixed(1)} and ${computeSpread(busy.late).p99.toFixed(1)}`,
    "backups took, ms": busy.taken.map(({ ms }) => Math.round(ms)).join(", "),
    "backups, bytes": busy.taken.map(({ bytes }) => bytes).join(", "),
    "jobs owed by each": busy.taken.map(({ beganAt }) => acks.filter(({ at }) => at < beganAt).length).join(", "),
    "of these lost": lost.join(", "),
  }
  return [{ name: "backup under load", figures, verdict: makeVerdict(acks.length, broken) }]
}

function makeVerdict(accepted: number, broken: Verdict["broken"]): Verdict {
  const calls = { total: 0, openAtKills: 0, extra: 0 }
  return { jobs: { accepted }, failures: {}, callsPerJob: {}, calls, refusals: {}, broken }
}

function describe(ms: number[]): string {
  const { p50, p99, max } = computeSpread(ms)
  return [p50, p99, max].map((value) => value.toFixed(1)).join(", ")
}

type Complain = (kind: string, example: string) => void

async function submit(url: string, chars: number, acks: Ack[], complain: Complain): Promise<number> {
  const content = "x".repeat(chars)
  const startedAt = performance.now()
  const response = await fetch(url + CHAT, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(chat({ messages: [{ role: "user", content }], mock: { latency_ms: 100 } })),
  }).catch((error) => String(error))
  const ms = performance.now() - startedAt
  if (typeof response === "string" || response.status !== 202) {
    complain(
      "a submit refused",
      typeof response === "string" ? response : `${response.status} ${await response.text()}`,
    )
    return ms
  }
  const { id } = (await response.json()) as { id: string }
  acks.push({ id, at: Date.now() })
  return ms
}

/** Submits at that rate until `until` has ended. */
async function submitAtPace(url: string, acks: Ack[], complain: Complain, until: () => Promise<Taken[]>) {
  const ms: number[] = []
  const late: number[] = []
  let isOver = false
  const startedAt = performance.now()
  const ended = until().finally(() => {
    isOver = true
  })
  while (!isOver) {
    await atPace(PER_SECOND / 2, PER_SECOND, async (lateness) => {
      late.push(lateness)
      ms.push(await submit(url, 400, acks, complain))
    })
  }
  return { ms, late, taken: await ended, perSecond: (ms.length * 1000) / (performance.now() - startedAt) }
}

async function takeBackups(directory: string, stage: string, complain: Complain): Promise<Taken[]> {
  const taken: Taken[] = []
  for (let n = 0; n < BACKUPS; n++) {
    await Bun.sleep(REST_MS)
    const file = join(stage, `under-load-${n}.backup`)
    const beganAt = Date.now()
    const { code, text } = await runCommand(["backup", file, "--app-dir", directory, "--json"])
    if (code !== 0) complain("a backup failed", text)
    else taken.push({ file, beganAt, ms: Date.now() - beganAt, bytes: statSync(file).size })
  }
  return taken
}

async function runCommand(args: string[]): Promise<{ code: number; text: string }> {
  const child = Bun.spawn([...program, ...args], { env: plainEnv(), stdin: "ignore", stdout: "pipe", stderr: "pipe" })
  const [text, more, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, text: text + more }
}

/** @returns how many of the jobs are not there */
async function restoreElsewhere(stage: string, file: string, owed: Ack[], complain: Complain): Promise<number> {
  const directory = join(stage, "elsewhere")
  rmSync(directory, { recursive: true, force: true })
  const { code, text } = await runCommand(["restore", file, "--app-dir", directory, "--json"])
  if (code !== 0) {
    complain("a restore failed", text)
    return owed.length
  }
  const gateway = startGateway(directory, 0, join(stage, "elsewhere.log"))
  const facts = await gateway.facts
  if (facts === null) {
    complain("what was restored does not start", file)
    return owed.length
  }
  let lost = 0
  await inLanes(LANES, owed.length, async (index) => {
    const id = owed[index]?.id ?? ""
    const response = await fetch(`${facts.url}${CHAT}/${id}`, { headers: { prefer: "wait=60" } })
    const job = (await response.json()) as { status?: string }
    if (response.status === 404) {
      lost++
      complain("a job acknowledged before the backup began is not in it", id)
    } else if (job.status !== "completed")
      complain("a job has not succeeded", `${id} ${JSON.stringify(job).slice(0, 200)}`)
  })
  await gateway.kill()
  rmSync(directory, { recursive: true, force: true })
  return lost
}
