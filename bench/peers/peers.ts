// What people would use instead, as the contents page: each does the gateway's job in one process on Bun, by its own documentation.
import { join } from "node:path"
import { devDependencies } from "../../package.json" with { type: "json" }
import { type Context, makeProviders } from "../gateway.ts"
import type { Server, Stage } from "../stage.ts"
import type { Orders } from "./front.ts"
import { type Missing, type Store, startPostgres, startRedis } from "./servers.ts"

export type PeerName =
  | "bullmq, appendfsync always"
  | "bullmq, appendfsync everysec"
  | "pg-boss"
  | "plainjob"
  | "graphile-worker"

/** A front with its store. */
export interface Peer extends Server {
  versions: Record<string, string>
  /** Of the store, where it is a process. */
  storePid: number | null
  /** kill -9 of the front alone. */
  kill(): Promise<void>
  /** Starts the front again on the same store, at the same address. */
  restart(): Promise<void>
}

interface Plan {
  program: string
  versions: Record<string, string>
  /** The server that keeps the jobs, by its name; without it, a directory does. */
  store?: { name: string; start: (stage: Stage) => Promise<Store | Missing> }
}

const plans: Record<PeerName, Plan> = {
  "bullmq, appendfsync always": {
    program: "bullmq.ts",
    versions: { bullmq: devDependencies.bullmq },
    store: { name: "redis", start: (stage) => startRedis(stage, "always") },
  },
  "bullmq, appendfsync everysec": {
    program: "bullmq.ts",
    versions: { bullmq: devDependencies.bullmq },
    store: { name: "redis", start: (stage) => startRedis(stage, "everysec") },
  },
  "pg-boss": {
    program: "pg-boss.ts",
    versions: { "pg-boss": devDependencies["pg-boss"] },
    store: { name: "postgresql", start: startPostgres },
  },
  plainjob: { program: "plainjob.ts", versions: { plainjob: devDependencies.plainjob } },
  "graphile-worker": {
    program: "graphile-worker.ts",
    versions: { "graphile-worker": devDependencies["graphile-worker"] },
    store: { name: "postgresql", start: startPostgres },
  },
}

/** Those that have a 202's job on the disk; everysec may lose a second of them. */
export const durablePeers: PeerName[] = ["bullmq, appendfsync always", "pg-boss", "plainjob"]
export const peerNames: PeerName[] = [
  "bullmq, appendfsync always",
  "bullmq, appendfsync everysec",
  "pg-boss",
  "plainjob",
]
export const postgresPeers: PeerName[] = ["pg-boss", "graphile-worker"]

/** The most calls at a time that any queue may have out, as the gateway by default; fewer where the gateway may have fewer. */
const CALLS_MAX = 100

/** Bun would hold back whatever goes beyond 256 calls at a time. */
const frontEnvironment = { BUN_CONFIG_MAX_HTTP_REQUESTS: "65535" }

/**
 * Starts it with its server; what is missing, in words, where it cannot be.
 * @param shared the server, where others use it too and end it
 */
export async function startPeer(context: Context, name: PeerName, shared?: Store): Promise<Peer | Missing> {
  const { stage } = context
  const { program, versions, store } = plans[name]
  const server = shared ?? (await store?.start(stage))
  if (server && "missing" in server) return server
  const orders: Orders = {
    port: 0,
    store: server?.url ?? stage.directory(),
    upstreams: Object.fromEntries(
      Object.entries(makeProviders(context)).map(([provider, { url, concurrency }]) => [
        provider,
        { url, concurrency: Math.min(CALLS_MAX, concurrency) },
      ]),
    ),
  }
  const start = () =>
    stage.serve([process.execPath, join(import.meta.dir, program), JSON.stringify(orders)], frontEnvironment)
  let front = await start()
  orders.port = Number(new URL(front.url).port)
  return {
    url: front.url,
    facts: front.facts,
    versions: { ...versions, ...(store && server ? { [store.name]: server.version } : {}) },
    get pid() {
      return front.pid
    },
    storePid: shared ? null : (server?.pid ?? null),
    kill: () => front.stop(),
    async restart() {
      front = await start()
    },
    async stop() {
      await front.stop()
      if (!shared) await server?.stop()
    },
  }
}

/** The gateway that calls while its caller waits: what a hop through it costs. */
export async function startPortkey({ stage }: Context): Promise<Server & { versions: Record<string, string> }> {
  const server = await stage.serve([process.execPath, join(import.meta.dir, "portkey.ts")], frontEnvironment)
  return { ...server, versions: { portkey: devDependencies["@portkey-ai/gateway"] } }
}
