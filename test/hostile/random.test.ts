// Random requests made from the API document; `bun test/hostile/random.ts --count 5000 --seed N` sends more of them.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { chat, type Gateway, type Job, launch } from "../harness.ts"
import { sendNoise } from "./random.ts"

const SEED = 11

let gateway: Gateway
beforeAll(async () => {
  gateway = await launch()
})
afterAll(() => gateway.dispose())

test("300 random requests are all answered, none with 5xx, and leave a gateway that works", async () => {
  const { found, statuses } = await sendNoise(gateway, 300, SEED)
  expect(found).toEqual([])
  // They are near enough to valid ones to be taken, and wrong enough to be refused.
  expect((statuses["202"] ?? 0) + (statuses["200"] ?? 0)).toBeGreaterThan(20)
  expect(statuses["400"] ?? 0).toBeGreaterThan(20)
  const job = (await gateway.end(await gateway.accept(chat()))) as Job
  expect(job.status).toBe("completed")
  expect(gateway.log()).not.toMatch(/"level":"error"|^ +at /m)
}, 240_000)
