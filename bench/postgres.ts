// The gateway on PostgreSQL beside queues on the same server: durable submits, whole jobs, the wait for a 202, and three gateways beside one.
import { jobsPerSecond } from "./flow.ts"
import { type Context, startGateway } from "./gateway.ts"
import { PACED_JOBS, PER_SECOND, pace } from "./pace.ts"
import { postgresPeers } from "./peers/peers.ts"
import { startPostgres } from "./peers/servers.ts"
import { beside, GATEWAY, mapValues, type Programs, startPrograms } from "./programs.ts"
import { CHAT, chatRequest } from "./request.ts"
import { median } from "./spread.ts"
import type { Bar, Measurement, Row } from "./table.ts"
import { inTurns } from "./turns.ts"
import { alternate, CONNECTIONS, hammer } from "./wrk.ts"

const GATEWAYS = 3
const FIRST = "pg-boss"

export async function measurePostgres(context: Context): Promise<Measurement> {
  const server = await startPostgres(context.stage)
  if ("missing" in server) return { rows: [], skipped: [`postgres: ${server.missing}`], raw: {} }
  const programs = await startPrograms(context, postgresPeers, server)
  const names = Object.keys(programs.servers)
  const urls = mapValues(programs.servers, ({ url }) => url)
  const byTurns = <T>(measure: (url: string) => Promise<T>) =>
    inTurns(names, (name) => programs.alone(name, () => measure(urls[name] ?? "")))

  const submits = await alternate(
    context.stage,
    mapValues(urls, (url) => ({ url: url + CHAT, body: chatRequest("held/any") })),
    programs.alone,
  )
  await byTurns((url) => jobsPerSecond(context, url))
  const jobs = await byTurns((url) => jobsPerSecond(context, url))
  const paced = await byTurns((url) => pace(context, { url, jobs: PACED_JOBS }))
  const gateways = await programs.alone(GATEWAY, () => measureGateways(context, programs))
  await programs.stop()
  await server.stop()

  const rows = (what: string, unit: Row["unit"], measured: Record<string, number>, bar: Bar): Row[] =>
    postgresPeers.map((name) => ({
      what: `on PostgreSQL, ${what}`,
      measured: measured[GATEWAY] ?? Number.NaN,
      unit,
      ...beside(measured, name),
      ...(name === FIRST ? { bar } : {}),
    }))
  const submitRates = mapValues(submits, ({ requestsPerSecond }) => requestsPerSecond)
  const submitMs = mapValues(paced, (rounds) => median(rounds.map((round) => round.submitMs.p50)))
  const callMs = mapValues(paced, (rounds) => median(rounds.map((round) => round.submitToUpstreamMs.p50)))
  return {
    rows: [
      ...rows(`submits, ${CONNECTIONS} connections, workers held`, "/s", submitRates, { ratioAtLeast: 2 }),
      ...rows("jobs from submit to stored result", "/s", mapValues(jobs, median), { ratioAtLeast: 1.5 }),
      ...rows(`submit at ${PER_SECOND}/s, p50`, "ms", submitMs, { ratioAtMost: 1 }),
      ...rows(`submit to upstream at ${PER_SECOND}/s, p50`, "ms", callMs, { ratioAtMost: 1 }),
      {
        what: `on PostgreSQL, submits to ${GATEWAYS} gateways`,
        measured: median(gateways.several),
        unit: "/s",
        beside: { what: "one gateway", measured: median(gateways.one) },
        bar: { ratioAtLeast: 1.8 },
      },
    ],
    skipped: programs.skipped,
    versions: { ...programs.versions, postgresql: server.version },
    raw: { submits, jobs, paced, gateways },
  }
}

/** The same connections, all to the gateway that runs the jobs, or to it and to those that pass on what they get. */
async function measureGateways(context: Context, { gateway, environment }: Programs) {
  const { stage } = context
  const others = [] as (typeof gateway)[]
  while (others.length < GATEWAYS - 1) others.push(await startGateway(context, undefined, environment))
  const hit = async (targets: (typeof gateway)[]) => {
    const connections = Math.floor(CONNECTIONS / targets.length)
    const body = chatRequest("held/any")
    const found = await Promise.all(targets.map(({ url }) => hammer(stage, { url: url + CHAT, body, connections })))
    return found.reduce((sum, { requestsPerSecond }) => sum + requestsPerSecond, 0)
  }
  const rates = await inTurns(["one", "several"], (name) => hit(name === "one" ? [gateway] : [gateway, ...others]))
  await Promise.all(others.map((other) => other.stop()))
  return rates
}
