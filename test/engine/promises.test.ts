// The engine on a store that answers with promises, as a store outside the process does: anything may happen before an answer comes.
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { createEngine, type Engine } from "../../src/engine/engine.ts"
import { createPool, type Pool } from "../../src/engine/threads/pool.ts"
import type { FromEngine, ToWorker } from "../../src/engine/threads/protocol.ts"
import type { Store } from "../../src/jobs/store.ts"
import { StoreError } from "../../src/jobs/storeerror.ts"
import { createLog } from "../../src/log.ts"
import type { ProviderSettings } from "../../src/providers/provider.ts"
import {
  createWorld,
  doTurn,
  insertJob,
  makeClaim,
  makeClosing,
  makeProvider,
  NOON,
  newJob,
  submitAll,
  type World,
  withoutWebhooks,
} from "../factory.ts"
import { Timeline } from "../timeline.ts"
import { delayed } from "./delayed.ts"
import { until, watchThread } from "./waiting.ts"

const request = (knobs: object = {}) =>
  JSON.stringify({ model: "mock/echo", messages: [{ role: "user", content: "Hello" }], mock: knobs })

let world: World
let clock: Timeline
let engine: Engine
let pool: Pool
let posted: FromEngine[]
let aborted: string[]
let stopReaper: () => void
let isClosed: boolean
/** Turns are stored at once, and answered as this says. */
let answerTurn: () => Promise<void>
let seq = 0

/** The engine as its thread runs it, with real threads for the calls. */
function startEngine(provider: Partial<ProviderSettings> = {}): void {
  const providers = [makeProvider(provider)]
  const write = (line: string) => void (line.includes("a bug") && posted.push(line))
  const log = createLog({ level: "error", style: "json", now: clock.now, write })
  const late = delayed({
    ...world.store,
    // The test looks at the rows after the end.
    close: () => {
      isClosed = true
    },
  })
  const store: Store = {
    ...late,
    async turn(now, changes) {
      const results = await late.turn(now, changes)
      await answerTurn()
      return results
    },
  }
  posted = []
  isClosed = false
  engine = createEngine({
    store,
    providers,
    ownerCaps: {},
    budgets: {},
    freeBytes: () => 1000,
    reserveBytes: 1000,
    ...withoutWebhooks(clock, log),
    clock,
    random: () => 0.5,
    log,
    post: (message) => posted.push(message),
    pool: () => pool,
  })
  pool = createPool({
    spawn: () => watchThread(new Worker(new URL("../../src/provider.worker.ts", import.meta.url)), record),
    size: 1,
    start: { providers, log: { level: "error", style: "json" } },
    clock,
    log,
    onOutcome: engine.finish,
    onEvents: engine.logEvents,
    admit: engine.admit,
    readPiece: engine.readPiece,
    onReady: engine.wake,
  })
  stopReaper = engine.startReaper()
  engine.start()
}

/** Records the calls that are aborted. */
function record(message: ToWorker): void {
  if (typeof message === "object" && message.kind === "abort") aborted.push(message.jobId)
}

/** Ends the process with its threads and timers. */
async function crash(): Promise<void> {
  stopReaper()
  pool.close()
  // The changes that the process had sent still reach the store.
  await settle()
  clock = new Timeline(clock.now())
}

/** Runs everything that is scheduled, and waits for the answers of the store. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}

const submit = (body = request(), over: Parameters<typeof newJob>[0] = {}) => {
  const job = newJob({ createdAt: clock.now(), body, ...over })
  engine.submit(++seq, job)
  return job.id
}
const readState = (id: string) => world.row(id)?.state
const isStored = (number = seq) =>
  posted.some((message) => typeof message === "string" && message.split(",").includes(String(number)))
const find = <K extends Exclude<FromEngine, string>["kind"]>(kind: K) =>
  posted.find((message) => typeof message === "object" && message.kind === kind)

beforeEach(() => {
  world = createWorld()
  clock = new Timeline(NOON)
  aborted = []
  answerTurn = async () => {}
})
afterEach(async () => {
  await crash()
  expect(posted.filter((message) => typeof message === "string" && message.includes("a bug"))).toEqual([])
  world.dispose()
})

test("a job is stored, called and answered, and its submit is acknowledged", async () => {
  startEngine()
  const ids = Array.from({ length: 30 }, () => submit())
  await until(() => ids.every((id) => readState(id) === "succeeded"))
  for (let n = 0; n < 30; n++) await until(() => isStored(seq - n))
  for (const id of ids) expect(world.attempts(id)).toMatchObject([{ attempt: 1, outcome: "answered" }])
})

test("jobs that come while the queue is being counted are not lost, and start one by one where there is one slot", async () => {
  submitAll(world.store, newJob({ body: request() }))
  startEngine({ concurrency: 1 })
  submit()
  await until(() => isStored())
  for (let n = 0; n < 20; n++) submit()
  await until(() => world.rows().length === 22 && world.rows().every(({ state }) => state === "succeeded"))
  expect(world.rows().every(({ attempt }) => attempt === 1)).toBe(true)
})

test("a job that is refused by its provider is tried again when its time has come", async () => {
  startEngine()
  const id = submit(request({ status: 500, times: 1 }))
  await until(() => readState(id) === "queued" && world.row(id)?.attempt === 1)
  await settle()
  clock.advance(375)
  await until(() => readState(id) === "succeeded")
  expect(world.row(id)).toMatchObject({ attempt: 2, failures: 1 })
})

test("a job with the id of another is refused, and those that came with it are stored", async () => {
  startEngine()
  const good = submit()
  const refused = ++seq
  engine.submit(refused, newJob({ id: good }))
  const other = submit()
  await until(() => [good, other].every((id) => readState(id) === "succeeded"))
  await until(() => find("refused") !== undefined)
  expect(find("refused")).toMatchObject({ seq: refused, code: "internal_error" })
  // The log reports the invalid change.
  posted = []
})

test("a large request is stored part by part, and sent when it is complete", async () => {
  startEngine()
  const id = submit(JSON.stringify({ ...JSON.parse(request()), text: "x".repeat(20_000_000) }))
  await until(() => readState(id) === "succeeded")
  expect(world.body(id, "request").length).toBeGreaterThan(20_000_000)
  expect(world.store.remains().uploads).toEqual([])
})

describe("a cancel", () => {
  test("ends a queued job, a running one, and one that came at the same time", async () => {
    startEngine({ concurrency: 1 })
    const out = submit(request({ hang: true }))
    const queued = submit()
    await until(() => readState(out) === "running" && readState(queued) === "queued")
    await settle()
    const fresh = submit()
    for (const id of [out, queued, fresh]) {
      engine.watch(id)
      engine.cancel(++seq, id)
    }
    await until(() => [out, queued, fresh].every((id) => readState(id) === "cancelled") && isStored())
    expect(aborted).toContain(out)
    const next = submit()
    await until(() => readState(next) === "succeeded")
  })

  test("that comes during the turn that starts the job aborts the call", async () => {
    startEngine()
    const id = submit(request({ hang: true }))
    await until(() => readState(id) === "running")
    engine.cancel(++seq, id)
    await until(() => isStored())
    expect(readState(id)).toBe("cancelled")
    expect(aborted).toEqual([id])
    expect(world.attempts(id)).toMatchObject([{ attempt: 1, outcome: "cancelled" }])
  })

  test("of several ends them, and no other", async () => {
    startEngine({ concurrency: 1 })
    const ids = [submit(request({ hang: true })), submit(), submit()]
    const other = submit()
    await until(() => isStored())
    engine.cancelSome(++seq, ids, { states: null, isStarted: null })
    await until(() => find("changed") !== undefined)
    expect(find("changed")).toMatchObject({ count: 3 })
    expect(ids.map(readState)).toEqual(["cancelled", "cancelled", "cancelled"])
    await until(() => readState(other) === "succeeded")
  })
})

test("a removal deletes a running job and frees its slot", async () => {
  startEngine({ concurrency: 1 })
  const out = submit(request({ hang: true }))
  const next = submit()
  await until(() => readState(out) === "running")
  engine.remove(++seq, out)
  await until(() => isStored())
  expect(readState(out)).toBeUndefined()
  await until(() => readState(next) === "succeeded")
})

describe("a restart", () => {
  test("recovers running and queued jobs, and keeps closed quotas closed", async () => {
    submitAll(world.store, newJob({ body: request() }))
    doTurn(world.store, makeClaim({ leaseUntil: NOON + 999_999 }))
    submitAll(world.store, newJob({ body: request() }))
    const held = newJob({ body: request(), model: "closed" })
    const quota = { provider: "mock", keyId: "", model: "closed", closedUntil: NOON + 1000, spacingMs: null }
    submitAll(world.store, held)
    doTurn(world.store, makeClosing(quota))
    startEngine()
    // The drain comes before the answer about the stored jobs.
    const fresh = submit(request(), { model: "closed" })
    await until(() => isStored())
    await until(() => world.rows().filter(({ state }) => state === "succeeded").length === 2)
    await settle()
    expect([held.id, fresh].map(readState)).toEqual(["queued", "queued"])
    clock.advance(1000)
    await until(() => readState(held.id) === "succeeded")
    clock.advance(1000)
    await until(() => readState(fresh) === "succeeded")
    expect(find("started")).toMatchObject({ recovered: 1, queued: 2 })
  })

  test("interrupts no job that this process has started while the stored jobs are being read", async () => {
    startEngine()
    const ids = Array.from({ length: 5 }, () => submit())
    await until(() => ids.every((id) => readState(id) === "succeeded"))
    await settle()
    expect(find("started")).toMatchObject({ recovered: 0, queued: 0 })
    for (const id of ids) expect(world.attempts(id)).toHaveLength(1)
  })

  test("after a crash in the midst of many jobs ends each of them", async () => {
    startEngine({ concurrency: 3 })
    const ids = Array.from({ length: 20 }, () => submit())
    await until(() => ids.some((id) => readState(id) === "succeeded"))
    await crash()
    startEngine({ concurrency: 3 })
    await until(() => world.rows().length > 0 && world.rows().every(({ state }) => state === "succeeded"))
  })
})

test("a job whose lease is over before it is known that it is stored is called once", async () => {
  startEngine({ timeoutMs: 1000 })
  await settle()
  const { promise, resolve } = Promise.withResolvers<void>()
  answerTurn = () => promise
  const id = submit(request({ hang: true }), { deadlineAt: clock.now() + 10_000_000 })
  await until(() => readState(id) === "running")
  clock.jump(1_000_000)
  await settle()
  resolve()
  await until(() => isStored())
  await settle()
  expect(world.row(id)).toMatchObject({ state: "running", attempt: 1 })
  expect(world.attempts(id)).toEqual([])
})

test("overdue jobs are ended, and none of them is called", async () => {
  const late = insertJob(world.database, "queued", { deadline_at: NOON })
  startEngine()
  const id = submit()
  await until(() => readState(late.id) === "failed" && readState(id) === "succeeded")
  expect(world.attempts(late.id)).toEqual([])
})

test("a store that is in trouble for a while loses nothing", async () => {
  startEngine()
  const id = submit(request({ latency_ms: 20 }))
  await until(() => readState(id) === "running")
  world.database.run("PRAGMA query_only = true")
  submit()
  await until(() => find("refused") !== undefined)
  expect(find("refused")).toMatchObject({ code: "store_unavailable" })
  await settle()
  world.database.run("PRAGMA query_only = false")
  await until(() => {
    clock.advance(1000)
    return readState(id) === "succeeded"
  })
  const next = submit()
  await until(() => readState(next) === "succeeded")
})

describe("a stop", () => {
  test("lets calls in flight finish and store their answers", async () => {
    startEngine()
    const id = submit(request({ latency_ms: 30 }))
    await until(() => isStored())
    await settle()
    engine.drain(10_000)
    await until(() => find("drained") !== undefined)
    expect(find("drained")).toMatchObject({ released: 0 })
    expect(readState(id)).toBe("succeeded")
    expect(isClosed).toBe(true)
  })

  test("waits for the turn in progress, and then for the calls that this turn has started", async () => {
    startEngine()
    await settle()
    const id = submit(request({ latency_ms: 30 }))
    await until(() => readState(id) === "running")
    engine.drain(10_000)
    await until(() => find("drained") !== undefined)
    expect(find("drained")).toMatchObject({ released: 0 })
    expect(readState(id)).toBe("succeeded")
  })

  test("waits for the calls that the turn in progress has started, also where that turn cancels the last one before them", async () => {
    startEngine()
    const first = submit(request({ hang: true }))
    await until(() => isStored())
    await settle()
    engine.cancel(++seq, first)
    const next = submit(request({ latency_ms: 30 }))
    await until(() => readState(first) === "cancelled")
    engine.drain(10_000)
    await until(() => find("drained") !== undefined)
    expect(find("drained")).toMatchObject({ released: 0 })
    expect(readState(next)).toBe("succeeded")
  })

  test("requeues jobs that the turn in progress has started where no time is left for them", async () => {
    startEngine()
    await settle()
    const id = submit(request({ hang: true }))
    await until(() => readState(id) === "running")
    engine.drain(0)
    clock.advance(0)
    await until(() => {
      clock.advance(1)
      return find("drained") !== undefined
    })
    expect(find("drained")).toMatchObject({ released: 1 })
    expect(world.row(id)).toMatchObject({ state: "queued", attempt: 1, failures: 0, lease_until: null })
    expect(world.attempts(id)).toMatchObject([{ outcome: "released" }])
  })

  test("requeues them also where the store was in trouble a moment ago, and is about to answer", async () => {
    startEngine()
    const id = submit(request({ hang: true }))
    await until(() => isStored())
    await settle()
    answerTurn = () => Promise.reject(new StoreError("unavailable", "AWAY", "the store is away"))
    submit()
    await until(() => find("refused") !== undefined)
    const { promise, resolve } = Promise.withResolvers<void>()
    answerTurn = () => promise
    // It writes again, to see whether the store is back.
    clock.advance(1000)
    await settle()
    engine.drain(0)
    for (let turn = 0; turn < 5; turn++) {
      clock.advance(1)
      await settle()
    }
    // Whoever closed it now would never learn what is stored.
    expect(isClosed).toBe(false)
    resolve()
    await until(() => find("drained") !== undefined)
    expect(world.row(id)).toMatchObject({ state: "queued", attempt: 1 })
  })

  test("ends the engine even before the stored jobs are read", async () => {
    startEngine()
    engine.drain(10_000)
    await until(() => find("drained") !== undefined)
    expect(isClosed).toBe(true)
  })
})
