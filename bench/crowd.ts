// Many at once: calls that are out at their provider, and connections that clients hold open.
import { type Context, load, memoryMb, readReport, startGateway, tryLoad } from "./gateway.ts"
import type { LoadReport } from "./load.ts"
import { CHAT, chatRequest } from "./request.ts"
import { median } from "./spread.ts"
import type { Measurement, Row } from "./table.ts"
import { inTurns } from "./turns.ts"
import { alternate, type Target } from "./wrk.ts"

const CALLS = ["64", "1000", "5000"] as const
const CALL_SECONDS = 2
const WATCH_EVERY_MS = 50
/** 64 are in every other measurement. */
const CONNECTIONS = [1000, 5000]

interface Round extends LoadReport {
  peakMb: number
  inFlightMax: number
}

/** Long calls, as many as are submitted at once: how long all take, what they weigh, and whether any is lost. */
export async function measureCalls(context: Context): Promise<Measurement> {
  const { stage, upstreams } = context
  const gateway = await startGateway(context)
  const run = async (calls: string): Promise<Round> => {
    const plan = { url: gateway.url, model: "long/any", jobs: Number(calls), kind: "burst", connections: 64 } as const
    await readReport(upstreams.long)
    const peak = watchMemory(gateway.pid)
    const report = await tryLoad(stage, plan)
    return { ...report, peakMb: peak(), inFlightMax: (await readReport(upstreams.long)).inFlightMax }
  }
  const rounds = await inTurns(CALLS, run)
  await gateway.stop()
  return { rows: CALLS.flatMap((calls) => callRows(calls, rounds[calls])), raw: { rounds } }
}

function callRows(calls: (typeof CALLS)[number], rounds: Round[]): Row[] {
  const what = `${Number(calls).toLocaleString("en-US")} calls of ${CALL_SECONDS} s`
  const isJudged = calls === "5000"
  const inFlight = Math.min(...rounds.map(({ inFlightMax }) => inFlightMax)).toLocaleString("en-US")
  return [
    {
      what: `${what}, all ended after`,
      measured: median(rounds.map(({ endedAfterMs }) => endedAfterMs)) / 1000,
      unit: "s",
    },
    {
      what: `${what}, memory with ${inFlight} at once`,
      measured: Math.max(...rounds.map(({ peakMb }) => peakMb)),
      unit: "MB",
      ...(isJudged ? { bar: { below: 300 } } : {}),
    },
    {
      what: `${what}, timeouts and other failures`,
      measured: rounds.reduce((sum, { failed }) => sum + failed, 0),
      unit: "jobs",
      ...(isJudged ? { bar: { atMost: 0 } } : {}),
    },
  ]
}

/** Connections that all send as fast as they are answered. */
export async function measureConnections(context: Context): Promise<Measurement> {
  const { stage } = context
  const gateway = await startGateway(context)
  const plan = { url: gateway.url, model: "instant/any", jobs: 1, kind: "burst", connections: 1 } as const
  const path = `${CHAT}/${(await load(stage, plan)).lastJobId}`
  const body = chatRequest("held/any")
  const targets: Record<string, Target> = {}
  for (const connections of CONNECTIONS) {
    targets[`submits, ${connections} connections`] = { url: gateway.url + CHAT, body, connections }
    targets[`polls, ${connections} connections`] = { url: gateway.url + path, connections }
  }
  const rounds = await alternate(stage, targets)
  await gateway.stop()
  const rows = Object.entries(rounds).flatMap(([what, { requestsPerSecond, p99Ms }]): Row[] => [
    { what, measured: requestsPerSecond, unit: "/s" },
    { what: `  p99 of these ${what}`, measured: p99Ms, unit: "ms" },
  ])
  return { rows, raw: { rounds } }
}

/** Samples from now on; the returned function stops that and says what the most was. */
function watchMemory(pid: number): () => number {
  let peakMb = memoryMb(pid)
  const timer = setInterval(() => {
    peakMb = Math.max(peakMb, memoryMb(pid))
  }, WATCH_EVERY_MS)
  return () => {
    clearInterval(timer)
    return peakMb
  }
}
