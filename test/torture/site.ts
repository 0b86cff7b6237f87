// One gateway under load: its directory, its process, the clients and what they know. Every part of a run is made of these.
import { Database } from "bun:sqlite"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { judge, type Kill, type Verdict } from "./judge.ts"
import { createLedger, isOver, type Ledger, name } from "./ledger.ts"
import { startLoad } from "./load.ts"
import type { Mix } from "./plan.ts"
import { type Child, startGateway, startUpstream } from "./process.ts"
import type { Call } from "./upstream.ts"

/** What every part of a run gets. */
export interface Run {
  /** A directory for everything that is made, removed at the end. */
  stage: string
  seed: number
}

export interface SiteOptions {
  directory: string
  mix: Mix
  /** Members of `client` in the configuration. */
  client?: Record<string, unknown>
  env?: Record<string, string>
  /** How many accepted jobs may be without an end at one time. */
  unendedMax?: number
}

/** After the last start every job must have ended within this. */
const END_MS_MAX = 10_000
/** Jobs that are stuck are waited for so much longer, to tell slow from never. */
const PATIENCE = 3
const START_MS_MAX = 10_000
const UNENDED_MAX = 1500

export type Site = Awaited<ReturnType<typeof openSite>>

export async function openSite(
  { stage }: Run,
  { directory, mix, client, env = {}, unendedMax = UNENDED_MAX }: SiteOptions,
) {
  const provider = startUpstream()
  const upstream = await provider.facts
  if (upstream === null) throw new Error("the upstream did not start")
  const logPath = join(stage, `${basename(directory)}.log`)
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, "config.json"), JSON.stringify(configOf(upstream, client)))
  writeFileSync(logPath, "")
  const ledger = createLedger()
  const load = startLoad({ mix, ledger, unendedMax })
  const kills: Kill[] = []
  const startsMs: number[] = []
  let port = 0
  let gateway: Child | undefined
  let peakMb = 0

  return {
    ledger,
    load,
    kills,
    startsMs,
    logPath,
    peakMb: () => peakMb,

    /** Begins a start, and does not wait for it. */
    spawn(): Child {
      gateway = startGateway(directory, port, logPath, env)
      return gateway
    },

    /** Starts it and lets the clients in. Null: it ended instead, and the log says why. */
    async tryStart(): Promise<Child | null> {
      const child = this.spawn()
      const timer = setTimeout(() => child.kill(), START_MS_MAX)
      const facts = await child.facts
      clearTimeout(timer)
      if (facts === null) return null
      startsMs.push(Date.now() - child.startedAt)
      port = Number(new URL(facts.url).port)
      load.goTo(facts.url)
      return child
    },

    async start(): Promise<Child> {
      const child = await this.tryStart()
      if (child === null) throw new Error(`the gateway did not start: ${this.lastWords()}`)
      return child
    },

    lastWords: () => readFileSync(logPath, "utf8").slice(-1000).trim(),

    /** @param unstoredSince since when nothing could be stored */
    async kill(unstoredSince?: number): Promise<void> {
      if (gateway === undefined) return
      peakMb = Math.max(peakMb, peakOf(gateway.pid))
      const at = await gateway.kill()
      kills.push(unstoredSince === undefined ? { at } : { at, unstoredSince })
      load.goTo(null)
    },

    /** Waits until a condition holds; after how many milliseconds it did, or null. */
    until,

    /** Lets every job end, asks for each once more and ends the gateway. How long after `since` the last one ended, and the verdict. */
    async finish(since: number): Promise<{ endedAfterMs: number | null; verdict: Verdict }> {
      load.submitting(false)
      const endedAfterMs = await settle(ledger, since)
      const path = join(directory, "asyncgate.db")
      // Jobs that no client knows of, because their submit was cut off, end too.
      if ((await until(() => openRows(path) === 0, END_MS_MAX)) === null) {
        ledger.problem("STUCK", `${openRows(path)} rows of the store have no end`)
      }
      await load.sweep()
      await load.stop()
      const calls = (await (await fetch(`${upstream.url}/calls`)).json()) as Call[]
      const verdict = judge(ledger, calls, kills, path)
      if (gateway) {
        peakMb = Math.max(peakMb, peakOf(gateway.pid))
        await gateway.kill()
      }
      await provider.kill()
      return { endedAfterMs, verdict }
    },
  }
}

export async function until(condition: () => boolean | Promise<boolean>, msMax: number): Promise<number | null> {
  const since = Date.now()
  while (!(await condition())) {
    if (Date.now() - since > msMax) return null
    await Bun.sleep(5)
  }
  return Date.now() - since
}

/** Three providers at one address: one for most, one whose calls are given up soon, one that is not tried again for long. */
function configOf(upstream: { url: string }, client: Record<string, unknown> = {}): object {
  const provider = (network: object, concurrency: number) => ({
    network_config: { base_url: upstream.url, retry_backoff_initial: 20, retry_backoff_max: 200, ...network },
    concurrency_and_buffer_size: { concurrency, buffer_size: 1_000_000 },
  })
  return {
    // Nothing is to expire in a run.
    client: { async_job_result_ttl: 7 * 86_400, ...client },
    providers: {
      up: provider({ default_request_timeout_in_seconds: 60, max_retries: 50 }, 100),
      slow: provider({ default_request_timeout_in_seconds: 1, max_retries: 50 }, 50),
      brief: provider({ default_request_timeout_in_seconds: 60, max_retries: 1 }, 50),
    },
  }
}

/** Waits until every accepted job has ended; how long after `since` that was, or null. What takes longer is stuck. */
async function settle(ledger: Ledger, since: number): Promise<number | null> {
  const hasEnded = () => ledger.unended() === 0
  if ((await until(hasEnded, END_MS_MAX)) === null) {
    for (const entry of ledger.entries) {
      if (entry.id === null || isOver(entry)) continue
      ledger.problem("STUCK", `${name(entry)} has no end after ${END_MS_MAX} ms`)
    }
    if ((await until(hasEnded, END_MS_MAX * (PATIENCE - 1))) === null) return null
  }
  return Date.now() - since
}

function openRows(path: string): number {
  const database = new Database(path, { readonly: true })
  const row = database.query<{ n: number }, []>("SELECT count(*) AS n FROM jobs WHERE completed_at IS NULL").get()
  database.close()
  return row?.n ?? 0
}

/** The most memory the process has had, in units of 1024 * 1024 bytes; 0 where the system does not say. */
function peakOf(pid: number): number {
  try {
    return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024)
  } catch {
    return 0
  }
}
