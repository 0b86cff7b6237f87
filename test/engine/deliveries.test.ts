// Webhooks by the engine: real SQLite, the real thread that sends, and a real receiver. Only the clock is the test's.
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { createEngine, type Engine } from "../../src/engine/engine.ts"
import { createPool, type Pool } from "../../src/engine/threads/pool.ts"
import type { FromEngine } from "../../src/engine/threads/protocol.ts"
import { createSender, type Sender } from "../../src/engine/threads/sender.ts"
import type { Store } from "../../src/jobs/store.ts"
import { StoreError, type StoreErrorKind } from "../../src/jobs/storeerror.ts"
import { createLog } from "../../src/log.ts"
import { findSignatureFault } from "../../src/webhooks/signing.ts"
import {
  type Delivery,
  makeWebhookId,
  type WebhookAnswers,
  type WebhookOrder,
  type WebhookSettings,
  webhookDefaults,
} from "../../src/webhooks/webhook.ts"
import { openWebhook } from "../../src/webhooks/webhooksecrets.ts"
import { createWorld, everyDelivery, makeProvider, NOON, newJob, plainSecrets, type World } from "../factory.ts"
import { Timeline } from "../timeline.ts"
import { delayed } from "./delayed.ts"
import { createReceiver, type Receiver } from "./receiver.ts"
import { until } from "./waiting.ts"

const MINUTE = 60_000
const DAY = 86_400_000

const paths = { chat_completion: "/chat/completions" }

let world: World
let clock: Timeline
let engine: Engine
let pool: Pool
let sender: Sender
let posted: FromEngine[]
let logged: string[]
let threads: Worker[]
let stopReaper: () => void
let receiver: Receiver
let secrets = plainSecrets
let seq = 0
let random = 0
const asItIs = (store: Store): Store => store

function startEngine(wrap: (store: Store) => Store = asItIs, endpoints: Parameters<typeof configure>[0] = []): void {
  const serves = { adapter: "mock", path: "" } as const
  const providers = [makeProvider({ endpoints: { chat_completion: serves, responses: serves } })]
  const log = createLog({ level: "warn", style: "json", now: clock.now, write: (line) => logged.push(line) })
  engine = createEngine({
    // The test looks at the rows after the end.
    store: wrap({ ...world.store, close: () => {} }),
    providers,
    ownerCaps: {},
    budgets: {},
    freeBytes: () => 1000,
    reserveBytes: 1000,
    secrets,
    webhooks: { endpoints: configure(endpoints), retentionDays: 30, allowLoopback: true, paths },
    randomBytes: (bytes) => new Uint8Array(bytes).fill(++random),
    clock,
    random: () => 0.5,
    log,
    post(message) {
      world.reads.refresh()
      posted.push(message)
    },
    pool: () => pool,
    sender: () => sender,
  })
  sender = createSender({
    spawn() {
      const thread = new Worker(new URL("../../src/webhook.worker.ts", import.meta.url))
      threads.push(thread)
      return thread
    },
    clock,
    log,
    onTried: engine.tried,
    onReady: engine.wakeDeliveries,
  })
  pool = createPool({
    spawn: () => new Worker(new URL("../../src/provider.worker.ts", import.meta.url)),
    size: 1,
    start: { providers, log: { level: "error", style: "json" } },
    clock,
    log,
    onOutcome: engine.finish,
    onEvents: engine.logEvents,
    admit: engine.admit,
    readPiece: engine.readPiece,
    onReady: engine.wake,
  })
  stopReaper = engine.startReaper()
  engine.start()
}

/** Ends the process with its threads and timers. */
function crash(): void {
  stopReaper()
  pool.close()
  sender.close()
  clock = new Timeline(clock.now())
}

function configure(over: readonly Partial<WebhookSettings>[]) {
  return over.map((settings) => ({ settings: makeSettings(settings), secret: null }))
}

function makeSettings(over: Partial<WebhookSettings> = {}): WebhookSettings {
  const events =
    over.form === "event" ? (["response.completed"] as const) : (["async_job.completed", "async_job.failed"] as const)
  return { ...webhookDefaults, name: "mine", url: receiver.url, events, allJobs: true, ...over }
}

/** Gives an order and waits for the answer, or for the refusal. */
async function order<Order extends WebhookOrder>(given: Order): Promise<WebhookAnswers[Order["do"]]> {
  const number = ++seq
  engine.order(number, given)
  const find = () => posted.find((message) => typeof message === "object" && "seq" in message && message.seq === number)
  await until(() => find() !== undefined)
  const answer = find() as Exclude<FromEngine, string>
  if (answer.kind === "shown") return JSON.parse(answer.text)
  throw new Error(answer.kind === "refused" ? `${answer.code}: ${answer.message}` : answer.kind)
}

const create = (over: Partial<WebhookSettings> = {}, owner = "") =>
  order({ do: "create", owner, settings: makeSettings(over), secret: null })

function submit(over: Parameters<typeof newJob>[0] = {}, mock: object = {}): string {
  const body = JSON.stringify({ model: "mock/echo", messages: [{ role: "user", content: "Hello" }], mock })
  const job = newJob({ createdAt: clock.now(), body, ...over })
  engine.submit(++seq, job)
  return job.id
}

const listDeliveries = (): Delivery[] => {
  world.reads.refresh()
  return world.reads.deliveries(everyDelivery).deliveries
}
const findDelivery = (jobId: string) => listDeliveries().find((delivery) => delivery.jobId === jobId)
const isInState = (jobId: string, state: Delivery["state"]) => findDelivery(jobId)?.state === state
const hasTried = (jobId: string, times: number) => findDelivery(jobId)?.attempts === times
const readEndpoint = () => world.reads.webhooks()[0]

beforeEach(() => {
  world = createWorld()
  clock = new Timeline(NOON)
  receiver = createReceiver()
  posted = []
  logged = []
  threads = []
  secrets = plainSecrets
})
afterEach(() => {
  crash()
  receiver.close()
  world.dispose()
})

describe("the end of a job", () => {
  test("is delivered in Bifrost's form, signed, and recorded", async () => {
    startEngine()
    const { secret, number } = await create({ headers: { authorization: "Bearer theirs", "Webhook-Id": "never" } })
    const id = submit()
    await until(() => isInState(id, "delivered"))
    const [got] = receiver.got
    expect(receiver.got).toHaveLength(1)
    expect(
      findSignatureFault(
        secret,
        got?.headers as Headers,
        got?.body ?? "",
        Number(got?.headers.get("webhook-timestamp")),
      ),
    ).toBeNull()
    expect(Object.fromEntries(got?.headers ?? [])).toMatchObject({
      "webhook-id": makeWebhookId({ endpoint: number, jobId: id }),
      "content-type": "application/json",
      "user-agent": "Bifrost-Webhooks/1.0",
      "x-bifrost-event": "async_job.completed",
      authorization: "Bearer theirs",
    })
    expect(JSON.parse(got?.body ?? "")).toEqual({
      event: "async_job.completed",
      created_at: "2026-11-20T00:00:00.000Z",
      data: {
        job_id: id,
        request_id: "request-1",
        request_type: "chat_completion",
        status: "completed",
        status_code: 200,
        result_url: `/v1/async/chat/completions/${id}`,
        result_expires_at: "2026-11-20T01:00:00.000Z",
      },
    })
    expect(findDelivery(id)).toMatchObject({ attempts: 1, failures: 0, endedAt: NOON, nextAt: null })
    expect(findDelivery(id)?.tries).toMatchObject([{ attempt: 1, outcome: "delivered", status: 200, error: null }])
    expect(readEndpoint()).toMatchObject({ lastSuccessAt: NOON, consecutiveFailures: 0, failingSince: null })
  })

  test.each([
    ["its result", {}, { response: { object: "chat.completion" } }],
    ["its error", { status: 400 }, { error: { status_code: 400 } }],
  ])("comes with %s where the endpoint asks for it", async (_, mock, wanted) => {
    startEngine()
    await create({ includeResponse: true })
    const id = submit({}, mock)
    await until(() => receiver.got.length === 1)
    expect(receiver.read(0).data).toMatchObject({ job_id: id, ...wanted })
  })

  test.each([
    ["result", {}, "response_omitted"],
    ["error", { status: 400 }, "error_omitted"],
  ])("says that its %s is too long instead", async (_, mock, member) => {
    startEngine()
    await create({ includeResponse: true, responseBytesMax: 10 })
    submit({}, mock)
    await until(() => receiver.got.length === 1)
    expect(receiver.read(0).data).toMatchObject({ [member]: true })
    expect(receiver.read(0).data).not.toHaveProperty(member.replace("_omitted", ""))
  })

  test("is told to the endpoint that the submit names, and to no other that waits to be named", async () => {
    startEngine()
    const { number } = await create({ name: "named", allJobs: false })
    await create({ name: "other", allJobs: false, url: `${receiver.url}other` })
    submit()
    const id = submit({ webhook: number })
    await until(() => isInState(id, "delivered"))
    expect(receiver.got.map(({ path }) => path)).toEqual(["/"])
    expect(listDeliveries().map(({ jobId, endpoint }) => [jobId, endpoint])).toEqual([[id, number]])
  })

  test("is told to nobody who has not subscribed to its event, whose job it is not, or who is turned off", async () => {
    startEngine()
    const { number } = await create({ name: "failed", events: ["async_job.failed"] })
    await create({ name: "stranger" }, "vk:other")
    await create({ name: "off", disabled: true })
    await create({ name: "own" }, "vk:mine")
    const id = submit({ owner: "vk:mine", webhook: number })
    await until(() => isInState(id, "delivered"))
    expect(listDeliveries()).toHaveLength(1)
    expect(world.reads.webhooks().find(({ name }) => name === "own")?.number).toBe(findDelivery(id)?.endpoint as number)
  })

  test("that is a cancel is a failed job on Bifrost's wire, and that of a deleted job is none", async () => {
    startEngine()
    await create()
    const [cancelled, removed] = [submit({}, { hang: true }), submit({}, { hang: true })]
    engine.remove(++seq, removed)
    engine.cancel(++seq, cancelled)
    await until(() => isInState(cancelled, "delivered"))
    expect(receiver.read(0)).toMatchObject({ event: "async_job.failed", data: { status: "failed", status_code: 499 } })
    expect(listDeliveries()).toHaveLength(1)
  })

  test("says that the result has expired where the job is gone", async () => {
    startEngine()
    await create()
    receiver.answer(500, 200)
    const id = submit()
    await until(() => hasTried(id, 1))
    engine.remove(++seq, id)
    await until(() => world.row(id) === undefined)
    clock.jump(MINUTE)
    await until(() => isInState(id, "delivered"))
    expect(receiver.read(1).data).toEqual({
      job_id: id,
      request_id: "request-1",
      request_type: "chat_completion",
      status: "completed",
      result_expired: true,
    })
  })

  test("of a response is an event object without any header, in the form `event`", async () => {
    startEngine()
    await create({ form: "event", allJobs: false })
    submit()
    const id = submit({ requestType: "responses", body: JSON.stringify({ model: "mock/echo", input: "Hello" }) })
    await until(() => world.row(id)?.state === "succeeded" || world.row(id)?.state === "failed")
    expect(readError(id)).toEqual({})
    await until(() => isInState(id, "delivered"))
    expect(receiver.got).toHaveLength(1)
    const event: Record<string, unknown> = JSON.parse(receiver.got[0]?.body ?? "")
    expect(event).toMatchObject({ object: "event", type: "response.completed", created_at: NOON / 1000, data: { id } })
    expect(event["id"]).toMatch(/^evt_[0-9a-f]{32}_1$/)
  })
})

describe("a try that fails", () => {
  test("is repeated after 30 s, which double, under the same id, until it is delivered", async () => {
    startEngine()
    await create()
    receiver.answer(500, 503, 200)
    const id = submit()
    await until(() => hasTried(id, 1))
    expect(findDelivery(id)).toMatchObject({ state: "pending", nextAt: NOON + 30_000 })
    clock.jump(30_000)
    await until(() => hasTried(id, 2))
    expect(findDelivery(id)).toMatchObject({ state: "pending", nextAt: NOON + 90_000 })
    clock.jump(60_000)
    await until(() => isInState(id, "delivered"))
    expect(new Set(receiver.got.map(({ headers }) => headers.get("webhook-id"))).size).toBe(1)
    expect(new Set(receiver.got.map(({ body }) => body)).size).toBe(1)
    expect(findDelivery(id)?.tries.map(({ status, outcome }) => [status, outcome])).toEqual([
      [500, "retryable_failure"],
      [503, "retryable_failure"],
      [200, "delivered"],
    ])
  })

  test("is the last after five, and is sent again when that is asked for", async () => {
    startEngine()
    const { number } = await create()
    receiver.answer(500)
    const id = submit()
    for (let time = 1; time <= 5; time++) {
      await until(() => hasTried(id, time))
      clock.jump(30 * MINUTE)
    }
    expect(isInState(id, "exhausted")).toBe(true)
    receiver.answer(200)
    expect(await order({ do: "redeliver", delivery: { endpoint: number, jobId: id } })).toEqual({
      webhookId: makeWebhookId({ endpoint: number, jobId: id }),
    })
    await until(() => isInState(id, "delivered"))
    expect(receiver.got).toHaveLength(6)
    expect(findDelivery(id)).toMatchObject({ attempts: 6, failures: 0 })
  })

  test("is the last where the receiver refuses it, and 410 turns its endpoint off", async () => {
    startEngine()
    await create()
    receiver.answer(302, 400, 410)
    for (const status of [302, 400, 410]) {
      const id = submit()
      await until(() => isInState(id, "failed"))
      expect(findDelivery(id)?.tries).toMatchObject([{ status, outcome: "permanent_failure" }])
    }
    expect(readEndpoint()).toMatchObject({ disabledReason: expect.stringContaining("410"), disabledAt: NOON })
    expect(logged.filter((line) => line.includes("a webhook endpoint is turned off"))).toHaveLength(1)
    const unheard = submit()
    await until(() => world.row(unheard)?.state === "succeeded")
    expect(findDelivery(unheard)).toBeUndefined()
    await order({ do: "change", number: 1, settings: { disabled: false } })
    receiver.answer(200)
    const heard = submit()
    await until(() => isInState(heard, "delivered"))
  })

  test("waits for as long as the receiver asks", async () => {
    startEngine()
    await create()
    receiver.answer(429, 200).retryAfter = "600"
    const id = submit()
    await until(() => hasTried(id, 1))
    expect(findDelivery(id)?.nextAt).toBe(NOON + 600_000)
  })

  test("for five days turns the endpoint off, and what is pending waits until it is enabled", async () => {
    startEngine()
    await create({ maxRetries: 100, retryBackoffMaxMs: DAY, retryBackoffInitialMs: DAY / 6 })
    receiver.answer(500)
    const id = submit()
    for (let time = 1; readEndpoint()?.disabledReason === null; time++) {
      await until(() => hasTried(id, time))
      clock.jump(DAY)
    }
    expect(readEndpoint()?.disabledReason).toMatch(/^all of \d+ tries have failed, for \d+ days$/)
    const before = receiver.got.length
    expect(before).toBeGreaterThanOrEqual(20)
    clock.jump(2 * DAY)
    receiver.answer(200)
    await order({ do: "change", number: 1, settings: { disabled: false } })
    await until(() => isInState(id, "delivered"))
    expect(receiver.got).toHaveLength(before + 1)
  })
})

describe("deliveries", () => {
  test("to a slow receiver are bounded by its window and delay no other", async () => {
    startEngine()
    await create({ name: "slow", url: `${receiver.url}slow`, maxConcurrentDeliveries: 3 })
    await create({ name: "fast", url: `${receiver.url}fast` })
    const release = receiver.hold("/slow")
    const ids = Array.from({ length: 50 }, () => submit())
    const fast = world.reads.webhooks().find(({ name }) => name === "fast")?.number
    const areDelivered = () =>
      listDeliveries().filter(({ endpoint, state }) => endpoint === fast && state === "delivered").length === ids.length
    await until(() => listDeliveries().length === 2 * ids.length)
    clock.jump(1000)
    await until(areDelivered)
    expect(receiver.got.filter(({ path }) => path === "/slow")).toHaveLength(3)
    release()
    await until(() => listDeliveries().every(({ state }) => state === "delivered"))
    expect(receiver.got.filter(({ path }) => path === "/slow")).toHaveLength(50)
  })

  test("give way to a crowd of submits until it is over", async () => {
    startEngine()
    await create()
    const crowd = Array.from({ length: 20 }, () => submit())
    await until(() => listDeliveries().length === crowd.length)
    expect(receiver.got).toHaveLength(0)
    clock.jump(20)
    await until(() => listDeliveries().every(({ state }) => state === "delivered"))
  })

  test("give way for a second at most where the crowd goes on", async () => {
    startEngine()
    await create()
    for (let ms = 0; ms < 1000; ms += 10) {
      const crowd = Array.from({ length: 8 }, () => submit())
      await until(() => crowd.every((id) => world.reads.job(id, clock.now()) !== null))
      expect(receiver.got).toHaveLength(0)
      clock.jump(10)
    }
    await until(() => receiver.got.length > 0)
  })

  test("of few submits at a time are sent at once", async () => {
    startEngine()
    await create()
    const id = submit()
    await until(() => isInState(id, "delivered"))
  })

  test("that were out when the process died are sent again by the next one, under their ids", async () => {
    startEngine()
    await create()
    const release = receiver.hold("/")
    const ids = Array.from({ length: 5 }, () => submit())
    await until(() => receiver.got.length === 5)
    crash()
    release()
    startEngine()
    await until(() => listDeliveries().every(({ state }) => state === "delivered"))
    const seen = receiver.got.map(({ headers }) => headers.get("webhook-id"))
    expect(seen).toHaveLength(10)
    expect(new Set(seen)).toEqual(new Set(ids.map((jobId) => makeWebhookId({ endpoint: 1, jobId }))))
  })

  test("that are out when their thread dies count as failed, and a new thread sends them again", async () => {
    startEngine()
    await create()
    const release = receiver.hold("/")
    const id = submit()
    await until(() => receiver.got.length === 1)
    clock.jump(2000)
    threads[0]?.terminate()
    await until(() => hasTried(id, 1))
    expect(findDelivery(id)?.tries).toMatchObject([{ status: null, outcome: "retryable_failure" }])
    release()
    clock.jump(MINUTE)
    await until(() => isInState(id, "delivered"))
    expect(threads).toHaveLength(2)
  })

  test("need no thread before the first, and none after five idle minutes", async () => {
    startEngine()
    await create()
    expect(threads).toHaveLength(0)
    const first = submit()
    await until(() => isInState(first, "delivered"))
    expect(threads).toHaveLength(1)
    clock.jump(5 * MINUTE + 1000)
    const second = submit()
    await until(() => isInState(second, "delivered"))
    expect(threads).toHaveLength(2)
  })

  test("in flight are waited for by a stop, and what is due beyond them is left to the next start", async () => {
    startEngine()
    await create({ maxConcurrentDeliveries: 1 })
    const release = receiver.hold("/")
    const ids = [submit(), submit()]
    await until(() => receiver.got.length === 1 && listDeliveries().length === 2)
    engine.drain(30_000)
    release()
    await until(() => posted.some((message) => typeof message === "object" && message.kind === "drained"))
    expect(
      listDeliveries()
        .map(({ state }) => state)
        .toSorted(),
    ).toEqual(["delivered", "pending"])
    expect(receiver.got).toHaveLength(1)
    expect(ids).toHaveLength(2)
  })

  test("are all sent on a store that answers later", async () => {
    startEngine(delayed)
    await create({ maxConcurrentDeliveries: 2 })
    receiver.answer(500, 200)
    const ids = Array.from({ length: 10 }, () => submit())
    await until(() => listDeliveries().length === ids.length)
    clock.jump(1000)
    await until(() => ids.every((id) => (findDelivery(id)?.attempts ?? 0) > 0))
    clock.jump(MINUTE)
    await until(() => ids.every((id) => isInState(id, "delivered")))
    expect(receiver.got).toHaveLength(11)
  })
})

describe("an order", () => {
  test("of a secret lets the old one sign too for as long as was asked", async () => {
    startEngine()
    const { secret: old } = await create()
    const { secret } = await order({ do: "rotate", number: 1, keepsPreviousMs: DAY })
    const faults = (at: number) => {
      const { headers, body } = receiver.got[at] as { headers: Headers; body: string }
      const seconds = Number(headers.get("webhook-timestamp"))
      return [old, secret].map((each) => findSignatureFault(each, headers, body, seconds))
    }
    const first = submit()
    await until(() => isInState(first, "delivered"))
    expect(faults(0)).toEqual([null, null])
    clock.jump(DAY)
    const second = submit()
    await until(() => isInState(second, "delivered"))
    expect(faults(1)).toEqual([expect.any(String), null])
  })

  test("to test an endpoint goes the way of all deliveries at once, and leaves nothing behind", async () => {
    startEngine()
    const { number, secret } = await create({ disabled: true })
    const answer = await order({ do: "test", number, event: "async_job.failed" })
    expect(answer).toMatchObject({
      jobId: expect.stringMatching(/^test-/),
      tried: { outcome: "delivered", status: 200 },
    })
    const [got] = receiver.got
    expect(
      findSignatureFault(
        secret,
        got?.headers as Headers,
        got?.body ?? "",
        Number(got?.headers.get("webhook-timestamp")),
      ),
    ).toBeNull()
    expect(receiver.read(0)).toMatchObject({
      event: "async_job.failed",
      data: { job_id: answer.jobId, status: "failed" },
    })
    expect(listDeliveries()).toEqual([])
    receiver.answer(404)
    const refused = await order({ do: "test", number, event: "async_job.completed" })
    expect(refused.tried).toMatchObject({ outcome: "permanent_failure", status: 404 })
    expect(readEndpoint()).toMatchObject({ lastFailureAt: null, consecutiveFailures: 0 })
  })

  test("that names what is not there, a name that is taken or a delivery in flight is refused", async () => {
    startEngine()
    const { number } = await create()
    await expect(create()).rejects.toThrow('webhook_exists: there is a webhook endpoint with the name "mine" already')
    const other = await create({}, "vk:a")
    await expect(order({ do: "change", number: 99, settings: {} })).rejects.toThrow("webhook_not_found")
    await order({ do: "remove", number: other.number })
    await expect(order({ do: "rotate", number: other.number, keepsPreviousMs: 0 })).rejects.toThrow("webhook_not_found")
    const unknown = { endpoint: number, jobId: newJob().id }
    await expect(order({ do: "redeliver", delivery: unknown })).rejects.toThrow("webhook_delivery_not_found")
    const release = receiver.hold("/")
    const id = submit()
    await until(() => receiver.got.length === 1)
    await expect(order({ do: "redeliver", delivery: { endpoint: number, jobId: id } })).rejects.toThrow(
      "webhook_delivery_in_flight",
    )
    release()
    await until(() => isInState(id, "delivered"))
  })

  test("to remove an endpoint deletes its deliveries, and its number is not used again", async () => {
    startEngine()
    const { number } = await create()
    receiver.answer(500)
    const id = submit()
    await until(() => hasTried(id, 1))
    await order({ do: "remove", number })
    expect(listDeliveries()).toEqual([])
    clock.jump(2 * MINUTE)
    const count = (table: string) =>
      world.database.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()?.n
    await until(() => count("webhook_deliveries") === 0 && count("webhook_endpoints") === 0)
    expect((await create()).number).toBeGreaterThan(number)
    expect(receiver.got).toHaveLength(1)
  })

  test("to change its headers seals them again, and leaves its secret and its number alone", async () => {
    startEngine()
    const { number, secret } = await create({ headers: { "x-one": "1" } })
    await order({ do: "change", number, settings: { headers: { "x-two": "2" }, name: "renamed" } })
    const [stored] = world.reads.webhooks()
    expect(stored).toMatchObject({ name: "renamed", number })
    expect(openWebhook(plainSecrets, stored as never)).toEqual({ secret, previous: null, headers: { "x-two": "2" } })
  })
})

describe("the endpoints of config.json", () => {
  test("are there after a start, keep their secrets, and go when they are no longer in the file", async () => {
    startEngine(asItIs, [{ name: "a" }, { name: "b" }])
    await until(() => world.reads.webhooks().length === 2)
    const before = world.reads.webhooks()
    const made = await create({ name: "by the API" })
    crash()
    startEngine(asItIs, [{ name: "b", url: `${receiver.url}changed` }, { name: "c" }])
    await until(() => world.reads.webhooks().some(({ name }) => name === "c"))
    const after = world.reads.webhooks()
    expect(after.map(({ name, source }) => [name, source]).toSorted()).toEqual([
      ["b", "config"],
      ["by the API", "api"],
      ["c", "config"],
    ])
    const [was, is] = [before, after].map((list) => list.find(({ name }) => name === "b"))
    expect(is).toMatchObject({ number: was?.number as number, url: `${receiver.url}changed` })
    expect(openWebhook(plainSecrets, is as never).secret).toBe(openWebhook(plainSecrets, was as never).secret)
    expect(after.find(({ name }) => name === "by the API")?.number).toBe(made.number)
  })

  test("are stored again a second later where the disk takes nothing at the start", async () => {
    let refusals = 0
    const refuseOnce = (store: Store): Store => ({
      ...store,
      turn(now, changes) {
        if (refusals > 0 || !changes.some(({ kind }) => kind === "saveWebhook")) return store.turn(now, changes)
        refusals++
        throw new StoreError("full", "SQLITE_FULL", "database or disk is full")
      },
    })
    startEngine(refuseOnce, [{ name: "a" }])
    await until(() => refusals === 1)
    expect(world.reads.webhooks()).toEqual([])
    clock.jump(1000)
    await until(() => world.reads.webhooks().length === 1)
  })

  test("that are stored and cannot be read let no gateway start, unless the database is damaged: then no order is taken", async () => {
    const failing = (kind: StoreErrorKind) => (store: Store) => ({
      ...store,
      webhooks() {
        throw new StoreError(kind, "SQLITE_IOERR", "disk I/O error")
      },
    })
    expect(() => startEngine(failing("unavailable"))).toThrow("disk I/O error")
    crash()
    startEngine(failing("corrupt"))
    await expect(create()).rejects.toThrow("the database is damaged")
    await expect(order({ do: "reconcile", endpoints: configure([{ name: "a" }]) })).rejects.toThrow("is damaged")
    expect(world.reads.webhooks()).toEqual([])
  })

  test("of which one gets another form tell what is pending in the form that it had", async () => {
    startEngine(asItIs, [{ name: "a", form: "event" }])
    await until(() => world.reads.webhooks().length === 1)
    receiver.answer(503, 200)
    const id = submit({ requestType: "responses", body: JSON.stringify({ model: "mock/echo", input: "Hello" }) })
    await until(() => hasTried(id, 1))
    await order({ do: "reconcile", endpoints: configure([{ name: "a" }]) })
    clock.jump(MINUTE)
    await until(() => isInState(id, "delivered"))
    const [first, second] = receiver.got.map(({ body }) => body)
    expect(JSON.parse(first ?? "")).toMatchObject({ type: "response.completed", data: { id } })
    expect(second).toBe(first as string)
  })

  test("that have not changed are not written again", async () => {
    startEngine(asItIs, [{ name: "a" }])
    await until(() => world.reads.webhooks().length === 1)
    const before = world.reads.webhooks()
    expect(await order({ do: "reconcile", endpoints: configure([{ name: "a" }]) })).toEqual({
      added: 0,
      changed: 0,
      removed: 0,
    })
    expect(world.reads.webhooks()).toEqual(before)
  })
})

function readError(id: string): unknown {
  return JSON.parse(world.row(id)?.error ?? "{}")
}

test("an endpoint whose secret cannot be read after a start gets a new one and is turned off until somebody rotates it", async () => {
  startEngine()
  const { number } = await create()
  crash()
  const unseal = (sealed: Uint8Array) => {
    const text = plainSecrets.unseal(sealed, "")
    if (!text.startsWith("new ")) throw new Error("it was sealed with another key")
    return text.slice("new ".length)
  }
  secrets = { seal: (plain) => Buffer.from(`new ${plain}`), unseal }
  startEngine()
  await until(() => readEndpoint()?.disabledReason !== null)
  expect(readEndpoint()?.disabledReason).toStartWith("its secret and its headers cannot be read")
  const { secret } = await order({ do: "rotate", number, keepsPreviousMs: 0 })
  await order({ do: "change", number, settings: { disabled: false } })
  const id = submit()
  await until(() => isInState(id, "delivered"))
  const { headers, body } = receiver.got[0] as { headers: Headers; body: string }
  expect(findSignatureFault(secret, headers, body, Number(headers.get("webhook-timestamp")))).toBeNull()
})
