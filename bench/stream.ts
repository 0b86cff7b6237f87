// What a gateway adds to a stream: until its first piece, and to each piece, straight from the upstream, through Portkey's gateway, and
// through this one, which also stores the whole result.
import { join } from "node:path"
import { type Context, memoryMb, startGateway } from "./gateway.ts"
import { describeWays, ways } from "./hop.ts"
import type { StreamReport, Streams } from "./listener.ts"
import { startPortkey } from "./peers/peers.ts"
import { chatRequest } from "./request.ts"
import { median, type Spread } from "./spread.ts"
import type { Measurement, Row } from "./table.ts"
import { inTurns } from "./turns.ts"

const READ_MS_MAX = 60_000
/** A few pieces each, for the time until the first. */
const short = { count: 100, stream_pieces: 5, piece_ms: 20 }
/** Fifty a second for two seconds, for the time of each. */
export const long = { count: 200, stream_pieces: 100, piece_ms: 20 }
const MEMORY_MB_MAX = 250

export async function measureStream(context: Context): Promise<Measurement> {
  const gateway = await startGateway(context)
  const portkey = await startPortkey(context)
  const urls = { upstream: context.upstreams.instant.url, portkey: portkey.url, gateway: gateway.url }
  const to = describeWays(urls)
  const read = (name: (typeof ways)[number], { count, ...stamp }: typeof short) => {
    const { model, ...way } = to[name]
    const isOurs = name === "gateway"
    const body = chatRequest(isOurs ? "open/any" : model, { stream: true, ...stamp })
    const streams: Streams = { ...way, count, body }
    return listen(context, streams)
  }
  const firsts = await inTurns(ways, (name) => read(name, short))
  const pieces = await inTurns(ways, (name) => read(name, long))
  const memory = memoryMb(gateway.pid)
  await Promise.all([gateway, portkey].map((server) => server.stop()))
  const rows: Row[] = [
    ...compare("until the first piece, 100 streams", firsts, "firstMs", { p50: 0.1, p99: 0.25 }),
    ...compare("delay of a piece, 200 streams of 50 a second", pieces, "delayMs", { p50: 1, p99: 0.5 }),
    { what: "memory after those streams", measured: memory, unit: "MB", bar: { below: MEMORY_MB_MAX } },
  ]
  return { rows, versions: portkey.versions, raw: { firsts, pieces } }
}

export async function listen({ stage }: Context, streams: Streams): Promise<StreamReport> {
  const command = [process.execPath, join(import.meta.dir, "listener.ts"), JSON.stringify(streams)]
  const stdout = await stage.run(command, READ_MS_MAX, { BUN_CONFIG_MAX_HTTP_REQUESTS: "65535" })
  return JSON.parse(stdout) as StreamReport
}

type Rounds = Record<(typeof ways)[number], StreamReport[]>

function compare(what: string, rounds: Rounds, of: keyof StreamReport, most: Record<"p50" | "p99", number>): Row[] {
  const middle = (name: keyof Rounds, rank: keyof Spread) => median(rounds[name].map((report) => report[of][rank]))
  return (["p50", "p99"] as const).flatMap((rank): Row[] => {
    const straight = middle("straight", rank)
    return [
      { what: `${what}, straight, ${rank}`, measured: straight, unit: "ms" },
      {
        what: "  more through the gateway",
        measured: middle("gateway", rank) - straight,
        unit: "ms",
        beside: { what: "through Portkey", measured: middle("portkey", rank) - straight },
        bar: { ratioAtMost: most[rank] },
      },
    ]
  })
}
