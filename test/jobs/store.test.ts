import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { BODY_PIECE_BYTES, type State } from "../../src/jobs/schema.ts"
import { type Claimed, createStore, type Store } from "../../src/jobs/store.ts"
import { claimedFrom, createWorld, insertJob, NOON, newJob, REQUEST, type Row, states, type World } from "../factory.ts"

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world.dispose())

const end = { outcome: "answered", status: 200, keyName: null, reason: null }
const later = NOON + 5000
const success = (result: string) => ({ result, usage: null })

/** Every transition that an attempt's end can ask for, and where it leads. */
const ends: { name: string; to: State; spends: number; go: (store: Store, job: Claimed) => boolean }[] = [
  {
    name: "succeed",
    to: "succeeded",
    spends: 0,
    go: (store, job) => store.succeed(job, end, success('{"a":1}'), later),
  },
  { name: "retry", to: "queued", spends: 1, go: (store, job) => store.retry(job, end, later + 100, later) },
  { name: "park", to: "queued", spends: 0, go: (store, job) => store.park(job, end, later + 100, later) },
  { name: "release", to: "queued", spends: 0, go: (store, job) => store.release(job, later) },
  { name: "fail", to: "failed", spends: 1, go: (store, job) => store.fail(job, end, 502, '{"error":{}}', later) },
]

describe.each(ends)("$name", ({ to, spends, go }) => {
  test("moves a running job and remembers the attempt", () => {
    const row = insertJob(world.database, "running")
    expect(world.store.transaction(() => go(world.store, claimedFrom(row)))).toBe(true)
    const after = world.row(row.id)
    expect(after).toMatchObject({ state: to, attempt: 1, failures: spends, lease_until: null })
    expect(world.attempts(row.id)).toMatchObject([{ attempt: 1, started_at: NOON, finished_at: later }])
    const isTerminal = to === "succeeded" || to === "failed"
    expect(after?.completed_at ?? null).toBe(isTerminal ? later : null)
    expect(after?.expires_at ?? null).toBe(isTerminal ? later + row.ttl_ms : null)
  })

  test.each(states.filter((state) => state !== "running"))("changes nothing of a job that is %s", (state) => {
    const row = insertJob(world.database, state, { attempt: 1, started_at: NOON })
    expect(world.store.transaction(() => go(world.store, claimedFrom(row)))).toBe(false)
    expect(world.row(row.id)).toEqual(row)
    expect(world.attempts(row.id)).toEqual([])
    expect(world.body(row.id, "result")).toBe("")
  })

  test("changes nothing of a job that is on a later attempt", () => {
    const row = insertJob(world.database, "running", { attempt: 3, failures: 2 })
    const stale = { ...claimedFrom(row), attempt: 2 }
    expect(world.store.transaction(() => go(world.store, stale))).toBe(false)
    expect(world.row(row.id)).toEqual(row)
    expect(world.attempts(row.id)).toEqual([])
  })
})

describe("submit", () => {
  test("stores the job queued, with its request byte for byte", () => {
    const body = '{ "a" : 12345678901234567890, "b":"\\ud800\\u0000", "c":1e400, "ü":"日本" }'
    const job = newJob({ body })
    world.store.transaction(() => world.store.submit(job))
    expect(world.row(job.id)).toMatchObject({
      state: "queued",
      attempt: 0,
      failures: 0,
      run_at: NOON,
      lease_until: null,
    })
    expect(world.body(job.id, "request")).toBe(body)
    expect(world.store.requestBody(job.id)).toBe(body)
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
    expect(world.store.requestBody(job.id)).toBe(body)
  })

  test("refuses a second job with the same id and keeps the first", () => {
    const job = newJob()
    world.store.transaction(() => world.store.submit(job))
    expect(() => world.store.transaction(() => world.store.submit({ ...job, body: "{}" }))).toThrow(/UNIQUE|PRIMARY/)
    expect(world.store.requestBody(job.id)).toBe(REQUEST)
  })
})

describe("claim", () => {
  const claim = (limit = 10, now = NOON, provider = "mock") =>
    world.store.transaction(() => world.store.claim(provider, "", now, now + 1000, limit))

  test("takes due jobs of the provider, oldest first, and no more than asked", () => {
    const rows = [3, 1, 2].map((age) => insertJob(world.database, "queued", { run_at: NOON - age }))
    insertJob(world.database, "queued", { provider: "other" })
    insertJob(world.database, "queued", { run_at: NOON + 1 })
    expect(
      claim(2)
        .map((job) => job.id)
        .sort(),
    ).toEqual([rows[0]?.id ?? "", rows[2]?.id ?? ""].sort())
    expect(claim(2).map((job) => job.id)).toEqual([rows[1]?.id ?? ""])
    expect(claim(2)).toEqual([])
  })

  test("gives each job a new attempt, a start and a lease", () => {
    const row = insertJob(world.database, "queued", { attempt: 2, failures: 1 })
    expect(claim()).toMatchObject([{ id: row.id, attempt: 3, failures: 1, startedAt: NOON }])
    expect(world.row(row.id)).toMatchObject({
      state: "running",
      attempt: 3,
      started_at: NOON,
      lease_until: NOON + 1000,
    })
  })

  test.each(states.filter((state) => state !== "queued"))("never takes a job that is %s", (state) => {
    insertJob(world.database, state)
    expect(claim()).toEqual([])
  })

  test("takes jobs of the one owner only, and lanes names every owner and provider once", () => {
    const owners = ["", "vk:a", "vk:b", "vk:a"]
    const rows = owners.map((owner) => insertJob(world.database, "queued", { owner }))
    insertJob(world.database, "queued", { provider: "other", owner: "vk:a" })
    insertJob(world.database, "running", { owner: "vk:c" })
    expect(world.store.lanes()).toEqual([
      { provider: "mock", owner: "" },
      { provider: "mock", owner: "vk:a" },
      { provider: "mock", owner: "vk:b" },
      { provider: "other", owner: "vk:a" },
    ])
    const taken = world.store.transaction(() => world.store.claim("mock", "vk:a", NOON, NOON + 1000, 10))
    expect(taken.map((job) => job.id).sort()).toEqual([rows[1]?.id ?? "", rows[3]?.id ?? ""].sort())
  })

  test("says when the next job of a provider is due", () => {
    expect(world.store.nextRunAt("mock", "")).toBeNull()
    insertJob(world.database, "queued", { run_at: NOON + 50 })
    insertJob(world.database, "queued", { run_at: NOON + 40 })
    insertJob(world.database, "running", { run_at: NOON })
    expect(world.store.nextRunAt("mock", "")).toBe(NOON + 40)
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
    expect(world.store.requestBody(big.id) === big.body).toBe(true)
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
    const expire = () => world.store.transaction(() => world.store.expire(found[0] as Claimed, 504, "{}", NOON))
    expect(expire()).toBe(true)
    expect(expire()).toBe(false)
    expect(world.row(overdue.id)).toMatchObject({ state: "failed", status_code: 504, attempt: 0, failures: 0 })
  })

  test("prune deletes what has expired with its bodies and attempts, in batches, and nothing else", () => {
    const job = newJob()
    world.store.transaction(() => world.store.submit(job))
    const [claimed] = world.store.transaction(() => world.store.claim("mock", "", NOON, NOON + 1, 1))
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
    return Buffer.concat([...world.reads.pieces(row.id, "result")]).toString()
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
  const pieces = world.reads.pieces(row.id, "result")
  pieces.next()
  world.store.transaction(() => world.store.remove(row.id))
  world.reads.refresh()
  expect(() => [...pieces]).toThrow("was removed while it was being read")
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

describe("no question reads the whole table", () => {
  test("every statement of the store finds its jobs by an index", () => {
    const statements: string[] = []
    const prepare = world.database.prepare.bind(world.database)
    const watched = Object.assign(Object.create(world.database), {
      prepare: (sql: string) => {
        statements.push(sql)
        return prepare(sql)
      },
      query: world.database.query.bind(world.database),
    })
    createStore(watched)
    const plans = statements.map((sql) => {
      const steps = world.database.query(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]
      return `${sql}\n  ${steps.map((step) => step.detail).join("\n  ")}`
    })
    expect(statements.length).toBeGreaterThan(10)
    expect(plans.filter((plan) => /SCAN (?!json_each)(?!.*USING)/.test(plan))).toEqual([])
    expect(plans.filter((plan) => plan.includes("TEMP B-TREE"))).toEqual([])
  })
})
