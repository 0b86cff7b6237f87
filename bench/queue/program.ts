// The programs of the queue's benchmark, each in a process of its own: the gateway with a configuration, the upstream, the client.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { epochMs } from "../request.ts"
import type { Server, Stage } from "../stage.ts"
import type { Plan, Result } from "./client.ts"
import type { Manner, Report } from "./upstream.ts"

/** What every measurement gets. */
export interface Context {
  stage: Stage
  binary: string
}

/** A provider of config.json, as far as it differs from the defaults. */
export interface Provider {
  url: string
  keys?: { name: string; value: string }[]
  concurrency?: number
  maxRetries?: number
}

const CLIENT_MS_MAX = 120_000
const LOOK_EVERY_MS = 5

/** A directory whose gateway has these providers. */
export function appDirectory(stage: Stage, providers: Record<string, Provider>): string {
  const directory = stage.directory()
  const configured = Object.entries(providers).map(([name, { url, keys, concurrency, maxRetries }]) => [
    name,
    {
      ...(keys ? { keys } : {}),
      network_config: { base_url: url, ...(maxRetries === undefined ? {} : { max_retries: maxRetries }) },
      concurrency_and_buffer_size: concurrency === undefined ? {} : { concurrency },
    },
  ])
  writeFileSync(join(directory, "config.json"), JSON.stringify({ providers: Object.fromEntries(configured) }))
  return directory
}

export function startGateway({ stage, binary }: Context, appDir: string): Promise<Server> {
  return stage.serve([binary, "--port", "0", "--app-dir", appDir, "--log-style", "json"])
}

export function startUpstream(stage: Stage): Promise<Server> {
  return stage.serve([process.execPath, join(import.meta.dir, "upstream.ts")])
}

/** The address of a provider that answers in this way. */
export function readAddress(upstream: Server, manner: Manner): string {
  return `${upstream.url}/${manner}`
}

/** What the upstream has seen since it was asked last. */
export async function readReport(upstream: Server): Promise<Report> {
  return (await (await fetch(`${upstream.url}/report`)).json()) as Report
}

export async function callsOutAt(upstream: string): Promise<number> {
  return Number(await (await fetch(`${upstream}/out`)).text())
}

/** Lets a client in a process of its own carry out a plan. */
export async function client<P extends Plan>(stage: Stage, plan: P): Promise<Result<P>> {
  const command = [process.execPath, join(import.meta.dir, "client.ts"), JSON.stringify(plan)]
  // Without the variable Bun would hold back whatever goes beyond 256 requests at a time.
  const stdout = await stage.run(command, CLIENT_MS_MAX, { BUN_CONFIG_MAX_HTTP_REQUESTS: "65535" })
  return JSON.parse(stdout) as Result<P>
}

/** Waits for a condition by asking again and again; an error when it takes longer. */
export async function until(what: string, timeoutMs: number, isSo: () => Promise<boolean>): Promise<void> {
  for (const giveUpAt = epochMs() + timeoutMs; !(await isSo()); ) {
    if (epochMs() > giveUpAt) throw new Error(`${what}: not so after ${timeoutMs / 1000} s`)
    await Bun.sleep(LOOK_EVERY_MS)
  }
}
