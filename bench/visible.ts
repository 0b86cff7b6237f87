// How long a result is on its way to a client that waits for it: from the upstream's answer to the 200 of `Prefer: wait`.
import { type Context, load, startGateway } from "./gateway.ts"
import { median } from "./spread.ts"
import type { Measurement } from "./table.ts"
import { inTurns } from "./turns.ts"

const JOBS = 100
const CLIENTS = { one: 1, many: 16 } as const

export async function measureVisible(context: Context): Promise<Measurement> {
  const gateway = await startGateway(context)
  const plan = { url: gateway.url, model: "short/any", kind: "waiting" } as const
  const wait = async (name: keyof typeof CLIENTS) => {
    const connections = CLIENTS[name]
    const { visibleMs } = await load(context.stage, { ...plan, connections, jobs: name === "one" ? JOBS / 5 : JOBS })
    return visibleMs
  }
  await wait("many")
  const rounds = await inTurns(["one", "many"] as const, wait)
  await gateway.stop()
  const middle = (name: keyof typeof CLIENTS, rank: "p50" | "p99") => median(rounds[name].map((round) => round[rank]))
  const what = "from the upstream's answer to a waiting client's 200"
  return {
    rows: [
      { what: `${what}, 1 client, p50`, measured: middle("one", "p50"), unit: "ms", bar: { below: 3 } },
      { what: `${what}, ${CLIENTS.many} clients, p50`, measured: middle("many", "p50"), unit: "ms", bar: { below: 3 } },
      { what: `${what}, ${CLIENTS.many} clients, p99`, measured: middle("many", "p99"), unit: "ms" },
    ],
    raw: { rounds },
  }
}
