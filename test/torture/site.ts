// One gateway under load: its directory, its process, the clients and what they know. Every part of a run is made of these.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { openDatabase } from "../opendatabase.ts"
import { judge, type Kill, type Verdict } from "./judge.ts"
import { createLedger, type Entry, isOver, type Ledger, name } from "./ledger.ts"
import { startLoad } from "./load.ts"
import type { Mix } from "./plan.ts"
import { type Child, type Launch, startGateway, startUpstream } from "./process.ts"
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
  /** How its process is started. */
  launch?: Launch
  /** By default a free one, where its output can be read. */
  port?: number
  /** Members of `network_config` of the provider that most jobs go to. */
  network?: Record<string, unknown>
  /** One that many sites share; by default a site has its own. */
  upstream?: { url: string }
  /** What its directory has seen before. */
  past?: Past
  /** How many accepted jobs may be without an end at one time. */
  unendedMax?: number
}

/** What a directory holds, and what was done to it. */
export interface Past {
  entries: Entry[]
  calls: Call[]
  kills: Kill[]
}

/** After the last start every job must have ended within this. */
const END_MS_MAX = 10_000
/** Jobs that are stuck are waited for so much longer, to tell slow from never. */
const PATIENCE = 3
const START_MS_MAX = 10_000
/** What its last answers are worth is not asked of a life that is only to leave a directory: large ones take their time. */
const LEFT_MS = 10_000
/** Of the log, in a problem's example. */
const WORDS_MAX = 400
/** Longer than a stop in good order takes: ten seconds for the calls, two for the answers. */
const STOP_MS_MAX = 15_000
const UNENDED_MAX = 1500

export type Site = Awaited<ReturnType<typeof openSite>>

export async function openSite(
  { stage }: Run,
  { directory, mix, client, network, launch = {}, past, unendedMax = UNENDED_MAX, ...options }: SiteOptions,
) {
  const provider = options.upstream === undefined ? startUpstream() : null
  const upstream = options.upstream ?? (await provider?.facts)
  if (!upstream) throw new Error("the upstream did not start")
  const upstreamUrl = `${upstream.url}/${basename(directory)}`
  const logPath = join(stage, `${basename(directory)}.log`)
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, "config.json"), JSON.stringify(makeConfig(upstreamUrl, client, network)))
  writeFileSync(logPath, "")
  const ledger = createLedger()
  const load = startLoad({ mix, ledger, unendedMax, first: findFirstFree(past) })
  for (const { plan, id, end } of past?.entries ?? []) {
    const entry = ledger.open(plan)
    ledger.accept(entry, id ?? "")
    if (end !== null) ledger.restore(entry, end)
    else load.follow(entry)
  }
  const kills: Kill[] = [...(past?.kills ?? [])]
  const startsMs: number[] = []
  let howToLaunch = launch
  let port = options.port ?? 0
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
      gateway = startGateway(directory, port, logPath, howToLaunch)
      return gateway
    },

    /** How it is started from now on. */
    relaunch(other: Launch): void {
      howToLaunch = other
    },

    /** The clients find it there, and submit. */
    letIn(url: string): void {
      load.goTo(url)
      load.submitting(true)
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

    /** It has just refused to start: by this exit code, and in a sentence that says what is wrong. */
    async checkRefusal(what: string, code: number): Promise<void> {
      await gateway?.exited
      const words = this.lastWords()
      if (gateway?.exitCode() !== code)
        ledger.problem("refused with another exit code", `${gateway?.exitCode()} ${words.slice(-WORDS_MAX)}`)
      if (isDump(words)) ledger.problem("a dump instead of a sentence", `${what}: ${words.slice(-WORDS_MAX)}`)
    },

    /** All of its log. */
    log: () => readFileSync(logPath, "utf8"),

    /** What its provider has seen so far. */
    calls: () => readCalls(),

    lastWords: () => readFileSync(logPath, "utf8").slice(-1500).trim(),

    /** @param unstoredSince since when nothing could be stored */
    async kill(unstoredSince?: number): Promise<void> {
      if (gateway === undefined) return
      peakMb = Math.max(peakMb, readPeak(gateway.pid))
      const at = await gateway.kill()
      kills.push(unstoredSince === undefined ? { at } : { at, unstoredSince })
      load.goTo(null)
    },

    /** Sends a signal and waits for the end: its exit code, or the signal that ended it. */
    async stop(signal: NodeJS.Signals): Promise<number | string> {
      if (gateway === undefined) throw new Error("nothing was started")
      const child = gateway
      child.signal(signal)
      const timer = setTimeout(() => child.kill(), STOP_MS_MAX)
      await child.exited
      clearTimeout(timer)
      load.goTo(null)
      return child.exitCode() ?? "a signal"
    },

    /** Waits until a condition holds; after how many milliseconds it did, or null. */
    until,

    /** Lets every job end, asks for each once more and ends the gateway. How long after `since` the last one ended, and the verdict. */
    async finish(since: number): Promise<{ endedAfterMs: number | null; verdict: Verdict }> {
      load.submitting(false)
      await until(() => load.submits() === 0, END_MS_MAX)
      const endedAfterMs = await settle(ledger, since)
      const path = join(directory, "asyncgate.db")
      // Jobs that no client knows of, because their submit was cut off, end too.
      if ((await until(() => countOpenRows(path) === 0, END_MS_MAX)) === null) {
        ledger.problem("STUCK", `${countOpenRows(path)} rows of the store have no end`)
      }
      await load.sweep()
      return { endedAfterMs, verdict: await close(path) }
    },

    /** Nothing of it can be had any more: whatever was accepted and has no end is lost. */
    async giveUp(): Promise<Verdict> {
      load.submitting(false)
      for (const entry of ledger.entries) if (entry.id !== null && !isOver(entry)) ledger.lose(entry)
      return await close(null)
    },

    /** Ends it for now; what its directory has seen. */
    async leave(): Promise<Past> {
      load.submitting(false)
      await this.kill(Date.now() - LEFT_MS)
      await load.stop()
      const calls = await readCalls()
      await provider?.kill()
      return { entries: ledger.entries.filter(({ id, removedAt }) => id !== null && removedAt === null), calls, kills }
    },
  }

  async function readCalls(): Promise<Call[]> {
    return (await (await fetch(`${upstreamUrl}/calls`)).json()) as Call[]
  }

  async function close(path: string | null): Promise<Verdict> {
    await load.stop()
    const verdict = judge(ledger, [...(past?.calls ?? []), ...(await readCalls())], kills, path)
    if (gateway) {
      peakMb = Math.max(peakMb, readPeak(gateway.pid))
      await gateway.kill()
    }
    await provider?.kill()
    return verdict
  }
}

/** Numbers that no job of before has. */
function findFirstFree(past: Past | undefined): number {
  return Math.max(0, ...(past?.entries ?? []).map(({ plan }) => plan.number + 1))
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
function makeConfig(url: string, client: Record<string, unknown> = {}, ofUp: Record<string, unknown> = {}): object {
  const provider = (network: object, concurrency: number) => ({
    network_config: { base_url: url, retry_backoff_initial: 20, retry_backoff_max: 200, ...network },
    concurrency_and_buffer_size: { concurrency, buffer_size: 1_000_000 },
  })
  return {
    // Nothing is to expire in a run.
    client: { async_job_result_ttl: 7 * 86_400, ...client },
    providers: {
      up: provider({ default_request_timeout_in_seconds: 60, max_retries: 50, ...ofUp }, 100),
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

/** How many jobs of a store have no end. */
export function countOpenRows(path: string): number {
  const database = openDatabase(path, { readonly: true })
  const row = database.query<{ n: number }, []>("SELECT count(*) AS n FROM jobs WHERE completed_at IS NULL").get()
  database.close()
  return row?.n ?? 0
}

/** Whether a text holds a stack or source code, which help nobody who started the program. */
export function isDump(text: string): boolean {
  return /^\s+at .*[:(]|\$bunfs|^\s*\d+ \| /m.test(text)
}

/** The most memory the process has had, in units of 1024 * 1024 bytes; 0 where the system does not say. */
function readPeak(pid: number): number {
  try {
    return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024)
  } catch {
    return 0
  }
}
