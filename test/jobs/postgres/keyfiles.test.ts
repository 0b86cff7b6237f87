// The files with keys, of which the database has copies for all gateways.
import { afterAll, beforeEach, describe, expect, test } from "bun:test"
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Asking, openReaders } from "../../../src/jobs/postgres/pgdriver.ts"
import { createKeySharing } from "../../../src/jobs/postgres/pgkeyfiles.ts"
import { newDir } from "../../cleanup.ts"
import { createPgWorld, endPgWorlds, type PgWorld } from "../../pgworld.ts"
import { hasPostgres } from "../../postgres.ts"

const KEYS = "virtual-keys.json"

describe.skipIf(!hasPostgres())("keys of several gateways", () => {
  let world: PgWorld
  let readers: Asking
  let warnings: string[]
  const opened: Asking[] = []

  beforeEach(async () => {
    world = await createPgWorld()
    await world.ask("DELETE FROM settings WHERE name LIKE 'file %'")
    readers = openReaders(world.url)
    opened.push(readers)
    warnings = []
  })
  afterAll(async () => {
    for (const { close } of opened) await close()
    await endPgWorlds()
  })

  /** A gateway with a directory of its own. */
  function enter() {
    const directory = newDir()
    const path = join(directory, KEYS)
    const log = { ...silent, warn: (event: string) => warnings.push(event) }
    return {
      share: createKeySharing(readers.ask, directory, log),
      write: (text: string) => writeFileSync(path, text, { mode: 0o600 }),
      read: () => (existsSync(path) ? readFileSync(path, "utf8") : null),
      remove: () => rmSync(path),
      /** The same directory, by a process that is started later. */
      restart: () => createKeySharing(readers.ask, directory, log),
    }
  }
  const silent = { error() {}, warn() {}, info() {}, debug() {} }

  test("what one has, one that joins gets, and a change goes either way", async () => {
    const [a, b] = [enter(), enter()]
    a.write("1")
    await a.share()
    await b.share()
    expect(b.read()).toBe("1")
    b.write("2")
    await b.share()
    await a.share()
    expect(a.read()).toBe("2")
    a.write("3")
    await a.share()
    await b.share()
    expect([a.read(), b.read(), warnings]).toEqual(["3", "3", []])
  })

  test("a change that was made while no gateway ran in the directory is one too", async () => {
    const [a, b] = [enter(), enter()]
    a.write("1")
    await a.share()
    await b.share()
    a.write("2")
    await a.restart()()
    await b.share()
    expect(b.read()).toBe("2")
  })

  test("of two changes at the same time one holds at both, and the other is told to be made again", async () => {
    const [a, b] = [enter(), enter()]
    a.write("1")
    await a.share()
    await b.share()
    a.write("from a")
    b.write("from b")
    await a.share()
    await b.share()
    await a.share()
    expect([a.read(), b.read()]).toEqual(["from a", "from a"])
    expect(warnings).toEqual([expect.stringContaining("give way to those of the database")])
  })

  test("a directory with keys of its own that joins takes those of the database, and says so", async () => {
    const [a, b] = [enter(), enter()]
    a.write("of the database")
    await a.share()
    b.write("its own")
    await b.share()
    expect(b.read()).toBe("of the database")
    expect(warnings).toHaveLength(1)
  })

  test("a file that was lost is put back, and where nobody has one there is none", async () => {
    const a = enter()
    await a.share()
    expect(a.read()).toBeNull()
    a.write("1")
    await a.share()
    a.remove()
    await a.share()
    expect(a.read()).toBe("1")
  })
})
