// The engine on a store that is not in its process: what it asks is answered later, and anything may come in between.
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { createEngine, type Engine } from "../../src/engine/engine.ts"
import { createPool, type Pool } from "../../src/engine/threads/pool.ts"
import type { FromEngine, ToWorker } from "../../src/engine/threads/protocol.ts"
import type { Store } from "../../src/jobs/store.ts"
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
} from "../factory.ts"
import { Timeline } from "../timeline.ts"
import { delayed } from "./delayed.ts"

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
let seq = 0

/** The engine as its thread runs it, with real threads for the calls. */
function startEngine(provider: Partial<ProviderSettings> = {}): void {
  const providers = [makeProvider(provider)]
  const write = (line: string) => void (line.includes("a bug") && posted.push(line))
  const log = createLog({ level: "error", style: "json", now: clock.now, write })
  const store: Store = delayed({
    ...world.store,
    // The test looks at the rows after the end.
    close: () => {
      isClosed = true
    },
  })
  posted = []
  isClosed = false
  engine = createEngine({
    store,
    providers,
    ownerCaps: {},
    budgets: {},
    freeBytes: () => 1000,
    reserveBytes: 1000,
    unseal: (secret) => Buffer.from(secret).toString(),
    clock,
    random: () => 0.5,
    log,
    post: (message) => posted.push(message),
    pool: () => pool,
  })
  pool = createPool({
    spawn: () => watched(new Worker(new URL("../../src/provider.worker.ts", import.meta.url))),
    size: 1,
    start: { providers, log: { level: "error", style: "json" } },
    clock,
    log,
    onOutcome: engine.finish,
    admit: engine.admit,
    readPiece: engine.readPiece,
    onReady: engine.wake,
  })
  stopReaper = engine.startReaper()
  engine.start()
}

/** Notes which calls are taken back from the thread. */
function watched(worker: Worker): Worker {
  const tell = worker.postMessage.bind(worker)
  worker.postMessage = (message: ToWorker) => {
    if (typeof message === "object" && message.kind === "abort") aborted.push(message.jobId)
    tell(message)
  }
  return worker
}

/** The process is gone, with its threads and timers. */
async function crash(): Promise<void> {
  stopReaper()
  pool.close()
  // What it had asked of the store comes to the store all the same.
  await settle()
  clock = new Timeline(clock.now())
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** Lets everything that is scheduled run, and everything that is asked be answered. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}

const submit = (body = request(), over: Parameters<typeof newJob>[0] = {}) => {
  const job = newJob({ createdAt: clock.now(), body, ...over })
  engine.submit(++seq, job)
  return job.id
}
const stateOf = (id: string) => world.row(id)?.state
const isStored = (number = seq) =>
  posted.some((message) => typeof message === "string" && message.split(",").includes(String(number)))
const find = <K extends Exclude<FromEngine, string>["kind"]>(kind: K) =>
  posted.find((message) => typeof message === "object" && message.kind === kind)

beforeEach(() => {
  world = createWorld()
  clock = new Timeline(NOON)
  aborted = []
})
afterEach(async () => {
  await crash()
  expect(posted.filter((message) => typeof message === "string" && message.includes("a bug"))).toEqual([])
  world.dispose()
})

test("a job is stored, called and answered, and its submit is acknowledged", async () => {
  startEngine()
  const ids = Array.from({ length: 30 }, () => submit())
  await until(() => ids.every((id) => stateOf(id) === "succeeded"))
  for (let n = 0; n < 30; n++) await until(() => isStored(seq - n))
  for (const id of ids) expect(world.attempts(id)).toMatchObject([{ attempt: 1, outcome: "answered" }])
})

test("jobs that came while it was asked what is queued are not lost, and go out one by one where there is one slot", async () => {
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
  await until(() => stateOf(id) === "queued" && world.row(id)?.attempt === 1)
  await settle()
  clock.advance(375)
  await until(() => stateOf(id) === "succeeded")
  expect(world.row(id)).toMatchObject({ attempt: 2, failures: 1 })
})

test("a job with the id of another is refused, and those that came with it are stored", async () => {
  startEngine()
  const good = submit()
  const refused = ++seq
  engine.submit(refused, newJob({ id: good }))
  const other = submit()
  await until(() => [good, other].every((id) => stateOf(id) === "succeeded"))
  await until(() => find("refused") !== undefined)
  expect(find("refused")).toMatchObject({ seq: refused, code: "internal_error" })
  // That a change is at fault is told to the log.
  posted = []
})

test("a large request is stored part by part, and goes out when all of it is there", async () => {
  startEngine()
  const id = submit(JSON.stringify({ ...JSON.parse(request()), text: "x".repeat(20_000_000) }))
  await until(() => stateOf(id) === "succeeded")
  expect(world.body(id, "request").length).toBeGreaterThan(20_000_000)
  expect(world.store.remains().uploads).toEqual([])
})

describe("a cancel", () => {
  test("ends a job that waits, one that is out, and one that came in the same moment", async () => {
    startEngine({ concurrency: 1 })
    const out = submit(request({ hang: true }))
    const queued = submit()
    await until(() => stateOf(out) === "running" && stateOf(queued) === "queued")
    await settle()
    const fresh = submit()
    for (const id of [out, queued, fresh]) {
      engine.watch(id)
      engine.cancel(++seq, id)
    }
    await until(() => [out, queued, fresh].every((id) => stateOf(id) === "cancelled") && isStored())
    expect(aborted).toContain(out)
    const next = submit()
    await until(() => stateOf(next) === "succeeded")
  })

  test("that comes while the turn is under way that lets the job out takes its call back", async () => {
    startEngine()
    const id = submit(request({ hang: true }))
    await until(() => stateOf(id) === "running")
    engine.cancel(++seq, id)
    await until(() => isStored())
    expect(stateOf(id)).toBe("cancelled")
    expect(aborted).toEqual([id])
    expect(world.attempts(id)).toMatchObject([{ attempt: 1, outcome: "cancelled" }])
  })

  test("of all ends those that are there now, and none that came after", async () => {
    startEngine({ concurrency: 1 })
    const ids = [submit(request({ hang: true })), submit(), submit()]
    await until(() => isStored())
    const filter = { owner: null, provider: null, model: null, requestType: null, isPending: null }
    engine.cancelAll(++seq, filter)
    clock.advance(1)
    const after = submit()
    await until(() => find("cancelledAll") !== undefined)
    expect(find("cancelledAll")).toMatchObject({ count: 3 })
    expect(ids.map(stateOf)).toEqual(["cancelled", "cancelled", "cancelled"])
    await until(() => stateOf(after) === "succeeded")
  })
})

test("a removal deletes a job that is out, and its slot is free", async () => {
  startEngine({ concurrency: 1 })
  const out = submit(request({ hang: true }))
  const next = submit()
  await until(() => stateOf(out) === "running")
  engine.remove(++seq, out)
  await until(() => isStored())
  expect(stateOf(out)).toBeUndefined()
  await until(() => stateOf(next) === "succeeded")
})

describe("a restart", () => {
  test("takes what was out and what was queued, and holds to what was closed", async () => {
    submitAll(world.store, newJob({ body: request() }))
    doTurn(world.store, makeClaim({ leaseUntil: NOON + 999_999 }))
    submitAll(world.store, newJob({ body: request() }))
    const held = newJob({ body: request(), model: "closed" })
    const quota = { provider: "mock", keyId: "", model: "closed", closedUntil: NOON + 1000, spacingMs: null }
    submitAll(world.store, held)
    doTurn(world.store, makeClosing(quota))
    startEngine()
    // Before it knows what there is.
    const fresh = submit(request(), { model: "closed" })
    await until(() => isStored())
    await until(() => world.rows().filter(({ state }) => state === "succeeded").length === 2)
    await settle()
    expect([held.id, fresh].map(stateOf)).toEqual(["queued", "queued"])
    clock.advance(1000)
    await until(() => stateOf(held.id) === "succeeded")
    clock.advance(1000)
    await until(() => stateOf(fresh) === "succeeded")
    expect(find("started")).toMatchObject({ recovered: 1, queued: 2 })
  })

  test("interrupts no job that this process has let out while it was asked what was left", async () => {
    startEngine()
    const ids = Array.from({ length: 5 }, () => submit())
    await until(() => ids.every((id) => stateOf(id) === "succeeded"))
    await settle()
    expect(find("started")).toMatchObject({ recovered: 0, queued: 0 })
    for (const id of ids) expect(world.attempts(id)).toHaveLength(1)
  })

  test("after a crash in the midst of many jobs ends each of them", async () => {
    startEngine({ concurrency: 3 })
    const ids = Array.from({ length: 20 }, () => submit())
    await until(() => ids.some((id) => stateOf(id) === "succeeded"))
    await crash()
    startEngine({ concurrency: 3 })
    await until(() => world.rows().length > 0 && world.rows().every(({ state }) => state === "succeeded"))
  })
})

test("jobs that have waited beyond their deadline are ended, and none of them goes out", async () => {
  const late = insertJob(world.database, "queued", { deadline_at: NOON })
  startEngine()
  const id = submit()
  await until(() => stateOf(late.id) === "failed" && stateOf(id) === "succeeded")
  expect(world.attempts(late.id)).toEqual([])
})

test("a store that is in trouble for a while loses nothing", async () => {
  startEngine()
  const id = submit(request({ latency_ms: 20 }))
  await until(() => stateOf(id) === "running")
  world.database.run("PRAGMA query_only = true")
  submit()
  await until(() => find("refused") !== undefined)
  expect(find("refused")).toMatchObject({ code: "store_unavailable" })
  await settle()
  world.database.run("PRAGMA query_only = false")
  await until(() => {
    clock.advance(1000)
    return stateOf(id) === "succeeded"
  })
  const next = submit()
  await until(() => stateOf(next) === "succeeded")
})

describe("a stop", () => {
  test("lets calls under way finish and store their answers", async () => {
    startEngine()
    const id = submit(request({ latency_ms: 30 }))
    await until(() => isStored())
    await settle()
    engine.drain(10_000)
    await until(() => find("drained") !== undefined)
    expect(find("drained")).toMatchObject({ released: 0 })
    expect(stateOf(id)).toBe("succeeded")
    expect(isClosed).toBe(true)
  })

  test("waits for the turn that is under way, and then for the calls that it has let out", async () => {
    startEngine()
    await settle()
    const id = submit(request({ latency_ms: 30 }))
    await until(() => stateOf(id) === "running")
    engine.drain(10_000)
    await until(() => find("drained") !== undefined)
    expect(find("drained")).toMatchObject({ released: 0 })
    expect(stateOf(id)).toBe("succeeded")
  })

  test("puts what the turn under way has let out back into the queue where no time is left for it", async () => {
    startEngine()
    await settle()
    const id = submit(request({ hang: true }))
    await until(() => stateOf(id) === "running")
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

  test("before it is known what the process before left ends it all the same", async () => {
    startEngine()
    engine.drain(10_000)
    await until(() => find("drained") !== undefined)
    expect(isClosed).toBe(true)
  })
})
