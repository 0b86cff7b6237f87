// What every hostile measurement stands on: a gateway with a provider that does what no provider should, and what the system says of it.
import { Database } from "bun:sqlite"
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { CHAT } from "../request.ts"
import type { Spread } from "../spread.ts"
import type { Server, Stage } from "../stage.ts"
import type { Body, Sent } from "./sender.ts"
import type { Calls } from "./upstream.ts"

const MB = 1_000_000
const IDLE_MS = 1000
const SEND_MS = 3000
/** The virtual key that is known here. */
export const KEY = "sk-bf-hostile-measurements"

export interface Target {
  gateway: Server
  upstream: Server
  directory: string
}

/** @param client members of `client` in the configuration, `key` of the virtual key */
export async function open(
  stage: Stage,
  binary: string,
  { client = {}, key = {}, concurrency = 64 }: { client?: object; key?: object; concurrency?: number } = {},
): Promise<Target & { close(): Promise<void> }> {
  const upstream = await stage.serve([process.execPath, join(import.meta.dir, "upstream.ts")])
  const directory = stage.directory()
  const names = ["instant", "limited", "held", "large", "wordy"]
  const provider = (name: string) => ({
    network_config: { base_url: `${upstream.url}/${name}`, max_retries: 0 },
    concurrency_and_buffer_size: { concurrency, buffer_size: 1_000_000 },
  })
  const config = {
    client,
    providers: Object.fromEntries(names.map((name) => [name, provider(name)])),
    governance: { virtual_keys: [{ id: "known", name: "known", value: KEY, ...key }] },
  }
  writeFileSync(join(directory, "config.json"), JSON.stringify(config))
  const command = [binary, "--port", "0", "--app-dir", directory, "--log-style", "json"]
  const gateway = await stage.serve(command)
  await submit(gateway.url, "instant/any", { "x-bf-vk": KEY })
  return {
    gateway,
    upstream,
    directory,
    async close() {
      await gateway.stop()
      await upstream.stop()
    },
  }
}

/** Submits one chat; its status and how many milliseconds that took. */
export async function submit(
  url: string,
  model: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; ms: number; text: string }> {
  const startedAt = performance.now()
  const response = await fetch(url + CHAT, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] }),
  })
  const text = await response.text()
  return { status: response.status, ms: performance.now() - startedAt, text }
}

/** What was sent while somebody asked for `/health`, and how long that took. */
export interface Watched {
  sent: Sent[]
  healthMs: Spread
  /** The same just before, with nothing to do. */
  idleMs: Spread
}

/** Sends the bodies at the same time, and again until so much time has passed: what is refused at once would else be over before it is seen. */
export async function sendWatched(stage: Stage, { gateway }: Target, bodies: Body[]): Promise<Watched> {
  const run = (name: string, ...args: string[]) => stage.serve([process.execPath, join(import.meta.dir, name), ...args])
  const sender = await run("sender.ts")
  const watcher = await run("watcher.ts", gateway.url)
  const report = async () => (await (await fetch(watcher.url)).json()) as Spread
  await report()
  await Bun.sleep(IDLE_MS)
  const idleMs = await report()
  const sent: Sent[] = []
  const startedAt = performance.now()
  do {
    const response = await fetch(sender.url, { method: "POST", body: JSON.stringify(bodies), timeout: false })
    sent.push(...((await response.json()) as Sent[]))
  } while (performance.now() - startedAt < SEND_MS)
  const healthMs = await report()
  await watcher.stop()
  await sender.stop()
  return { sent, healthMs, idleMs }
}

export async function readCalls({ upstream }: Target): Promise<Calls> {
  return (await (await fetch(`${upstream.url}/report`)).json()) as Calls
}

/** What the files of the directory take, in units of a million bytes. */
export function readStoredMb({ directory }: Target): number {
  const sizes = readdirSync(directory).map(
    (name) => statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0,
  )
  return sizes.reduce((sum, size) => sum + size, 0) / MB
}

/** What of the store is in use, in units of a million bytes: without the log of writes, and without pages that are free again. */
export function readKeptMb(target: Target): number {
  const pages = queryNumber(target, "PRAGMA page_count") - queryNumber(target, "PRAGMA freelist_count")
  return (pages * queryNumber(target, "PRAGMA page_size")) / MB
}

/** What the process has caused to be written to disks, in units of a million bytes. */
export function readWrittenMb({ gateway }: Target): number {
  return readNumber(`/proc/${gateway.pid}/io`, /^write_bytes: (\d+)$/m) / MB
}

/** Makes the present memory the peak, and says what it is: units of 1024 * 1024 bytes. */
export function startPeak({ gateway }: Target): number {
  writeFileSync(`/proc/${gateway.pid}/clear_refs`, "5")
  return readNumber(`/proc/${gateway.pid}/status`, /^VmRSS:\s+(\d+) kB$/m) / 1024
}

/** The most memory since then. */
export function readPeakMb({ gateway }: Target): number {
  return readNumber(`/proc/${gateway.pid}/status`, /^VmHWM:\s+(\d+) kB$/m) / 1024
}

function readNumber(path: string, pattern: RegExp): number {
  return Number(pattern.exec(readFileSync(path, "utf8"))?.[1])
}

/** The first number of a query of the gateway's store. */
export function queryNumber({ directory }: Target, sql: string): number {
  const database = new Database(join(directory, "asyncgate.db"), { readonly: true })
  database.run("PRAGMA busy_timeout = 2000")
  const [value] = Object.values(database.query<Record<string, number>, []>(sql).get() ?? {})
  database.close()
  return value ?? 0
}

/** Waits until a condition holds; false: it did not within that time. */
export async function until(condition: () => boolean | Promise<boolean>, msMax: number): Promise<boolean> {
  const startedAt = performance.now()
  while (!(await condition())) {
    if (performance.now() - startedAt > msMax) return false
    await Bun.sleep(20)
  }
  return true
}
