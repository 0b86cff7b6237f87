import { describe, expect, test } from "bun:test"
import { type LineError, readInputLine } from "../../src/batches/inputlines.ts"
import { type SplitLine, splitLines } from "../../src/batches/splitlines.ts"

const url = "/v1/chat/completions"
const good = { custom_id: "a", method: "POST", url, body: { model: "mock/echo", messages: [] } }

async function split(bytes: Uint8Array, size = 7, lineBytesMax = 1000): Promise<SplitLine[]> {
  const lines: SplitLine[] = []
  for await (const line of splitLines(cut(bytes, size), lineBytesMax)) lines.push(keep(line))
  return lines
}

/** A line is in the memory of the reader, which takes it again for the next. */
function keep({ bytes, ...line }: SplitLine): SplitLine {
  return { ...line, bytes: bytes && new Uint8Array(bytes) }
}

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  // A Buffer, whose `slice` copies nothing.
  const reused = Buffer.alloc(size)
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size)
    reused.set(part)
    yield reused.subarray(0, part.length)
  }
}

const texts = (lines: readonly SplitLine[]) => lines.map(({ bytes }) => bytes && Buffer.from(bytes).toString())

function read(line: string | object | Uint8Array): LineError | null {
  const bytes = line instanceof Uint8Array ? line : Buffer.from(typeof line === "string" ? line : JSON.stringify(line))
  return readInputLine({ number: 3, bytes, end: 99 }, url, 1000).error ?? null
}

describe("lines are split", () => {
  test.each([1, 2, 3, 5, 64])(
    "the same in pieces of %d bytes, with LF, CRLF, a byte order mark or no last line end",
    async (size) => {
      const file = Buffer.from('\ufeff{"a":1}\r\n{}\n\nGrüße ✓\r\nlast')
      expect(texts(await split(file, size))).toEqual(['{"a":1}', "{}", "", "Grüße ✓", "last"])
    },
  )

  test("with the offset of the byte after each, from which a reader goes on", async () => {
    const file = Buffer.from("one\r\ntwo\nthree\n")
    const lines = await split(file, 4)
    expect(lines.map(({ end }) => end)).toEqual([5, 9, 15])
    const rest: SplitLine[] = []
    for await (const line of splitLines(cut(file.subarray(5), 2), 1000, { lines: 1, bytes: 5 })) rest.push(keep(line))
    expect(rest).toEqual(lines.slice(1))
  })

  test("and one that is too long is not kept, and those after it are", async () => {
    const file = Buffer.from(`${"x".repeat(11)}\n${"y".repeat(10)}\n${"z".repeat(10)}\r\n${"w".repeat(5000)}\nend`)
    expect(texts(await split(file, 100, 10))).toEqual([null, "y".repeat(10), "z".repeat(10), null, "end"])
  })

  test("and an empty file has none, and one of line ends has empty ones", async () => {
    expect(await split(Buffer.from(""))).toEqual([])
    expect(texts(await split(Buffer.from("\n\r\n")))).toEqual(["", ""])
  })
})

describe("a line", () => {
  test("is read with its body as it was written, to the digit", () => {
    const text = `{"custom_id":"a","method":"POST","url":"${url}","body": {"model":"mock/echo","seed":1.10,"n":12345678901234567890} }`
    const { line } = readInputLine({ number: 1, bytes: Buffer.from(text), end: 5 }, url, 1000)
    expect(line).toMatchObject({ number: 1, customId: "a", end: 5, fields: { model: "mock/echo" } })
    expect(line?.body).toBe('{"model":"mock/echo","seed":1.10,"n":12345678901234567890}')
  })

  const wrong: [string, string | object | Uint8Array, LineError["code"], string | null][] = [
    ["no JSON", "{custom_id: 1}", "invalid_json_line", null],
    ["nothing", "", "invalid_json_line", null],
    ["space alone", " \t", "invalid_json_line", null],
    ["half a line", '{"custom_id":"a","method":', "invalid_json_line", null],
    ["a list", "[]", "invalid_json_line", null],
    ["a text", '"a"', "invalid_json_line", null],
    ["bytes that are no UTF-8", new Uint8Array([0x7b, 0xff, 0x7d]), "invalid_json_line", null],
    ["100,000 levels", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, "invalid_json_line", null],
    ["no custom_id", { ...good, custom_id: undefined }, "missing_required_parameter", "custom_id"],
    ["an empty custom_id", { ...good, custom_id: "" }, "invalid_custom_id", "custom_id"],
    ["a number as custom_id", { ...good, custom_id: 7 }, "invalid_custom_id", "custom_id"],
    ["a custom_id of 513 characters", { ...good, custom_id: "x".repeat(513) }, "invalid_custom_id", "custom_id"],
    ["no method", { ...good, method: null }, "missing_required_parameter", "method"],
    ["another method", { ...good, method: "GET" }, "invalid_method", "method"],
    ["no url", { ...good, url: undefined }, "missing_required_parameter", "url"],
    ["another url", { ...good, url: "/v1/embeddings" }, "url_mismatch", "url"],
    ["no body", { ...good, body: undefined }, "missing_required_parameter", "body"],
    ["a text as body", { ...good, body: "{}" }, "invalid_request", "body"],
    ["a stream", { ...good, body: { ...good.body, stream: true } }, "invalid_request", "body.stream"],
    ["a member twice", `{"custom_id":"a",${JSON.stringify(good).slice(1)}`, "invalid_request", "custom_id"],
  ]
  test.each(wrong)("with %s is refused with its number, its code and what to write", (_, line, code, param) => {
    expect(read(line)).toMatchObject({ code, param, line: 3, message: expect.stringMatching(/\.$/) })
  })

  test("that is right has no error", () => {
    expect(read(good)).toBeNull()
    expect(read({ ...good, body: { ...good.body, stream: false } })).toBeNull()
  })
})
