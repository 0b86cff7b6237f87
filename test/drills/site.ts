// Where drills take place: one PostgreSQL server for nearly all, and for each round a new database with three gateways.
import { newDir, removeDir } from "../cleanup.ts"
import { type Gateway, launch } from "../harness.ts"
import { type Cluster, createCluster, freePort } from "../postgres.ts"
import { type Relay, startRelay } from "../postgresrelay.ts"
import { compileShim, steer } from "../torture/shim.ts"
import { configFor, type Upstream } from "../upstream.ts"
import type { Fault } from "./faults.ts"
import { openShared, type Scene, SETTINGS } from "./scenes.ts"

const GATEWAYS = 3
const ENCRYPTION_KEY = "ab".repeat(32)
/** Jobs whose calls were interrupted are tried again. */
const RETRIES_MAX = 10
/** A gateway that waits takes nothing over before its connection is older than the lease of 4 s. */
const SETTLED = "4.2 seconds"
const ASK_MS = 100

export interface Ground {
  open(upstream: Upstream, fault: Fault): Promise<Site>
  dispose(): Promise<void>
}

export interface Site {
  scene: Scene
  /** The first runs the jobs when a round begins, the others wait. */
  gateways: Gateway[]
  /** In front of the database, for those of the fault that it is said of. */
  relay: Relay
  /** Starts one that has ended again, in its directory and at its port. */
  startAgain(index: number): Promise<void>
  /** The relay leads to another server from now on, and so does `ask`. */
  moveTo(server: Cluster): void
  /** Rows of the database. */
  ask<Row>(sql: string): Promise<Row[]>
  /** Resolves when each gateway that waits would take over. */
  settle(): Promise<void>
  /** What all gateways have logged, those that have ended too. */
  logs(): string[]
  dispose(): Promise<void>
}

export async function openGround(): Promise<Ground> {
  const cluster = await createCluster(SETTINGS)
  const sites = new Set<Site>()
  return {
    async open(upstream, fault) {
      const scene = (await fault.stage?.(cluster)) ?? openShared(cluster)
      const site = await openSite(scene, upstream, fault, (site) => sites.delete(site))
      sites.add(site)
      return site
    },
    async dispose() {
      await Promise.all([...sites].map((site) => site.dispose()))
      await cluster.dispose()
    },
  }
}

async function openSite(
  scene: Scene,
  upstream: Upstream,
  fault: Fault,
  onDisposed: (site: Site) => void,
): Promise<Site> {
  let database = await scene.createDatabase()
  const direct = scene.lead(database)
  const relay = startRelay(direct, fault.delayMs)
  const all: Gateway[] = []
  const places = Array.from({ length: GATEWAYS }, (_, index) =>
    findPlace(fault.relayed.includes(index) ? relay.url : direct, fault.clocksMs?.[index] ?? 0),
  )

  async function start(index: number): Promise<Gateway> {
    const gateway = await launch({ ...places[index], config: configFor(upstream, { max_retries: RETRIES_MAX }) })
    all.push(gateway)
    return gateway
  }

  const gateways: Gateway[] = []
  for (let index = 0; index < GATEWAYS; index++) gateways.push(await start(index))
  const site: Site = {
    ...{ scene, gateways, relay },
    async startAgain(index) {
      gateways[index] = await start(index)
    },
    moveTo(server) {
      database = Object.assign(new URL(database), { port: new URL(server.address()).port }).href
      relay.setServer(database)
    },
    ask: (sql) => scene.cluster.run(sql, database),
    async settle() {
      while ((await countSettled(site)) < GATEWAYS - 1) await Bun.sleep(ASK_MS)
    },
    logs: () => all.map(({ url, log }) => `${url}\n${log()}`),
    async dispose() {
      onDisposed(site)
      // A process that is frozen ends with this signal too.
      await Promise.all(all.map((gateway) => gateway.stop("SIGKILL")))
      relay.stop()
      for (const { dir } of places) removeDir(dir)
      const server = Object.assign(new URL(database), { pathname: "/postgres" }).href
      await scene.cluster.run(`DROP DATABASE IF EXISTS ${new URL(database).pathname.slice(1)} WITH (FORCE)`, server)
      await scene.dispose()
    },
  }
  return site
}

/** Where a gateway lives, at a port of its own: it listens there also when it has been executed again. */
function findPlace(database: string, clockMs: number) {
  const dir = newDir()
  return {
    dir,
    port: freePort(),
    env: {
      ...{ ASYNCGATE_DATABASE: database, ASYNCGATE_ENCRYPTION_KEY: ENCRYPTION_KEY },
      ...(clockMs === 0 ? {} : shiftClock(dir, clockMs)),
    },
  }
}

/** What a process is started with whose wall clock is to be so far from the true one. */
function shiftClock(dir: string, ms: number): Record<string, string> {
  const compiled = compileShim(dir)
  if ("reason" in compiled) throw new Error(compiled.reason)
  const shim = steer(compiled.library, dir)
  shim.setClock(ms)
  shim.close()
  return shim.env
}

/** Why no clock can be shifted here; null: it can. */
export function findNoShim(): string | null {
  const dir = newDir()
  const compiled = compileShim(dir)
  removeDir(dir)
  return "reason" in compiled ? compiled.reason : null
}

/** How many gateways that wait have a connection that is old enough. */
async function countSettled({ ask }: Site): Promise<number> {
  const [row] = await ask<{ count: number }>(`SELECT count(DISTINCT application_name)::integer AS count
    FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'asyncgate %'
      AND application_name <> 'asyncgate ' || (SELECT max(value) FROM asyncgate.settings WHERE name = 'gateway')
      AND backend_start < clock_timestamp() - '${SETTLED}'::interval`)
  return row?.count ?? 0
}
