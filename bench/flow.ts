// Jobs from submit to stored result when the provider takes no time, beside the peers and beside the calls alone.
import { type Context, call, load, submitOne } from "./gateway.ts"
import { beside, bestPeer, FIRST_PEER, GATEWAY, mapValues, readFigures, startPrograms } from "./programs.ts"
import { CHAT, chatRequest } from "./request.ts"
import { median } from "./spread.ts"
import type { Server } from "./stage.ts"
import type { Measurement, Row } from "./table.ts"
import { inTurns } from "./turns.ts"
import { alternate, CONNECTIONS } from "./wrk.ts"

const JOBS = 5000
const SINGLE_JOBS = 500
const FETCH = "fetch alone"
const POLL_EVERY_MS = 10

export async function measureFlow(context: Context): Promise<Measurement> {
  const { stage, upstreams } = context
  const programs = await startPrograms(context)
  const run = (name: string) => jobsPerSecond(context, programs.servers[name]?.url ?? "")
  const calls = { url: `${upstreams.instant.url}/v1/chat/completions`, body: chatRequest("any"), count: JOBS }
  const callsPerSecond = async () => (await call(stage, { ...calls, connections: CONNECTIONS })).perSecond
  const names = Object.keys(programs.servers)
  for (const name of names) await programs.alone(name, () => run(name))
  const rounds = await inTurns([...names, FETCH], (name) =>
    programs.alone(name, () => (name === FETCH ? callsPerSecond() : run(name))),
  )
  const single = await inTurns([GATEWAY], (name) =>
    programs.alone(name, () => jobsPerSecond(context, programs.gateway.url, SINGLE_JOBS, "single/any")),
  )
  await programs.stop()

  const rates = mapValues(rounds, median)
  const { [FETCH]: alone = Number.NaN, ...ofPrograms } = rates
  const row = { what: "jobs from submit to stored result, 64 in flight", measured: rates[GATEWAY] ?? Number.NaN }
  return {
    rows: [
      { ...row, unit: "/s", ...bestPeer(ofPrograms, "more"), bar: { ratioAtLeast: 1.5 } },
      { ...row, unit: "/s", beside: { what: FETCH, measured: alone } },
      { what: "  the same, 1 in flight", measured: median(single[GATEWAY] ?? []), unit: "/s" },
    ],
    figures: readFigures("jobs", "/s", rates, (name) =>
      name === GATEWAY ? "gateway" : name === FETCH ? "floor" : "peer",
    ),
    skipped: programs.skipped,
    versions: programs.versions,
    raw: { rounds, single },
  }
}

/** Of jobs that are submitted as fast as their 202s come, each polled to its end. */
export async function jobsPerSecond({ stage }: Context, url: string, jobs = JOBS, model = "instant/any") {
  const { endedAfterMs } = await load(stage, { url, model, jobs, kind: "burst", connections: CONNECTIONS })
  return (jobs * 1000) / endedAfterMs
}

/** Submits at full load while 64 calls at a time carry out what was submitted. Each finishes its queue before the next is loaded. */
export async function measureWorked(context: Context): Promise<Measurement> {
  const programs = await startPrograms(context, [FIRST_PEER])
  const body = chatRequest("instant/any")
  const targets = mapValues(programs.servers, ({ url }) => ({ url: url + CHAT, body }))
  const rounds = await alternate(context.stage, targets, (name, run) =>
    programs.alone(name, async () => {
      const found = await run()
      await drained(programs.servers[name])
      return found
    }),
  )
  await programs.stop()
  const rates = mapValues(rounds, ({ requestsPerSecond }) => requestsPerSecond)
  const row: Row = {
    what: `submits, ${CONNECTIONS} connections, while the jobs are worked`,
    measured: rates[GATEWAY] ?? Number.NaN,
    unit: "/s",
    ...beside(rates, FIRST_PEER),
    bar: { ratioAtLeast: 1.5 },
  }
  return {
    rows: [row],
    figures: readFigures("worked", "/s", rates),
    skipped: programs.skipped,
    versions: programs.versions,
    raw: { rounds },
  }
}

/** The oldest goes first, so a queue is empty when what is submitted now has ended. */
export async function drained(server: Server | undefined): Promise<void> {
  if (!server) return
  const { id } = JSON.parse(await submitOne(server, "instant/any")) as { id: string }
  while ((await fetch(`${server.url}${CHAT}/${id}`)).status === 202) await Bun.sleep(POLL_EVERY_MS)
}
