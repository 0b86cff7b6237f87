// The program under measurement, the upstreams it calls, and the loads that come from a process of their own.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { CallReport, Calls } from "./caller.ts"
import type { LoadReport, Plan } from "./load.ts"
import { CHAT, chatRequest } from "./request.ts"
import type { Environment, Server, Stage } from "./stage.ts"
import type { Report } from "./upstream.ts"

/** What every measurement gets. */
export interface Context {
  stage: Stage
  binary: string
  upstreams: Upstreams
  /** Given on the command line: how long a soak goes on; null: the short one. */
  soakMinutes: number | null
}

/** Each is answered by a process of its own after so many milliseconds. */
const delaysMs = { held: Number.POSITIVE_INFINITY, instant: 0, short: 50, long: 2000 }

export type Upstreams = Record<keyof typeof delaysMs, Server>

/** A bench must not meet the end of a queue. */
const QUEUE_MAX = 100_000_000

/** The providers, of the gateway and its peers: who answers, and how many calls it may have out. `short` has the gateway's own default. */
const providers: Record<string, { upstream: keyof Upstreams; calls: number }> = {
  held: { upstream: "held", calls: 1 },
  instant: { upstream: "instant", calls: 64 },
  /** For streams, all of which are to be open at the same time. */
  open: { upstream: "instant", calls: 1000 },
  single: { upstream: "instant", calls: 1 },
  short: { upstream: "short", calls: 100 },
  long: { upstream: "long", calls: 5000 },
}

const LOAD_MS_MAX = 60_000

export async function startUpstreams(stage: Stage): Promise<Upstreams> {
  const start = async ([name, delayMs]: [string, number]) =>
    [name, await stage.serve([process.execPath, join(import.meta.dir, "upstream.ts"), String(delayMs)])] as const
  return Object.fromEntries(await Promise.all(Object.entries(delaysMs).map(start))) as Upstreams
}

/** What an upstream has seen since it was asked last. */
export async function readReport(upstream: Server): Promise<Report> {
  return (await (await fetch(`${upstream.url}/report`)).json()) as Report
}

/** Where each provider is, and how many calls it may have out. */
export function makeProviders({ upstreams }: Context): Record<string, { url: string; concurrency: number }> {
  return Object.fromEntries(
    Object.entries(providers).map(([name, { upstream, calls }]) => [
      name,
      { url: upstreams[upstream].url, concurrency: calls },
    ]),
  )
}

/** A directory for a gateway, with an empty database. */
export function appDirectory(context: Context): string {
  const directory = context.stage.directory()
  const configured = Object.entries(makeProviders(context)).map(([name, { url, concurrency }]) => [
    name,
    {
      network_config: { base_url: url },
      concurrency_and_buffer_size: { concurrency, buffer_size: QUEUE_MAX },
    },
  ])
  writeFileSync(join(directory, "config.json"), JSON.stringify({ providers: Object.fromEntries(configured) }))
  return directory
}

export function startGateway(
  context: Context,
  appDir = appDirectory(context),
  environment: Environment = {},
): Promise<Server> {
  const command = [context.binary, "--port", "0", "--app-dir", appDir, "--log-style", "json"]
  return context.stage.serve(command, environment)
}

/** Submits one job; the 202's text. */
export async function submitOne(gateway: Server, model: string): Promise<string> {
  const response = await fetch(gateway.url + CHAT, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: chatRequest(model),
  })
  if (response.status !== 202) throw new Error(`submit answered ${response.status}: ${await response.text()}`)
  return response.text()
}

/** Lets the generator carry out a plan. A job that does not complete is an error: its speed says nothing. */
export async function load(stage: Stage, plan: Plan, timeoutMs = LOAD_MS_MAX): Promise<LoadReport> {
  const report = await tryLoad(stage, plan, timeoutMs)
  if (report.failed > 0) throw new Error(`${report.failed} of ${plan.jobs} jobs of ${plan.model} did not complete`)
  return report
}

/** The same, but that jobs may fail. */
export async function tryLoad(stage: Stage, plan: Plan, timeoutMs = LOAD_MS_MAX): Promise<LoadReport> {
  const command = [process.execPath, join(import.meta.dir, "load.ts"), JSON.stringify(plan)]
  // Without the variable Bun would hold back whatever goes beyond 256 requests at a time.
  const stdout = await stage.run(command, timeoutMs, { BUN_CONFIG_MAX_HTTP_REQUESTS: "65535" })
  return JSON.parse(stdout) as LoadReport
}

/** Makes calls from a process of their own. */
export async function call(stage: Stage, calls: Calls): Promise<CallReport> {
  const command = [process.execPath, join(import.meta.dir, "caller.ts"), JSON.stringify(calls)]
  return JSON.parse(await stage.run(command, LOAD_MS_MAX)) as CallReport
}

/** The resident memory of a process, in units of 1024 * 1024 bytes. */
export function memoryMb(pid: number): number {
  return residentKb(pid) / 1024
}

function residentKb(pid: number): number {
  if (process.platform === "linux") {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1])
  }
  return Number(Bun.spawnSync(["ps", "-o", "rss=", "-p", String(pid)]).stdout.toString())
}
