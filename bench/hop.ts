// What a gateway adds to a call whose caller waits for the answer: a call straight to the upstream, through Portkey's gateway, which
// stores nothing, and through this one, which has stored request and result before it answers.
import { type Context, call, startGateway } from "./gateway.ts"
import { startPortkey } from "./peers/peers.ts"
import { CHAT, chatRequest } from "./request.ts"
import { median } from "./spread.ts"
import type { Measurement, Row } from "./table.ts"
import { inTurns } from "./turns.ts"

const CALLS = 300
const WAIT_SECONDS = 30
const PATH = "/v1/chat/completions"

export async function measureHop(context: Context): Promise<Measurement> {
  const gateway = await startGateway(context)
  const portkey = await startPortkey(context)
  const upstream = context.upstreams.instant.url
  const body = chatRequest("any")
  const through = {
    "x-portkey-provider": "openai",
    "x-portkey-custom-host": `${upstream}/v1`,
    authorization: "Bearer key",
  }
  const calls = {
    straight: { url: upstream + PATH, body },
    portkey: { url: portkey.url + PATH, body, headers: through },
    gateway: {
      url: gateway.url + CHAT,
      body: chatRequest("instant/any"),
      headers: { prefer: `wait=${WAIT_SECONDS}` },
    },
  }
  const rounds = await inTurns(["straight", "portkey", "gateway"] as const, (name) =>
    call(context.stage, { ...calls[name], count: CALLS, connections: 1 }),
  )
  await Promise.all([gateway, portkey].map((server) => server.stop()))
  const middle = (name: keyof typeof rounds) => median(rounds[name].map(({ callMs }) => callMs.p50))
  const [straight, hop] = [middle("straight"), middle("portkey")]
  const row: Row = { what: "a call straight to its upstream, p50", measured: straight, unit: "ms" }
  const beside = { what: "through Portkey, nothing stored", measured: hop - straight }
  return {
    rows: [row, { what: "  more through the gateway", measured: middle("gateway") - straight, unit: "ms", beside }],
    versions: portkey.versions,
    raw: { rounds },
  }
}
