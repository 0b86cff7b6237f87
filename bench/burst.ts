// Many jobs at once: how many a second reach their end when the provider takes no time, and what 1,000 long calls in flight weigh.
import { type Context, load, memoryMb, startGateway } from "./gateway.ts"
import type { LoadReport } from "./load.ts"
import { median } from "./spread.ts"
import type { Measurement } from "./table.ts"
import type { Report } from "./upstream.ts"

const ROUNDS = 3
const JOBS = 10_000
const WARM_UP_JOBS = 1000
const LONG_CALLS = 1000
const SAMPLE_EVERY_MS = 50

export async function measureFlow(context: Context): Promise<Measurement> {
  const gateway = await startGateway(context)
  const plan = { url: gateway.url, model: "instant/any", kind: "burst", connections: 64 } as const
  await load(context.stage, { ...plan, jobs: WARM_UP_JOBS })
  const rounds: LoadReport[] = []
  for (let round = 0; round < ROUNDS; round++) rounds.push(await load(context.stage, { ...plan, jobs: JOBS }))
  await gateway.stop()
  const perSecond = median(rounds.map(({ endedAfterMs }) => (JOBS * 1000) / endedAfterMs))
  return { rows: [{ what: "jobs from submit to stored result", measured: perSecond, unit: "/s" }], raw: { rounds } }
}

export async function measureLongCalls(context: Context): Promise<Measurement> {
  const gateway = await startGateway(context)
  const peak = watchMemory(gateway.pid)
  const plan = { url: gateway.url, model: "long/any", jobs: LONG_CALLS, kind: "burst", connections: 64 } as const
  const report = await load(context.stage, plan)
  const peakMb = peak()
  await gateway.stop()
  const { inFlightMax } = (await (await fetch(`${context.upstreams.long.url}/report`)).json()) as Report
  const what = `${LONG_CALLS.toLocaleString("en-US")} calls of 2 s`
  return {
    rows: [
      { what: `${what}, all ended after`, measured: report.endedAfterMs / 1000, unit: "s", bar: { below: 3.5 } },
      { what: `${what}, memory with ${inFlightMax} at once`, measured: peakMb, unit: "MB", bar: { below: 250 } },
    ],
    raw: { ...report, peakMb, inFlightMax },
  }
}

/** Samples from now on; the returned function stops that and says what the most was. */
function watchMemory(pid: number): () => number {
  let peakMb = memoryMb(pid)
  const timer = setInterval(() => {
    peakMb = Math.max(peakMb, memoryMb(pid))
  }, SAMPLE_EVERY_MS)
  return () => {
    clearInterval(timer)
    return peakMb
  }
}
