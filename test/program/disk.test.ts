// What a machine can do to the program under its feet: a disk that is full or fails, a clock that jumps. Nothing accepted is lost,
// what cannot be kept is refused with the reason, and service resumes by itself.
import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { newDir, removeDir } from "../cleanup.ts"
import { chat, type Gateway, type Job, type LaunchOptions, launch } from "../harness.ts"
import { openRoom, type Room } from "../torture/room.ts"
import { compileShim, type DiskCall, type DiskError, type Shim, steer } from "../torture/shim.ts"
import { completion, configFor, startUpstream, type Upstream } from "../upstream.ts"

const MIB = 1024 * 1024
const HOUR_MS = 3_600_000

let gateway: Gateway
let upstream: Upstream
const closers: (() => void)[] = []

/** Most take a second; a machine that is busy besides may take its time. */
setDefaultTimeout(240_000)

afterEach(async () => {
  await gateway?.dispose()
  await upstream?.stop()
  for (const close of closers.splice(0)) close()
})

/** Submits until one is refused; what was accepted before, and the refusal. */
async function fillQueue(body: unknown): Promise<{ ids: string[]; refusal: Response; error: Job }> {
  const ids: string[] = []
  for (;;) {
    const response = await gateway.submit(body)
    const answer = (await response.json()) as Job
    if (response.status !== 202) return { ids, refusal: response, error: answer.error }
    ids.push(answer.id)
  }
}

/** Submits until one is accepted, and waits for its end: nobody has told the gateway that its trouble is over. */
async function resume(): Promise<Job> {
  for (;;) {
    const response = await gateway.submit(chat({ model: "up/m" }))
    const answer = (await response.json()) as Job
    if (response.status === 202) return await gateway.end(answer.id)
  }
}

async function ends(ids: string[]): Promise<string[]> {
  const jobs = await Promise.all(ids.map((id) => gateway.end(id)))
  return [...new Set(jobs.map(({ status }) => status as string))]
}

function contentOf(job: Job): string {
  return job.result.choices[0].message.content
}

const ROOM_MB = 32
const trial = openRoom(newDir(), ROOM_MB)
const noRoom = "reason" in trial ? trial.reason : null
if (!("reason" in trial)) trial.close()
if (noRoom !== null) process.stderr.write(`skipped, what needs a disk to fill: ${noRoom}\n`)

describe.skipIf(noRoom !== null)("a disk", () => {
  const body = chat({ model: "up/m", messages: [{ role: "user", content: "x".repeat(64 * 1024) }] })

  async function launchOnRoom(reserveMb: number, over: Record<string, unknown> = {}): Promise<Room> {
    const path = newDir()
    const room = openRoom(path, ROOM_MB) as Room
    closers.push(room.close)
    const dir = join(path, "data")
    mkdirSync(dir)
    gateway = await launch({
      dir,
      config: { ...configFor(upstream, {}, over), client: { disk_reserve_mb: reserveMb } },
    })
    return room
  }

  test("that is full: submits get 507, polls go on, an answer that comes is kept until there is space, and all goes on by itself", async () => {
    const answer = Promise.withResolvers<Response>()
    upstream = startUpstream((_, index) => (index === 1 ? answer.promise : completion()))
    const room = await launchOnRoom(0)
    const done = await gateway.accept(chat({ model: "up/m" }))
    await gateway.end(done)
    const running = await gateway.accept(chat({ model: "up/m" }))
    await upstream.request(1)

    room.fill()
    const { ids, refusal, error } = await fillQueue(body)
    expect(refusal.status).toBe(507)
    expect(error).toMatchObject({ code: "store_full", message: expect.stringContaining("full") })
    answer.resolve(completion("x".repeat(8 * MIB)))
    expect((await gateway.poll(done)).status).toBe(200)
    expect((await gateway.poll(running)).status).toBe(202)

    room.empty()
    expect(contentOf(await gateway.end(running))).toHaveLength(8 * MIB)
    expect((await resume()).status).toBe("completed")
    if (ids.length > 0) expect(await ends(ids)).toEqual(["completed"])
    expect(upstream.received).toHaveLength(2 + ids.length + 1)
  })

  test("at its mark: submits get 507 while all that was accepted runs and ends in the space that is left", async () => {
    const gate = Promise.withResolvers<void>()
    upstream = startUpstream(async () => {
      await gate.promise
      return completion("y".repeat(100_000))
    })
    const room = await launchOnRoom(16, { concurrency_and_buffer_size: { concurrency: 1 } })
    const before = await Promise.all(Array.from({ length: 20 }, () => gateway.accept(body)))
    room.fill(15_000_000)
    while ((await gateway.fetch("/health")).status === 200);
    const refusal = await gateway.submit(body)
    expect(refusal.status).toBe(507)
    expect(((await refusal.json()) as Job).error).toMatchObject({
      code: "store_full",
      message: expect.stringContaining("disk_reserve_mb"),
    })
    gate.resolve()
    expect(await ends(before)).toEqual(["completed"])
    expect(room.freeBytes()).toBeLessThan(16_000_000)
    expect((await gateway.submit(body)).status).toBe(507)

    room.empty()
    expect((await resume()).status).toBe("completed")
  })
})

const shimDir = newDir()
afterAll(() => removeDir(shimDir))
const compiled = compileShim(shimDir)
const noShim = "reason" in compiled ? compiled.reason : null
if (noShim !== null) process.stderr.write(`skipped, what needs a disk that fails and a clock that jumps: ${noShim}\n`)

describe.skipIf(noShim !== null)("on a machine that", () => {
  let shim: Shim

  function prepare(): LaunchOptions & { dir: string } {
    const dir = newDir()
    shim = steer("library" in compiled ? compiled.library : "", dir)
    closers.push(shim.close, () => removeDir(dir))
    return { dir, env: shim.env }
  }

  test.each<[DiskCall, DiskError, number, string]>([
    ["sync", "EIO", 503, "store_unavailable"],
    ["write", "EROFS", 503, "store_unavailable"],
    ["write", "ENOSPC", 507, "store_full"],
  ])(
    "fails a %s with %s: submits are refused with the reason, polls go on, nothing is lost or asked for twice",
    async (call, error, status, code) => {
      const answer = Promise.withResolvers<Response>()
      upstream = startUpstream((_, index) => (index === 1 ? answer.promise : completion()))
      gateway = await launch({ ...prepare(), config: configFor(upstream) })
      const done = await gateway.accept(chat({ model: "up/m" }))
      await gateway.end(done)
      expect(shim.syncs()).toBeGreaterThan(0)
      const running = await gateway.accept(chat({ model: "up/m" }))
      await upstream.request(1)

      shim.fail(call, error)
      const refusal = await gateway.submit(chat({ model: "up/m" }))
      expect(refusal.status).toBe(status)
      expect(((await refusal.json()) as Job).error).toMatchObject({ code, message: expect.stringMatching(/.{20}/) })
      answer.resolve(completion("kept"))
      expect((await gateway.poll(done)).status).toBe(200)
      expect((await gateway.poll(running)).status).toBe(202)

      shim.fail(call, null)
      expect(contentOf(await gateway.end(running))).toBe("kept")
      expect((await resume()).status).toBe("completed")
      expect(upstream.received).toHaveLength(3)
    },
  )

  test("fails a sync and then kills the process: what was refused is not there after the next start", async () => {
    upstream = startUpstream()
    const machine = prepare()
    gateway = await launch({ ...machine, config: configFor(upstream) })
    shim.fail("sync", "EIO")
    expect((await gateway.submit(chat({ model: "up/m" }))).status).toBe(503)
    await gateway.stop("SIGKILL")
    shim.fail("sync", null)
    gateway = await launch(machine)
    expect(gateway.facts).toMatchObject({ queued: 0, recovered: 0 })
    expect(gateway.count("jobs")).toBe(0)
  })

  test.each([
    ["forward", HOUR_MS],
    ["back", -HOUR_MS],
  ])(
    "sets its clock an hour %s: what runs, what waits for a slot, for a retry or for the provider's time, and who waits for it, all come to their end",
    async (_, byMs) => {
      const answer = Promise.withResolvers<Response>()
      const paused = Promise.withResolvers<Response>()
      let calls = 0
      upstream = startUpstream(({ body }) => {
        if (body.includes("running")) return answer.promise
        if (body.includes("paused") && calls++ === 0) return paused.promise
        return completion()
      })
      const provider = configFor(upstream, {}, { concurrency_and_buffer_size: { concurrency: 1 } }).providers.up
      gateway = await launch({ ...prepare(), config: { providers: { up: provider, other: provider } } })
      const submit = (model: string, content: string) =>
        gateway.accept(chat({ model, messages: [{ role: "user", content }] }), { "x-bf-async-job-result-ttl": "7200" })
      const ended = await submit("other/m", "ended")
      await gateway.end(ended)
      const running = await submit("up/m", "running")
      const queued = await submit("up/m", "queued")
      const parked = await submit("other/m", "paused")
      await upstream.request(2)
      const waiting = gateway.poll(queued, { prefer: "wait=60" })

      paused.resolve(new Response("{}", { status: 429, headers: { "retry-after": "0.2" } }))
      while (gateway.count("attempts", `job = (SELECT number FROM jobs WHERE id = '${parked}')`) === 0)
        await gateway.poll(parked)
      shim.setClock(byMs)
      expect((await gateway.end(parked)).status).toBe("completed")
      expect((await gateway.poll(running)).status).toBe(202)
      // A jump forward ends the wait, as if the machine had slept.
      if (byMs > 0) expect((await waiting).status).toBe(202)
      answer.resolve(completion("across the jump"))
      expect(contentOf(await gateway.end(running))).toBe("across the jump")
      if (byMs < 0) expect((await waiting).status).toBe(200)
      expect((await gateway.end(queued)).status).toBe("completed")
      expect((await gateway.poll(ended)).status).toBe(200)
      expect(upstream.received).toHaveLength(5)
    },
  )

  test("had its clock two hours ahead at the start and sets it right: what is signed for a provider has the time that it is", async () => {
    upstream = startUpstream(() => Response.json({ message: "no" }, { status: 400 }))
    const key = { value: "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" }
    const bedrock = { keys: [key], network_config: { base_url: upstream.url }, options: { region: "eu-west-1" } }
    const machine = prepare()
    shim.setClock(2 * HOUR_MS)
    gateway = await launch({ ...machine, config: { providers: { bedrock } } })
    shim.setClock(0)
    await gateway.end(await gateway.accept(chat({ model: "bedrock/eu.anthropic.claude-sonnet-4-5-20250929-v1:0" })))
    const signedAt = String((await upstream.request(0)).headers["x-amz-date"])
    const iso = signedAt.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, "$1-$2-$3:$4:$5")
    expect(Math.abs(Date.parse(iso) - Date.now())).toBeLessThan(60_000)
    expect(await gateway.stop()).toBe(0)
    const [line = "{}"] = gateway.log().split("\n")
    expect(Math.abs(Date.parse(JSON.parse(line).time) - Date.now())).toBeLessThan(60_000)
  })

  test("sets its clock an hour back while the program is down: what was queued or running goes out at once after the start", async () => {
    upstream = startUpstream(() => new Promise<Response>(() => {}))
    const machine = prepare()
    const config = configFor(upstream, {}, { concurrency_and_buffer_size: { concurrency: 1 } })
    shim.setClock(HOUR_MS)
    gateway = await launch({ ...machine, config })
    const ids = await Promise.all([1, 2, 3].map(() => gateway.accept(chat({ model: "up/m" }))))
    await upstream.request(0)
    await gateway.stop("SIGKILL")
    shim.setClock(0)
    upstream.answer(() => completion())
    gateway = await launch(machine)
    expect(gateway.facts).toMatchObject({ queued: 2, recovered: 1 })
    expect(await ends(ids)).toEqual(["completed"])
  })
})
