// A gateway that was killed with a long queue: how soon it works on it again, and what the queue weighs in memory.
import { memoryMb } from "../gateway.ts"
import { epochMs } from "../request.ts"
import { computeSpread } from "../spread.ts"
import type { Measurement } from "../table.ts"
import {
  appDirectory,
  type Context,
  client,
  readAddress,
  readReport,
  startGateway,
  startUpstream,
  until,
} from "./program.ts"

const JOBS = 100_000
const MODELS = 100
const RESTARTS = 7
const FIRST_CALL_MS_MAX = 30_000
const WATCHED_MS = 3000
const SAMPLE_EVERY_MS = 50
/** Each restart costs the jobs that were out a try. */
const MAX_RETRIES = 100

export async function measureRestart(context: Context): Promise<Measurement> {
  const { stage } = context
  const upstream = await startUpstream(stage)
  const appDir = appDirectory(stage, { slow: { url: readAddress(upstream, "hang"), maxRetries: MAX_RETRIES } })
  const first = await startGateway(context, appDir)
  const filled = await client(stage, { kind: "submit", url: first.url, provider: "slow", models: MODELS, jobs: JOBS })
  await first.stop()
  const restarts = []
  for (let n = 0; n < RESTARTS; n++) {
    await until("the calls of the killed process are closed", FIRST_CALL_MS_MAX, async () =>
      (await readReport(upstream)).every(({ endedAt }) => endedAt !== null),
    )
    const startedAt = epochMs()
    const gateway = await startGateway(context, appDir)
    const readyMs = epochMs() - startedAt
    let calledAt = Number.NaN
    await until("the upstream is called", FIRST_CALL_MS_MAX, async () => {
      calledAt = Math.min(...(await readReport(upstream)).map(({ arrivedAt }) => arrivedAt))
      return Number.isFinite(calledAt)
    })
    const { recovered, queued } = gateway.facts
    restarts.push({ readyMs, firstCallMs: calledAt - startedAt, recovered, queued, ...(await watch(gateway.pid)) })
    await gateway.stop()
  }
  await upstream.stop()
  const firstCall = computeSpread(restarts.map(({ firstCallMs }) => firstCallMs))
  const settled = computeSpread(restarts.map(({ settledMb }) => settledMb))
  const peak = computeSpread(restarts.map(({ peakMb }) => peakMb))
  const what = `restart with ${JOBS.toLocaleString("en-US")} jobs`
  return {
    rows: [
      { what: `${what}, first call, p50`, measured: firstCall.p50, unit: "ms", bar: { atMost: 300 } },
      { what: `${what}, first call, p99`, measured: firstCall.p99, unit: "ms", bar: { atMost: 300 } },
      { what: `${what}, memory after ${WATCHED_MS / 1000} s`, measured: settled.p50, unit: "MB", bar: { atMost: 150 } },
      { what: `${what}, memory, most`, measured: peak.max, unit: "MB", bar: { atMost: 150 } },
    ],
    raw: { filled, restarts },
  }
}

async function watch(pid: number): Promise<{ settledMb: number; peakMb: number }> {
  let peakMb = memoryMb(pid)
  let settledMb = peakMb
  for (const endAt = epochMs() + WATCHED_MS; epochMs() < endAt; ) {
    await Bun.sleep(SAMPLE_EVERY_MS)
    settledMb = memoryMb(pid)
    peakMb = Math.max(peakMb, settledMb)
  }
  return { settledMb, peakMb }
}
