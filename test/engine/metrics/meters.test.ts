// What the meters count. That their counts agree with the database is checked by test/simulation/inspect.ts.
import { expect, test } from "bun:test"
import { createMeters, UNCLASSIFIED, UNCONFIGURED } from "../../../src/engine/metrics/meters.ts"
import { meterStore } from "../../../src/engine/metrics/meterstore.ts"
import type { Results } from "../../../src/jobs/store.ts"
import { answered, createWorld, makeClaim, makeFinish, makeSubmit, NOON, newJob } from "../../factory.ts"

const job = { provider: "mock", requestType: "chat_completion", createdAt: NOON }

test("the changes of a turn count when they are on disk, and not when they are rolled back", () => {
  const meters = createMeters(["mock"])
  meters.accepted(job)
  expect(meters.read().kinds).toEqual([])
  meters.undone()
  meters.committed(1, NOON)
  expect(meters.read()).toMatchObject({ kinds: [], unfinished: [], commits: { failed: 1, took: { sum: 0 } } })
  meters.accepted(job)
  meters.committed(1, NOON)
  expect(meters.read().kinds).toMatchObject([{ provider: "mock", type: "chat_completion", accepted: 1 }])
  expect(meters.read().unfinished).toEqual([
    { provider: "mock", type: "chat_completion", queued: 1, running: 0, waiting: 0 },
  ])
})

test("a transaction that changed no job is no commit; any other counts its changes and its time once", () => {
  const meters = createMeters(["mock"])
  meters.reaped(NOON)
  meters.committed(1, NOON)
  expect(meters.read().commits.took.counts.every((count) => count === 0)).toBe(true)
  meters.accepted(job)
  meters.started(job, "queued", 3)
  meters.pruned(40)
  meters.committed(0.5, NOON)
  const { took, changes } = meters.read().commits
  expect([took.sum, changes.sum]).toEqual([0.0005, 42])
  expect(took.counts.reduce((sum, count) => sum + count)).toBe(1)
})

test("a value counts once: where it is not above the bound, or last of all", () => {
  const meters = createMeters(["mock"])
  const [{ bounds } = { bounds: [] }] = [meters.read().commits.took]
  expect(bounds.toSorted((a, b) => a - b)).toEqual([...bounds])
  for (const seconds of [...bounds, 1000]) {
    meters.accepted(job)
    meters.committed(seconds * 1000, NOON)
  }
  expect(meters.read().commits.took.counts).toEqual([...bounds, 1000].map(() => 1))
})

test("providers that are not configured are one, whatever they are called", () => {
  const meters = createMeters(["mock"])
  for (const provider of ["gone", "forgotten", "mock"]) meters.accepted({ ...job, provider })
  meters.committed(1, NOON)
  expect(meters.read().kinds.map(({ provider, accepted }) => [provider, accepted])).toEqual([
    [UNCONFIGURED, 2],
    ["mock", 1],
  ])
})

test("an answer counts as upstream latency; a lost answer and the poll of an upstream job do not", () => {
  const meters = createMeters(["mock"])
  const called = { ...job, providerState: null }
  meters.answered(called, answered(), 20)
  meters.answered(called, { kind: "unreached", reason: "timeout", message: "" }, 1000)
  meters.answered({ ...called, providerState: "{}" }, answered(), 5)
  expect(meters.read().kinds.map(({ upstream }) => upstream.sum)).toEqual([0.02])
})

test("too many queued jobs share one type until their end; later jobs have their own", async () => {
  const world = createWorld()
  try {
    world.database.run(
      `INSERT INTO jobs (number, id, request_id, request_type, owner, provider, model, state, priority, key_choice, attempt, failures,
         losses, crashes, created_at, run_at, deadline_at, ttl_ms)
       WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 50001)
       SELECT 1000000 + n, printf('%012x-%d', ?1, n), 'r', 'chat_completion', '', 'mock', 'echo', 'queued', 1, '', 0, 0, 0, 0,
         ?1, ?1, ?1 + 1000000, 1000 FROM numbers`,
      [NOON],
    )
    const meters = createMeters(["mock"])
    const store = meterStore(world.store, meters, () => 0)
    store.remains()
    const [claimed] = (await store.turn(NOON, [makeClaim()])) as [Results["claim"]]
    await store.turn(NOON + 1, [
      ...claimed.jobs.map((job) => makeFinish(job)),
      makeSubmit(newJob({ createdAt: NOON + 1 })),
    ])
    const { unfinished, kinds } = meters.read()
    expect(unfinished).toEqual([
      { provider: "mock", type: UNCLASSIFIED, queued: 50_000, running: 0, waiting: 0 },
      { provider: "mock", type: "chat_completion", queued: 1, running: 0, waiting: 0 },
    ])
    expect(kinds.map(({ type, accepted, ended }) => [type, accepted, ended.succeeded])).toEqual([
      ["chat_completion", 1, 1],
    ])
  } finally {
    world.dispose()
  }
})
