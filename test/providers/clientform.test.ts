import { expect, test } from "bun:test"
import fc from "fast-check"
import { readAll, readParts, readUpload } from "../../src/providers/clientform.ts"

/** The parts of a form that comes in pieces of `size` bytes. */
function read(body: Uint8Array, contentType: string, size: number) {
  return readParts({ contentType, bytes: body.length, edits: [] }, piecesOf(body, size))
}

function piecesOf(body: Uint8Array, size: number) {
  return async (seq: number) => (seq * size < body.length ? body.slice(seq * size, (seq + 1) * size) : null)
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
        for await (const { name, isFile, fileName, contentType: type, text, content } of read(
          body,
          contentType,
          size,
        )) {
          const whole = (await readAll(content)).toString("hex")
          found.push([name, isFile ? [fileName, type, whole] : text])
        }
        const wanted: unknown[] = []
        for (const [name, value] of expected) {
          if (typeof value === "string") wanted.push([name, value])
          else wanted.push([name, [value.name, value.type, Buffer.from(await value.arrayBuffer()).toString("hex")]])
        }
        expect(found).toEqual(wanted)
        const upload = await readUpload({ contentType, bytes: body.length, edits: [] }, piecesOf(body, size))
        const files: unknown[] = []
        // The last first: each is read from where it lies.
        for (const file of upload.files.toReversed()) {
          const whole = (await readAll(upload.read(file))).toString("hex")
          files.unshift([file.name, [file.fileName, file.contentType, whole]])
        }
        expect(files).toEqual(wanted.filter((one) => Array.isArray(one) && Array.isArray(one[1])))
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
  for await (const { name, text } of read(body, 'multipart/form-data; boundary="b c"', 7)) found.push([name, text])
  expect(found).toEqual([["a", "1"]])
})

test("a form that breaks off is an error", async () => {
  const body = Buffer.from('--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1')
  const reading = async () => {
    for await (const { content } of read(body, "multipart/form-data; boundary=b", 7)) await readAll(content)
  }
  await expect(reading()).rejects.toThrow("the form ends within part")
})
