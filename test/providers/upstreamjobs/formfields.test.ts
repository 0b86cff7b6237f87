import { expect, test } from "bun:test"
import fc from "fast-check"
import type { Call } from "../../../src/call.ts"
import { addField, bytesOf, meaningOf, partsOf } from "../../../src/providers/upstreamjobs/formfields.ts"

/** The parts of a form that comes in pieces of `size` bytes. */
function read(body: Uint8Array, contentType: string, size: number) {
  const call = { form: { contentType, bytes: body.length, edits: [] } } as unknown as Call
  const pieceAt = async (seq: number) => (seq * size < body.length ? body.slice(seq * size, (seq + 1) * size) : null)
  return partsOf(call, { pieceAt } as never)
}

async function formData(data: FormData): Promise<{ body: Uint8Array; contentType: string }> {
  const response = new Response(data)
  const contentType = response.headers.get("content-type") ?? ""
  return { body: await response.bytes(), contentType }
}

test("a form is read as it was made, wherever its pieces are cut", async () => {
  const bytes = fc.uint8Array({ maxLength: 300 })
  const tricky = fc.constantFrom("\r\n", "\r\n--", "--", "\r", "", "\r\n------WebKitFormBoundary")
  const part = fc.oneof(
    fc.record({ name: fc.constantFrom("a", "b[]", 'q"x'), value: fc.oneof(fc.string(), tricky) }),
    fc.record({
      name: fc.constantFrom("file", "image[]"),
      file: fc.oneof(bytes, tricky),
      type: fc.constant("image/png"),
    }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 200 }),
      async (parts, size) => {
        const data = new FormData()
        for (const one of parts) {
          if ("value" in one) data.append(one.name, one.value)
          else data.append(one.name, new File([one.file], "f.png", { type: one.type }))
        }
        const { body, contentType } = await formData(data)
        const expected = await new Response(body, { headers: { "content-type": contentType } }).formData()
        const found: unknown[] = []
        for await (const { name, file, content } of read(body, contentType, size)) {
          const whole = await bytesOf(content)
          found.push([name, file === null ? whole.toString() : [file.name, file.type, whole.toString("hex")]])
        }
        const wanted: unknown[] = []
        for (const [name, value] of expected) {
          if (typeof value === "string") wanted.push([name, value])
          else wanted.push([name, [value.name, value.type, Buffer.from(await value.arrayBuffer()).toString("hex")]])
        }
        expect(found).toEqual(wanted)
      },
    ),
    { seed: 5, numRuns: 300 },
  )
})

test("what is left of a part that nobody read to its end is passed over", async () => {
  const data = new FormData()
  data.append("file", new File([new Uint8Array(1000)], "f.png"))
  data.append("after", "1")
  const { body, contentType } = await formData(data)
  const names: string[] = []
  for await (const { name, content } of read(body, contentType, 100)) {
    names.push(name)
    if (name === "file") for await (const _ of content) break
  }
  expect(names).toEqual(["file", "after"])
})

test("a form without a last line end, and one with words around it, are read", async () => {
  const body = Buffer.from('before\r\n--b c\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--b c--')
  const found: unknown[] = []
  for await (const { name, content } of read(body, 'multipart/form-data; boundary="b c"', 7)) {
    found.push([name, (await bytesOf(content)).toString()])
  }
  expect(found).toEqual([["a", "1"]])
})

test("a form that breaks off is an error", async () => {
  const body = Buffer.from('--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1')
  const reading = async () => {
    for await (const { content } of read(body, "multipart/form-data; boundary=b", 7)) await bytesOf(content)
  }
  expect(reading()).rejects.toThrow("ends too early")
})

test("a field means what its JSON says, and itself where it is none or would change", () => {
  expect(
    ["1", "0.5", "true", "null", "[1]", '{"a":1}', "1.0", "01", "12345678901234567890", "cat", ""].map(meaningOf),
  ).toEqual([1, 0.5, true, null, [1], { a: 1 }, "1.0", "01", "12345678901234567890", "cat", ""])
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
