// Submits and polls at full load, each beside the floors that do the same without being a gateway.
import { join } from "node:path"
import type { FloorKind } from "./floor.ts"
import { type Context, load, startGateway, submitOne } from "./gateway.ts"
import { CHAT, chatRequest } from "./request.ts"
import type { Server, Stage } from "./stage.ts"
import type { Measurement, Row } from "./table.ts"
import { alternate, CONNECTIONS, type Rounds } from "./wrk.ts"

/** Enough that the polled job does not have the tables to itself. */
const STORED_JOBS = 1000

/** The provider takes one call and never answers it: nothing but submits is at work. */
export async function measureSubmit(context: Context): Promise<Measurement> {
  const { stage } = context
  const gateway = await startGateway(context)
  const acceptedBytes = (await submitOne(gateway, "held/any")).length
  const floors = await startFloors(stage, ["elysia", "insert", "bun"], acceptedBytes)
  const body = chatRequest("held/any")
  const result = await alternate(stage, {
    gateway: { url: gateway.url + CHAT, body },
    elysia: { url: floors.elysia.url, body },
    insert: { url: floors.insert.url, body },
    bun: { url: floors.bun.url, body },
  })
  await Promise.all([gateway, ...Object.values(floors)].map((server) => server.stop()))
  return {
    rows: [
      rate("submits", result.gateway, "Elysia POST", result.elysia, 0.25),
      rate("submits", result.gateway, "durable insert per request", result.insert, 4),
      rate("submits", result.gateway, "Bun.serve POST", result.bun),
      latency("submit at full load, p50", result.gateway.p50Ms, "Elysia POST", result.elysia.p50Ms),
      latency("submit at full load, p99", result.gateway.p99Ms, "Elysia POST", result.elysia.p99Ms),
    ],
    raw: { acceptedBytes, ...result },
  }
}

/** Of one completed job, whose result has about 1 KB. */
export async function measurePoll(context: Context): Promise<Measurement> {
  const { stage } = context
  const gateway = await startGateway(context)
  const plan = { url: gateway.url, model: "instant/any", jobs: STORED_JOBS, kind: "burst", connections: 16 } as const
  const path = `${CHAT}/${(await load(stage, plan)).lastJobId}`
  const answer = await fetch(gateway.url + path)
  const answerBytes = (await answer.bytes()).length
  const floors = await startFloors(stage, ["elysia", "bun"], answerBytes)
  const result = await alternate(stage, {
    gateway: { url: gateway.url + path },
    elysia: { url: floors.elysia.url + path },
    bun: { url: floors.bun.url + path },
  })
  await Promise.all([gateway, ...Object.values(floors)].map((server) => server.stop()))
  return {
    rows: [
      rate("polls", result.gateway, "Elysia GET", result.elysia, 0.4),
      rate("polls", result.gateway, "Bun.serve GET", result.bun),
    ],
    raw: { answerBytes, ...result },
  }
}

/** @param answerBytes what the gateway answers in its place: a floor sends as much */
async function startFloors<Kind extends FloorKind>(
  stage: Stage,
  kinds: Kind[],
  answerBytes: number,
): Promise<Record<Kind, Server>> {
  const start = async (kind: Kind) => {
    const command = [process.execPath, join(import.meta.dir, "floor.ts"), kind, String(answerBytes), stage.directory()]
    return [kind, await stage.serve(command)] as const
  }
  return Object.fromEntries(await Promise.all(kinds.map(start))) as Record<Kind, Server>
}

function rate(what: string, gateway: Rounds, floorName: string, floor: Rounds, ratioAtLeast?: number): Row {
  return {
    what: `${what}, ${CONNECTIONS} connections`,
    measured: gateway.requestsPerSecond,
    unit: "/s",
    floor: { what: floorName, measured: floor.requestsPerSecond },
    ...(ratioAtLeast === undefined ? {} : { bar: { ratioAtLeast } }),
  }
}

function latency(what: string, measured: number, floorName: string, floorMeasured: number): Row {
  return { what, measured, unit: "ms", floor: { what: floorName, measured: floorMeasured } }
}
