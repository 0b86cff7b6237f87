import { expect, test } from "bun:test"
import { addField, parseField } from "../../../src/providers/upstreamjobs/formfields.ts"

test("a field means what its JSON says, with the digits that it has, and itself where it is none", () => {
  const texts = ["1", "0.5", "true", "null", "[1]", '{"a":1}', "1.0", "12345678901234567890"]
  expect(texts.map((text) => JSON.stringify(parseField(text)))).toEqual(texts)
  expect(["01", "cat", ""].map(parseField)).toEqual(["01", "cat", ""])
})

test("fields of one name are a list, and so is one whose name says so", () => {
  const fields = {}
  for (const [name, value] of [
    ["a", 1],
    ["b", 1],
    ["b", 2],
    ["b", 3],
    ["c[]", 1],
    ["d[]", 1],
    ["d[]", 2],
  ] as const) {
    addField(fields, name, value)
  }
  expect(fields).toEqual({ a: 1, b: [1, 2, 3], c: [1], d: [1, 2] })
})
