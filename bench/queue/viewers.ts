// Ten viewers of the dashboard during a load: what they cost the jobs, and which thread of the gateway works for them.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { load } from "../gateway.ts"
import { median } from "../spread.ts"
import type { Server } from "../stage.ts"
import type { Measurement } from "../table.ts"
import { appDirectory, type Context, startGateway } from "./program.ts"

const VIEWERS = 10
const JOBS = 5000
const CONNECTIONS = 64
const ROUNDS = 5
const CONCURRENCY = 64
/** A second has so many ticks in /proc. */
const TICKS = 100
/** What a page of the dashboard waits before it reads its list again: after changes that are told, and after more than are told. */
const REFRESH_MS = 1000
const CROWDED_MS = 5000

interface Round {
  perSecond: number
  /** Of each thread of the gateway, in the order of their start. */
  cpuMs: number[]
}

export async function measureViewers(context: Context): Promise<Measurement> {
  const { stage } = context
  const upstream = await stage.serve([process.execPath, join(import.meta.dir, "../upstream.ts"), "0"])
  const gateway = await startGateway(
    context,
    appDirectory(stage, { quick: { url: upstream.url, concurrency: CONCURRENCY } }),
  )
  const rounds = { none: [] as Round[], streams: [] as Round[], lists: [] as Round[] }
  await burst(context, gateway)
  for (let n = 0; n < ROUNDS; n++) {
    rounds.none.push(await burst(context, gateway))
    rounds.streams.push(await watched(gateway, false, () => burst(context, gateway)))
    rounds.lists.push(await watched(gateway, true, () => burst(context, gateway)))
  }
  await Promise.all([gateway, upstream].map((server) => server.stop()))
  const rate = (of: Round[]) => median(of.map(({ perSecond }) => perSecond))
  const cpu = (of: Round[]) => (median(of.map(({ cpuMs }) => cpuMs.reduce((sum, ms) => sum + ms, 0))) * 1000) / JOBS
  const beside = { what: "without a viewer", measured: rate(rounds.none) }
  const what = "jobs from submit to stored result"
  return {
    rows: [
      {
        what: `${what}, ${VIEWERS} streams open`,
        measured: rate(rounds.streams),
        unit: "/s",
        beside,
        bar: { ratioAtLeast: 0.97 },
      },
      { what: `${what}, ${VIEWERS} live lists of jobs open`, measured: rate(rounds.lists), unit: "/s", beside },
      ...(["streams", "lists"] as const).map((name) => ({
        what: `  the gateway's processor time for 1,000 jobs, ${VIEWERS} ${name}`,
        measured: cpu(rounds[name]),
        unit: "ms" as const,
        beside: { what: "without a viewer", measured: cpu(rounds.none) },
      })),
    ],
    raw: rounds,
  }
}

async function burst({ stage }: Context, { url, pid }: Server): Promise<Round> {
  const before = readCpuMs(pid)
  const work = { url, model: "quick/any", jobs: JOBS }
  const { endedAfterMs } = await load(stage, { ...work, kind: "burst", connections: CONNECTIONS })
  const cpuMs = readCpuMs(pid).map((ms, thread) => ms - (before[thread] ?? 0))
  return { perSecond: (JOBS * 1000) / endedAfterMs, cpuMs }
}

/** @param areLists each viewer reads the newest jobs again when it is told of a change, as the page does */
async function watched(gateway: Server, areLists: boolean, run: () => Promise<Round>): Promise<Round> {
  const controller = new AbortController()
  const viewers = Array.from({ length: VIEWERS }, () => view(gateway, areLists, controller.signal))
  try {
    return await run()
  } finally {
    controller.abort()
    await Promise.allSettled(viewers)
  }
}

async function view({ url }: Server, isList: boolean, signal: AbortSignal): Promise<void> {
  const { body } = await fetch(`${url}/v1/async/events`, { signal })
  let readAt = 0
  for await (const event of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const restMs = event.includes('"reload":true') ? CROWDED_MS : REFRESH_MS
    if (!isList || performance.now() - readAt < restMs) continue
    readAt = performance.now()
    await (await fetch(`${url}/v1/async/jobs?limit=100`, { signal })).text()
  }
}

function readCpuMs(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`)
    .map(Number)
    .sort((a, b) => a - b)
    .map((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8")
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
      return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS
    })
}
