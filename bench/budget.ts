// What the disk must do for a job: the bytes written and the syncs waited for, under full load and at 500 jobs a second.
import { readFileSync } from "node:fs"
import { buildDisk } from "./disk.ts"
import { appDirectory, type Context, load, startGateway } from "./gateway.ts"
import { median } from "./spread.ts"
import type { Measurement, Row } from "./table.ts"
import { inTurns } from "./turns.ts"

const WARM_UP_JOBS = 5000
const PER_SECOND = 500

const loads = {
  "at full load": { model: "instant/any", jobs: 10_000, kind: "burst", connections: 64 },
  "at 500/s": { model: "instant/any", jobs: 500, kind: "paced", perSecond: PER_SECOND, warmUpJobs: 0 },
} as const

interface Spent {
  writtenBytes: number
  syncs: number
}

export async function measureBudget(context: Context): Promise<Measurement> {
  const openDisk = buildDisk(context.stage)
  if ("missing" in openDisk) return { rows: [], skipped: [`syncs of a job: ${openDisk.missing}`], raw: {} }
  const disk = openDisk(0)
  const gateway = await startGateway(context, appDirectory(context), disk.env)
  const { url, pid } = gateway
  await load(context.stage, { ...loads["at full load"], url, jobs: WARM_UP_JOBS })
  const rounds = await inTurns(Object.keys(loads) as (keyof typeof loads)[], async (name): Promise<Spent> => {
    const before = { writtenBytes: writtenBytes(pid), syncs: disk.syncs() }
    await load(context.stage, { ...loads[name], url })
    const { jobs } = loads[name]
    return {
      writtenBytes: (writtenBytes(pid) - before.writtenBytes) / jobs,
      syncs: (disk.syncs() - before.syncs) / jobs,
    }
  })
  await gateway.stop()
  const middle = (name: keyof typeof loads, what: keyof Spent) => median(rounds[name].map((round) => round[what]))
  const rows = (Object.keys(loads) as (keyof typeof loads)[]).flatMap((name): Row[] => {
    const bar = (atMost: number) => (name === "at full load" ? { bar: { atMost } } : {})
    return [
      {
        what: `written for a job of 1 KB ${name}`,
        measured: middle(name, "writtenBytes") / 1000,
        unit: "KB",
        ...bar(12),
      },
      { what: `syncs for a job ${name}`, measured: middle(name, "syncs"), unit: "fsyncs", ...bar(0.1) },
    ]
  })
  return { rows, raw: { rounds } }
}

/** Bytes that a process has caused to go to the disk. https://man7.org/linux/man-pages/man5/proc_pid_io.5.html */
function writtenBytes(pid: number): number {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1])
}
