// What a kill -9 costs: how long after the program's start the calls that it had out are out again, of the gateway and its peers.
import { join } from "node:path"
import { appDirectory, type Context, readReport, startGateway, submitOne } from "./gateway.ts"
import { inLanes } from "./lanes.ts"
import { peerNames, startPeer } from "./peers/peers.ts"
import { GATEWAY, mapValues, readFigures } from "./programs.ts"
import { median } from "./spread.ts"
import type { Server } from "./stage.ts"
import type { Measurement, Row } from "./table.ts"
import { inTurns } from "./turns.ts"

const JOBS = 64
const LANES = 16
/** Long enough that every call is out when the program dies. */
const CALL_MS = 3000
const OUT_MS_MAX = CALL_MS - 500
/** BullMQ, by its defaults, notices after 30 to 60 s; pg-boss after 15 minutes and plainjob after 30 are not waited for. */
const AGAIN_MS_MAX = 75_000
const LOOK_EVERY_MS = 5

interface Program {
  front: Server
  kill(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}

type Start = (own: Context) => Promise<Program | undefined>

/** All at once: but for the first moments they only wait. */
export async function measureKill(context: Context): Promise<Measurement> {
  const skipped: string[] = []
  const againMs: Record<string, number | null> = {}
  const note = async (name: string, start: Start) => {
    const ms = await recover(context, start)
    if (ms !== undefined) againMs[name] = ms
  }
  const own = await inTurns([GATEWAY], () => recover(context, startKillable))
  againMs[GATEWAY] = median((own[GATEWAY] ?? []).map((ms) => ms ?? AGAIN_MS_MAX))
  await Promise.all(
    peerNames.map((name) =>
      note(name, async (own) => {
        const peer = await startPeer(own, name)
        if (!("missing" in peer)) return { ...peer, front: peer }
        skipped.push(`${name}: ${peer.missing}`)
        return undefined
      }),
    ),
  )
  const rows = Object.entries(againMs).map(([name, ms]) => readRow(name, ms))
  const figures = readFigures("recovery", "s", mapValues(againMs, parseSeconds)).map((figure) => ({
    ...figure,
    isMore: againMs[figure.program] === null,
  }))
  return { rows, figures, skipped, raw: { own, againMs } }
}

function readRow(name: string, ms: number | null): Row {
  const within = ms === null ? `, not within ${AGAIN_MS_MAX / 1000} s` : ""
  return {
    what: `${JOBS} jobs running again after a kill -9, ${name}${within}`,
    measured: parseSeconds(ms),
    unit: "s",
    ...(name === GATEWAY ? { bar: { below: 1 } } : {}),
  }
}

function parseSeconds(ms: number | null): number {
  return (ms ?? AGAIN_MS_MAX) / 1000
}

/** From the start after the kill until the upstream has every call again: null where it does not get them in time, undefined without a program. */
async function recover(context: Context, start: Start): Promise<number | null | undefined> {
  const upstream = await context.stage.serve([process.execPath, join(import.meta.dir, "upstream.ts"), String(CALL_MS)])
  const program = await start({ ...context, upstreams: { ...context.upstreams, long: upstream } })
  if (!program) return undefined
  await inLanes(LANES, JOBS, async () => void (await submitOne(program.front, "long/any")))
  if ((await callsSeen(upstream, OUT_MS_MAX)) === null)
    throw new Error(`${JOBS} calls were not out after ${OUT_MS_MAX} ms`)
  await program.kill()
  const startedAt = performance.now()
  await program.restart()
  const againAt = await callsSeen(upstream, AGAIN_MS_MAX)
  await program.stop()
  await upstream.stop()
  return againAt === null ? null : againAt - startedAt
}

/** When the upstream had as many calls as there are jobs, counted from now. */
async function callsSeen(upstream: Server, msMax: number): Promise<number | null> {
  const endAt = performance.now() + msMax
  for (let calls = 0; performance.now() < endAt; await Bun.sleep(LOOK_EVERY_MS)) {
    calls += (await readReport(upstream)).calls
    if (calls >= JOBS) return performance.now()
  }
  return null
}

async function startKillable(context: Context): Promise<Program> {
  const directory = appDirectory(context)
  let front = await startGateway(context, directory)
  return {
    get front() {
      return front
    },
    kill: () => front.stop(),
    stop: () => front.stop(),
    async restart() {
      front = await startGateway(context, directory)
    },
  }
}
