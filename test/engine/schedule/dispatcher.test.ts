import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import type { Outcome } from "../../../src/call.ts"
import { createDispatcher, type Dispatcher } from "../../../src/engine/schedule/dispatcher.ts"
import type { Claimed, NewJob } from "../../../src/jobs/job.ts"
import type { Change } from "../../../src/jobs/store.ts"
import { StoreError } from "../../../src/jobs/storeerror.ts"
import { callerKeyChoice, pinnedTo } from "../../../src/providers/keys.ts"
import type { ProviderSettings } from "../../../src/providers/provider.ts"
import {
  answered,
  createWorld,
  doTurn,
  insertJob,
  limitedTo,
  makeEnd,
  makeFinish,
  makeKey,
  makeLane,
  makeProvider,
  makeRemove,
  makeRequeue,
  makeSubmit,
  NOON,
  newJob,
  refused,
  type World,
} from "../../factory.ts"
import { createRandom } from "../../random.ts"

const NEVER = Number.POSITIVE_INFINITY
const IDLE_TURNS_MAX = 5

let world: World
let dispatcher: Dispatcher
let now: number
beforeEach(() => {
  world = createWorld()
  now = NOON
})
afterEach(() => world.dispose())

function start(providers: Partial<ProviderSettings>[] = [{}], caps: Record<string, number> = {}): void {
  dispatcher = createDispatcher(providers.map(makeProvider), caps, createRandom(1))
  dispatcher.recount(world.store.queued())
}

/** Submits a job as the engine does. */
function put(over: Partial<NewJob> = {}): string {
  return putMany(1, over)[0] ?? ""
}

/** Submits so many in one turn. */
function putMany(count: number, over: Partial<NewJob> = {}): string[] {
  const jobs = Array.from({ length: count }, () => newJob({ createdAt: now, ...over }))
  for (const job of jobs) dispatcher.queued(job, job.createdAt, now)
  expect(store(jobs.map((job) => makeSubmit(job)))).toEqual([])
  return jobs.map(({ id }) => id)
}

/** Stores these changes without the dispatcher's claims. */
function store(changes: readonly Change[], started: readonly Claimed[] = []): Claimed[] {
  world.store.turn(now, changes)
  return dispatcher.settle([], started, now)
}

/** Stores the dispatcher's claims, and returns the jobs that start. */
function claim(): Claimed[] {
  return dispatcher.settle(world.store.turn(now, dispatcher.claim(now)), [], now)
}

/** A turn that the store rolls back, with these changes and the dispatcher's claims. */
function failTurn(...changes: Change[]): void {
  const there = newJob()
  const all = [...changes, ...dispatcher.claim(now), makeSubmit(there), makeSubmit(there)]
  expect(() => world.store.turn(now, all)).toThrow(StoreError)
  dispatcher.rollBack(now)
}

/** Runs turns until one starts jobs, and returns these; none where time must pass first. */
function turn(): Claimed[] {
  for (let idle = 0; ; idle++) {
    const claimed = claim()
    if (claimed.length > 0 || dispatcher.nextAt() > now) return claimed
    // A turn may find that a lane's jobs are gone. Their slots are free for others in the next turn.
    expect(idle).toBeLessThan(IDLE_TURNS_MAX)
  }
}

/** Runs turns until no more jobs start. */
function turns(): Claimed[] {
  const all: Claimed[] = []
  for (let some = turn(); some.length > 0; some = turn()) all.push(...some)
  return all
}

/** Ends a call as the engine does, except that every job without success is queued again. */
function finish(job: Claimed | undefined, outcome: Outcome = answered()): void {
  if (!job) throw new Error("there is no such job")
  const closed = dispatcher.learn(job, outcome, job.startedAt, now)
  const keyChoice = outcome.kind === "refused" && outcome.isKeyRefused ? dispatcher.choiceWithout(job) : job.keyChoice
  dispatcher.releaseSlots(job)
  const end = makeEnd({ closed })
  if (outcome.kind === "answered" || keyChoice === null) {
    store([makeFinish(job, { end })])
    return
  }
  dispatcher.queued({ ...job, keyChoice }, job.runAt, now)
  expect(doTurn(world.store, makeRequeue(job, { end, keyChoice }), now)).toBe(true)
  dispatcher.settle([], [], now)
}

function removeAll(): void {
  world.store.turn(
    now,
    world.rows().map(({ id }) => makeRemove([id])),
  )
}

/** Removes a queued job. */
function leave(id: string): void {
  const [left] = doTurn(world.store, makeRemove([id]), now).left
  if (left?.state !== "queued") throw new Error(`the job is ${left?.state}`)
  dispatcher.dequeued(left.job)
}

const tooMany = (retryAfterMs: number | null, over: Parameters<typeof refused>[1] = {}) =>
  refused(429, { retryAfterMs, ...over })
const listIds = (jobs: Claimed[]) => jobs.map(({ id }) => id).sort()
/** How many of each. */
function tally<T>(items: T[]): Map<T, number> {
  const counts = new Map<T, number>()
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
  return counts
}

describe("a job that comes", () => {
  /** Submits a job as the engine does where it may start at once; the job, if it did. */
  function come(over: Partial<NewJob> = {}): Claimed | null {
    const job = newJob({ createdAt: now, ...over })
    const start = dispatcher.tryStart(job, now)
    if (start === null) dispatcher.queued(job, job.createdAt, now)
    const result = doTurn(world.store, makeSubmit(job, { start }), now)
    expect(result.kind).toBe(start === null ? "queued" : "started")
    if (result.kind !== "started") {
      expect(dispatcher.settle([], [], now)).toEqual([])
      return null
    }
    dispatcher.started(job.id, true, now)
    expect(dispatcher.settle([], [result.job], now)).toEqual([result.job])
    return result.job
  }

  test("starts at once, as if it had been queued and claimed, where a key and a slot are free and nothing waits", () => {
    start([{ keys: [makeKey("main")] }])
    const id = put()
    const [claimed] = turns()
    const started = come({ requestId: "request-2" })
    expect(started).toEqual({
      ...(claimed as Claimed),
      number: (claimed?.number ?? 0) + 1,
      id: started?.id ?? "",
      requestId: "request-2",
    })
    const { number, id: _, request_id, ...row } = world.row(id) ?? {}
    expect(world.row(started?.id ?? "")).toMatchObject(row)
    expect(world.body(started?.id ?? "", "request")).toBe(world.body(id, "request"))
  })

  test("waits while another waits: of its lane, or of another lane of its provider", () => {
    start([{ concurrency: 2 }, { name: "other" }])
    put({ owner: "vk:a" })
    expect(come()).toBeNull()
    expect(come({ owner: "vk:b", priority: 2 })).toBeNull()
    expect(come({ provider: "other" })).not.toBeNull()
  })

  test("waits for a slot of its provider, of its key and of its caller", () => {
    start([{ concurrency: 1 }, { name: "keyed", keys: [makeKey("main", { concurrency: 1 })] }, { name: "other" }], {
      "vk:a": 1,
    })
    expect(come()).not.toBeNull()
    expect(come()).toBeNull()
    expect(come({ provider: "keyed" })).not.toBeNull()
    expect(come({ provider: "keyed" })).toBeNull()
    expect(come({ provider: "other", owner: "vk:a" })).not.toBeNull()
    expect(come({ provider: "other", owner: "vk:a" })).toBeNull()
  })

  test("waits for a quota that is closed, and starts although others wait for one", () => {
    start()
    put()
    finish(turns()[0], tooMany(20_000))
    expect(turns()).toEqual([])
    expect(come()).toBeNull()
    expect(turns()).toEqual([])
    expect(come({ model: "other" })).not.toBeNull()
  })

  const paced = { provider: "mock", keyId: "a", model: "echo", closedUntil: NOON, spacingMs: 500 }
  const scarce: [Partial<ProviderSettings>, Record<string, number>] = [
    { concurrency: 1, keys: [makeKey("a", { concurrency: 1 })] },
    { "vk:a": 1 },
  ]

  /** A job that has all slots until its turn is settled. */
  function tryToCome(): NewJob {
    const job = newJob({ createdAt: now, owner: "vk:a" })
    expect(dispatcher.tryStart(job, now)?.keyId).toBe("a")
    expect(dispatcher.tryStart(newJob({ createdAt: now, owner: "vk:a" }), now)).toBeNull()
    return job
  }

  test("gives back its slots when its turn is rolled back", () => {
    start([scarce[0]], scarce[1])
    dispatcher.restore([{ ...paced, closedUntil: NOON - 1000 }], NOON - 1000)
    tryToCome()
    dispatcher.rollBack(now)
    expect(turns()).toEqual([])
    expect(come({ owner: "vk:a" })).not.toBeNull()
  })

  test("gives back its slots when its turn is stored without it, because an earlier job has its Idempotency-Key", () => {
    start([scarce[0]], scarce[1])
    dispatcher.restore([{ ...paced, closedUntil: NOON - 1000 }], NOON - 1000)
    const job = tryToCome()
    dispatcher.started(job.id, false, now)
    expect(dispatcher.settle([], [], now)).toEqual([])
    expect(come({ owner: "vk:a" })).not.toBeNull()
  })

  test("has its slots until its turn is settled, and jobs that wait for them start when it gives them back", () => {
    start([scarce[0]], scarce[1])
    expect(turns()).toEqual([])
    const job = tryToCome()
    dispatcher.queued(newJob({ createdAt: now, owner: "vk:b" }), now, now)
    world.store.turn(now, [makeSubmit(newJob({ createdAt: now, owner: "vk:b" }))])
    expect(dispatcher.claim(now)).toEqual([])
    dispatcher.started(job.id, false, now)
    dispatcher.settle([], [], now)
    expect(turns().map(({ owner }) => owner)).toEqual(["vk:b"])
  })
})

describe("a quota that is closed", () => {
  test("holds back all jobs of its key and model, and no others", () => {
    start([{}, { name: "other" }])
    put()
    const [first] = turns()
    finish(first, tooMany(20_000))
    const held = [first?.id ?? "", put(), put({ owner: "vk:a" }), put({ priority: 2 })]
    const others = [put({ model: "other" }), put({ provider: "other" }), put({ keyChoice: callerKeyChoice("0f") })]
    expect(listIds(turns())).toEqual(others.sort())
    expect(dispatcher.nextAt()).toBe(NOON + 20_000)
    expect(dispatcher.opensAt(makeLane(), now)).toBe(NOON + 20_000)
    now += 19_999
    expect(turns()).toEqual([])
    now += 40_000
    expect(listIds(turns())).toEqual(held.sort())
  })

  test("opens slowly: one call, then as many as may be in flight, and one more for each that ends", () => {
    start()
    putMany(40)
    const out = turns()
    finish(out[0], tooMany(5000))
    for (const job of out.slice(1)) finish(job, tooMany(5000))
    now += 5000
    const counts: number[] = []
    let calls: Claimed[] = []
    for (let second = 0; second < 4; second++) {
      const more = turns()
      calls.push(...more)
      counts.push(calls.length)
      expect(dispatcher.nextAt()).toBe(NOON + 5000 + (second + 1) * 1000)
      now += 1000
    }
    expect(counts).toEqual([1, 2, 4, 8])
    calls = [...calls, ...turns()]
    expect(calls).toHaveLength(16)
    finish(calls[0])
    expect(turns()).toHaveLength(1)
    now = NOON + 15_000
    expect(turns()).toHaveLength(23)
  })

  test("lets its jobs start at the rate that the provider reports", () => {
    start()
    putMany(10)
    const out = turns()
    for (const job of out) finish(job, tooMany(1000, { upstream: limitedTo(4, 900) }))
    now += 1000
    const counts = Array.from({ length: 8 }, () => {
      const count = turns().length
      now += 125
      return count
    })
    expect(counts).toEqual([1, 0, 1, 0, 1, 0, 1, 0])
    expect(dispatcher.nextAt()).toBeLessThanOrEqual(now)
  })

  test("lets jobs that can use another key start with that one", () => {
    start([{ keys: [makeKey("a"), makeKey("b")] }])
    put({ keyChoice: pinnedTo("a") })
    finish(turns()[0], tooMany(20_000))
    putMany(10)
    expect(tally(turns().map(({ keyId }) => keyId))).toEqual(new Map([["b", 10]]))
    expect(dispatcher.nextAt()).toBe(NOON + 20_000)
    expect(dispatcher.opensAt(makeLane(), now)).toBe(0)
    expect(dispatcher.opensAt(makeLane({ keyChoice: pinnedTo("a") }), now)).toBe(NOON + 20_000)
  })

  test("is closed after a restart too, with the same spacing, and no other is", () => {
    start([{ keys: [makeKey("a"), makeKey("b")] }])
    put({ keyChoice: pinnedTo("a") })
    finish(turns()[0], tooMany(20_000, { upstream: limitedTo(10, 1000) }))
    putMany(3, { keyChoice: pinnedTo("a") })

    start([{ keys: [makeKey("a"), makeKey("b")] }])
    dispatcher.restore(world.store.remains().quotas, now)
    put({ keyChoice: pinnedTo("b") })
    expect(turns().map(({ keyId }) => keyId)).toEqual(["b"])
    // The time of the last call is not known any more.
    now += 20_000
    expect(turns()).toEqual([])
    expect(dispatcher.nextAt()).toBe(now + 110)
    now += 110
    expect(turns()).toHaveLength(1)
    expect(dispatcher.nextAt()).toBe(now + 110)
  })

  test("of a provider, key or model that is not configured any more is no matter", () => {
    const quota = { keyId: "gone", model: "gone", closedUntil: NOON + 1000, spacingMs: null }
    start([{ keys: [makeKey("a")] }])
    dispatcher.restore(
      [
        { ...quota, provider: "gone" },
        { ...quota, provider: "mock" },
      ],
      now,
    )
    put()
    expect(turns()).toHaveLength(1)
  })
})

describe("a time that a provider names", () => {
  /** How many calls ten jobs make in a minute if each call is refused with this. */
  function callsInAMinute(retryAfterMs: number | null, over: Parameters<typeof refused>[1] = {}): number {
    start([{ keys: [makeKey("a")] }])
    putMany(10)
    const end = now + 60_000
    let calls = 0
    while (now < end) {
      for (const job of turns()) {
        calls++
        finish(job, tooMany(retryAfterMs, over))
      }
      now = Math.max(now, dispatcher.nextAt())
    }
    return calls
  }

  test.each([0, 1, 10, 500])("that is as short as %i ms makes ten jobs ask no more than 30 times a minute", (ms) => {
    expect(callsInAMinute(ms)).toBeLessThanOrEqual(30)
  })

  test("is no shorter where its limits say that it takes thousands of calls a second", () => {
    expect(callsInAMinute(1, { upstream: limitedTo(1_000_000_000_000_000, 1) })).toBeLessThanOrEqual(30)
  })

  test("allows no spacing of one call in a month", () => {
    const few = limitedTo(1, 30 * 86_400_000)
    start()
    put()
    finish(turns()[0], tooMany(1, { upstream: few }))
    expect(turns()).toEqual([])
    now = dispatcher.nextAt()
    finish(turns()[0])
    put()
    expect(turns()).toEqual([])
    // Calls are spaced for ten minutes.
    expect(dispatcher.nextAt() - now).toBeLessThanOrEqual(600_000)
    now = dispatcher.nextAt()
    expect(turns()).toHaveLength(1)
  })
})

describe("jobs that no configured key can serve", () => {
  test.each<[string, Partial<ProviderSettings>, string]>([
    ["has none", { needsKey: true, keys: [] }, ""],
    ["has none for the model", { needsKey: true, keys: [makeKey("a", { models: ["other"] })] }, ""],
    ["has lost the one they asked for", { keys: [makeKey("a")] }, pinnedTo("b")],
    ["has only those that refused them", { keys: [makeKey("a")] }, 'not:["a"]'],
  ])("wait without being tried, where their provider %s, and hold up nobody", (_, provider, keyChoice) => {
    start([provider, { name: "other" }])
    put({ keyChoice })
    expect(turns()).toEqual([])
    expect(dispatcher.nextAt()).toBe(NEVER)
    expect(dispatcher.unserved()).toMatchObject([{ keyChoice }])
    put({ provider: "other" })
    put({ keyChoice: callerKeyChoice("0f") })
    expect(turns().map(({ provider: name, keyChoice: choice }) => [name, choice])).toEqual([
      ["mock", callerKeyChoice("0f")],
      ["other", ""],
    ])
    dispatcher.sweep(now)
    dispatcher.recount(world.store.queued())
    expect(turns()).toEqual([])
    expect(dispatcher.nextAt()).toBe(NEVER)
  })

  test("start where the provider needs no key", () => {
    start([{ needsKey: false, keys: [] }])
    put()
    put({ keyChoice: 'not:["gone"]' })
    expect(turns()).toHaveLength(2)
  })
})

describe("a provider's keys", () => {
  test("are chosen by their weights, those without any only when no other can be", () => {
    const keys = [makeKey("light"), makeKey("heavy", { weight: 3 }), makeKey("spare", { weight: 0 })]
    start([{ keys, concurrency: 10_000 }])
    putMany(2000)
    const out = turns()
    const counts = tally(out.map(({ keyId }) => keyId))
    expect(counts.get("spare")).toBeUndefined()
    expect(counts.get("light")).toBeWithin(430, 571)
    expect(out).toHaveLength(2000)
    for (const id of ["light", "heavy"])
      finish(
        out.find(({ keyId }) => keyId === id),
        tooMany(20_000),
      )
    expect(turns().map(({ keyId }) => keyId)).toEqual(["spare", "spare"])
  })

  test("share the jobs evenly where none has a weight", () => {
    const keys = ["a", "b"].map((id) => makeKey(id, { weight: 0 }))
    start([{ keys, concurrency: 10_000 }])
    putMany(1000)
    expect(tally(turns().map(({ keyId }) => keyId)).get("a")).toBeWithin(430, 571)
  })

  test("have no more calls in flight than allowed, and one more job starts for each call that ends", () => {
    start([{ keys: [makeKey("a", { concurrency: 2 }), makeKey("b", { concurrency: 1 })] }])
    putMany(6)
    const out = turns()
    const counts = new Map([
      ["a", 2],
      ["b", 1],
    ])
    expect(tally(out.map(({ keyId }) => keyId ?? ""))).toEqual(counts)
    expect(dispatcher.nextAt()).toBe(NEVER)
    for (const id of ["b", "a"]) {
      finish(out.find(({ keyId }) => keyId === id))
      expect(turns().map(({ keyId }) => keyId)).toEqual([id])
    }
    expect(turns()).toEqual([])
  })

  test("count their calls over all models and callers", () => {
    start([{ keys: [makeKey("a", { concurrency: 2 })] }])
    for (const model of ["one", "two"]) for (const owner of ["", "vk:a"]) put({ model, owner })
    const out = turns()
    expect(out).toHaveLength(2)
    for (const job of out) finish(job)
    expect(turns()).toHaveLength(2)
  })

  test("that are full hold back only the jobs that must use them", () => {
    start([{ keys: [makeKey("a", { concurrency: 1 }), makeKey("b")] }])
    putMany(3, { keyChoice: pinnedTo("a") })
    const others = [...putMany(3, { keyChoice: pinnedTo("b") }), ...putMany(2)]
    const out = turns()
    expect(out).toHaveLength(6)
    expect(listIds(out)).toEqual(expect.arrayContaining(others))
  })

  test("are used for the models that they are for", () => {
    start([{ keys: [makeKey("a", { models: ["small"] }), makeKey("b", { models: ["large"] })] }])
    const [small, large] = [put({ model: "small" }), put({ model: "large" })]
    const keyIds = new Map(turns().map(({ id, keyId }) => [id, keyId]))
    expect([keyIds.get(small), keyIds.get(large)]).toEqual(["a", "b"])
  })

  test("that were refused are the last choice for a minute, for jobs that have not tried them too", () => {
    start([{ keys: [makeKey("bad", { weight: 1000 }), makeKey("good")] }])
    put()
    const [first] = turns()
    expect(first?.keyId).toBe("bad")
    finish(first, refused(401))
    expect(turns()).toMatchObject([{ id: first?.id, keyId: "good", keyChoice: 'not:["bad"]' }])
    putMany(10)
    expect(tally(turns().map(({ keyId }) => keyId))).toEqual(new Map([["good", 10]]))
    now += 60_000
    putMany(10)
    expect(tally(turns().map(({ keyId }) => keyId)).get("bad")).toBeGreaterThan(5)
  })

  test("that were refused are used all the same when the others are closed", () => {
    start([{ keys: [makeKey("bad"), makeKey("good")] }])
    put({ keyChoice: pinnedTo("bad") })
    finish(turns()[0], refused(403))
    put({ keyChoice: pinnedTo("good") })
    finish(turns()[0], tooMany(20_000))
    put()
    expect(turns()).toMatchObject([{ keyId: "bad" }])
  })
})

describe("what is left to a job whose key was refused", () => {
  const choiceWithout = (over: Partial<NewJob>) => {
    put(over)
    const [job] = turns()
    return dispatcher.choiceWithout(job as Claimed)
  }

  test("is any other key that fits its model", () => {
    start([{ keys: [makeKey("a"), makeKey("b", { models: ["large"] })] }])
    expect(choiceWithout({ model: "large" })).toMatch(/^not:\["[ab]"\]$/)
    expect(choiceWithout({ model: "small" })).toBeNull()
    expect(choiceWithout({ model: "large", keyChoice: 'not:["a"]' })).toBeNull()
  })

  test("is nothing, where it asked for that key or brought its own", () => {
    start([{ keys: [makeKey("a"), makeKey("b")] }])
    expect(choiceWithout({ keyChoice: pinnedTo("a") })).toBeNull()
    expect(choiceWithout({ keyChoice: callerKeyChoice("0f") })).toBeNull()
  })

  test("is nothing, where there was no key", () => {
    start()
    expect(choiceWithout({})).toBeNull()
  })
})

describe("callers' own keys", () => {
  test("have a quota each, separate from those of the configured keys", () => {
    start([{ keys: [makeKey("a")] }])
    const [mine, yours] = [callerKeyChoice("01"), callerKeyChoice("02")]
    put({ keyChoice: mine })
    const [first] = turns()
    expect(first?.keyId).toBe(mine)
    finish(first, tooMany(20_000))
    putMany(2, { keyChoice: mine })
    putMany(2, { keyChoice: yours })
    put()
    expect(
      turns()
        .map(({ keyId }) => keyId)
        .sort(),
    ).toEqual(["a", yours, yours])
    expect(world.store.remains().quotas).toMatchObject([{ keyId: mine, closedUntil: NOON + 20_000 }])
  })
})

describe("a caller with a cap", () => {
  test("has no more jobs running than that, over all providers, and holds up no other caller", () => {
    start([{}, { name: "other" }], { "vk:a": 2 })
    const own = { owner: "vk:a" }
    putMany(3, own)
    putMany(3, { ...own, provider: "other" })
    put({ owner: "vk:b" })
    put({ owner: "vk:b", provider: "other" })
    const out = turns()
    expect(tally(out.map(({ owner }) => owner))).toEqual(
      new Map([
        ["vk:a", 2],
        ["vk:b", 2],
      ]),
    )
    expect(dispatcher.nextAt()).toBe(NEVER)
    let left = 4
    for (let running = out.filter(({ owner }) => owner === "vk:a"); running.length > 0; ) {
      finish(running.shift())
      const more = turns()
      expect(more).toHaveLength(Math.min(left, 1))
      left -= more.length
      running = [...running, ...more]
    }
    expect(left).toBe(0)
  })
})

describe("a provider", () => {
  test("never has more calls in flight than allowed", () => {
    start([{ concurrency: 3 }])
    putMany(5)
    putMany(5, { model: "other", owner: "vk:a", priority: 2 })
    const out = turns()
    expect(out).toHaveLength(3)
    expect(dispatcher.nextAt()).toBe(NEVER)
    finish(out[0])
    expect(dispatcher.nextAt()).toBe(0)
    expect(turns()).toHaveLength(1)
  })

  test("takes no more jobs at once than a submit may wait for, and the rest in the next turn", () => {
    start([{ concurrency: 1000 }])
    putMany(600)
    expect(turn()).toHaveLength(256)
    expect(dispatcher.nextAt()).toBe(0)
    expect(turns()).toHaveLength(344)
    expect(dispatcher.nextAt()).toBe(NEVER)
  })

  test("gives every caller a part of its slots, whoever came first with however many", () => {
    start([{ concurrency: 10 }])
    putMany(100, { owner: "vk:many" })
    putMany(3, { owner: "vk:few" })
    putMany(100, { owner: "vk:other" })
    const counts = tally(turns().map(({ owner }) => owner))
    for (const owner of ["vk:many", "vk:few", "vk:other"]) expect(counts.get(owner)).toBeWithin(2, 6)
  })

  test("serves a high priority first and lets no low one starve", () => {
    start([{ concurrency: 1 }])
    for (const priority of [0, 1, 2]) putMany(20, { priority })
    const order: number[] = []
    for (let out = turns(); order.length < 40; out = turns()) {
      order.push(out[0]?.priority ?? -1)
      finish(out[0])
    }
    expect(order.slice(0, 16)).toEqual([0, 2, 2, 2, 1, 2, 2, 2, 0, 2, 2, 2, 1, 2, 2, 2])
    expect(tally(order).get(2)).toBe(20)
  })

  test("is full when as many jobs wait as allowed, however they came and however they leave", () => {
    start([{ concurrency: 1, bufferSize: 3 }, { name: "other" }])
    const full = () => dispatcher.fullAt("mock")
    put()
    const [running] = turns()
    const [one] = putMany(2)
    expect(full()).toBeNull()
    put({ model: "other", owner: "vk:a" })
    expect(full()).toBe(3)
    expect(dispatcher.fullAt("mock", 0.5)).toBe(2)
    expect(dispatcher.fullAt("other")).toBeNull()
    expect(dispatcher.fullAt("gone")).toBeNull()
    leave(one ?? "")
    expect(full()).toBeNull()
    finish(running, tooMany(1000))
    expect(full()).toBe(3)
    expect(turns()).toHaveLength(1)
    expect(full()).toBeNull()
    start([{ concurrency: 1, bufferSize: 2 }])
    expect(full()).toBe(2)
  })

  test("that is not configured keeps its jobs waiting", () => {
    start()
    put({ provider: "gone" })
    put()
    expect(turns()).toHaveLength(1)
    expect(dispatcher.nextAt()).toBe(NEVER)
    expect(dispatcher.opensAt(makeLane({ provider: "gone" }), now)).toBe(now)
  })
})

describe("a job", () => {
  test("that is due later starts then", () => {
    start()
    const [late, soon] = [put({ createdAt: NOON + 5000 }), put({ createdAt: NOON + 2000 })]
    expect(turns()).toEqual([])
    expect(dispatcher.nextAt()).toBe(NOON + 2000)
    now += 2000
    expect(listIds(turns())).toEqual([soon])
    expect(dispatcher.nextAt()).toBe(NOON + 5000)
    now += 3000
    expect(listIds(turns())).toEqual([late])
  })

  test("that was queued before the start of the gateway starts after it", () => {
    const rows = [{}, { owner: "vk:a" }, { model: "other" }, { run_at: NOON + 700 }].map((over) =>
      insertJob(world.database, "queued", over),
    )
    start()
    expect(listIds(turns())).toEqual(
      rows
        .slice(0, 3)
        .map(({ id }) => id)
        .sort(),
    )
    expect(dispatcher.nextAt()).toBe(NOON + 700)
  })

  test("has a lease that outlives its call", () => {
    start([{ timeoutMs: 30_000 }])
    const id = put()
    turns()
    expect(world.row(id)?.lease_until).toBe(NOON + 90_000)
  })
})

describe("a turn that was rolled back", () => {
  test("gives every slot back: of the provider, the key, the caller and the quota", () => {
    start([{ concurrency: 2, keys: [makeKey("a", { concurrency: 2 })] }], { "vk:a": 2 })
    const ids = putMany(2, { owner: "vk:a" })
    for (let n = 0; n < 3; n++) failTurn()
    expect(world.rows().map(({ state, attempt }) => [state, attempt])).toEqual([
      ["queued", 0],
      ["queued", 0],
    ])
    const out = turns()
    expect(listIds(out)).toEqual(ids.sort())
    finish(out[0], tooMany(1000))
    finish(out[1])
    now += 1000
    expect(turns()).toHaveLength(1)
  })

  test("forgets what it believed was queued", () => {
    start([{ bufferSize: 2 }])
    put()
    const job = newJob()
    dispatcher.queued(job, job.createdAt, now)
    expect(dispatcher.fullAt("mock")).toBe(2)
    failTurn(makeSubmit(job))
    expect(dispatcher.fullAt("mock")).toBeNull()
    expect(world.store.queued()).toEqual([{ ...makeLane(), jobs: 1 }])
    expect(turns()).toHaveLength(1)
  })

  test("takes nothing from the calls in flight", () => {
    start([{ concurrency: 2 }])
    putMany(3)
    const [first, second] = turns()
    finish(first)
    failTurn()
    expect(turns()).toHaveLength(1)
    finish(second)
    expect(turns()).toEqual([])
  })
})

describe("a job with an upstream job", () => {
  /** A call that reports an upstream job. */
  function wait(job: Claimed | undefined, at: number): void {
    if (!job) throw new Error("there is no such job")
    dispatcher.trackWaiting({ ...job, providerState: "{}" }, at)
    store([{ kind: "await", job, state: "{}", runAt: at, closed: null }])
  }

  test("keeps its slots while it waits, and is polled when it is due", () => {
    start([{ concurrency: 1 }], { "vk:a": 1 })
    const id = put({ owner: "vk:a" })
    put({ owner: "vk:a", model: "other" })
    wait(turns()[0], NOON + 2000)
    expect(turns()).toEqual([])
    expect(dispatcher.nextAt()).toBe(NOON + 2000)
    now += 2000
    const out = turns()
    expect(out).toMatchObject([{ id, attempt: 1, providerState: "{}" }])
    finish(out[0])
    expect(turns()).toHaveLength(1)
  })

  test("gives its slots back when it waits no more", () => {
    start([{ concurrency: 1 }])
    const id = put()
    put()
    wait(turns()[0], NOON + 2000)
    expect(dispatcher.untrack(id)?.id).toBe(id)
    expect(dispatcher.untrack(id)).toBeNull()
    expect(turns()).toHaveLength(1)
  })

  test("is one of an earlier process too, and takes its slots once", () => {
    insertJob(world.database, "waiting", { run_at: NOON + 2000 })
    start([{ concurrency: 2 }])
    for (let n = 0; n < 3; n++)
      for (const job of world.store.remains().waiting) dispatcher.restoreWaiting(job, job.runAt)
    putMany(3)
    expect(turns()).toHaveLength(1)
    now += 2000
    expect(turns()).toMatchObject([{ providerState: '{"id":"theirs"}' }])
  })

  test("is polled again when the turn that resumed it was rolled back", () => {
    start([{ concurrency: 1 }])
    const id = put()
    wait(turns()[0], NOON + 2000)
    now += 2000
    failTurn()
    expect(listIds(turns())).toEqual([id])
  })

  test("is polled also when its waiting state was stored late", () => {
    start()
    put()
    const [job] = turns() as [Claimed]
    dispatcher.trackWaiting({ ...job, providerState: "{}" }, NOON)
    // This turn came while the store took no writes.
    expect(turns()).toEqual([])
    store([{ kind: "await", job, state: "{}", runAt: NOON, closed: null }])
    dispatcher.trackWaiting({ ...job, providerState: "{}" }, NOON)
    expect(turns()).toHaveLength(1)
  })
})

describe("a sweep", () => {
  test("loses no job and opens no quota that is closed or spaced", () => {
    start([{ concurrency: 100 }])
    putMany(3)
    const out = turns()
    finish(out[0], tooMany(5000, { upstream: limitedTo(10, 1000) }))
    put({ model: "later", createdAt: NOON + 9000 })
    dispatcher.sweep(now)
    expect(turns()).toEqual([])
    now += 5000
    dispatcher.sweep(now)
    expect(turns()).toHaveLength(1)
    for (const job of out.slice(1)) finish(job)
    put()
    dispatcher.sweep(now)
    expect(turns()).toEqual([])
    now += 4000
    expect(turns()).toHaveLength(2)
  })
})

describe("lanes that wait", () => {
  /** How long it takes to end one job after the other, each of a lane of its own, while so many lanes wait for the same. */
  function endsMs(lanes: number, provider: Partial<ProviderSettings>, caps: Record<string, number>): number {
    start([provider], caps)
    const jobs = Array.from({ length: lanes }, (_, n) => newJob({ createdAt: now, owner: "vk:a", model: `model ${n}` }))
    for (const job of jobs) dispatcher.queued(job, now, now)
    store(jobs.map((job) => makeSubmit(job)))
    let out: Claimed[] = []
    while (dispatcher.nextAt() <= now) out = [...out, ...claim()]
    // Without syncs, because the disk is not to be measured.
    world.database.run("PRAGMA synchronous = OFF")
    const began = performance.now()
    for (let n = 0; n < 90; n++) {
      const [job] = out as [Claimed]
      dispatcher.learn(job, answered(), now, now)
      dispatcher.releaseSlots(job)
      const [, ...claims] = world.store.turn(now, [makeFinish(job), ...dispatcher.claim(now)])
      out = dispatcher.settle(claims, [], now)
      expect(out).toHaveLength(1)
    }
    return performance.now() - began
  }

  test.each([
    ["slot of their caller", {}, { "vk:a": 1 }],
    ["slot of their key", { keys: [makeKey("a", { concurrency: 1 })] }, {}],
    ["slot of their provider", { concurrency: 1 }, {}],
  ])(
    "for a %s make the end of a call no dearer, however many they are",
    (_, provider, caps) => {
      const few = endsMs(100, provider, caps)
      removeAll()
      // With eighty times as many lanes it would take eighty times as long if each were looked at.
      expect(endsMs(8000, provider, caps) / few).toBeLessThan(20)
    },
    240_000,
  )

  test("for a quota start one after the other when it opens, callers in turn", () => {
    start()
    put({ owner: "vk:0" })
    finish(turns()[0], tooMany(1000))
    for (let n = 1; n < 5; n++) put({ owner: `vk:${n}` })
    expect(turns()).toEqual([])
    const went: string[] = []
    while (went.length < 5) {
      now = dispatcher.nextAt()
      for (const job of turns()) {
        went.push(job.owner)
        finish(job)
      }
    }
    expect(went).toEqual(["vk:0", "vk:1", "vk:2", "vk:3", "vk:4"])
  })

  test("leave what they cannot use to those that can", () => {
    // The first has the slot of the key, the second waits for that, the third for that and for the slot of its caller.
    start([{ keys: [makeKey("a", { concurrency: 1 })] }, { name: "other" }], { "vk:capped": 1 })
    put()
    const [first] = turns()
    put({ owner: "vk:capped" })
    put({ owner: "vk:other" })
    expect(turns()).toEqual([])
    put({ owner: "vk:capped", provider: "other" })
    expect(turns().map(({ owner }) => owner)).toEqual(["vk:capped"])
    finish(first)
    expect(turns().map(({ owner }) => owner)).toEqual(["vk:other"])
  })

  test("are not lost when the jobs that they waited with are gone", () => {
    start([{ concurrency: 1 }, { name: "other" }], { "vk:a": 1 })
    put({ provider: "other", owner: "vk:a" })
    const [first] = turns()
    const gone = put({ owner: "vk:a", model: "one" })
    const left = put({ owner: "vk:a", model: "two" })
    expect(turns()).toEqual([])
    leave(gone)
    finish(first)
    expect(listIds(turns())).toEqual([left])
  })
})

describe("whatever happens", () => {
  type Move =
    | { do: "put"; provider: number; model: number; key: number; owner: number; priority: number; lateMs: number }
    | { do: "turn" }
    | { do: "finish"; call: number; as: "answered" | "too many" | "paced" | "refused" | "in vain" }
    | { do: "undo" }
    | { do: "sweep" }
    | { do: "wait"; ms: number }

  const move: fc.Arbitrary<Move> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant("put" as const),
        provider: fc.nat(1),
        model: fc.nat(1),
        key: fc.nat(3),
        owner: fc.nat(2),
        priority: fc.nat(2),
        lateMs: fc.constantFrom(0, 0, 0, 700),
      }),
    },
    { weight: 6, arbitrary: fc.constant({ do: "turn" as const }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant("finish" as const),
        call: fc.nat(9),
        as: fc.constantFrom("answered", "answered", "too many", "paced", "refused", "in vain"),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ do: "undo" as const }) },
    { weight: 1, arbitrary: fc.constant({ do: "sweep" as const }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(1, 400, 1000, 70_000) }),
    },
  )

  const outcomes = {
    answered: answered(),
    "too many": tooMany(null),
    paced: tooMany(300, { upstream: limitedTo(5, 1000) }),
    refused: refused(401),
    "in vain": refused(503),
  }
  const keys = [
    makeKey("a", { concurrency: 2 }),
    makeKey("b", { weight: 2, models: ["one"] }),
    makeKey("c", { weight: 0 }),
  ]
  const choices = ["", pinnedTo("a"), pinnedTo("c"), callerKeyChoice("0f")]

  test("no call exceeds a limit, the engine never loops, and every job starts in the end", () => {
    const script = fc.array(move, { minLength: 20, maxLength: 120, size: "max" })
    fc.assert(
      fc.property(script, (moves) => {
        removeAll()
        doTurn(world.store, { kind: "forget", quotasBefore: NEVER, daysBefore: 0 })
        now = NOON
        start(
          [
            { keys, needsKey: true, concurrency: 5 },
            { name: "other", concurrency: 3 },
          ],
          { "vk:a": 2 },
        )
        let out: Claimed[] = []
        const go = () => {
          out = [...out, ...turn()]
          const most = (count: number, of: (job: Claimed) => boolean) =>
            expect(out.filter(of).length).toBeLessThanOrEqual(count)
          most(5, ({ provider }) => provider === "mock")
          most(3, ({ provider }) => provider === "other")
          most(2, ({ keyId }) => keyId === "a")
          most(2, ({ owner }) => owner === "vk:a")
          expect(new Set(out.map(({ id }) => id)).size).toBe(out.length)
        }
        const end = (job: Claimed | undefined, outcome: Outcome) => {
          if (!job) return
          out = out.filter((other) => other !== job)
          finish(job, outcome)
        }
        for (const one of moves) {
          switch (one.do) {
            case "put": {
              const provider = one.provider === 0 ? "mock" : "other"
              const [model, owner] = [["one", "two"][one.model] ?? "", ["", "vk:a", "vk:b"][one.owner] ?? ""]
              const keyChoice = one.provider === 0 ? (choices[one.key] ?? "") : ""
              put({ provider, model, owner, keyChoice, priority: one.priority, createdAt: now + one.lateMs })
              break
            }
            case "turn":
              go()
              break
            case "finish":
              end(out[one.call % Math.max(out.length, 1)], outcomes[one.as])
              break
            case "undo":
              failTurn()
              break
            case "sweep":
              dispatcher.sweep(now)
              break
            case "wait":
              now += one.ms
          }
        }
        // From here on every call is answered.
        for (let rounds = 0; world.store.queued().length > 0 || out.length > 0; rounds++) {
          expect(rounds).toBeLessThan(1000)
          go()
          if (out.length > 0) end(out[0], answered())
          else now = Math.max(now, dispatcher.nextAt())
          expect(now).toBeLessThan(NEVER)
        }
        expect(world.store.queued()).toEqual([])
      }),
      { numRuns: 60, seed: 7 },
    )
  }, 240_000)
})
