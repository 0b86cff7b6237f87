// The usage of a day: one row for all that is alike, however many turns end it, and bounded whatever callers send.
import { afterEach, beforeEach, expect, test } from "bun:test"
import { type AttemptEnd, type Claimed, countDays } from "../../../src/jobs/job.ts"
import { createStore } from "../../../src/jobs/sqlite/sqlitestore.ts"
import {
  claimedFrom,
  createWorld,
  insertJob,
  makeEnd,
  makeFinish,
  makeRequeue,
  makeSubmit,
  NOON,
  newJob,
  type Row,
  type World,
} from "../../factory.ts"

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world.dispose())

const running = (over: Partial<Row> = {}): Claimed => claimedFrom(insertJob(world.database, "running", over))
const finish = (over: Partial<Row>, end: Partial<AttemptEnd> = {}) => makeFinish(running(over), { end: makeEnd(end) })
const rows = () =>
  world.database.query<Record<string, unknown>, []>("SELECT * FROM usage_daily ORDER BY 1, 2, 3, 4, 5, 6").all()
const used = { input_tokens: 3, output_tokens: 4 }

test("all ends of a turn that are alike are one row, and those of later turns are added to it", () => {
  const end = { used, cost: 0.25, keyName: "main" }
  world.store.turn(NOON, [
    finish({ owner: "vk:a" }, end),
    finish({ owner: "vk:a" }, end),
    finish({ owner: "vk:a" }, { ...end, cost: null }),
  ])
  world.store.turn(NOON, [
    makeRequeue(running({ owner: "vk:a" }), { end: makeEnd({ ...end, outcome: "refused", cost: null }) }),
  ])
  expect(rows()).toEqual([
    {
      day: countDays(NOON),
      owner: "vk:a",
      provider: "mock",
      model: "echo",
      request_type: "chat_completion",
      key_name: "main",
      calls: 4,
      input_tokens: 12,
      output_tokens: 16,
      cost: 0.5,
      // A refused call is billed by nobody.
      calls_without_cost: 1,
    },
  ])
})

test("a provider that reports more tokens than a whole number of SQLite can be stops neither submits nor the report", () => {
  const much = { used: { input_tokens: 9e18, output_tokens: 0 }, cost: 0.25 }
  world.store.turn(NOON, [finish({ owner: "vk:a" }, much), finish({ owner: "vk:a", model: "m" }, much)])
  const allowances = [{ since: countDays(NOON), tokens: 1 }]
  expect(world.store.turn(NOON, [makeSubmit(newJob({ owner: "vk:a" }), { allowances })])).toMatchObject([
    { kind: "overBudget", spent: { tokens: 18e18, cost: 0.5 } },
  ])
  const day = countDays(NOON)
  const query = { owners: null, from: day, to: day, by: new Set(["owner"] as const), limit: 10 }
  expect(world.reads.usage(query)).toMatchObject([{ owner: "vk:a", calls: 2, inputTokens: 18e18 }])
})

test("what differs in its day, owner, model, type or key has a row of its own", () => {
  const ends = [
    finish({}),
    finish({ owner: "vk:a" }),
    finish({ model: "m" }),
    finish({ request_type: "speech" }),
    finish({}, { keyName: "k" }),
  ]
  world.store.turn(NOON, ends)
  world.store.turn(NOON + 86_400_000, [finish({})])
  expect(rows()).toHaveLength(6)
})

test("a turn that is rolled back counts nothing, neither in the table nor for a budget", () => {
  const allowances = [{ since: countDays(NOON), tokens: 1 }]
  const submit = (job = newJob({ owner: "vk:a" })) => makeSubmit(job, { allowances })
  expect(world.store.turn(NOON, [submit()])).toEqual([{ kind: "queued" }])
  const twice = newJob()
  const end = finish({ owner: "vk:a" }, { used })
  expect(() => world.store.turn(NOON, [end, makeSubmit(twice), makeSubmit(twice)])).toThrow()
  expect(rows()).toEqual([])
  expect(world.store.turn(NOON, [submit()])).toEqual([{ kind: "queued" }])
  // Behind the end of the same turn it counts, and from then on.
  const spent = { tokens: 7, cost: 0 }
  expect(world.store.turn(NOON, [end, submit()])).toEqual([true, { kind: "overBudget", allowance: 0, spent }])
  expect(world.store.turn(NOON, [submit()])).toEqual([{ kind: "overBudget", allowance: 0, spent }])
  expect(createStore(world.database).turn(NOON, [submit()])).toEqual([{ kind: "overBudget", allowance: 0, spent }])
})

test("an owner has a hundred models a day, and all others together are one; so it goes on after a restart", () => {
  const names = Array.from({ length: 150 }, (_, n) => `model-${n}`)
  world.store.turn(
    NOON,
    names.map((model) => finish({ owner: "vk:a", model })),
  )
  world.store.turn(NOON, [finish({ owner: "vk:b", model: "model-149" })])
  createStore(world.database).turn(NOON, [
    finish({ owner: "vk:a", model: "new" }),
    finish({ owner: "vk:a", model: "model-0" }),
  ])
  const calls = new Map(rows().map(({ owner, model, calls }) => [`${owner} ${model}`, calls]))
  expect(calls.size).toBe(102)
  expect(calls.get("vk:a other")).toBe(51)
  expect(calls.get("vk:a model-0")).toBe(2)
  expect(calls.get("vk:b model-149")).toBe(1)
  world.store.turn(NOON + 86_400_000, [finish({ owner: "vk:a", model: "new" })])
  expect(rows().at(-1)).toMatchObject({ day: countDays(NOON) + 1, model: "new" })
})

test("a thousand callers with keys of their own have rows of their own a day, and all others together have one", () => {
  const owners = Array.from({ length: 1010 }, (_, n) => `key:${String(n).padStart(64, "0")}`)
  world.store.turn(
    NOON,
    owners.map((owner) => finish({ owner })),
  )
  world.store.turn(NOON, [finish({ owner: "vk:late" }), finish({ owner: "" })])
  const owned = new Map(rows().map(({ owner, calls }) => [owner, calls]))
  expect(owned.size).toBe(1003)
  expect(owned.get("key:other")).toBe(10)
  expect(owned.get("vk:late")).toBe(1)
})
