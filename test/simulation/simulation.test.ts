// The queue under random failures. steps.ts lists what can happen; rows.ts, answers.ts, calls.ts and events.ts check the invariants.
import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { shrink } from "./shrink.ts"
import { simulate } from "./simulate.ts"

test("no job is lost, stranded, called twice or called in vain, and no event of an answer is lost, in 10,000 random steps", () => {
  // `bun run simulate` plays other seeds.
  const { steps, failure } = simulate({ steps: 10_000, seed: 1 })
  expect(failure).toBeNull()
  expect(steps).toBe(10_000)
}, 240_000)

test("several gateways on one server take over from each other, and the same holds, in 5000 random steps", () => {
  // `bun run simulate --gateways 3` plays other seeds.
  const { steps, failure } = simulate({ steps: 5000, seed: 1, gateways: 3 })
  expect(failure).toBeNull()
  expect(steps).toBe(5000)
}, 240_000)

test("a script that fails is reported as the few small steps that the failure needs", () => {
  const script = Array.from({ length: 1000 }, (_, index) => index)
  const fails = (candidate: readonly number[]) => candidate.some((step) => step >= 700) && candidate.includes(3)
  expect(shrink(script, fc.nat(), fails)).toEqual([3, 700])
})
