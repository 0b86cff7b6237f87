import { Database } from "bun:sqlite"
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { createLog } from "../../src/log.ts"
import type { ProviderSettings } from "../../src/providers/table.ts"
import { createEngine, type Engine } from "../../src/run/engine.ts"
import { createPool, type Pool } from "../../src/run/pool.ts"
import type { FromEngine } from "../../src/run/protocol.ts"
import { startReaper } from "../../src/run/reaper.ts"
import { createWorld, insertJob, NOON, newJob, type World } from "../factory.ts"
import { Timeline } from "../timeline.ts"

const mock: ProviderSettings = {
  name: "mock",
  adapter: "mock",
  baseUrl: "",
  paths: { chat_completion: "/chat/completions" },
  needsKey: false,
  keys: [],
  optional: {},
  headers: {},
  timeoutMs: 600_000,
  maxRetries: 3,
  backoffInitialMs: 500,
  backoffMaxMs: 30_000,
  concurrency: 100,
  bufferSize: 100_000,
}

const request = (knobs: object = {}) =>
  JSON.stringify({ model: "mock/echo", messages: [{ role: "user", content: "Hello" }], mock: knobs })

let world: World
let clock: Timeline
let engine: Engine
let pool: Pool
let posted: FromEngine[]
let stopReaper: () => void
let seq = 0

/** The engine as its thread runs it, on a clock that the test moves; its workers are real threads. */
function startEngine(
  provider: Partial<ProviderSettings> = {},
  worker = "../../src/provider.worker.ts",
  ownerCaps = {},
): void {
  const providers = [{ ...mock, ...provider }]
  const log = createLog({ level: "error", style: "json", now: clock.now, write: () => {} })
  posted = []
  engine = createEngine({
    store: world.store,
    providers,
    ownerCaps,
    unseal: () => "",
    clock,
    random: () => 0.5,
    log,
    post: (message) => posted.push(message),
    pool: () => pool,
  })
  pool = createPool({
    spawn: () => new Worker(new URL(worker, import.meta.url)),
    size: 1,
    start: { providers, log: { level: "error", style: "json" } },
    clock,
    log,
    onOutcome: engine.finish,
    pieceOf: () => null,
    onReady: engine.wake,
  })
  stopReaper = startReaper(engine, world.store, clock)
  engine.start()
}

/** Gives the engine its turns until `isTrue`; the test's own time limit is the limit. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** Lets everything that is scheduled run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}

const submit = (body: string, over: Parameters<typeof newJob>[0] = {}) => {
  const job = newJob({ createdAt: clock.now(), body, ...over })
  engine.submit(++seq, job)
  return job.id
}
const stateOf = (id: string) => world.row(id)?.state

beforeEach(() => {
  world = createWorld()
  clock = new Timeline(NOON)
})
afterEach(() => {
  stopReaper()
  pool.close()
  world.dispose()
})

describe("a job", () => {
  test("is stored, called and answered, and its submit is acknowledged", async () => {
    startEngine()
    const id = submit(request())
    await until(() => stateOf(id) === "succeeded")
    expect(posted).toContain(String(seq))
    expect(world.attempts(id)).toMatchObject([{ attempt: 1, outcome: "answered", status: 200 }])
    expect(JSON.parse(world.body(id, "result")).choices).toHaveLength(1)
  })

  test("that is refused with 500 waits out its backoff, then succeeds; a try is spent", async () => {
    startEngine()
    const id = submit(request({ status: 500, times: 1 }))
    await until(() => stateOf(id) === "queued" && world.row(id)?.attempt === 1)
    // Half of 500 ms for certain, half of the other half by chance.
    expect(world.row(id)).toMatchObject({ failures: 1, run_at: NOON + 375 })
    clock.advance(374)
    await settle()
    expect(stateOf(id)).toBe("queued")
    clock.advance(1)
    await until(() => stateOf(id) === "succeeded")
    expect(world.row(id)).toMatchObject({ attempt: 2, failures: 1 })
  })

  test("that is refused with 429 and a time to come back waits that long and spends no try", async () => {
    startEngine()
    const id = submit(request({ status: 429, times: 1, retry_after: 30 }))
    await until(() => stateOf(id) === "queued" && world.row(id)?.attempt === 1)
    expect(world.row(id)).toMatchObject({ failures: 0, run_at: NOON + 30_000 })
    clock.advance(30_000)
    await until(() => stateOf(id) === "succeeded")
  })

  test("that waits for its time is not forgotten when others come and go meanwhile", async () => {
    startEngine()
    const waiting = submit(request({ status: 429, times: 1, retry_after: 30 }))
    await until(() => stateOf(waiting) === "queued" && world.row(waiting)?.attempt === 1)
    const other = submit(request())
    await until(() => stateOf(other) === "succeeded")
    clock.advance(30_000)
    await until(() => stateOf(waiting) === "succeeded")
  })

  test("that keeps failing ends failed after max_retries, with the provider's own words", async () => {
    startEngine({ maxRetries: 2, backoffInitialMs: 0 })
    const id = submit(request({ status: 503 }))
    await until(() => stateOf(id) === "failed")
    expect(world.attempts(id).map((attempt) => attempt.status)).toEqual([503, 503, 503])
    expect(JSON.parse(world.row(id)?.error ?? "")).toMatchObject({ status_code: 503, error: { code: "mock_503" } })
  })

  test("that cannot be read keeps the raw text and is not tried again", async () => {
    startEngine()
    const id = submit(request({ malformed: true }))
    await until(() => stateOf(id) === "failed")
    expect(world.attempts(id)).toMatchObject([{ outcome: "unreadable", status: 200 }])
    expect(world.body(id, "result")).toStartWith('{"id":"chatcmpl-mock-')
  })

  test("past its deadline in the queue is failed by the reaper", async () => {
    startEngine()
    const id = submit(request({ status: 429, retry_after: 100, times: 1 }), { deadlineAt: NOON + 200_000 })
    await until(() => stateOf(id) === "queued" && world.row(id)?.attempt === 1)
    world.database.run(`UPDATE jobs SET run_at = ${NOON + 300_000}`)
    clock.advance(99_000)
    await settle()
    expect(stateOf(id)).toBe("queued")
    clock.advance(101_000)
    await until(() => stateOf(id) === "failed")
    expect(JSON.parse(world.row(id)?.error ?? "").error.code).toBe("deadline_exceeded")
  })
})

describe("a cancel", () => {
  const isAnswered = () =>
    posted.some((message) => typeof message === "string" && message.split(",").includes(String(seq)))

  test("of a queued job keeps it from ever going out", async () => {
    startEngine({ concurrency: 1 })
    const first = submit(request({ latency_ms: 20 }))
    const second = submit(request())
    await until(() => stateOf(first) === "running")
    engine.cancel(++seq, second)
    await until(isAnswered)
    expect(world.row(second)).toMatchObject({ state: "cancelled", status_code: 499, attempt: 0 })
    await until(() => stateOf(first) === "succeeded")
    expect(world.attempts(second)).toEqual([])
  })

  test("of a running job frees its slot, and a late answer changes nothing", async () => {
    startEngine({ concurrency: 1 })
    const first = submit(request({ latency_ms: 30 }))
    const second = submit(request())
    await until(() => stateOf(first) === "running")
    engine.cancel(++seq, first)
    await until(() => stateOf(second) === "succeeded")
    expect(world.row(first)).toMatchObject({ state: "cancelled", attempt: 1, lease_until: null })
    const { error } = JSON.parse(world.row(first)?.error ?? "")
    expect(error).toMatchObject({ type: "request_cancelled", code: "job_cancelled" })
  })

  test("of a job that has ended changes nothing", async () => {
    startEngine()
    const id = submit(request())
    await until(() => stateOf(id) === "succeeded")
    const before = world.row(id)
    engine.cancel(++seq, id)
    await until(isAnswered)
    expect(world.row(id)).toEqual(before)
  })

  test("by removal takes the job with all that hangs on it, whatever its state", async () => {
    startEngine()
    const running = submit(request({ hang: true }))
    const ended = submit(request())
    await until(() => stateOf(running) === "running" && stateOf(ended) === "succeeded")
    for (const id of [running, ended]) engine.remove(++seq, id)
    await until(isAnswered)
    expect(world.rows()).toEqual([])
    expect(world.database.query("SELECT count(*) AS n FROM bodies").get()).toEqual({ n: 0 })
    expect(world.database.query("SELECT count(*) AS n FROM attempts").get()).toEqual({ n: 0 })
  })
})

describe("a watch", () => {
  const ended = () =>
    posted.flatMap((message) => (typeof message === "object" && message.kind === "ended" ? message.ids : []))

  test("hears of the end of a job once, however it ends", async () => {
    startEngine({ maxRetries: 0 })
    const ids = [submit(request({ latency_ms: 5 })), submit(request({ status: 400 })), submit(request({ hang: true }))]
    for (const id of ids) engine.watch(id)
    await until(() => ended().length === 2)
    engine.cancel(++seq, ids[2] ?? "")
    await until(() => ended().length === 3)
    expect(ended().sort()).toEqual(ids.sort())
  })

  test("of a job that has ended, or is not there, is answered at once", async () => {
    startEngine()
    const id = submit(request())
    await until(() => stateOf(id) === "succeeded")
    engine.watch(id)
    engine.watch("no such job")
    await until(() => ended().length === 2)
  })
})

describe("an Idempotency-Key", () => {
  const keyed = (bodyDigest: string) => submit(request(), { idempotencyKey: "key-1", bodyDigest })

  test("makes one job of two requests with the same body, also within one commit", async () => {
    startEngine()
    const first = keyed("body-1")
    keyed("body-1")
    await until(() => stateOf(first) === "succeeded")
    expect(posted).toContainEqual({ kind: "replayed", seq, id: first })
    keyed("body-1")
    await until(() =>
      posted.some((message) => typeof message === "object" && message.kind === "replayed" && message.seq === seq),
    )
    expect(world.rows()).toHaveLength(1)
  })

  test("with another body is refused, and nothing is stored", async () => {
    startEngine()
    keyed("body-1")
    keyed("body-2")
    await until(() => posted.some((message) => typeof message === "object" && message.kind === "refused"))
    expect(posted).toContainEqual(expect.objectContaining({ kind: "refused", seq, code: "idempotency_mismatch" }))
    expect(world.rows()).toHaveLength(1)
  })

  test("is free again once its job has expired, whether or not the reaper was there", async () => {
    startEngine()
    const first = submit(request(), { idempotencyKey: "key-1", bodyDigest: "body-1", ttlMs: 500 })
    await until(() => stateOf(first) === "succeeded")
    clock.advance(500)
    const second = keyed("body-2")
    await until(() => stateOf(second) === "succeeded")
    expect(world.rows().map((row) => row.id)).toEqual([second])
  })
})

describe("a form that comes in", () => {
  test("and is cut off by a crash is gone after the next start", async () => {
    world.store.transaction(() => world.store.upload("job-1", 0, new Uint8Array(100), NOON))
    startEngine()
    await until(() => world.store.uploads().length === 0)
    expect(world.body("job-1", "request")).toBe("")
  })

  test("is acknowledged piece by piece, becomes its job's body, or is forgotten", async () => {
    startEngine()
    const job = newJob({
      body: null,
      form: JSON.stringify({ contentType: "multipart/form-data", bytes: 6, edits: [] }),
      provider: "other",
    })
    for (const [at, text] of ["abc", "def"].entries()) engine.upload(job.id, at, Buffer.from(text))
    engine.upload("refused", 0, Buffer.from("xyz"))
    engine.discard("refused")
    engine.submit(++seq, job)
    await until(() => posted.includes(String(seq)))
    expect(posted).toContainEqual({ kind: "pieces", id: job.id, seq: 1 })
    expect(world.body(job.id, "request")).toBe("abcdef")
    expect(world.body("refused", "request")).toBe("")
    expect(world.store.uploads()).toEqual([])
  })
})

describe("concurrency", () => {
  test("an owner never has more jobs running than its cap, and holds up nobody else", async () => {
    startEngine({ concurrency: 10 }, "../../src/provider.worker.ts", { "vk:a": 2 })
    const capped = [1, 2, 3, 4, 5].map(() => submit(request({ latency_ms: 20 }), { owner: "vk:a" }))
    const other = submit(request(), { owner: "vk:b" })
    let most = 0
    let isOtherHeldUp = true
    await until(() => {
      const running = capped.filter((id) => stateOf(id) === "running").length
      most = Math.max(most, running)
      if (stateOf(other) === "succeeded" && capped.some((id) => stateOf(id) === "queued")) isOtherHeldUp = false
      return capped.every((id) => stateOf(id) === "succeeded")
    })
    expect(most).toBe(2)
    expect(isOtherHeldUp).toBe(false)
  })

  test("a provider never has more calls out than allowed, and every job gets its turn", async () => {
    startEngine({ concurrency: 2 })
    const ids = [1, 2, 3, 4, 5].map(() => submit(request({ latency_ms: 5 })))
    let most = 0
    await until(() => {
      most = Math.max(most, ids.filter((id) => stateOf(id) === "running").length)
      return ids.every((id) => stateOf(id) === "succeeded")
    })
    expect(most).toBe(2)
  })
})

describe("a full queue", () => {
  const refused = () =>
    posted.flatMap((message) => (typeof message === "object" && message.kind === "refused" ? [message] : []))

  test("refuses a job more with queue_full, and takes one again for each that leaves it, whichever way", async () => {
    startEngine({ concurrency: 1, bufferSize: 2 })
    const running = submit(request({ hang: true }))
    await until(() => stateOf(running) === "running")
    const waiting = [submit(request()), submit(request()), submit(request())]
    await until(() => refused().length === 1)
    expect(refused()[0]).toMatchObject({
      code: "queue_full",
      message: expect.stringContaining("2 jobs wait for provider mock"),
    })
    expect(waiting.map(stateOf)).toEqual(["queued", "queued", undefined])
    engine.cancel(++seq, waiting[0] ?? "")
    const third = submit(request())
    await until(() => stateOf(third) === "queued")
    engine.remove(++seq, waiting[1] ?? "")
    const fourth = submit(request())
    await until(() => stateOf(fourth) === "queued")
    engine.cancel(++seq, running)
    await until(() => stateOf(third) === "succeeded" && stateOf(fourth) === "succeeded")
    const last = submit(request())
    await until(() => stateOf(last) === "succeeded")
    expect(refused()).toHaveLength(1)
  })

  test("is counted right after a start, and after a transaction that was undone", async () => {
    for (let n = 0; n < 2; n++) insertJob(world.database, "queued", { run_at: NOON + 1_000_000 })
    startEngine({ bufferSize: 3 })
    await settle()
    const good = submit(request({ hang: true }))
    submit(request(), { id: good })
    await until(() => stateOf(good) === "running")
    const one = submit(request({ status: 429, retry_after: 1000 }))
    await until(() => stateOf(one) === "queued" && world.row(one)?.attempt === 1)
    submit(request())
    await until(() => refused().some(({ code }) => code === "queue_full"))
  })
})

describe("turns", () => {
  test("a caller with one job does not wait behind another's hundred", async () => {
    startEngine({ concurrency: 2 })
    const many = Array.from({ length: 100 }, () => submit(request({ latency_ms: 1 }), { owner: "vk:many" }))
    const one = submit(request(), { owner: "vk:one" })
    await until(() => stateOf(one) === "succeeded")
    expect(many.filter((id) => stateOf(id) === "succeeded").length).toBeLessThan(50)
    await until(() => many.every((id) => stateOf(id) === "succeeded"))
  })

  test("what was queued before the start goes out after it, whoever owns it", async () => {
    const jobs = ["", "vk:a", "key:b"].map((owner) => newJob({ owner, body: request() }))
    world.store.transaction(() => {
      for (const job of jobs) world.store.submit(job)
    })
    startEngine()
    await until(() => jobs.every(({ id }) => stateOf(id) === "succeeded"))
  })
})

describe("what a crash leaves", () => {
  test("every running row is taken up again at once, not when its lease runs out", async () => {
    const job = newJob({ body: request() })
    world.store.transaction(() => world.store.submit(job))
    world.store.transaction(() => world.store.claim("mock", "", NOON, NOON + 999_999, 1))
    startEngine()
    expect(posted).toContainEqual({ kind: "started", recovered: 1, queued: 0 })
    await until(() => stateOf(job.id) === "succeeded")
    expect(world.attempts(job.id)).toMatchObject([
      { attempt: 1, outcome: "interrupted" },
      { attempt: 2, outcome: "answered" },
    ])
  })

  test("a job that was cut off on its last try is failed and says so", async () => {
    const row = insertJob(world.database, "running", { attempt: 4, failures: 3 })
    startEngine()
    await until(() => stateOf(row.id) === "failed")
    expect(JSON.parse(world.row(row.id)?.error ?? "")).toMatchObject({
      status_code: 502,
      error: { code: "interrupted" },
    })
  })

  test("a running row that no thread holds returns to the queue when its lease runs out", async () => {
    startEngine()
    await settle()
    const row = insertJob(world.database, "running", { lease_until: NOON + 1500 })
    clock.advance(1000)
    await settle()
    expect(stateOf(row.id)).toBe("running")
    clock.advance(1000)
    await until(() => world.attempts(row.id).length > 0)
    expect(world.attempts(row.id)).toMatchObject([{ attempt: 1, outcome: "lease_expired" }])
  })

  test("a running job that a thread still holds keeps its lease, however late", async () => {
    startEngine()
    const id = submit(request({ hang: true }))
    await until(() => stateOf(id) === "running")
    world.database.run("UPDATE jobs SET lease_until = 1")
    clock.advance(5000)
    await settle()
    expect(world.row(id)).toMatchObject({ state: "running", attempt: 1 })
  })

  test("a worker that dies turns its calls into outcomes and is replaced", async () => {
    startEngine({ maxRetries: 0 }, "../fixtures/dying.worker.ts")
    clock.advance(1000)
    const id = submit(request())
    await until(() => stateOf(id) === "failed")
    expect(JSON.parse(world.row(id)?.error ?? "")).toMatchObject({
      status_code: 502,
      error: { code: "worker_crashed" },
    })
    expect(pool.isReady()).toBe(true)
  })

  test("a worker that dies young is replaced after a pause, and jobs wait for it in the queue", async () => {
    startEngine({ maxRetries: 0 }, "../fixtures/dying.worker.ts")
    const first = submit(request())
    await until(() => stateOf(first) === "failed")
    expect(pool.isReady()).toBe(false)
    const second = submit(request())
    await until(() => posted.includes(String(seq)))
    expect(stateOf(second)).toBe("queued")
    clock.advance(1000)
    expect(pool.isReady()).toBe(true)
    await until(() => stateOf(second) === "failed")
  })

  test("jobs of a provider that is no longer configured wait for it", async () => {
    const row = insertJob(world.database, "queued", { provider: "gone" })
    startEngine()
    await until(() => posted.some((message) => typeof message === "object" && message.kind === "started"))
    clock.advance(5000)
    await settle()
    expect(stateOf(row.id)).toBe("queued")
  })
})

describe("the reaper", () => {
  test("deletes a job at its time and not before", async () => {
    startEngine()
    const id = submit(request(), { ttlMs: 10_000 })
    await until(() => stateOf(id) === "succeeded")
    clock.advance(9000)
    await settle()
    expect(stateOf(id)).toBe("succeeded")
    clock.advance(1000)
    await until(() => stateOf(id) === undefined)
    expect(world.body(id, "request")).toBe("")
  })

  test("deletes thousands in one go of bounded batches", async () => {
    startEngine()
    world.store.transaction(() => {
      for (let n = 0; n < 1700; n++) insertJob(world.database, "failed", { expires_at: NOON + 1 })
    })
    clock.advance(1000)
    await until(() => world.rows().length === 0)
  })
})

describe("a store that takes no writes", () => {
  /** Another process that holds the write lock. */
  function lockOut(): () => void {
    world.database.run("PRAGMA busy_timeout = 0")
    const other = new Database(world.directory.databasePath)
    other.run("BEGIN IMMEDIATE")
    return () => {
      other.run("ROLLBACK")
      other.close()
    }
  }
  const refusal = () => posted.find((message) => typeof message === "object" && message.kind === "refused")
  const pulses = () =>
    posted.flatMap((message) => (typeof message === "object" && message.kind === "pulse" ? [message.trouble] : []))

  test("refuses new work with the reason and takes it again by itself", async () => {
    startEngine()
    await settle()
    const letGo = lockOut()
    const lost = submit(request())
    await until(() => refusal() !== undefined)
    expect(refusal()).toMatchObject({ seq, code: "store_unavailable" })
    expect(stateOf(lost)).toBeUndefined()
    expect(pulses().at(-1)).toBe("SQLITE_BUSY")
    letGo()
    clock.advance(1000)
    await until(() => pulses().at(-1) === null)
    const id = submit(request())
    await until(() => stateOf(id) === "succeeded")
  })

  test("does not lose the answer of a call that came back meanwhile", async () => {
    startEngine()
    const id = submit(request({ latency_ms: 20 }))
    await until(() => stateOf(id) === "running")
    const letGo = lockOut()
    await until(() => pulses().at(-1) === "SQLITE_BUSY")
    expect(stateOf(id)).toBe("running")
    letGo()
    clock.advance(1000)
    await until(() => stateOf(id) === "succeeded")
    expect(world.attempts(id)).toHaveLength(1)
  })

  test("says that the disk is full when it is, and serves again when there is space", async () => {
    startEngine()
    await settle()
    const pages = world.database.query<{ page_count: number }, []>("PRAGMA page_count").get()?.page_count ?? 0
    world.database.run(`PRAGMA max_page_count = ${pages + 5}`)
    submit(JSON.stringify({ model: "mock/echo", messages: [{ role: "user", content: "x".repeat(500_000) }] }))
    await until(() => refusal() !== undefined)
    expect(refusal()).toMatchObject({ seq, code: "store_full" })
    world.database.run("PRAGMA max_page_count = 1000000")
    clock.advance(1000)
    await until(() => pulses().at(-1) === null)
    const id = submit(request())
    await until(() => stateOf(id) === "succeeded")
  })

  test("one submit that cannot be stored does not take the others of its batch with it", async () => {
    startEngine()
    await settle()
    const good = submit(request())
    submit(request(), { id: good })
    const other = submit(request())
    await until(() => stateOf(good) === "succeeded" && stateOf(other) === "succeeded")
    expect(refusal()).toMatchObject({ code: "internal_error" })
  })
})

describe("shutdown", () => {
  const drained = () => posted.find((message) => typeof message === "object" && message.kind === "drained")

  test("lets calls under way finish and store their answers", async () => {
    startEngine()
    const id = submit(request({ latency_ms: 20 }))
    await until(() => stateOf(id) === "running")
    engine.drain(10_000)
    await until(() => drained() !== undefined)
    expect(drained()).toMatchObject({ released: 0 })
    const after = new Database(world.directory.databasePath)
    expect(after.query("SELECT state FROM jobs WHERE id = ?").get(id)).toEqual({ state: "succeeded" })
    after.close()
  })

  test("puts what does not finish in time back into the queue and spends no try", async () => {
    startEngine()
    const id = submit(request({ hang: true }))
    await until(() => stateOf(id) === "running")
    engine.drain(10_000)
    await settle()
    expect(drained()).toBeUndefined()
    clock.advance(10_000)
    await until(() => drained() !== undefined)
    expect(drained()).toMatchObject({ released: 1 })
    const after = new Database(world.directory.databasePath)
    expect(after.query("SELECT state, attempt, failures, lease_until FROM jobs").get()).toEqual({
      state: "queued",
      attempt: 1,
      failures: 0,
      lease_until: null,
    })
    expect(after.query("SELECT outcome FROM attempts").all()).toEqual([{ outcome: "released" }])
    after.close()
  })

  test("sends no queued job out any more", async () => {
    startEngine({ concurrency: 1 })
    const first = submit(request({ latency_ms: 20 }))
    const second = submit(request())
    await until(() => stateOf(first) === "running")
    engine.drain(10_000)
    await until(() => drained() !== undefined)
    const after = new Database(world.directory.databasePath)
    expect(after.query("SELECT state FROM jobs WHERE id = ?").get(first)).toEqual({ state: "succeeded" })
    expect(after.query("SELECT state FROM jobs WHERE id = ?").get(second)).toEqual({ state: "queued" })
    after.close()
  })
})
