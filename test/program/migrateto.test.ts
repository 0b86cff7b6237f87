// The command migrate-to: everything of a gateway on SQLite is in PostgreSQL afterwards, as it was.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterTest, tempDir } from "../cleanup.ts"
import { chat, type Gateway, type Job, launch, run } from "../harness.ts"
import { type Cluster, countRows, createCluster, hasPostgres } from "../postgres.ts"
import { completion, configFor, startUpstream } from "../upstream.ts"

setDefaultTimeout(120_000)

let cluster: Cluster
let database: string

const move = (dir: string, to = database, env: Record<string, string> = {}) =>
  run(["migrate-to", to, "--app-dir", dir, "--json"], env)

async function start(dir: string, over: Parameters<typeof launch>[0] = {}): Promise<Gateway> {
  const gateway = await launch({ ...over, dir })
  afterTest(() => gateway.dispose())
  return gateway
}

async function post(gateway: Gateway, path: string, body: object): Promise<Job> {
  const headers = { "content-type": "application/json" }
  return await (await gateway.fetch(path, { method: "POST", headers, body: JSON.stringify(body) })).json()
}

describe.skipIf(!hasPostgres())("migrate-to", () => {
  beforeAll(async () => {
    cluster = await createCluster(["fsync=on"])
    database = await cluster.createDatabase()
  })
  afterAll(() => cluster.dispose())

  test("moves jobs in every state, with bodies, files, batches, conversations, webhooks and usage", async () => {
    const upstream = startUpstream(() => completion("an answer"))
    afterTest(() => upstream.stop())
    const dir = tempDir()
    const config = configFor(upstream, { max_retries: 10 })
    const before = await start(dir, { config })
    const done = await before.accept(chat())
    const long = await before.accept(chat({ messages: [{ role: "user", content: "long ".repeat(200_000) }] }))
    const refused = await before.accept(chat({ mock: { error: { status: 400, message: "no" } } }))
    const speech = await post(before, "/v1/async/audio/speech", { model: "mock/voice", input: "Hello", voice: "alloy" })
    for (const id of [done, long, refused, speech.id])
      await before.fetch(`/v1/async/jobs/${id}`, { headers: { prefer: "wait=30" } })
    const stored = await post(before, "/v1/responses", { model: "mock/echo", input: "Remember" })
    const conversation = await post(before, "/v1/conversations", {
      items: [{ type: "message", role: "user", content: "Hi" }],
    })
    const form = new FormData()
    form.set("purpose", "user_data")
    form.set("file", new File(["the bytes of a file\n".repeat(30_000)], "notes.txt"))
    const file = (await (await before.fetch("/v1/files", { method: "POST", body: form })).json()) as Job
    // Calls that are out when it is killed, and one that waits for its time.
    const out = await Promise.all(
      Array.from({ length: 3 }, () => before.accept(chat({ mock: { latency_ms: 600_000 } }))),
    )
    while (before.count("jobs", "state = 'running'") < 3) await before.fetch("/health")
    const paths = [
      ...[done, long, refused, speech.id].map((id) => `/v1/async/jobs/${id}`),
      ...[`/v1/async/jobs/${long}/request`, `/v1/async/jobs/${speech.id}/content`, `/v1/responses/${stored.id}`],
      ...[`/v1/conversations/${conversation.id}/items`, `/v1/files/${file.id}`, `/v1/files/${file.id}/content`],
      ...["/v1/async/jobs?state=succeeded"],
    ]
    const read = async (gateway: Gateway) => {
      const shown: [string, number, string][] = []
      for (const path of paths) {
        const response = await gateway.fetch(path)
        // Of a list it says whether anything has changed, which is another text after every start.
        shown.push([path, response.status, (await response.text()).replace(/"revision":"\w+"/, "")])
      }
      return shown
    }
    const was = await read(before)
    expect(was.map(([path, status]) => [path, status])).toEqual(paths.map((path) => [path, 200]))
    const jobs = before.count("jobs")
    const running = await move(dir)
    expect([running.code, running.stderr]).toEqual([1, expect.stringContaining("is in use by process")])
    await before.stop("SIGKILL")

    const { code, stdout, stderr } = await move(dir)
    expect([code, stderr]).toEqual([0, expect.stringContaining("start the gateway with --database")])
    const told = JSON.parse(stdout)
    expect(told).toMatchObject({ rows: { jobs, conversations: 1, files: 1 }, files: 1 })
    expect(readdirSync(told.kept).sort()).toContain("asyncgate.db")
    expect(existsSync(join(dir, "asyncgate.db"))).toBe(false)
    const after = await start(dir, { env: { ASYNCGATE_DATABASE: database } })
    expect(await read(after)).toEqual(was)
    expect(after.facts.recovered).toBe(3)
    // The calls that were out at the kill have ended as attempts since.
    const { data } = (await (await after.fetch("/v1/async/usage?by=model")).json()) as Job
    expect(data).toMatchObject([
      { model: "echo", calls: 4 + 3 },
      { model: "voice", calls: 1 },
    ])
    for (const id of out) {
      expect((await after.fetch(`/v1/async/jobs/${id}/cancel`, { method: "POST" })).status).toBe(200)
      expect(await (await after.poll(id)).json()).toMatchObject({ status: "failed" })
    }
    expect((await after.end(await after.accept(chat()))).status).toBe("completed")
  })

  test("moves nothing where the database is not empty, is another gateway's, or there is nothing to move", async () => {
    const dir = tempDir()
    expect(await move(dir)).toMatchObject({ code: 1, stderr: expect.stringContaining("there is no asyncgate.db in") })
    const gateway = await start(dir)
    await gateway.end(await gateway.accept(chat()))
    await gateway.stop()
    const used = await cluster.createDatabase()
    const first = await start(tempDir(), { env: { ASYNCGATE_DATABASE: used } })
    await first.end(await first.accept(chat()))
    await first.stop()
    expect(await move(dir, used)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is not empty: it has jobs"),
    })
    const taken = await cluster.createDatabase()
    const other = await start(tempDir(), { env: { ASYNCGATE_DATABASE: taken } })
    expect(await move(dir, taken)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("a gateway uses the database"),
    })
    await other.stop()
    expect(await move(dir, "mysql://here/there")).toMatchObject({ code: 2 })
    expect(await move(dir, cluster.address("none"))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("does not exist"),
    })
    expect(readdirSync(dir)).toContain("asyncgate.db")
  })

  test("is refused a database that was made with another encryption key", async () => {
    const empty = await cluster.createDatabase()
    const dir = tempDir()
    const gateway = await start(dir)
    await gateway.stop()
    const wrong = { ASYNCGATE_ENCRYPTION_KEY: "ab".repeat(32) }
    const other = await start(tempDir(), { env: { ASYNCGATE_DATABASE: empty, ...wrong } })
    await other.stop()
    expect(await move(dir, empty)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the encryption key is another one"),
    })
    expect(countRows(empty, "jobs")).toBe(0)
    expect(readFileSync(join(dir, "encryption.key"), "utf8").length).toBeGreaterThan(40)
  })
})
