// Many open streams whose readers stall and vanish: the other readers are not moved, each vanished reader's call is aborted at once, and
// nothing is left open. A phase in which every reader behaves comes before and after, to be held against.
import { readdirSync, readFileSync } from "node:fs"
import { median } from "../../bench/spread.ts"
import { parseExposition, readSample } from "../exposition.ts"
import type { AudienceConfig, AudienceReport, Vanished } from "./audience.ts"
import { judge } from "./judge.ts"
import { createLedger, type Ledger } from "./ledger.ts"
import { type Child, runFile } from "./process.ts"
import { progress, type Section } from "./report.ts"
import { countOpenRows, type Run, until } from "./site.ts"
import { openStreamSite, type StreamSite } from "./streamsite.ts"

export interface ReaderOptions {
  /** How many streams are open. */
  streams: number
  /** How long some of their readers are bad; phases without bad readers take a fifth of it, at least 10. */
  seconds: number
  /** Of a stream, pieces a second. */
  pace: number
}

/** One reader in so many is bad. */
const BAD_SHARE = 0.1
/** How many readers are at the provider itself. */
const STRAIGHT = 20
/** Of the streams of readers that are bad at times. */
const FAT_SHARE = 0.3
/** How soon the call of a reader that has vanished must be aborted. */
const ABORT_MS_MAX = 1000
/** Where the gateway's main thread waits for a processor for more of the time, lateness is the machine's: then only this is judged. */
const STARVED = { share: 0.1, abortMsMax: 10_000 }
/** A call that ends of itself at the moment at which its reader vanishes is not aborted. */
const SKEW_MS = 50
/** How much later pieces may come while there are bad readers than without. */
const MOVED = { p50: { ratio: 1.5, ms: 20 }, p99: { ratio: 1.5, ms: 100 } }
/** After the last stream. */
const REST_MS = 5000
const END_MS_MAX = 10_000
const SAMPLE_EVERY_MS = 500
/** Files that are opened with the first calls and stay, as those of threads. */
const FILES_MORE_MAX = 16
/** What the same streams may take more than before. */
const GROWTH = { ratio: 1.2, mb: 40 }

interface Phase {
  /** Few, straight at the provider: what the machine and the provider itself are late by. */
  straight: AudienceReport
  good: AudienceReport
  bad: AudienceReport
  /** The middle of each quarter of it. */
  quartersMb: [number, number, number, number]
  restMb: number
  /** The most that was seen, and at rest. */
  files: number
  restFiles: number
  mostOpen: number
  /** For how much of the phase its main thread could have run and had no processor. */
  waitedShare: number
  abortsMs: number[]
}

export async function tortureByReaders(run: Run, { streams, seconds, pace }: ReaderOptions): Promise<Section> {
  const site = await openStreamSite(run, "readers", 0)
  const ledger = createLedger()
  const gateway = await site.start()
  await Bun.sleep(REST_MS)
  const before = { files: countFiles(gateway), memoryMb: readMb(gateway) }
  const calmSeconds = Math.max(10, Math.round(seconds / 5))
  const phases: Phase[] = []
  for (const [index, [length, isBad]] of (
    [
      [calmSeconds, false],
      [seconds, true],
      [calmSeconds, false],
    ] as const
  ).entries()) {
    progress(`${streams} streams, ${isBad ? "a tenth of their readers bad" : "all readers good"}, ${length} seconds`)
    const config = { seconds: length, pace, seed: run.seed + index, firstJob: (index + 1) * 10_000_000 }
    phases.push(await play(site, ledger, gateway, streams, { ...config, isBad }))
  }
  progress("")
  const [calm, trouble, after] = phases as [Phase, Phase, Phase]
  compareDelays(ledger, calm, trouble, after)
  const restFiles = after.restFiles
  if (restFiles > before.files + FILES_MORE_MAX)
    ledger.problem("files left open", `${restFiles} at rest, ${before.files} before the first stream`)
  checkMemory(ledger, calm, trouble, after)
  const commits = await readMetric(site.url, "asyncgate_commit_seconds_count")
  const commitsMs = (await readMetric(site.url, "asyncgate_commit_seconds_sum")) * 1000
  await site.stop()
  const figures = {
    "memory and files, idle": `${before.memoryMb} MB, ${before.files}`,
    ...describe(phases),
    "a commit, on average": ms1(commitsMs / commits),
  }
  return {
    name: `streams: ${streams} open, a tenth of their readers stall or vanish`,
    figures,
    // Its jobs are counted above.
    verdict: { ...judge(ledger, [], [], null), jobs: {} },
  }
}

async function play(
  site: StreamSite,
  ledger: Ledger,
  gateway: Child,
  streams: number,
  { isBad, ...given }: Omit<AudienceConfig, "url" | "count" | "fatShare" | "isStraight">,
): Promise<Phase> {
  const listen = (config: Partial<AudienceConfig> & { count: number }) => {
    const usual = { url: site.url, isStraight: false, isBad: false, fatShare: 0 }
    const all: AudienceConfig = { ...usual, ...given, ...config }
    return runFile("audience.ts", JSON.stringify(all)).then((text) => JSON.parse(text) as AudienceReport)
  }
  const count = Math.round(streams * BAD_SHARE)
  const memories: number[] = []
  let files = 0
  const before = { at: Date.now(), waitedMs: readWaitedMs(gateway) }
  const timer = setInterval(() => {
    memories.push(readMb(gateway))
    files = Math.max(files, countFiles(gateway))
  }, SAMPLE_EVERY_MS)
  const ends = Bun.sleep(given.seconds * 1000).then(() => clearInterval(timer))
  const [straight, good, bad] = await Promise.all([
    listen({ count: STRAIGHT, url: site.providerUrl, isStraight: true, firstJob: given.firstJob + 2_000_000 }),
    listen({ count: streams - count }),
    listen({ count, isBad, fatShare: FAT_SHARE, firstJob: given.firstJob + 5_000_000 }),
    ends,
  ])
  const waitedShare = (readWaitedMs(gateway) - before.waitedMs) / (Date.now() - before.at)
  for (const report of [straight, good, bad]) {
    for (const [kind, { count, examples }] of Object.entries(report.problems)) {
      for (let n = 0; n < count; n++) ledger.problem(kind, examples[n] ?? "")
    }
  }
  const { mostOpen, calls } = await site.calls()
  const abortMsMax = waitedShare > STARVED.share ? STARVED.abortMsMax : ABORT_MS_MAX
  const abortsMs = checkAborts(ledger, bad.vanished, calls, abortMsMax)
  if (mostOpen < streams * 0.9) ledger.problem("too few streams at a time", `${mostOpen} of ${streams}`)
  await checkRest(ledger, site)
  const quarter = (n: number) => median(memories.slice((n * memories.length) / 4, ((n + 1) * memories.length) / 4))
  return {
    straight,
    good,
    bad,
    quartersMb: [quarter(0), quarter(1), quarter(2), quarter(3)],
    restMb: readMb(gateway),
    files,
    restFiles: countFiles(gateway),
    mostOpen,
    waitedShare,
    abortsMs,
  }
}

/** Nothing is under way any more. */
async function checkRest(ledger: Ledger, site: StreamSite): Promise<void> {
  if ((await until(() => countOpenRows(site.database) === 0, END_MS_MAX)) === null)
    ledger.problem("STUCK", `${countOpenRows(site.database)} rows of the store have no end`)
  await until(async () => (await site.idle()) === 0, END_MS_MAX)
  await Bun.sleep(REST_MS)
  const calls = await site.idle()
  if (calls > 0) ledger.problem("calls left open", `${calls} at the provider`)
  const streams = await readMetric(site.url, "asyncgate_streams")
  if (streams !== 0) ledger.problem("streams left open", `${streams} in /metrics`)
}

/** How long each call went on whose reader had vanished. */
function checkAborts(
  ledger: Ledger,
  vanished: Vanished[],
  calls: Awaited<ReturnType<StreamSite["calls"]>>["calls"],
  msMax: number,
): number[] {
  const byJob = new Map(calls.map((call) => [call.job, call]))
  return vanished.flatMap(({ job, at, how, pieces }) => {
    const call = byJob.get(job)
    // Its reader vanished before the call went out, or after it was answered.
    if (call === undefined || (call.endedAt !== null && call.endedAt <= at + SKEW_MS && !call.isCut)) return []
    const since = Math.max(at, call.startedAt)
    const tookMs = call.endedAt === null ? Number.POSITIVE_INFINITY : call.endedAt - since
    if (!call.isCut || tookMs > msMax)
      ledger.problem(
        "a call not aborted at once",
        `job ${job}, ${how} after ${pieces} pieces: ${call.isCut ? `${Math.round(tookMs)} ms` : `it went on to its end, ${Math.round(tookMs)} ms later`}`,
      )
    return [tookMs]
  })
}

/** What the gateway adds to the delay of the good readers' pieces, against the worse of the phases without bad ones. */
function compareDelays(ledger: Ledger, calm: Phase, trouble: Phase, after: Phase): void {
  if (trouble.waitedShare > STARVED.share) return
  for (const rank of ["p50", "p99"] as const) {
    const added = ({ good, straight }: Phase) => Math.max(0, good.delayMs[rank] - straight.delayMs[rank])
    const usual = Math.max(added(calm), added(after))
    const found = added(trouble)
    const { ratio, ms } = MOVED[rank]
    if (!(found <= usual * ratio + ms))
      ledger.problem("others were moved", `${rank} ${ms1(found)}, without bad readers ${ms1(usual)}`)
  }
}

/** With as many streams it takes as much memory afterwards as before, and at the end of a phase as in its middle. */
function checkMemory(ledger: Ledger, calm: Phase, trouble: Phase, after: Phase): void {
  const pairs = [
    ["in phases without bad readers", calm.quartersMb[3], after.quartersMb[3]],
    ["from the middle of the phase with bad readers to its end", trouble.quartersMb[1], trouble.quartersMb[3]],
  ] as const
  for (const [what, before, later] of pairs) {
    if (later > before * GROWTH.ratio + GROWTH.mb) ledger.problem("memory grows", `${what}: ${before} MB, ${later} MB`)
  }
}

function describe(phases: Phase[]): Record<string, string> {
  const names = ["all good", "a tenth bad", "all good again"]
  const rows = phases.flatMap(({ straight, good, bad, abortsMs, ...phase }, index) => {
    const name = names[index]
    const aborts = abortsMs.toSorted((a, b) => a - b)
    const delays = ({ delayMs: { p50, p99, max } }: AudienceReport) => [p50, p99, max].map(ms1).join(", ")
    const late = aborts.filter((ms) => ms > ABORT_MS_MAX).length
    const mb = `${phase.quartersMb.join(", ")} MB, ${phase.files} files; at rest ${phase.restMb} MB, ${phase.restFiles} files`
    const vanished = `${bad.vanished.length}, ${bad.stalled} stalled; calls aborted ${aborts.length}`
    const abortion = `${vanished}, after ${ms1(aborts[aborts.length >> 1])} in the middle, ${ms1(aborts.at(-1))} at most, later than ${ABORT_MS_MAX} ms ${late}`
    return [
      [`${name}: streams, and open at the most`, `${good.streams + bad.streams}, ${phase.mostOpen}`],
      [`${name}: whole and stored as streamed`, `${good.whole + bad.whole}`],
      [`${name}: delay of ${good.pieces} pieces, p50, p99, most`, delays(good)],
      [`${name}: the same straight from the provider`, delays(straight)],
      [`${name}: its main thread waited for a processor`, `${Math.round(phase.waitedShare * 100)} % of the time`],
      [`${name}: memory by quarters, open files`, mb],
      ...(bad.vanished.length > 0 ? [[`${name}: vanished`, abortion]] : []),
    ] as [string, string][]
  })
  return Object.fromEntries(rows)
}

function ms1(ms = Number.NaN): string {
  return `${ms.toFixed(1)} ms`
}

function countFiles({ pid }: Child): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

function readMb({ pid }: Child): number {
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024)
}

/** In nanoseconds stands there how long it has run, and how long it was ready to. */
function readWaitedMs({ pid }: Child): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[1]) / 1e6
}

async function readMetric(url: string, name: string): Promise<number> {
  return readSample(parseExposition(await (await fetch(`${url}/metrics`)).text()), name)
}
