// Several gateways on one PostgreSQL: any takes any call, and any may die.
import { describe, expect, setDefaultTimeout, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterTest, tempDir } from "../cleanup.ts"
import { type GatewayGround, openGround } from "../gatewayground.ts"
import { chat, type Gateway, type Job, run } from "../harness.ts"
import { countRows, freePort, hasPostgres } from "../postgres.ts"
import { type Relay, startRelay } from "../postgresrelay.ts"
import { completion, configFor, startUpstream } from "../upstream.ts"

setDefaultTimeout(240_000)

const STOPPED = "this gateway stops its work, and waits until it can take over again"
const WAITS = "another gateway runs the jobs of this database"
const TAKES = "this gateway takes over"
const BEGUN = "this gateway runs the jobs now"

let ground: GatewayGround

/** The one that runs the jobs, and one that waits, with a provider that counts how often it is asked each question. */
async function openBoth(answer: () => Promise<unknown> = async () => {}) {
  const calls = new Map<string, number>()
  const upstream = startUpstream(async ({ body }) => {
    const question = JSON.parse(body).messages[0].content
    calls.set(question, (calls.get(question) ?? 0) + 1)
    await answer()
    return completion("an answer")
  })
  afterTest(() => upstream.stop())
  const config = configFor(upstream, { max_retries: 10 })
  // It listens there also when it has been executed again.
  const runs = await ground.open({ config, port: freePort() })
  const waits = await ground.open({ config })
  let count = 0
  const makeChat = () => chat({ model: "up/m", messages: [{ role: "user", content: `question ${++count}` }] })
  return { runs, waits, calls, config, makeChat }
}

describe.skipIf(!hasPostgres())("several gateways on PostgreSQL", () => {
  ground = openGround()

  test("a job is submitted at one, and polled, waited for, streamed and cancelled at the other", async () => {
    await ground.createDatabase()
    const runs = await ground.open()
    const waits = await ground.open()
    expect(waits.facts).toMatchObject({ standby: true })
    expect(runs.facts).not.toHaveProperty("standby")
    const id = await waits.accept(chat())
    expect((await runs.end(id)).status).toBe("completed")
    expect(await (await waits.poll(id)).json()).toEqual(await (await runs.poll(id)).json())

    const slow = await runs.accept(chat({ mock: { latency_ms: 600_000 } }))
    const cancelled = await waits.fetch(`/v1/async/jobs/${slow}/cancel`, { method: "POST" })
    expect(cancelled.status).toBe(200)
    expect(await (await runs.poll(slow)).json()).toMatchObject({
      status: "failed",
      error: { error: { code: "job_cancelled" } },
    })

    const headers = { "content-type": "application/json" }
    const body = JSON.stringify(chat({ stream: true }))
    const streamed = await waits.fetch("/v1/chat/completions", { method: "POST", headers, body })
    expect(streamed.headers.get("content-type")).toContain("text/event-stream")
    expect(await streamed.text()).toEndWith("data: [DONE]\n\n")
  })

  test("a caller that leaves the one that waits is missed by the one that runs the jobs", async () => {
    await ground.createDatabase()
    const runs = await ground.open()
    const waits = await ground.open()
    const leaving = new AbortController()
    const headers = { "content-type": "application/json" }
    const body = JSON.stringify(chat({ mock: { latency_ms: 600_000 } }))
    const call = waits.fetch("/v1/chat/completions", { method: "POST", headers, body, signal: leaving.signal })
    while (countRows(ground.database, "jobs", "state = 'running'") === 0) await runs.fetch("/health")
    leaving.abort()
    await expect(call).rejects.toThrow()
    // Whoever leaves is no fault of the gateway.
    expect(waits.log()).not.toContain('"level":"error"')
    while (countRows(ground.database, "jobs", "state = 'running'") > 0) await runs.fetch("/health")
    expect(countRows(ground.database, "jobs", "state = 'cancelled'")).toBe(1)
  })

  test("no page and no caller uses the gateway by way of one that waits who could not otherwise", async () => {
    await ground.createDatabase()
    await ground.open()
    const waits = await ground.open()
    const refused = await waits.fetch("/v1/async/jobs", { headers: { origin: "https://evil.example" } })
    expect([refused.status, await refused.json()]).toMatchObject([403, { error: { code: "origin_not_allowed" } }])
    const rebound = await waits.fetch("/v1/async/jobs", { headers: { host: "evil.example" } })
    expect([rebound.status, await rebound.json()]).toMatchObject([403, { error: { code: "host_not_allowed" } }])
    // That another gateway has passed it on is what only a gateway can say, and it is not passed on twice.
    const marked = await waits.fetch("/v1/async/jobs", { headers: { "x-asyncgate-peer": "127.0.0.1" } })
    expect([marked.status, await marked.json()]).toMatchObject([503, { error: { code: "store_unavailable" } }])
  })

  test("when the one that runs the jobs is killed, another goes on: nothing is lost, and nothing refused is stored", async () => {
    await ground.createDatabase()
    const { runs, waits, makeChat } = await openBoth()
    const accepted: string[] = []
    let wanted = Number.POSITIVE_INFINITY
    const begun = Promise.withResolvers<void>()
    const clients = Array.from({ length: 8 }, async () => {
      while (accepted.length < wanted) {
        accepted.push(await waits.accept(makeChat()))
        if (accepted.length === 50) begun.resolve()
      }
    })
    await begun.promise
    runs.process.kill("SIGKILL")
    // Those that were on their way when it died are answered too.
    wanted = accepted.length + 50
    await Promise.all(clients)
    expect(new Set(accepted).size).toBe(accepted.length)
    for (const id of accepted) expect((await waits.end(id)).status).toBe("completed")
    expect(countRows(ground.database, "jobs")).toBe(accepted.length)
  })

  test("a batch goes on at another when the one that ran it is killed: each line is answered once", async () => {
    await ground.createDatabase()
    const released = Promise.withResolvers<void>()
    const { runs, waits, calls, makeChat } = await openBoth(() =>
      calls.size > 3 ? released.promise : Promise.resolve(),
    )
    const lines = Array.from({ length: 12 }, (_, at) =>
      JSON.stringify({ custom_id: `line ${at}`, method: "POST", url: "/v1/chat/completions", body: makeChat() }),
    )
    const form = new FormData()
    form.set("purpose", "batch")
    form.set("file", new File([`${lines.join("\n")}\n`], "in.jsonl"))
    const file = (await (await waits.fetch("/v1/files", { method: "POST", body: form })).json()) as Job
    const order = { input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h" }
    const headers = { "content-type": "application/json" }
    const batch = (await (
      await waits.fetch("/v1/batches", { method: "POST", headers, body: JSON.stringify(order) })
    ).json()) as Job
    while (calls.size < 4) await runs.fetch("/health")
    runs.process.kill("SIGKILL")
    released.resolve()
    let ended: Job = batch
    while (ended.status !== "completed") {
      ended = (await (await waits.fetch(`/v1/batches/${batch.id}`)).json()) as Job
      expect(["in_progress", "finalizing", "completed"]).toContain(ended.status)
    }
    const output = await (await waits.fetch(`/v1/files/${ended.output_file_id}/content`)).text()
    const answers = output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).custom_id)
    expect(answers).toEqual(lines.map((_, at) => `line ${at}`))
  })

  test("when it stops in good order, another goes on at once, and what comes meanwhile waits for that", async () => {
    await ground.createDatabase()
    const released = Promise.withResolvers<void>()
    const { runs, waits, calls, makeChat } = await openBoth(() => released.promise)
    const id = await runs.accept(makeChat())
    while (calls.size === 0) await runs.fetch("/health")
    const stopped = runs.stop()
    // It takes no more work, and waits for its call.
    while ((await runs.submit(makeChat())).status !== 503);
    const meanwhile = waits.accept(makeChat())
    released.resolve()
    expect(await stopped).toBe(0)
    for (const each of [id, await meanwhile]) expect((await waits.end(each)).status).toBe("completed")
    await waits.logged(BEGUN)
    expect(calls.get("question 1")).toBe(1)
  })

  test("one that was frozen for longer than its lease finds another in its place, stops its work, and waits", async () => {
    await ground.createDatabase()
    const { runs, waits, makeChat } = await openBoth()
    const before = await runs.accept(makeChat())
    runs.process.kill("SIGSTOP")
    await waits.logged(BEGUN)
    runs.process.kill("SIGCONT")
    await runs.logged(STOPPED)
    await runs.logged(WAITS)
    // The same process, which passes requests on now.
    const id = await runs.accept(makeChat())
    for (const each of [before, id]) expect((await waits.end(each)).status).toBe("completed")
    await waits.stop()
    await runs.logged(BEGUN)
    expect((await runs.end(await runs.accept(makeChat()))).status).toBe("completed")
  })

  test("what is out at one that freezes is answered by the next, or with the words that nobody knows", async () => {
    await ground.createDatabase()
    const { runs, waits, makeChat } = await openBoth()
    runs.process.kill("SIGSTOP")
    const headers = { "content-type": "application/json" }
    const body = JSON.stringify(makeChat())
    const [submitted, health, answered, made] = await Promise.all([
      waits.submit(makeChat()),
      waits.fetch("/health"),
      waits.fetch("/v1/chat/completions", { method: "POST", headers, body }),
      waits.fetch("/v1/conversations", { method: "POST", headers, body: "{}" }),
    ])
    expect([submitted.status, health.status, answered.status, made.status]).toEqual([202, 200, 200, 503])
    expect(await made.text()).toContain("whether this is stored is not known")
  })

  test("one that is asked to stop while it is frozen stops when it finds another in its place", async () => {
    await ground.createDatabase()
    const held = Promise.withResolvers<void>()
    const { runs, waits, calls, makeChat } = await openBoth(() => held.promise)
    await runs.accept(makeChat())
    while (calls.size === 0) await runs.fetch("/health")
    runs.process.kill("SIGTERM")
    await runs.logged("stopping: calls under way may finish")
    runs.process.kill("SIGSTOP")
    await waits.logged(BEGUN)
    runs.process.kill("SIGCONT")
    expect(await runs.exit()).toBe(0)
    held.resolve()
  })

  test("one that freezes while it takes over does not keep a third from it", async () => {
    await ground.createDatabase()
    const { runs, waits, config } = await openBoth()
    const third = await ground.open({ config })
    runs.process.kill("SIGKILL")
    const first = await Promise.race([waits, third].map((gateway) => gateway.logged(TAKES).then(() => gateway)))
    first.process.kill("SIGSTOP")
    await (first === waits ? third : waits).logged(BEGUN)
  })

  test("nobody takes over from one whose commits wait for a standby of the database", async () => {
    await ground.createDatabase()
    const { runs, waits, makeChat } = await openBoth()
    await ground.cluster.run("ALTER SYSTEM SET synchronous_standby_names = 'away'")
    await ground.cluster.run("SELECT pg_reload_conf()")
    const submitted = runs.submit(makeChat())
    // Longer than a lease, by the renewals that wait.
    const waiting =
      "SELECT 1 AS there FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND now() - query_start > interval '6 s'"
    while ((await ground.cluster.run(waiting)).length === 0);
    await ground.cluster.run("ALTER SYSTEM RESET synchronous_standby_names")
    await ground.cluster.run("SELECT pg_reload_conf()")
    expect((await submitted).status).toBe(202)
    // Twice as long as the other one needs to look again.
    const seen =
      "SELECT 1 AS there FROM asyncgate.gateways HAVING min(seen_at) > now() - interval '1 s' AND count(*) = 2"
    for (let looks = 0; looks < 3; looks++) while ((await ground.cluster.run(seen, ground.database)).length === 0);
    expect(waits.log()).not.toContain(TAKES)
    expect((await runs.end(await runs.accept(makeChat()))).status).toBe("completed")
  })

  test("one that waits lets requests that go through it finish when it stops", async () => {
    await ground.createDatabase()
    const released = Promise.withResolvers<void>()
    const { waits, calls, makeChat } = await openBoth(() => released.promise)
    const headers = { "content-type": "application/json" }
    const call = waits.fetch("/v1/chat/completions", { method: "POST", headers, body: JSON.stringify(makeChat()) })
    while (calls.size === 0) await waits.fetch("/health")
    const stopped = waits.stop()
    await waits.logged("stopping: requests under way may finish")
    released.resolve()
    expect((await call).status).toBe(200)
    expect(await stopped).toBe(0)
  })

  test("one that is cut off from the database is taken over from, and what it had out is stored once", async () => {
    const server = await ground.cluster.createDatabase()
    const relay: Relay = startRelay(server)
    afterTest(() => relay.stop())
    ground.database = relay.url
    const { runs, makeChat, config } = await openBoth()
    ground.database = server
    const waits = await ground.open({ config })
    const id = await runs.accept(makeChat())
    relay.setOpen(false)
    await waits.logged(BEGUN)
    relay.setOpen(true)
    await runs.logged(STOPPED)
    await runs.logged(WAITS)
    expect((await runs.end(id)).status).toBe("completed")
    expect(countRows(server, "jobs")).toBe(1)
  })

  test("after an outage of the database the one that ran the jobs goes on, and calls nobody twice", async () => {
    await ground.createDatabase()
    const released = Promise.withResolvers<void>()
    const { runs, waits, calls, makeChat } = await openBoth(() => released.promise)
    const ids = await Promise.all(Array.from({ length: 10 }, () => runs.accept(makeChat())))
    while (calls.size < 10) await runs.fetch("/health")
    await ground.cluster.stop("immediate")
    while ((await runs.fetch("/health")).status === 200);
    await ground.cluster.start()
    released.resolve()
    for (const id of ids) {
      // Until the server is back a poll is refused.
      while ((await waits.poll(id)).status === 503);
      expect((await waits.end(id)).status).toBe("completed")
    }
    expect([...calls.values()]).toEqual(ids.map(() => 1))
    expect(waits.log()).not.toContain(BEGUN)
  })

  test("one that is started again in its directory begins at once", async () => {
    await ground.createDatabase()
    const dir = tempDir()
    const before = await ground.open({ dir })
    const id = await before.accept(chat({ mock: { latency_ms: 1 } }))
    await before.stop("SIGKILL")
    const after = await ground.open({ dir })
    expect(after.facts).not.toHaveProperty("standby")
    expect((await after.end(id)).status).toBe("completed")
  })

  test("keys and the admin token that are made at one hold at all, also after it has gone", async () => {
    await ground.createDatabase()
    const env = { ASYNCGATE_DATABASE: ground.database }
    const runs = await ground.open()
    const waits = await ground.open()
    const made = await run(["vk", "create", "early", "--app-dir", waits.dir], env)
    expect(made.code).toBe(0)
    const key = /sk-bf-\S+/.exec(made.stdout)?.[0] ?? ""
    const token = await waits.adminToken()
    const reads = async (gateway: Gateway, bearer: string, path = "/v1/async/me") =>
      (await gateway.fetch(path, { headers: { authorization: `Bearer ${bearer}` } })).status
    // The change of the file is looked for once a second.
    while ((await reads(runs, key)) !== 200);
    while ((await reads(runs, token, "/v1/async/stats")) !== 200);
    // And the other way round: a key that is taken away at the one that runs the jobs, which then goes.
    expect((await run(["vk", "revoke", "early", "--app-dir", runs.dir], env)).code).toBe(0)
    const isKnown = (gateway: Gateway) => readFileSync(join(gateway.dir, "virtual-keys.json"), "utf8").includes("early")
    while (isKnown(waits)) await waits.fetch("/health")
    await runs.stop()
    await waits.logged(BEGUN)
    expect(await reads(waits, key)).not.toBe(200)
    expect(await reads(waits, token, "/v1/async/stats")).toBe(200)
    // One that joins later has them from its start, and makes no token of its own.
    const third = await ground.open()
    expect(readFileSync(join(third.dir, "admin-token"), "utf8")).toBe(
      readFileSync(join(waits.dir, "admin-token"), "utf8"),
    )
  })

  test("the metrics and the doctor know them", async () => {
    await ground.createDatabase()
    const runs = await ground.open()
    const waits = await ground.open()
    const metrics = await (await waits.fetch("/metrics")).text()
    expect(metrics).toContain('asyncgate_gateways{state="running"} 1\nasyncgate_gateways{state="waiting"} 1\n')
    const env = ground.env()
    const said = (await run(["doctor", "--app-dir", waits.dir], env)).stdout
    const [first, second] = [runs, waits].map(({ url, facts }) => `${url} (${facts.version})`)
    expect(said.replaceAll(/\s+/g, " ")).toContain(`${first} runs the jobs; ${second} waits to take over`)
  })

  test("one that waits stops in good order", async () => {
    await ground.createDatabase()
    await ground.open()
    const waits = await ground.open()
    expect(countRows(ground.database, "gateways")).toBe(2)
    expect(await waits.stop()).toBe(0)
    expect(countRows(ground.database, "gateways")).toBe(1)
  })
})
