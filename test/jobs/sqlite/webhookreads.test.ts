// What the HTTP server asks about webhook endpoints and deliveries.
import { afterEach, beforeEach, expect, test } from "bun:test"
import type { DeliveryQuery } from "../../../src/jobs/reads.ts"
import type { DeliveryTry, WebhookEndpoint } from "../../../src/webhooks/webhook.ts"
import {
  claimedFrom,
  createWorld,
  doTurn,
  everyDelivery,
  insertJob,
  makeEndpoint,
  makeFailure,
  makeFinish,
  NOON,
  newJobId,
  type World,
} from "../../factory.ts"

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world.dispose())

function save(over: Partial<WebhookEndpoint> = {}): number {
  return doTurn(world.store, { kind: "saveWebhook", number: null, endpoint: makeEndpoint(over) }) as number
}

/** A job that ends at that time with success, or fails. */
function end(at: number, isFailure = false, requestId = "request-1"): string {
  const job = claimedFrom(insertJob(world.database, "running", { id: newJobId(at), request_id: requestId }))
  doTurn(world.store, isFailure ? makeFailure(job) : makeFinish(job), at)
  return job.id
}

function tryIt(endpoint: number, jobId: string, attempts: number, tried: Partial<DeliveryTry>): void {
  const whole = {
    attempt: attempts + 1,
    at: NOON,
    outcome: "delivered",
    status: 200,
    error: null,
    tookMs: 1,
    ...tried,
  } as const
  const isDone = whole.outcome !== "retryable_failure"
  const { consecutiveFailures, failingSince, lastSuccessAt, lastFailureAt, disabledReason, disabledAt } = makeEndpoint()
  doTurn(world.store, {
    kind: "deliver",
    delivery: { endpoint, jobId },
    attempts,
    tried: whole,
    next: isDone
      ? { state: whole.outcome === "delivered" ? "delivered" : "failed" }
      : { state: "pending", nextAt: NOON },
    health: { consecutiveFailures, failingSince, lastSuccessAt, lastFailureAt, disabledReason, disabledAt },
  })
}

function list(over: Partial<DeliveryQuery> = {}): string[] {
  world.reads.refresh()
  return world.reads
    .deliveries({ ...everyDelivery, ...over })
    .deliveries.map(({ endpoint, jobId }) => `${endpoint} ${jobId}`)
}

test("the endpoint that a submit names is its owner's own, else the operator's, and none that was removed", () => {
  const [operators, own] = [save({ name: "a" }), save({ name: "a", owner: "vk:a" })]
  save({ name: "b", owner: "vk:b" })
  const find = (name: string, owner: string) => {
    world.reads.refresh()
    return world.reads.webhookNamed(name, owner)?.number
  }
  expect([find("a", "vk:a"), find("a", "vk:c"), find("a", ""), find("b", "vk:a"), find("c", "")]).toEqual([
    own,
    operators,
    operators,
    undefined,
    undefined,
  ])
  doTurn(world.store, { kind: "removeWebhook", number: operators })
  expect([find("a", "vk:a"), find("a", "vk:c")]).toEqual([own, undefined])
  expect(world.reads.webhooks().map(({ number }) => number)).toEqual([2, 3])
})

test("deliveries are listed newest first over all endpoints, page by page, with how many there are", () => {
  const [a, b] = [save({ name: "a" }), save({ name: "b", events: ["async_job.failed"] })]
  const [first, second] = [end(NOON), end(NOON + 1, true)]
  expect(list()).toEqual(expect.arrayContaining([`${a} ${first}`, `${a} ${second}`, `${b} ${second}`]))
  expect(list().at(-1)).toBe(`${a} ${first}`)
  const page = world.reads.deliveries({ ...everyDelivery, limit: 2, offset: 1 })
  expect(page.deliveries).toHaveLength(2)
  expect(page.total).toBe(3)
  expect(list({ endpoints: [b] })).toEqual([`${b} ${second}`])
  expect(list({ endpoints: [] })).toEqual([])
  expect(world.reads.pendingDeliveries()).toEqual(
    new Map([
      [a, 2],
      [b, 1],
    ]),
  )
})

test("a delivery matches by its event, its request, its job, its id, or any one of its tries", () => {
  const number = save()
  const [good, bad, open] = [end(NOON, false, "mine"), end(NOON + 1, true), end(NOON + 2)]
  tryIt(number, good, 0, { outcome: "retryable_failure", status: 503, at: NOON })
  tryIt(number, good, 1, { at: NOON + 60_000 })
  tryIt(number, bad, 0, { outcome: "permanent_failure", status: 404, at: NOON + 1 })
  tryIt(number, open, 0, { outcome: "retryable_failure", status: null, at: NOON + 2 })
  const only = (over: Partial<DeliveryQuery>) => list(over).map((row) => row.split(" ")[1] ?? "")
  expect(only({ events: ["async_job.failed"] })).toEqual([bad])
  expect(only({ requestId: "mine" })).toEqual([good])
  expect(only({ jobId: open })).toEqual([open])
  expect(only({ delivery: { endpoint: number, jobId: bad } })).toEqual([bad])
  expect(only({ delivery: { endpoint: number + 1, jobId: bad } })).toEqual([])
  expect(only({ delivery: { endpoint: number, jobId: bad }, jobId: bad })).toEqual([bad])
  expect(only({ delivery: { endpoint: number, jobId: bad }, jobId: open })).toEqual([])
  // Numbers are made of the first digits of ids alone.
  const alike = `${bad.slice(0, -6)}ffffff`
  expect(only({ jobId: alike })).toEqual([])
  expect(only({ delivery: { endpoint: number, jobId: alike } })).toEqual([])
  expect(only({ outcomes: ["retryable_failure"] })).toEqual([open, good])
  expect(only({ outcomes: ["delivered", "permanent_failure"] })).toEqual([bad, good])
  expect(only({ statusClasses: ["5xx"] })).toEqual([good])
  expect(only({ statusClasses: ["none", "4xx"] })).toEqual([open, bad])
  // One try must match in both.
  expect(only({ statusClasses: ["5xx"], outcomes: ["delivered"] })).toEqual([])
  expect(only({ from: NOON + 3 })).toEqual([good])
  expect(only({ from: NOON + 1, to: NOON + 2 })).toEqual([open, bad])
})
