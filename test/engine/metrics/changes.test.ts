// What the engine tells of changed jobs: nothing while nobody follows, and never more than fits into one message.
import { expect, test } from "bun:test"
import { createChanges, type News } from "../../../src/engine/metrics/changes.ts"
import { NOON, newJob } from "../../factory.ts"
import { Timeline } from "../../timeline.ts"

const counts = { queued: 1, running: 2, waiting: 3 }

function start() {
  const clock = new Timeline(NOON)
  const told: News[] = []
  const changes = createChanges({ clock, post: (text) => told.push(JSON.parse(text)), count: () => counts })
  return { clock, told, changes }
}

test("nothing is told before somebody follows, and nothing after that has ended", () => {
  const { clock, told, changes } = start()
  changes.note(newJob(), null, "queued")
  clock.advance(1000)
  changes.follow(7)
  expect(told.splice(0)).toEqual([{ round: 7, counts, jobs: [], crowds: [] }])
  changes.note(newJob(), null, "queued")
  changes.follow(null)
  clock.advance(1000)
  expect(told).toEqual([])
})

test("what a job goes through in a quarter of a second is one change, and without changes nothing is told", () => {
  const { clock, told, changes } = start()
  changes.follow(1)
  const job = newJob({ provider: "mock", model: "m" })
  changes.note(job, null, "queued")
  changes.note({ ...job, attempt: 1, keyId: "k" }, "queued", "running")
  changes.note({ ...job, attempt: 1 }, "running", "queued", { provider: "other", model: "n" })
  clock.advance(250)
  clock.advance(1000)
  expect(told).toHaveLength(2)
  const [{ was, is } = { was: undefined, is: undefined }] = told[1]?.jobs ?? []
  expect(was).toBeNull()
  expect(is).toMatchObject({ state: "queued", attempt: 1, provider: "other", model: "n" })
})

test("of more changes than one message names only the owners are told, and of too many owners nothing but that", () => {
  const { clock, told, changes } = start()
  changes.follow(1)
  for (let n = 0; n < 20; n++) changes.note(newJob({ owner: "vk:b" }), null, "queued")
  for (let n = 0; n < 120; n++) changes.note(newJob({ owner: "vk:a" }), null, "queued")
  clock.advance(250)
  expect([told[1]?.jobs.length, told[1]?.crowds]).toEqual([20, ["vk:a"]])
  for (let n = 0; n < 2000; n++) changes.note(newJob({ owner: `vk:${n}` }), null, "queued")
  clock.advance(250)
  expect([told[2]?.jobs.length, told[2]?.crowds]).toEqual([0, null])
})
