// The HTTP server's line to an engine thread that hears and says nothing, as one that is stuck in the disk.
import { afterEach, beforeEach, expect, test } from "bun:test"
import { EngineClient } from "../../src/http/engineclient.ts"
import { NOON } from "../factory.ts"
import { Timeline } from "../timeline.ts"

let worker: Worker
let clock: Timeline
let client: EngineClient
let sent: unknown[]

beforeEach(() => {
  // It answers calls alone.
  worker = new Worker(new URL("../fixtures/script.worker.ts", import.meta.url))
  sent = []
  worker.postMessage = (message: unknown) => {
    sent.push(message)
  }
  clock = new Timeline(NOON)
  client = new EngineClient(worker, clock, { onNews: () => {}, onOver: () => {} })
})
afterEach(() => worker.terminate())

test("who asks what it has counted is let go after its time, and who asks meanwhile or after asks no second time", async () => {
  const first = client.read(1000)
  clock.advance(500)
  const second = client.read(1000)
  clock.advance(500)
  expect(await first).toBeNull()
  clock.advance(500)
  expect(await second).toBeNull()
  const third = client.read(1000)
  clock.advance(1000)
  expect(await third).toBeNull()
  expect(sent).toEqual([{ kind: "read" }])
  expect(client.silentMs()).toBe(2500)
})
