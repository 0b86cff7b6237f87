// The wire contract, as test/wire/ holds it, with the jobs in PostgreSQL: each file once more, in a process of its own.
import { afterAll, describe, expect, test } from "bun:test"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { hasPostgres, sharedCluster } from "../postgres.ts"

const folder = join(import.meta.dir, "../wire")
const names = readdirSync(folder).filter((name) => name.endsWith(".test.ts"))

describe.skipIf(!hasPostgres())("with the jobs in PostgreSQL", () => {
  afterAll(async () => (await sharedCluster()).dispose())

  test.each(names)("%s holds", async (name) => {
    const cluster = await sharedCluster()
    const child = Bun.spawn([process.execPath, "test", "--timeout", "120000", "--only-failures", join(folder, name)], {
      env: { ...process.env, TEST_DATABASE: cluster.address() },
      ...{ stdin: "ignore", stdout: "ignore", stderr: "pipe" },
    })
    const said = await new Response(child.stderr).text()
    expect((await child.exited) === 0 ? "" : said).toBe("")
  })
})
