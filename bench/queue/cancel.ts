// The end of many calls that are out: how long until nothing of them is left at the provider, and the same of a single one.
import { median, type Spread } from "../spread.ts"
import type { Measurement, Row } from "../table.ts"
import { type CancelPlan, type CancelReport, CONNECTIONS } from "./client.ts"
import { appDirectory, type Context, client, readAddress, startGateway, startUpstream } from "./program.ts"

const JOBS = 1000
const ROUNDS = 5
const ways = ["single", "each", "all"] as const

export async function measureCancel(context: Context): Promise<Measurement> {
  const { stage } = context
  const upstream = await startUpstream(stage)
  const slow = { url: readAddress(upstream, "hang"), concurrency: JOBS }
  const gateway = await startGateway(context, appDirectory(stage, { slow }))
  const plan = { url: gateway.url, provider: "slow", models: 1, jobs: JOBS, kind: "cancel" } as const
  const rounds: Record<CancelPlan["how"], CancelReport[]> = { single: [], each: [], all: [] }
  for (let n = 0; n < ROUNDS; n++) {
    for (const how of ways) rounds[how].push(await client(stage, { ...plan, how, upstream: upstream.url }))
  }
  await Promise.all([gateway, upstream].map((server) => server.stop()))
  const jobs = `${JOBS.toLocaleString("en-US")} running jobs`
  return {
    rows: [
      ...whole(`cancel of ${jobs} by ${CONNECTIONS} connections`, rounds.each),
      ...spread("  each to its socket's close", rounds.each),
      ...whole(`cancel of ${jobs} by one request`, rounds.all),
      ...spread(`cancel of ${jobs} one by one, each to its socket's close`, rounds.single, { atMost: 100 }),
    ],
    raw: rounds,
  }
}

function whole(what: string, rounds: CancelReport[]): Row[] {
  const bar = { atMost: 1 }
  const seconds = (name: "closedAfterMs" | "terminalAfterMs") => median(rounds.map((round) => round[name])) / 1000
  return [
    { what: `${what}, all sockets closed after`, measured: seconds("closedAfterMs"), unit: "s", bar },
    { what: `${what}, all jobs ended after`, measured: seconds("terminalAfterMs"), unit: "s", bar },
  ]
}

function spread(what: string, rounds: CancelReport[], bar?: Row["bar"]): Row[] {
  const rank = (name: keyof Spread) => median(rounds.map(({ closeMs }) => closeMs[name]))
  return (["p50", "p99"] as const).map((name) => ({
    what: `${what}, ${name}`,
    measured: rank(name),
    unit: "ms",
    ...(bar ? { bar } : {}),
  }))
}
