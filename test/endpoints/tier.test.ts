import { expect, test } from "bun:test"
import { tierPriority } from "../../src/endpoints/endpoint.ts"
import { form, json } from "./submissions.ts"

test.each<[unknown, 0 | 1 | 2 | null]>([
  ["flex", 0],
  ["default", 1],
  ["standard", 1],
  ["priority", 2],
  ["auto", null],
  ["FLEX", null],
  ["", null],
  [2, null],
  [null, null],
  [["flex"], null],
  [undefined, null],
])("service_tier %j has the priority %p", (service_tier, priority) => {
  for (const submission of [json({ service_tier }), form({ service_tier }, "file")]) {
    expect(tierPriority(submission)).toBe(priority)
  }
})

test("a request that names no tier has no priority", () => {
  expect(tierPriority(json({}))).toBeNull()
})
