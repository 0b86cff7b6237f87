import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { ExactNumber, isNumber, parseExact, readNumber, toNumber } from "../src/exactjson.ts"
import { isRecord } from "../src/values.ts"

/** A number as JSON allows it to be written. */
const number = fc.stringMatching(/^-?(0|[1-9]\d{0,30})(\.\d{1,20})?([eE][+-]?\d{1,3})?$/)
const text = fc.oneof(number, fc.string(), fc.string({ unit: "binary" })).map((value) => JSON.stringify(value))
const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small" },
    number,
    text,
    fc.constantFrom("true", "false", "null"),
    fc.array(tie("json"), { maxLength: 5 }).map((items) => `[${items.join(",")}]`),
    fc
      .uniqueArray(fc.stringMatching(/^[a-z_]{1,9}$/), { maxLength: 5 })
      .chain((names) =>
        fc
          .tuple(...names.map(() => tie("json")))
          .map((values) => `{${names.map((name, at) => `"${name}":${values[at]}`).join(",")}}`),
      ),
  ),
}))

describe("JSON that is parsed and written again", () => {
  test("has every number as it was written", () => {
    fc.assert(
      fc.property(json, (text) => {
        // Only numbers may be written in several ways here.
        const strings = JSON.stringify(parseExact(text))
        expect(strings.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')).toBe(text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""'))
        expect(JSON.parse(strings)).toEqual(JSON.parse(text))
      }),
      { numRuns: 2000, seed: 1 },
    )
  })

  test("is plain values where no number would change", () => {
    const plain = '{"a":[0,1,-1,1.5,-0.5,123456789012345,1e+21,"1.10","-0","1E400"],"1.10":true}'
    expect(parseExact(plain)).toEqual(JSON.parse(plain))
  })

  test("is nothing where it is no JSON", () => {
    for (const text of ["", "1.10.1", "[1.10", "{", "-", "01.0", "1.10 x"]) expect(parseExact(text)).toBeUndefined()
  })
})

describe("a number that keeps its digits", () => {
  const exact = parseExact("1.10")

  test("counts and compares as its value, and is a text with its digits", () => {
    expect(exact).toBeInstanceOf(ExactNumber)
    expect(readNumber(exact)).toBe(1.1)
    expect(Number(exact) + 1).toBe(2.1)
    expect((exact as number) > 1).toBe(true)
    expect(`${exact}`).toBe("1.10")
  })

  test("is a number, and no object with members", () => {
    expect(isNumber(exact)).toBe(true)
    expect(isRecord(exact)).toBe(false)
    expect([isNumber("1.10"), isNumber(null), isNumber({ source: "1.10" })]).toEqual([false, false, false])
  })

  test("is read of a form's text", () => {
    expect(JSON.stringify(["1.10", "2", exact, 3].map(toNumber))).toBe("[1.10,2,1.10,3]")
    expect(toNumber("x")).toBeNaN()
  })
})
