// A provider that hangs, with a long queue before it: how long another provider's jobs take to their call meanwhile.
import { join } from "node:path"
import { load } from "../gateway.ts"
import type { LoadReport } from "../load.ts"
import { computeSpread, median, type Spread } from "../spread.ts"
import type { Server } from "../stage.ts"
import type { Measurement, Row } from "../table.ts"
import type { Report } from "../upstream.ts"
import { appDirectory, type Context, client, startGateway } from "./program.ts"

const HELD_JOBS = 10_000
const MODELS = 10
const ROUNDS = 3
const PER_SECOND = 500
const SECONDS = 10
const ANSWER_MS = 50

interface Round extends LoadReport {
  submitToCallMs: Spread
}

export async function measureLine(context: Context): Promise<Measurement> {
  const { stage } = context
  const hanging = await startProvider(context, Number.POSITIVE_INFINITY)
  const quick = await startProvider(context, ANSWER_MS)
  const start = () =>
    startGateway(context, appDirectory(stage, { hanging: { url: hanging.url }, quick: { url: quick.url } }))
  const held = await start()
  const free = await start()
  await client(stage, { kind: "submit", url: held.url, provider: "hanging", models: MODELS, jobs: HELD_JOBS })
  const rounds = { held: [] as Round[], free: [] as Round[] }
  for (let n = 0; n < ROUNDS; n++) {
    rounds.held.push(await pace(context, held, quick))
    rounds.free.push(await pace(context, free, quick))
  }
  await Promise.all([held, free, hanging, quick].map((server) => server.stop()))
  const row = (rank: "p50" | "p99", bar?: Row["bar"]): Row => ({
    what: `submit to call at ${PER_SECOND}/s while ${HELD_JOBS.toLocaleString("en-US")} jobs wait for one that hangs, ${rank}`,
    measured: median(rounds.held.map(({ submitToCallMs }) => submitToCallMs[rank])),
    unit: "ms",
    beside: {
      what: "while none wait",
      measured: median(rounds.free.map(({ submitToCallMs }) => submitToCallMs[rank])),
    },
    ...(bar ? { bar } : {}),
  })
  const late = (rank: "p50" | "p99") => median(rounds.held.map(({ latenessMs }) => latenessMs[rank]))
  return {
    rows: [
      row("p50"),
      row("p99", { atMost: 20 }),
      { what: "  of it the generator's lateness, p50", measured: late("p50"), unit: "ms" },
      { what: "  of it the generator's lateness, p99", measured: late("p99"), unit: "ms" },
    ],
    raw: rounds,
  }
}

function startProvider({ stage }: Context, delayMs: number): Promise<Server> {
  return stage.serve([process.execPath, join(import.meta.dir, "../upstream.ts"), String(delayMs)])
}

async function pace({ stage }: Context, gateway: Server, quick: Server): Promise<Round> {
  const report = await load(stage, {
    url: gateway.url,
    model: "quick/any",
    kind: "paced",
    perSecond: PER_SECOND,
    warmUpJobs: PER_SECOND,
    jobs: PER_SECOND * SECONDS,
  })
  const { latenciesMs } = (await (await fetch(`${quick.url}/report`)).json()) as Report
  return { ...report, submitToCallMs: computeSpread(latenciesMs) }
}
