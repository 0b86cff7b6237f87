// Which jobs a list finds, by every filter and whatever lies between them.
import { afterEach, beforeEach, expect, test } from "bun:test"
import type { Claimed } from "../../../src/jobs/job.ts"
import { readNumber } from "../../../src/jobs/numbers.ts"
import type { ListQuery } from "../../../src/jobs/reads.ts"
import {
  createWorld,
  doTurn,
  everyJob,
  insertJob,
  makeClaim,
  makeEnd,
  makeFailure,
  makeFinish,
  makeRequeue,
  makeSubmit,
  NOON,
  newJob,
  newJobId,
  type Row,
  type World,
} from "../../factory.ts"

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world.dispose())

const ANY: ListQuery = { ...everyJob, limit: 100 }

function list(over: Partial<ListQuery> = {}) {
  world.reads.refresh()
  return world.reads.list({ ...ANY, ...over }, NOON)
}

const find = (over: Partial<ListQuery>) => list(over).jobs.map(({ id }) => id)

/** A job that was called twice, the first time in vain. */
function runTwice(costs: [number | null, number | null]): string {
  const job = newJob({ model: "twice" })
  const lane = { provider: "mock", model: "twice", keyChoice: "", owner: "", priority: 1 }
  doTurn(world.store, makeSubmit(job))
  const [first] = doTurn(world.store, makeClaim({ lane, keyId: "k-1" })).jobs
  doTurn(world.store, makeRequeue(first as Claimed, { end: makeEnd({ keyName: "first", cost: costs[0] }) }))
  const [second] = doTurn(world.store, makeClaim({ lane, keyId: "k-2" })).jobs
  const used = { input_tokens: 3, output_tokens: 4 }
  const end = makeEnd({ keyName: "second", upstreamRequestId: "req-9", used, cost: costs[1] })
  doTurn(world.store, makeFinish(second as Claimed, { end }))
  return job.id
}

/** Inserts jobs that are like this one but for their ids, which they get in their order. */
function repeat(row: Row, times: number, over: (n: number) => { originId?: string } = () => ({})): string[] {
  const ids = Array.from({ length: times }, () => newJobId(NOON))
  const numbered = ids.map((id, n) => ({ id, number: readNumber(id), originId: over(n).originId ?? null }))
  const rest = Object.keys(row).filter((column) => !["id", "number", "origin_id"].includes(column))
  world.database
    .query(
      `INSERT INTO jobs (number, id, origin_id, ${rest}) SELECT each.value ->> 'number', each.value ->> 'id', each.value ->> 'originId', ${rest.map((column) => `jobs.${column}`)}
       FROM json_each(?) AS each, jobs WHERE jobs.number = ?`,
    )
    .run(JSON.stringify(numbered), row.number)
  return ids
}

test("a job costs what its attempts have cost together, and shows the key and the usage of the last", () => {
  const [both, one, none] = [runTwice([0.25, 0.5]), runTwice([null, 0.125]), runTwice([null, null])]
  expect(list().jobs.map(({ id, cost }) => ({ id, cost }))).toEqual([
    { id: none, cost: null },
    { id: one, cost: 0.125 },
    { id: both, cost: 0.75 },
  ])
  const usage = '{"input_tokens":3,"output_tokens":4}'
  expect(list().jobs[0]).toMatchObject({ attempt: 2, keyName: "second", upstreamRequestId: "req-9", usage })
  expect(find({ minCost: 0.125 })).toEqual([one, both])
  expect(find({ minCost: 0.75 })).toEqual([both])
  expect(find({ key: { name: "second", ids: [] } })).toEqual([none, one, both])
  expect(find({ key: { name: "first", ids: ["k-1"] } })).toEqual([])
  expect(find({ search: "req-9" })).toEqual([none, one, both])
})

test("the key of a call under way is found by the ids of the keys of its name", () => {
  const { id } = insertJob(world.database, "running", { key_id: "k-1" })
  insertJob(world.database, "running", { key_id: "k-2" })
  insertJob(world.database, "queued")
  expect(find({ key: { name: "main", ids: ["k-1"] } })).toEqual([id])
})

test("an error's code is found in its own place, and not in the words of another member", () => {
  const fail = (error: object) => insertJob(world.database, "failed", { error: JSON.stringify({ error }) }).id
  fail({ code: "other", message: "it says rate_limited" })
  const wanted = fail({ code: "rate_limited", message: "no" })
  insertJob(world.database, "failed", { error: "rate_limited, an error that is no JSON" })
  expect(find({ errorCode: "rate_limited" })).toEqual([wanted])
})

test("a job is found by the beginning of its id however many newer ones there are, by one request of the store", () => {
  const old = insertJob(world.database, "succeeded", { owner: "vk:a", id: newJob({ createdAt: NOON - 86_400_000 }).id })
  repeat(insertJob(world.database, "succeeded", { owner: "vk:b" }), 6000)
  for (const search of [old.id, old.id.slice(0, 8), old.id.slice(0, 13).toUpperCase()]) {
    expect(list({ search })).toMatchObject({ jobs: [{ id: old.id }], next: null })
    expect(list({ search, owners: ["vk:a"] })).toMatchObject({ jobs: [{ id: old.id }], next: null })
    expect(list({ search, owners: ["vk:b"] }).jobs).toEqual([])
  }
})

test("jobs are found by the stored forms of an Idempotency-Key however many newer ones there are, and by every other filter too", () => {
  const insert = (key: string, owner: string) =>
    insertJob(world.database, "succeeded", { owner, idempotency_key: key, body_digest: "digest" }).id
  const [ofA, ofB] = [insert("key of a", "vk:a"), insert("key of b", "vk:b")]
  insert("other key of a", "vk:a")
  repeat(insertJob(world.database, "succeeded", { owner: "vk:a" }), 6000)
  const idempotencyKeys = ["key of a", "key of b", "key of nobody"]
  expect(list({ idempotencyKeys })).toMatchObject({ jobs: [{ id: ofB }, { id: ofA }], next: null })
  expect(list({ idempotencyKeys, limit: 1 })).toMatchObject({ jobs: [{ id: ofB }], next: ofB })
  expect(find({ idempotencyKeys, before: ofB })).toEqual([ofA])
  expect(find({ idempotencyKeys, owners: ["vk:b"] })).toEqual([ofB])
  expect(find({ idempotencyKeys, states: ["failed"] })).toEqual([])
  expect(find({ idempotencyKeys, states: ["succeeded"], search: ofA })).toEqual([ofA])
  expect(find({ idempotencyKeys: [] })).toEqual([])
})

test("a request's id that looks like the beginning of a job's finds its job", () => {
  const requestId = "deadbeef-0000-4000-8000-000000000000"
  const { id } = insertJob(world.database, "queued", { request_id: requestId })
  insertJob(world.database, "queued")
  expect(find({ search: requestId })).toEqual([id])
  expect(find({ search: "deadbeef" })).toEqual([])
})

test("where few jobs match, pages that are not full lead to each of them once", () => {
  const ids = repeat(insertJob(world.database, "succeeded"), 12_000, (n) =>
    n % 4000 === 0 ? { originId: "wanted" } : {},
  )
  const wanted = ids.filter((_, n) => n % 4000 === 0).reverse()
  const found: string[] = []
  let pages = 0
  for (let before: string | null = ANY.before; before !== null; pages++) {
    const page = list({ origin: "wanted", before })
    found.push(...page.jobs.map(({ id }) => id))
    before = page.next
  }
  expect(found).toEqual(wanted)
  expect(pages).toBe(5)
})

test("a failed attempt's usage and cost count as little as they are known", () => {
  const { id } = newJob()
  doTurn(world.store, makeSubmit(newJob({ id })))
  const [job] = doTurn(world.store, makeClaim()).jobs
  doTurn(world.store, makeFailure(job as Claimed, { end: makeEnd({ outcome: "refused", status: 500 }) }))
  expect(list().jobs).toMatchObject([{ id, usage: null, cost: null, keyName: null }])
  expect(find({ minCost: 0 })).toEqual([])
})
