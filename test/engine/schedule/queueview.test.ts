// The queues as they are shown: the longest of very many, and those that the configuration has no key for.
import { expect, test } from "bun:test"
import { createDispatcher } from "../../../src/engine/schedule/dispatcher.ts"
import { viewQueues } from "../../../src/engine/schedule/queueview.ts"
import { makeLane, makeProvider, NOON } from "../../factory.ts"
import { doQuickly } from "../../quick.ts"

function start(lanes: { owner: string; jobs: number; provider?: string }[]) {
  const dispatcher = createDispatcher([makeProvider(), makeProvider({ name: "keyed", needsKey: true })], {}, () => 0)
  dispatcher.recount(lanes.map(({ jobs, ...over }) => ({ ...makeLane(over), jobs })))
  return dispatcher
}

test("of very many lanes the longest are listed, in time that does not grow with their square, and it is said that there are more", async () => {
  const lanes = Array.from({ length: 20_000 }, (_, n) => ({ owner: `vk:${n}`, jobs: 1 + ((n * 7919) % 20_000) }))
  const { view } = start(lanes)
  const queues = await doQuickly(() => viewQueues(view.capacity, [], null, 500, NOON))
  expect(queues.lanes.map(({ depth }) => depth)).toEqual(Array.from({ length: 500 }, (_, n) => 20_000 - n))
  expect(queues.hasMore).toBe(true)
  const own = viewQueues(view.capacity, [], ["vk:7"], 500, NOON)
  expect(own).toMatchObject({ lanes: [{ owner: "vk:7", depth: 1 + ((7 * 7919) % 20_000) }], hasMore: false })
})

test("a lane for which no key is configured waits for that", () => {
  const dispatcher = start([{ owner: "", jobs: 2, provider: "keyed" }])
  dispatcher.claim(NOON)
  const { lanes } = viewQueues(dispatcher.view.capacity, [], null, 500, NOON)
  expect(lanes).toMatchObject([{ depth: 2, place: "waiting", nextAt: null, waitsFor: [{ kind: "no_key" }] }])
})
