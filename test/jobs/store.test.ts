// The behaviour of every store: the suite runs against each store of makers.ts, and uses only the interface.
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test"
import {
  BODY_PIECE_BYTES,
  type Claimed,
  countDays,
  type Lane,
  type NewJob,
  type State,
  type StateFilter,
} from "../../src/jobs/job.ts"
import type {
  Allowance,
  BodyPart,
  Change,
  ChangeKind,
  ChangeOf,
  Requeue,
  Results,
  Store,
} from "../../src/jobs/store.ts"
import { StoreError } from "../../src/jobs/storeerror.ts"
import {
  claimedFrom,
  makeClaim,
  makeClosing,
  makeEnd,
  makeFailure,
  makeFinish,
  makeLane,
  makeRemove,
  makeRequeue,
  makeSubmit,
  NOON,
  newJob,
  REQUEST,
  type Row,
  states,
} from "../factory.ts"
import { type Inspect, type Made, makers } from "./makers.ts"

const later = NOON + 5000
const DAY = 86_400_000
const target = { provider: "second", model: "m" }
const nothing = { isFailure: false, isLoss: false, isCrash: false }
const ended: readonly State[] = ["succeeded", "failed", "cancelled"]
const unfinished = ["queued", "waiting", "running"] as const
const sorted = (items: readonly ({ id: string } | undefined)[]) => items.map((item) => item?.id ?? "").sort()
const fallBackTo = (over: Partial<Requeue["fallback"] & object> = {}) => ({
  next: target,
  error: '{"error":{}}',
  keepsSecret: false,
  ...over,
})

interface Ending {
  name: string
  to: State
  spends: number
  change: (job: Claimed) => ChangeOf<"finish"> | ChangeOf<"requeue">
}

/** Every transition at the end of an attempt, and the state that it leads to. */
const endings: Ending[] = [
  { name: "an end with success", to: "succeeded", spends: 0, change: (job) => makeFinish(job) },
  { name: "an end in vain", to: "failed", spends: 1, change: (job) => makeFailure(job) },
  {
    name: "a requeue that spends a try",
    to: "queued",
    spends: 1,
    change: (job) => makeRequeue(job, { runAt: later + 100, spends: { ...nothing, isFailure: true } }),
  },
  { name: "a requeue that spends none", to: "queued", spends: 0, change: (job) => makeRequeue(job) },
  {
    name: "a requeue for another provider",
    to: "queued",
    spends: 0,
    change: (job) => makeRequeue(job, { runAt: later, fallback: fallBackTo() }),
  },
]

describe.each(makers)("$name", ({ make, end }) => {
  let made: Made
  let store: Store
  let inspect: Inspect
  beforeEach(async () => {
    made = await make()
    store = made.store
    inspect = made.inspect
  })
  afterEach(() => made.dispose())
  afterAll(end)

  /** Applies one change in a turn of its own, and returns the result. */
  async function apply<Kind extends ChangeKind>(change: ChangeOf<Kind>, now = NOON): Promise<Results[Kind]> {
    const [result] = await store.turn(now, [change as Change])
    return result as Results[Kind]
  }

  async function submit(over: Partial<NewJob> = {}): Promise<NewJob> {
    const job = newJob(over)
    await apply(makeSubmit(job))
    return job
  }

  /** A job with a running attempt. */
  async function running(over: Partial<Row> = {}): Promise<{ row: Row; job: Claimed }> {
    const row = await inspect.insert("running", over)
    return { row, job: claimedFrom(row) }
  }

  const lanes = async () => (await store.queued()).map(({ jobs, ...lane }) => lane)
  const quotas = async () => (await store.remains()).quotas

  describe.each(endings)("$name", ({ to, spends, change }) => {
    test("moves a running job and remembers the attempt", async () => {
      const { row, job } = await running()
      expect(await apply<"finish" | "requeue">(change(job), later)).toBe(true)
      const after = await inspect.row(row.id)
      expect(after).toMatchObject({ state: to, attempt: 1, failures: spends, lease_until: null })
      expect(await inspect.attempts(row.id)).toMatchObject([{ attempt: 1, started_at: NOON, finished_at: later }])
      const isTerminal = ended.includes(to)
      expect(after?.completed_at ?? null).toBe(isTerminal ? later : null)
      expect(after?.expires_at ?? null).toBe(isTerminal ? later + row.ttl_ms : null)
    })

    test.each(states.filter((state) => state !== "running"))("changes nothing of a job that is %s", async (state) => {
      const row = await inspect.insert(state, { owner: "vk:a", attempt: 1, started_at: NOON })
      expect(await apply<"finish" | "requeue">(change(claimedFrom(row)), later)).toBe(false)
      expect(await inspect.row(row.id)).toEqual(row)
      expect(await inspect.attempts(row.id)).toEqual([])
      expect(await inspect.body(row.id, "result")).toBe("")
    })

    test("changes nothing of a job that is on a later attempt", async () => {
      const { row, job } = await running({ attempt: 3, failures: 2 })
      expect(await apply<"finish" | "requeue">(change({ ...job, attempt: 2 }), later)).toBe(false)
      expect(await inspect.row(row.id)).toEqual(row)
      expect(await inspect.attempts(row.id)).toEqual([])
    })

    test("leaves no key of the caller behind where the job has ended or gone to another provider", async () => {
      const { row, job } = await running({ secret: Buffer.from("sealed") })
      await apply<"finish" | "requeue">(change(job), later)
      const after = await inspect.row(row.id)
      const isKept = to === "queued" && after?.provider === row.provider
      expect(after?.secret?.toString() ?? null).toBe(isKept ? "sealed" : null)
    })

    test("forgets an upstream job, which is no longer the one to poll", async () => {
      const { row, job } = await running({ provider_state: '{"id":"theirs"}' })
      await apply<"finish" | "requeue">(change(job), later)
      if (to === "queued") expect((await inspect.row(row.id))?.provider_state).toBeNull()
    })

    test("remembers what a 429 has closed, also where the attempt is no longer the job's", async () => {
      const closed = { provider: "mock", keyId: "", model: "echo", closedUntil: later, spacingMs: null }
      const { job } = await running({ attempt: 3 })
      const stale = { ...change({ ...job, attempt: 2 }), end: makeEnd({ closed }) }
      expect(await apply<"finish" | "requeue">(stale, NOON)).toBe(false)
      expect(await quotas()).toEqual([closed])
    })
  })

  describe("an end", () => {
    test.each(unfinished)("can leave the state %s, and no other than it names", async (from) => {
      const row = await inspect.insert(from, { secret: Buffer.from("sealed"), extras: "{}" })
      for (const other of unfinished.filter((state) => state !== from)) {
        expect(await apply(makeFailure(claimedFrom(row), { from: other }), later)).toBe(false)
      }
      expect(await inspect.row(row.id)).toEqual(row)
      const change = makeFailure(claimedFrom(row), { from, statusCode: 504, end: null, isFailure: false })
      expect(await apply(change, later)).toBe(true)
      expect(await inspect.row(row.id)).toMatchObject({
        state: "failed",
        status_code: 504,
        attempt: row.attempt,
        failures: 0,
        completed_at: later,
        lease_until: null,
        secret: null,
        extras: null,
      })
      expect(await inspect.attempts(row.id)).toEqual([])
      expect(await apply(change, later)).toBe(false)
    })

    test("with success keeps the answer: its text, its bytes, what it used and what was left out of the request", async () => {
      const { row, job } = await running({ warnings: '["before"]' })
      const content = { type: "audio/mpeg", bytes: Buffer.from("sound") }
      const answer = { result: '{"a":1}', usage: '{"total_tokens":3}', warnings: ["top_k"], content }
      await apply(makeFinish(job, { answer }), later)
      expect(await inspect.row(row.id)).toMatchObject({
        status_code: 200,
        error: null,
        usage: '{"total_tokens":3}',
        warnings: '["top_k"]',
        content_kind: "audio/mpeg",
      })
      expect(await inspect.body(row.id, "result")).toBe('{"a":1}')
      expect(await inspect.body(row.id, "content")).toBe("sound")
    })

    test("keeps the warnings that the job came with where the answer has none", async () => {
      const { row, job } = await running({ warnings: '["before"]' })
      await apply(makeFinish(job), later)
      expect((await inspect.row(row.id))?.warnings).toBe('["before"]')
    })

    test("in vain keeps what could not be read as a result", async () => {
      const { row, job } = await running()
      await apply(makeFailure(job, { answer: { result: "<html>", usage: null } }), later)
      expect(await inspect.body(row.id, "result")).toBe("<html>")
    })
  })

  describe("an answer that is stored part by part", () => {
    const part = (over: Partial<BodyPart> & { text: string }): BodyPart => {
      const { text, ...rest } = over
      return { kind: "result", seq: 0, bytes: Buffer.from(text), ...rest }
    }

    test("is the job's when it ends with it", async () => {
      const { row, job } = await running({ attempt: 2 })
      const whole = "x".repeat(BODY_PIECE_BYTES)
      await apply({ kind: "stage", job, part: part({ text: whole }) })
      await apply({ kind: "stage", job, part: part({ text: "end", seq: 1 }) })
      await apply({ kind: "stage", job, part: part({ text: "sound", kind: "content" }) })
      const content = { type: "audio/mpeg", bytes: new Uint8Array() }
      await apply(makeFinish(job, { answer: { result: "", usage: null, content, isStaged: true } }))
      expect((await inspect.body(row.id, "result")) === `${whole}end`).toBe(true)
      expect(await inspect.body(row.id, "content")).toBe("sound")
    })

    test("of an attempt that is no longer under way is not stored", async () => {
      const { row, job } = await running({ attempt: 2 })
      await apply({ kind: "stage", job: { ...job, attempt: 1 }, part: part({ text: "late" }) })
      await apply(makeRequeue(job))
      await apply({ kind: "stage", job, part: part({ text: "late" }) })
      expect(await inspect.body(row.id, "result")).toBe("")
    })

    test("that did not become the job's is gone when another attempt's begins, or the job ends without it", async () => {
      const { row, job } = await running()
      await apply({ kind: "stage", job, part: part({ text: "first" }) })
      await apply(makeRequeue(job))
      const { jobs } = await apply(makeClaim())
      const [second] = jobs as [Claimed]
      await apply({ kind: "stage", job: second, part: part({ text: "second" }) })
      expect(await inspect.body(row.id, "result")).toBe("second")
      await apply(makeFailure(second))
      expect(await inspect.body(row.id, "result")).toBe("")
    })

    test("is gone when the first attempt fails or is cancelled before it is the job's", async () => {
      const [failing, cancelled] = [await running(), await running()]
      for (const { job } of [failing, cancelled]) await apply({ kind: "stage", job, part: part({ text: "first" }) })
      await apply(makeFailure(failing.job))
      await apply({ kind: "cancel", jobs: [{ id: cancelled.row.id, end: makeEnd() }] })
      expect(await inspect.body(failing.row.id, "result")).toBe("")
      expect(await inspect.body(cancelled.row.id, "result")).toBe("")
    })
  })

  describe("a requeue", () => {
    test("makes the job wait until its time", async () => {
      const { row, job } = await running()
      await apply(makeRequeue(job, { runAt: later + 100 }), later)
      expect((await inspect.row(row.id))?.run_at).toBe(later + 100)
    })

    test("counts tries, lost answers and deaths of threads, each for itself", async () => {
      const { row } = await running({ attempt: 5, failures: 3, losses: 2, crashes: 1 })
      const retried = async (isLoss: boolean, isCrash: boolean) => {
        const [job] = (await store.remains()).running as [Claimed]
        await apply(makeRequeue(job, { runAt: NOON, spends: { isFailure: true, isLoss, isCrash } }))
        const { failures, losses, crashes } = (await inspect.row(row.id)) as Row
        await apply(makeClaim())
        return { failures, losses, crashes }
      }
      expect(await retried(false, false)).toEqual({ failures: 4, losses: 2, crashes: 1 })
      expect(await retried(true, false)).toEqual({ failures: 5, losses: 3, crashes: 1 })
      expect(await retried(true, true)).toEqual({ failures: 6, losses: 4, crashes: 2 })
    })

    test("that names no other time keeps the job's place in the queue: it is due since when it was", async () => {
      const { row, job } = await running({ run_at: NOON - 7000, failures: 1, losses: 1, attempt: 4 })
      await apply(makeRequeue(job), later)
      expect(await inspect.row(row.id)).toMatchObject({ run_at: NOON - 7000, failures: 1, losses: 1, attempt: 4 })
    })

    test("can take a key from what the job may go out with", async () => {
      const { row, job } = await running()
      await apply(makeRequeue(job, { keyChoice: 'not:["a"]' }))
      expect((await inspect.row(row.id))?.key_choice).toBe('not:["a"]')
      expect(await lanes()).toEqual([makeLane({ keyChoice: 'not:["a"]' })])
    })
  })

  describe("a fallback", () => {
    const fallbacks = JSON.stringify([target, { provider: "third", model: "n" }])
    const fallBack = async (over: Partial<Row>, to: Partial<Requeue["fallback"] & object>) => {
      const { row, job } = await running({
        attempt: 6,
        failures: 3,
        losses: 2,
        crashes: 1,
        key_choice: "only:a",
        fallbacks,
        ...over,
      })
      await apply(makeRequeue(job, { runAt: later, keyChoice: "", fallback: fallBackTo(to) }), later)
      return row.id
    }

    test("begins anew at the next provider: with all its tries, any of its keys and none of the caller's", async () => {
      const id = await fallBack({ secret: Buffer.from("sealed") }, { error: '{"first":1}' })
      expect(await inspect.row(id)).toMatchObject({
        ...target,
        state: "queued",
        attempt: 6,
        failures: 0,
        losses: 0,
        key_choice: "",
        secret: null,
        run_at: later,
        fallbacks,
        fallbacks_tried: 1,
        primary_error: '{"first":1}',
      })
      expect(await inspect.attempts(id)).toMatchObject([{ provider: "mock", model: "echo", attempt: 6 }])
    })

    test("keeps the caller's secret where a target that is left gets something of it", async () => {
      const secret = Buffer.from("sealed")
      const id = await fallBack({ secret }, { keepsSecret: true })
      expect((await inspect.row(id))?.secret).toEqual(secret)
    })

    test("keeps the first provider's error, and counts how many it has gone to: the list is not written again", async () => {
      const id = await fallBack({ primary_error: '{"first":1}', fallbacks_tried: 1 }, { error: '{"second":2}' })
      expect(await inspect.row(id)).toMatchObject({ primary_error: '{"first":1}', fallbacks, fallbacks_tried: 2 })
    })
  })

  describe("a cancel", () => {
    const end = makeEnd({ outcome: "cancelled", status: null, reason: "it was cancelled", keyName: "main" })
    const cancel = (...rows: Row[]) => apply({ kind: "cancel", jobs: rows.map(({ id }) => ({ id, end })) }, later)

    test.each(unfinished)("ends a job that is %s, and says so", async (state) => {
      const row = await inspect.insert(state, { secret: Buffer.from("sealed") })
      const { secret, ...job } = claimedFrom(row)
      expect(await cancel(row)).toMatchObject([{ state, job: { id: job.id, attempt: job.attempt } }])
      const after = await inspect.row(row.id)
      expect(after).toMatchObject({
        state: "cancelled",
        status_code: 499,
        failures: 0,
        completed_at: later,
        expires_at: later + row.ttl_ms,
        lease_until: null,
        secret: null,
      })
      expect(JSON.parse(after?.error ?? "")).toMatchObject({
        error: { code: "job_cancelled" },
        extra_fields: { provider: "mock" },
      })
    })

    test("remembers the attempt that was under way, and none where none was", async () => {
      const [out, waiting] = [await inspect.insert("running", { attempt: 2 }), await inspect.insert("waiting")]
      const queued = await inspect.insert("queued", { attempt: 3, started_at: NOON })
      await cancel(out, waiting, queued)
      const remembered = { outcome: "cancelled", reason: "it was cancelled", key_name: "main", finished_at: later }
      expect(await inspect.attempts(out.id)).toMatchObject([{ attempt: 2, ...remembered }])
      expect(await inspect.attempts(waiting.id)).toMatchObject([{ attempt: 1, ...remembered }])
      expect(await inspect.attempts(queued.id)).toEqual([])
    })

    test.each(ended)("changes nothing of a job that has %s", async (state) => {
      const row = await inspect.insert(state)
      expect(await cancel(row)).toEqual([])
      expect(await inspect.row(row.id)).toEqual(row)
      expect(await inspect.attempts(row.id)).toEqual([])
    })

    test("of many names those that it has ended, each once", async () => {
      const rows = [await inspect.insert("queued"), await inspect.insert("failed"), await inspect.insert("running")]
      const [queued, , out] = rows
      const left = await cancel(...rows, ...rows, { id: "nobody" } as Row)
      expect(left.map(({ job, state }) => [job.id, state])).toEqual([
        [queued?.id ?? "", "queued"],
        [out?.id ?? "", "running"],
      ])
    })

    const narrowed: [StateFilter, State[]][] = [
      [{ states: ["queued"], isStarted: false }, ["queued"]],
      [{ states: ["queued", "running", "waiting"], isStarted: true }, ["queued", "running", "waiting"]],
      [{ states: ["running"], isStarted: null }, ["running"]],
      [{ states: ["failed"], isStarted: null }, []],
    ]
    test.each(narrowed)("of those that are %j ends no other", async (only, expected) => {
      const rows = [
        await inspect.insert("queued"),
        await inspect.insert("queued", { attempt: 1, started_at: NOON }),
        await inspect.insert("running"),
        await inspect.insert("waiting"),
        await inspect.insert("failed"),
      ]
      const left = await apply({ kind: "cancel", jobs: rows.map(({ id }) => ({ id, end })), only })
      expect(left.map(({ state }) => state)).toEqual(expected)
      for (const { job } of left) if (only.isStarted !== null) expect(job.attempt > 0).toBe(only.isStarted)
    })
  })

  describe("a removal", () => {
    test.each(states)("deletes a job that is %s with all that belongs to it, and says what it was", async (state) => {
      const row = await inspect.insert(state)
      const left = [{ state, job: { id: row.id, model: "echo" } }]
      expect(await apply(makeRemove([row.id]))).toMatchObject({ left, looked: 1 })
      expect(await inspect.row(row.id)).toBeUndefined()
      expect(await apply(makeRemove([row.id]))).toEqual({ left: [], looked: 1 })
    })

    test.each(["running", "waiting"] as const)(
      "of a job that is %s counts its call and what that has cost",
      async (state) => {
        const { id } = await inspect.insert(state, { owner: "vk:a", attempt: 1, started_at: NOON })
        const end = makeEnd({ keyName: "main", used: { input_tokens: 3, output_tokens: 4 }, cost: 0.25 })
        await apply({ kind: "remove", jobs: [{ id, end }] })
        expect(await inspect.counts()).toMatchObject({ attempts: 0, usage: 1 })
        const allowance = { since: 0, tokens: 7 }
        expect(await apply(makeSubmit(newJob({ owner: "vk:a" }), { allowances: [allowance] }))).toMatchObject({
          kind: "overBudget",
          spent: { tokens: 7, cost: 0.25 },
        })
      },
    )

    test("of several jobs leaves those alone that are in another state", async () => {
      const rows = [await inspect.insert("queued"), await inspect.insert("failed"), await inspect.insert("queued")]
      const ids = rows.map(({ id }) => id)
      const { left, looked } = await apply({ ...makeRemove(ids), only: { states: ["failed"], isStarted: null } })
      expect([left.map(({ job }) => job.id), looked]).toEqual([[ids[1] ?? ""], 3])
      expect(await inspect.row(ids[0] ?? "")).toBeDefined()
    })

    test("of jobs with long bodies takes the first of them only, so that a turn stays short", async () => {
      const body = JSON.stringify("x".repeat(200_000))
      const ids: string[] = []
      for (let n = 0; n < 40; n++) ids.push((await submit({ body })).id)
      const { left, looked } = await apply(makeRemove(ids))
      expect(left).toHaveLength(looked)
      expect(looked).toBeWithin(5, 20)
    })

    test("leaves no body and no attempt behind", async () => {
      const { id } = await submit()
      const { jobs: first } = await apply(makeClaim())
      await apply(makeRequeue(first[0] as Claimed))
      const { jobs } = await apply(makeClaim())
      const content = { type: "audio/mpeg", bytes: Buffer.from("sound") }
      await apply(makeFinish(jobs[0] as Claimed, { answer: { result: "{}", usage: null, content } }))
      expect(await inspect.counts()).toMatchObject({ bodies: 3, attempts: 1 })
      await apply(makeRemove([id]))
      expect(await inspect.counts()).toMatchObject({ bodies: 0, attempts: 0 })
    })
  })

  test("a look reads the state that a job has at that point of the turn", async () => {
    for (const state of states) {
      const row = await inspect.insert(state)
      expect(await apply({ kind: "look", id: row.id })).toBe(state)
    }
    expect(await apply({ kind: "look", id: "nobody" })).toBeNull()
    const { row, job } = await running()
    expect(await store.turn(NOON, [makeFinish(job), { kind: "look", id: row.id }])).toEqual([true, "succeeded"])
  })

  describe("a job with an upstream job", () => {
    const state = '{"id":"theirs"}'
    const wait = (job: Claimed, over: Partial<ChangeOf<"await">> = {}) =>
      apply({ kind: "await", job, state, runAt: later, closed: null, ...over })
    const resume = (now: number, limit = 10) => apply({ kind: "resume", leaseMs: 1000, limit }, now)

    test("waits for it with its attempt open, and is resumed under a new lease", async () => {
      const { row, job } = await running({ attempt: 2, failures: 1, key_id: "a" })
      expect(await wait(job)).toEqual({ isApplied: true, state: "waiting" })
      expect(await inspect.row(row.id)).toMatchObject({
        state: "waiting",
        provider_state: state,
        run_at: later,
        lease_until: null,
      })
      expect(await inspect.attempts(row.id)).toEqual([])
      expect(await resume(later - 1)).toEqual({ jobs: [], nextAt: later })
      expect(await resume(later)).toMatchObject({
        jobs: [{ id: row.id, attempt: 2, failures: 1, keyId: "a", providerState: state }],
        nextAt: null,
      })
      expect(await inspect.row(row.id)).toMatchObject({ state: "running", attempt: 2, lease_until: later + 1000 })
    })

    test.each(states.filter((from) => from !== "running"))(
      "is nothing that a job can become that is %s",
      async (from) => {
        const row = await inspect.insert(from, { attempt: 1, started_at: NOON })
        expect(await wait(claimedFrom(row))).toEqual({ isApplied: false, state: from })
        expect(await inspect.row(row.id)).toEqual(row)
      },
    )

    test("is nothing that a job can become that is gone, or on a later attempt", async () => {
      const { row, job } = await running({ attempt: 3 })
      expect(await wait({ ...job, attempt: 2 })).toEqual({ isApplied: false, state: "running" })
      expect(await inspect.row(row.id)).toEqual(row)
      await apply(makeRemove([row.id]))
      expect(await wait(job)).toEqual({ isApplied: false, state: null })
    })

    test("remembers what a poll has closed", async () => {
      const closed = { provider: "mock", keyId: "a", model: "echo", closedUntil: later, spacingMs: null }
      await wait((await running()).job, { closed })
      expect(await quotas()).toEqual([closed])
    })

    test("is polled in the order of time, and no more at once than asked", async () => {
      const rows: Row[] = []
      for (const at of [3, 1, 2]) rows.push(await inspect.insert("waiting", { run_at: NOON + at }))
      expect(sorted((await store.remains()).waiting)).toEqual(sorted(rows))
      const { jobs, nextAt } = await resume(later, 2)
      expect(sorted(jobs)).toEqual(sorted([rows[1], rows[2]]))
      expect(nextAt).toBe(NOON + 3)
    })

    test("is nothing that a claim takes, and no lane has it", async () => {
      await inspect.insert("waiting")
      expect(await lanes()).toEqual([])
      expect(await apply(makeClaim({ limit: 10 }), later)).toEqual({ jobs: [], nextRunAt: null })
    })

    test("ends when its time is up, and its attempt is remembered then", async () => {
      const row = await inspect.insert("waiting", { deadline_at: NOON })
      const [job] = (await store.overdue(NOON, 10)) as [Claimed]
      const end = makeEnd({ outcome: "overdue", status: null })
      expect(await apply(makeFailure(job, { from: "waiting", statusCode: 504, end }))).toBe(true)
      expect(await inspect.row(row.id)).toMatchObject({ state: "failed", status_code: 504 })
      expect(await inspect.attempts(row.id)).toMatchObject([{ attempt: 1, outcome: "overdue" }])
    })
  })

  describe("an attempt", () => {
    const used = { input_tokens: 12, output_tokens: 30, cached_tokens: 4 }

    test("is remembered with all that is known of it", async () => {
      const { row, job } = await running()
      const end = makeEnd({
        status: 503,
        keyName: "main",
        reason: "busy",
        upstreamRequestId: "req_1",
        used,
        cost: 0.25,
      })
      await apply(makeFailure(job, { end }), later)
      expect(await inspect.attempts(row.id)).toEqual([
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

    test("of which nothing is known is remembered as that", async () => {
      const { row, job } = await running()
      await apply(makeRequeue(job))
      expect(await inspect.attempts(row.id)).toMatchObject([{ usage: null, cost: null, upstream_request_id: null }])
    })
  })

  test("of very many attempts of a job the first 20 and the last 80 are remembered", async () => {
    const { id } = await inspect.insert("queued")
    for (let n = 0; n < 150; n++) {
      const { jobs } = await apply(makeClaim())
      await apply(makeRequeue(jobs[0] as Claimed))
    }
    const numbers = (await inspect.attempts(id)).map(({ attempt }) => attempt)
    expect(numbers).toEqual([
      ...Array.from({ length: 20 }, (_, n) => n + 1),
      ...Array.from({ length: 80 }, (_, n) => n + 71),
    ])
  })

  describe("what a virtual key has used", () => {
    const spend = async (owner: string, at: number, over: Parameters<typeof makeEnd>[0]) =>
      apply(makeFinish((await running({ owner })).job, { end: makeEnd(over) }), at)
    const tokens = (input_tokens: number, output_tokens: number) => ({ used: { input_tokens, output_tokens } })
    const submitWithin = async (owner: string, ...allowances: Allowance[]) =>
      apply(makeSubmit(newJob({ owner }), { allowances }))
    /** What a key has used, from the result of a submit that is over its budget. */
    const spentSince = async (owner: string, since: number) => {
      const result = await submitWithin(owner, { since, tokens: 0 })
      return result.kind === "overBudget" ? result.spent : result
    }

    test("is summed up by day, in and out together, and asked for since a day", async () => {
      await spend("vk:a", NOON, { ...tokens(10, 5), cost: 0.5 })
      await spend("vk:a", NOON + 1000, { ...tokens(1, 1), cost: 0.25 })
      await spend("vk:a", NOON + DAY, { ...tokens(100, 0), cost: 1 })
      await spend("vk:b", NOON, tokens(7, 0))
      expect(await spentSince("vk:a", countDays(NOON))).toEqual({ tokens: 117, cost: 1.75 })
      expect(await spentSince("vk:a", countDays(NOON) + 1)).toEqual({ tokens: 100, cost: 1 })
      expect(await spentSince("vk:a", countDays(NOON) + 2)).toEqual({ tokens: 0, cost: 0 })
      expect(await spentSince("vk:b", 0)).toEqual({ tokens: 7, cost: 0 })
    })

    test("counts whatever is known: tokens without a cost, a cost without tokens", async () => {
      await spend("vk:a", NOON, { used: { images: 2 }, cost: 0.04 })
      await spend("vk:a", NOON, tokens(3, 0))
      await spend("vk:a", NOON, {})
      expect(await spentSince("vk:a", 0)).toEqual({ tokens: 3, cost: 0.04 })
    })

    test("counts for no other key, and not for an attempt that another one superseded", async () => {
      for (const owner of ["", "key:abc"]) await spend(owner, NOON, { ...tokens(10, 5), cost: 1 })
      const { job } = await running({ owner: "vk:a", attempt: 3 })
      await apply(makeFinish({ ...job, attempt: 2 }, { end: makeEnd(tokens(10, 5)) }))
      expect((await inspect.counts()).usage).toBe(2)
      expect(await spentSince("vk:a", 0)).toEqual({ tokens: 0, cost: 0 })
    })

    test("is counted of an attempt that is followed by others, and of one that was cancelled", async () => {
      const end = makeEnd(tokens(1, 2))
      await apply(makeRequeue((await running({ owner: "vk:a" })).job, { end }))
      const { row } = await running({ owner: "vk:a" })
      await apply({ kind: "cancel", jobs: [{ id: row.id, end }] })
      expect(await spentSince("vk:a", 0)).toEqual({ tokens: 6, cost: 0 })
    })

    test("stays when its jobs go, and is forgotten by day", async () => {
      await spend("vk:a", NOON, tokens(10, 5))
      await spend("vk:a", NOON + DAY, tokens(1, 0))
      await apply({ kind: "prune", limit: 100 }, NOON + 100 * DAY)
      expect(await inspect.rows()).toEqual([])
      expect(await spentSince("vk:a", 0)).toEqual({ tokens: 16, cost: 0 })
      await apply({ kind: "forget", quotasBefore: 0, daysBefore: countDays(NOON) + 1 })
      expect(await spentSince("vk:a", 0)).toEqual({ tokens: 1, cost: 0 })
    })

    test("belongs to days of UTC", () => {
      expect(countDays(Date.UTC(2026, 0, 2) - 1) + 1).toBe(countDays(Date.UTC(2026, 0, 2)))
      expect(countDays(Date.UTC(2026, 0, 2, 23, 59))).toBe(countDays(Date.UTC(2026, 0, 2)))
    })

    test("lets it submit until an allowance is used up; the first of them is named, and nothing is stored then", async () => {
      await spend("vk:a", NOON, { ...tokens(10, 5), cost: 0.5 })
      const spent = { tokens: 15, cost: 0.5 }
      const [since, before] = [countDays(NOON) + 1, await inspect.rows()]
      expect(await submitWithin("vk:a", { since: 0, tokens: 15, cost: 1 })).toEqual({
        kind: "overBudget",
        allowance: 0,
        spent,
      })
      expect(await submitWithin("vk:a", { since, tokens: 1 }, { since: 0, cost: 0.5 }, { since: 0, cost: 0 })).toEqual({
        kind: "overBudget",
        allowance: 1,
        spent,
      })
      expect(await inspect.rows()).toEqual(before)
      expect(await submitWithin("vk:a", { since: 0, tokens: 16, cost: 0.51 }, { since: 0 })).toEqual({ kind: "queued" })
    })
  })

  describe("what a 429 has closed", () => {
    const quota = { provider: "mock", keyId: "a", model: "echo", closedUntil: NOON + 1000, spacingMs: null }
    const forget = (quotasBefore: number) => apply({ kind: "forget", quotasBefore, daysBefore: 0 })

    test("is kept for each provider, key and model, as it was said last", async () => {
      const others = [
        { ...quota, keyId: "" },
        { ...quota, model: "other" },
        { ...quota, provider: "other" },
      ]
      for (const one of [quota, ...others]) await apply(makeClosing(one))
      await apply(makeClosing({ ...quota, closedUntil: NOON + 5000, spacingMs: 12.5 }))
      const found = await quotas()
      expect(found).toHaveLength(4)
      expect(found).toContainEqual({ ...quota, closedUntil: NOON + 5000, spacingMs: 12.5 })
      expect(found).toEqual(expect.arrayContaining(others))
    })

    test("keeps nothing but that of what it is given", async () => {
      const more = { ...quota, inFlight: 3, strikes: 1, nextAt: 0 }
      await apply(makeClosing(more))
      expect(await quotas()).toEqual([quota])
    })

    test("is forgotten when it opened before a time", async () => {
      await apply(makeClosing(quota))
      await forget(quota.closedUntil - 1)
      expect(await quotas()).toHaveLength(1)
      await forget(quota.closedUntil)
      expect(await quotas()).toEqual([])
    })
  })

  describe("a submit", () => {
    test("stores the job queued, with its request byte for byte", async () => {
      const body = '{ "a" : 12345678901234567890, "b":"\\ud800\\u0000", "c":1e400, "ü":"日本" }'
      const job = newJob({ body })
      expect(await apply(makeSubmit(job))).toEqual({ kind: "queued" })
      expect(await inspect.row(job.id)).toMatchObject({
        state: "queued",
        attempt: 0,
        failures: 0,
        losses: 0,
        crashes: 0,
        run_at: NOON,
        lease_until: null,
      })
      expect(await inspect.body(job.id, "request")).toBe(body)
      const { jobs } = await apply(makeClaim())
      expect(await store.requestBody(jobs[0] as Claimed)).toBe(body)
    })

    test("that starts it stores it as if it had been queued and claimed in the same moment", async () => {
      const start = { keyId: "a", startedAt: later, leaseUntil: later + 1000 }
      const over = { secret: Buffer.from("sealed").toString("base64"), lossRetries: 1, priority: 2, extras: "{}" }
      const [one, two] = [newJob(over), newJob(over)]
      await apply(makeSubmit(one), later)
      const { jobs } = await apply(makeClaim({ lane: makeLane({ priority: 2 }), ...start }), later)
      const [claimed] = jobs as [Claimed]
      const result = await apply(makeSubmit(two, { start }), later)
      const started = result.kind === "started" ? result.job : null
      const own = { id: two.id, number: started?.number }
      expect(started).toEqual({ ...claimed, ...(own as Claimed) })
      expect(await inspect.row(two.id)).toEqual({ ...(await inspect.row(one.id)), ...own } as Row)
      expect(await store.requestBody(started as Claimed)).toBe(REQUEST)
    })

    test("keeps what decides when and with which key it starts, and how often a lost answer is retried", async () => {
      const lane = { priority: 2, keyChoice: "only:a", owner: "vk:a" }
      const job = await submit({ ...lane, lossRetries: 1 })
      expect(await inspect.row(job.id)).toMatchObject({
        priority: 2,
        key_choice: "only:a",
        loss_retries: 1,
        owner: "vk:a",
      })
      expect(await lanes()).toEqual([makeLane(lane)])
    })

    test("cuts a large request into pieces and puts it together again", async () => {
      const body = JSON.stringify({ text: "ü€x".repeat(200_000) })
      const job = await submit({ body })
      const pieces: Uint8Array[] = []
      for (
        let piece = await store.requestPiece(job.id, 0);
        piece;
        piece = await store.requestPiece(job.id, pieces.length)
      ) {
        pieces.push(piece)
      }
      expect(pieces.length).toBe(Math.ceil(Buffer.byteLength(body) / BODY_PIECE_BYTES))
      expect(Math.max(...pieces.map(({ length }) => length))).toBe(BODY_PIECE_BYTES)
      expect(Buffer.concat(pieces).toString() === body).toBe(true)
      expect(await store.requestPiece("nobody", 0)).toBeNull()
      const { jobs } = await apply(makeClaim())
      expect((await store.requestBody(jobs[0] as Claimed)) === body).toBe(true)
    })

    test("of a second job with the same id is a conflict, and the first is kept", async () => {
      const job = await submit()
      const second = makeSubmit({ ...job, body: "{}" })
      expect(await catchFailure(() => store.turn(NOON, [second]))).toMatchObject({
        kind: "conflict",
        isUncertain: false,
      })
      expect(await inspect.body(job.id, "request")).toBe(REQUEST)
    })
  })

  describe("an Idempotency-Key", () => {
    const keyed = (over: Partial<NewJob> = {}) => newJob({ idempotencyKey: "key", bodyDigest: "digest", ...over })

    test("that came before names the first job where the body is the same, and nothing is stored", async () => {
      const first = await submit(keyed())
      expect(await apply(makeSubmit(keyed()))).toEqual({ kind: "replayed", id: first.id })
      expect(await apply(makeSubmit(keyed({ bodyDigest: "another" })))).toEqual({ kind: "mismatch" })
      expect(await inspect.rows()).toHaveLength(1)
      expect((await inspect.counts()).bodies).toBe(1)
    })

    test("is asked first: of a job that is refused, or whose owner is over its budget", async () => {
      const allowances = [{ since: 0, tokens: 0 }]
      expect(await apply(makeSubmit(keyed(), { isRefused: true }))).toEqual({ kind: "refused" })
      expect(await inspect.rows()).toEqual([])
      const first = await submit(keyed())
      const replayed = { kind: "replayed" as const, id: first.id }
      expect(await apply(makeSubmit(keyed(), { isRefused: true }))).toEqual(replayed)
      expect(await apply(makeSubmit(keyed(), { allowances }))).toEqual(replayed)
    })

    test("holds until its job expires, and from that moment it is free", async () => {
      const row = await inspect.insert("failed", { idempotency_key: "key", body_digest: "digest", expires_at: later })
      expect(await apply(makeSubmit(keyed()), later - 1)).toEqual({ kind: "replayed", id: row.id })
      expect(await apply(makeSubmit(keyed()), later)).toEqual({ kind: "queued" })
      expect(await inspect.row(row.id)).toBeUndefined()
    })
  })

  describe("a request that comes in before its job", () => {
    const upload = (jobId: string, seq: number, text: string) =>
      apply({ kind: "upload", jobId, part: { kind: "request", seq, bytes: Buffer.from(text) } })
    const uploads = async () => (await store.remains()).uploads

    test("is its job's body when it comes", async () => {
      const job = newJob({ body: null })
      await upload(job.id, 0, "abc")
      await upload(job.id, 1, "def")
      expect(await uploads()).toEqual([job.id])
      const between = await submit()
      expect(await apply(makeSubmit(job))).toEqual({ kind: "queued" })
      expect(await uploads()).toEqual([])
      expect(await inspect.body(job.id, "request")).toBe("abcdef")
      expect(await inspect.body(between.id, "request")).toBe(REQUEST)
    })

    test("is deleted when no job comes of it: because it came before, because it is refused, or when that is asked", async () => {
      const first = await submit({ idempotencyKey: "key", bodyDigest: "digest" })
      const replay = newJob({ body: null, idempotencyKey: "key", bodyDigest: "digest" })
      const refused = newJob({ body: null })
      const discarded = newJob({ body: null })
      for (const { id } of [replay, refused, discarded]) await upload(id, 0, "abc")
      await apply(makeSubmit(replay))
      await apply(makeSubmit(refused, { isRefused: true }))
      await apply({ kind: "discard", jobIds: [discarded.id] })
      expect(await uploads()).toEqual([])
      expect((await inspect.counts()).bodies).toBe(1)
      expect(await inspect.body(first.id, "request")).toBe(REQUEST)
    })

    test("keeps its body, whoever asks, once it is a job's; and all others can be deleted at once", async () => {
      const job = newJob({ body: null })
      for (const { id } of [job, newJob(), newJob()]) await upload(id, 0, "abc")
      await apply(makeSubmit(job))
      await apply({ kind: "discard", jobIds: [job.id] })
      await apply({ kind: "discard", jobIds: null })
      expect(await inspect.body(job.id, "request")).toBe("abc")
      expect(await uploads()).toEqual([])
      expect((await inspect.counts()).bodies).toBe(1)
    })

    test("of which the first piece is not there is not stored", async () => {
      await upload(newJob().id, 1, "abc")
      expect((await inspect.counts()).bodies).toBe(0)
    })
  })

  describe("a claim", () => {
    const claim = async (over: Partial<ChangeOf<"claim">> = {}, now = NOON) =>
      (await apply(makeClaim({ limit: 10, ...over }), now)).jobs

    test("takes due jobs of the lane, oldest first, and no more than asked", async () => {
      const rows: Row[] = []
      for (const age of [3, 1, 2]) rows.push(await inspect.insert("queued", { run_at: NOON - age }))
      await inspect.insert("queued", { run_at: NOON + 1 })
      expect(sorted(await claim({ limit: 2 }))).toEqual(sorted([rows[0], rows[2]]))
      expect(sorted(await claim({ limit: 2 }))).toEqual(sorted([rows[1]]))
      expect(await claim({ limit: 2 })).toEqual([])
    })

    test("takes jobs that are due since the same moment in the order in which they came", async () => {
      const rows: Row[] = []
      for (let n = 0; n < 40; n++) rows.push(await inspect.insert("queued"))
      for (const [from, limit] of [
        [0, 5],
        [5, 5],
        [10, 30],
      ] as const) {
        expect((await claim({ limit })).map(({ id }) => id)).toEqual(rows.slice(from, from + limit).map(({ id }) => id))
      }
    })

    test("gives each job a new attempt, a start, a lease and its key", async () => {
      const row = await inspect.insert("queued", { attempt: 2, failures: 1, key_id: "b" })
      expect(await claim({ keyId: "a" })).toMatchObject([
        { id: row.id, attempt: 3, failures: 1, startedAt: NOON, keyId: "a", ...makeLane() },
      ])
      expect(await inspect.row(row.id)).toMatchObject({
        state: "running",
        attempt: 3,
        started_at: NOON,
        lease_until: NOON + 1000,
        key_id: "a",
      })
    })

    test("without a key forgets that of the attempt before", async () => {
      const row = await inspect.insert("queued", { attempt: 2, key_id: "b" })
      expect(await claim()).toMatchObject([{ keyId: null }])
      expect((await inspect.row(row.id))?.key_id).toBeNull()
    })

    test.each(states.filter((state) => state !== "queued"))("never takes a job that is %s", async (state) => {
      await inspect.insert(state)
      expect(await claim()).toEqual([])
    })

    const others: [keyof Row, Partial<Row>, Partial<Lane>][] = [
      ["provider", { provider: "other" }, { provider: "other" }],
      ["model", { model: "other" }, { model: "other" }],
      ["key_choice", { key_choice: "only:a" }, { keyChoice: "only:a" }],
      ["owner", { owner: "vk:a" }, { owner: "vk:a" }],
      ["priority", { priority: 2 }, { priority: 2 }],
    ]

    test.each(others)("takes no job whose %s is another", async (_, row, lane) => {
      const own = await inspect.insert("queued")
      const other = await inspect.insert("queued", row)
      expect(sorted(await claim())).toEqual([own.id])
      expect(sorted(await claim({ lane: makeLane(lane) }))).toEqual([other.id])
    })

    test("says when the next job of the lane is due where it took fewer than asked, or where that is asked", async () => {
      const next = async (over: Partial<ChangeOf<"claim">> = {}) => (await apply(makeClaim(over))).nextRunAt
      expect(await next()).toBeNull()
      await inspect.insert("queued", { run_at: NOON + 50 })
      await inspect.insert("queued", { run_at: NOON + 40 })
      for (let n = 0; n < 3; n++) await inspect.insert("queued", { owner: "vk:a" })
      await inspect.insert("running", { run_at: NOON })
      expect(await next()).toBe(NOON + 40)
      const lane = makeLane({ owner: "vk:a" })
      expect(await next({ lane })).toBeUndefined()
      expect(await next({ lane, asksNext: true })).toBe(NOON)
      expect(await next({ lane, asksNext: true })).toBeNull()
    })
  })

  describe("what is queued", () => {
    test("is every combination that has queued jobs, once, however many they are, and how many", async () => {
      const wanted: Lane[] = []
      for (const provider of ["mock", "other"]) {
        for (const model of ["", "echo", "zebra"]) {
          for (const keyChoice of ["", 'not:["a"]']) {
            for (const owner of ["", "vk:a"]) {
              for (const priority of [0, 1, 2]) wanted.push({ provider, model, keyChoice, owner, priority })
            }
          }
        }
      }
      for (const { keyChoice, ...lane } of wanted) {
        for (let n = 0; n < 3; n++) await inspect.insert("queued", { ...lane, key_choice: keyChoice })
      }
      for (const state of states.filter((one) => one !== "queued")) await inspect.insert(state, { owner: "vk:c" })
      const found = await store.queued()
      expect(found).toHaveLength(wanted.length)
      expect(found).toEqual(expect.arrayContaining(wanted.map((lane) => ({ ...lane, jobs: 3 }))))
    })

    test("is nothing where nothing is", async () => {
      expect(await store.queued()).toEqual([])
    })
  })

  describe("what a start finds", () => {
    test("is what the process before it has left", async () => {
      const out = await inspect.insert("running", { provider: "other" })
      const waiting = await inspect.insert("waiting")
      for (const state of ended) await inspect.insert(state)
      await inspect.insert("queued", { request_type: "speech" })
      await inspect.insert("queued", { request_type: "speech" })
      await inspect.insert("queued", { owner: "vk:a" })
      const remains = await store.remains()
      expect(remains).toMatchObject({
        running: [claimedFrom(out)],
        waiting: [claimedFrom(waiting)],
        uploads: [],
        quotas: [],
        latestCreatedAt: NOON,
      })
      expect(remains.queued).toEqual(
        expect.arrayContaining([
          { ...makeLane(), jobs: 2 },
          { ...makeLane({ owner: "vk:a" }), jobs: 1 },
        ]),
      )
      const provider = "mock"
      const findUnfinished = [
        { state: "queued", provider, requestType: "speech", count: 2 },
        { state: "queued", provider, requestType: "chat_completion", count: 1 },
        { state: "running", provider: "other", requestType: "chat_completion", count: 1 },
        { state: "waiting", provider, requestType: "chat_completion", count: 1 },
      ] as const
      expect(remains.unfinished).toHaveLength(findUnfinished.length)
      expect(remains.unfinished).toEqual(expect.arrayContaining([...findUnfinished]))
    })

    test("is nothing where nothing was", async () => {
      const empty = { running: [], waiting: [], uploads: [], quotas: [], queued: [], unfinished: [] }
      expect(await store.remains()).toEqual({ ...empty, latestCreatedAt: null, lastNumber: 0 })
    })
  })

  describe("a turn", () => {
    test("applies its changes in their order: each finds what those before it have left", async () => {
      const job = newJob()
      const results = await store.turn(NOON, [
        { kind: "look", id: job.id },
        makeSubmit(job),
        makeClaim(),
        { kind: "look", id: job.id },
        { kind: "cancel", jobs: [{ id: job.id, end: makeEnd() }] },
        makeRemove([job.id]),
        { kind: "look", id: job.id },
      ])
      expect(results).toMatchObject([
        null,
        { kind: "queued" },
        { jobs: [{ id: job.id, attempt: 1 }] },
        "running",
        [{ state: "running" }],
        { left: [{ state: "cancelled" }], looked: 1 },
        null,
      ])
    })

    test("of which one change fails leaves nothing behind, and the next one works", async () => {
      const [job, other] = [newJob(), newJob()]
      const row = await inspect.insert("running")
      const changes = [makeFinish(claimedFrom(row)), makeSubmit(other), makeSubmit(job), makeSubmit(job)]
      expect(await catchFailure(() => store.turn(NOON, changes))).toMatchObject({ kind: "conflict" })
      expect(await inspect.rows()).toEqual([row])
      expect(await inspect.counts()).toEqual({ bodies: 0, attempts: 0, usage: 0 })
      await store.turn(NOON, changes.slice(0, 3))
      expect(await inspect.rows()).toHaveLength(3)
    })

    test("can write without changing anything", async () => {
      const row = await inspect.insert("queued")
      expect(await store.turn(NOON, [{ kind: "probe" }])).toEqual([null])
      expect(await inspect.rows()).toEqual([row])
    })
  })

  describe("the reaper's questions", () => {
    test("lapsed finds running jobs whose lease ran out, and no other", async () => {
      const lapsed = await inspect.insert("running", { lease_until: NOON })
      await inspect.insert("running", { lease_until: NOON + 1 })
      await inspect.insert("queued")
      expect(sorted(await store.lapsed(NOON, 10))).toEqual([lapsed.id])
    })

    test("overdue finds queued and waiting jobs past their deadline, and an end fails them once", async () => {
      const overdue = await inspect.insert("queued", { deadline_at: NOON })
      const waiting = await inspect.insert("waiting", { deadline_at: NOON })
      await inspect.insert("queued", { deadline_at: NOON + 1 })
      await inspect.insert("running", { deadline_at: NOON })
      const found = await store.overdue(NOON, 10)
      expect(sorted(found)).toEqual(sorted([overdue, waiting]))
      const job = found.find(({ id }) => id === overdue.id) as Claimed
      const end = () => apply(makeFailure(job, { from: "queued", statusCode: 504, isFailure: false, end: null }))
      expect(await end()).toBe(true)
      expect(await end()).toBe(false)
      expect(await inspect.row(overdue.id)).toMatchObject({
        state: "failed",
        status_code: 504,
        attempt: 0,
        failures: 0,
      })
    })

    test("nextDeadline is that of the first that waits, in the queue or for an upstream job", async () => {
      expect(await store.nextDeadline()).toBeNull()
      await inspect.insert("running", { deadline_at: NOON + 1 })
      expect(await store.nextDeadline()).toBeNull()
      await inspect.insert("queued", { deadline_at: NOON + 30 })
      expect(await store.nextDeadline()).toBe(NOON + 30)
      await inspect.insert("waiting", { deadline_at: NOON + 20 })
      expect(await store.nextDeadline()).toBe(NOON + 20)
    })

    test("prune deletes what has expired with its bodies and attempts, in batches, and nothing else", async () => {
      const prune = (limit: number) => apply({ kind: "prune", limit }, NOON + 3_600_000)
      await submit()
      const { jobs } = await apply(makeClaim())
      await apply(makeFinish(jobs[0] as Claimed))
      const other = await inspect.insert("failed", { expires_at: NOON + 1 })
      const kept = [
        await inspect.insert("succeeded", { expires_at: NOON + 3_600_001 }),
        await inspect.insert("queued"),
        await inspect.insert("running"),
      ]
      expect(await prune(1)).toBe(1)
      expect(await inspect.row(other.id)).toBeUndefined()
      expect(await prune(10)).toBe(1)
      expect(sorted(await inspect.rows())).toEqual(sorted(kept))
      expect(await inspect.counts()).toEqual({ bodies: 0, attempts: 0, usage: 1 })
      expect(await prune(10)).toBe(0)
    })
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
    test.each(illegal)("$name", async ({ state, over }) => {
      const insert = async () => inspect.insert(state, over)
      await expect(insert()).rejects.toThrow(/check constraint/i)
    })
  })

  describe("a clock that was set back", () => {
    const setBack = (byMs: number, last = Number.MAX_SAFE_INTEGER) => apply({ kind: "setBack", byMs, last })

    test("is known by the newest job", async () => {
      expect((await store.remains()).latestCreatedAt).toBeNull()
      for (const createdAt of [NOON, NOON + 5000]) await submit({ createdAt })
      expect((await store.remains()).latestCreatedAt).toBe(NOON + 5000)
    })

    test("is known too when it was set back before", async () => {
      await submit({ createdAt: NOON + 5000 })
      await setBack(5000, (await store.remains()).lastNumber)
      // Ids rise with time, also where the clock was set back.
      await submit({ id: newJob({ createdAt: NOON + 5001 }).id, createdAt: NOON + 3000 })
      expect((await store.remains()).latestCreatedAt).toBe(NOON + 3000)
    })

    test("moves the times of what is unfinished and of what is closed, and nothing else", async () => {
      const rows: Row[] = []
      for (const state of states) rows.push(await inspect.insert(state, { run_at: NOON + 500 }))
      await apply(makeClosing({ provider: "mock", keyId: "", model: "echo", closedUntil: NOON + 900, spacingMs: null }))
      await setBack(300)
      for (const row of rows) {
        const moved = { ...row, run_at: NOON + 200, deadline_at: row.deadline_at - 300 }
        expect(await inspect.row(row.id)).toEqual(ended.includes(row.state) ? row : moved)
      }
      expect(await quotas()).toMatchObject([{ closedUntil: NOON + 600 }])
    })

    test("moves nothing of what was made after it was known", async () => {
      const before = await submit({ createdAt: NOON + 500 })
      const last = (await store.remains()).lastNumber
      const after = await submit({ id: newJob({ createdAt: NOON + 501 }).id, createdAt: NOON })
      await setBack(500, last)
      expect(await inspect.row(before.id)).toMatchObject({ run_at: NOON, deadline_at: before.deadlineAt - 500 })
      expect(await inspect.row(after.id)).toMatchObject({
        run_at: NOON,
        deadline_at: after.deadlineAt,
        created_at: NOON,
      })
    })

    test("leaves no job behind that was made later than now", async () => {
      const rows: Row[] = []
      for (const state of states) rows.push(await inspect.insert(state, { created_at: NOON + 500 }))
      const before = await inspect.insert("queued", { created_at: NOON - 5 })
      await setBack(500)
      for (const row of rows) expect((await inspect.row(row.id))?.created_at).toBe(NOON)
      expect((await inspect.row(before.id))?.created_at).toBe(NOON - 5)
      expect((await store.remains()).latestCreatedAt).toBeLessThanOrEqual(NOON)
    })
  })
})

/** With what a question was refused. @throws where it was not, or with another kind of error */
async function catchFailure(question: () => unknown): Promise<StoreError> {
  try {
    await question()
  } catch (error) {
    if (error instanceof StoreError) return error
    throw error
  }
  throw new Error("it was not refused")
}
