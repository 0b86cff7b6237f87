// How long a result is on its way to a client that waits for it: from the upstream's answer to the 200 of `Prefer: wait`.
import { type Context, load, startGateway } from "./gateway.ts"
import { median } from "./spread.ts"
import type { Measurement } from "./table.ts"
import { inTurns } from "./turns.ts"

/** The provider takes 50 ms: of the few no two wait at one time, of the many about ten. */
const perSecond = { few: 15, many: 200 } as const

export async function measureVisible(context: Context): Promise<Measurement> {
  const gateway = await startGateway(context)
  const plan = { url: gateway.url, model: "short/any", kind: "waiting" } as const
  const wait = async (name: keyof typeof perSecond) => {
    const rate = perSecond[name]
    return (await load(context.stage, { ...plan, perSecond: rate, jobs: rate })).visibleMs
  }
  await wait("many")
  const rounds = await inTurns(["few", "many"] as const, wait)
  await gateway.stop()
  const middle = (name: keyof typeof perSecond, rank: "p50" | "p99") => median(rounds[name].map((round) => round[rank]))
  const what = "from the upstream's answer to a waiting client's 200, at"
  const bar = { below: 3 }
  return {
    rows: [
      { what: `${what} ${perSecond.few}/s, p50`, measured: middle("few", "p50"), unit: "ms", bar },
      { what: `${what} ${perSecond.many}/s, p50`, measured: middle("many", "p50"), unit: "ms", bar },
      { what: `${what} ${perSecond.many}/s, p99`, measured: middle("many", "p99"), unit: "ms" },
    ],
    raw: { rounds },
  }
}
