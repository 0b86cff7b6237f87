// The wire contract and what of the program goes through the store, with the jobs in PostgreSQL: each file once more, in a process of
// its own. Of the program's tests these are the ones that look at no file of a database.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { type Cluster, createCluster, hasPostgres } from "../postgres.ts"

const home = join(import.meta.dir, "..")
const wire = readdirSync(join(home, "wire")).filter((name) => name.endsWith(".test.ts"))
const program = [
  ...["backgroundresponses", "batches", "callerwebhooks", "calls", "caps", "conversations", "durability"],
  ...["events", "fallbacks", "isolation", "jobevents", "keptresponses", "loggedresponses", "managedwebhooks"],
  ...["mediastreams", "replay", "resumedresponses", "usage", "waiting", "webhooks"],
]
const files = [...wire.map((name) => `wire/${name}`), ...program.map((name) => `program/${name}.test.ts`)]

describe.skipIf(!hasPostgres())("with the jobs in PostgreSQL", () => {
  let cluster: Cluster
  beforeAll(async () => {
    // The start warns of a server without it, and no line of the log is to be there without a reason.
    cluster = await createCluster(["fsync=on"])
  })
  afterAll(() => cluster.dispose())

  test.each(files.sort())("%s holds", async (file) => {
    const child = Bun.spawn([process.execPath, "test", "--timeout", "120000", "--only-failures", join(home, file)], {
      env: { ...process.env, TEST_DATABASE: cluster.address() },
      ...{ stdin: "ignore", stdout: "ignore", stderr: "pipe" },
    })
    const said = await new Response(child.stderr).text()
    expect((await child.exited) === 0 ? "" : said).toBe("")
  })
})
