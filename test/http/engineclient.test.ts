// The HTTP server's line to an engine thread that hears and says nothing, as one that is stuck in the disk.
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { frameAnswer } from "../../src/engine/threads/protocol.ts"
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

describe("the whole answer of a job", () => {
  let port: MessagePort
  let heard: (string | null)[]
  const say = (data: unknown) => worker.dispatchEvent(new MessageEvent("message", { data }))
  /** Sends the answer, and returns when it has arrived. */
  async function answer(id: string): Promise<void> {
    const arrived = new Promise<void>((resolve) => client.expect("last", "answer", () => resolve()))
    port.postMessage(frameAnswer(id, 5, "the answer"))
    port.postMessage(frameAnswer("last", 5, ""))
    await arrived
    say({ kind: "ended", ids: ["last"] })
  }

  beforeEach(() => {
    const channel = new MessageChannel()
    port = channel.port1
    say({ kind: "channel", port: channel.port2 })
    heard = []
    client.expect("job", "answer", (whole) => heard.push(whole?.text ?? null))
  })
  afterEach(() => port.close())

  test("is passed on as it comes, and its job is ending until the engine reports the end", async () => {
    await answer("job")
    expect(heard).toEqual(["the answer"])
    expect([client.isEnding("job"), client.listEnding()]).toEqual([true, ["job"]])
    say({ kind: "ended", ids: ["job"] })
    expect([client.isEnding("job"), client.listEnding()]).toEqual([false, []])
  })

  test("is not passed on after its end, nor after a cancellation, which may be the end", async () => {
    say({ kind: "ended", ids: ["job"] })
    await answer("job")
    expect([heard, client.isEnding("job")]).toEqual([[null], false])
    for (const cancel of [
      () => client.cancel("other"),
      () => client.leave("other"),
      () => client.remove("other"),
      () => client.cancelSome(["other"], { states: null, isStarted: null }),
      () => client.removeSome(["other"], { states: null, isStarted: null }),
    ]) {
      client.expect("other", "answer", (whole) => heard.push(whole?.text ?? null))
      void cancel()
      await answer("other")
      say({ kind: "ended", ids: ["other"] })
    }
    expect(heard).toEqual([null, null, null, null, null, null])
  })

  test("is waited for no longer as the end of its job while nothing can be stored", async () => {
    await answer("job")
    say({ kind: "pulse", trouble: "the disk is full" })
    expect(client.isEnding("job")).toBe(false)
  })
})
