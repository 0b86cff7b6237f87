import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import type { Call } from "../../../src/call.ts"
import { createPool, type Pool } from "../../../src/engine/threads/pool.ts"
import { type ToWorker, unframe } from "../../../src/engine/threads/protocol.ts"
import { createLog } from "../../../src/log.ts"
import { NOON } from "../../factory.ts"
import type { Step } from "../../fixtures/script.worker.ts"
import { Timeline } from "../../timeline.ts"
import { until } from "../waiting.ts"

/** A thread and the messages that it got. */
interface Thread {
  worker: Worker
  isAlive: boolean
  /** The jobs whose calls the thread got, and those whose calls were aborted. */
  calls: string[]
  aborts: string[]
}

let clock: Timeline
let pool: Pool
/** Job id -> when its waiting call may be sent; others may be sent at once. */
let admitted: Map<string, number>
let threads: Thread[]
let outcomes: { jobId: string; attempt: number; came: string }[]
let readied: number

function start(size: number): void {
  const log = createLog({ level: "error", style: "json", now: clock.now, write: () => {} })
  pool = createPool({
    spawn,
    size,
    start: { providers: [], log: { level: "error", style: "json" } },
    clock,
    log,
    onEvents: () => {},
    onOutcome: (jobId, attempt, outcome) => {
      outcomes.push({ jobId, attempt, came: outcome.kind === "unreached" ? outcome.reason : outcome.kind })
    },
    admit: (jobId) => admitted.get(jobId) ?? clock.now(),
    readPiece: (_jobId, _seq, use) => use(null),
    onReady: () => readied++,
  })
}

/** A real thread, with a record of its messages and of its end. */
function spawn(): Worker {
  const worker = new Worker(new URL("../../fixtures/script.worker.ts", import.meta.url))
  const thread: Thread = { worker, isAlive: true, calls: [], aborts: [] }
  const tell = worker.postMessage.bind(worker)
  worker.postMessage = (message: ToWorker) => {
    if (typeof message === "string") thread.calls.push(unframe<Call>(message).header.jobId)
    else if (message.kind === "abort") thread.aborts.push(message.jobId)
    tell(message)
  }
  worker.addEventListener("close", () => {
    thread.isAlive = false
  })
  threads.push(thread)
  return worker
}

/** A call that ends with this step. */
function makeCall(jobId: string, step: Step): Call {
  return {
    jobId,
    attempt: 1,
    step: "start",
    state: null,
    requestId: "request-1",
    idempotencyKey: jobId,
    requestType: "chat_completion",
    provider: "mock",
    model: "echo",
    timeoutMs: 1000,
    body: JSON.stringify({ plan: [step] }),
    form: null,
    extras: {},
    isRepeatable: true,
    keyId: null,
    callerKey: null,
  }
}

const run = (jobId: string, step: Step) => pool.run(makeCall(jobId, step), false)
const suspect = (jobId: string, step: Step) => pool.run(makeCall(jobId, step), true)
const came = () => Object.fromEntries(outcomes.map((outcome) => [outcome.jobId, outcome.came]))
const alive = () => threads.filter(({ isAlive }) => isAlive)
/** The calls of the threads that are for one suspect each. */
const alone = (size = 1) => threads.slice(size).map(({ calls }) => calls)

beforeEach(() => {
  clock = new Timeline(NOON)
  threads = []
  outcomes = []
  readied = 0
  admitted = new Map()
})
afterEach(async () => {
  pool.close()
  await until(() => alive().length === 0)
})

describe("a call", () => {
  test("goes to the thread that has the fewest", () => {
    start(3)
    for (let n = 0; n < 6; n++) run(`${n}`, "hang")
    expect(threads.map(({ calls }) => calls)).toEqual([
      ["0", "3"],
      ["1", "4"],
      ["2", "5"],
    ])
    pool.abort("4")
    run("6", "hang")
    expect(threads[1]?.calls).toContain("6")
  })

  test("reports its outcome once", async () => {
    start(1)
    run("good", "answer")
    run("bad", "busy")
    await until(() => outcomes.length === 2)
    expect(outcomes).toEqual([
      { jobId: "good", attempt: 1, came: "answered" },
      { jobId: "bad", attempt: 1, came: "refused" },
    ])
  })

  test("that was aborted reports nothing any more", async () => {
    start(1)
    run("taken", "answer")
    pool.abort("taken")
    run("last", "answer")
    await until(() => outcomes.length === 1)
    expect(came()).toEqual({ last: "answered" })
    expect(threads[0]?.aborts).toEqual(["taken"])
  })
})

describe("a thread that dies", () => {
  test("ends its own calls, those of no other thread, and is replaced", async () => {
    start(2)
    clock.advance(1000)
    for (const jobId of ["a", "b", "c"]) run(jobId, "hang")
    run("deadly", "die")
    // One of the two threads has the first and the third call.
    await until(() => outcomes.length === 2)
    expect(came()).toEqual({ b: "crashed", deadly: "crashed" })
    expect(readied).toBe(1)
    expect(threads).toHaveLength(3)
    run("d", "answer")
    await until(() => outcomes.length === 3)
    expect(threads[2]?.calls).toEqual(["d"])
    expect(pool.threads()).toEqual({ alive: 2, died: 1, replaced: 1 })
  })

  test("young is replaced after a pause, and until then nothing is ready that has no thread", async () => {
    start(1)
    run("deadly", "die")
    await until(() => outcomes.length === 1)
    expect(pool.isReady()).toBe(false)
    expect(pool.threads()).toEqual({ alive: 0, died: 1, replaced: 0 })
    expect(() => run("next", "answer")).toThrow("no provider worker is alive")
    clock.advance(999)
    expect(pool.isReady()).toBe(false)
    clock.advance(1)
    expect(pool.isReady()).toBe(true)
    expect(readied).toBe(1)
  })
})

describe("a call that was out on a thread that died", () => {
  test("gets a thread of its own, which gets no other call", () => {
    start(1)
    suspect("a", "hang")
    suspect("b", "hang")
    for (const jobId of ["c", "d", "e"]) run(jobId, "hang")
    expect(threads.map(({ calls }) => calls)).toEqual([["c", "d", "e"], ["a"], ["b"]])
  })

  test("goes with its thread when it is answered", async () => {
    start(1)
    suspect("a", "answer")
    run("b", "hang")
    await until(() => alive().length === 1 && threads.length === 2)
    expect(came()).toEqual({ a: "answered" })
    expect(threads[0]?.isAlive).toBe(true)
  })

  test("takes no other with it when its thread dies again, and that thread is not replaced", async () => {
    start(1)
    run("good", "hang")
    suspect("deadly", "die")
    suspect("other", "hang")
    await until(() => outcomes.length === 1)
    expect(came()).toEqual({ deadly: "crashed" })
    clock.advance(10_000)
    expect(threads).toHaveLength(3)
    expect(alive()).toHaveLength(2)
    expect(pool.threads()).toEqual({ alive: 2, died: 1, replaced: 0 })
    expect(readied).toBe(0)
  })

  test("is in flight with no more than three others, and the next is sent when one of them ends", async () => {
    start(1)
    suspect("first", "answer")
    for (const jobId of ["b", "c", "d", "e", "f"]) suspect(jobId, "hang")
    expect(alone()).toEqual([["first"], ["b"], ["c"], ["d"]])
    await until(() => outcomes.length === 1)
    expect(alone()).toEqual([["first"], ["b"], ["c"], ["d"], ["e"]])
    pool.abort("c")
    expect(alone()).toEqual([["first"], ["b"], ["c"], ["d"], ["e"], ["f"]])
    await until(() => alive().length === 5)
  })

  test("is sent after a wait only when it is admitted, and holds up no other meanwhile", async () => {
    start(1)
    suspect("first", "answer")
    for (const jobId of ["b", "c", "d", "held", "e"]) suspect(jobId, "hang")
    admitted.set("held", NOON + 500)
    await until(() => outcomes.length === 1)
    expect(alone()).toEqual([["first"], ["b"], ["c"], ["d"], ["e"]])
    pool.abort("b")
    clock.advance(499)
    expect(alone()).toHaveLength(5)
    clock.advance(1)
    expect(alone()).toEqual([["first"], ["b"], ["c"], ["d"], ["e"], ["held"]])
  })

  test("lets the next one go when its thread dies", async () => {
    start(1)
    suspect("deadly", "die")
    for (const jobId of ["b", "c", "d"]) suspect(jobId, "hang")
    suspect("e", "answer")
    await until(() => outcomes.length === 2)
    expect(came()).toEqual({ deadly: "crashed", e: "answered" })
  })

  test("and waits for a thread can be aborted, and is then never sent", async () => {
    start(1)
    for (const jobId of ["a", "b", "c", "d"]) suspect(jobId, "hang")
    suspect("waiting", "answer")
    suspect("last", "answer")
    pool.abort("waiting")
    pool.abort("a")
    await until(() => outcomes.length === 1)
    expect(came()).toEqual({ last: "answered" })
    expect(threads.flatMap(({ calls }) => calls)).not.toContain("waiting")
    await until(() => alive().length === 4)
  })

  test("makes nothing ready for the others", async () => {
    start(1)
    run("deadly", "die")
    await until(() => outcomes.length === 1)
    suspect("a", "hang")
    expect(pool.isReady()).toBe(false)
    clock.advance(1000)
    expect(pool.isReady()).toBe(true)
  })
})

test("a pool that is closed ends all its threads and reports nothing more", async () => {
  start(2)
  run("a", "hang")
  for (const jobId of ["b", "c", "d", "e", "f"]) suspect(jobId, "hang")
  pool.close()
  await until(() => alive().length === 0)
  expect(outcomes).toEqual([])
  expect(threads).toHaveLength(6)
  expect(clock.pending).toBe(0)
})

test("a pool that is closed while a thread is to be replaced replaces it no more", async () => {
  start(1)
  run("deadly", "die")
  await until(() => outcomes.length === 1)
  pool.close()
  clock.advance(5000)
  expect(threads).toHaveLength(1)
  expect(readied).toBe(0)
})
