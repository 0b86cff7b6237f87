// Which endpoint `x-bf-async-webhook` means, on the real store.
import { afterEach, beforeEach, expect, test } from "bun:test"
import { findWebhook } from "../../../src/http/intake/namedwebhook.ts"
import type { WebhookEndpoint } from "../../../src/webhooks/webhook.ts"
import { createWorld, doTurn, makeEndpoint, type World } from "../../factory.ts"

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world.dispose())

function save(over: Partial<WebhookEndpoint>): number {
  return doTurn(world.store, { kind: "saveWebhook", number: null, endpoint: makeEndpoint(over) }) as number
}

test("the caller's own endpoint is meant, or else the operator's, and never another caller's", async () => {
  const operators = save({ name: "shared" })
  const own = save({ name: "shared", owner: "vk:a" })
  save({ name: "private", owner: "vk:b" })
  expect(await findWebhook("shared", "vk:a", world.reads)).toBe(own)
  expect(await findWebhook("shared", "vk:c", world.reads)).toBe(operators)
  await expect(findWebhook("private", "vk:a", world.reads)).rejects.toMatchObject({
    code: "invalid_request",
    param: "x-bf-async-webhook",
    message: expect.stringMatching(/^unknown webhook endpoint with name "private"/),
  })
})

test("one that is off is refused, with the reason where the gateway has turned it off", async () => {
  save({ name: "off", disabled: true })
  save({ name: "gone", disabledReason: "the receiver answered 410: it is gone", disabledAt: 1 })
  await expect(findWebhook("off", "", world.reads)).rejects.toThrow(
    'the webhook endpoint "off" is disabled: enable it first',
  )
  await expect(findWebhook("gone", "", world.reads)).rejects.toThrow(
    'the webhook endpoint "gone" is disabled (the receiver answered 410: it is gone): enable it first',
  )
})
