// How the dashboard writes values, and how it reads JSON without changing it: pure functions, without a browser.
import { describe, expect, test } from "bun:test"
import {
  writeAge,
  writeBytes,
  writeCount,
  writeCountdown,
  writeDuration,
  writeMoney,
  writeShort,
} from "../../src/ui/format.ts"
import { setMember } from "../../src/ui/jsonmember.ts"
import { layOut, parseRaw, type RawNode, readText, readTokens, readValue } from "../../src/ui/rawjson.ts"
import { goBack, listDays, readDay, writeCost, writeUnknown } from "../../src/ui/usage.ts"
import { diffWords } from "../../src/ui/worddiff.ts"
import { doQuickly } from "../quick.ts"

describe("values", () => {
  test.each([
    [null, "unknown"],
    [0, "$0"],
    [1234.5, "$1,234.50"],
    [0.25, "$0.25"],
    [0.0123, "$0.012"],
    [0.000042, "$0.000042"],
    [1e-9, "< $0.0000001"],
  ])("money: %p is %p", (usd, text) => expect(writeMoney(usd)).toBe(text))

  test.each([
    [null, "–"],
    [0, "0 ms"],
    [999.4, "999 ms"],
    [1240, "1.24 s"],
    [59_900, "59.9 s"],
    [125_000, "2 min 05 s"],
    [3_840_000, "1 h 04 min"],
    [90_000_000, "1 d 01 h"],
  ])("a duration: %p ms is %p", (ms, text) => expect(writeDuration(ms)).toBe(text))

  test.each([
    [-5, "now"],
    [12_345, "12 s"],
    [240_000, "4 min"],
    [86_399_000, "23 h"],
    [5 * 86_400_000, "5 d"],
  ])("an age: %p ms is %p", (ms, text) => expect(writeAge(ms)).toBe(text))

  test.each([
    [-1, "at once"],
    [0, "at once"],
    [1, "in 1 s"],
    [41_001, "in 42 s"],
    [59_001, "in 1 min 00 s"],
    [3_840_000, "in 1 h 04 min"],
  ])("what is left of a wait: %p ms is %p", (ms, text) => expect(writeCountdown(ms)).toBe(text))

  test.each([
    [0, "0"],
    [0.0123, "0.012"],
    [7.25, "7.3"],
    [999, "999"],
    [1200, "1.2k"],
    [3_400_000, "3.4M"],
  ])("a short number: %p is %p", (value, text) => expect(writeShort(value)).toBe(text))

  test("amounts that are not known are said to be unknown, and are not zero", () => {
    expect([writeCount(null), writeBytes(undefined), writeMoney(undefined)]).toEqual(["unknown", "unknown", "unknown"])
    expect([writeCount(1204), writeBytes(1536)]).toEqual(["1,204", "1.5 KB"])
  })
})

/** Every value of a tree as it is written, in order. */
function listRaw(node: RawNode | null): string[] {
  if (node === null) return []
  if (node.kind === "object") return node.entries.flatMap(({ key, value }) => [key, ...listRaw(value)])
  return node.kind === "array" ? node.items.flatMap(listRaw) : [node.raw]
}

describe("JSON as it is stored", () => {
  test("keeps how every value is written", () => {
    const values = ["9007199254740993", "1.10", "-1E400", '"\\u0000\\ud800 \\/"', '"a, {b}: [c]"', "true", "null", '""']
    const root = parseRaw(`{"a": [${values.join(", ")}], "b":{}, "a":1}`)
    expect(listRaw(root)).toEqual(['"a"', ...values, '"b"', '"a"', "1"])
  })

  test("is read as far as it goes where it was cut", () => {
    const root = parseRaw('{"a":[1,{"text":"cut he')
    expect(listRaw(root)).toEqual(['"a"', "1", '"text"', '"cut he'])
    expect(root).toMatchObject({ isCut: true, entries: [{ value: { isCut: true } }] })
  })

  test("of a hundred thousand levels needs no deep stack, and one long text no square of its time", async () => {
    expect(parseRaw("[".repeat(100_000))).toMatchObject({ kind: "array", isCut: true })
    const long = await doQuickly(() => parseRaw(`["${'\\"a'.repeat(300_000)}`))
    expect(long).toMatchObject({ items: [{ kind: "string", isCut: true }] })
  })

  test.each([
    ['{"a":"whole","b":[1,true,null', { a: "whole", b: [1, true, null] }],
    ['{"a":"cut \\u00', { a: "cut " }],
    ['{"a":"slash \\\\', { a: "slash \\" }],
    ['{"a":"half \\', { a: "half " }],
    ["", null],
  ])("gives the values that are there, where it was cut: %p", (text, value) => {
    expect<unknown>(readValue(text)).toEqual(value)
  })

  test("is laid out over lines without another character of its values", () => {
    const text = '{"a":[9007199254740993,1.10,{}],"b":{"c":"x, {\\"y\\": [1]}"},"d":[]}'
    const laid = layOut(text)
    expect(laid.split("\n")).toHaveLength(11)
    const read = (json: string) => [...readTokens(json)].map(({ token }) => token)
    expect(read(laid)).toEqual(read(text))
  })

  test("shows what a text stands for, and the text itself where that cannot be read", () => {
    expect(readText('"a\\n\\u00e9"')).toBe("a\né")
    expect(readText('"cut \\u00')).toBe("cut \\u00")
  })
})

describe("two texts", () => {
  test("are told apart by words", () => {
    expect(diffWords("the quick brown fox", "the slow brown dog")).toEqual([
      { kind: "same", text: "the " },
      { kind: "removed", text: "quick" },
      { kind: "added", text: "slow" },
      { kind: "same", text: " brown " },
      { kind: "removed", text: "fox" },
      { kind: "added", text: "dog" },
    ])
  })

  test("are whole again when the pieces of either are put together", () => {
    for (let seed = 0; seed < 500; seed += 1) {
      const [a, b] = [write(seed * 2), write(seed * 2 + 1)]
      const pieces = diffWords(a, b) ?? []
      const join = (left: string) => pieces.flatMap(({ kind, text }) => (kind === left ? [] : text)).join("")
      expect([join("added"), join("removed")]).toEqual([a, b])
    }
  })

  test("that have nothing in common are not compared for long", async () => {
    const words = (start: string) => Array.from({ length: 10_000 }, (_, at) => `${start}${at}`).join(" ")
    const [a, b] = [words("a"), words("b")]
    expect(await doQuickly(() => diffWords(a, b))).toBeNull()
  })
})

/** A few words, the same for the same seed. */
function write(seed: number): string {
  const words = ["one ", "two ", "three", ", ", "\n", "é", "🙂"]
  return Array.from({ length: seed % 12 }, (_, at) => words[(seed * 7 + at * at * 5) % words.length]).join("")
}

describe("a member of a request that is typed", () => {
  const text = '{ "a": {"model": [1, "}"]}, "model" : "x", "seed":9007199254740993, "e": [] }'

  test.each([
    ["is replaced", text, "model", '"y"', text.replace('"x"', '"y"')],
    ["is replaced where it is an object", text, "a", "1", text.replace('{"model": [1, "}"]}', "1")],
    ["is replaced where it is a list", text, "e", "[2]", text.replace("[]", "[2]")],
    ["that comes twice is changed where it holds", '{"a":1,"a":2}', "a", "3", '{"a":1,"a":3}'],
    ["is known by its escapes too", '{"\\u0061":1}', "a", "2", '{"\\u0061":2}'],
    ["is added behind the last one", '{"a":1}', "b", "2", '{"a":1,\n  "b": 2}'],
    ["is added where there is none", "{ }", "b", "2", '{\n  "b": 2\n}'],
    ["is removed from the middle", '{"a":1, "b":2, "c":3}', "b", null, '{"a":1, "c":3}'],
    ["is removed from the end", '{"a":1, "b":[2]}', "b", null, '{"a":1}'],
    ["is removed where it is alone", '{"a":1}', "a", null, "{}"],
    ["is not removed where it is not there", text, "b", null, text],
  ])("%s, and all other characters stay", (_, before, name, value, after) => {
    expect(setMember(before, name, value)).toBe(after)
  })

  test("is found quickly in a long one", async () => {
    const long = JSON.stringify({ messages: Array.from({ length: 100_000 }, (_, at) => ({ at })), model: "x" })
    await doQuickly(() => setMember(long, "model", '"y"'))
  })
})

describe("what was spent", () => {
  const sums = { calls: 3, input_tokens: 0, output_tokens: 0, total_tokens: 0 }

  test.each([
    [{ cost_usd: 1.5, calls_without_cost: 0 }, "$1.50", null],
    [{ cost_usd: 1.5, calls_without_cost: 12 }, "$1.50", "12 calls without a known cost"],
    [{ cost_usd: 0, calls_without_cost: 1 }, "unknown", "1 call without a known cost"],
    [{ cost_usd: 0, calls_without_cost: 0 }, "$0", null],
  ])("%j is written as %p, with %p", (given, cost, unknown) => {
    expect([writeCost({ ...sums, ...given }), writeUnknown({ ...sums, ...given })]).toEqual([cost, unknown])
  })

  test("is of whole days, over the end of a year and a leap day", () => {
    expect(listDays("2027-12-31", "2028-01-01")).toEqual(["2027-12-31", "2028-01-01"])
    expect(goBack("2028-03-01", 2)).toBe("2028-02-29")
    expect([readDay("2028-02-29"), readDay("2027-02-29"), readDay("1.2.2028")]).toEqual(["2028-02-29", null, null])
  })
})
