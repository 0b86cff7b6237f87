// What can happen to a batch: kills, a full disk, deleted jobs and files, keys that are revoked, a window that ends, other callers.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { addEndpoint } from "../../bench/endpoint.ts"
import { webhookEvents } from "../../src/webhooks/webhook.ts"
import { afterTest, newDir, removeDir, tempDir } from "../cleanup.ts"
import { runClient } from "../commands.ts"
import { type Gateway, type Job, type LaunchOptions, start } from "../harness.ts"
import { openRoom, type Room } from "../torture/room.ts"
import { compileShim, steer } from "../torture/shim.ts"
import { completion, configFor, startUpstream, type Upstream } from "../upstream.ts"

/** Each starts the program several times. */
setDefaultTimeout(240_000)

const MIB = 1024 * 1024
const HOUR_MS = 3_600_000
const URL = "/v1/chat/completions"

const line = (id: string, over: object = {}, url = URL) =>
  JSON.stringify({
    ...{ custom_id: id, method: "POST", url },
    body: { model: "mock/echo", messages: [{ role: "user", content: id }], ...over },
  })
const slow = { mock: { latency_ms: 600_000 } }

type Headers = Record<string, string>

async function upload(gateway: Gateway, text: string | Blob, headers: Headers = {}): Promise<Response> {
  const form = new FormData()
  form.set("purpose", "batch")
  form.set("file", new File([text], "in.jsonl"))
  return gateway.fetch("/v1/files", { method: "POST", body: form, headers })
}

async function post(gateway: Gateway, path: string, body: object, headers: Headers = {}): Promise<Response> {
  const init = {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  }
  return gateway.fetch(path, init)
}

async function create(
  gateway: Gateway,
  lines: readonly string[],
  over: object = {},
  headers: Headers = {},
): Promise<Job> {
  const file = (await (await upload(gateway, `${lines.join("\n")}\n`, headers)).json()) as Job
  const body = { input_file_id: file.id, endpoint: URL, completion_window: "24h", ...over }
  const response = await post(gateway, "/v1/batches", body, headers)
  expect(response.status).toBe(200)
  return (await response.json()) as Job
}

async function look(gateway: Gateway, { id }: Job, headers: Headers = {}): Promise<Job> {
  return (await (await gateway.fetch(`/v1/batches/${id}`, { headers })).json()) as Job
}

async function until(gateway: Gateway, batch: Job, is: (now: Job) => boolean, headers: Headers = {}): Promise<Job> {
  for (;;) {
    const now = await look(gateway, batch, headers)
    if (is(now)) return now
  }
}

const hasEnded = ({ status }: Job) => ["completed", "failed", "expired", "cancelled"].includes(status)
const end = (gateway: Gateway, batch: Job, headers: Headers = {}) => until(gateway, batch, hasEnded, headers)

async function results(gateway: Gateway, { id }: Job, headers: Headers = {}): Promise<Job[]> {
  return ((await (await gateway.fetch(`/v1/batches/${id}/results`, { headers })).json()) as Job).results
}

const ids = (lines: readonly Job[]) => lines.map(({ custom_id }) => custom_id)

/** An upstream that is stopped with the test. */
function play(handler?: Parameters<typeof startUpstream>[0]): Upstream {
  const upstream = startUpstream(handler)
  afterTest(() => upstream.stop())
  return upstream
}

describe("a batch", () => {
  test("that is killed at any step has every line once, and no line is sent twice but those that were out", async () => {
    const upstream = play()
    const options: LaunchOptions = { config: configFor(upstream) }
    let gateway = await start(options)
    const { dir } = gateway
    const names = Array.from({ length: 150 }, (_, n) => `line-${n}`)
    const batch = await create(
      gateway,
      names.map((name) => line(name, { model: "up/m" })),
    )
    for (const answered of [0, 80]) {
      await upstream.request(answered)
      await gateway.stop("SIGKILL")
      gateway = await start({ dir })
    }
    const ended = await end(gateway, batch)
    expect(ended).toMatchObject({ status: "completed", request_counts: { total: 150, completed: 150, failed: 0 } })
    expect(ids(await results(gateway, batch))).toEqual(names)
    const stored = gateway.count("jobs", "batch IS NOT NULL")
    expect(stored).toBe(150)
    // Only the calls that a kill interrupted are repeated, and each of those is an attempt more. Two kills may meet one job.
    const repeated = gateway.count("jobs", "attempt > 1") + gateway.count("jobs", "attempt > 2")
    expect(upstream.received.length - 150).toBeLessThanOrEqual(repeated)
  })

  test("goes on where its caller has deleted jobs, queued, running and ended, and names them in its results", async () => {
    let gateway = await start({ config: {} })
    const batch = await create(gateway, [line("quick"), line("slow", slow), line("other", slow)])
    await until(gateway, batch, ({ request_counts }) => request_counts.completed === 1)
    const listed = (await (await gateway.fetch(`/v1/async/jobs?batch=${batch.id}`)).json()) as Job
    expect(listed.data.map(({ batch_id }: Job) => batch_id)).toEqual(Array(3).fill(batch.id))
    const views = listed.data.map(async ({ id }: Job) => (await gateway.fetch(`/v1/async/jobs/${id}`)).json())
    expect((await Promise.all(views)).map(({ batch_id, batch_line }: Job) => [batch_id, batch_line])).toEqual(
      [3, 2, 1].map((number) => [batch.id, number]),
    )
    expect((await runClient(gateway, ["logs", listed.data[0].id])).stdout).toContain(`line 3 of ${batch.id}`)
    for (const { id } of listed.data) {
      expect((await gateway.fetch(`/v1/async/jobs/${id}`, { method: "DELETE" })).status).toBeLessThan(300)
    }
    await gateway.stop("SIGKILL")
    gateway = await start({ dir: gateway.dir })
    const ended = await end(gateway, batch)
    expect(ended).toMatchObject({ status: "completed", request_counts: { total: 3, completed: 1, failed: 2 } })
    expect((await results(gateway, batch)).map(({ custom_id, error }) => [custom_id, error.code])).toEqual(
      ["quick", "slow", "other"].map((name) => [name, "job_deleted"]),
    )
  })

  test("has cost what the attempts of its jobs have, with retries, fallbacks and a kill, also once these are deleted", async () => {
    // Each line fails once, and one goes to another model. What the kill interrupts may have been billed.
    const failed = new Set<string>()
    const upstream = play(({ body }) => {
      const { model, messages } = JSON.parse(body)
      const text = messages[0].content as string
      if (text === "hangs" && !failed.has(text)) {
        failed.add(text)
        return new Promise<Response>(() => {})
      }
      if (model === "down") return Response.json({ error: { message: "no" } }, { status: 400 })
      if (failed.has(text)) return completion(text, { usage: { prompt_tokens: 400, completion_tokens: 300 } })
      failed.add(text)
      return Response.json({ error: { message: "busy" } }, { status: 503 })
    })
    const prices = { "*": { input_per_million: 1000, output_per_million: 2000 } }
    let gateway = await start({ config: configFor(upstream, { max_retries: 2 }, { prices }) })
    const names = ["one", "two", "three"]
    const lines = names.map((name) => line(name, { model: "up/m" }))
    const batch = await create(gateway, [
      ...lines,
      line("moves", { model: "up/down", fallbacks: ["up/m"] }),
      line("hangs", { model: "up/m" }),
      line("fails", { model: "up/down" }),
    ])
    expect(batch).toMatchObject({ cost_usd: 0, calls_without_cost: 0 })
    const before = await until(gateway, batch, ({ request_counts: { completed, failed } }) => completed + failed === 5)
    expect(before).toMatchObject({ cost_usd: expect.closeTo(4), calls_without_cost: 0 })
    await gateway.stop("SIGKILL")
    gateway = await start({ dir: gateway.dir })
    const ended = await end(gateway, batch)
    expect(ended.request_counts).toEqual({ total: 6, completed: 5, failed: 1 })
    const { data } = (await (await gateway.fetch(`/v1/async/jobs?batch=${batch.id}`)).json()) as Job
    const sum = data.reduce((total: number, { cost_usd }: Job) => total + (cost_usd ?? 0), 0)
    const cost = { cost_usd: expect.closeTo(sum), calls_without_cost: 1 }
    expect(sum).toBeCloseTo(5)
    expect(ended).toMatchObject(cost)
    for (const { id } of data) await gateway.fetch(`/v1/async/jobs/${id}`, { method: "DELETE" })
    expect(await look(gateway, batch)).toMatchObject(cost)
    expect((await runClient(gateway, ["batch", "get", batch.id])).stdout).toContain(
      "$5.0000, and 1 call of unknown cost",
    )
  })

  test("whose calls have no known cost has an unknown one, never none", async () => {
    const gateway = await start({ config: {} })
    const batch = await create(gateway, [line("a")])
    expect(await end(gateway, batch)).toMatchObject({ cost_usd: null, calls_without_cost: 1 })
    expect((await runClient(gateway, ["batch", "get", batch.id])).stdout).toMatch(/cost +unknown/)
  })

  test("leaves half of a provider's queue to other callers, says what it waits for, and goes on by itself", async () => {
    const held: (() => void)[] = []
    const upstream = play(({ body }) => {
      if (body.includes("free")) return completion()
      return new Promise((resolve) => held.push(() => resolve(completion())))
    })
    const limits = { concurrency_and_buffer_size: { concurrency: 1, buffer_size: 20 } }
    const gateway = await start({ config: configFor(upstream, {}, limits) })
    const names = Array.from({ length: 15 }, (_, n) => (n === 0 ? "held" : `free-${n}`))
    const batch = await create(
      gateway,
      names.map((name) => line(name, { model: "up/m" })),
    )
    await upstream.request(0)
    const waiting = await until(gateway, batch, ({ waits_for: reason }) => reason !== undefined)
    expect(waiting.waits_for).toContain("10 jobs wait for provider up already, as many as batches may")
    expect(gateway.count("jobs", "state = 'queued'")).toBe(10)
    const mine = { model: "up/m", messages: [{ role: "user", content: "free" }] }
    const accepted = await Promise.all(Array.from({ length: 10 }, () => gateway.accept(mine)))
    expect((await post(gateway, "/v1/async/chat/completions", mine)).status).toBe(429)
    for (const release of held) release()
    const ended = await end(gateway, batch)
    expect(ended.request_counts).toEqual({ total: 15, completed: 15, failed: 0 })
    expect(accepted).toHaveLength(10)
  })

  test("is found as a filter of lists, which refuse what is no batch", async () => {
    const gateway = await start({ config: {} })
    const batch = await create(gateway, [line("a"), line("b")])
    await end(gateway, batch)
    await gateway.accept({ model: "mock/echo", messages: [{ role: "user", content: "x" }] })
    const { stdout } = await runClient(gateway, ["ps", "--batch", batch.id, "--quiet"])
    expect(stdout.trim().split("\n")).toHaveLength(2)
    expect((await gateway.fetch("/v1/async/jobs?batch=7")).status).toBe(400)
  })

  test("tells the endpoints of webhooks that want to know of its end, each of its own event", async () => {
    const got: Job[] = []
    const receiver = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      async fetch(request) {
        got.push(await request.json())
        return new Response(null, { status: 204 })
      },
    })
    afterTest(() => receiver.stop(true))
    const dir = tempDir()
    const settings = { url: receiver.url.href, form: "event" } as const
    addEndpoint(dir, { name: "all", ...settings, events: webhookEvents.event })
    addEndpoint(dir, { name: "failures", ...settings, events: ["batch.failed"] })
    const gateway = await start({ dir, config: {} })
    const done = await create(gateway, [line("a")])
    await end(gateway, done)
    const failed = await create(gateway, ["{"])
    await end(gateway, failed)
    while (got.length < 3) await gateway.breathe()
    expect(got.map(({ type, data }) => [type, data]).sort()).toEqual([
      ["batch.completed", { id: done.id }],
      ["batch.failed", { id: failed.id }],
      ["batch.failed", { id: failed.id }],
    ])
  })

  test("whose input file is lost fails and says so, and ends the jobs that it has", async () => {
    let gateway = await start({ config: {} })
    const batch = await create(gateway, [line("quick"), line("slow", slow)])
    await until(gateway, batch, ({ request_counts }) => request_counts.completed === 1)
    await gateway.stop()
    const checkFiles = async () => {
      const { stdout } = await runClient(gateway, ["doctor", "--json"])
      return (JSON.parse(stdout) as Job).checks.find(({ check }: Job) => check === "files")
    }
    expect(await checkFiles()).toMatchObject({ state: "ok" })
    rmSync(join(gateway.dir, "files", batch.input_file_id))
    expect(await checkFiles()).toMatchObject({ state: "error", says: expect.stringContaining(batch.input_file_id) })
    gateway = await start({ dir: gateway.dir })
    await post(gateway, `/v1/batches/${batch.id}/cancel`, {})
    const ended = await end(gateway, batch)
    expect(ended).toMatchObject({ status: "failed", errors: { data: [{ code: "file_not_found", line: null }] } })
    expect(gateway.count("jobs", "completed_at IS NULL")).toBe(0)
  })

  test("serves answers that are no JSON, and any type that takes JSON", async () => {
    const gateway = await start({ config: {} })
    const url = "/v1/audio/speech"
    const spoken = { custom_id: "a", method: "POST", url, body: { model: "mock/echo", input: "Hi", voice: "alloy" } }
    const batch = await create(gateway, [JSON.stringify(spoken)], { endpoint: url })
    expect(await end(gateway, batch)).toMatchObject({ request_counts: { completed: 1 } })
    const [only] = await results(gateway, batch)
    expect(only?.response).toMatchObject({ status_code: 200, body: expect.anything() })
  })

  test("has no results before its end, and none once they are deleted", async () => {
    const gateway = await start({ config: {} })
    const [done, open] = [await create(gateway, [line("a")]), await create(gateway, [line("b", slow)])]
    const ended = await end(gateway, done)
    expect((await gateway.fetch(`/v1/batches/${open.id}/results`)).status).toBe(400)
    await gateway.fetch(`/v1/files/${ended.output_file_id}`, { method: "DELETE" })
    expect((await gateway.fetch(`/v1/batches/${done.id}/results`)).status).toBe(404)
    const failed = await create(gateway, ["{"])
    await end(gateway, failed)
    expect(await results(gateway, failed)).toEqual([])
  })
})

describe("the caller of a batch", () => {
  const config = { client: { enforce_auth_on_inference: true } }
  async function makeKey(
    gateway: Gateway,
    limits: object = {},
  ): Promise<{ headers: Headers; id: string; admin: Headers }> {
    const admin = { authorization: `Bearer ${await gateway.adminToken()}` }
    const made = (await (
      await post(gateway, "/v1/async/virtual-keys", { name: crypto.randomUUID(), ...limits }, admin)
    ).json()) as Job
    return { headers: { "x-bf-vk": made.value }, id: made.id, admin }
  }

  test("alone sees it, its files and its jobs", async () => {
    const gateway = await start({ config })
    const [one, other] = [await makeKey(gateway), await makeKey(gateway)]
    const batch = await create(gateway, [line("a")], {}, one.headers)
    const ended = await end(gateway, batch, one.headers)
    expect(ended.status).toBe("completed")
    for (const path of [
      `/v1/batches/${batch.id}`,
      `/v1/batches/${batch.id}/results`,
      `/v1/files/${batch.input_file_id}`,
      `/v1/files/${ended.output_file_id}/content`,
    ]) {
      expect((await gateway.fetch(path, { headers: one.headers })).status).toBe(200)
      expect((await gateway.fetch(path, { headers: other.headers })).status).toBe(404)
      expect((await gateway.fetch(path)).status).toBe(401)
    }
    for (const path of ["/v1/batches", "/v1/files", `/v1/async/jobs?batch=${batch.id}`]) {
      expect(((await (await gateway.fetch(path, { headers: other.headers })).json()) as Job).data).toEqual([])
    }
    const taken = { input_file_id: batch.input_file_id, endpoint: URL, completion_window: "24h" }
    expect((await post(gateway, "/v1/batches", taken, other.headers)).status).toBe(404)
  })

  test("whose key is revoked pays for nothing more: the lines that are left say so", async () => {
    const gateway = await start({ config })
    const { headers, id, admin } = await makeKey(gateway, { requests_per_minute: 2 })
    const batch = await create(
      gateway,
      ["a", "b", "c", "d"].map((name) => line(name)),
      {},
      headers,
    )
    // The third line waits for the next minute: it is not answered with 429.
    const waiting = await until(gateway, batch, ({ waits_for: reason }) => reason !== undefined, headers)
    expect(waiting.waits_for).toContain("requests a minute")
    expect(waiting.request_counts.failed).toBe(0)
    expect((await gateway.fetch(`/v1/async/virtual-keys/${id}`, { method: "DELETE", headers: admin })).status).toBe(204)
    // The admin sees everybody's. A cancel looks at the lines at once.
    const cancelled = await post(gateway, `/v1/batches/${batch.id}/cancel`, {}, admin)
    expect(cancelled.status).toBe(200)
    const ended = await end(gateway, batch, admin)
    expect(ended.request_counts).toMatchObject({ total: 4, completed: 2 })
    expect(gateway.count("batches", "sealed IS NOT NULL")).toBe(0)
  })

  test("brings a key of its own: it is used for every line, is encrypted, survives a kill, and is wiped at the end", async () => {
    const upstream = play(() => new Promise<Response>(() => {}))
    const up = { ...configFor(upstream).providers.up, keys: [] }
    const options = { config: { providers: { up } } }
    let gateway = await start(options)
    const OWN = "sk-of-the-caller-0123456789"
    const headers = { "x-api-key": OWN }
    const batch = await create(gateway, [line("a", { model: "up/m" }), line("b", { model: "up/m" })], {}, headers)
    await upstream.request(1)
    expect(gateway.count("batches", "sealed IS NOT NULL")).toBe(1)
    await gateway.stop("SIGKILL")
    upstream.answer(() => completion())
    gateway = await start({ dir: gateway.dir })
    const ended = await end(gateway, batch, headers)
    expect(ended).toMatchObject({ status: "completed", request_counts: { completed: 2 } })
    expect(new Set(upstream.received.map((each) => each.headers["authorization"]))).toEqual(new Set([`Bearer ${OWN}`]))
    expect(gateway.count("batches", "sealed IS NOT NULL")).toBe(0)
  })
})

describe("a file", () => {
  test("of 300 MB is stored without holding it, and one that breaks off leaves nothing", async () => {
    const gateway = await start({ config: {} })
    const piece = new Uint8Array(MIB).fill(10)
    const blob = new Blob(Array.from({ length: 300 }, () => piece))
    const before = readRss(gateway.pid)
    const response = await upload(gateway, blob)
    expect(response.status).toBe(200)
    expect(((await response.json()) as Job).bytes).toBe(300 * MIB)
    expect(readRss(gateway.pid) - before).toBeLessThan(150 * MIB)
    const head = '--x\r\ncontent-disposition: form-data; name="file"; filename="in.jsonl"\r\n\r\n{'
    const cut = await gateway.fetch("/v1/files", {
      method: "POST",
      body: head,
      headers: { "content-type": "multipart/form-data; boundary=x" },
    })
    expect(cut.status).toBe(400)
    expect(readdirSync(join(gateway.dir, "files"))).toHaveLength(1)
  })

  test("that is larger than the limit is refused with the setting that raises it", async () => {
    const gateway = await start({ config: { client: { max_file_size_mb: 1 } } })
    const response = await upload(gateway, "x".repeat(MIB + 1))
    expect(response.status).toBe(413)
    expect(((await response.json()) as Job).error.message).toContain("max_file_size_mb")
    expect(readdirSync(join(gateway.dir, "files"))).toEqual([])
  })

  test("that an interrupted upload has left is deleted by the next start, and those with a row are kept", async () => {
    let gateway = await start({ config: {} })
    const kept = (await (await upload(gateway, "x")).json()) as Job
    await gateway.stop()
    const stray = join(gateway.dir, "files", "draft-file-x")
    await Bun.write(stray, "half")
    gateway = await start({ dir: gateway.dir })
    expect(readdirSync(join(gateway.dir, "files"))).toEqual([kept.id])
    expect(statSync(join(gateway.dir, "files")).mode & 0o777).toBe(0o700)
    expect(statSync(join(gateway.dir, "files", kept.id)).mode & 0o777).toBe(0o600)
  })

  test("is in a backup, and is where it was after a restore, with a batch that goes on", async () => {
    const upstream = play(() => new Promise<Response>(() => {}))
    const gateway = await start({ config: configFor(upstream) })
    const batch = await create(gateway, [line("a", { model: "up/m" }), line("b", { model: "up/m" })])
    const done = await end(gateway, await create(gateway, [line("c")]))
    const big = (await (await upload(gateway, "x".repeat(3 * MIB + 7))).json()) as Job
    await upstream.request(1)
    const backup = join(tempDir(), "with.backup")
    const made = await runClient(gateway, ["backup", backup, "--json"])
    expect(JSON.parse(made.stdout)).toMatchObject({ uploads: { count: 4 } })
    await gateway.stop("SIGKILL")
    upstream.answer(() => completion())
    const dir = join(tempDir(), "elsewhere")
    expect((await runClient({ dir }, ["restore", backup])).code).toBe(0)
    const second = await start({ dir })
    expect(await (await second.fetch(`/v1/files/${big.id}/content`)).text()).toBe("x".repeat(3 * MIB + 7))
    expect(ids(await results(second, done))).toEqual(["c"])
    expect(await end(second, batch)).toMatchObject({ status: "completed", request_counts: { completed: 2 } })
    expect(statSync(join(dir, "files")).mode & 0o777).toBe(0o700)
    // What is cut short or changed anywhere is no backup.
    const bytes = new Uint8Array(await Bun.file(backup).arrayBuffer())
    for (const at of [bytes.length - 200, bytes.length - 3 * MIB]) {
      const wrong = join(tempDir(), "wrong.backup")
      await Bun.write(wrong, bytes.with(at, (bytes[at] ?? 0) ^ 1))
      const refused = await runClient({ dir: join(tempDir(), "no") }, ["restore", wrong])
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("is damaged")])
    }
  })
})

function readRss(pid: number): number {
  const { stdout } = Bun.spawnSync(["ps", "-o", "rss=", "-p", String(pid)])
  return Number(stdout.toString()) * 1024
}

const ROOM_MB = 48
const trial = openRoom(newDir(), 1)
const noRoom = "reason" in trial ? trial.reason : null
if (!("reason" in trial)) trial.close()
if (noRoom !== null) process.stderr.write(`skipped, what needs a disk to fill: ${noRoom}\n`)

describe.skipIf(noRoom !== null)("a disk that fills", () => {
  async function launchOnRoom(reserveMb: number, upstream: Upstream): Promise<{ room: Room; gateway: Gateway }> {
    const path = newDir()
    const room = openRoom(path, ROOM_MB) as Room
    const dir = join(path, "data")
    mkdirSync(dir)
    const gateway = await start({ dir, config: { ...configFor(upstream), client: { disk_reserve_mb: reserveMb } } })
    afterTest(room.close)
    return { room, gateway }
  }

  test("during an upload refuses it and leaves nothing, at the reserve as at the last byte", async () => {
    for (const reserveMb of [0, 8]) {
      const { room, gateway } = await launchOnRoom(reserveMb, play())
      room.fill(12 * MIB)
      const response = await upload(gateway, "x".repeat(24 * MIB))
      expect(response.status).toBe(507)
      expect(((await response.json()) as Job).error.code).toBe("store_full")
      expect(readdirSync(join(gateway.dir, "files"))).toEqual([])
      room.empty()
      for (;;) if ((await upload(gateway, "x".repeat(MIB))).status === 200) break
    }
  })

  test("while a batch expands and while its results are written holds it up with a reason, and it goes on when there is room", async () => {
    const gate = Promise.withResolvers<void>()
    const upstream = play(async () => {
      await gate.promise
      return completion("y".repeat(100_000))
    })
    const { room, gateway } = await launchOnRoom(8, upstream)
    const names = Array.from({ length: 60 }, (_, n) => `n${n}`)
    const batch = await create(
      gateway,
      names.map((name) => line(name, { model: "up/m" })),
    )
    await upstream.request(0)
    room.fill(4 * MIB)
    const second = post(gateway, "/v1/batches", {
      ...{ input_file_id: batch.input_file_id, endpoint: URL, completion_window: "24h" },
    })
    expect((await second).status).toBe(507)
    // The answers take up what is left, or wait in memory: the results cannot be written yet.
    gate.resolve()
    const held = await until(gateway, batch, ({ waits_for: reason }) => reason !== undefined)
    expect(held.waits_for).toMatch(/free|full/)
    expect(held.status).not.toBe("completed")
    room.empty()
    const ended = await end(gateway, batch)
    expect(ended).toMatchObject({ status: "completed", request_counts: { completed: 60 } })
    expect(ended.waits_for).toBeUndefined()
    expect(ids(await results(gateway, batch))).toEqual(names)
  })
})

const shimDir = newDir()
afterAll(() => removeDir(shimDir))
const compiled = compileShim(shimDir)
const noShim = "reason" in compiled ? compiled.reason : null
if (noShim !== null) process.stderr.write(`skipped, what needs a clock that jumps: ${noShim}\n`)

describe.skipIf(noShim !== null)("a window that ends", () => {
  const library = "library" in compiled ? compiled.library : ""

  test("expires the batch: what was answered is kept, and the rest says why it was not run", async () => {
    const dir = tempDir()
    const shim = steer(library, dir)
    afterTest(shim.close)
    const gateway = await start({ dir, env: shim.env, config: {} })
    const batch = await create(gateway, [line("quick"), line("slow", slow), line("slower", slow)], {
      completion_window: "2h",
    })
    await until(gateway, batch, ({ request_counts }) => request_counts.completed === 1)
    shim.setClock(1 * HOUR_MS)
    expect((await look(gateway, batch)).status).toBe("in_progress")
    shim.setClock(2 * HOUR_MS)
    const ended = await end(gateway, batch)
    expect(ended).toMatchObject({ status: "expired", request_counts: { total: 3, completed: 1, failed: 2 } })
    expect(ended.expired_at).toBeNumber()
    const found = await results(gateway, batch)
    expect(found.map(({ custom_id, error }) => [custom_id, error?.code ?? null])).toEqual([
      ["quick", null],
      ["slow", "batch_expired"],
      ["slower", "batch_expired"],
    ])
  })

  test("while the gateway is off leaves the results of a batch that has run whole, weeks later", async () => {
    const dir = tempDir()
    const shim = steer(library, dir)
    afterTest(shim.close)
    let gateway = await start({ dir, env: shim.env, config: {} })
    const batch = await create(gateway, [line("quick"), line("slow", slow)], { completion_window: "1h" })
    await until(gateway, batch, ({ request_counts }) => request_counts.completed === 1)
    await gateway.stop("SIGKILL")
    shim.setClock(20 * 24 * HOUR_MS)
    gateway = await start({ dir, env: shim.env })
    const ended = await end(gateway, batch)
    expect(ended).toMatchObject({ status: "expired", request_counts: { completed: 1, failed: 1 } })
    expect(ids(await results(gateway, batch))).toEqual(["quick", "slow"])
    // From now on its jobs are kept as long as any others.
    shim.setClock(21 * 24 * HOUR_MS)
    while (gateway.count("jobs") > 0) await gateway.fetch("/health")
  })
})
