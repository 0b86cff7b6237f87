// Only one process at a time may use the data directory, and that process notices when it has lost the directory.
import { Database } from "bun:sqlite"
import { afterEach, beforeEach, expect, test } from "bun:test"
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openWriter } from "../../../src/jobs/sqlite/database.ts"
import { claimDirectory, type DataDirectory, type Loss, watchDirectory } from "../../../src/jobs/sqlite/directory.ts"
import { createStore, type SqliteStore } from "../../../src/jobs/sqlite/sqlitestore.ts"
import { newDir, removeDir, tempDir } from "../../cleanup.ts"
import { newJob, submitAll } from "../../factory.ts"
import { plainEnv } from "../../harness.ts"

let dir: string
let directory: DataDirectory
let database: Database
let store: SqliteStore
let look: () => Loss | null
const closers: (() => void)[] = []

beforeEach(() => {
  dir = newDir()
  directory = claimDirectory(dir)
  database = openWriter(directory.databasePath)
  store = createStore(database)
  look = watchDirectory(directory.databasePath, directory.lock)
  closers.push(
    () => removeDir(dir),
    () => database.close(),
  )
})
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close()
})

/** The output of another process that tries to take the directory. */
async function claimElsewhere(path = dir): Promise<string> {
  const script = `
    const { claimDirectory } = await import("${join(import.meta.dir, "../../../src/jobs/sqlite/directory.ts")}")
    try { claimDirectory("${path}", (event) => console.log(event)); console.log("claimed") }
    catch (error) { console.log(error.reason) }`
  const child = Bun.spawn([process.execPath, "-e", script], { env: plainEnv(), stdout: "pipe", stderr: "pipe" })
  closers.push(() => child.kill())
  return (await new Response(child.stdout).text()).trim()
}

/** Another process takes the lock, and keeps it. */
async function lockElsewhere(): Promise<number> {
  const script = `
    const { Database } = await import("bun:sqlite")
    // A database that nothing holds is closed by the garbage collector, and its lock is gone.
    const lock = (globalThis.lock = new Database("${directory.lock.path}"))
    lock.run("PRAGMA journal_mode = MEMORY"); lock.run("BEGIN EXCLUSIVE"); console.log("locked")
    setInterval(() => {}, 1000)`
  const child = Bun.spawn([process.execPath, "-e", script], { env: plainEnv(), stdout: "pipe" })
  closers.push(() => child.kill())
  for await (const _ of child.stdout) break
  return child.pid
}

test("a directory that is left alone stays with its process", () => {
  submitAll(store, newJob())
  store.purgeLog()
  expect(look()).toBeNull()
})

test("is refused to another process, by whatever path it comes", async () => {
  const link = join(tempDir(), "link")
  symlinkSync(dir, link)
  expect(await claimElsewhere()).toBe("in_use")
  expect(await claimElsewhere(link)).toBe("in_use")
})

test("is refused to another process after the lock was removed, which is then made anew", async () => {
  rmSync(directory.lock.path)
  expect(look()).toBeNull()
  expect(existsSync(directory.lock.path)).toBe(true)
  expect(look()).toBeNull()
  expect(await claimElsewhere()).toBe("in_use")
})

test("is refused to another process after the lock was replaced by a file that is not locked", async () => {
  rmSync(directory.lock.path)
  writeFileSync(directory.lock.path, "")
  expect(look()).toBeNull()
  expect(await claimElsewhere()).toBe("in_use")
})

test("is lost to the process that has locked the file that took the lock's place", async () => {
  rmSync(directory.lock.path)
  const pid = await lockElsewhere()
  writeFileSync(join(dir, "asyncgate.pid"), `${pid}\n`)
  expect(look()).toMatchObject({ reason: "in_use", message: expect.stringContaining(`process ${pid} has it now`) })
})

test("is taken by another process only when the database is open nowhere else, after a message and a bounded wait", async () => {
  rmSync(directory.lock.path)
  const answer = await claimElsewhere()
  expect(answer).toMatch(/^another process has the database open .* waiting up to 2\.5 s for its end\nclaimed$/)
})

test("is taken at once when a backup was put into it and no process has that open", async () => {
  const other = newDir()
  closers.push(() => removeDir(other))
  submitAll(store, newJob())
  const database = new Database(directory.databasePath, { readonly: true })
  database.run(`VACUUM INTO '${join(other, "asyncgate.db")}'`)
  database.close()
  expect(await claimElsewhere(other)).toBe("claimed")
})

test.each([
  ["was removed", () => rmSync(dir, { recursive: true }), "the data directory"],
  ["was renamed", () => moveAway(dir), "the data directory"],
  [
    "was replaced by a copy of itself",
    () => {
      cpSync(dir, `${dir}-copy`, { recursive: true })
      moveAway(dir)
      renameSync(`${dir}-copy`, dir)
    },
    "the database",
  ],
  [
    "was replaced by another",
    () => {
      moveAway(dir)
      mkdirSync(dir)
    },
    "the database",
  ],
  ["has another database", () => cpAside(directory.databasePath), "the database"],
  ["has lost its database", () => rmSync(directory.databasePath), "the database"],
])("a directory that %s is lost, in a sentence that says so", (_, act, what) => {
  act()
  const loss = look()
  expect(loss).toMatchObject({ reason: "unusable", isDatabaseThere: false })
  expect(loss?.message).toStartWith(what)
  expect(loss?.message).toContain("--app-dir")
})

test("a log that was removed is a reason to stop, and nothing that was in it is lost", () => {
  submitAll(store, newJob())
  rmSync(`${directory.databasePath}-wal`)
  expect(look()).toMatchObject({ reason: "unusable", isDatabaseThere: true })
  store.close()
  const database = new Database(directory.databasePath, { readonly: true })
  expect(database.query("SELECT count(*) AS n FROM jobs").get()).toEqual({ n: 1 })
  database.close()
})

test("an index of the log that was removed is no reason: the process has it still, and the next one makes it anew", () => {
  submitAll(store, newJob())
  rmSync(`${directory.databasePath}-shm`)
  expect(look()).toBeNull()
  submitAll(store, newJob())
  expect(database.query("SELECT count(*) AS n FROM jobs").get()).toEqual({ n: 2 })
})

test("the pid file is there while the process has the directory, and gone after it; another's stays", () => {
  const path = join(dir, "asyncgate.pid")
  expect(readFileSync(path, "utf8")).toBe(`${process.pid}\n`)
  directory.release()
  expect(existsSync(path)).toBe(false)
  expect(existsSync(directory.lock.path)).toBe(true)
})

test.each(["", "half", "-1", "0"])(
  "a pid file in which a kill left %j is no reason to refuse the start",
  async (text) => {
    directory.release()
    writeFileSync(join(dir, "asyncgate.pid"), text)
    const again = claimDirectory(dir)
    expect(readFileSync(join(dir, "asyncgate.pid"), "utf8")).toBe(`${process.pid}\n`)
    again.release()
  },
)

function moveAway(path: string): void {
  renameSync(path, `${path}-away`)
  closers.push(() => rmSync(`${path}-away`, { recursive: true, force: true }))
}

/** Puts a copy of a file in its place, as rsync and editors do. */
function cpAside(path: string): void {
  cpSync(path, `${path}.new`)
  renameSync(`${path}.new`, path)
}
