import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import type { Budget } from "../../src/auth/virtualkeys.ts"
import type { Call } from "../../src/call.ts"
import { createEngine, type Engine } from "../../src/engine/engine.ts"
import { createPool, type Pool } from "../../src/engine/threads/pool.ts"
import { type FromEngine, type ToWorker, unframe } from "../../src/engine/threads/protocol.ts"
import type { ResponseBound } from "../../src/jobs/expiry.ts"
import type { StateFilter } from "../../src/jobs/job.ts"
import type { Loss } from "../../src/jobs/sqlite/directory.ts"
import { StoreError } from "../../src/jobs/storeerror.ts"
import { createLog } from "../../src/log.ts"
import { pinnedTo } from "../../src/providers/keys.ts"
import type { ProviderSettings } from "../../src/providers/provider.ts"
import {
  answered,
  createWorld,
  doTurn,
  insertJob,
  makeClaim,
  makeClosing,
  makeKey,
  makeProvider,
  makeSubmit,
  NOON,
  newJob,
  newJobId,
  plainSecrets,
  spentSince,
  submitAll,
  type World,
  withoutWebhooks,
} from "../factory.ts"
import type { Step } from "../fixtures/script.worker.ts"
import { openDatabase } from "../opendatabase.ts"
import { Timeline } from "../timeline.ts"
import { until, watchThread } from "./waiting.ts"

const request = (knobs: object = {}) =>
  JSON.stringify({ model: "mock/echo", messages: [{ role: "user", content: "Hello" }], mock: knobs })
/** A body that scripts the answers of the test's worker. */
const script = (...plan: Step[]) => JSON.stringify({ plan })

const MOCK_WORKER = "../../src/provider.worker.ts"
const SCRIPT_WORKER = "../fixtures/script.worker.ts"
const DISK_RESERVE = 1000
const HOUR = 3_600_000

let world: World
let clock: Timeline
let engine: Engine
let pool: Pool
let posted: FromEngine[]
/** The lines of the log, from warnings on. */
let logged: string[]
let freeBytes: number
let loss: Loss | null
/** The calls that were sent to threads, and those that were aborted. */
let calls: Omit<Call, "body">[]
let aborted: string[]
let stopReaper: () => void
let seq = 0

interface EngineOptions {
  worker?: string
  ownerCaps?: Record<string, number>
  budgets?: Record<string, Budget>
  responseBound?: ResponseBound
}

/** The engine as its thread runs it, on a clock that the test moves; its workers are real threads. */
function startEngine(
  provider: Partial<ProviderSettings> | Partial<ProviderSettings>[] = {},
  { worker = MOCK_WORKER, ownerCaps = {}, budgets = {}, ...bound }: EngineOptions = {},
): void {
  const providers = [provider].flat().map(makeProvider)
  const log = createLog({ level: "warn", style: "json", now: clock.now, write: (line) => logged.push(line) })
  posted = []
  engine = createEngine({
    store: world.store,
    providers,
    ownerCaps,
    budgets,
    lost: () => loss,
    freeBytes: () => freeBytes,
    reserveBytes: DISK_RESERVE,
    ...withoutWebhooks(clock, log),
    ...bound,
    secrets: {
      ...plainSecrets,
      unseal: (secret, jobId) => {
        if (secret.length === 0) throw new Error("it was sealed with another key")
        return plainSecrets.unseal(secret, jobId)
      },
    },
    clock,
    random: () => 0.5,
    log,
    post: (message) => posted.push(message),
    pool: () => pool,
  })
  pool = createPool({
    spawn: () => watchThread(new Worker(new URL(worker, import.meta.url)), record),
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

/** Records the messages to the thread. */
function record(message: ToWorker): void {
  if (typeof message === "string") calls.push(unframe<Omit<Call, "body">>(message).header)
  else if (message.kind === "abort") aborted.push(message.jobId)
}

/** Ends the process with its threads and timers. The next one starts on the same disk, `laterMs` later by the clock. */
function crash(laterMs = 0): void {
  stopReaper()
  pool.close()
  clock = new Timeline(clock.now() + laterMs)
}

/** Runs everything that is scheduled. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** Inserts rows in one commit, so that they need one sync. */
const inOneCommit = (insert: () => void): void => world.database.transaction(insert)()

const submit = (body: string, over: Parameters<typeof newJob>[0] = {}) => {
  const job = newJob({ createdAt: clock.now(), body, ...over })
  engine.submit(++seq, job)
  return job.id
}
const readState = (id: string) => world.row(id)?.state
const isBackAfter = (id: string, attempt: number) => readState(id) === "queued" && world.row(id)?.attempt === attempt
const readError = (id: string) => JSON.parse(world.row(id)?.error ?? "{}")
/** The posted messages of one kind. */
const listPosted = <K extends Exclude<FromEngine, string>["kind"]>(kind: K) =>
  posted.flatMap((message) =>
    typeof message === "object" && message.kind === kind
      ? [message as Extract<Exclude<FromEngine, string>, { kind: K }>]
      : [],
  )
const isStored = (number = seq) =>
  posted.some((message) => typeof message === "string" && message.split(",").includes(String(number)))

beforeEach(() => {
  world = createWorld()
  clock = new Timeline(NOON)
  freeBytes = DISK_RESERVE
  loss = null
  calls = []
  aborted = []
  logged = []
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
    await until(() => readState(id) === "succeeded")
    expect(posted).toContain(String(seq))
    expect(world.attempts(id)).toMatchObject([{ attempt: 1, outcome: "answered", status: 200 }])
    expect(JSON.parse(world.body(id, "result")).choices).toHaveLength(1)
  })

  test("that is refused with 500 waits out its backoff, then succeeds; a try is spent", async () => {
    startEngine()
    const id = submit(request({ status: 500, times: 1 }))
    await until(() => isBackAfter(id, 1))
    // Half of 500 ms is fixed, and the jitter of the test adds half of the rest.
    expect(world.row(id)).toMatchObject({ failures: 1, run_at: NOON + 375 })
    clock.advance(374)
    await settle()
    expect(readState(id)).toBe("queued")
    clock.advance(1)
    await until(() => readState(id) === "succeeded")
    expect(world.row(id)).toMatchObject({ attempt: 2, failures: 1 })
  })

  test("that keeps failing ends failed after max_retries, with the provider's own words", async () => {
    startEngine({ maxRetries: 2, backoffInitialMs: 0 })
    const id = submit(request({ status: 503 }))
    await until(() => readState(id) === "failed")
    expect(world.attempts(id).map((attempt) => attempt.status)).toEqual([503, 503, 503])
    expect(readError(id)).toMatchObject({ status_code: 503, error: { code: "mock_503" } })
  })

  test("that cannot be read keeps the raw text and is not tried again", async () => {
    startEngine()
    const id = submit(request({ malformed: true }))
    await until(() => readState(id) === "failed")
    expect(world.attempts(id)).toMatchObject([{ outcome: "unreadable", status: 200 }])
    expect(world.body(id, "result")).toStartWith('{"id":"chatcmpl-mock-')
  })

  test("past its deadline in the queue is failed by the reaper, however long its quota is closed", async () => {
    startEngine()
    const id = submit(request({ status: 429, retry_after: 1000, times: 1 }), { deadlineAt: NOON + 200_000 })
    await until(() => isBackAfter(id, 1))
    clock.advance(199_000)
    await settle()
    expect(readState(id)).toBe("queued")
    clock.advance(1000)
    await until(() => readState(id) === "failed")
    expect(readError(id)).toMatchObject({ status_code: 504, error: { code: "deadline_exceeded" } })
    expect(world.attempts(id)).toHaveLength(1)
  })
})

describe("a 429", () => {
  test("closes the quota for the time it names: the job keeps its place, spends no try and is called again by itself", async () => {
    startEngine()
    const id = submit(request({ status: 429, times: 1, retry_after: 30 }))
    await until(() => isBackAfter(id, 1))
    expect(world.row(id)).toMatchObject({ failures: 0, run_at: NOON })
    expect(world.store.remains().quotas).toMatchObject([{ keyId: "", model: "echo", closedUntil: NOON + 30_000 }])
    clock.advance(29_999)
    await settle()
    expect(readState(id)).toBe("queued")
    clock.advance(1)
    await until(() => readState(id) === "succeeded")
    expect(world.row(id)).toMatchObject({ attempt: 2, failures: 0 })
  })

  test("without a time closes the quota for longer and longer, and never ends a job", async () => {
    startEngine({ maxRetries: 0 })
    const id = submit(request({ status: 429, times: 3 }))
    for (const [n, closedMs] of [1000, 2000, 4000].entries()) {
      await until(() => isBackAfter(id, n + 1))
      clock.advance(closedMs - 1)
      await settle()
      expect(readState(id)).toBe("queued")
      clock.advance(1)
    }
    await until(() => readState(id) === "succeeded")
    expect(world.attempts(id).map(({ status }) => status)).toEqual([429, 429, 429, 200])
  })

  test("holds up no job of another model, and the job is not forgotten when others come and go", async () => {
    startEngine()
    const waiting = submit(request({ status: 429, times: 1, retry_after: 30 }))
    await until(() => isBackAfter(waiting, 1))
    const alike = submit(request())
    const other = submit(request(), { model: "other" })
    await until(() => readState(other) === "succeeded")
    expect(readState(alike)).toBe("queued")
    clock.advance(30_000)
    await until(() => readState(waiting) === "succeeded" && readState(alike) === "succeeded")
  })

  test("makes the job try another key at once", async () => {
    startEngine({ keys: [makeKey("a"), makeKey("b")] })
    const id = submit(request({ status: 429, times: 1, retry_after: 30 }))
    await until(() => readState(id) === "succeeded")
    const [first, second] = world.attempts(id).map(({ key_name }) => key_name)
    expect([first, second].sort()).toEqual(["the key a", "the key b"])
  })

  test("sends a job with fallbacks to the next provider when the wait is long, and lets it wait when it is short", async () => {
    const fallbacks = JSON.stringify([{ provider: "second", model: "echo" }])
    startEngine([{ backoffMaxMs: 30_000 }, { name: "second" }])
    const long = submit(request({ status: 429, times: 1, retry_after: 31 }), { fallbacks })
    await until(() => readState(long) === "succeeded")
    expect(world.attempts(long).map(({ provider }) => provider)).toEqual(["mock", "second"])
    const short = submit(request({ status: 429, times: 1, retry_after: 30 }), { model: "short", fallbacks })
    await until(() => isBackAfter(short, 1))
    clock.advance(30_000)
    await until(() => readState(short) === "succeeded")
    expect(world.attempts(short).map(({ provider }) => provider)).toEqual(["mock", "mock"])
  })

  test("is remembered across a restart", async () => {
    startEngine()
    const id = submit(request({ status: 429, times: 1, retry_after: 30 }))
    await until(() => isBackAfter(id, 1))
    crash(10_000)
    startEngine()
    clock.advance(19_999)
    await settle()
    expect(readState(id)).toBe("queued")
    clock.advance(1)
    await until(() => readState(id) === "succeeded")
  })

  test("is forgotten when the spacing of calls is over", async () => {
    startEngine()
    const id = submit(request({ status: 429, times: 1, retry_after: 30 }))
    await until(() => isBackAfter(id, 1))
    clock.advance(30_000)
    await until(() => readState(id) === "succeeded")
    clock.advance(599_000)
    await settle()
    expect(world.store.remains().quotas).toHaveLength(1)
    // Old quotas are looked for once a minute.
    clock.advance(60_000)
    await until(() => world.store.remains().quotas.length === 0)
  })
})

describe("a key that is refused", () => {
  const keys = ["a", "b", "c"].map((id) => makeKey(id))

  test("is left for another at once, which spends no try, until one is taken", async () => {
    startEngine({ keys, maxRetries: 0 })
    const id = submit(request({ status: 401, times: 2 }))
    await until(() => readState(id) === "succeeded")
    expect(world.row(id)).toMatchObject({ attempt: 3, failures: 0 })
    expect(new Set(world.attempts(id).map(({ key_name }) => key_name)).size).toBe(3)
    expect(calls.map(({ keyId }) => keyId).sort()).toEqual(["a", "b", "c"])
  })

  test("and was the last one ends the job, with the provider's words", async () => {
    startEngine({ keys })
    const id = submit(request({ status: 403 }))
    await until(() => readState(id) === "failed")
    expect(world.attempts(id).map(({ status }) => status)).toEqual([403, 403, 403])
    expect(readError(id)).toMatchObject({
      status_code: 502,
      error: { code: "upstream_credentials_exhausted", message: expect.stringContaining("mock answer: status 403") },
    })
  })

  test("and was asked for ends the job, whatever others there are", async () => {
    startEngine({ keys })
    const id = submit(request({ status: 402 }), { keyChoice: pinnedTo("b") })
    await until(() => readState(id) === "failed")
    expect(world.attempts(id).map(({ key_name }) => key_name)).toEqual(["the key b"])
  })

  test("is not tried first by the jobs that come after", async () => {
    startEngine({ keys: [makeKey("a", { weight: 1000 }), makeKey("b")] })
    const first = submit(request({ status: 401, times: 1 }))
    await until(() => readState(first) === "succeeded")
    const second = submit(request())
    await until(() => readState(second) === "succeeded")
    expect(calls.map(({ keyId }) => keyId)).toEqual(["a", "b", "b"])
  })

  test("is left for the next provider, whose keys are its own, when the last one was refused", async () => {
    startEngine([{ keys: keys.slice(0, 1) }, { name: "second", keys: [makeKey("s")] }])
    const fallbacks = JSON.stringify([{ provider: "second", model: "echo" }])
    const id = submit(request({ status: 401, times: 1 }), { fallbacks, keyChoice: pinnedTo("a") })
    await until(() => readState(id) === "succeeded")
    expect(world.attempts(id).map(({ key_name }) => key_name)).toEqual(["the key a", "the key s"])
  })
})

describe("a cancel", () => {
  test("of a queued job prevents its call", async () => {
    startEngine({ concurrency: 1 })
    const first = submit(request({ latency_ms: 20 }))
    const second = submit(request())
    await until(() => readState(first) === "running")
    engine.cancel(++seq, second)
    await until(() => isStored())
    expect(world.row(second)).toMatchObject({ state: "cancelled", status_code: 499, attempt: 0 })
    await until(() => readState(first) === "succeeded")
    expect(world.attempts(second)).toEqual([])
  })

  test("of a running job frees the slot, and a late answer changes nothing", async () => {
    startEngine({ concurrency: 1 })
    const first = submit(request({ latency_ms: 30 }))
    const second = submit(request())
    await until(() => readState(first) === "running")
    engine.cancel(++seq, first)
    await until(() => readState(second) === "succeeded")
    expect(world.row(first)).toMatchObject({ state: "cancelled", attempt: 1, lease_until: null })
    expect(readError(first).error).toMatchObject({ type: "request_cancelled", code: "job_cancelled" })
    expect(world.attempts(first)).toMatchObject([
      { attempt: 1, outcome: "cancelled", reason: "the job was cancelled while the call was out" },
    ])
    expect(aborted).toEqual([first])
  })

  test("of a job whose answer has come and is not stored yet records the cost of that answer", async () => {
    startEngine({}, { worker: SCRIPT_WORKER })
    const id = submit(script("hang"), { owner: "vk:a" })
    await until(() => readState(id) === "running")
    engine.cancel(++seq, id)
    engine.finish(id, 1, answered({ used: { input_tokens: 7 }, cost: 0.5 }))
    await until(() => isStored())
    expect(readState(id)).toBe("cancelled")
    expect(world.attempts(id)).toMatchObject([{ attempt: 1, outcome: "answered", cost: 0.5 }])
    expect(spentSince(world.store, "vk:a", 0)).toEqual({ tokens: 7, cost: 0.5 })
  })

  test("of a job that has ended changes nothing", async () => {
    startEngine()
    const id = submit(request())
    await until(() => readState(id) === "succeeded")
    const before = world.row(id)
    engine.cancel(++seq, id)
    await until(() => isStored())
    expect(world.row(id)).toEqual(before)
  })

  test("by removal deletes the job with all that belongs to it, whatever its state", async () => {
    startEngine()
    const running = submit(request({ hang: true }))
    const ended = submit(request())
    await until(() => readState(running) === "running" && readState(ended) === "succeeded")
    for (const id of [running, ended]) engine.remove(++seq, id)
    await until(() => isStored())
    expect(world.rows()).toEqual([])
    expect(world.database.query("SELECT count(*) AS n FROM bodies").get()).toEqual({ n: 0 })
    expect(world.database.query("SELECT count(*) AS n FROM attempts").get()).toEqual({ n: 0 })
  })
})

const any: StateFilter = { states: null, isStarted: null }
const pending: StateFilter = { states: ["queued"], isStarted: false }

/** Cancels or removes some jobs, and returns what the engine answers. */
async function changeSome(how: "cancelSome" | "removeSome", ids: readonly string[], only = any) {
  const own = ++seq
  const find = () => listPosted("changed").find((message) => message.seq === own)
  engine[how](own, ids, only)
  await until(() => find() !== undefined)
  return find()
}

describe("a cancel of several jobs", () => {
  /** A queued job that is not due for a long time. */
  const waiting = (over: Parameters<typeof insertJob>[2] = {}) =>
    insertJob(world.database, "queued", { run_at: NOON + 1_000_000, ...over }).id

  test("ends queued and running jobs, aborts the calls, and counts those that had not ended", async () => {
    startEngine({ concurrency: 1 })
    const [out, queued] = [submit(request({ hang: true })), submit(request())]
    await until(() => readState(out) === "running")
    expect(await changeSome("cancelSome", [out, queued, newJob().id])).toMatchObject({ count: 2, looked: 3 })
    expect([out, queued].map(readState)).toEqual(["cancelled", "cancelled"])
    expect(world.attempts(out)).toMatchObject([{ outcome: "cancelled" }])
    expect(aborted).toEqual([out])
    const next = submit(request())
    await until(() => readState(next) === "succeeded")
    expect(await changeSome("cancelSome", [out, queued, next])).toMatchObject({ count: 0 })
  })

  test("that were never started leaves those alone that were", async () => {
    startEngine({ concurrency: 1 })
    const [out, queued] = [submit(request({ hang: true })), submit(request())]
    const tried = waiting({ attempt: 1, started_at: NOON })
    await until(() => readState(out) === "running")
    const ids = [out, queued, tried]
    expect(await changeSome("cancelSome", ids, pending)).toMatchObject({ count: 1 })
    expect(ids.map(readState)).toEqual(["running", "cancelled", "queued"])
    const started: StateFilter = { states: ["queued", "running", "waiting"], isStarted: true }
    expect(await changeSome("cancelSome", ids, started)).toMatchObject({ count: 2 })
  })

  test("that were never started leaves a job alone that starts before the cancel is stored", async () => {
    const due = waiting({ run_at: NOON + 1 })
    startEngine()
    await settle()
    clock.advance(1)
    await until(() => readState(due) === "running")
    expect(await changeSome("cancelSome", [due], pending)).toMatchObject({ count: 0 })
    expect([readState(due), aborted]).toEqual(["running", []])
  })

  test("leaves room in the queue for as many new jobs", async () => {
    const ids = [waiting(), waiting(), waiting()]
    startEngine({ bufferSize: 3 })
    submit(request())
    await until(() => listPosted("refused").length === 1)
    await changeSome("cancelSome", ids)
    const id = submit(request())
    await until(() => readState(id) === "succeeded")
  })

  test("is reported to the watchers of the jobs", async () => {
    const ids = [waiting(), waiting()]
    startEngine()
    for (const id of ids) engine.watch(id)
    await changeSome("cancelSome", ids)
    expect(
      listPosted("ended")
        .flatMap((message) => message.ids)
        .sort(),
    ).toEqual(ids.sort())
  })
})

describe("a removal of several jobs", () => {
  test("deletes those in the wanted states, aborts their calls, and leaves the others", async () => {
    const failed = insertJob(world.database, "failed").id
    startEngine({ concurrency: 1 })
    const [out, queued] = [submit(request({ hang: true })), submit(request())]
    await until(() => readState(out) === "running")
    const ids = [failed, out, queued]
    const unfinished: StateFilter = { states: ["running", "queued"], isStarted: null }
    expect(await changeSome("removeSome", ids, unfinished)).toMatchObject({ count: 2, looked: 3 })
    expect(ids.map(readState)).toEqual(["failed", undefined, undefined])
    expect(aborted).toEqual([out])
    expect(await changeSome("removeSome", ids)).toMatchObject({ count: 1, looked: 3 })
    expect(world.rows()).toEqual([])
  })
})

describe("a watch", () => {
  const ended = () => listPosted("ended").flatMap(({ ids }) => ids)

  test("reports the end of a job once, however it ends", async () => {
    startEngine({ maxRetries: 0 })
    const ids = [submit(request({ latency_ms: 5 })), submit(request({ status: 400 })), submit(request({ hang: true }))]
    for (const id of ids) engine.watch(id)
    await until(() => ended().length === 2)
    engine.cancel(++seq, ids[2] ?? "")
    await until(() => ended().length === 3)
    expect(ended().sort()).toEqual(ids.sort())
  })

  test("of a job that has ended, or does not exist, is answered at once", async () => {
    startEngine()
    const id = submit(request())
    await until(() => readState(id) === "succeeded")
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
    await until(() => readState(first) === "succeeded")
    expect(posted).toContainEqual({ kind: "replayed", seq, id: first })
    keyed("body-1")
    await until(() => listPosted("replayed").some((answer) => answer.seq === seq))
    expect(world.rows()).toHaveLength(1)
  })

  test("with another body is refused, and nothing is stored", async () => {
    startEngine()
    keyed("body-1")
    keyed("body-2")
    await until(() => listPosted("refused").length > 0)
    expect(posted).toContainEqual(expect.objectContaining({ kind: "refused", seq, code: "idempotency_mismatch" }))
    expect(world.rows()).toHaveLength(1)
  })

  test("is free again once its job has expired, whether or not the reaper has deleted the job", async () => {
    startEngine()
    const first = submit(request(), { idempotencyKey: "key-1", bodyDigest: "body-1", ttlMs: 500 })
    await until(() => readState(first) === "succeeded")
    clock.advance(500)
    const second = keyed("body-2")
    await until(() => readState(second) === "succeeded")
    expect(world.rows().map((row) => row.id)).toEqual([second])
  })
})

describe("an answer that is too large for one commit", () => {
  const LARGE = 30_000_000
  const large = (letter: string) => answered({ body: JSON.stringify({ text: letter.repeat(LARGE) }) })
  const pieces = () => world.database.query<{ n: number }, []>("SELECT count(*) AS n FROM results").get()?.n ?? 0

  async function out(): Promise<string> {
    startEngine({}, { worker: SCRIPT_WORKER })
    const id = submit(script("hang"))
    await until(() => calls.length === 1)
    return id
  }

  test("is stored part by part, with small changes in between", async () => {
    const id = await out()
    engine.finish(id, 1, large("a"))
    for (let n = 0; n < 3; n++) {
      submit(request())
      await until(() => isStored())
    }
    expect(readState(id)).toBe("running")
    await until(() => readState(id) === "succeeded")
    expect(world.body(id, "result")).toBe(JSON.stringify({ text: "a".repeat(LARGE) }))
  })

  test("leaves nothing of itself in another, when the process dies in the middle of it and the next is shorter", async () => {
    const id = await out()
    engine.finish(id, 1, large("a"))
    await until(() => pieces() > 0)
    expect(readState(id)).toBe("running")
    crash()
    calls = []
    startEngine({}, { worker: SCRIPT_WORKER })
    await until(() => readState(id) === "succeeded")
    expect(world.body(id, "result")).toBe("{}")
    expect(pieces()).toBe(1)
  })

  test("is stored before a clean shutdown ends", async () => {
    const id = await out()
    engine.finish(id, 1, large("a"))
    engine.drain(1000)
    await until(() => listPosted("drained").length === 1)
    const closed = openDatabase(world.directory.databasePath, { readonly: true })
    expect(closed.query("SELECT state FROM jobs WHERE id = ?").get(id)).toEqual({ state: "succeeded" })
    expect(closed.query("SELECT sum(length(data)) AS bytes FROM results").get()).toEqual({
      bytes: JSON.stringify({ text: "" }).length + LARGE,
    })
    closed.close()
  })

  test("of a job that is removed in the middle of it is gone", async () => {
    const id = await out()
    engine.finish(id, 1, large("a"))
    await until(() => pieces() > 0)
    engine.remove(++seq, id)
    await until(() => isStored())
    await settle()
    await until(() => pieces() === 0)
    submit(request())
    await until(() => isStored())
    await settle()
    expect(pieces()).toBeLessThanOrEqual(1)
  })
})

describe("a request that is too large for one commit", () => {
  const body = JSON.stringify({ plan: ["answer"], text: "é".repeat(10_000_000) })

  test("is stored part by part, acknowledged when it is complete, and sent unchanged", async () => {
    startEngine({}, { worker: SCRIPT_WORKER })
    const id = submit(body)
    const large = seq
    await until(() => world.store.remains().uploads.length === 1)
    expect(isStored(large)).toBe(false)
    submit(request())
    await until(() => isStored())
    await until(() => isStored(large) && readState(id) === "succeeded")
    expect(world.body(id, "request")).toBe(body)
    expect(world.store.remains().uploads).toEqual([])
  })

  test("is sent when there is room for it, and a job that is cancelled meanwhile leaves its place", async () => {
    startEngine({}, { worker: SCRIPT_WORKER })
    const huge = (plan: Step) => JSON.stringify({ plan: [plan], text: "x".repeat(60_000_000) })
    const [first, second, third, fourth] = [
      submit(huge("hang")),
      submit(huge("hang")),
      submit(huge("answer")),
      submit(huge("answer")),
    ]
    const isOut = (id: string | undefined) => calls.some(({ jobId }) => jobId === id)
    await until(() => [first, second, third, fourth].every((id) => readState(id) === "running"))
    await settle()
    expect([first, second, third, fourth].map(isOut)).toEqual([true, true, false, false])
    engine.cancel(++seq, third)
    await until(() => isStored())
    engine.finish(first, 1, answered())
    await until(() => readState(fourth) === "succeeded")
    expect(isOut(third)).toBe(false)
  }, 240_000)

  test("is sent when there is a thread again, where the only one died while the request waited for room", async () => {
    startEngine({}, { worker: SCRIPT_WORKER })
    const huge = (length: number, ...plan: Step[]) => JSON.stringify({ plan, text: "x".repeat(length) })
    const ids = [submit(huge(70_000_000, "hang", "answer")), submit(huge(70_000_000, "answer"))]
    await until(() => ids.every((id) => readState(id) === "running"))
    await until(() => calls.length === 1)
    submit(script("die"))
    await until(() => pool.threads().died === 1)
    await settle()
    expect(ids.map((id) => readError(id))).toEqual([{}, {}])
    for (let n = 0; n < 3; n++) {
      clock.advance(1000)
      await settle()
    }
    await until(() => ids.every((id) => readState(id) === "succeeded"))
    expect(world.attempts(ids[1] ?? "")).toMatchObject([{ attempt: 1, outcome: "answered" }])
  }, 240_000)

  test("leaves nothing behind when it is refused in the end", async () => {
    startEngine({ bufferSize: 0 })
    submit(body)
    await until(() => listPosted("refused").length === 1)
    expect(listPosted("refused")).toMatchObject([{ code: "queue_full" }])
    expect(world.store.remains().uploads).toEqual([])
    expect(world.database.query("SELECT count(*) AS n FROM requests").get()).toEqual({ n: 0 })
  })
})

describe("an uploaded form", () => {
  test("that is interrupted by a crash is gone after the next start", async () => {
    const part = { kind: "request", seq: 0, bytes: new Uint8Array(100) } as const
    doTurn(world.store, { kind: "upload", jobId: "job-1", part })
    startEngine()
    await until(() => world.store.remains().uploads.length === 0)
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
    await until(() => listPosted("pieces").length === 3)
    engine.submit(++seq, job)
    await until(() => posted.includes(String(seq)))
    expect(posted).toContainEqual({ kind: "pieces", id: job.id, seq: 1 })
    expect(world.body(job.id, "request")).toBe("abcdef")
    expect(world.body("refused", "request")).toBe("")
    expect(world.store.remains().uploads).toEqual([])
  })
})

describe("concurrency", () => {
  test("a cap that is set or raised while jobs run applies at once, including these jobs", async () => {
    startEngine({ concurrency: 10 })
    const ids = [1, 2, 3, 4].map(() => submit(request({ hang: true }), { owner: "vk:a" }))
    const running = () => ids.filter((id) => readState(id) === "running").length
    await until(() => running() === 4)
    engine.limit({ ownerCaps: { "vk:a": 5 }, budgets: {} })
    ids.push(...[5, 6, 7].map(() => submit(request({ hang: true }), { owner: "vk:a" })))
    await until(() => running() === 5)
    engine.limit({ ownerCaps: { "vk:a": 6 }, budgets: {} })
    await until(() => running() === 6)
    engine.limit({ ownerCaps: {}, budgets: {} })
    await until(() => running() === 7)
  })

  test("a budget that is set while the gateway runs counts from the next job on", async () => {
    startEngine()
    const first = submit(request(), { owner: "vk:a" })
    await until(() => readState(first) === "succeeded")
    engine.limit({ ownerCaps: {}, budgets: { "vk:a": { day: { tokens: 1 } } } })
    submit(request(), { owner: "vk:a" })
    await until(() => listPosted("refused").length > 0)
    expect(listPosted("refused")[0]?.code).toBe("budget_exceeded")
  })

  test("an owner never has more jobs running than its cap, and holds up no other owner", async () => {
    startEngine({ concurrency: 10 }, { ownerCaps: { "vk:a": 2 } })
    const capped = [1, 2, 3, 4, 5].map(() => submit(request({ latency_ms: 20 }), { owner: "vk:a" }))
    const other = submit(request(), { owner: "vk:b" })
    let most = 0
    let isOtherHeldUp = true
    await until(() => {
      const running = capped.filter((id) => readState(id) === "running").length
      most = Math.max(most, running)
      if (readState(other) === "succeeded" && capped.some((id) => readState(id) === "queued")) isOtherHeldUp = false
      return capped.every((id) => readState(id) === "succeeded")
    })
    expect(most).toBe(2)
    expect(isOtherHeldUp).toBe(false)
  })

  test("a provider never has more calls in flight than allowed, and every job gets its turn", async () => {
    startEngine({ concurrency: 2 })
    const ids = [1, 2, 3, 4, 5].map(() => submit(request({ latency_ms: 5 })))
    let most = 0
    await until(() => {
      most = Math.max(most, ids.filter((id) => readState(id) === "running").length)
      return ids.every((id) => readState(id) === "succeeded")
    })
    expect(most).toBe(2)
  })
})

describe("a full queue", () => {
  const refused = () => listPosted("refused")

  test("refuses a further job with queue_full, and accepts one again for each that leaves, in whatever way", async () => {
    startEngine({ concurrency: 1, bufferSize: 2 })
    const running = submit(request({ hang: true }))
    await until(() => readState(running) === "running")
    const waiting = [submit(request()), submit(request()), submit(request())]
    await until(() => refused().length === 1)
    expect(refused()[0]).toMatchObject({
      code: "queue_full",
      message: expect.stringContaining("2 jobs wait for provider mock"),
    })
    expect(waiting.map(readState)).toEqual(["queued", "queued", undefined])
    engine.cancel(++seq, waiting[0] ?? "")
    await until(() => isStored())
    const third = submit(request())
    await until(() => readState(third) === "queued")
    engine.remove(++seq, waiting[1] ?? "")
    await until(() => isStored())
    const fourth = submit(request())
    await until(() => readState(fourth) === "queued")
    engine.cancel(++seq, running)
    await until(() => readState(third) === "succeeded" && readState(fourth) === "succeeded")
    const last = submit(request())
    await until(() => readState(last) === "succeeded")
    expect(refused()).toHaveLength(1)
  })

  test("is full for jobs of batches when half of it is taken, by whom ever, and then still has room for others", async () => {
    startEngine({ concurrency: 1, bufferSize: 4 })
    const running = submit(request({ hang: true }))
    await until(() => readState(running) === "running")
    submit(request())
    const lines = [1, 2].map((batchLine) => submit(request(), { batch: 1, batchLine }))
    await until(() => refused().length === 1)
    expect(refused()[0]?.message).toStartWith("2 jobs wait for provider mock already, as many as batches may")
    expect(lines.map(readState)).toEqual(["queued", undefined])
    const others = [submit(request()), submit(request())]
    await until(() => others.every((id) => readState(id) === "queued"))
    submit(request())
    await until(() => refused().length === 2)
    expect(refused()[1]?.message).toStartWith("4 jobs wait for provider mock already: ")
    engine.cancel(++seq, running)
  })

  test("is counted right after a start, and after a transaction that was rolled back", async () => {
    for (let n = 0; n < 2; n++) insertJob(world.database, "queued", { run_at: NOON + 1_000_000 })
    startEngine({ bufferSize: 3 })
    await settle()
    const good = submit(request({ hang: true }))
    submit(request(), { id: good })
    await until(() => readState(good) === "running")
    const one = submit(request({ status: 429, retry_after: 1000 }))
    await until(() => isBackAfter(one, 1))
    submit(request())
    await until(() => refused().some(({ code }) => code === "queue_full"))
  })
})

describe("turns", () => {
  test("a caller with one job does not wait behind another's hundred", async () => {
    startEngine({ concurrency: 2 })
    const many = Array.from({ length: 100 }, () => submit(request({ latency_ms: 1 }), { owner: "vk:many" }))
    const one = submit(request(), { owner: "vk:one" })
    await until(() => readState(one) === "succeeded")
    expect(many.filter((id) => readState(id) === "succeeded").length).toBeLessThan(50)
    await until(() => many.every((id) => readState(id) === "succeeded"))
  })

  test("jobs that were queued before the start are called after it, whoever owns them", async () => {
    const jobs = ["", "vk:a", "key:b"].map((owner) => newJob({ owner, body: request() }))
    submitAll(world.store, ...jobs)
    startEngine()
    await until(() => jobs.every(({ id }) => readState(id) === "succeeded"))
  })
})

describe("what a crash leaves", () => {
  test("every running row is resumed at once, not when its lease expires", async () => {
    const job = newJob({ body: request() })
    submitAll(world.store, job)
    doTurn(world.store, makeClaim({ leaseUntil: NOON + 999_999 }))
    startEngine()
    expect(posted).toContainEqual({ kind: "started", recovered: 1, queued: 0 })
    await until(() => readState(job.id) === "succeeded")
    expect(world.attempts(job.id)).toMatchObject([
      { attempt: 1, outcome: "interrupted" },
      { attempt: 2, outcome: "answered" },
    ])
  })

  test("a job that was interrupted on its last try fails and says so", async () => {
    const row = insertJob(world.database, "running", { attempt: 4, failures: 3 })
    startEngine()
    await until(() => readState(row.id) === "failed")
    expect(readError(row.id)).toMatchObject({ status_code: 502, error: { code: "interrupted" } })
  })

  test("a job that was interrupted is called again as often as lost answers may be retried", async () => {
    const cutOff = (losses: number, loss_retries: number | null) =>
      insertJob(world.database, "running", { attempt: losses + 1, failures: losses, losses, loss_retries }).id
    const again = [cutOff(0, null), cutOff(2, null), cutOff(0, 1)]
    const never = [cutOff(0, 0), cutOff(1, 1)]
    startEngine({}, { worker: SCRIPT_WORKER })
    for (const id of [...again, ...never])
      await until(() => readState(id) !== "running" || world.row(id)?.attempt !== 1)
    await until(() => never.every((id) => readState(id) === "failed"))
    for (const id of never) expect(readError(id).error.message).toContain("it is not sent again")
    expect(calls.map(({ jobId }) => jobId).sort()).toEqual(again.sort())
    expect(again.map((id) => world.row(id)?.losses).sort()).toEqual([1, 1, 3])
  })

  test("a running row that no thread holds returns to the queue when its lease runs out", async () => {
    startEngine()
    await settle()
    const row = insertJob(world.database, "running", { lease_until: NOON + 1500 })
    clock.advance(1000)
    await settle()
    expect(readState(row.id)).toBe("running")
    clock.advance(1000)
    await until(() => world.attempts(row.id).length > 0)
    expect(world.attempts(row.id)).toMatchObject([{ attempt: 1, outcome: "lease_expired" }])
  })

  test("a running job that a thread still holds keeps its lease, however late", async () => {
    startEngine()
    const id = submit(request({ hang: true }))
    await until(() => readState(id) === "running")
    world.database.run("UPDATE jobs SET lease_until = 1")
    clock.advance(5000)
    await settle()
    expect(world.row(id)).toMatchObject({ state: "running", attempt: 1 })
  })

  test("jobs of a provider that is no longer configured wait for it", async () => {
    const row = insertJob(world.database, "queued", { provider: "gone" })
    startEngine()
    await until(() => listPosted("started").length === 1)
    clock.advance(5000)
    await settle()
    expect(readState(row.id)).toBe("queued")
  })
})

describe("a thread that dies", () => {
  const dying = { worker: SCRIPT_WORKER }

  test("is replaced, and the job that killed two fails, while those that were out with it succeed", async () => {
    startEngine({}, dying)
    clock.advance(1000)
    const others = Array.from({ length: 5 }, () => submit(script("hang", "answer")))
    await until(() => others.every((id) => readState(id) === "running"))
    const deadly = submit(script("die", "die", "answer"))
    await until(() => readState(deadly) === "failed")
    await until(() => others.every((id) => readState(id) === "succeeded"))
    expect(readError(deadly)).toMatchObject({ status_code: 502, error: { code: "worker_crashed" } })
    expect(world.attempts(deadly).map(({ outcome }) => outcome)).toEqual(["crashed", "crashed"])
    for (const id of others) {
      expect(world.row(id)).toMatchObject({ attempt: 2, crashes: 1, losses: 1 })
      expect(world.attempts(id).map(({ outcome }) => outcome)).toEqual(["crashed", "answered"])
    }
    const next = submit(script("answer"))
    await until(() => readState(next) === "succeeded")
  })

  test("is not a reason to fail the job the first time", async () => {
    startEngine({ maxRetries: 0 }, dying)
    clock.advance(1000)
    const id = submit(script("die", "answer"))
    await until(() => readState(id) === "succeeded")
    expect(world.row(id)).toMatchObject({ attempt: 2, crashes: 1 })
  })

  test("fails at once the jobs whose lost answers may not be retried", async () => {
    startEngine({}, dying)
    const id = submit(script("die", "answer"), { lossRetries: 0 })
    await until(() => readState(id) === "failed")
    expect(readError(id).error).toMatchObject({
      code: "worker_crashed",
      message: expect.stringContaining("it is not sent again"),
    })
  })

  test("sends a job that has killed two to the next provider, if there is one", async () => {
    startEngine([{}, { name: "second" }], dying)
    clock.advance(1000)
    const fallbacks = JSON.stringify([{ provider: "second", model: "echo" }])
    const id = submit(script("die", "die", "answer"), { fallbacks })
    await until(() => readState(id) === "succeeded")
    expect(world.attempts(id).map(({ provider }) => provider)).toEqual(["mock", "mock", "second"])
  })

  test("young is replaced after a pause, and jobs wait for it in the queue", async () => {
    startEngine({}, dying)
    const first = submit(script("die", "answer"))
    await until(() => isBackAfter(first, 1))
    expect(pool.isReady()).toBe(false)
    const second = submit(script("answer"))
    await until(() => isStored())
    clock.advance(999)
    await settle()
    expect([first, second].map(readState)).toEqual(["queued", "queued"])
    clock.advance(1)
    await until(() => [first, second].every((id) => readState(id) === "succeeded"))
  })

  test("leaves its suspects cancellable, also those that wait for a thread of their own", async () => {
    startEngine({}, dying)
    clock.advance(1000)
    const ids = Array.from({ length: 6 }, () => submit(script("hang", "hang")))
    await until(() => ids.every((id) => readState(id) === "running"))
    submit(script("die", "answer"))
    await until(() => ids.every((id) => world.row(id)?.attempt === 2))
    for (const id of ids) engine.cancel(++seq, id)
    await until(() => ids.every((id) => readState(id) === "cancelled"))
  })
})

describe("a job with an upstream job", () => {
  const startWaiting = (provider: Partial<ProviderSettings> = {}) => startEngine(provider, { worker: SCRIPT_WORKER })
  const listSteps = (id: string) =>
    calls.filter(({ jobId }) => jobId === id).map(({ step, attempt }) => [step, attempt])

  test("is polled until the upstream job ends, in one attempt that spends no try", async () => {
    startWaiting()
    const id = submit(script("pend", "pend", "answer"))
    for (let n = 0; n < 2; n++) {
      await until(() => readState(id) === "waiting" && world.row(id)?.provider_state === String(n + 1))
      clock.advance(999)
      await settle()
      expect(readState(id)).toBe("waiting")
      clock.advance(1)
    }
    await until(() => readState(id) === "succeeded")
    expect(listSteps(id)).toEqual([
      ["start", 1],
      ["resume", 1],
      ["resume", 1],
    ])
    expect(world.row(id)).toMatchObject({ attempt: 1, failures: 0 })
    expect(world.attempts(id)).toMatchObject([{ attempt: 1, outcome: "answered" }])
  })

  test("keeps its slot meanwhile", async () => {
    startWaiting({ concurrency: 1 })
    const [waiting, next] = [submit(script("pend", "answer")), submit(script("answer"))]
    await until(() => readState(waiting) === "waiting")
    await settle()
    expect(readState(next)).toBe("queued")
    clock.advance(1000)
    await until(() => readState(waiting) === "succeeded" && readState(next) === "succeeded")
  })

  test("is polled again when a poll failed", async () => {
    startWaiting({ maxRetries: 0 })
    const id = submit(script("pend", "busy"))
    await until(() => readState(id) === "waiting")
    for (let n = 0; n < 3; n++) {
      const before = calls.length
      clock.advance(n === 0 ? 1000 : 5000)
      await until(() => calls.length > before && readState(id) === "waiting")
    }
    expect(world.row(id)).toMatchObject({ attempt: 1, failures: 0 })
  })

  test("is resumed after a crash, whether a poll was in flight or not, without a second bill", async () => {
    startWaiting()
    const asked = submit(script("pend", "hang"))
    await until(() => readState(asked) === "waiting")
    clock.advance(1000)
    await until(() => readState(asked) === "running")
    const waiting = submit(script("pend", "answer"), { lossRetries: 0 })
    await until(() => readState(waiting) === "waiting")
    crash()
    startWaiting({ concurrency: 2 })
    const next = submit(script("answer"))
    await until(() => calls.filter(({ jobId }) => jobId === asked).length === 3)
    expect(readState(next)).toBe("queued")
    clock.advance(1000)
    await until(() => readState(waiting) === "succeeded" && readState(next) === "succeeded")
    expect(listSteps(asked)).toEqual([
      ["start", 1],
      ["resume", 1],
      ["resume", 1],
    ])
    expect(world.attempts(asked)).toEqual([])
  })

  test("is polled again, without a second bill, when its stored request could not be read for a poll", async () => {
    startWaiting()
    const id = submit(script("pend", "answer"))
    await until(() => readState(id) === "waiting")
    world.database.run("ALTER TABLE requests RENAME TO elsewhere")
    clock.advance(1000)
    await until(() => listPosted("pulse").at(-1)?.trouble === "SQLITE_ERROR")
    world.database.run("ALTER TABLE elsewhere RENAME TO requests")
    await settle()
    expect(world.row(id)).toMatchObject({ state: "waiting", attempt: 1, failures: 0 })
    clock.advance(1000)
    await until(() => readState(id) === "succeeded")
    expect(listSteps(id)).toEqual([
      ["start", 1],
      ["resume", 1],
    ])
    const next = submit(script("answer"))
    await until(() => readState(next) === "succeeded")
  })

  test("cancels the upstream job when it is cancelled", async () => {
    startWaiting({ concurrency: 1 })
    const id = submit(script("pend", "answer"))
    await until(() => readState(id) === "waiting")
    engine.cancel(++seq, id)
    const next = submit(script("answer"))
    await until(() => readState(next) === "succeeded")
    expect(readState(id)).toBe("cancelled")
    expect(listSteps(id)).toEqual([
      ["start", 1],
      ["cancel", 1],
    ])
    expect(world.attempts(id)).toMatchObject([{ attempt: 1, outcome: "cancelled" }])
  })

  test("is ended by a cancel of several jobs", async () => {
    startWaiting()
    const id = submit(script("pend", "answer"))
    await until(() => readState(id) === "waiting")
    expect(await changeSome("cancelSome", [id])).toMatchObject({ count: 1 })
    expect(readState(id)).toBe("cancelled")
    expect(listSteps(id).at(-1)).toEqual(["cancel", 1])
  })

  test("is not forgotten when the store took no writes while the provider reported the upstream job", async () => {
    startWaiting()
    const id = submit(script("hang", "answer"))
    await until(() => readState(id) === "running")
    clock.advance(500)
    world.database.run("PRAGMA busy_timeout = 0")
    const other = openDatabase(world.directory.databasePath)
    other.run("BEGIN IMMEDIATE")
    const upstream = { requestId: null, limits: null }
    engine.finish(id, 1, { kind: "pending", state: "1", afterMs: 0, upstream })
    await until(() => listPosted("pulse").at(-1)?.trouble === "SQLITE_BUSY")
    other.run("ROLLBACK")
    other.close()
    // The store takes writes again before the waiting change is stored.
    clock.advance(500)
    await until(() => listPosted("pulse").at(-1)?.trouble === null)
    await settle()
    expect(readState(id)).toBe("running")
    clock.advance(500)
    await until(() => readState(id) === "succeeded")
  })

  test("ends, whatever prevents the cancellation of the upstream job", async () => {
    const provider_state = "1"
    const { id } = insertJob(world.database, "waiting", {
      provider_state,
      secret: Buffer.alloc(0),
      run_at: NOON + 5000,
    })
    startWaiting()
    engine.cancel(++seq, id)
    const next = submit(script("answer"))
    await until(() => readState(next) === "succeeded")
    expect(readState(id)).toBe("cancelled")
    expect(listSteps(id)).toEqual([])
  })

  test("cancels the upstream job when it is removed, or when its deadline passes", async () => {
    startWaiting({ concurrency: 2 })
    const [removed, late] = [submit(script("pend")), submit(script("pend", "hang"), { deadlineAt: NOON + 900 })]
    await until(() => [removed, late].every((id) => readState(id) === "waiting"))
    engine.remove(++seq, removed)
    await until(() => isStored())
    expect(readState(removed)).toBeUndefined()
    world.database.run(`UPDATE jobs SET run_at = ${NOON + 1_000_000}`)
    clock.advance(1000)
    await until(() => readState(late) === "failed")
    expect(readError(late).error.code).toBe("deadline_exceeded")
    expect(world.attempts(late)).toMatchObject([{ outcome: "overdue" }])
    for (const id of [removed, late]) expect(listSteps(id).at(-1)).toEqual(["cancel", 1])
    const next = [submit(script("answer")), submit(script("answer"))]
    await until(() => next.every((id) => readState(id) === "succeeded"))
  })
})

describe("a virtual key's budget", () => {
  const budgets = { "vk:a": { day: { tokens: 1 } }, "vk:b": { day: { tokens: 1_000_000 } } }
  const refusals = () => listPosted("refused")

  test("refuses new jobs when it is used up, and not those of other keys", async () => {
    startEngine({}, { budgets })
    const first = submit(request(), { owner: "vk:a" })
    await until(() => readState(first) === "succeeded")
    expect(spentSince(world.store, "vk:a", 0).tokens).toBeGreaterThan(0)
    const second = submit(request(), { owner: "vk:a" })
    await until(() => refusals().length === 1)
    expect(refusals()[0]).toMatchObject({
      seq,
      code: "budget_exceeded",
      message: expect.stringContaining("of its budget for the day"),
      retryAfter: 86_400,
    })
    expect(readState(second)).toBeUndefined()
    const others = ["vk:b", "", "vk:c"].map((owner) => submit(request(), { owner }))
    await until(() => others.every((id) => readState(id) === "succeeded"))
    expect(refusals()).toHaveLength(1)
  })

  test("counts what an answer has used before the client has that answer", async () => {
    startEngine({}, { budgets })
    const owners = ["vk:a", "vk:c"]
    const jobs = owners.map((owner) => newJob({ createdAt: clock.now(), body: request(), owner }))
    for (const job of jobs) engine.submit(++seq, job, "answer")
    await until(() => jobs.every(({ id }) => readState(id) === "succeeded"))
    expect(jobs.map(({ id }) => calls.find(({ jobId }) => jobId === id)?.reader)).toEqual(["end", "answer"])
  })

  test("is fresh on the next day", async () => {
    startEngine({}, { budgets })
    const first = submit(request(), { owner: "vk:a" })
    await until(() => readState(first) === "succeeded")
    clock.jump(86_400_000)
    const second = submit(request(), { owner: "vk:a" })
    await until(() => readState(second) === "succeeded")
  })

  test("applies to new jobs only: a repeated request is answered with its job", async () => {
    startEngine({}, { budgets })
    const keyed = { owner: "vk:a", idempotencyKey: "key-1", bodyDigest: "body-1" }
    const first = submit(request(), keyed)
    await until(() => readState(first) === "succeeded")
    submit(request(), keyed)
    await until(() => listPosted("replayed").length === 1)
    expect(listPosted("replayed")[0]?.id).toBe(first)
  })
})

describe("a disk that is nearly full", () => {
  const pulses = () => listPosted("pulse").map(({ trouble }) => trouble)

  test("accepts no new jobs, says why, lets running ones end, and accepts jobs again by itself", async () => {
    startEngine()
    const out = submit(request({ latency_ms: 20 }))
    await until(() => readState(out) === "running")
    freeBytes = DISK_RESERVE - 1
    clock.advance(1000)
    await until(() => pulses().at(-1)?.startsWith("only 0 MB are free on the disk") ?? false)
    const refusedId = submit(request())
    engine.upload("form", 0, Buffer.from("abc"))
    await until(() => listPosted("refused").length === 1 && listPosted("pieceRefused").length === 1)
    for (const refusal of [...listPosted("refused"), ...listPosted("pieceRefused")]) {
      expect(refusal).toMatchObject({ code: "store_full", message: expect.stringContaining("disk_reserve_mb") })
    }
    expect(readState(refusedId)).toBeUndefined()
    expect(world.store.remains().uploads).toEqual([])
    await until(() => readState(out) === "succeeded")
    freeBytes = DISK_RESERVE
    clock.advance(1000)
    await until(() => pulses().at(-1) === null)
    const next = submit(request())
    await until(() => readState(next) === "succeeded")
  })

  test("is noticed at the start", async () => {
    freeBytes = 0
    startEngine()
    expect(pulses().at(-1)).toStartWith("only 0 MB are free")
    submit(request())
    await until(() => listPosted("refused").length === 1)
  })

  test("does not stop calls of accepted jobs", async () => {
    const job = newJob({ body: request() })
    submitAll(world.store, job)
    freeBytes = 0
    startEngine()
    await until(() => readState(job.id) === "succeeded")
  })
})

describe("a clock that was set back before the start", () => {
  test("delays no job that was due, and moves no deadline by more than the clock was set back", async () => {
    const ahead = NOON + 48 * HOUR
    const jobs = [0, 500].map((late) => newJob({ createdAt: ahead + late, body: request() }))
    submitAll(world.store, ...jobs)
    startEngine()
    await until(() => jobs.every(({ id }) => readState(id) === "succeeded"))
  })

  test("does not keep quotas closed for longer", async () => {
    const quota = { provider: "mock", keyId: "", model: "echo", closedUntil: NOON + HOUR + 30_000, spacingMs: null }
    const job = newJob({ createdAt: NOON + HOUR, body: request() })
    world.store.turn(NOON, [makeSubmit(job), makeClosing(quota)])
    startEngine()
    await settle()
    expect(readState(job.id)).toBe("queued")
    clock.advance(30_000)
    await until(() => readState(job.id) === "succeeded")
  })

  test("is corrected once, not at every start: no deadline moves twice", async () => {
    const ahead = newJob({ createdAt: NOON + 48 * HOUR, body: request() })
    submitAll(world.store, ahead)
    startEngine({ keys: [] })
    await until(() => readState(ahead.id) === "succeeded")
    const waiting = submit(request(), { provider: "second" })
    await until(() => isStored())
    for (let n = 0; n < 2; n++) {
      crash(1000)
      startEngine([{}, { name: "third" }])
      await settle()
      clock.advance(1000)
      await settle()
    }
    expect(world.row(waiting)).toMatchObject({ state: "queued", deadline_at: NOON + 24 * HOUR })
  })
})

describe("the reaper", () => {
  test("deletes a job at its time and not before", async () => {
    startEngine()
    const id = submit(request(), { ttlMs: 10_000 })
    await until(() => readState(id) === "succeeded")
    clock.advance(9000)
    await settle()
    expect(readState(id)).toBe("succeeded")
    clock.advance(1000)
    await until(() => readState(id) === undefined)
    expect(world.body(id, "request")).toBe("")
  })

  test("deletes thousands in one go of bounded batches", async () => {
    startEngine()
    inOneCommit(() => {
      for (let n = 0; n < 1700; n++) insertJob(world.database, "failed", { expires_at: NOON + 1 })
    })
    clock.advance(1000)
    await until(() => world.rows().length === 0)
  })

  describe("of a database that holds more than it may", () => {
    const keptMs = 30 * 24 * HOUR
    const responseBound = { ttlMs: keptMs, sparedMs: HOUR, bytesMax: 1024 * 1024 }
    const readWarnings = () =>
      logged.map((line) => JSON.parse(line)).filter(({ event }) => event.includes("max_database_mb"))

    /** Responses that were made two hours ago, have ended at this time, and fill a megabyte together with a few hundred others. */
    const insertResponses = (count: number, completed_at: number) =>
      inOneCommit(() => {
        for (let n = 0; n < count; n++) {
          const kept = { request_type: "responses", ttl_ms: keptMs, completed_at, expires_at: completed_at + keptMs }
          const error = JSON.stringify({ error: { message: "x".repeat(3000) } })
          insertJob(world.database, "failed", { id: newJobId(NOON - 2 * HOUR), error, ...kept })
        }
      })

    test("deletes the oldest stored responses until it holds less, and says so in one line", async () => {
      startEngine({}, { responseBound })
      insertResponses(1700, NOON - HOUR)
      clock.advance(1000)
      await until(() => readWarnings().length > 0)
      const left = world.rows().length
      expect(left).toBeGreaterThan(0)
      expect(left).toBeLessThan(300)
      expect(readWarnings()).toMatchObject([{ level: "warn", deleted: 1700 - left, max_mb: 1 }])
      clock.advance(120_000)
      await settle()
      expect([world.rows().length, readWarnings().length]).toEqual([left, 1])
    })

    test("looks once a minute, and leaves those alone that have just ended", async () => {
      startEngine({}, { responseBound })
      insertResponses(1000, NOON - HOUR + 30_000)
      clock.advance(1000)
      await settle()
      expect(world.rows().length).toBe(1000)
      clock.advance(59_000)
      await settle()
      expect(world.rows().length).toBe(1000)
      clock.advance(2000)
      await until(() => world.rows().length < 300)
    })
  })
})

describe("a database that is damaged", () => {
  const pulse = () => listPosted("pulse").at(-1)?.trouble

  test("still stores the answer of a call in flight, and nothing else, however long that takes", async () => {
    startEngine({ concurrency: 1 })
    const out = submit(request({ latency_ms: 20 }))
    const queued = submit(request())
    await until(() => readState(out) === "running")
    engine.damaged("a page is torn")
    expect(pulse()).toBe("the database is damaged (a page is torn)")
    const refused = submit(request())
    await until(() => readState(out) === "succeeded")
    expect(listPosted("refused")).toMatchObject([{ seq, code: "store_unavailable", retryAfter: 60 }])
    expect(readState(refused)).toBeUndefined()
    clock.advance(100_000)
    await settle()
    expect(pulse()).toContain("damaged")
    expect(readState(queued)).toBe("queued")
    expect(calls).toHaveLength(1)
  })

  test("does not delay the shutdown", async () => {
    startEngine()
    const id = submit(request({ hang: true }))
    await until(() => readState(id) === "running")
    engine.damaged("a page is torn")
    engine.drain(0)
    clock.advance(0)
    await until(() => listPosted("drained").length === 1)
  })
})

describe("a directory that is lost", () => {
  test("ends all work at once: the call in flight is aborted, nothing is written any more, and the reason is reported once", async () => {
    startEngine()
    const id = submit(request({ hang: true }))
    await until(() => readState(id) === "running")
    loss = { reason: "in_use", message: "another process has it", isDatabaseThere: false }
    clock.advance(1000)
    expect(listPosted("over")).toEqual([{ kind: "over", reason: "in_use", message: "another process has it" }])
    const late = submit(request())
    clock.advance(5000)
    await settle()
    expect(readState(late)).toBeUndefined()
    expect(readState(id)).toBe("running")
    expect(listPosted("over")).toHaveLength(1)
    expect(listPosted("refused")).toMatchObject([{ seq, code: "shutting_down" }])
  })

  test("is noticed before the next commit, when the last check was more than 10 ms ago", async () => {
    startEngine()
    await settle()
    loss = { reason: "unusable", message: "it is gone", isDatabaseThere: false }
    clock.advance(10)
    const id = submit(request())
    await until(() => listPosted("over").length === 1)
    expect(readState(id)).toBeUndefined()
  })
})

test("a job whose request cannot be read from the disk is queued again, and called when the request can be read", async () => {
  const { id } = newJob()
  submitAll(world.store, newJob({ id, body: request() }))
  world.database.run("ALTER TABLE requests RENAME TO elsewhere")
  startEngine()
  await until(() => world.attempts(id).length === 1)
  expect(world.row(id)).toMatchObject({ state: "queued", failures: 0 })
  expect(calls).toEqual([])
  world.database.run("ALTER TABLE elsewhere RENAME TO requests")
  clock.advance(1000)
  await until(() => readState(id) === "succeeded")
})

describe("a store that takes no writes", () => {
  /** Takes the write lock, as another process would. */
  function lockOut(): () => void {
    world.database.run("PRAGMA busy_timeout = 0")
    const other = openDatabase(world.directory.databasePath)
    other.run("BEGIN IMMEDIATE")
    return () => {
      other.run("ROLLBACK")
      other.close()
    }
  }
  const refusal = () => listPosted("refused")[0]
  const pulses = () => listPosted("pulse").map(({ trouble }) => trouble)

  test("makes the engine refuse new jobs with the reason, and accept them again by itself", async () => {
    startEngine()
    await settle()
    const letGo = lockOut()
    const lost = submit(request())
    await until(() => refusal() !== undefined)
    expect(refusal()).toMatchObject({ seq, code: "store_unavailable" })
    expect(readState(lost)).toBeUndefined()
    expect(pulses().at(-1)).toBe("SQLITE_BUSY")
    letGo()
    clock.advance(1000)
    await until(() => pulses().at(-1) === null)
    const id = submit(request())
    await until(() => readState(id) === "succeeded")
  })

  test("does not lose the answer of a call that came back meanwhile", async () => {
    startEngine()
    const id = submit(request({ latency_ms: 20 }))
    await until(() => readState(id) === "running")
    const letGo = lockOut()
    await until(() => pulses().at(-1) === "SQLITE_BUSY")
    expect(readState(id)).toBe("running")
    letGo()
    clock.advance(1000)
    await until(() => readState(id) === "succeeded")
    expect(world.attempts(id)).toHaveLength(1)
  })

  test("aborts the call of a client that has gone at once, and cancels its job as soon as that can be stored", async () => {
    startEngine({ concurrency: 1 })
    const [id, waiting] = [submit(request({ hang: true })), submit(request())]
    await until(() => readState(id) === "running" && readState(waiting) === "queued")
    const letGo = lockOut()
    const asked = [id, waiting].map((each) => {
      engine.leave(++seq, each)
      return seq
    })
    expect(aborted).toEqual([id])
    await until(() => pulses().at(-1) === "SQLITE_BUSY")
    expect(refusal()).toBeUndefined()
    letGo()
    clock.advance(1000)
    await until(() => asked.every(isStored))
    expect([readState(id), readState(waiting)]).toEqual(["cancelled", "cancelled"])
    expect(world.attempts(id)).toMatchObject([{ attempt: 1, outcome: "cancelled" }])
    const next = submit(request())
    await until(() => readState(next) === "succeeded")
    expect(calls.map(({ jobId }) => jobId)).toEqual([id, next])
  })

  test("keeps an answer that came before its client had gone", async () => {
    startEngine({}, { worker: SCRIPT_WORKER })
    const id = submit(script("hang"))
    await until(() => readState(id) === "running")
    const letGo = lockOut()
    engine.finish(id, 1, answered())
    await until(() => pulses().at(-1) === "SQLITE_BUSY")
    engine.leave(++seq, id)
    await until(() => refusal() !== undefined)
    letGo()
    clock.advance(1000)
    await until(() => readState(id) === "succeeded")
  })

  test("calls the job of a client that has gone again where its cancellation was refused, so that it ends", async () => {
    startEngine({}, { worker: SCRIPT_WORKER })
    const id = submit(script("hang", "answer"))
    await until(() => readState(id) === "running")
    const { turn } = world.store
    world.store.turn = (now, changes) => {
      if (changes.some(({ kind }) => kind === "cancel")) throw new StoreError("conflict", "", "no such change")
      return turn(now, changes)
    }
    engine.leave(++seq, id)
    await until(() => refusal() !== undefined)
    world.database.run("UPDATE jobs SET lease_until = 1")
    clock.advance(1000)
    await until(() => readState(id) === "succeeded")
    expect(world.attempts(id)).toMatchObject([{ outcome: "lease_expired" }, { outcome: "answered" }])
  })

  test("cancels the job of a client that has gone with the last commit before the end of the process", async () => {
    startEngine()
    const id = submit(request({ hang: true }))
    await until(() => readState(id) === "running")
    const letGo = lockOut()
    engine.leave(++seq, id)
    await until(() => pulses().at(-1) === "SQLITE_BUSY")
    letGo()
    engine.drain(0)
    await until(() => listPosted("drained").length > 0)
    expect(listPosted("drained")).toMatchObject([{ released: 0 }])
    const after = openDatabase(world.directory.databasePath)
    expect(after.query("SELECT state FROM jobs WHERE id = ?").get(id)).toEqual({ state: "cancelled" })
    after.close()
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
    await until(() => readState(id) === "succeeded")
  })

  test("one submit that cannot be stored does not make the others of its batch fail", async () => {
    startEngine()
    await settle()
    const good = submit(request())
    submit(request(), { id: good })
    const other = submit(request())
    await until(() => readState(good) === "succeeded" && readState(other) === "succeeded")
    expect(refusal()).toMatchObject({ code: "internal_error" })
  })
})

describe("shutdown", () => {
  const drained = () => listPosted("drained")[0]

  test("lets calls in flight finish and store their answers", async () => {
    startEngine()
    const id = submit(request({ latency_ms: 20 }))
    await until(() => readState(id) === "running")
    engine.drain(10_000)
    await until(() => drained() !== undefined)
    expect(drained()).toMatchObject({ released: 0 })
    const after = openDatabase(world.directory.databasePath)
    expect(after.query("SELECT state FROM jobs WHERE id = ?").get(id)).toEqual({ state: "succeeded" })
    after.close()
  })

  test("requeues what does not finish in time and spends no try", async () => {
    startEngine()
    const id = submit(request({ hang: true }))
    await until(() => readState(id) === "running")
    engine.drain(10_000)
    await settle()
    expect(drained()).toBeUndefined()
    clock.advance(10_000)
    await until(() => drained() !== undefined)
    expect(drained()).toMatchObject({ released: 1 })
    const after = openDatabase(world.directory.databasePath)
    expect(after.query("SELECT state, attempt, failures, lease_until FROM jobs").get()).toEqual({
      state: "queued",
      attempt: 1,
      failures: 0,
      lease_until: null,
    })
    expect(after.query("SELECT outcome FROM attempts").all()).toEqual([{ outcome: "released" }])
    after.close()
  })

  test("ends although its last commit fails and may still be in the log", async () => {
    startEngine()
    const id = submit(request({ hang: true }))
    await until(() => readState(id) === "running")
    world.store.turn = () => {
      throw new StoreError("unavailable", "SQLITE_IOERR_FSYNC", "disk I/O error", { isUncertain: true })
    }
    const refused = ++seq
    engine.submit(refused, newJob({ createdAt: clock.now(), body: request() }))
    stopReaper()
    engine.drain(0)
    clock.advance(0)
    await settle()
    clock.advance(10_000)
    await until(() => drained() !== undefined)
    expect(drained()).toMatchObject({ released: 0 })
    expect(listPosted("refused")).toMatchObject([{ seq: refused, code: "store_unavailable" }])
  })

  test("does not wait until all expired jobs are deleted", async () => {
    startEngine()
    await settle()
    inOneCommit(() => {
      for (let n = 0; n < 2000; n++) insertJob(world.database, "succeeded", { expires_at: NOON })
    })
    clock.advance(1000)
    stopReaper()
    engine.drain(0)
    await until(() => drained() !== undefined)
    const after = openDatabase(world.directory.databasePath)
    expect(after.query("SELECT count(*) AS n FROM jobs").get()).toEqual({ n: 1500 })
    after.close()
  })

  test("starts no queued job any more", async () => {
    startEngine({ concurrency: 1 })
    const first = submit(request({ latency_ms: 20 }))
    const second = submit(request())
    await until(() => readState(first) === "running")
    engine.drain(10_000)
    await until(() => drained() !== undefined)
    const after = openDatabase(world.directory.databasePath)
    expect(after.query("SELECT state FROM jobs WHERE id = ?").get(first)).toEqual({ state: "succeeded" })
    expect(after.query("SELECT state FROM jobs WHERE id = ?").get(second)).toEqual({ state: "queued" })
    after.close()
  })
})

describe("a claim that the store refuses", () => {
  test("takes no submit with it, and turns do not follow each other without end", async () => {
    startEngine({ concurrency: 1 })
    const first = submit(request())
    await until(() => readState(first) === "succeeded")
    world.database.run(
      "CREATE TEMP TRIGGER refuse BEFORE UPDATE OF state ON jobs WHEN NEW.state = 'running' BEGIN SELECT RAISE(ABORT, 'refused'); END",
    )
    const out = submit(request({ hang: true }))
    await until(() => readState(out) === "running")
    const queued = submit(request())
    await until(() => readState(queued) === "queued")
    engine.cancel(++seq, out)
    await until(() => isStored())
    const later = submit(request())
    await until(() => isStored())
    expect(readState(later)).toBe("queued")
    await settle()
    expect(clock.pending).toBeLessThan(20)
    world.database.run("DROP TRIGGER refuse")
    clock.advance(1000)
    await until(() => readState(queued) === "succeeded")
    clock.advance(1000)
    await until(() => readState(later) === "succeeded")
  })
})
