// The program under measurement, the upstreams it calls, and the loads that come from a process of their own.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { LoadReport, Plan } from "./load.ts"
import { CHAT, chatRequest } from "./request.ts"
import type { Server, Stage } from "./stage.ts"

/** What every measurement gets. */
export interface Context {
  stage: Stage
  binary: string
  upstreams: Upstreams
}

/** Each a provider of the gateway, answered by a process of its own after so many milliseconds. */
const delaysMs = { held: Number.POSITIVE_INFINITY, instant: 0, short: 50, long: 2000 }

export type Upstreams = Record<keyof typeof delaysMs, Server>

/** A bench must not meet the end of a queue. */
const QUEUE_MAX = 100_000_000

/** Of the rest the gateway's own default, 100. */
const concurrency: Partial<Record<keyof typeof delaysMs, number>> = { held: 1, long: 2000 }

const LOAD_MS_MAX = 60_000

export async function startUpstreams(stage: Stage): Promise<Upstreams> {
  const start = async ([name, delayMs]: [string, number]) =>
    [name, await stage.serve([process.execPath, join(import.meta.dir, "upstream.ts"), String(delayMs)])] as const
  return Object.fromEntries(await Promise.all(Object.entries(delaysMs).map(start))) as Upstreams
}

/** A gateway with an empty database. */
export function startGateway({ stage, binary, upstreams }: Context): Promise<Server> {
  const appDir = stage.directory()
  const providers = Object.fromEntries(
    Object.entries(upstreams).map(([name, { url }]) => {
      const calls = concurrency[name as keyof Upstreams] ?? 100
      return [
        name,
        {
          network_config: { base_url: url },
          concurrency_and_buffer_size: { concurrency: calls, buffer_size: QUEUE_MAX },
        },
      ]
    }),
  )
  writeFileSync(join(appDir, "config.json"), JSON.stringify({ providers }))
  return stage.serve([binary, "--port", "0", "--app-dir", appDir, "--log-style", "json"])
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
export async function load(stage: Stage, plan: Plan): Promise<LoadReport> {
  const command = [process.execPath, join(import.meta.dir, "load.ts"), JSON.stringify(plan)]
  // Without the variable Bun would hold back whatever goes beyond 256 requests at a time.
  const stdout = await stage.run(command, LOAD_MS_MAX, { BUN_CONFIG_MAX_HTTP_REQUESTS: "65535" })
  const report = JSON.parse(stdout) as LoadReport
  if (report.failed > 0) throw new Error(`${report.failed} of ${plan.jobs} jobs of ${plan.model} did not complete`)
  return report
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
