// What the face asks of the database and no route shows by itself.
import { afterEach, beforeEach, expect, test } from "bun:test"
import { createWorld, insertJob, NOON, type World } from "../../factory.ts"

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world.dispose())

test("the first job that is due of each provider is found over all its lanes, and no other state counts", () => {
  const lanes = [
    { model: "a", run_at: NOON + 5 },
    { model: "b", run_at: NOON + 3 },
    { model: "b", run_at: NOON + 9 },
    { model: "b", owner: "vk:x", run_at: NOON + 4 },
    { model: "b", priority: 2, run_at: NOON + 7 },
    { provider: "other", run_at: NOON + 8 },
  ]
  for (const lane of lanes) insertJob(world.database, "queued", lane)
  for (const state of ["running", "waiting", "succeeded"] as const) insertJob(world.database, state, { run_at: NOON })
  expect(world.reads.oldestDue()).toEqual(
    new Map([
      ["mock", NOON + 3],
      ["other", NOON + 8],
    ]),
  )
})
