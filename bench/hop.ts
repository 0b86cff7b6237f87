// What a gateway adds to a call: a call straight to the upstream, through Portkey's gateway, which stores nothing, and through this one,
// which has stored the request before it calls, and stores the result as it answers.
import { type Context, call, startGateway } from "./gateway.ts"
import { startPortkey } from "./peers/peers.ts"
import { chatRequest } from "./request.ts"
import { median } from "./spread.ts"
import type { Measurement, Row } from "./table.ts"
import { inTurns } from "./turns.ts"

const PATH = "/v1/chat/completions"

/** Calls at a time -> how many, and what may be added, as a share of what Portkey adds. */
const loads = [
  { connections: 1, count: 300, addedAtMost: 1.3 },
  { connections: 16, count: 1500, addedAtMost: 0.7 },
  { connections: 64, count: 3000, addedAtMost: 0.4 },
]
const RATE_AT_LEAST = 4

/** The same request to the upstream itself, through Portkey, and through the gateway. */
export function describeWays({ upstream, portkey, gateway }: Record<"upstream" | "portkey" | "gateway", string>) {
  const headers = {
    "x-portkey-provider": "openai",
    "x-portkey-custom-host": `${upstream}/v1`,
    authorization: "Bearer key",
  }
  return {
    straight: { url: upstream + PATH, model: "any", headers: {} },
    portkey: { url: portkey + PATH, model: "any", headers },
    gateway: { url: gateway + PATH, model: "instant/any", headers: {} },
  }
}

export const ways = ["straight", "portkey", "gateway"] as const

export async function measureHop(context: Context): Promise<Measurement> {
  const gateway = await startGateway(context)
  const portkey = await startPortkey(context)
  const urls = { upstream: context.upstreams.instant.url, portkey: portkey.url, gateway: gateway.url }
  const to = describeWays(urls)
  const rows: Row[] = []
  const raw: object[] = []
  for (const { connections, count, addedAtMost } of loads) {
    const rounds = await inTurns(ways, (name) => {
      const { model, ...way } = to[name]
      return call(context.stage, { ...way, body: chatRequest(model), count, connections })
    })
    raw.push({ connections, rounds })
    const middle = (name: keyof typeof rounds) => median(rounds[name].map(({ callMs }) => callMs.p50))
    const rate = (name: keyof typeof rounds) => median(rounds[name].map(({ perSecond }) => perSecond))
    const straight = middle("straight")
    const added = { what: "through Portkey, nothing stored", measured: middle("portkey") - straight }
    rows.push(
      { what: `a call straight to its upstream, ${connections} at a time, p50`, measured: straight, unit: "ms" },
      {
        what: "  more through the gateway",
        measured: middle("gateway") - straight,
        unit: "ms",
        beside: added,
        bar: { ratioAtMost: addedAtMost },
      },
      {
        what: "  calls through the gateway",
        measured: rate("gateway"),
        unit: "/s",
        beside: { what: "through Portkey", measured: rate("portkey") },
        ...(connections === 64 ? { bar: { ratioAtLeast: RATE_AT_LEAST } } : {}),
      },
    )
  }
  await Promise.all([gateway, portkey].map((server) => server.stop()))
  return { rows, versions: portkey.versions, raw }
}
