import type { Database } from "bun:sqlite"
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { statSync } from "node:fs"
import type { State } from "../../src/jobs/job.ts"
import { BODY_PIECE_BYTES, type Claimed, dayOf, type JobFilter, type Lane } from "../../src/jobs/job.ts"
import type { JobView } from "../../src/jobs/reads.ts"
import { createReads } from "../../src/jobs/sqlite/reads.ts"
import { createStore, type Store } from "../../src/jobs/sqlite/store.ts"
import {
  claimedFrom,
  createWorld,
  endOf,
  insertJob,
  laneOf,
  NOON,
  newJob,
  REQUEST,
  type Row,
  states,
  type World,
} from "../factory.ts"

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world.dispose())

const end = endOf()
const later = NOON + 5000
const success = (result: string) => ({ result, usage: null })
const again = { runAt: later + 100, isLoss: false, isCrash: false }
const target = { provider: "second", model: "m" }
const ended: readonly State[] = ["succeeded", "failed", "cancelled"]

/** Does it in a transaction of its own. */
const doing = <T>(work: (store: Store) => T): T => world.store.transaction(() => work(world.store))
const sorted = (items: readonly ({ id: string } | undefined)[]) => items.map((item) => item?.id ?? "").sort()

interface End {
  name: string
  to: State
  spends: number
  go: (store: Store, job: Claimed) => boolean
}

/** Every transition that an attempt's end can ask for, and where it leads. */
const ends: End[] = [
  {
    name: "succeed",
    to: "succeeded",
    spends: 0,
    go: (store, job) => store.succeed(job, end, success('{"a":1}'), later),
  },
  { name: "retry", to: "queued", spends: 1, go: (store, job) => store.retry(job, end, again, later) },
  { name: "park", to: "queued", spends: 0, go: (store, job) => store.park(job, end, "", NOON, later) },
  {
    name: "fallBack",
    to: "queued",
    spends: 0,
    go: (store, job) => store.fallBack(job, end, { next: target, error: '{"error":{}}', keepsSecret: false }, later),
  },
  { name: "fail", to: "failed", spends: 1, go: (store, job) => store.fail(job, end, 502, '{"error":{}}', later) },
]

describe.each(ends)("$name", ({ to, spends, go }) => {
  test("moves a running job and remembers the attempt", () => {
    const row = insertJob(world.database, "running")
    expect(doing((store) => go(store, claimedFrom(row)))).toBe(true)
    const after = world.row(row.id)
    expect(after).toMatchObject({ state: to, attempt: 1, failures: spends, lease_until: null })
    expect(world.attempts(row.id)).toMatchObject([{ attempt: 1, started_at: NOON, finished_at: later }])
    const isTerminal = ended.includes(to)
    expect(after?.completed_at ?? null).toBe(isTerminal ? later : null)
    expect(after?.expires_at ?? null).toBe(isTerminal ? later + row.ttl_ms : null)
  })

  test.each(states.filter((state) => state !== "running"))("changes nothing of a job that is %s", (state) => {
    const row = insertJob(world.database, state, { owner: "vk:a", attempt: 1, started_at: NOON })
    expect(doing((store) => go(store, claimedFrom(row)))).toBe(false)
    expect(world.row(row.id)).toEqual(row)
    expect(world.attempts(row.id)).toEqual([])
    expect(world.body(row.id, "result")).toBe("")
  })

  test("changes nothing of a job that is on a later attempt", () => {
    const row = insertJob(world.database, "running", { attempt: 3, failures: 2 })
    const stale = { ...claimedFrom(row), attempt: 2 }
    expect(doing((store) => go(store, stale))).toBe(false)
    expect(world.row(row.id)).toEqual(row)
    expect(world.attempts(row.id)).toEqual([])
  })

  test("leaves no key of the caller behind where the job has ended or gone to another provider", () => {
    const row = insertJob(world.database, "running", { secret: Buffer.from("sealed") })
    doing((store) => go(store, claimedFrom(row)))
    const isKept = to === "queued" && world.row(row.id)?.provider === row.provider
    expect(world.row(row.id)?.secret?.toString() ?? null).toBe(isKept ? "sealed" : null)
  })

  test("forgets a job that the provider had of its own, which is no longer the one to ask after", () => {
    const row = insertJob(world.database, "running", { provider_state: '{"id":"theirs"}' })
    doing((store) => go(store, claimedFrom(row)))
    if (to === "queued") expect(world.row(row.id)?.provider_state).toBeNull()
  })
})

describe("a retry", () => {
  test("waits until its time", () => {
    const row = insertJob(world.database, "running")
    doing((store) => store.retry(claimedFrom(row), end, again, later))
    expect(world.row(row.id)?.run_at).toBe(again.runAt)
  })

  test("counts lost answers and deaths of threads, each for itself", () => {
    const row = insertJob(world.database, "running", { attempt: 5, failures: 3, losses: 2, crashes: 1 })
    const retried = (isLoss: boolean, isCrash: boolean) => {
      const [job] = world.store.running()
      doing((store) => store.retry(job as Claimed, end, { runAt: NOON, isLoss, isCrash }, NOON))
      const { failures, losses, crashes } = world.row(row.id) as Row
      doing((store) => store.claim(laneOf(), null, NOON, NOON + 1, 1))
      return { failures, losses, crashes }
    }
    expect(retried(false, false)).toEqual({ failures: 4, losses: 2, crashes: 1 })
    expect(retried(true, false)).toEqual({ failures: 5, losses: 3, crashes: 1 })
    expect(retried(true, true)).toEqual({ failures: 6, losses: 4, crashes: 2 })
  })
})

describe("a park", () => {
  test("keeps the job's place in the queue: it is due since when it was", () => {
    const row = insertJob(world.database, "running", { run_at: NOON - 7000, failures: 1, losses: 1, attempt: 4 })
    doing((store) => store.park(claimedFrom(row), end, "", row.run_at, later))
    expect(world.row(row.id)).toMatchObject({ run_at: NOON - 7000, failures: 1, losses: 1, attempt: 4 })
  })

  test("can take a key from what the job may go out with", () => {
    const row = insertJob(world.database, "running")
    doing((store) => store.park(claimedFrom(row), end, 'not:["a"]', NOON, later))
    expect(world.row(row.id)?.key_choice).toBe('not:["a"]')
    expect(world.store.lanes()).toEqual([laneOf({ keyChoice: 'not:["a"]' })])
  })
})

describe("a fallback", () => {
  const to = (error: string, keepsSecret = false) => ({ next: target, error, keepsSecret })
  const row = (over: Partial<Row> = {}) =>
    insertJob(world.database, "running", {
      attempt: 6,
      failures: 3,
      losses: 2,
      crashes: 1,
      key_choice: "only:a",
      fallbacks: JSON.stringify([target, { provider: "third", model: "n" }]),
      ...over,
    })

  test("begins anew at the next provider: with all its tries, any of its keys and none of the caller's", () => {
    const { id } = row({ secret: Buffer.from("sealed") })
    doing((store) => store.fallBack(store.running()[0] as Claimed, end, to('{"first":1}'), later))
    expect(world.row(id)).toMatchObject({
      ...target,
      state: "queued",
      attempt: 6,
      failures: 0,
      losses: 0,
      key_choice: "",
      secret: null,
      run_at: later,
      fallbacks: JSON.stringify([target, { provider: "third", model: "n" }]),
      fallbacks_tried: 1,
      primary_error: '{"first":1}',
    })
    expect(world.attempts(id)).toMatchObject([{ provider: "mock", model: "echo", attempt: 6 }])
  })

  test("keeps the caller's secret where a target that is left gets something of it", () => {
    const secret = Buffer.from("sealed")
    const { id } = row({ secret })
    doing((store) => store.fallBack(store.running()[0] as Claimed, end, to("{}", true), later))
    expect(world.row(id)?.secret).toEqual(secret)
  })

  test("keeps the first provider's error, and counts how many it has gone to: the list is not written again", () => {
    const { id, fallbacks } = row({ primary_error: '{"first":1}', fallbacks_tried: 1 })
    doing((store) => store.fallBack(store.running()[0] as Claimed, end, to('{"second":2}'), later))
    expect(world.row(id)).toMatchObject({ primary_error: '{"first":1}', fallbacks, fallbacks_tried: 2 })
  })
})

describe("a cancel", () => {
  const cancel = (row: Row, running: Parameters<Store["cancel"]>[4] = null) =>
    doing((store) => store.cancel(row.id, 499, '{"error":{}}', later, running))

  test.each(["queued", "waiting", "running"] as const)("ends a job that is %s", (state) => {
    const row = insertJob(world.database, state, { secret: Buffer.from("sealed") })
    expect(cancel(row)).toBe(true)
    expect(world.row(row.id)).toMatchObject({
      state: "cancelled",
      status_code: 499,
      completed_at: later,
      expires_at: later + row.ttl_ms,
      lease_until: null,
      secret: null,
    })
  })

  test("remembers the attempt that it cut off", () => {
    const row = insertJob(world.database, "running", { attempt: 2 })
    const cutOff = endOf({ outcome: "cancelled", status: null, reason: "it was cancelled", keyName: "main" })
    expect(cancel(row, { job: claimedFrom(row), end: cutOff })).toBe(true)
    expect(world.attempts(row.id)).toMatchObject([
      { attempt: 2, outcome: "cancelled", reason: "it was cancelled", key_name: "main", finished_at: later },
    ])
  })

  test.each(ended)("changes nothing of a job that has %s", (state) => {
    const row = insertJob(world.database, state)
    expect(cancel(row, { job: claimedFrom(row), end })).toBe(false)
    expect(world.row(row.id)).toEqual(row)
    expect(world.attempts(row.id)).toEqual([])
  })
})

describe("a job that its provider works on as a job of its own", () => {
  const state = '{"id":"theirs"}'

  test("waits for it with its attempt open, and is taken up again under a new lease", () => {
    const row = insertJob(world.database, "running", { attempt: 2, failures: 1, key_id: "a" })
    expect(doing((store) => store.await(claimedFrom(row), state, later))).toBe(true)
    expect(world.row(row.id)).toMatchObject({
      state: "waiting",
      provider_state: state,
      run_at: later,
      lease_until: null,
    })
    expect(world.attempts(row.id)).toEqual([])
    expect(world.store.nextResumeAt()).toBe(later)
    expect(doing((store) => store.resume(later - 1, 1000, 10))).toEqual([])
    expect(doing((store) => store.resume(later, 1000, 10))).toMatchObject([
      { id: row.id, attempt: 2, failures: 1, keyId: "a", providerState: state },
    ])
    expect(world.row(row.id)).toMatchObject({ state: "running", attempt: 2, lease_until: later + 1000 })
    expect(world.store.nextResumeAt()).toBeNull()
  })

  test.each(states.filter((from) => from !== "running"))("is nothing that a job can become that is %s", (from) => {
    const row = insertJob(world.database, from, { attempt: 1, started_at: NOON })
    expect(doing((store) => store.await(claimedFrom(row), "{}", later))).toBe(false)
    expect(world.row(row.id)).toEqual(row)
  })

  test("is asked after in the order of time, and no more at once than asked", () => {
    const rows = [3, 1, 2].map((at) => insertJob(world.database, "waiting", { run_at: NOON + at }))
    expect(sorted(world.store.waiting())).toEqual(sorted(rows))
    expect(
      doing((store) => store.resume(later, 1000, 2))
        .map(({ id }) => id)
        .sort(),
    ).toEqual(sorted([rows[1], rows[2]]))
  })

  test("is nothing that a claim takes, and no lane has it", () => {
    insertJob(world.database, "waiting")
    expect(world.store.lanes()).toEqual([])
    expect(doing((store) => store.claim(laneOf(), null, later, later + 1, 10))).toEqual([])
  })

  test("ends when its time is up, and its attempt is remembered then", () => {
    const row = insertJob(world.database, "waiting", { deadline_at: NOON })
    const [job] = world.store.overdue(NOON, 10)
    const cutOff = endOf({ outcome: "overdue", status: null })
    expect(doing((store) => store.expire(job as Claimed, cutOff, 504, "{}", NOON))).toBe(true)
    expect(world.row(row.id)).toMatchObject({ state: "failed", status_code: 504 })
    expect(world.attempts(row.id)).toMatchObject([{ attempt: 1, outcome: "overdue" }])
  })
})

describe("an attempt", () => {
  const used = { input_tokens: 12, output_tokens: 30, cached_tokens: 4 }

  test("is remembered with all that is known of it", () => {
    const row = insertJob(world.database, "running")
    const known = endOf({ status: 503, keyName: "main", reason: "busy", upstreamRequestId: "req_1", used, cost: 0.25 })
    doing((store) => store.fail(claimedFrom(row), known, 503, "{}", later))
    expect(world.attempts(row.id)).toEqual([
      {
        job: row.number,
        attempt: 1,
        provider: "mock",
        model: "echo",
        started_at: NOON,
        finished_at: later,
        outcome: "answered",
        status: 503,
        key_name: "main",
        reason: "busy",
        upstream_request_id: "req_1",
        usage: JSON.stringify(used),
        cost: 0.25,
      },
    ])
  })

  test("of which nothing is known is remembered as that", () => {
    const row = insertJob(world.database, "running")
    doing((store) => store.park(claimedFrom(row), end, "", row.run_at, later))
    expect(world.attempts(row.id)).toMatchObject([{ usage: null, cost: null, upstream_request_id: null }])
  })
})

test("of very many attempts of a job the first 20 and the last 80 are remembered", () => {
  const { id } = insertJob(world.database, "queued")
  for (let n = 0; n < 150; n++) {
    doing((store) => {
      const [job] = store.claim(laneOf(), null, NOON, NOON + 1, 1)
      if (job) store.park(job, end, "", NOON, later)
    })
  }
  const numbers = world.attempts(id).map(({ attempt }) => attempt)
  expect(numbers).toEqual([
    ...Array.from({ length: 20 }, (_, n) => n + 1),
    ...Array.from({ length: 80 }, (_, n) => n + 71),
  ])
})

describe("what a virtual key has used", () => {
  const DAY = 86_400_000
  const spend = (owner: string, at: number, over: Parameters<typeof endOf>[0]) => {
    const row = insertJob(world.database, "running", { owner })
    doing((store) => store.succeed(claimedFrom(row), endOf(over), success("{}"), at))
  }
  const tokens = (input_tokens: number, output_tokens: number) => ({ used: { input_tokens, output_tokens } })

  test("is summed up by day, in and out together, and asked for since a day", () => {
    spend("vk:a", NOON, { ...tokens(10, 5), cost: 0.5 })
    spend("vk:a", NOON + 1000, { ...tokens(1, 1), cost: 0.25 })
    spend("vk:a", NOON + DAY, { ...tokens(100, 0), cost: 1 })
    spend("vk:b", NOON, tokens(7, 0))
    expect(world.store.spentSince("vk:a", dayOf(NOON))).toEqual({ tokens: 117, cost: 1.75 })
    expect(world.store.spentSince("vk:a", dayOf(NOON) + 1)).toEqual({ tokens: 100, cost: 1 })
    expect(world.store.spentSince("vk:a", dayOf(NOON) + 2)).toEqual({ tokens: 0, cost: 0 })
    expect(world.store.spentSince("vk:b", 0)).toEqual({ tokens: 7, cost: 0 })
  })

  test("counts whatever is known: tokens without a cost, a cost without tokens", () => {
    spend("vk:a", NOON, { used: { images: 2 }, cost: 0.04 })
    spend("vk:a", NOON, tokens(3, 0))
    spend("vk:a", NOON, {})
    expect(world.store.spentSince("vk:a", 0)).toEqual({ tokens: 3, cost: 0.04 })
  })

  test("is nobody else's, and is not counted for an attempt that another one superseded", () => {
    for (const owner of ["", "key:abc"]) spend(owner, NOON, { ...tokens(10, 5), cost: 1 })
    const row = insertJob(world.database, "running", { owner: "vk:a", attempt: 3 })
    const stale = { ...claimedFrom(row), attempt: 2 }
    doing((store) => store.succeed(stale, endOf({ ...tokens(10, 5) }), success("{}"), NOON))
    expect(world.database.query("SELECT count(*) AS n FROM spending").get()).toEqual({ n: 0 })
  })

  test("stays when its jobs go, and is forgotten by day", () => {
    spend("vk:a", NOON, tokens(10, 5))
    spend("vk:a", NOON + DAY, tokens(1, 0))
    doing((store) => store.prune(NOON + 100 * DAY, 100))
    expect(world.rows()).toEqual([])
    expect(world.store.spentSince("vk:a", 0)).toEqual({ tokens: 16, cost: 0 })
    doing((store) => store.forget(0, dayOf(NOON) + 1))
    expect(world.store.spentSince("vk:a", 0)).toEqual({ tokens: 1, cost: 0 })
  })

  test("belongs to days of UTC", () => {
    expect(dayOf(Date.UTC(2026, 0, 2) - 1) + 1).toBe(dayOf(Date.UTC(2026, 0, 2)))
    expect(dayOf(Date.UTC(2026, 0, 2, 23, 59))).toBe(dayOf(Date.UTC(2026, 0, 2)))
  })
})

describe("what a 429 has closed", () => {
  const quota = { provider: "mock", keyId: "a", model: "echo", closedUntil: NOON + 1000, spacingMs: null }

  test("is kept for each provider, key and model, as it was said last", () => {
    const others = [
      { ...quota, keyId: "" },
      { ...quota, model: "other" },
      { ...quota, provider: "other" },
    ]
    for (const one of [quota, ...others]) doing((store) => store.saveQuota(one))
    doing((store) => store.saveQuota({ ...quota, closedUntil: NOON + 5000, spacingMs: 12.5 }))
    const found = world.store.quotas()
    expect(found).toHaveLength(4)
    expect(found).toContainEqual({ ...quota, closedUntil: NOON + 5000, spacingMs: 12.5 })
    expect(found).toEqual(expect.arrayContaining(others))
  })

  test("keeps nothing but that of what it is given", () => {
    const more = { ...quota, inFlight: 3, strikes: 1, nextAt: 0 }
    doing((store) => store.saveQuota(more))
    expect(world.store.quotas()).toEqual([quota])
  })

  test("is forgotten when it opened before a time", () => {
    doing((store) => store.saveQuota(quota))
    doing((store) => store.forget(quota.closedUntil - 1, 0))
    expect(world.store.quotas()).toHaveLength(1)
    doing((store) => store.forget(quota.closedUntil, 0))
    expect(world.store.quotas()).toEqual([])
  })

  test("is what a poll is told of: when the first of its keys may be used again, unless one may be used now", () => {
    doing((store) => {
      store.saveQuota(quota)
      store.saveQuota({ ...quota, keyId: "b", closedUntil: NOON + 500 })
      store.saveQuota({ ...quota, keyId: "c", closedUntil: NOON })
      store.saveQuota({ ...quota, keyId: "c", model: "other", closedUntil: NOON + 9 })
    })
    const { id } = insertJob(world.database, "queued")
    const job = world.reads.job(id, NOON) as JobView
    const closedUntil = (...keyIds: string[]) => world.reads.closedUntil(job, keyIds, NOON)
    expect(closedUntil("a")).toBe(NOON + 1000)
    expect(closedUntil("a", "b")).toBe(NOON + 500)
    expect(closedUntil("a", "b", "c")).toBeNull()
    expect(closedUntil("a", "never closed")).toBeNull()
  })
})

describe("submit", () => {
  test("stores the job queued, with its request byte for byte", () => {
    const body = '{ "a" : 12345678901234567890, "b":"\\ud800\\u0000", "c":1e400, "ü":"日本" }'
    const job = newJob({ body })
    doing((store) => store.submit(job))
    expect(world.row(job.id)).toMatchObject({
      state: "queued",
      attempt: 0,
      failures: 0,
      losses: 0,
      crashes: 0,
      run_at: NOON,
      lease_until: null,
    })
    expect(world.body(job.id, "request")).toBe(body)
    expect(world.store.requestBody(world.row(job.id)?.number ?? 0)).toBe(body)
  })

  test("keeps what decides when and with which key it goes out, and how often a lost answer is made good", () => {
    const job = newJob({ priority: 2, keyChoice: "only:a", lossRetries: 1, owner: "vk:a" })
    doing((store) => store.submit(job))
    expect(world.row(job.id)).toMatchObject({ priority: 2, key_choice: "only:a", loss_retries: 1, owner: "vk:a" })
    expect(world.store.lanes()).toEqual([laneOf({ priority: 2, keyChoice: "only:a", owner: "vk:a" })])
  })

  test("cuts a large request into pieces and puts it together again", () => {
    const body = JSON.stringify({ text: "ü€x".repeat(200_000) })
    const job = newJob({ body })
    world.store.transaction(() => world.store.submit(job))
    const pieces = world.database.query("SELECT length(data) AS bytes FROM bodies ORDER BY seq").all() as {
      bytes: number
    }[]
    expect(pieces.length).toBe(Math.ceil(Buffer.byteLength(body) / BODY_PIECE_BYTES))
    expect(Math.max(...pieces.map((piece) => piece.bytes))).toBe(BODY_PIECE_BYTES)
    expect(world.store.requestBody(world.row(job.id)?.number ?? 0)).toBe(body)
  })

  test("refuses a second job with the same id and keeps the first", () => {
    const job = newJob()
    world.store.transaction(() => world.store.submit(job))
    expect(() => world.store.transaction(() => world.store.submit({ ...job, body: "{}" }))).toThrow(/UNIQUE|PRIMARY/)
    expect(world.store.requestBody(world.row(job.id)?.number ?? 0)).toBe(REQUEST)
  })
})

describe("claim", () => {
  const claim = (limit = 10, now = NOON, over: Partial<Lane> = {}, keyId: string | null = null) =>
    doing((store) => store.claim(laneOf(over), keyId, now, now + 1000, limit))

  test("takes due jobs of the lane, oldest first, and no more than asked", () => {
    const rows = [3, 1, 2].map((age) => insertJob(world.database, "queued", { run_at: NOON - age }))
    insertJob(world.database, "queued", { run_at: NOON + 1 })
    expect(sorted(claim(2))).toEqual(sorted([rows[0], rows[2]]))
    expect(sorted(claim(2))).toEqual(sorted([rows[1]]))
    expect(claim(2)).toEqual([])
  })

  test("takes jobs that are due since the same moment in the order in which they came", () => {
    const rows = Array.from({ length: 20 }, () => insertJob(world.database, "queued"))
    for (let at = 0; at < 20; at += 5) expect(sorted(claim(5))).toEqual(sorted(rows.slice(at, at + 5)))
  })

  test("gives each job a new attempt, a start, a lease and the key it goes out with", () => {
    const row = insertJob(world.database, "queued", { attempt: 2, failures: 1, key_id: "b" })
    expect(claim(10, NOON, {}, "a")).toMatchObject([
      { id: row.id, attempt: 3, failures: 1, startedAt: NOON, keyId: "a", ...laneOf() },
    ])
    expect(world.row(row.id)).toMatchObject({
      state: "running",
      attempt: 3,
      started_at: NOON,
      lease_until: NOON + 1000,
      key_id: "a",
    })
  })

  test("without a key forgets that of the attempt before", () => {
    const row = insertJob(world.database, "queued", { attempt: 2, key_id: "b" })
    expect(claim()).toMatchObject([{ keyId: null }])
    expect(world.row(row.id)?.key_id).toBeNull()
  })

  test.each(states.filter((state) => state !== "queued"))("never takes a job that is %s", (state) => {
    insertJob(world.database, state)
    expect(claim()).toEqual([])
  })

  const others: [keyof Row, Partial<Row>, Partial<Lane>][] = [
    ["provider", { provider: "other" }, { provider: "other" }],
    ["model", { model: "other" }, { model: "other" }],
    ["key_choice", { key_choice: "only:a" }, { keyChoice: "only:a" }],
    ["owner", { owner: "vk:a" }, { owner: "vk:a" }],
    ["priority", { priority: 2 }, { priority: 2 }],
  ]

  test.each(others)("takes no job whose %s is another", (_, row, lane) => {
    const own = insertJob(world.database, "queued")
    const other = insertJob(world.database, "queued", row)
    expect(sorted(claim())).toEqual([own.id])
    expect(sorted(claim(10, NOON, lane))).toEqual([other.id])
  })

  test("says when the next job of a lane is due", () => {
    expect(world.store.nextRunAt(laneOf())).toBeNull()
    insertJob(world.database, "queued", { run_at: NOON + 50 })
    insertJob(world.database, "queued", { run_at: NOON + 40 })
    insertJob(world.database, "queued", { run_at: NOON, owner: "vk:a" })
    insertJob(world.database, "running", { run_at: NOON })
    expect(world.store.nextRunAt(laneOf())).toBe(NOON + 40)
    expect(world.store.nextRunAt(laneOf({ owner: "vk:a" }))).toBe(NOON)
  })
})

describe("the lanes", () => {
  test("are every combination that has queued jobs, once, however many they are", () => {
    const made: Lane[] = []
    for (const provider of ["mock", "other"]) {
      for (const model of ["", "echo", "zebra"]) {
        for (const keyChoice of ["", 'not:["a"]']) {
          for (const owner of ["", "vk:a"]) {
            for (const priority of [0, 1, 2]) made.push({ provider, model, keyChoice, owner, priority })
          }
        }
      }
    }
    for (const { keyChoice, ...lane } of made) {
      for (let n = 0; n < 3; n++) insertJob(world.database, "queued", { ...lane, key_choice: keyChoice })
    }
    for (const state of states.filter((one) => one !== "queued")) insertJob(world.database, state, { owner: "vk:c" })
    const found = world.store.lanes()
    expect(found).toHaveLength(made.length)
    expect(found).toEqual(expect.arrayContaining(made))
  })

  test("are none where nothing is queued", () => {
    expect(world.store.lanes()).toEqual([])
  })

  test("tell how many jobs wait for each provider", () => {
    for (const provider of ["mock", "other", "other"]) insertJob(world.database, "queued", { provider })
    insertJob(world.database, "running", { provider: "third" })
    expect(world.store.queuedByProvider()).toEqual(
      new Map([
        ["mock", 1],
        ["other", 2],
      ]),
    )
  })
})

describe("the queued jobs of a lane", () => {
  const every: JobFilter = { owner: null, provider: null, model: null, requestType: null, isPending: null }
  const found = (over: Partial<JobFilter> = {}, before = NOON, limit = 10) =>
    world.store.queuedIn(laneOf(), { ...every, ...over }, before, limit).sort()

  test("are found by what they are, never started or started, and when they were made", () => {
    const fresh = insertJob(world.database, "queued")
    const tried = insertJob(world.database, "queued", { attempt: 1, started_at: NOON })
    const speech = insertJob(world.database, "queued", { request_type: "speech" })
    const young = insertJob(world.database, "queued", { created_at: NOON + 1 })
    insertJob(world.database, "queued", { owner: "vk:a" })
    insertJob(world.database, "running")
    expect(found()).toEqual(sorted([fresh, tried, speech]))
    expect(found({}, NOON + 1)).toEqual(sorted([fresh, tried, speech, young]))
    expect(found({ isPending: true })).toEqual(sorted([fresh, speech]))
    expect(found({ isPending: false })).toEqual(sorted([tried]))
    expect(found({ requestType: "speech" })).toEqual(sorted([speech]))
    expect(found({ requestType: "chat_completion", isPending: true })).toEqual(sorted([fresh]))
  })

  test("are found whether they are due or not, and no more of them than asked", () => {
    for (let n = 0; n < 5; n++) insertJob(world.database, "queued", { run_at: NOON + n * 100_000 })
    expect(found()).toHaveLength(5)
    expect(found({}, NOON, 3)).toHaveLength(3)
  })
})

describe("a transaction", () => {
  test("that throws leaves nothing behind, and the next one works", () => {
    const job = newJob()
    const work = () => {
      world.store.submit(job)
      throw new Error("stop")
    }
    expect(() => world.store.transaction(work)).toThrow("stop")
    expect(world.rows()).toEqual([])
    world.store.transaction(() => world.store.submit(job))
    expect(world.rows().length).toBe(1)
  })

  test("that meets a full disk leaves nothing behind, and works again when there is space", () => {
    const pages = world.database.query<{ page_count: number }, []>("PRAGMA page_count").get()?.page_count ?? 0
    world.database.run(`PRAGMA max_page_count = ${pages + 20}`)
    const big = newJob({ body: "x".repeat(1_000_000) })
    expect(() => world.store.transaction(() => world.store.submit(big))).toThrow(/full/)
    expect(world.rows()).toEqual([])
    world.database.run("PRAGMA max_page_count = 1000000")
    world.store.transaction(() => world.store.submit(big))
    expect(world.store.requestBody(world.row(big.id)?.number ?? 0) === big.body).toBe(true)
  })
})

describe("the reaper's questions", () => {
  test("lapsed finds running jobs whose lease ran out, and no other", () => {
    const lapsed = insertJob(world.database, "running", { lease_until: NOON })
    insertJob(world.database, "running", { lease_until: NOON + 1 })
    insertJob(world.database, "queued")
    expect(world.store.lapsed(NOON, 10).map((job) => job.id)).toEqual([lapsed.id])
  })

  test("overdue finds queued jobs past their deadline, and expire fails them once", () => {
    const overdue = insertJob(world.database, "queued", { deadline_at: NOON })
    insertJob(world.database, "queued", { deadline_at: NOON + 1 })
    insertJob(world.database, "running", { deadline_at: NOON })
    const found = world.store.overdue(NOON, 10)
    expect(found.map((job) => job.id)).toEqual([overdue.id])
    const expire = () => doing((store) => store.expire(found[0] as Claimed, null, 504, "{}", NOON))
    expect(expire()).toBe(true)
    expect(expire()).toBe(false)
    expect(world.row(overdue.id)).toMatchObject({ state: "failed", status_code: 504, attempt: 0, failures: 0 })
  })

  test("prune deletes what has expired with its bodies and attempts, in batches, and nothing else", () => {
    const job = newJob()
    world.store.transaction(() => world.store.submit(job))
    const [claimed] = doing((store) => store.claim(laneOf(), null, NOON, NOON + 1, 1))
    world.store.transaction(() => world.store.succeed(claimed as Claimed, end, success('{"a":1}'), NOON))
    const other = insertJob(world.database, "failed", { expires_at: NOON + 1 })
    const kept: Row[] = [
      insertJob(world.database, "succeeded", { expires_at: NOON + 3_600_001 }),
      insertJob(world.database, "queued"),
      insertJob(world.database, "running"),
    ]
    const now = NOON + 3_600_000
    expect(world.store.transaction(() => world.store.prune(now, 1))).toBe(1)
    expect(world.row(other.id)).toBeUndefined()
    expect(world.store.transaction(() => world.store.prune(now, 10))).toBe(1)
    expect(
      world
        .rows()
        .map((row) => row.id)
        .sort(),
    ).toEqual(kept.map((row) => row.id).sort())
    expect(world.database.query("SELECT count(*) AS n FROM bodies").get()).toEqual({ n: 0 })
    expect(world.database.query("SELECT count(*) AS n FROM attempts").get()).toEqual({ n: 0 })
    expect(world.store.transaction(() => world.store.prune(now, 10))).toBe(0)
  })

  test("shrink gives the space of deleted jobs back to the disk", () => {
    const count = () => world.database.query<{ page_count: number }, []>("PRAGMA page_count").get()?.page_count ?? 0
    const id = newJob({ body: "x".repeat(4_000_000) })
    world.store.transaction(() => world.store.submit(id))
    const before = count()
    world.store.transaction(() => world.store.remove(id.id))
    let steps = 1
    while (world.store.shrink(100)) steps++
    expect(before).toBeGreaterThan(900)
    expect(steps).toBeGreaterThan(5)
    expect(count()).toBeLessThan(before / 10)
  })
})

describe("a poll", () => {
  test("sees a job until the moment it expires, without waiting for the reaper", () => {
    const row = insertJob(world.database, "failed", { expires_at: NOON + 10 })
    expect(world.reads.job(row.id, NOON + 9)?.id).toBe(row.id)
    expect(world.reads.job(row.id, NOON + 10)).toBeNull()
    expect(world.reads.job("00000000-0000-0000-0000-000000000000", NOON)).toBeNull()
  })
})

describe("a result", () => {
  const ready = (result: string) => {
    const row = insertJob(world.database, "running")
    world.store.transaction(() => world.store.succeed(claimedFrom(row), end, success(result), NOON))
    world.reads.refresh()
    return Buffer.concat([...world.reads.bodyPieces(row.id, "result")]).toString()
  }
  test.each([1, BODY_PIECE_BYTES - 1, BODY_PIECE_BYTES, BODY_PIECE_BYTES + 1, BODY_PIECE_BYTES * 2, 1_000_000])(
    "of %d bytes is read back whole",
    (bytes) => {
      const result = "x".repeat(bytes)
      expect(ready(result) === result).toBe(true)
    },
  )
})

test("a result that goes away while it is being read is no shorter result but an error", () => {
  const row = insertJob(world.database, "running")
  world.store.transaction(() => world.store.succeed(claimedFrom(row), end, success("x".repeat(1_000_000)), NOON))
  world.reads.refresh()
  const pieces = world.reads.bodyPieces(row.id, "result")
  pieces.next()
  world.store.transaction(() => world.store.remove(row.id))
  world.reads.refresh()
  expect(() => [...pieces]).toThrow("was removed while it was being read")
})

test("a result is read whole while the file under it becomes smaller", () => {
  const store = (result: string) => {
    const row = insertJob(world.database, "running")
    world.store.transaction(() => world.store.succeed(claimedFrom(row), end, success(result), NOON))
    world.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
    return { row, result, bytes: statSync(world.directory.databasePath).size }
  }
  const goes = store("x".repeat(8_000_000))
  const stays = store(Array.from({ length: 300_000 }, (_, at) => `${at} `).join(""))
  const pieces = world.reads.bodyPieces(stays.row.id, "result")
  const read = [pieces.next().value as Uint8Array]
  world.store.transaction(() => world.store.remove(goes.row.id))
  while (world.store.shrink(100)) {}
  world.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
  expect(statSync(world.directory.databasePath).size).toBeLessThan(stays.bytes - 4_000_000)
  read.push(...pieces)
  expect(Buffer.concat(read).toString() === stays.result).toBe(true)
})

describe("an illegal row cannot exist", () => {
  const illegal: { name: string; state: State; over: Partial<Row> }[] = [
    { name: "running without a lease", state: "running", over: { lease_until: null } },
    { name: "queued with a lease", state: "queued", over: { lease_until: NOON } },
    { name: "terminal without completed_at", state: "succeeded", over: { completed_at: null } },
    {
      name: "queued with completed_at",
      state: "queued",
      over: { completed_at: NOON, expires_at: NOON, status_code: 1 },
    },
    { name: "terminal without expires_at", state: "failed", over: { expires_at: null } },
    { name: "more failures than attempts", state: "queued", over: { failures: 1 } },
    { name: "negative failures", state: "running", over: { failures: -1 } },
    { name: "an attempt without a start", state: "running", over: { started_at: null } },
    { name: "succeeded with an error", state: "succeeded", over: { error: "{}" } },
    { name: "failed without an error", state: "failed", over: { error: null } },
    { name: "failed without a status code", state: "failed", over: { status_code: null } },
    { name: "a seventh state", state: "lost" as State, over: {} },
  ]
  test.each(illegal)("$name", ({ state, over }) => {
    expect(() => insertJob(world.database, state, over)).toThrow(/CHECK constraint failed/)
  })
})

describe("a clock that was set back", () => {
  test("is known by the newest job", () => {
    expect(world.store.latestCreatedAt()).toBeNull()
    for (const at of [NOON, NOON + 5000]) doing((store) => store.submit(newJob({ createdAt: at })))
    expect(world.store.latestCreatedAt()).toBe(NOON + 5000)
  })

  test("is known too when it was set back before: the highest id is then not the newest job", () => {
    doing((store) => store.submit(newJob({ createdAt: NOON + 5000 })))
    doing((store) => store.setBack(5000, NOON, store.lastNumber()))
    doing((store) => store.submit(newJob({ createdAt: NOON + 3000 })))
    expect(world.store.latestCreatedAt()).toBe(NOON + 3000)
  })

  test("moves the times of what is unfinished and of what is closed, and nothing else", () => {
    const rows = states.map((state) => insertJob(world.database, state, { run_at: NOON + 500 }))
    doing((store) =>
      store.saveQuota({ provider: "mock", keyId: "", model: "echo", closedUntil: NOON + 900, spacingMs: null }),
    )
    doing((store) => store.setBack(300, NOON, Number.MAX_SAFE_INTEGER))
    for (const row of rows) {
      const moved = { ...row, run_at: NOON + 200, deadline_at: row.deadline_at - 300 }
      expect(world.row(row.id)).toEqual(ended.includes(row.state) ? row : moved)
    }
    expect(world.store.quotas()).toMatchObject([{ closedUntil: NOON + 600 }])
  })

  test("moves nothing of what was made after it was known", () => {
    const earlier = newJob({ createdAt: NOON + 500 })
    doing((store) => store.submit(earlier))
    const last = world.store.lastNumber()
    const later = newJob({ createdAt: NOON })
    doing((store) => store.submit(later))
    doing((store) => store.setBack(500, NOON, last))
    expect(world.row(earlier.id)).toMatchObject({ run_at: NOON, deadline_at: earlier.deadlineAt - 500 })
    expect(world.row(later.id)).toMatchObject({ run_at: NOON, deadline_at: later.deadlineAt, created_at: NOON })
  })

  test("leaves no job behind that was made later than now", () => {
    const rows = states.map((state) => insertJob(world.database, state, { created_at: NOON + 500 }))
    const before = insertJob(world.database, "queued", { created_at: NOON - 5 })
    doing((store) => store.setBack(500, NOON, Number.MAX_SAFE_INTEGER))
    for (const row of rows) expect(world.row(row.id)?.created_at).toBe(NOON)
    expect(world.row(before.id)?.created_at).toBe(NOON - 5)
    expect(world.store.latestCreatedAt()).toBeLessThanOrEqual(NOON)
  })
})

describe("no question reads the whole table", () => {
  /** What SQLite says it would do for each statement that `work` prepares. */
  function plansOf(work: (database: Database) => void): { sql: string; plan: string }[] {
    const statements: string[] = []
    const noted = (make: "prepare" | "query") => (sql: string) => {
      statements.push(sql)
      return world.database[make](sql)
    }
    work(Object.assign(Object.create(world.database), { prepare: noted("prepare"), query: noted("query") }))
    return statements
      .filter((sql) => /^\s*(select|insert|update|delete)/i.test(sql))
      .map((sql) => {
        const steps = world.database.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`).all()
        return { sql, plan: steps.map((step) => step.detail).join("; ") }
      })
  }

  test("every statement of the store finds its jobs, bodies and attempts by an index, and sorts nothing", () => {
    const plans = plansOf(createStore)
    expect(plans.length).toBeGreaterThan(30)
    expect(
      plans.filter(({ plan }) => /SCAN (jobs|requests|results|contents|attempts)(?!.* USING )/.test(plan)),
    ).toEqual([])
    expect(plans.filter(({ plan }) => plan.includes("TEMP B-TREE"))).toEqual([])
  })

  test("and so does every statement of the reads", () => {
    const plans = plansOf((database) => createReads(database, () => database).bodyBytes("", "result"))
    expect(plans.length).toBeGreaterThan(11)
    expect(
      plans.filter(({ plan }) => /SCAN (jobs|requests|results|contents|attempts|quotas)(?!.* USING )/.test(plan)),
    ).toEqual([])
    expect(plans.filter(({ plan }) => plan.includes("TEMP B-TREE"))).toEqual([])
  })

  /** The lane, as far as an index of it is used, and what stands behind it. */
  const LANE = "provider=? AND model=? AND key_choice=? AND owner=? AND priority=?"

  test.each([
    ["the claim of one", /^update "jobs" set.*"key_id" = \?.*rowid = /s, `(${LANE} AND run_at<?)`],
    ["the claim of many", /^update "jobs" set.*"key_id" = \?.*rowid IN /s, `(${LANE} AND run_at<?)`],
    ["nextRunAt", /^select min\("run_at"\).*provider = \?/is, `(${LANE})`],
    ["queuedIn", /created_at <= \?/, `(${LANE})`],
    [
      "lanes",
      /^select "provider".*\(provider, model, key_choice, owner, priority, run_at\) >/s,
      "((provider,model,key_choice,owner,priority,run_at)>(?,?,?,?,?,?))",
    ],
    [
      "oldestDue",
      /^SELECT provider.*\(provider, model, key_choice, owner, priority, run_at\) >/s,
      "((provider,model,key_choice,owner,priority,run_at)>(?,?,?,?,?,?))",
    ],
    ["position", /count\(\*\) AS position/, `(${LANE} AND run_at<?)`],
  ])("%s goes straight to its lane in the index of due jobs", (name, statement, search) => {
    const plans = plansOf((database) => {
      createStore(database)
      createReads(database, () => database)
    }).filter(({ sql }) => statement.test(sql))
    const used = plans.filter(({ plan }) => plan.includes(`jobs_due ${search}`))
    expect({ name, used: used.length, plans: used.length === 0 ? plans : [] }).toEqual({ name, used: 1, plans: [] })
  })
})
