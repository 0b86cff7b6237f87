// Submits at full load while no worker is free, beside the peers and beside floors that do the same without being a gateway.
import type { FloorKind } from "./floor.ts"
import { floorNames, startFloors } from "./floors.ts"
import { type Context, submitOne } from "./gateway.ts"
import { beside, FIRST_PEER, GATEWAY, mapValues, readFigures, startPrograms } from "./programs.ts"
import { CHAT, chatRequest } from "./request.ts"
import type { Measurement, Row } from "./table.ts"
import { alternate, CONNECTIONS, type Target } from "./wrk.ts"

const FLOORS: FloorKind[] = ["elysia", "bun", "insert", "grouped"]

/** The provider takes one call and never answers it: nothing but submits is at work. */
export async function measureSubmit(context: Context): Promise<Measurement> {
  const programs = await startPrograms(context)
  const acceptedBytes = (await submitOne(programs.gateway, "held/any")).length
  const floors = await startFloors(context.stage, FLOORS, acceptedBytes)
  const body = chatRequest("held/any")
  const targets: Record<string, Target> = mapValues(programs.servers, ({ url }) => ({ url: url + CHAT, body }))
  for (const kind of FLOORS) targets[floorNames[kind]] = { url: floors[kind].url, body }
  const rounds = await alternate(context.stage, targets, programs.alone)
  await Promise.all([programs, ...Object.values(floors)].map((started) => started.stop()))

  const rates = mapValues(rounds, ({ requestsPerSecond }) => requestsPerSecond)
  const row = (name: string, bar?: Row["bar"]): Row => ({
    what: `submits, ${CONNECTIONS} connections, workers held`,
    measured: rates[GATEWAY] ?? Number.NaN,
    unit: "/s",
    ...beside(rates, name),
    ...(bar ? { bar } : {}),
  })
  const floorsByName: string[] = FLOORS.map((kind) => floorNames[kind])
  return {
    rows: [
      row(floorNames.elysia, { ratioAtLeast: 0.35 }),
      row(FIRST_PEER, { ratioAtLeast: 2.5 }),
      row(floorNames.insert),
      row(floorNames.grouped),
      row(floorNames.bun),
    ],
    figures: readFigures("submits", "/s", rates, (name) =>
      name === GATEWAY ? "gateway" : floorsByName.includes(name) ? "floor" : "peer",
    ),
    skipped: programs.skipped,
    versions: programs.versions,
    raw: { acceptedBytes, rounds },
  }
}
