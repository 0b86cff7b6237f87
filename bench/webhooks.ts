// `bun run bench:webhooks`: what webhooks cost, on the compiled binary: jobs and submits with an endpoint on every job beside none, and
// a burst of ends to a fast receiver beside a slow one. ASYNCGATE_BINARY names another binary; `--json` keeps everything in
// bench/results/, `--jobs N` and `--burst N` are the numbers of jobs.
import { existsSync, readFileSync } from "node:fs"
import { loadavg } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { addEndpoint } from "./endpoint.ts"
import { appDirectory, type Context, load, startGateway, startUpstreams } from "./gateway.ts"
import { machine, versions } from "./machine.ts"
import { keep } from "./results.ts"
import { median } from "./spread.ts"
import { createStage, quit, type Server } from "./stage.ts"
import { judge, listMissed, type Measurement, renderTable } from "./table.ts"
import { inTurns } from "./turns.ts"

const RUN_MS_MAX = 20 * 60_000
/** A busy machine takes its time. */
const LOAD_MS_MAX = 10 * 60_000
const CONNECTIONS = 64
const ASK_EVERY_MS = 20

const home = join(import.meta.dir, "..")
const { values: asked } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    jobs: { type: "string", default: "3000" },
    burst: { type: "string", default: "10000" },
  },
})
/** How many jobs each repetition has, and how many end in the burst. */
const JOBS = Number(asked.jobs)
const BURST_JOBS = Number(asked.burst)
const binary = process.env["ASYNCGATE_BINARY"] ?? join(home, "dist", "asyncgate")

await main()

async function main(): Promise<void> {
  if (!existsSync(binary)) quit(1, `${binary} is not there: bun run build makes it`)
  const stage = createStage(join(home, "dist"), RUN_MS_MAX)
  const facts = { machine: machine(), versions: versions() }
  process.stdout.write(`${JSON.stringify(facts)}\n`)
  const upstreams = await startUpstreams(stage)
  const receiver = await stage.serve([process.execPath, join(import.meta.dir, "receiver.ts")])
  const context: Context = { stage, binary, upstreams, soakMinutes: null }
  const verdicts = []
  const raw: Record<string, unknown> = {}
  for (const measure of [measureRates, measureBurst]) {
    const { rows, raw: found } = await measure(context, receiver)
    verdicts.push(...rows.map(judge))
    raw[measure.name] = { load: loadavg()[0] ?? Number.NaN, ...found }
  }
  process.stdout.write(`\n${renderTable(verdicts)}\n${listMissed(verdicts)}\nload ${loadavg()[0]?.toFixed(1)}\n`)
  if (asked.json) keep({ date: new Date().toISOString(), ...facts, verdicts, raw }, "webhooks-")
  process.exit(0)
}

/** With an endpoint on every job, and with none. Each burst is delivered before the next begins. */
async function measureRates(context: Context, receiver: Server): Promise<Measurement> {
  const { stage } = context
  const withEndpoint = appDirectory(context)
  addEndpoint(withEndpoint, { name: "fast", url: `${receiver.url}/fast` })
  const gateways = { none: await startGateway(context), webhook: await startGateway(context, withEndpoint) }
  const rounds = await inTurns(["none", "webhook"] as const, async (name) => {
    const plan = { url: gateways[name].url, model: "instant/any", jobs: JOBS } as const
    const { endedAfterMs, submittedAfterMs } = await load(
      stage,
      { ...plan, kind: "burst", connections: CONNECTIONS },
      LOAD_MS_MAX,
    )
    if (name === "webhook") await hears(receiver, "fast", JOBS)
    return { jobs: (JOBS * 1000) / endedAfterMs, submits: (JOBS * 1000) / submittedAfterMs }
  })
  for (const gateway of Object.values(gateways)) await gateway.stop()
  const middle = (name: keyof typeof rounds, what: "jobs" | "submits") => median(rounds[name].map((one) => one[what]))
  const row = (what: "jobs" | "submits", ratioAtLeast: number) => ({
    what: `${what} with a webhook for each, ${CONNECTIONS} connections`,
    measured: middle("webhook", what),
    unit: "/s" as const,
    beside: { what: "none", measured: middle("none", what) },
    bar: { ratioAtLeast },
  })
  return { rows: [row("submits", 0.95), row("jobs", 0.8)], raw: { rounds } }
}

/** How long it takes from the first submit until the fast receiver has all, alone and beside one that takes a second for each. */
async function measureBurst(context: Context, receiver: Server): Promise<Measurement> {
  const { stage } = context
  const run = async (names: readonly ("fast" | "slow")[]) => {
    const directory = appDirectory(context)
    for (const name of names) addEndpoint(directory, { name, url: `${receiver.url}/${name}` })
    const gateway = await startGateway(context, directory)
    await fetch(`${receiver.url}/report`)
    const began = Date.now()
    const plan = { url: gateway.url, model: "instant/any", jobs: BURST_JOBS } as const
    await load(stage, { ...plan, kind: "burst", connections: CONNECTIONS }, LOAD_MS_MAX)
    const lastAt = await hears(receiver, "fast", BURST_JOBS)
    const peakMb = readPeakMb(gateway.pid)
    await gateway.stop()
    return { tookMs: lastAt - began, peakMb }
  }
  const alone = await run(["fast"])
  const beside = await run(["fast", "slow"])
  const again = await run(["fast"])
  const floor = Math.min(alone.tookMs, again.tookMs)
  return {
    rows: [
      {
        what: `${BURST_JOBS} ends to a fast receiver beside a slow one`,
        measured: beside.tookMs,
        unit: "ms",
        beside: { what: "the fast one alone", measured: floor },
        bar: { ratioAtMost: 2 },
      },
      {
        what: "  memory, peak",
        measured: beside.peakMb,
        unit: "MB",
        beside: { what: "the fast one alone", measured: Math.max(alone.peakMb, again.peakMb) },
        bar: { ratioAtMost: 1.25 },
      },
    ],
    raw: { alone, beside, again },
  }
}

/** Waits until the receiver has had so many, and resets it; when the last came. */
async function hears(receiver: Server, name: "fast" | "slow", count: number): Promise<number> {
  for (;;) {
    const heard = (await (await fetch(`${receiver.url}/count`)).json()) as Record<
      string,
      { count: number; lastAt: number }
    >
    const there = heard[name]
    if (there && there.count >= count) {
      await fetch(`${receiver.url}/report`)
      return there.lastAt
    }
    await Bun.sleep(ASK_EVERY_MS)
  }
}

function readPeakMb(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024
}
