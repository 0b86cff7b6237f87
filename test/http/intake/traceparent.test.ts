import { describe, expect, test } from "bun:test"
import { makeChildTrace } from "../../../src/http/intake/traceparent.ts"

describe("a traceparent", () => {
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
  const span = "00f067aa0ba902b7"
  const random = (bytes: number) => new Uint8Array(bytes).fill(0xab)
  const child = `00-${trace}-abababababababab`

  test.each([
    [`00-${trace}-${span}-01`, `${child}-01`],
    [`00-${trace}-${span}-00`, `${child}-00`],
    [` 00-${trace}-${span}-01 `, `${child}-01`],
    [`01-${trace}-${span}-01`, `${child}-01`],
    [`01-${trace}-${span}-01-more`, `${child}-01`],
  ])("%j has a child of the same trace and flags with a span of its own", (traceparent, expected) => {
    expect(makeChildTrace(traceparent, random)).toBe(expected)
  })

  test.each([
    null,
    "",
    "garbage",
    `00-${trace}-${span}`,
    `00-${trace}-${span}-01-more`,
    `00-${trace}-${span}-1`,
    `00-${trace}-${span}-0g`,
    `01-${trace}-${span}-01more`,
    `ff-${trace}-${span}-01`,
    `0-${trace}-${span}-01`,
    `00-${"0".repeat(32)}-${span}-01`,
    `00-${trace}-${"0".repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `00-${trace.slice(1)}-${span}-01`,
    `00-${trace}-${span}-01, 00-${trace}-${span}-01`,
  ])("%j is not valid and has none", (traceparent) => {
    expect(makeChildTrace(traceparent, random)).toBeNull()
  })

  test("has a child that is valid whatever the random bytes are", () => {
    const made = makeChildTrace(`00-${trace}-${span}-01`, (bytes) => new Uint8Array(bytes))
    expect(makeChildTrace(made, random)).toBe(`${child}-01`)
  })
})
