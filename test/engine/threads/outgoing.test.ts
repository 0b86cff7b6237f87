import { expect, test } from "bun:test"
import { createOutgoing } from "../../../src/engine/threads/outgoing.ts"

const MB = 1024 * 1024

test("large bodies are sent as far as they fit, the others later in their order, small ones always", () => {
  const outgoing = createOutgoing()
  const goes = (id: string, mb: number) => outgoing.start(id, mb * MB)
  expect([goes("a", 60), goes("b", 60), goes("c", 60), goes("d", 2), goes("small", 0.5)]).toEqual([
    true,
    true,
    false,
    false,
    true,
  ])
  expect(outgoing.end(["small"])).toEqual([])
  expect(outgoing.end(["a"])).toEqual(["c", "d"])
  expect(outgoing.end(["b"])).toEqual([])
})

test("one that never fits is sent alone", () => {
  const outgoing = createOutgoing()
  expect(outgoing.start("a", 10 * MB)).toBe(true)
  expect(outgoing.start("huge", 500 * MB)).toBe(false)
  expect(outgoing.start("b", 10 * MB)).toBe(false)
  expect(outgoing.end(["a"])).toEqual(["huge"])
  expect(outgoing.end(["huge"])).toEqual(["b"])
})

test("one that is cancelled while it waits leaves its place to the next", () => {
  const outgoing = createOutgoing()
  expect([outgoing.start("a", 100 * MB), outgoing.start("b", 100 * MB), outgoing.start("c", 20 * MB)]).toEqual([
    true,
    false,
    false,
  ])
  expect(outgoing.end(["b"])).toEqual(["c"])
  expect(outgoing.end(["b"])).toEqual([])
})

test("of those that end together none takes the place of another", () => {
  const outgoing = createOutgoing()
  for (const id of ["a", "b", "c"]) outgoing.start(id, 100 * MB)
  expect(outgoing.end(["a", "b"])).toEqual(["c"])
})
