import { expect, test } from "bun:test"
import { isSameDigest } from "../src/digest.ts"

test.each([
  ["a", "a", true],
  ["a", "b", false],
  ["a", "ab", false],
  ["", "", true],
])("%j and %j are the same digest: %p", (one, other, same) => {
  expect(isSameDigest(one, other)).toBe(same)
})
