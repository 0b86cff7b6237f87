// The face's line to an engine thread that hears and says nothing, as one that is stuck in the disk.
import { afterEach, beforeEach, expect, test } from "bun:test"
import { connectEngine, type EngineLine } from "../../src/http/engineclient.ts"
import { NOON } from "../factory.ts"
import { Timeline } from "../timeline.ts"

let worker: Worker
let clock: Timeline
let line: EngineLine
let told: unknown[]

beforeEach(() => {
  // It answers calls alone.
  worker = new Worker(new URL("../fixtures/script.worker.ts", import.meta.url))
  told = []
  worker.postMessage = (message: unknown) => {
    told.push(message)
  }
  clock = new Timeline(NOON)
  line = connectEngine(
    worker,
    clock,
    () => {},
    () => {},
  )
})
afterEach(() => worker.terminate())

test("who asks what it has counted is let go after its time, and who asks meanwhile or after asks no second time", async () => {
  const first = line.read(1000)
  clock.advance(500)
  const second = line.read(1000)
  clock.advance(500)
  expect(await first).toBeNull()
  clock.advance(500)
  expect(await second).toBeNull()
  const third = line.read(1000)
  clock.advance(1000)
  expect(await third).toBeNull()
  expect(told).toEqual([{ kind: "read" }])
  expect(line.silentMs()).toBe(2500)
})
