// How long the commands take that a user types: each with one request beside curl with the same one, by turns.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { appDirectory, type Context, startGateway, submitOne } from "./gateway.ts"
import { CHAT, chatRequest } from "./request.ts"
import { computeSpread, median } from "./spread.ts"
import type { Measurement, Row } from "./table.ts"

const TURNS = 31
const MODEL = "instant/any"

/** What is beside each, and how often that may be taken. */
const RATIO_MAX = 2.5
const BARE_MS_MAX = 45

interface Timed {
  what: string
  command: string[]
  /** curl with the same request; null: it makes none. */
  curl: string[] | null
}

interface Times {
  wallMs: number[]
  /** Of the process alone: what else the machine does is not in it. */
  cpuMs: number[]
}

export async function measureCommands(context: Context): Promise<Measurement> {
  if (!Bun.which("curl")) return { rows: [], skipped: ["commands: curl is missing"], raw: {} }
  const appDir = appDirectory(context)
  const gateway = await startGateway(context, appDir)
  const { id } = JSON.parse(await submitOne(gateway, MODEL)) as { id: string }
  await (await fetch(`${gateway.url}/v1/async/jobs/${id}`, { headers: { prefer: "wait=60" } })).arrayBuffer()
  const body = join(appDir, "body.json")
  writeFileSync(body, chatRequest(MODEL))

  const listed = listCommands(context.binary, gateway.url, id, body)
  const times = new Map<string, Times>()
  for (let turn = 0; turn < TURNS; turn++) {
    for (const { what, command, curl } of listed) {
      await time(what, command, appDir, times)
      if (curl !== null) await time(`curl: ${what}`, curl, appDir, times)
    }
  }
  await gateway.stop()
  const rows = listed.flatMap(({ what, curl }): Row[] => {
    const own = times.get(what)
    const other = times.get(`curl: ${what}`)
    if (own === undefined) return []
    if (curl === null || other === undefined)
      return [{ what: `asyncgate ${what}`, measured: median(own.wallMs), unit: "ms", bar: { below: BARE_MS_MAX } }]
    const bar = { ratioAtMost: RATIO_MAX }
    return [
      { what: `asyncgate ${what}`, measured: median(own.wallMs), unit: "ms", beside: beside(other.wallMs), bar },
      { what: `asyncgate ${what}, processor`, measured: median(own.cpuMs), unit: "ms", beside: beside(other.cpuMs) },
    ]
  })
  const raw = Object.fromEntries(
    [...times].map(([what, { wallMs, cpuMs }]) => [
      what,
      { wallMs: computeSpread(wallMs), cpuMs: computeSpread(cpuMs) },
    ]),
  )
  return { rows, raw }
}

function beside(values: number[]) {
  return { what: "curl", measured: median(values) }
}

function listCommands(binary: string, url: string, id: string, body: string): Timed[] {
  const jobs = `${url}/v1/async/jobs`
  const own = (...args: string[]) => [binary, ...args]
  const curl = (...args: string[]) => ["curl", "-s", ...args]
  return [
    { what: "--version", command: own("--version"), curl: null },
    { what: "--help", command: own("--help"), curl: null },
    { what: "ps", command: own("ps"), curl: curl(`${jobs}?limit=20`) },
    { what: "get ID --json", command: own("get", id, "--json"), curl: curl(`${jobs}/${id}`) },
    { what: "get ID --request", command: own("get", id, "--request"), curl: curl(`${jobs}/${id}/request`) },
    { what: "cancel ID", command: own("cancel", id), curl: curl("-X", "POST", `${jobs}/${id}/cancel`) },
    { what: "stats", command: own("stats"), curl: curl(`${url}/v1/async/stats?window=10m`) },
    { what: "queues", command: own("queues"), curl: curl(`${url}/v1/async/queues`) },
    { what: "models", command: own("models"), curl: curl(`${url}/v1/models`) },
    {
      what: "submit",
      command: own("submit", "-m", MODEL, "Hello"),
      curl: curl("-H", "content-type: application/json", "-d", `@${body}`, url + CHAT),
    },
    {
      what: "__complete get",
      command: own("__complete", "bash", "9", "get", ""),
      curl: curl(`${jobs}?limit=100`),
    },
  ]
}

async function time(what: string, command: string[], appDir: string, times: Map<string, Times>): Promise<void> {
  const startedAt = performance.now()
  const child = Bun.spawn(command, {
    env: { PATH: process.env["PATH"] ?? "", HOME: appDir, APP_DIR: appDir },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  })
  const code = await child.exited
  if (code !== 0) throw new Error(`${what} ended with ${code}`)
  const known = times.get(what) ?? { wallMs: [], cpuMs: [] }
  known.wallMs.push(performance.now() - startedAt)
  known.cpuMs.push(Number(child.resourceUsage()?.cpuTime.total ?? Number.NaN) / 1000)
  times.set(what, known)
}
