// The program with its jobs in PostgreSQL: what keeps it from starting, what it does while the server is away, and what a kill leaves.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { afterTest, tempDir } from "../cleanup.ts"
import { chat, type Gateway, type Job, type LaunchOptions, launch, run } from "../harness.ts"
import { type Cluster, countRows, createCluster, hasPostgres } from "../postgres.ts"
import { startRelay } from "../postgresrelay.ts"
import { below, createRandom } from "../random.ts"
import { completion, configFor, startUpstream } from "../upstream.ts"

setDefaultTimeout(240_000)

let cluster: Cluster
let gateway: Gateway | undefined

/** Starts the gateway with its jobs in this database. */
async function open(database: string, options: LaunchOptions = {}): Promise<Gateway> {
  gateway = await launch({ ...options, env: { ASYNCGATE_DATABASE: database, ...options.env } })
  return gateway
}

/** What a start says that fails, and its exit code. */
async function refusal(args: string[], env: Record<string, string> = {}): Promise<string> {
  const { stderr, code } = await run(["--port", "0", "--app-dir", tempDir(), ...args], env)
  return `${code}: ${stderr.trim()}`
}

describe.skipIf(!hasPostgres())("a gateway on PostgreSQL", () => {
  beforeAll(async () => {
    cluster = await createCluster(["fsync=on"])
  })
  afterEach(async () => {
    await gateway?.dispose()
    gateway = undefined
  })
  afterAll(() => cluster.dispose())

  test("keeps nothing of a job in its directory, says where the jobs are, and goes on after a stop", async () => {
    const database = await cluster.createDatabase()
    const dir = tempDir()
    const { facts, accept, end } = await open(database, { dir })
    expect(facts).toMatchObject({ database: database.replace("postgres@", "") })
    const id = await accept(chat())
    expect((await end(id)).status).toBe("completed")
    expect(await gateway?.stop()).toBe(0)
    expect(existsSync(join(dir, "asyncgate.db"))).toBe(false)
    const { poll, log } = await open(database, { dir })
    expect(await (await poll(id)).json()).toMatchObject({ status: "completed" })
    expect(log()).toBe("")
  })

  test("ten kills under load lose no accepted job and leave none stuck", async () => {
    const database = await cluster.createDatabase()
    const random = createRandom(20_261_202)
    const dir = tempDir()
    const upstream = startUpstream(async (_, index) => completion(`answer ${index}`))
    afterTest(() => upstream.stop())
    const config = configFor(upstream, { max_retries: 10 })
    const accepted: string[] = []
    for (let round = 0; round < 10; round++) {
      const { accept, process } = await open(database, { dir, config })
      const killAt = 1 + below(random, 30)
      let answers = 0
      const submits = Array.from({ length: 40 }, () =>
        accept(chat({ model: "up/m" })).then(
          (id) => {
            accepted.push(id)
            if (++answers === killAt) process.kill("SIGKILL")
          },
          // Cut off by the kill.
          () => {},
        ),
      )
      await Promise.all(submits)
      await gateway?.exit()
    }
    const { end } = await open(database, { dir, config })
    for (const id of accepted) expect((await end(id)).status).toBe("completed")
    expect(accepted.length).toBeGreaterThan(50)
    // A kill between a commit and its answer leaves jobs that no client knows of: they end too.
    while (countRows(database, "jobs", "state NOT IN ('succeeded', 'failed')") > 0) await gateway?.fetch("/health")
  })

  describe("refuses new jobs while the server is away, and goes on by itself:", () => {
    test.each(["fast", "immediate"] as const)("a %s stop", async (mode) => {
      const database = await cluster.createDatabase()
      const { accept, submit, end, poll, fetch } = await open(database)
      const before = await Promise.all(Array.from({ length: 20 }, () => accept(chat({ mock: { latency_ms: 300 } }))))
      await cluster.stop(mode)
      const refused = await submit(chat())
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"])
      expect((await refused.json()) as Job).toMatchObject({ error: { code: "store_unavailable" } })
      expect((await fetch("/health")).status).toBe(503)
      expect((await poll(before[0] ?? "")).status).toBe(503)
      await cluster.start()
      for (;;) {
        const response = await submit(chat())
        if (response.status === 202) break
        expect(response.status).toBe(503)
      }
      for (const id of before) expect((await end(id)).status).toBe("completed")
      // It finds out once a second.
      while ((await fetch("/health")).status !== 200);
      // What was refused is not stored.
      expect(countRows(database, "jobs")).toBe(before.length + 1)
    })
  })

  test("of a server that is killed five times under load, what was accepted ends, and what was refused is not stored", async () => {
    const database = await cluster.createDatabase()
    const { submit, end, fetch } = await open(database)
    const accepted: string[] = []
    let isOver = false
    const client = async () => {
      while (!isOver) {
        const response = await submit(chat())
        const { id } = (await response.json()) as Job
        if (response.status === 202) accepted.push(id)
        else expect(response.status).toBe(503)
      }
    }
    const clients = Array.from({ length: 16 }, client)
    for (let round = 1; round <= 5; round++) {
      const before = accepted.length
      while (accepted.length < before + 50) await fetch("/health")
      await cluster.stop("immediate")
      // Without waiting for a refusal: all of these clients may be in one commit that can only be asked after when the server is back.
      await cluster.start()
    }
    const before = accepted.length
    while (accepted.length < before + 50) await fetch("/health")
    isOver = true
    await Promise.all(clients)
    for (const id of accepted) expect((await end(id)).status).toBe("completed")
    expect(countRows(database, "jobs")).toBe(accepted.length)
  })

  test("leaves the files of other databases alone, which are in the same directory", async () => {
    const [first, second] = [await cluster.createDatabase(), await cluster.createDatabase()]
    const dir = tempDir()
    const ids: string[] = []
    const start = async (database: string | null) => {
      await gateway?.stop()
      gateway = await launch({ dir, env: database === null ? {} : { ASYNCGATE_DATABASE: database } })
      return gateway
    }
    for (const database of [null, first, second]) {
      const { fetch } = await start(database)
      const body = new FormData()
      body.set("purpose", "user_data")
      body.set("file", new File([String(database)], "place.txt"))
      ids.push(((await (await fetch("/v1/files", { method: "POST", body })).json()) as Job).id)
    }
    for (const [at, database] of [null, first, second].entries()) {
      const { fetch } = await start(database)
      expect(await (await fetch(`/v1/files/${ids[at]}/content`)).text()).toBe(String(database))
    }
  })

  test("shows the attempts of a job whose provider said what PostgreSQL cannot hold", async () => {
    const upstream = startUpstream(() =>
      Response.json({ error: { message: "no \u0000 and \ud83d", type: "invalid_request_error" } }, { status: 400 }),
    )
    afterTest(() => upstream.stop())
    const { accept, end, fetch } = await open(await cluster.createDatabase(), { config: configFor(upstream) })
    const id = await accept({ ...chat(), model: "up/m" })
    await end(id)
    const job = (await (await fetch(`/v1/async/jobs/${id}`)).json()) as Job
    expect(job.attempts).toMatchObject([{ attempt: 1, status_code: 400, outcome: "refused" }])
  })

  test("counts the tokens of a batch as its provider reports them", async () => {
    const usage = { prompt_tokens: 1.5, completion_tokens: 1e300, total_tokens: 1e300 }
    const choices = [{ index: 0, message: { role: "assistant", content: "Yes." }, finish_reason: "stop" }]
    const upstream = startUpstream(() => Response.json({ id: "c", object: "chat.completion", choices, usage }))
    afterTest(() => upstream.stop())
    const { fetch, breathe } = await open(await cluster.createDatabase(), { config: configFor(upstream) })
    const body = { ...chat(), model: "up/m" }
    const line = { custom_id: "1", method: "POST", url: "/v1/chat/completions", body }
    const form = new FormData()
    form.set("purpose", "batch")
    form.set("file", new File([JSON.stringify(line)], "lines.jsonl"))
    const post = async (path: string, sent: FormData | string) =>
      (await (await fetch(path, { method: "POST", body: sent })).json()) as Job
    const { id: input_file_id } = await post("/v1/files", form)
    const asked = { input_file_id, endpoint: line.url, completion_window: "24h" }
    const { id } = await post("/v1/batches", JSON.stringify(asked))
    for (;;) {
      const batch = (await (await fetch(`/v1/batches/${id}`)).json()) as Job & { usage: { input_tokens: number } }
      if (batch.status === "completed") {
        expect(batch.usage.input_tokens).toBe(1.5)
        break
      }
      expect(batch.status).not.toBe("failed")
      await breathe()
    }
  })

  test("goes on where the connection breaks while it reads at its start what is to be done", async () => {
    const relay = startRelay(await cluster.createDatabase())
    afterTest(() => relay.stop())
    relay.lose("SELECT job_id AS id FROM uploads", "unsent")
    const { accept, end } = await open(relay.url)
    expect((await end(await accept(chat()))).status).toBe("completed")
  })

  describe("does not start, and says why:", () => {
    const place = () => cluster.address("none").replace("postgres@", "postgres@")

    test("nobody listens there, or the database is not there", async () => {
      expect(await refusal(["--database", "postgres://a:secret@127.0.0.1:1/b"])).toBe(
        "1: asyncgate cannot start: cannot use the database postgres://a@127.0.0.1:1/b: Failed to connect (ERR_POSTGRES_CONNECTION_REFUSED). Check the address, and that the server runs and can be reached from here.",
      )
      expect(await refusal(["--database", place()])).toBe(
        `1: asyncgate cannot start: cannot use the database ${place()}: database "none" does not exist (3D000). Create it, as with: createdb asyncgate.`,
      )
    })

    test.each(["mysql://a:secret@host/b", "host/b", "postgres://a:secret@host", "postgres://a:se/cret@host/b"])(
      "%s is no address, and is not shown",
      async (address) => {
        expect(await refusal(["--database", address])).toBe(
          "2: asyncgate cannot start:\n  --database: found another text; write an address as postgres://user:password@host:5432/name, with : / @ % of a password as %3A %2F %40 %25",
        )
      },
    )

    test("config.json names a variable that is not set, and one that is counts", async () => {
      const config = { database: { url: "env.JOBS" } }
      const failed = await launch({ config }).catch((error) => String(error))
      expect(failed).toContain("database.url: found a variable that is not set; write one that is")
      const { facts } = await launch({ config, env: { JOBS: await cluster.createDatabase() } }).then((started) => {
        gateway = started
        return started
      })
      expect(facts).toHaveProperty("database")
    })

    test("the user may not make the schema", async () => {
      const database = await cluster.createDatabase()
      await cluster.run("CREATE ROLE guest LOGIN")
      const address = Object.assign(new URL(database), { username: "guest" }).href
      expect(await refusal(["--database", address])).toMatch(
        /permission denied for database .* \(42501\)\. Give the user the right to create the schema: GRANT CREATE ON DATABASE/,
      )
    })

    test("the server takes no writes", async () => {
      const database = await cluster.createDatabase()
      const name = new URL(database).pathname.slice(1)
      await cluster.run(`ALTER DATABASE ${name} SET default_transaction_read_only = on`)
      expect(await refusal(["--database", database])).toMatch(/\(25006\)\. The server takes no writes: it is a standby/)
    })

    test("the encoding of the database cannot hold every text", async () => {
      await cluster.run("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
      expect(await refusal(["--database", cluster.address("latin")])).toContain(
        "its encoding is LATIN1. Create one with:",
      )
    })

    test("a newer program has changed the tables", async () => {
      const database = await cluster.createDatabase()
      await open(database)
      await gateway?.stop()
      await cluster.run("UPDATE asyncgate.settings SET value = '99' WHERE name = 'oldest_writer'", database)
      expect(await refusal(["--database", database])).toMatch(
        /^4: asyncgate cannot start: the database .* takes programs of schema version 99 or newer, this program has \d+\. Start the newer asyncgate, or name another database\. Nothing was changed\.$/,
      )
    })

    test("the encryption key is another one, unless what is encrypted is given up", async () => {
      const database = await cluster.createDatabase()
      await open(database)
      await gateway?.stop()
      const key = { ASYNCGATE_ENCRYPTION_KEY: "7".repeat(64) }
      expect(await refusal(["--database", database], key)).toMatch(
        /^2: asyncgate cannot start: the encryption key is another one than that of this database\./,
      )
      await open(database, { env: { ASYNCGATE_ENCRYPTION_KEY: "new" } })
    })
  })

  test("backup and restore say what to use instead, and the doctor looks at the server", async () => {
    const database = await cluster.createDatabase()
    const dir = tempDir()
    await open(database, { dir })
    await gateway?.stop()
    for (const command of [["backup"], ["restore", "a.backup"]]) {
      const { stderr, code } = await run([...command, "--app-dir", dir])
      expect([code, stderr]).toEqual([1, expect.stringMatching(/ are in postgres:\/\/.*use pg_dump and pg_restore/)])
    }
    const unknown = await run(["doctor", "--app-dir", dir, "--json"])
    expect(findCheck(unknown.stdout)).toMatchObject({ state: "skipped", remedy: expect.stringContaining("ASYNCGATE") })
    const { stdout } = await run(["doctor", "--app-dir", dir, "--json"], { ASYNCGATE_DATABASE: database })
    expect(findCheck(stdout)).toMatchObject({
      state: "ok",
      says: expect.stringMatching(/^the jobs are in PostgreSQL \d/),
    })
    // Back on SQLite the note is gone.
    gateway = await launch({ dir })
    await gateway.stop()
    expect((await run(["backup", "--app-dir", dir, join(dir, "x.backup")])).code).toBe(0)
  })
})

function findCheck(stdout: string): Job {
  return (JSON.parse(stdout) as Job).checks.find(({ check }: Job) => check === "database")
}
