// Files and batches in the store: what is counted of a batch's jobs, and that a line becomes one job.
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { type Batch, makeBatchId, makeFileId, REMOVED, readJobId, type StoredFile } from "../../../src/batches/batch.ts"
import type { Claimed, NewJob } from "../../../src/jobs/job.ts"
import { readNumber } from "../../../src/jobs/numbers.ts"
import {
  createWorld,
  doTurn,
  everyJob,
  makeClaim,
  makeEnd,
  makeFailure,
  makeFinish,
  makeRemove,
  makeRequeue,
  makeSubmit,
  NOON,
  newJob,
  newJobId,
  type World,
} from "../../factory.ts"

const DAY_MS = 86_400_000
const ERROR = '{"error":{"message":"no"}}'

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world.dispose())

function makeFile(over: Partial<StoredFile> = {}): StoredFile {
  const id = newJobId(NOON)
  const names = { number: readNumber(id), id: makeFileId(id), owner: "", filename: "in.jsonl", purpose: "batch" }
  return { ...names, bytes: 10, createdAt: NOON, expiresAt: null, ...over }
}

function makeBatch(over: Partial<Batch> = {}): Batch {
  const id = newJobId(NOON)
  const none = { errors: null, total: null, outputFile: null, errorFile: null, metadata: null }
  const times = { inProgressAt: null, finalizingAt: null, completedAt: null, failedAt: null, expiredAt: null }
  return {
    ...{ number: readNumber(id), id: makeBatchId(id), owner: "", sealed: new Uint8Array([1]) },
    ...{ url: "/v1/chat/completions", requestType: "chat_completion", inputFile: "file-x", window: "24h" },
    ...{ expiresAt: NOON + DAY_MS, outputTtlMs: 30 * DAY_MS, status: "validating", createdAt: NOON },
    ...{ taken: 0, completed: 0, failed: 0, inputTokens: 0, outputTokens: 0, cost: 0, callsWithoutCost: 0 },
    ...{ cancellingAt: null, cancelledAt: null },
    ...none,
    ...times,
    ...over,
  }
}

function createBatch(over: Partial<Batch> = {}): Batch {
  const file = makeFile()
  if (over.inputFile === undefined) doTurn(world.store, { kind: "saveFile", file })
  const batch = makeBatch({ inputFile: file.id, ...over })
  expect(doTurn(world.store, { kind: "createBatch", batch })).toBe(true)
  return batch
}

function read({ id }: Batch): Batch {
  world.reads.refresh()
  return world.reads.batch(id) as Batch
}

const submitLine = ({ number }: Batch, batchLine: number, over: Partial<NewJob> = {}): NewJob => {
  const job = newJob({ batch: number, batchLine, ...over })
  doTurn(world.store, makeSubmit(job))
  return job
}

const lane = { provider: "mock", model: "echo", keyChoice: "", owner: "", priority: 1 }
const claim = (limit = 10, of = lane): Claimed[] => doTurn(world.store, makeClaim({ lane: of, limit })).jobs

describe("the jobs of a batch", () => {
  test("are counted when they are stored and when they end, with what they used, in the same commits", () => {
    const batch = createBatch({ status: "in_progress" })
    for (const line of [1, 2, 3]) submitLine(batch, line)
    expect(read(batch)).toMatchObject({ taken: 3, completed: 0, failed: 0 })
    const [first, second, third] = claim() as [Claimed, Claimed, Claimed]
    const used = { input_tokens: 3, output_tokens: 4 }
    doTurn(world.store, makeFinish(first, { end: makeEnd({ used }) }))
    doTurn(world.store, makeFailure(second, { end: makeEnd({ used }) }))
    doTurn(world.store, { kind: "cancel", jobs: [{ id: third.id, end: makeEnd() }] })
    // The fence: an end that comes twice counts once.
    doTurn(world.store, makeFinish(first, { end: makeEnd({ used }) }))
    expect(read(batch)).toMatchObject({ taken: 3, completed: 1, failed: 2, inputTokens: 6, outputTokens: 8 })
  })

  test("are counted with what each of their attempts has cost, with retries and fallbacks, also once they are deleted", () => {
    const batch = createBatch({ status: "in_progress" })
    const jobs = [1, 2, 3].map((line) => submitLine(batch, line))
    const [first, second, third] = claim() as [Claimed, Claimed, Claimed]
    const used = { input_tokens: 3, output_tokens: 4 }
    const retry = makeRequeue(first, { end: makeEnd({ cost: 0.25, used }) })
    doTurn(world.store, retry)
    // The fence: an attempt that ends twice counts once.
    doTurn(world.store, retry)
    const next = { provider: "mock", model: "other" }
    doTurn(
      world.store,
      makeRequeue(second, { end: makeEnd({ cost: 0.5 }), fallback: { next, keepsSecret: true, error: "{}" } }),
    )
    const again = [...claim(), ...claim(10, { ...lane, model: "other" })]
    for (const job of again) doTurn(world.store, makeFinish(job, { end: makeEnd({ cost: 1, used }) }))
    // One that may have been billed, and one for which nobody pays.
    doTurn(world.store, makeRequeue(third, { end: makeEnd({ outcome: "network" }) }))
    const [fourth] = claim() as [Claimed]
    doTurn(world.store, makeFailure(fourth, { end: makeEnd({ outcome: "refused" }) }))
    const spent = { cost: 2.75, callsWithoutCost: 1, inputTokens: 9, outputTokens: 12 }
    expect(read(batch)).toMatchObject({ completed: 2, failed: 1, ...spent })
    const listed = world.reads.list({ ...everyJob, batch: batch.id, limit: 10 }, NOON).jobs
    expect(listed.reduce((sum, { cost }) => sum + (cost ?? 0), 0)).toBe(spent.cost)
    doTurn(world.store, makeRemove(jobs.map(({ id }) => id)))
    expect(read(batch)).toMatchObject({ completed: 2, failed: 1, ...spent })
  })

  test("leave the cost unknown of a batch that was stored before costs were counted", () => {
    const batch = createBatch({ status: "in_progress", cost: null })
    submitLine(batch, 1)
    doTurn(world.store, makeFinish(claim()[0] as Claimed, { end: makeEnd({ cost: 1 }) }))
    expect(read(batch)).toMatchObject({ completed: 1, cost: null })
  })

  test("count as failed where they are deleted before their end, queued or running, and once", () => {
    const batch = createBatch({ status: "in_progress" })
    const [queued, running, ended] = [
      submitLine(batch, 1, { model: "later" }),
      submitLine(batch, 2),
      submitLine(batch, 3),
    ]
    const claimed = claim()
    doTurn(world.store, makeFinish(claimed.find(({ id }) => id === ended.id) as Claimed))
    doTurn(world.store, makeRemove([queued.id, running.id, ended.id]))
    expect(read(batch)).toMatchObject({ taken: 3, completed: 1, failed: 2 })
    // Each leaves a record of its line, by which it is neither run again nor missing in the results.
    expect(world.reads.batchRefusals(batch.number, 1, 9)).toEqual(
      [1, 2, 3].map((line) => ({ line, statusCode: REMOVED, error: "null" })),
    )
  })

  test("leave no record where they are deleted after the end of their batch", () => {
    const batch = createBatch({ status: "in_progress" })
    const job = submitLine(batch, 1)
    doTurn(world.store, makeFinish(claim()[0] as Claimed))
    doTurn(world.store, { kind: "moveBatch", number: batch.number, from: ["in_progress"], to: "completed" })
    doTurn(world.store, makeRemove([job.id]))
    world.reads.refresh()
    expect(world.reads.batchRefusals(batch.number, 1, 9)).toEqual([])
  })

  test("are found by their batch in lists", () => {
    const [batch, other] = [createBatch({ status: "in_progress" }), createBatch({ status: "in_progress" })]
    doTurn(world.store, makeSubmit(newJob()))
    const jobs = [1, 2].map((line) => submitLine(batch, line).id)
    submitLine(other, 1)
    world.reads.refresh()
    const list = (id: string) => world.reads.list({ ...everyJob, batch: id, limit: 10 }, NOON).jobs
    expect(list(batch.id).map(({ id, batchId }) => [id, batchId])).toEqual(
      jobs.reverse().map((id) => [id, batch.id] as const) as never,
    )
    expect(list(makeBatchId(newJobId(NOON)))).toEqual([])
  })

  test("know their batch and their line, and others that they belong to none", () => {
    const batch = createBatch({ status: "in_progress" })
    const [job, alone] = [submitLine(batch, 7), newJob()]
    doTurn(world.store, makeSubmit(alone))
    world.reads.refresh()
    expect(world.reads.lineOf(job.id)).toEqual({ batchId: batch.id, line: 7 })
    expect(world.reads.lineOf(alone.id)).toBeNull()
  })

  test("are one for each line: the second of a line is refused by the store, and nothing of its turn is kept", () => {
    const batch = createBatch({ status: "in_progress" })
    submitLine(batch, 1)
    const twice = [newJob({ batch: batch.number, batchLine: 2 }), newJob({ batch: batch.number, batchLine: 1 })]
    expect(() =>
      world.store.turn(
        NOON,
        twice.map((job) => makeSubmit(job)),
      ),
    ).toThrow()
    expect(read(batch).taken).toBe(1)
    expect(world.reads.batchJobs(batch.number, 1, 10).map(({ line }) => line)).toEqual([1])
  })

  test("are read in the order of their lines, and others are not", () => {
    const batch = createBatch({ status: "in_progress" })
    const other = createBatch({ status: "in_progress" })
    submitLine(other, 1, { model: "later" })
    const jobs = [3, 1, 2].map((line) => submitLine(batch, line))
    const [first] = claim(1) as [Claimed]
    doTurn(world.store, makeFailure(first, { statusCode: 429, error: ERROR }))
    world.reads.refresh()
    const rows = world.reads.batchJobs(batch.number, 1, 3)
    expect(rows.map(({ line, id }) => [line, id])).toEqual([
      [1, jobs[1]?.id],
      [2, jobs[2]?.id],
    ] as never)
    expect(world.reads.batchJobs(batch.number, 3, 4)[0]).toMatchObject({
      state: "failed",
      statusCode: 429,
      error: ERROR,
    })
  })

  test("expire at a time that is set for all of them, and never later than before", () => {
    const batch = createBatch({ status: "in_progress" })
    const job = submitLine(batch, 1, { ttlMs: 10 * DAY_MS })
    doTurn(world.store, makeFinish(claim()[0] as Claimed))
    const expire = (at: number) =>
      doTurn(world.store, { kind: "expireBatchJobs", batch: batch.number, from: 1, to: 2, at })
    expire(NOON + 1000)
    expire(NOON + 2000)
    world.reads.refresh()
    expect(world.reads.job(job.id, NOON + 999)?.expiresAt).toBe(NOON + 1000)
  })
})

describe("a batch", () => {
  test("moves only from the statuses that the move names, and remembers when", () => {
    const batch = createBatch()
    const move = (from: Batch["status"][], to: Batch["status"], now: number, over: object = {}) =>
      doTurn(world.store, { kind: "moveBatch", number: batch.number, from, to, ...over }, now)
    expect(move(["in_progress"], "finalizing", NOON)).toBe(false)
    expect(move(["validating"], "in_progress", NOON + 1, { total: 2 })).toBe(true)
    expect(move(["in_progress"], "cancelling", NOON + 2)).toBe(true)
    expect(move(["in_progress"], "finalizing", NOON + 3)).toBe(false)
    const output = makeFile({ purpose: "batch_output" })
    expect(move(["cancelling"], "cancelled", NOON + 4, { files: [output], outputFile: output.id })).toBe(true)
    expect(read(batch)).toMatchObject({
      ...{ status: "cancelled", total: 2, outputFile: output.id, errorFile: null, sealed: null },
      ...{
        inProgressAt: NOON + 1,
        finalizingAt: null,
        cancellingAt: NOON + 2,
        cancelledAt: NOON + 4,
        completedAt: null,
      },
    })
    expect(world.reads.file(output.id, NOON)).toEqual(output)
    expect(world.reads.unfinishedBatches()).toEqual([])
  })

  test("records the refusal of a line once, and goes on behind it", () => {
    const batch = createBatch({ status: "in_progress" })
    const refuse = (line: number) =>
      doTurn(world.store, { kind: "refuseLine", batch: batch.number, line, statusCode: 400, error: ERROR })
    refuse(1)
    refuse(1)
    refuse(2)
    expect(read(batch)).toMatchObject({ taken: 2, failed: 2, completed: 0 })
    expect(world.reads.batchRefusals(batch.number, 2, 10)).toEqual([{ line: 2, statusCode: 400, error: ERROR }])
  })

  test("is listed for its owners, the newest first, page by page", () => {
    const [first, second, foreign] = [createBatch({ owner: "vk:a" }), createBatch(), createBatch({ owner: "vk:b" })]
    world.reads.refresh()
    const list = (owners: string[] | null, after: string | null, limit = 10) =>
      world.reads.batches({ owners, after, limit }).map(({ id }) => id)
    expect(list(null, null)).toEqual([foreign.id, second.id, first.id])
    expect(list(["vk:a", ""], null)).toEqual([second.id, first.id])
    expect(list(null, second.id, 1)).toEqual([first.id])
    expect(world.reads.batch("batch_nothing")).toBeNull()
  })

  test("is deleted with its refusals 30 days after its end, and not before", () => {
    const batch = createBatch({ status: "in_progress" })
    doTurn(world.store, { kind: "refuseLine", batch: batch.number, line: 1, statusCode: 400, error: ERROR })
    doTurn(world.store, { kind: "moveBatch", number: batch.number, from: ["in_progress"], to: "completed" })
    const prune = (now: number) => doTurn(world.store, { kind: "pruneFiles", limit: 10 }, now)
    prune(NOON + 30 * DAY_MS)
    expect(read(batch)).not.toBeNull()
    prune(NOON + 30 * DAY_MS + 1)
    expect(read(batch)).toBeNull()
    expect(world.reads.batchRefusals(batch.number, 1, 10)).toEqual([])
  })
})

describe("a file", () => {
  test("is found by its id until it expires, and deleted then, unless an unfinished batch reads it", () => {
    const [kept, gone, input] = [
      makeFile(),
      makeFile({ expiresAt: NOON + 1000 }),
      makeFile({ expiresAt: NOON + 1000 }),
    ] as const
    for (const file of [kept, gone, input]) doTurn(world.store, { kind: "saveFile", file })
    const batch = createBatch({ inputFile: input.id })
    expect(doTurn(world.store, { kind: "removeFile", number: input.number })).toBe(false)
    expect(doTurn(world.store, { kind: "createBatch", batch: makeBatch({ inputFile: makeFile().id }) })).toBe(false)
    const prune = (now: number) => doTurn(world.store, { kind: "pruneFiles", limit: 10 }, now)
    expect(prune(NOON + 999)).toEqual([])
    world.reads.refresh()
    expect(world.reads.file(gone.id, NOON + 999)).toEqual(gone)
    expect(world.reads.file(gone.id, NOON + 1000)).toBeNull()
    expect(prune(NOON + 1000)).toEqual([gone.id])
    doTurn(world.store, { kind: "moveBatch", number: batch.number, from: ["validating"], to: "failed" })
    expect(prune(NOON + 1000)).toEqual([input.id])
    world.reads.refresh()
    expect(world.reads.fileIds()).toEqual([kept.id])
    expect(doTurn(world.store, { kind: "removeFile", number: kept.number })).toBe(true)
    expect(doTurn(world.store, { kind: "removeFile", number: kept.number })).toBe(false)
  })

  test("is listed by owner and purpose, in either order, page by page", () => {
    const owned = [makeFile(), makeFile({ purpose: "vision" }), makeFile(), makeFile({ owner: "vk:a" })] as const
    for (const file of owned) doTurn(world.store, { kind: "saveFile", file })
    world.reads.refresh()
    const list = (over: object) =>
      world.reads
        .files({ owners: [""], purpose: null, order: "desc", after: null, limit: 10, ...over }, NOON)
        .map(({ id }) => owned.findIndex((file) => file.id === id))
    expect(list({})).toEqual([2, 1, 0])
    expect(list({ order: "asc", limit: 2 })).toEqual([0, 1])
    expect(list({ order: "asc", after: owned[1].id })).toEqual([2])
    expect(list({ after: owned[1].id })).toEqual([0])
    expect(list({ purpose: "batch", owners: null })).toEqual([3, 2, 0])
  })

  test("has an id that names its number, as a batch has", () => {
    const id = newJobId(NOON)
    expect(readJobId(makeFileId(id))).toBe(id)
    expect(readJobId(makeBatchId(id))).toBe(id)
    expect(readJobId(`file-${id}`)).toBeNull()
  })
})

test("a turn that is rolled back has counted nothing", () => {
  const batch = createBatch({ status: "in_progress" })
  expect(() =>
    world.store.turn(NOON, [makeSubmit(newJob({ batch: batch.number, batchLine: 5 })), { kind: "createBatch", batch }]),
  ).toThrow()
  submitLine(batch, 1)
  expect(read(batch).taken).toBe(1)
})
