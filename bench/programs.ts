// Those that can do the same job: the gateway and its peers, started together and measured by turns; and the best of the peers.
import { type Context, startGateway } from "./gateway.ts"
import { pause, resume } from "./pause.ts"
import { durablePeers, type PeerName, peerNames, startPeer } from "./peers/peers.ts"
import { createDatabase, type Store } from "./peers/servers.ts"
import type { Environment, Server } from "./stage.ts"
import type { Figure, FigureName, Kind, Row } from "./table.ts"

export const GATEWAY = "asyncgate"
/** The peer that most people would take, as durable as the gateway. */
export const FIRST_PEER: PeerName = "bullmq, appendfsync always"

const SYNC_MS_MAX = 30_000

export interface Programs {
  gateway: Server
  /** Of the gateway: a second one with it has the same database. */
  environment: Environment
  /** By name, the gateway too. */
  servers: Record<string, Server>
  /** Why others are not. */
  skipped: string[]
  versions: Record<string, string>
  /** Does `work` while the other programs are held still and the disk has nothing left to do for them. */
  alone<T>(name: string, work: () => Promise<T>): Promise<T>
  stop(): Promise<void>
}

/** @param postgres where the gateway and its peers keep their jobs, each in a database of its own; without it each has its own store */
export async function startPrograms(
  context: Context,
  peers: readonly PeerName[] = peerNames,
  postgres?: Store,
): Promise<Programs> {
  const environment = postgres ? useDatabase(await createDatabase(postgres, GATEWAY)) : {}
  const gateway = await startGateway(context, undefined, environment)
  const servers: Record<string, Server> = { [GATEWAY]: gateway }
  const skipped: string[] = []
  const versions: Record<string, string> = {}
  const pids: Record<string, number[]> = { [GATEWAY]: [gateway.pid] }
  for (const name of peers) {
    const peer = await startPeer(context, name, postgres && (await createDatabase(postgres, name)))
    if ("missing" in peer) skipped.push(`${name}: ${peer.missing}`)
    else {
      servers[name] = peer
      pids[name] = [peer.pid, ...(peer.storePid === null ? [] : [peer.storePid])]
      Object.assign(versions, peer.versions)
    }
  }
  return {
    gateway,
    environment,
    servers,
    skipped,
    versions,
    async alone(name, work) {
      pause(Object.values(pids).flat())
      resume(pids[name] ?? [])
      await context.stage.run(["sync"], SYNC_MS_MAX)
      return work()
    },
    async stop() {
      resume(Object.values(pids).flat())
      await Promise.all(Object.values(servers).map((server) => server.stop()))
    },
  }
}

function useDatabase({ url }: Store): Environment {
  return { ASYNCGATE_DATABASE: url, ASYNCGATE_ENCRYPTION_KEY: "ab".repeat(32) }
}

/** One figure of each program. */
export function readFigures(
  name: FigureName,
  unit: Row["unit"],
  measured: Record<string, number>,
  kindOf: (program: string) => Kind = (program) => (program === GATEWAY ? "gateway" : "peer"),
): Figure[] {
  return Object.entries(measured).map(([program, value]) => ({
    name,
    program,
    kind: kindOf(program),
    measured: value,
    unit,
  }))
}

/** The best durable peer, as a row's beside; nothing without a peer. */
export function bestPeer(measured: Record<string, number>, better: "more" | "less"): Pick<Row, "beside"> {
  const durable = Object.entries(measured).filter(([name]) => durablePeers.some((peer) => peer === name))
  const [best] = durable.sort(([, a], [, b]) => (better === "more" ? b - a : a - b))
  return best ? { beside: { what: best[0], measured: best[1] } } : {}
}

/** That one peer, as a row's beside; nothing without it. */
export function beside(measured: Record<string, number>, name: string, what = name): Pick<Row, "beside"> {
  const value = measured[name]
  return value === undefined ? {} : { beside: { what, measured: value } }
}

/** The same of each program. */
export function mapValues<T, U>(record: Record<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
}
