// 500 jobs a second with results that are soon deleted, for as long as is asked: whether memory, log and file stay as they are.
import { statSync } from "node:fs"
import { join } from "node:path"
import { appDirectory, type Context, load, memoryMb, readReport, startGateway } from "./gateway.ts"
import { computeSlope } from "./slope.ts"
import { median } from "./spread.ts"
import type { Measurement, Row } from "./table.ts"

const PER_SECOND = 500
const TTL_SECONDS = 10
const SHORT_MINUTES = 1
/** A shorter run says nothing of an hour: what a garbage collector gives and takes within a minute is a hundred megabytes an hour. */
const JUDGED_MINUTES = 20
const WARM_UP_MINUTES = 10
/** Of a short run: the start's garbage, and the first results that are deleted. */
const SHORT_WARM_UP_MINUTES = 0.5
const SAMPLE_EVERY_MS = 500
const SLACK_MS = 60_000
const MINUTE_MS = 60_000

interface Sample {
  atMs: number
  memoryMb: number
  walMb: number
  fileMb: number
}
type Weight = Exclude<keyof Sample, "atMs">

export async function measureSoak(context: Context): Promise<Measurement> {
  const { stage, upstreams } = context
  const minutes = context.soakMinutes ?? SHORT_MINUTES
  const directory = appDirectory(context)
  const gateway = await startGateway(context, directory)
  const jobs = Math.round(minutes * 60 * PER_SECOND)
  await readReport(upstreams.short)
  const samples = sample(gateway.pid, directory)
  const work = { url: gateway.url, model: "short/any", jobs, ttlSeconds: TTL_SECONDS }
  const report = await load(stage, { ...work, kind: "passing", perSecond: PER_SECOND }, minutes * MINUTE_MS + SLACK_MS)
  const taken = samples()
  await Bun.sleep(1000)
  const { calls } = await readReport(upstreams.short)
  await gateway.stop()
  return { rows: readRows(minutes, taken, { jobs, calls }), raw: { minutes, report, calls, samples: thinned(taken) } }
}

function readRows(minutes: number, samples: Sample[], { jobs, calls }: { jobs: number; calls: number }): Row[] {
  const isJudged = minutes >= JUDGED_MINUTES
  const warmUpMs = (isJudged ? WARM_UP_MINUTES : SHORT_WARM_UP_MINUTES) * MINUTE_MS
  const settled = samples.filter(({ atMs }) => atMs >= warmUpMs)
  const what = `soak of ${minutes} min at ${PER_SECOND}/s`
  const rows = Object.entries(words).flatMap(([weight, words]): Row[] => {
    const values = settled.map((one) => one[weight as Weight])
    const { perHour, errorPerHour } = computeSlope(settled.map((one) => [one.atMs, one[weight as Weight]]))
    const slope = `  its slope after ${warmUpMs / MINUTE_MS} min, give or take ${errorPerHour.toFixed(1)} MB/h`
    return [
      { what: `${what}: ${words}`, measured: median(values), unit: "MB" },
      ...(isJudged ? [{ what: slope, measured: perHour, unit: "MB/h", bar: { below: 1 } } as const] : []),
    ]
  })
  const halves = [settled.slice(0, settled.length / 2), settled.slice(settled.length / 2)].map((half) =>
    Math.max(...half.map(({ fileMb }) => fileMb)),
  )
  return [
    ...rows,
    {
      what: "  the file at most, of results that are kept for 10 s",
      measured: halves[1] ?? Number.NaN,
      unit: "MB",
      beside: { what: "in the first half", measured: halves[0] ?? Number.NaN },
      bar: { ratioAtMost: 1.1 },
    },
    { what: "  jobs that did not reach their provider", measured: jobs - calls, unit: "jobs", bar: { atMost: 0 } },
  ]
}

const words: Record<Weight, string> = { memoryMb: "memory", walMb: "log", fileMb: "file" }

/** Samples from now on; the returned function stops that and gives them. */
function sample(pid: number, directory: string): () => Sample[] {
  const samples: Sample[] = []
  const startedAt = performance.now()
  const sizeMb = (name: string) => statSync(join(directory, name)).size / 1_000_000
  const timer = setInterval(() => {
    samples.push({
      atMs: performance.now() - startedAt,
      memoryMb: memoryMb(pid),
      walMb: sizeMb("asyncgate.db-wal"),
      fileMb: sizeMb("asyncgate.db"),
    })
  }, SAMPLE_EVERY_MS)
  return () => {
    clearInterval(timer)
    return samples
  }
}

/** As many as a file should hold. */
function thinned(samples: Sample[]): Sample[] {
  const step = Math.ceil(samples.length / 200)
  return samples.filter((_, at) => at % step === 0)
}
