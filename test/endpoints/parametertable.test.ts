import { describe, expect, test } from "bun:test"
import { checkItems, checkParameters, merge, type ParameterTable, UNKNOWN } from "../../src/endpoints/parametertable.ts"
import { parseExact } from "../../src/exactjson.ts"

const table: ParameterTable<{ isSmall: boolean }> = {
  supported: ["prompt", "top_p"],
  types: { top_p: "number" },
  strings: ["prompt"],
  unknown: UNKNOWN,
  rules: [
    { param: "n", neutral: 1, says: "above 1 is not supported: leave it out" },
    { param: "stop", neutral: [], verdict: "warned", says: "was not sent" },
    { param: "size", when: (size, _, { isSmall }) => isSmall && size === "large", says: "must be small" },
    { param: "seed", says: (seed) => `${seed} is no seed`, isInvalid: true },
  ],
}
const check = (fields: Record<string, unknown>, isSmall = true) => checkParameters(table, fields, { isSmall })
const prompt = "Hi"

describe("a parameter", () => {
  test.each([
    ["is supported", { top_p: 0.5 }],
    ["asks for nothing with its neutral value", { n: 1, stop: [] }],
    ["counts as absent when it is null", { n: null, seed: null, unheard_of: null, top_p: null }],
  ])("%s: nothing is found", (_, fields) => {
    expect(check({ prompt, ...fields })).toEqual({ errors: [], warnings: [] })
  })

  test.each(["constructor", "toString", "__proto__"])("has no type because objects have %s", (name) => {
    const fields = Object.fromEntries([
      ["prompt", prompt],
      [name, 1],
    ])
    expect(check(fields)).toEqual({ errors: [], warnings: [`${name} ${UNKNOWN}`] })
  })

  test("is refused as unsupported when its value is legal", () => {
    const message = "n above 1 is not supported: leave it out"
    expect(check({ prompt, n: 2 })).toEqual({ errors: [{ isUnsupported: true, message, param: "n" }], warnings: [] })
  })

  test("is refused as invalid when its value is wrong, whoever receives it", () => {
    expect(check({ prompt, seed: "x" }).errors).toEqual([{ message: "seed x is no seed", param: "seed" }])
    expect(check({ prompt, top_p: "1" }).errors).toEqual([{ message: "top_p must be a number", param: "top_p" }])
    expect(check({ prompt, top_p: Number.POSITIVE_INFINITY }).errors).toEqual([
      { message: "top_p is too large", param: "top_p" },
    ])
    expect(check({}).errors).toEqual([{ message: "prompt must be a string", param: "prompt" }])
  })

  test("is warned of when it is left out and the meaning stays", () => {
    expect(check({ prompt, stop: ["a"], unheard_of: 1 })).toEqual({
      errors: [],
      warnings: ["unheard_of is not known to this provider and was not sent", "stop was not sent"],
    })
  })

  test("is its value, however its number is written", () => {
    const fields = parseExact('{"n":1.0,"top_p":0.50}') as Record<string, unknown>
    expect(check({ prompt, ...fields })).toEqual({ errors: [], warnings: [] })
  })

  test("may depend on the context of the rules", () => {
    expect([
      check({ prompt, size: "large" }, true).errors.length,
      check({ prompt, size: "large" }, false).errors,
    ]).toEqual([1, []])
  })
})

test("without a word for unknown parameters, they are supported", () => {
  expect(checkParameters({ rules: [] }, { unheard_of: 1 }, null)).toEqual({ errors: [], warnings: [] })
})

test("parameters of an item are named by where the item stands", () => {
  const found = checkItems([{}, { n: 2 }], "messages", (item, path) =>
    checkParameters({ rules: table.rules ?? [] }, item as Record<string, unknown>, { isSmall: true }, path),
  )
  expect(found.errors.map(({ param }) => param)).toEqual(["messages[1].n"])
  expect(merge([found, found]).errors).toHaveLength(2)
})
