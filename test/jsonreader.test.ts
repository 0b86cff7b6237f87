// The reader of JSON that comes in pieces: it must take what JSON.parse takes and give the same values, wherever the text is cut.
import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { JsonError, JsonReader } from "../src/jsonreader.ts"
import cases from "./fixtures/json-cases.json" with { type: "json" }

const LIMITS = { depth: 1000, values: 10_000 }

/** Reads a text that is cut after every so many characters. */
function read(text: string, length = text.length || 1, limits = LIMITS): unknown {
  const reader = new JsonReader(limits)
  for (let at = 0; at < text.length; at += length) reader.push(text.slice(at, at + length))
  return reader.end()
}

/** The value, or that there is none. */
function outcome(action: () => unknown): string {
  try {
    return JSON.stringify(action())
  } catch (error) {
    if (error instanceof JsonError || error instanceof SyntaxError) return "refused"
    throw error
  }
}

const cuts = (text: string) => [1, 2, 3, 7, text.length || 1]

/** All cases that are text, each alone and as the value of a member. */
const texts = [...cases.must_parse, ...cases.must_not_parse, ...cases.free]
  .map((base64) => Buffer.from(base64, "base64"))
  .filter((bytes) => bytes.equals(Buffer.from(bytes.toString())))
  .map(String)
  // It nests 100,000 deep: JSON.parse gives up elsewhere than this does.
  .filter((text) => text.length < 10_000)
  .flatMap((text) => [text, `{"x":${text}}`])

test("of every case of JSONTestSuite the same is read and refused as by JSON.parse, wherever it is cut", () => {
  expect(texts.length).toBeGreaterThan(300)
  for (const text of texts) {
    const expected = outcome(() => JSON.parse(text))
    for (const length of cuts(text))
      expect({ text, length, read: outcome(() => read(text, length)) }).toEqual({ text, length, read: expected })
  }
})

test("of random values the text is read as by JSON.parse, wherever it is cut", () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ noUnicodeString: false }),
      fc.nat(3),
      fc.integer({ min: 1, max: 9 }),
      (value, space, length) => {
        const text = JSON.stringify(value, null, space)
        expect(read(text, length)).toEqual(JSON.parse(text))
      },
    ),
    { seed: 11, numRuns: 500 },
  )
})

test("of random texts the same are refused as by JSON.parse", () => {
  const token = fc.constantFrom(
    ...[
      '"',
      "\\",
      "\\u00e9",
      "\\ud83d",
      "\\n",
      "\\x",
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      " ",
      "\n",
      "\u0000",
      "\u00a0",
      "\u2028",
    ],
    ...[
      "0",
      "-",
      "1",
      "1.5e3",
      "01",
      ".",
      "+",
      "true",
      "tru",
      "null",
      "NaN",
      '"a"',
      '"a":',
      "é",
      "😀",
      "//",
      "__proto__",
    ],
  )
  fc.assert(
    fc.property(fc.array(token, { maxLength: 12 }), fc.integer({ min: 1, max: 4 }), (tokens, length) => {
      const text = tokens.join("")
      expect(outcome(() => read(text, length))).toBe(outcome(() => JSON.parse(text)))
    }),
    { seed: 11, numRuns: 20_000 },
  )
})

test("a text as long as a picture is the same, wherever an escape sequence is cut", () => {
  const text = JSON.stringify({ a: `${"x".repeat(1000)}\\\\"\u0001é😀`.repeat(50), b: "\\".repeat(2000) })
  for (const length of [1, 5, 64, 1000, 4096]) expect(read(text, length)).toEqual(JSON.parse(text))
})

test("__proto__ is a member like any other", () => {
  const value = read('{"__proto__":{"stream":true},"a":1}') as Record<string, unknown>
  expect(Object.keys(value)).toEqual(["__proto__", "a"])
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
})

test("the names of the outermost members are told in their order, those that come twice twice", () => {
  const reader = new JsonReader(LIMITS)
  reader.push('{"a":{"b":1,"b":2},"c":[{"d":1}],"\\u0061":3}')
  reader.end()
  expect(reader.names).toEqual(["a", "c", "a"])
})

describe("a text is refused", () => {
  const refusal = (text: string, limits = LIMITS) => {
    try {
      read(text, 3, limits)
      return null
    } catch (error) {
      return error instanceof JsonError ? { message: error.message, isTooLarge: error.isTooLarge } : error
    }
  }

  test("as soon as it has more values than it may, and not one earlier", () => {
    const limits = { depth: 10, values: 4 }
    expect(refusal("[1,{},null]", limits)).toBeNull()
    expect(refusal('[1,{"a":2},null]', limits)).toEqual({
      message: "has more than 4 values: send less at a time",
      isTooLarge: true,
    })
    const reader = new JsonReader(limits)
    expect(() => reader.push("[0,0,0,0,")).toThrow(JsonError)
  })

  test("as soon as it nests deeper than it may", () => {
    const limits = { depth: 3, values: 100 }
    expect(refusal('[{"a":[]}]', limits)).toBeNull()
    expect(refusal('[{"a":[[', limits)).toEqual({
      message: "nests more than 3 deep: send it flatter",
      isTooLarge: false,
    })
  })

  test.each([
    ['{"a":tru}', 'is not valid JSON: "t" is not expected at character 6'],
    ['{"a":1,}', 'is not valid JSON: "}" is not expected at character 8'],
    ["{'a':1}", 'is not valid JSON: "\'" is not expected at character 2'],
    ['{"a":1} x', 'is not valid JSON: "x" is not expected at character 9'],
    ['{"a":"b', "breaks off before its end"],
    ["", "breaks off before its end"],
    ['{"a":"\n"}', "is not valid JSON: a control character or an unknown escape sequence in the text at character 7"],
    [`{"a":1${"0".repeat(100_000)}}`, "has a number of more than 100000 characters: send a shorter one"],
  ])("%s", (text, message) => {
    expect(refusal(text)).toEqual({ message, isTooLarge: false })
  })
})
