// The bytes of files, in a directory and in PostgreSQL.
import { afterAll, beforeEach, describe, expect, test } from "bun:test"
import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import type { FileBytes } from "../../src/jobs/filebytes.ts"
import { type Asking, openReaders } from "../../src/jobs/postgres/pgdriver.ts"
import { createPgFiles } from "../../src/jobs/postgres/pgfiles.ts"
import { createFileDirectory } from "../../src/jobs/sqlite/filedirectory.ts"
import { newDir } from "../cleanup.ts"
import { createPgWorld, endPgWorlds } from "../pgworld.ts"
import { hasPostgres } from "../postgres.ts"

const bytes = (text: string) => Buffer.from(text)

interface Place {
  files: FileBytes
  /** The names of all files, those that are not complete too. */
  list(): Promise<string[]>
}

const connections: Asking[] = []

const places: Record<string, () => Promise<Place>> = {
  "in a directory": async () => {
    const directory = newDir()
    return { files: createFileDirectory(directory), list: async () => readdirSync(directory) }
  },
  ...(hasPostgres() ? { "in PostgreSQL": openPgPlace } : {}),
}

async function openPgPlace(): Promise<Place> {
  const { url, ask, store } = await createPgWorld()
  await store.close()
  const readers = openReaders(url)
  connections.push(readers)
  const list = async () =>
    (await ask<{ file: string }>("SELECT DISTINCT file FROM file_pieces")).map(({ file }) => file)
  return { files: createPgFiles(readers.ask), list }
}

describe.each(Object.entries(places))("%s", (_, open) => {
  let files: FileBytes
  let list: Place["list"]

  beforeEach(async () => {
    ;({ files, list } = await open())
  })
  afterAll(async () => {
    for (const { close } of connections.splice(0)) await close()
    await endPgWorlds()
  })

  test("a file can be read once it is kept, from any offset", async () => {
    const draft = await files.create("file-a")
    await draft.write(bytes("one "))
    await draft.write(bytes("two"))
    expect(await files.exists("file-a")).toBe(false)
    expect(await draft.keep()).toBe(7)
    expect(await new Response(files.read("file-a")).text()).toBe("one two")
    expect(await new Response(files.read("file-a", 4)).text()).toBe("two")
  })

  test("a file that is longer than its pieces is read as it was written", async () => {
    const text = Array.from({ length: 100_000 }, (_, line) => `line ${line}\n`).join("")
    const draft = await files.create("file-a")
    for (let at = 0; at < text.length; at += 99_991) await draft.write(bytes(text.slice(at, at + 99_991)))
    expect(await draft.keep()).toBe(text.length)
    expect(await new Response(files.read("file-a")).text()).toBe(text)
    for (const from of [256 * 1024 - 1, 256 * 1024, 700_000, text.length - 1, text.length])
      expect(await new Response(files.read("file-a", from)).text()).toBe(text.slice(from))
    let joined = ""
    for await (const piece of files.pieces("file-a")) joined += Buffer.from(piece).toString()
    expect(joined).toBe(text)
  })

  test("an empty file is there", async () => {
    expect(await (await files.create("file-a")).keep()).toBe(0)
    expect(await files.exists("file-a")).toBe(true)
    expect(await new Response(files.read("file-a")).text()).toBe("")
  })

  test("of a file that is abandoned after it was kept nothing is left", async () => {
    const draft = await files.create("file-a")
    await draft.keep()
    await draft.abandon()
    expect(await list()).toEqual([])
  })

  test("what no row names is deleted at a start, drafts included", async () => {
    expect(await files.removeOthers(new Set())).toBe(0)
    for (const name of ["file-a", "file-b"]) await (await files.create(name)).keep()
    const draft = await files.create("file-c")
    await draft.write(bytes("x".repeat(300_000)))
    expect(await files.removeOthers(new Set(["file-b", "file-z"]))).toBe(2)
    expect(await list()).toEqual(["file-b"])
    // A handle that nobody closes fails whichever test runs when it is collected.
    await draft.abandon()
  })

  test("removing a file that is not there is no fault", async () => {
    await files.remove("file-a")
    expect(await files.exists("file-a")).toBe(false)
  })
})

describe("in a directory alone", () => {
  test("only its user may read a file, and the directory is made with the first", async () => {
    const directory = join(newDir(), "files")
    const files = createFileDirectory(directory)
    expect(await files.removeOthers(new Set())).toBe(0)
    await (await files.create("file-a")).keep()
    expect(statSync(join(directory, "file-a")).mode & 0o777).toBe(0o600)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
  })

  test("of an abandoned draft nothing is left, and a name is given once", async () => {
    const directory = newDir()
    const files = createFileDirectory(directory)
    const draft = await files.create("file-a")
    await draft.write(bytes("half"))
    expect(files.create("file-a")).rejects.toThrow(/EEXIST/)
    await draft.abandon()
    expect(readdirSync(directory)).toEqual([])
  })
})

describe.skipIf(!hasPostgres())("in PostgreSQL alone", () => {
  test("a file whose pieces are deleted while it is written or read is no half of one", async () => {
    const { files } = await openPgPlace()
    const long = bytes("x".repeat(600_000))
    const draft = await files.create("file-a")
    await draft.write(long)
    await files.removeOthers(new Set())
    await expect(draft.keep()).rejects.toThrow("the file was deleted while it was written")
    await draft.abandon()
    const whole = await files.create("file-a")
    await whole.write(long)
    await whole.keep()
    const pieces = files.pieces("file-a")
    expect((await pieces.next()).value?.length).toBe(256 * 1024)
    await files.remove("file-a")
    await expect(pieces.next()).rejects.toThrow("the file was deleted while it was read")
  })
})
