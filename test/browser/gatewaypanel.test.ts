// The gateways of a database on the overview, in a real browser.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Gateway, launch } from "../harness.ts"
import { type Cluster, createCluster, hasPostgres } from "../postgres.ts"
import { describeInBrowser, expectSoundInEveryLook, LOOKS_PATIENCE_MS, PATIENCE_MS, visit } from "./stage.ts"

describeInBrowser("the gateways on the overview", () => {
  test("are not there where the jobs are in SQLite", async () => {
    const gateway = await launch({ env: { ASYNCGATE_DATABASE: "" } })
    const { page } = await visit(`${gateway.url}/ui`)
    await page.getByText("Last clean-up").waitFor()
    expect(await page.getByRole("heading", { name: "Gateways" }).count()).toBe(0)
    await gateway.dispose()
  })

  describe.skipIf(!hasPostgres())("of a PostgreSQL database", () => {
    let cluster: Cluster
    let standby: Cluster
    const gateways: Gateway[] = []
    beforeAll(async () => {
      cluster = await createCluster(["fsync=on"])
      standby = await createCluster(["cluster_name=spare"], { primary: cluster })
      const database = await cluster.createDatabase()
      const env = { ASYNCGATE_DATABASE: database, ASYNCGATE_ENCRYPTION_KEY: "ab".repeat(32) }
      for (let count = 0; count < 2; count++) gateways.push(await launch({ env }))
    }, PATIENCE_MS)
    afterAll(async () => {
      await Promise.all(gateways.map((gateway) => gateway.dispose()))
      await standby.dispose()
      await cluster.dispose()
    })

    test(
      "are listed with what each does, at any of them, dark and light, wide and narrow",
      async () => {
        const [runs, waits] = gateways
        const opened = await visit(`${waits?.url}/ui`)
        const { page } = opened
        const table = page.getByRole("table", { name: "Gateways" })
        const row = (gateway: Gateway | undefined) => table.getByRole("row").filter({ hasText: gateway?.url ?? "" })
        await row(runs).getByText("Runs the jobs").waitFor()
        await row(waits).getByText("Waits to take over").waitFor()
        await row(runs)
          .getByText(/^[\d.]+ (ms|s) left$/)
          .waitFor()
        expect(await row(waits).textContent()).toContain(runs?.facts.version ?? "")
        await page.getByText("Standby spare").waitFor()
        await expectSoundInEveryLook(opened)
      },
      LOOKS_PATIENCE_MS,
    )
  })
})
