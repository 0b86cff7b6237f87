// Bulk operations over the real store, with an engine that applies each batch when the test lets it.
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import type { ToEngine } from "../../src/engine/threads/protocol.ts"
import { createOperations } from "../../src/http/bulk/progress.ts"
import type { Selection } from "../../src/http/bulk/sweep.ts"
import { formatJobId } from "../../src/jobs/ids.ts"
import type { State } from "../../src/jobs/job.ts"
import type { Row, World } from "../factory.ts"
import {
  claimedFrom,
  createWorld,
  doTurn,
  insertJob,
  makeClaim,
  makeEnd,
  makeFailure,
  makeLane,
  makeRemove,
  makeRequeue,
  NOON,
} from "../factory.ts"
import type { Job } from "../harness.ts"
import { OWNER, openServer, type TestServer } from "./server.ts"

type Batch = Extract<ToEngine, { kind: "cancelSome" | "removeSome" }>

const BULK = "/v1/async/bulk"
const MOMENT = NOON + 1000

let world: World
let server: TestServer
/** The batches that wait for `settle`. */
let batches: Batch[]
/** Called with each new batch. */
let arrived: () => void

beforeEach(() => {
  world = createWorld()
  batches = []
  arrived = () => {}
  server = openServer(world.reads, world.dir, (message) => {
    if (typeof message === "string" || (message.kind !== "cancelSome" && message.kind !== "removeSome")) return
    batches.push(message)
    arrived()
  })
  server.clock.advance(MOMENT - NOON)
})
afterEach(() => {
  server.dispose()
  world.dispose()
})

const breathe = () => new Promise<void>((resolve) => setImmediate(resolve))
const insert = (state: State, over: Partial<Row> = {}) => insertJob(world.database, state, { owner: OWNER, ...over })
const readState = (id: string) => world.row(id)?.state

function post(body: object, path = BULK): Promise<Response> {
  return server.ask(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  })
}

const read = async (response: Response | Promise<Response>): Promise<[number, Job]> => {
  const { status } = await response
  return [status, await (await response).json()]
}

async function nextBatch(): Promise<Batch> {
  while (batches.length === 0) {
    const { promise, resolve } = Promise.withResolvers<void>()
    arrived = resolve
    await promise
  }
  return batches.shift() as Batch
}

/** Applies a batch, as the engine would. */
function settle({ kind, seq, ids, only }: Batch): void {
  const now = server.clock.now()
  if (kind === "cancelSome") {
    const jobs = ids.map((id) => ({ id, end: makeEnd() }))
    const { length: count } = doTurn(world.store, { kind: "cancel", jobs, only }, now)
    world.reads.refresh()
    server.say({ kind: "changed", seq, count, looked: ids.length })
    return
  }
  const { left, looked } = doTurn(world.store, { ...makeRemove(ids), only }, now)
  world.reads.refresh()
  server.say({ kind: "changed", seq, count: left.length, looked })
}

/** Moves the clock on once a request waits for that. */
async function passMoment(): Promise<void> {
  while (server.clock.nextAt === Number.POSITIVE_INFINITY) await breathe()
  server.clock.advance(1)
}

/** Sends a request, and calls `meanwhile` a millisecond after its moment, before any job is looked at. */
async function begin(body: object, meanwhile = () => {}): Promise<[number, Job]> {
  const answer = read(post(body))
  await passMoment()
  const barrier = await nextBatch()
  expect(barrier.ids).toEqual([])
  meanwhile()
  settle(barrier)
  return await answer
}

/** Lets an operation run to its end. */
async function finish(id: string): Promise<Job> {
  for (;;) {
    const [, operation] = await read(server.ask(`${BULK}/${id}`))
    if (operation.status !== "running") return operation
    if (batches.length > 0) settle(batches.shift() as Batch)
    else await breathe()
  }
}

describe("an operation takes the jobs of its moment", () => {
  test("and none that has failed since", async () => {
    const [failed, running] = [insert("failed"), insert("running")]
    const [, operation] = await begin({ action: "delete", filter: { status: "failed" } }, () => {
      doTurn(world.store, makeFailure(claimedFrom(running)), server.clock.now())
      world.reads.refresh()
    })
    expect(operation).toMatchObject({ object: "bulk_operation", action: "delete", total: 1, done: 0, error: null })
    expect(await finish(operation.id)).toMatchObject({ status: "completed", total: 1, done: 1, skipped: 0, failed: 0 })
    expect([failed, running].map(({ id }) => readState(id))).toEqual([undefined, "failed"])
  })

  test("and one that failed in that very millisecond", async () => {
    const { id } = insert("failed", { completed_at: MOMENT })
    const [, operation] = await begin({ action: "delete", filter: { status: "failed" } })
    expect(await finish(operation.id)).toMatchObject({ done: 1 })
    expect(readState(id)).toBeUndefined()
  })

  test("and none that has started since", async () => {
    const [tried, pending] = [insert("running", { started_at: NOON }), insert("queued")]
    const [, operation] = await begin({ action: "cancel", filter: { status: "processing" } }, () => {
      const lane = makeLane({ owner: OWNER })
      doTurn(world.store, makeClaim({ lane, leaseUntil: MOMENT + 9000 }), server.clock.now())
      world.reads.refresh()
    })
    expect(readState(pending.id)).toBe("running")
    expect(await finish(operation.id)).toMatchObject({ total: 1, done: 1 })
    expect([tried, pending].map(({ id }) => readState(id))).toEqual(["cancelled", "running"])
  })

  test("and none that has fallen back to its provider since, or has left it", async () => {
    const jobs = ["mock", "other"].map((provider) => insert("running", { provider, started_at: NOON }))
    const [there, away] = [insert("queued", { provider: "other" }), jobs[1] as Row]
    const [, operation] = await begin({ action: "cancel", filter: { provider: "other" } }, () => {
      for (const [at, provider] of ["other", "mock"].entries()) {
        const fallback = { next: { provider, model: "echo" }, error: '{"error":{}}', keepsSecret: false }
        doTurn(world.store, makeRequeue(claimedFrom(jobs[at] as Row), { fallback }), server.clock.now())
      }
      world.reads.refresh()
    })
    expect(await finish(operation.id)).toMatchObject({ done: 1, skipped: 0 })
    expect([...jobs, there, away].map(({ id }) => readState(id))).toEqual(["queued", "queued", "cancelled", "queued"])
  })

  const filters: [filter: object, total: number][] = [
    [{ error_code: "server_error" }, 0],
    [{ min_cost: 0.2 }, 0],
    [{ min_cost: 1e-7, state: "queued" }, 0],
    // That which runs again did run at the moment, and the one that was pending did not.
    [{ state: "running" }, 1],
  ]
  test.each(filters)("and of %j none that has come to that since", async (filter, total) => {
    const rows = Array.from({ length: 3 }, () => insert("running", { started_at: NOON }))
    const [fails, repeated, spends] = rows as [Row, Row, Row]
    const pending = insert("queued")
    const [, operation] = await begin({ action: "delete", filter }, () => {
      const now = server.clock.now()
      const error = JSON.stringify({ error: { code: "server_error" } })
      const lane = makeLane({ owner: OWNER })
      doTurn(world.store, makeFailure(claimedFrom(fails), { error }), now)
      doTurn(world.store, makeRequeue(claimedFrom(repeated), { runAt: now }), now)
      doTurn(world.store, makeFailure(claimedFrom(spends), { end: makeEnd({ cost: 0.5 }) }), now)
      doTurn(world.store, makeClaim({ lane, leaseUntil: now + 9000, limit: 2 }), now)
      world.reads.refresh()
    })
    expect([repeated, pending].map(({ id }) => readState(id))).toEqual(["running", "running"])
    expect(await finish(operation.id)).toMatchObject({ total, done: total })
    expect(readState(repeated.id)).toBe(total === 0 ? "running" : undefined)
    expect(world.rows()).toHaveLength(4 - total)
  })

  test("and none that was accepted later", async () => {
    const { id } = insert("queued")
    let later = ""
    const [, operation] = await begin({ action: "cancel", all: true }, () => {
      const { clock } = server
      later = insert("queued", { id: formatJobId(clock.now(), 0), created_at: clock.now() }).id
      world.reads.refresh()
    })
    expect(await finish(operation.id)).toMatchObject({ total: 1, done: 1 })
    expect([id, later].map(readState)).toEqual(["cancelled", "queued"])
  })
})

describe("an operation", () => {
  test("skips a job that has ended before its turn", async () => {
    const rows = [insert("running"), insert("running")]
    const [, operation] = await begin({ action: "cancel", all: true })
    const batch = await nextBatch()
    doTurn(world.store, makeFailure(claimedFrom(rows[0] as Row)), server.clock.now())
    settle(batch)
    expect(await finish(operation.id)).toMatchObject({ status: "completed", total: 2, done: 1, skipped: 1 })
    expect(rows.map(({ id }) => readState(id))).toEqual(["failed", "cancelled"])
  })

  test("changes no further job once it is aborted, and says what it has done", async () => {
    const rows = Array.from({ length: 600 }, () => insert("queued"))
    const [status, operation] = await begin({ action: "cancel", filter: { provider: "mock" } })
    expect([status, operation.total, operation.status]).toEqual([202, 600, "running"])
    const first = await nextBatch()
    expect(first.ids).toHaveLength(500)
    const [, aborted] = await read(server.ask(`${BULK}/${operation.id}/cancel`, { method: "POST" }))
    expect(aborted).toMatchObject({ status: "aborted", done: 0 })
    settle(first)
    while ((await read(server.ask(`${BULK}/${operation.id}`)))[1].done < 500) await breathe()
    expect(batches).toEqual([])
    expect(rows.filter(({ id }) => readState(id) === "queued")).toHaveLength(100)
    const [, again] = await read(server.ask(`${BULK}/${operation.id}/cancel`, { method: "POST" }))
    expect(again).toMatchObject({ status: "aborted", done: 500 })
  })

  test("deletes jobs with long bodies in several turns", async () => {
    for (let n = 0; n < 3; n++) insert("succeeded")
    const [, operation] = await begin({ action: "delete", all: true })
    const { seq, ids } = await nextBatch()
    const [one = ""] = ids
    doTurn(world.store, makeRemove([one]))
    server.say({ kind: "changed", seq, count: 1, looked: 1 })
    const rest = await nextBatch()
    expect(rest.ids).toEqual(ids.slice(1))
    settle(rest)
    expect(await finish(operation.id)).toMatchObject({ status: "completed", done: 3 })
    expect(world.rows()).toEqual([])
  })

  test("that the store refuses has failed, and says why", async () => {
    insert("queued")
    const [, operation] = await begin({ action: "cancel", all: true })
    const { seq } = await nextBatch()
    server.say({ kind: "refused", seq, code: "store_full", message: "the disk is full" })
    const error = { code: "store_full", message: "the disk is full" }
    expect(await finish(operation.id)).toMatchObject({ status: "failed", total: 1, done: 0, error })
  })

  test("is refused with what the store says where nothing can be stored", async () => {
    const answer = read(post({ action: "cancel", all: true }))
    await passMoment()
    const { seq } = await nextBatch()
    server.say({ kind: "refused", seq, code: "store_full", message: "the disk is full" })
    expect(await answer).toMatchObject([507, { error: { code: "store_full" } }])
    expect(await read(server.ask(BULK))).toMatchObject([200, { data: [] }])
  })

  test("waits where eight of its caller are running already, and those keep nobody else from one", async () => {
    insert("queued")
    for (let n = 0; n < 8; n++) {
      await begin({ action: "cancel", all: true })
      await nextBatch()
    }
    const [status, refusal] = await read(post({ action: "cancel", all: true }))
    expect([status, refusal.error.code]).toEqual([429, "rate_limited"])
    const operations = createOperations()
    const start = (owners: readonly string[] | null, n = 0) =>
      operations.begin({ action: "cancel", given: {}, owners }, { id: `${owners}-${n}`, moment: NOON } as Selection)
    for (let n = 0; n < 64; n++) start([`vk:${n % 8}`], n)
    expect(() => start(["vk:8"])).toThrow("64 bulk operations are running already")
    expect(start(null).status).toBe("running")
  })
})
