// Submits on a disk that is slower than this machine's, beside inserts that do not share their commits; and /health meanwhile.
import { join } from "node:path"
import { buildDisk, type OpenDisk } from "./disk.ts"
import { floorNames, startFloors } from "./floors.ts"
import { appDirectory, type Context, startGateway, submitOne } from "./gateway.ts"
import { CHAT, chatRequest } from "./request.ts"
import { median, type Spread } from "./spread.ts"
import type { Stage } from "./stage.ts"
import type { Measurement, Row } from "./table.ts"
import { inTurns } from "./turns.ts"
import { hammer, SECONDS, type Throughput } from "./wrk.ts"

const DELAYS_MS = [2, 8]
const JUDGED_MS = 8
const LOOKS_PER_SECOND = 100
const LOOKING_SECONDS = 1
const CHILD_MS_MAX = 30_000

interface Round {
  throughput: Throughput
  healthMs?: Spread
}

export async function measureSlow(context: Context): Promise<Measurement> {
  const openDisk = buildDisk(context.stage)
  if ("missing" in openDisk) return { rows: [], skipped: [openDisk.missing], raw: {} }
  const syncMs = await measureSync(context.stage, openDisk, 0)
  const rows: Row[] = [{ what: "fdatasync of this disk, p50", measured: syncMs.p50, unit: "ms" }]
  const raw: Record<string, unknown> = { 0: { syncMs } }
  for (const delayMs of DELAYS_MS) {
    const found = await measureAt(context, openDisk, delayMs)
    rows.push(...found.rows)
    raw[delayMs] = found.raw
  }
  return { rows, raw }
}

async function measureAt(context: Context, openDisk: OpenDisk, delayMs: number): Promise<Measurement> {
  const { stage } = context
  const syncMs = await measureSync(stage, openDisk, delayMs)
  const gateway = await startGateway(context, appDirectory(context), openDisk(delayMs).env)
  const acceptedBytes = (await submitOne(gateway, "held/any")).length
  const floors = await startFloors(stage, ["insert", "grouped"], acceptedBytes, openDisk(delayMs).env)
  const body = chatRequest("held/any")
  const rounds = await inTurns(["gateway", "insert", "grouped"] as const, async (name): Promise<Round> => {
    if (name !== "gateway") return { throughput: await hammer(stage, { url: floors[name].url, body }) }
    const submits = hammer(stage, { url: gateway.url + CHAT, body }, SECONDS + LOOKING_SECONDS)
    const healthMs = await probe(stage, `${gateway.url}/health`)
    return { throughput: await submits, healthMs }
  })
  await Promise.all([gateway, ...Object.values(floors)].map((server) => server.stop()))
  return { rows: readRows(delayMs, syncMs, rounds), raw: { syncMs, rounds } }
}

function readRows(delayMs: number, syncMs: Spread, rounds: Record<"gateway" | "insert" | "grouped", Round[]>): Row[] {
  const rate = (name: keyof typeof rounds) => median(rounds[name].map(({ throughput }) => throughput.requestsPerSecond))
  const disk = `a disk slower by ${delayMs} ms`
  const isJudged = delayMs === JUDGED_MS
  const submits = { what: `submits on ${disk}`, measured: rate("gateway"), unit: "/s" } as const
  return [
    { what: `fdatasync of ${disk}, p50`, measured: syncMs.p50, unit: "ms" },
    {
      ...submits,
      beside: { what: floorNames.insert, measured: rate("insert") },
      ...(isJudged ? { bar: { ratioAtLeast: 10 } } : {}),
    },
    { ...submits, beside: { what: floorNames.grouped, measured: rate("grouped") } },
    {
      what: "  /health meanwhile, p99",
      measured: median(rounds.gateway.map(({ healthMs }) => healthMs?.p99 ?? Number.NaN)),
      unit: "ms",
      ...(isJudged ? { bar: { below: 5 } } : {}),
    },
  ]
}

async function measureSync(stage: Stage, openDisk: OpenDisk, delayMs: number): Promise<Spread> {
  const disk = openDisk(delayMs)
  const command = [process.execPath, join(import.meta.dir, "sync.ts"), stage.directory()]
  const spread = JSON.parse(await stage.run(command, CHILD_MS_MAX, disk.env)) as Spread
  if (disk.syncs() === 0) throw new Error("the shim of disk.c saw no fdatasync: the disk was not made slower")
  return spread
}

async function probe(stage: Stage, url: string): Promise<Spread> {
  const often = [String(LOOKS_PER_SECOND), String(LOOKING_SECONDS)]
  const command = [process.execPath, join(import.meta.dir, "probe.ts"), url, ...often]
  return JSON.parse(await stage.run(command, CHILD_MS_MAX)) as Spread
}
