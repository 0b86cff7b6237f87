// How often a sample may be sent to a webhook endpoint: the real server with an engine that the test plays, and a clock that it moves.
import { afterEach, beforeEach, expect, test } from "bun:test"
import type { ToEngine } from "../../src/engine/threads/protocol.ts"
import type { WebhookAnswers, WebhookEndpoint } from "../../src/webhooks/webhook.ts"
import { createWorld, doTurn, makeEndpoint, NOON, type World } from "../factory.ts"
import { openServer, type TestServer } from "./server.ts"

const answer: WebhookAnswers["test"] = {
  webhookId: "msg_1",
  jobId: "test-1",
  tried: { attempt: 1, at: NOON, outcome: "delivered", status: 204, error: null, tookMs: 1 },
}

let world: World
let server: TestServer
/** How many samples the engine was to send. */
let samples: number

beforeEach(() => {
  world = createWorld()
  samples = 0
  server = openServer(world.reads, world.dir, (message: ToEngine) => {
    if (typeof message === "string" || message.kind !== "webhooks" || message.order.do !== "test") return
    samples++
    server.say({ kind: "shown", seq: message.seq, text: JSON.stringify(answer) })
  })
})
afterEach(() => {
  server.dispose()
  world.dispose()
})

function save(endpoint: Partial<WebhookEndpoint>, number: number | null = null): void {
  doTurn(world.store, { kind: "saveWebhook", number, endpoint: makeEndpoint(endpoint) })
  world.reads.refresh()
}

async function send(id: string, body: object = {}): Promise<[status: number, retryAfter: string | null]> {
  const text = JSON.stringify(body)
  const headers = { ...server.asAdmin, "content-type": "application/json", "content-length": String(text.length) }
  const response = await server.ask(`/api/webhooks/${id}/test`, { method: "POST", headers, body: text })
  return [response.status, response.headers.get("retry-after")]
}

test("one of each event in 30 seconds for each endpoint, and one that is refused counts for none", async () => {
  save({ id: "we_a", name: "a" })
  save({ id: "we_b", name: "b" })
  expect(await send("we_a", { event: "batch.failed" })).toEqual([400, null])
  expect(await send("we_a")).toEqual([200, null])
  expect(await send("we_a")).toEqual([429, "30"])
  expect(await send("we_a", { event: "async_job.failed" })).toEqual([200, null])
  expect(await send("we_b")).toEqual([200, null])
  server.clock.advance(28_500)
  expect(await send("we_a")).toEqual([429, "2"])
  server.clock.advance(1500)
  expect(await send("we_a")).toEqual([200, null])
  expect(await send("we_a")).toEqual([429, "30"])
  expect(samples).toBe(4)
})

test("one that was changed in between is sent a sample at once, and so is any after the clock was set back", async () => {
  save({ id: "we_a" })
  expect(await send("we_a")).toEqual([200, null])
  save({ id: "we_a", updatedAt: NOON + 1 }, 1)
  expect(await send("we_a")).toEqual([200, null])
  expect(await send("we_a")).toEqual([429, "30"])
  server.clock.advance(-1000)
  expect(await send("we_a")).toEqual([200, null])
})
