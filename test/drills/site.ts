// Where drills take place: one PostgreSQL server for all, and for each round a new database with three gateways.
import { newDir, removeDir } from "../cleanup.ts"
import { type Gateway, launch } from "../harness.ts"
import { type Cluster, createCluster, freePort } from "../postgres.ts"
import { type Relay, startRelay } from "../postgresrelay.ts"
import { configFor, type Upstream } from "../upstream.ts"

const GATEWAYS = 3
const ENCRYPTION_KEY = "ab".repeat(32)
/** Jobs whose calls were interrupted are tried again. */
const RETRIES_MAX = 10
/** A gateway that waits takes nothing over before its connection is older than the lease of 4 s. */
const SETTLED = "4.2 seconds"
const ASK_MS = 100

export interface Ground {
  cluster: Cluster
  open(upstream: Upstream, relayed: number | null): Promise<Site>
  dispose(): Promise<void>
}

export interface Site {
  cluster: Cluster
  /** The first runs the jobs when a round begins, the others wait. */
  gateways: Gateway[]
  /** In front of the database, for one of them. */
  relay: Relay | null
  /** Starts one that has ended again, in its directory and at its port. */
  startAgain(index: number): Promise<void>
  /** Rows of the database. */
  ask<Row>(sql: string): Promise<Row[]>
  /** Resolves when each gateway that waits would take over. */
  settle(): Promise<void>
  /** What all gateways have logged, those that have ended too. */
  logs(): string[]
  dispose(): Promise<void>
}

export async function openGround(): Promise<Ground> {
  const cluster = await createCluster(["fsync=on"])
  const sites = new Set<Site>()
  return {
    cluster,
    async open(upstream, relayed) {
      const site = await openSite(cluster, upstream, relayed, (site) => sites.delete(site))
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
  cluster: Cluster,
  upstream: Upstream,
  relayed: number | null,
  onDisposed: (site: Site) => void,
): Promise<Site> {
  const database = await cluster.createDatabase()
  const relay = relayed === null ? null : startRelay(database)
  const all: Gateway[] = []
  // Fixed ones: a gateway listens there also when it has been executed again.
  const places = Array.from({ length: GATEWAYS }, (_, index) => ({
    dir: newDir(),
    port: freePort(),
    env: {
      ASYNCGATE_DATABASE: index === relayed && relay !== null ? relay.url : database,
      ASYNCGATE_ENCRYPTION_KEY: ENCRYPTION_KEY,
    },
  }))

  async function start(index: number): Promise<Gateway> {
    const gateway = await launch({ ...places[index], config: configFor(upstream, { max_retries: RETRIES_MAX }) })
    all.push(gateway)
    return gateway
  }

  const gateways: Gateway[] = []
  for (let index = 0; index < GATEWAYS; index++) gateways.push(await start(index))
  const site: Site = {
    ...{ cluster, gateways, relay },
    async startAgain(index) {
      gateways[index] = await start(index)
    },
    ask: (sql) => cluster.run(sql, database),
    async settle() {
      while ((await countSettled(site)) < GATEWAYS - 1) await Bun.sleep(ASK_MS)
    },
    logs: () => all.map(({ url, log }) => `${url}\n${log()}`),
    async dispose() {
      onDisposed(site)
      // A process that is frozen ends with this signal too.
      await Promise.all(all.map((gateway) => gateway.stop("SIGKILL")))
      relay?.stop()
      for (const { dir } of places) removeDir(dir)
      await cluster.run(`DROP DATABASE IF EXISTS ${new URL(database).pathname.slice(1)} WITH (FORCE)`)
    },
  }
  return site
}

/** How many gateways that wait have a connection that is old enough. */
async function countSettled({ ask }: Site): Promise<number> {
  const [row] = await ask<{ count: number }>(`SELECT count(DISTINCT application_name)::integer AS count
    FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'asyncgate %'
      AND application_name <> 'asyncgate ' || (SELECT max(value) FROM asyncgate.settings WHERE name = 'gateway')
      AND backend_start < clock_timestamp() - '${SETTLED}'::interval`)
  return row?.count ?? 0
}
