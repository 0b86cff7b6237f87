// Gateways on one PostgreSQL server, for the tests of a file: each test has a database of its own, which its gateways share.
import { afterAll, afterEach, beforeAll } from "bun:test"
import { type Gateway, type LaunchOptions, launch } from "./harness.ts"
import { type Cluster, createCluster } from "./postgres.ts"

export const ENCRYPTION_KEY = "ab".repeat(32)

export interface GatewayGround {
  /** The server; there before the first test. */
  readonly cluster: Cluster
  /** The address at which the next gateway reaches the database of the test. */
  database: string
  createDatabase(): Promise<void>
  /** What the program has in its environment there. */
  env(): Record<string, string>
  /** Starts a gateway that ends with the test. */
  open(options?: LaunchOptions): Promise<Gateway>
}

/** To be called in a `describe`. */
export function openGround(): GatewayGround {
  let cluster: Cluster
  const gateways: Gateway[] = []
  beforeAll(async () => {
    cluster = await createCluster(["fsync=on"])
  })
  afterEach(async () => {
    await Promise.all(gateways.splice(0).map((gateway) => gateway.dispose()))
  })
  afterAll(() => cluster.dispose())
  const ground: GatewayGround = {
    get cluster() {
      return cluster
    },
    database: "",
    async createDatabase() {
      ground.database = await cluster.createDatabase()
    },
    env: () => ({ ASYNCGATE_DATABASE: ground.database, ASYNCGATE_ENCRYPTION_KEY: ENCRYPTION_KEY }),
    async open(options = {}) {
      const gateway = await launch({ ...options, env: { ...ground.env(), ...options.env } })
      gateways.push(gateway)
      // The others hear of it a moment after its banner.
      const isHeardOf = `SELECT 1 FROM asyncgate.gateways WHERE address = '${gateway.url}'`
      if ("standby" in gateway.facts) while ((await cluster.run(isHeardOf, ground.database)).length === 0);
      return gateway
    },
  }
  return ground
}
