// The webhooks of every store: the suite runs against each store of makers.ts, and uses only the interface.
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test"
import type { Claimed, NewJob } from "../../src/jobs/job.ts"
import type { Change, ChangeKind, ChangeOf, Results, Store } from "../../src/jobs/store.ts"
import type { DeliveryTry, WebhookEndpoint } from "../../src/webhooks/webhook.ts"
import {
  claimedFrom,
  makeEnd,
  makeEndpoint,
  makeFailure,
  makeFinish,
  makeRemove,
  makeSubmit,
  NOON,
  newJob,
  type Row,
} from "../factory.ts"
import { type Inspect, type Made, makers } from "./makers.ts"

const DAY = 86_400_000
const later = NOON + 5000

const makeTry = (attempt: number, over: Partial<DeliveryTry> = {}): DeliveryTry => ({
  attempt,
  at: NOON,
  outcome: "retryable_failure",
  status: 500,
  error: "no",
  tookMs: 1,
  ...over,
})

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

  async function apply<Kind extends ChangeKind>(change: ChangeOf<Kind>, now = NOON): Promise<Results[Kind]> {
    const [result] = await store.turn(now, [change as Change])
    return result as Results[Kind]
  }

  const save = async (over: Partial<WebhookEndpoint> = {}) =>
    (await apply<"saveWebhook">({ kind: "saveWebhook", number: null, endpoint: makeEndpoint(over) })) as number

  async function running(over: Partial<Row> = {}): Promise<Claimed> {
    return claimedFrom(await inspect.insert("running", over))
  }

  /** A job that has ended, of which the endpoint is told. */
  async function ended(now = NOON): Promise<string> {
    const job = await running()
    await apply<"finish">(makeFinish(job), now)
    return job.id
  }

  async function deliver(endpoint: number, jobId: string, over: Partial<ChangeOf<"deliver">> = {}, now = NOON) {
    const { health } = makeHealth()
    const attempts = over.attempts ?? 0
    const change = { delivery: { endpoint, jobId }, attempts, tried: makeTry(attempts + 1), health } as const
    return apply<"deliver">({ kind: "deliver", ...change, next: { state: "pending", nextAt: later }, ...over }, now)
  }

  function makeHealth(over: Partial<WebhookEndpoint> = {}) {
    const { consecutiveFailures, failingSince, lastSuccessAt, lastFailureAt, disabledReason, disabledAt } =
      makeEndpoint(over)
    return { health: { consecutiveFailures, failingSince, lastSuccessAt, lastFailureAt, disabledReason, disabledAt } }
  }

  test("an end inserts a delivery for each endpoint that is told of it, due at once", async () => {
    const [first, second] = [await save({ name: "a" }), await save({ name: "b" })]
    await save({ name: "off", disabled: true })
    await save({ name: "turned off", disabledReason: "gone", disabledAt: NOON })
    await save({ name: "other", events: ["async_job.failed"] })
    const id = await ended(later)
    for (const endpoint of [first, second]) {
      expect(await store.delivery({ endpoint, jobId: id })).toEqual({
        endpoint,
        jobId: id,
        requestId: "request-1",
        requestType: "chat_completion",
        event: "async_job.completed",
        state: "pending",
        attempts: 0,
        failures: 0,
        nextAt: later,
        createdAt: later,
        endedAt: null,
        tries: [],
      })
    }
    const all = await Promise.all([1, 2, 3, 4, 5].map((endpoint) => store.dueDeliveries(endpoint, later, 10)))
    expect(all.map(({ due }) => due.length)).toEqual([1, 1, 0, 0, 0])
  })

  test("what does not end inserts none: a fenced end, a retry, and the removal of a running job", async () => {
    const endpoint = await save()
    const [fenced, removed] = [await running(), await running()]
    await apply<"finish">(makeFinish({ ...fenced, attempt: 9 }))
    await apply<"remove">(makeRemove([removed.id]))
    expect((await store.dueDeliveries(endpoint, later, 10)).due).toEqual([])
  })

  test.each([
    ["a failure", (job: Claimed): Change => makeFailure(job)],
    ["a cancel", ({ id }: Claimed): Change => ({ kind: "cancel", jobs: [{ id, end: makeEnd() }] })],
  ])("%s is told as a failed job", async (_, change) => {
    const endpoint = await save()
    const job = await running()
    await store.turn(NOON, [change(job)])
    expect(await store.delivery({ endpoint, jobId: job.id })).toMatchObject({ event: "async_job.failed" })
  })

  test("a turn that fails leaves neither the end nor its delivery, and no endpoint that it saved", async () => {
    const endpoint = await save({ name: "a" })
    const job = await running()
    const twice: Change = makeSubmit(newJob())
    const saved: Change = { kind: "saveWebhook", number: null, endpoint: makeEndpoint({ name: "b" }) }
    const turn = async () => store.turn(NOON, [saved, makeFinish(job), twice, twice])
    await expect(turn()).rejects.toThrow()
    expect(await store.delivery({ endpoint, jobId: job.id })).toBeNull()
    expect((await store.webhooks()).map(({ name }) => name)).toEqual(["a"])
    await apply<"finish">(makeFinish(job))
    expect((await store.dueDeliveries(endpoint, NOON, 10)).due).toHaveLength(1)
  })

  test("an endpoint is stored as it is given, is replaced as a whole, and its name is free when it is removed", async () => {
    const number = await save({ name: "a", sealed: Buffer.from("sealed") })
    const [stored] = await store.webhooks()
    expect(stored).toEqual({ ...makeEndpoint({ name: "a" }), number, sealed: new Uint8Array(Buffer.from("sealed")) })
    const changed = makeEndpoint({ name: "b", disabled: true, allJobs: false })
    expect(await apply<"saveWebhook">({ kind: "saveWebhook", number, endpoint: changed })).toBe(number)
    expect((await store.webhooks())[0]).toMatchObject({ name: "b", disabled: true, allJobs: false })
    expect(await apply<"removeWebhook">({ kind: "removeWebhook", number })).toBe(true)
    expect(await apply<"removeWebhook">({ kind: "removeWebhook", number })).toBe(false)
    expect(await apply<"saveWebhook">({ kind: "saveWebhook", number, endpoint: changed })).toBeNull()
    expect(await store.webhooks()).toEqual([])
    expect(await save({ name: "b", id: "we_another" })).toBeGreaterThan(number)
  })

  test("a try is recorded once, by a delivery that is pending after so many tries", async () => {
    const endpoint = await save()
    const id = await ended()
    expect(await deliver(endpoint, id)).toBe(true)
    expect(await deliver(endpoint, id)).toBe(false)
    const end = { attempts: 1, next: { state: "delivered" }, tried: makeTry(2, { outcome: "delivered" }) } as const
    expect(await deliver(endpoint, id, end, later)).toBe(true)
    expect(await deliver(endpoint, id, { attempts: 2 }, later)).toBe(false)
    expect(await store.delivery({ endpoint, jobId: id })).toMatchObject({
      state: "delivered",
      attempts: 2,
      failures: 1,
      nextAt: null,
      endedAt: later,
      tries: [makeTry(1), makeTry(2, { outcome: "delivered" })],
    })
  })

  test("a try leaves the health of its endpoint, and one that turns it off is the last end that it is told of", async () => {
    const endpoint = await save()
    const [first, second] = [await running(), await running()]
    await apply<"finish">(makeFinish(first))
    const off = { consecutiveFailures: 3, failingSince: NOON, disabledReason: "gone", disabledAt: later }
    await deliver(endpoint, first.id, makeHealth(off))
    expect((await store.webhooks())[0]).toMatchObject(off)
    await apply<"finish">(makeFinish(second))
    expect(await store.delivery({ endpoint, jobId: second.id })).toBeNull()
  })

  test("of an endpoint that is saved in the same turn the saved health holds", async () => {
    const endpoint = await save()
    const id = await ended()
    const { health } = makeHealth({ disabledReason: "gone", disabledAt: NOON })
    const changes: Change[] = [
      { kind: "saveWebhook", number: endpoint, endpoint: makeEndpoint() },
      {
        kind: "deliver",
        delivery: { endpoint, jobId: id },
        attempts: 0,
        tried: makeTry(1),
        next: { state: "failed" },
        health,
      },
    ]
    await store.turn(NOON, changes)
    expect((await store.webhooks())[0]?.disabledReason).toBeNull()
  })

  test("of many tries the first five and the latest are kept", async () => {
    const endpoint = await save()
    const id = await ended()
    for (let attempts = 0; attempts < 30; attempts++) await deliver(endpoint, id, { attempts })
    const numbers = (await store.delivery({ endpoint, jobId: id }))?.tries.map(({ attempt }) => attempt)
    expect(numbers).toEqual([1, 2, 3, 4, 5, ...Array.from({ length: 15 }, (_, at) => 16 + at)])
  })

  test("one that has ended is due again when that is asked for, with all of its tries before it", async () => {
    const endpoint = await save()
    const id = await ended()
    await deliver(endpoint, id, { next: { state: "exhausted" } })
    expect(await apply<"redeliver">({ kind: "redeliver", delivery: { endpoint, jobId: id } }, later)).toBe(true)
    expect(await store.delivery({ endpoint, jobId: id })).toMatchObject({
      state: "pending",
      attempts: 1,
      failures: 0,
      nextAt: later,
      endedAt: null,
    })
    // The second has the number of the first: numbers are made of the first digits of ids alone.
    for (const unknown of [newJob().id, `${id.slice(0, -6)}ffffff`]) {
      expect(await apply<"redeliver">({ kind: "redeliver", delivery: { endpoint, jobId: unknown } })).toBe(false)
    }
  })

  test("what is due comes in its order, up to the limit, with the time of the next", async () => {
    const endpoint = await save()
    const ids = [await ended(NOON + 3), await ended(NOON + 1), await ended(NOON + 2), await ended(NOON + 100)]
    const ask = (now: number, limit: number) => store.dueDeliveries(endpoint, now, limit)
    const { due, nextAt } = await ask(NOON + 10, 10)
    expect(due.map(({ jobId }) => jobId)).toEqual([ids[1], ids[2], ids[0]] as string[])
    expect(nextAt).toBe(NOON + 100)
    expect((await ask(NOON + 10, 2)).due).toHaveLength(2)
    expect(await ask(NOON + 100, 10)).toMatchObject({ nextAt: null })
    expect(await ask(NOON, 10)).toEqual({ due: [], nextAt: NOON + 1 })
  })

  test("ended ones are deleted after their days, those of a removed endpoint at once, pending ones later", async () => {
    const [endpoint, removed] = [await save({ name: "a" }), await save({ name: "b" })]
    const [old, pending] = [await ended(), await ended()]
    await deliver(endpoint, old, { next: { state: "delivered" } })
    await apply<"removeWebhook">({ kind: "removeWebhook", number: removed })
    const prune = (before: number, limit = 10) => apply<"pruneDeliveries">({ kind: "pruneDeliveries", before, limit })
    const has = async (jobId: string) => (await store.delivery({ endpoint, jobId })) !== null
    expect(await prune(NOON, 1)).toBe(1)
    expect(await prune(NOON)).toBe(1)
    expect(await prune(NOON)).toBe(0)
    expect(await prune(NOON + DAY)).toBe(1)
    expect([await has(old), await has(pending)]).toEqual([false, true])
    expect(await prune(NOON + 31 * DAY)).toBe(1)
    expect(await has(pending)).toBe(false)
  })

  test("is due earlier when the clock was set back", async () => {
    const endpoint = await save()
    const id = await ended()
    await deliver(endpoint, id)
    await apply<"setBack">({ kind: "setBack", byMs: 1000, last: 0 })
    expect(await store.delivery({ endpoint, jobId: id })).toMatchObject({ nextAt: later - 1000 })
  })

  test("the job of a delivery comes with what was asked for, and not at all when it has expired", async () => {
    await save()
    const job = await running()
    await apply<"finish">(makeFinish(job, { answer: { result: '{"a":"bc"}', usage: null } }))
    const known = {
      id: job.id,
      state: "succeeded",
      statusCode: 200,
      completedAt: NOON,
      expiresAt: NOON + 3_600_000,
    } as const
    const nothing = { error: null, result: null, isOmitted: false }
    expect(await store.endedJob(job.id, NOON, null)).toEqual({ ...known, ...nothing })
    expect(await store.endedJob(job.id, NOON, 10)).toEqual({ ...known, ...nothing, result: '{"a":"bc"}' })
    expect(await store.endedJob(job.id, NOON, 9)).toEqual({ ...known, ...nothing, isOmitted: true })
    expect(await store.endedJob(job.id, known.expiresAt, 10)).toBeNull()
    const failed = await running()
    await apply<"finish">(makeFailure(failed, { error: '{"error":{}}', answer: { result: "raw", usage: null } }))
    expect(await store.endedJob(failed.id, NOON, 12)).toMatchObject({
      state: "failed",
      error: '{"error":{}}',
      result: null,
    })
    expect(await store.endedJob(failed.id, NOON, 11)).toMatchObject({ error: null, isOmitted: true })
    expect(await store.endedJob((await running()).id, NOON, null)).toBeNull()
  })

  test("a job keeps the endpoint that its submit named", async () => {
    const over: Partial<NewJob> = { webhook: 3 }
    const job = newJob(over)
    await apply<"submit">(makeSubmit(job))
    expect(await inspect.row(job.id)).toMatchObject({ webhook: 3 })
  })
})
