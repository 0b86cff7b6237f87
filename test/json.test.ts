import { describe, expect, test } from "bun:test"
import { append, edit, listValues, scan, whereInvalid } from "../src/json.ts"
import { createRandom } from "./random.ts"

/** What scan() finds, as text: `key`, the value and the whole member. */
function listMembers(text: string) {
  const found = scan(text)
  if (found.kind !== "object") throw new Error(`no object: ${text}`)
  return found.members.map(({ key, start, valueStart, end }) => ({
    key,
    value: text.slice(valueStart, end),
    member: text.slice(start, end),
  }))
}

function measureDepth(text: string): number {
  const found = scan(text)
  if (found.kind !== "object") throw new Error(`no object: ${text}`)
  return found.depth
}

test("the values of a list are where they are, however it is spaced", () => {
  const values = ["1", "-1.5e-7", "true", "null", '"a ] , \\" b"', '""', "{}", '{"a":[1,{"b":"]"}]}', "[]", "[[1],[2]]"]
  const cut = (text: string) => listValues(text).map(({ start, end }) => text.slice(start, end))
  expect(cut(`[${values.join(",")}]`)).toEqual(values)
  expect(cut(` [ ${values.join(" ,\n")}\t] `)).toEqual(values)
  for (const value of values) expect(cut(`[${value}]`)).toEqual([value])
  expect(cut("[ ]")).toEqual([])
})

describe("scan", () => {
  const values = [
    '"x"',
    '""',
    "0",
    "-1.5e-7",
    "12345678901234567890",
    "1e400",
    "true",
    "null",
    "{}",
    "[]",
    '{"a":{"b":[1,{"c":"}]"}]}}',
    '["]","}","{","[",",",":"]',
    '"a \\" quote, a } and a ]"',
    '"ends in a backslash \\\\"',
    '"\\\\\\""',
    '"\\ud800"',
    '"\\u0022,\\u007d"',
    '"日本 🙂"',
  ]

  test.each(values)("finds the value %s first, between and last, to the byte", (value) => {
    expect(listMembers(`{"a":${value},"b":1}`)).toEqual([
      { key: "a", value, member: `"a":${value}` },
      { key: "b", value: "1", member: '"b":1' },
    ])
    expect(listMembers(`{"z":[0] ,"a" :\t${value} , "b":1}`)[1]).toEqual({
      key: "a",
      value,
      member: `"a" :\t${value}`,
    })
    expect(listMembers(`{"b":1,"a":${value}\r\n}\n`)[1]).toEqual({ key: "a", value, member: `"a":${value}` })
  })

  test("names a key as it reads, however it is escaped", () => {
    const keys = listMembers('{"mod\\u0065l":1,"\\"":2,"\\\\":3,"":4,"a\\/b":5,"\\ud800":6}').map(({ key }) => key)
    expect(keys).toEqual(["model", '"', "\\", "", "a/b", "\ud800"])
  })

  test("lists a member that is given twice twice", () => {
    expect(listMembers('{"a":1,"b":2,"a":3}').map(({ key, value }) => `${key}=${value}`)).toEqual(["a=1", "b=2", "a=3"])
  })

  test("lists outermost members only", () => {
    expect(listMembers('{"a":{"model":1},"b":[{"model":2}]}').map(({ key }) => key)).toEqual(["a", "b"])
  })

  test.each(["{}", " {\n\t} "])("an empty object has no members: %j", (text) => {
    expect(scan(text)).toEqual({ kind: "object", members: [], depth: 1 })
  })

  test.each(["[]", '[{"a":1}]', '"{}"', "1", "null", " true "])("%s is no object", (text) => {
    expect(scan(text)).toEqual({ kind: "other" })
  })

  test.each([
    ['{"a":1}', 1],
    ['{"a":[]}', 2],
    ['{"a":[[1]],"b":{}}', 3],
    ['{"a":"[[[[{{{{"}', 1],
    [`{"a":${"[".repeat(999)}${"]".repeat(999)}}`, 1000],
  ])("counts how deep the text nests: %#", (text, depth) => {
    expect(measureDepth(text)).toBe(depth)
  })
})

describe("edit replaces and removes", () => {
  const cases: { what: string; text: string; changes: Record<string, string | null>; result: string }[] = [
    { what: "replaces the first", text: '{"m": "a" ,"b":1}', changes: { m: '"x"' }, result: '{"m": "x" ,"b":1}' },
    {
      what: "replaces the middle one",
      text: '{"a":1,"m":2,"b":3}',
      changes: { m: "9" },
      result: '{"a":1,"m":9,"b":3}',
    },
    { what: "replaces the last", text: '{"a":1,\n "m":[2] }\n', changes: { m: "9" }, result: '{"a":1,\n "m":9 }\n' },
    { what: "replaces the only one", text: ' {"m":{"m":1}} ', changes: { m: "0" }, result: ' {"m":0} ' },
    { what: "replaces every duplicate", text: '{"m":1,"m":2}', changes: { m: "9" }, result: '{"m":9,"m":9}' },
    {
      what: "replaces an escaped key",
      text: '{"mod\\u0065l":1}',
      changes: { model: "2" },
      result: '{"mod\\u0065l":2}',
    },
    { what: "removes the first", text: '{ "s":1 , "a":2}', changes: { s: null }, result: '{ "a":2}' },
    {
      what: "removes the middle one",
      text: '{"a":1 , "s":2 , "b":3}',
      changes: { s: null },
      result: '{"a":1 , "b":3}',
    },
    { what: "removes the last", text: '{"a":1 , "s":2 }', changes: { s: null }, result: '{"a":1 }' },
    { what: "removes the only one", text: '{ "s":1 }', changes: { s: null }, result: "{  }" },
    { what: "removes an escaped key", text: '{"\\u0073":1,"a":2}', changes: { s: null }, result: '{"a":2}' },
    { what: "removes every duplicate", text: '{"s":1,"a":2,"s":3}', changes: { s: null }, result: '{"a":2}' },
    {
      what: "removes neighbours in front",
      text: '{"s":1,"t":2,"u":3,"a":4}',
      changes: { s: null, t: null, u: null },
      result: '{"a":4}',
    },
    {
      what: "removes neighbours in the middle",
      text: '{"a":1, "s":2, "t":3, "b":4}',
      changes: { s: null, t: null },
      result: '{"a":1, "b":4}',
    },
    {
      what: "removes neighbours at the end",
      text: '{"a":1, "s":2, "t":3}',
      changes: { s: null, t: null },
      result: '{"a":1}',
    },
    {
      what: "removes all there are",
      text: '{"s":1,"t":2,"u":3}',
      changes: { s: null, t: null, u: null },
      result: "{}",
    },
    {
      what: "removes on both sides of a replaced one",
      text: '{"s":1,"m":2,"t":3}',
      changes: { s: null, m: "9", t: null },
      result: '{"m":9}',
    },
    { what: "adds nothing that is not there", text: '{"a":1}', changes: { m: "1", s: null }, result: '{"a":1}' },
    { what: "leaves nested members alone", text: '{"a":{"m":1}}', changes: { m: "9" }, result: '{"a":{"m":1}}' },
    { what: "finds nothing in an empty object", text: " { } ", changes: { m: "9" }, result: " { } " },
    { what: "leaves what is no object alone", text: '["m",1]', changes: { m: "9" }, result: '["m",1]' },
    {
      what: "does not mistake a value for a key",
      text: '{"a":"m","b":["m",{"m":1}]}',
      changes: { m: "9" },
      result: '{"a":"m","b":["m",{"m":1}]}',
    },
    {
      what: "does not take what every object inherits for a change",
      text: '{"toString":1,"__proto__":2}',
      changes: { m: "9" },
      result: '{"toString":1,"__proto__":2}',
    },
    {
      what: "keeps numbers, escapes and spacing as they were written",
      text: '{\r\n\t"n": 12345678901234567890, "x":1e400,"y":-0.0,"u":"\\ud800\\/","m":1 }',
      changes: { m: "2" },
      result: '{\r\n\t"n": 12345678901234567890, "x":1e400,"y":-0.0,"u":"\\ud800\\/","m":2 }',
    },
  ]

  test.each(cases)("$what", ({ text, changes, result }) => {
    expect(edit(text, changes)).toBe(result)
  })
})

describe("append", () => {
  test.each([
    ['{"a":1}', '{"a":1,"e":{"x":1}}'],
    ["{}", '{"e":{"x":1}}'],
    [" {\n} ", ' {\n"e":{"x":1}} '],
    ['{"a":"}"}\n', '{"a":"}","e":{"x":1}}\n'],
    ['{"e":0,"a":1}', '{"a":1,"e":{"x":1}}'],
    ['{"a":1,"\\u0065":0}', '{"a":1,"e":{"x":1}}'],
    ['{"e":0}', '{"e":{"x":1}}'],
    ['{"e":1,"e":2}', '{"e":{"x":1}}'],
    ["[1]", "[1]"],
  ])("to %j gives %j", (text, result) => {
    expect(append(text, "e", '{"x":1}')).toBe(result)
  })

  test("escapes a key that needs it", () => {
    expect(append("{}", 'a"b', "1")).toBe('{"a\\"b":1}')
  })
})

test("a string of megabytes, full of quotes and backslashes, is passed over whole", () => {
  const long = JSON.stringify('\\"{}[],:'.repeat(1_000_000))
  const text = `{"messages":[{"content":${long}}],"model":"a","stream":false}`
  expect(edit(text, { model: '"b"', stream: null })).toBe(`{"messages":[{"content":${long}}],"model":"b"}`)
  expect(append(text, "x", "1")).toBe(`${text.slice(0, -1)},"x":1}`)
})

describe("whereInvalid", () => {
  test.each([
    ["", "value expected at line 1, column 1"],
    ['{"a":1', "close brace expected at line 1, column 7"],
    ['{"a":1,}', "property name expected at line 1, column 8"],
    ['{\n  "a": 1\n  "b": 2\n}', "comma expected at line 3, column 3"],
    ['{\r\n"a" 1}', "colon expected at line 2, column 5"],
    ['{"a":[1,]}', "value expected at line 1, column 9"],
    ["{a:1}", "invalid symbol at line 1, column 2"],
    ['{"a":NaN}', "invalid symbol at line 1, column 6"],
    ['{"a":"\n"}', "unexpected end of string at line 1, column 6"],
    ['{"a":"\\x"}', "invalid escape character at line 1, column 6"],
    ['{"a":1.}', "unexpected end of number at line 1, column 6"],
    ["{} {}", "end of file expected at line 1, column 4"],
    ['{\n  // why\n  "a":1}', "a comment at line 2, column 3"],
    ['{"a":/*b*/1}', "a comment at line 1, column 6"],
  ])("says of %j: %s", (text, where) => {
    expect(whereInvalid(text)).toBe(`: ${where}`)
  })

  test("says of text that nests without end that it nests too deep", () => {
    expect(whereInvalid("[".repeat(1_000_000))).toBe(": it nests too deep to be read")
  })

  test("says nothing of a text of many megabytes, which would take it seconds", () => {
    expect(whereInvalid(`{"a":"${"x".repeat(5_000_000)}`)).toBe("")
  })
})

describe("of random texts", () => {
  const ROUNDS = 2000
  const keys = ["model", "stream", "a", "", "é", 'q"', "\\", "\ud800", "__proto__", "{"]
  const scalars = [
    "0",
    "-0.0",
    "1e400",
    "12345678901234567890",
    "true",
    "null",
    '""',
    '"\\\\"',
    '"\\""',
    '"}],:"',
    '"\\ud800"',
  ]

  interface RandomObject {
    text: string
    /** As they stand in the text; a key may come twice. */
    members: { key: string; value: string }[]
    depth: number
  }

  function createTexts(seed: number) {
    const random = createRandom(seed)
    const below = (limit: number): number => Math.floor(random() * limit)
    const oneOf = <T>(list: readonly T[]): T => list[below(list.length)] as T
    const space = (): string => oneOf(["", "", "", " ", "\n", "\t ", "\r\n"])
    const keyText = (key: string): string =>
      below(3) > 0
        ? JSON.stringify(key)
        : `"${[...Array(key.length).keys()].map((at) => `\\u${key.charCodeAt(at).toString(16).padStart(4, "0")}`).join("")}"`

    function value(levels: number): { text: string; depth: number } {
      const kind = levels === 0 ? 0 : below(4)
      if (kind <= 1) return { text: oneOf(scalars), depth: 0 }
      if (kind === 2) return object(levels)
      const items = Array.from({ length: below(4) }, () => value(levels - 1))
      const text = items.map((item) => space() + item.text + space()).join(",")
      return { text: `[${text || space()}]`, depth: 1 + Math.max(0, ...items.map(({ depth }) => depth)) }
    }

    function object(levels: number): RandomObject {
      const parts = Array.from({ length: below(6) }, () => ({ key: oneOf(keys), ...value(levels - 1) }))
      const text = parts
        .map((part) => `${space()}${keyText(part.key)}${space()}:${space()}${part.text}${space()}`)
        .join(",")
      return {
        text: `{${text || space()}}`,
        members: parts.map((part) => ({ key: part.key, value: part.text })),
        depth: 1 + Math.max(0, ...parts.map(({ depth }) => depth)),
      }
    }

    return { below, oneOf, space, object }
  }

  const random = createTexts(7)
  const objects = Array.from({ length: ROUNDS }, () => {
    const { text, ...rest } = random.object(4)
    return { ...rest, text: random.space() + text + random.space() }
  })
  const makeList = (text: string) => listMembers(text).map(({ key, value }) => ({ key, value }))
  const parsed = (members: RandomObject["members"]): unknown =>
    JSON.parse(`{${members.map(({ key, value }) => `${JSON.stringify(key)}:${value}`).join()}}`)

  test("scan finds every member and the depth", () => {
    for (const { text, members, depth } of objects) {
      expect(makeList(text)).toEqual(members)
      expect(measureDepth(text)).toBe(depth)
    }
  })

  test("an edit of nothing is the text itself", () => {
    for (const { text } of objects) expect(edit(text, { absent: null, missing: "1" })).toBe(text)
  })

  test("an edited text holds the change and everything else as it was written", () => {
    for (const { text, members } of objects) {
      const changes: Record<string, string | null> = Object.create(null)
      for (let n = random.below(4); n > 0; n--)
        changes[random.oneOf(keys)] = random.oneOf(["9", '{"x":[1]}', null, null])
      const expected = members.flatMap(({ key, value }) => {
        const change = Object.hasOwn(changes, key) ? changes[key] : undefined
        return change === null ? [] : [{ key, value: change ?? value }]
      })
      const edited = edit(text, changes)
      expect(makeList(edited)).toEqual(expected)
      expect(JSON.parse(edited)).toEqual(parsed(expected))
    }
  })

  test("an appended member comes last, once, and replaces what bore its name", () => {
    for (const { text, members } of objects) {
      const key = random.oneOf([...keys, "extra_fields"])
      const expected = [...members.filter((member) => member.key !== key), { key, value: "[7]" }]
      const appended = append(text, key, "[7]")
      expect(makeList(appended)).toEqual(expected)
      expect(JSON.parse(appended)).toEqual(parsed(expected))
    }
  })

  test("whereInvalid finds a place exactly where JSON.parse refuses", () => {
    for (const { text } of objects) {
      const at = random.below(text.length)
      const broken = text.slice(0, at) + random.oneOf(["", ",", '"', "}", "\\", "x", "\u0001"]) + text.slice(at + 1)
      const isValid = isJson(broken)
      expect({ broken, isValid: whereInvalid(broken) === "" }).toEqual({ broken, isValid })
    }
  })

  function isJson(text: string): boolean {
    try {
      JSON.parse(text)
      return true
    } catch {
      return false
    }
  }
})
