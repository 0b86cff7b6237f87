// Polls at full load: of a small result beside bare servers, and of larger ones beside a server that sends as many bytes.
import { floorNames, startFloors } from "./floors.ts"
import { type Context, load, startGateway } from "./gateway.ts"
import { CHAT } from "./request.ts"
import type { Measurement, Row } from "./table.ts"
import { alternate, CONNECTIONS } from "./wrk.ts"

/** Enough that the polled job does not have the tables to itself. */
const STORED_JOBS = 1000
const MB = 1_000_000
const SIZES = [100_000, MB, 20 * MB]
/** A client that collects a large result is rarely in company; and so many bytes fill a core at any rate. */
const SIZE_CONNECTIONS = 1

/** Of one completed job, whose result has about 1 KB. */
export async function measurePoll(context: Context): Promise<Measurement> {
  const { stage } = context
  const gateway = await startGateway(context)
  const plan = { url: gateway.url, model: "instant/any", jobs: STORED_JOBS, kind: "burst", connections: 16 } as const
  const path = `${CHAT}/${(await load(stage, plan)).lastJobId}`
  const answerBytes = await bytesAt(gateway.url + path)
  const floors = await startFloors(stage, ["elysia", "bun"], answerBytes)
  const targets = {
    gateway: { url: gateway.url + path },
    elysia: { url: floors.elysia.url + path },
    bun: { url: floors.bun.url + path },
  }
  const rounds = await alternate(stage, targets)
  await Promise.all([gateway, ...Object.values(floors)].map((server) => server.stop()))
  const row = (kind: "elysia" | "bun", bar?: Row["bar"]): Row => ({
    what: `polls, ${CONNECTIONS} connections`,
    measured: rounds.gateway.requestsPerSecond,
    unit: "/s",
    beside: { what: `${floorNames[kind]} GET`, measured: rounds[kind].requestsPerSecond },
    ...(bar ? { bar } : {}),
  })
  return { rows: [row("elysia", { ratioAtLeast: 0.5 }), row("bun")], raw: { answerBytes, rounds } }
}

/** Of completed jobs with larger results, one client after the other; and what the bytes alone cost. */
export async function measureSizes(context: Context): Promise<Measurement> {
  const { stage } = context
  const gateway = await startGateway(context)
  const rows: Row[] = []
  const raw: Record<string, unknown> = {}
  for (const bytes of SIZES) {
    const plan = { url: gateway.url, model: "instant/any", jobs: 1, kind: "burst", connections: 1 } as const
    const { lastJobId, endedAfterMs } = await load(stage, { ...plan, answerBytes: bytes })
    const path = `${CHAT}/${lastJobId}`
    const answerBytes = await bytesAt(gateway.url + path)
    const floors = await startFloors(stage, ["bun"], answerBytes)
    const connections = SIZE_CONNECTIONS
    const targets = {
      gateway: { url: gateway.url + path, connections },
      bun: { url: floors.bun.url + path, connections },
    }
    const rounds = await alternate(stage, targets)
    await floors.bun.stop()
    const mbPerSecond = (name: keyof typeof rounds) => (rounds[name].requestsPerSecond * answerBytes) / MB
    rows.push({
      what: `a result of ${bytes / MB} MB, polled by ${connections} client`,
      measured: mbPerSecond("gateway"),
      unit: "MB/s",
      beside: { what: "Bun.serve sending as much", measured: mbPerSecond("bun") },
      ...(bytes === Math.max(...SIZES) ? { bar: { ratioAtLeast: 0.5 } } : {}),
    })
    raw[bytes] = { answerBytes, endedAfterMs, rounds }
  }
  await gateway.stop()
  return { rows, raw }
}

async function bytesAt(url: string): Promise<number> {
  return (await (await fetch(url)).bytes()).length
}
