import { expect, test } from "bun:test"
import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { createFileBytes } from "../../../src/http/files/filebytes.ts"
import { newDir } from "../../cleanup.ts"

const bytes = (text: string) => Buffer.from(text)

test("a file can be read once it is kept, from any offset, and only its user may read it", async () => {
  const directory = join(newDir(), "files")
  const files = createFileBytes(directory)
  const draft = await files.create("file-a")
  await draft.write(bytes("one "))
  await draft.write(bytes("two"))
  expect(await files.exists("file-a")).toBe(false)
  expect(await draft.keep()).toBe(7)
  expect(await new Response(files.read("file-a")).text()).toBe("one two")
  expect(await new Response(files.read("file-a", 4)).text()).toBe("two")
  expect(statSync(join(directory, "file-a")).mode & 0o777).toBe(0o600)
  expect(statSync(directory).mode & 0o777).toBe(0o700)
})

test("of a file that is abandoned after it was kept nothing is left", async () => {
  const directory = newDir()
  const draft = await createFileBytes(directory).create("file-a")
  await draft.keep()
  await draft.abandon()
  expect(readdirSync(directory)).toEqual([])
})

test("of an abandoned draft nothing is left, and a name is given once", async () => {
  const directory = newDir()
  const files = createFileBytes(directory)
  const draft = await files.create("file-a")
  await draft.write(bytes("half"))
  expect(files.create("file-a")).rejects.toThrow(/EEXIST/)
  await draft.abandon()
  expect(readdirSync(directory)).toEqual([])
})

test("what no row names is deleted at a start, drafts included, and there may be no directory", async () => {
  const directory = join(newDir(), "files")
  const files = createFileBytes(directory)
  expect(files.removeOthers(new Set())).toBe(0)
  for (const name of ["file-a", "file-b"]) await (await files.create(name)).keep()
  const draft = await files.create("file-c")
  expect(files.removeOthers(new Set(["file-b", "file-z"]))).toBe(2)
  expect(readdirSync(directory)).toEqual(["file-b"])
  // A handle that nobody closes fails whichever test runs when it is collected.
  await draft.abandon()
})

test("removing a file that is not there is no fault", async () => {
  const files = createFileBytes(newDir())
  await files.remove("file-a")
  expect(await files.exists("file-a")).toBe(false)
})
