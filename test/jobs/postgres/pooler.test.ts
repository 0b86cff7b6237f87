// A pooler in front of PostgreSQL: in session mode a gateway works behind it, and otherwise it does not start and says why.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { refuseSharing } from "../../../src/jobs/postgres/pgpooler.ts"
import { preparePostgres } from "../../../src/jobs/postgres/pgschema.ts"
import { afterTest } from "../../cleanup.ts"
import { chat, start } from "../../harness.ts"
import { hasPgBouncer, startPgBouncer } from "../../pgbouncer.ts"
import { type Cluster, createCluster, hasPostgres } from "../../postgres.ts"

setDefaultTimeout(60_000)

type Ask = Parameters<typeof refuseSharing>[0]

/** A server of which each transaction gets a process as `take` says. */
const answer =
  (take: () => number): Ask =>
  async <Row>() => [{ pid: take() } as Row]

describe("connections that are shared", () => {
  const refusal = (first: () => number, second: () => number) =>
    refuseSharing(answer(first), answer(second), "here").catch((error: Error) => error.message)

  test("are none where each keeps its process", async () => {
    expect(
      await refusal(
        () => 1,
        () => 2,
      ),
    ).toBeUndefined()
  })

  test.each([1, 2, 3, 4, 5, 6, 7])("are found where %d processes serve all by turns", async (count) => {
    let turn = 0
    const take = () => turn++ % count
    expect(await refusal(take, take)).toMatch(/^cannot use the database here\. A pooler in front of the server/)
  })
})

describe.skipIf(!hasPostgres() || !hasPgBouncer())("behind PgBouncer a gateway", () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await createCluster()
  })
  afterAll(() => cluster.dispose())

  /** The address of a new database by way of it. @param knowsSchema whether the database itself says what is else told at the start */
  async function pool(knowsSchema: boolean, ...how: ["session" | "transaction", (readonly string[])?]) {
    const database = await cluster.createDatabase()
    const name = new URL(database).pathname.slice(1)
    if (knowsSchema) await cluster.run(`ALTER DATABASE ${name} SET search_path = asyncgate`)
    const pooler = await startPgBouncer(database, ...how)
    afterTest(pooler.stop)
    return { database, pooled: pooler.lead(database) }
  }

  const refusal = (url: string) =>
    preparePostgres(url, "here").then(
      () => "none",
      (error: Error) => error.message,
    )

  test.each([[true], [false]])(
    "does not start in transaction mode (the database names the schema: %s)",
    async (knowsSchema) => {
      const { pooled } = await pool(knowsSchema, "transaction")
      expect(await refusal(pooled)).toMatch(
        /changes connections between transactions, as PgBouncer in transaction mode: .* Name the address of PostgreSQL itself/,
      )
    },
  )

  test("does not start where PgBouncer refuses what it tells its connections", async () => {
    const { pooled } = await pool(true, "session", [])
    expect(await refusal(pooled)).toMatch(
      /unsupported startup parameter: search_path \(08P01\)\. A pooler in front of the server does not pass on .* Name the address of PostgreSQL itself/,
    )
  })

  test("does not start where that is ignored and nothing else says it, and makes no table elsewhere", async () => {
    const { database, pooled } = await pool(false, "session")
    expect(await refusal(pooled)).toMatch(/search_path is not asyncgate\. A pooler in front of the server/)
    expect(
      await cluster.run("SELECT tablename FROM pg_tables WHERE schemaname IN ('public', 'asyncgate')", database),
    ).toBeEmpty()
  })

  test("does its jobs in session mode", async () => {
    const { pooled } = await pool(true, "session")
    const gateway = await start({ env: { ASYNCGATE_DATABASE: pooled }, config: {} })
    expect((await gateway.end(await gateway.accept(chat()))).status).toBe("completed")
  })
})
