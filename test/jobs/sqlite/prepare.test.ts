// What a start does with the database file that it finds: what a kill left is recovered, and files that are damaged, foreign or newer
// are refused with a message and left unchanged.
import { Database } from "bun:sqlite"
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { openAdmin } from "../../../src/auth/admintoken.ts"
import { encryptionKey } from "../../../src/auth/sealing.ts"
import { openWriter, schemaVersion } from "../../../src/jobs/sqlite/database.ts"
import { claimDirectory } from "../../../src/jobs/sqlite/directory.ts"
import { createStore } from "../../../src/jobs/sqlite/sqlitestore.ts"
import { DataRefused } from "../../../src/jobs/storeerror.ts"
import { afterTest, newDir, removeDir, tempDir } from "../../cleanup.ts"
import { newJob, submitAll } from "../../factory.ts"
import { plainEnv } from "../../harness.ts"
import { copyToOlder } from "../../older.ts"
import { compileShim, steer } from "../../torture/shim.ts"

/** A run with its copies takes 2 s; a busy machine takes its time. */
setDefaultTimeout(240_000)

const joinPath = (dir: string) => join(dir, "asyncgate.db")

/** A directory with so many jobs, as a gateway leaves it after a clean shutdown. */
function directoryWith(jobs: number): string {
  const dir = tempDir()
  const directory = claimDirectory(dir)
  const store = createStore(openWriter(directory.databasePath))
  for (let n = 0; n < jobs; n++) submitAll(store, newJob())
  store.close()
  directory.release()
  return dir
}

/** A backup, made as docs/operations.md says. */
function makeBackup(dir: string): string {
  const backup = join(tempDir(), "backup.db")
  const database = new Database(joinPath(dir), { readonly: true })
  database.run(`VACUUM INTO '${backup}'`)
  database.close()
  return backup
}

function catchRefusal(dir: string): DataRefused {
  try {
    claimDirectory(dir).release()
  } catch (error) {
    if (error instanceof DataRefused) return error
    throw error
  }
  throw new Error("it was not refused")
}

interface Found {
  jobs: number
  check: unknown
  version: unknown
  mode: unknown
  autoVacuum: unknown
}

/** Starts on the directory, and stops. */
function revive(dir: string): Found {
  const directory = claimDirectory(dir)
  encryptionKey(dir, undefined)
  openAdmin(dir)
  const database = openWriter(directory.databasePath)
  const value = (sql: string) => database.query<unknown, []>(sql).values()[0]?.[0]
  const found = {
    jobs: Number(value("SELECT count(*) FROM jobs")),
    check: value("PRAGMA integrity_check"),
    version: value("PRAGMA user_version"),
    mode: value("PRAGMA journal_mode"),
    autoVacuum: value("PRAGMA auto_vacuum"),
  }
  database.close()
  directory.release()
  return found
}

const sound = { check: "ok", version: schemaVersion, mode: "wal", autoVacuum: 2 }

const shimDir = newDir()
afterAll(() => removeDir(shimDir))
const compiled = compileShim(shimDir)
const noShim = "reason" in compiled ? compiled.reason : null
if (noShim !== null) process.stderr.write(`skipped, what needs a library between a process and its disk: ${noShim}\n`)

describe.skipIf(noShim !== null)("a process that is killed before any change of its files", () => {
  /** Runs a start and a stop there; the directories that a kill before each of its changes would have left, in order. */
  function killedAt(dir: string): string[] {
    const copies = tempDir()
    const shim = steer("library" in compiled ? compiled.library : "", dir)
    const child = Bun.spawnSync([process.execPath, join(import.meta.dir, "../../fixtures/lifetime.ts"), dir], {
      env: { ...plainEnv(), ...shim.env, ...shim.copiesTo(copies) },
    })
    shim.close()
    expect(child.stderr.toString()).toBe("")
    return readdirSync(copies)
      .sort((a, b) => Number(a) - Number(b))
      .map((name) => join(copies, name))
  }

  /** The most jobs that a copy had: none is lost from one copy to the next, but for the one that is deleted. */
  function expectSound(copies: string[], least: number): void {
    let jobs = least
    for (const copy of copies) {
      const found = revive(copy)
      expect(found).toMatchObject(sound)
      expect(found.jobs).toBeGreaterThanOrEqual(jobs)
      jobs = Math.max(jobs, found.jobs - 1)
    }
  }

  test("in the first start leaves what the next start recovers", () => {
    const copies = killedAt(tempDir())
    expect(copies.length).toBeGreaterThan(100)
    expect(copies.some((copy) => existsSync(`${joinPath(copy)}-journal`))).toBe(true)
    expectSound(copies, 0)
  })

  test("in the first start on a backup, or in the start after that kill, leaves all its jobs", () => {
    const dir = tempDir()
    cpSync(makeBackup(directoryWith(40)), joinPath(dir))
    const copies = killedAt(dir)
    const hot = copies.filter((copy) => existsSync(`${joinPath(copy)}-journal`)).at(-1) ?? ""
    const again = tempDir()
    cpSync(hot, again, { recursive: true })
    expectSound(copies, 40)
    expectSound(killedAt(again), 40)
  })

  test("in a start with a newer schema leaves all jobs, and migrates them later", () => {
    const dir = tempDir()
    copyToOlder(joinPath(directoryWith(40)), joinPath(dir), 1)
    expectSound(killedAt(dir), 40)
  })
})

describe("a rollback journal", () => {
  /** A database whose page is half changed, with the journal that undoes it. */
  function hotAt(path: string): void {
    const database = new Database(path)
    const copy = tempDir()
    database.run("BEGIN IMMEDIATE")
    database.run("PRAGMA user_version = 77")
    // A cache this small writes its pages before the commit.
    database.run("PRAGMA cache_size = 1")
    database.run("CREATE TABLE large (data)")
    for (let n = 0; n < 20; n++) database.run("INSERT INTO large VALUES (randomblob(3000))")
    cpSync(path, join(copy, "db"))
    cpSync(`${path}-journal`, join(copy, "journal"))
    database.run("ROLLBACK")
    database.close()
    cpSync(join(copy, "db"), path)
    cpSync(join(copy, "journal"), `${path}-journal`)
  }

  test("of a backup that is being changed is rolled back, although the change would have made it newer", () => {
    const dir = tempDir()
    cpSync(makeBackup(directoryWith(40)), joinPath(dir))
    hotAt(joinPath(dir))
    expect(revive(dir)).toMatchObject({ ...sound, jobs: 40 })
  })

  test("of a killed first start is not rolled back into a backup that was put in its place", () => {
    const dir = tempDir()
    cpSync(makeBackup(directoryWith(300)), joinPath(dir))
    // As SQLite writes it: the file had no page before.
    const journal = Buffer.alloc(512)
    Buffer.from("d9d505f920a163d7", "hex").copy(journal)
    journal.writeUInt32BE(512, 20)
    journal.writeUInt32BE(4096, 24)
    writeFileSync(`${joinPath(dir)}-journal`, journal)
    const before = readFileSync(joinPath(dir))
    const { reason, message } = catchRefusal(dir)
    expect(reason).toBe("corrupt")
    expect(message).toContain("asyncgate.db-journal away")
    expect(readFileSync(joinPath(dir)).equals(before)).toBe(true)
    rmSync(`${joinPath(dir)}-journal`)
    expect(revive(dir).jobs).toBe(300)
  })
})

describe("a log that is not of the database beside it", () => {
  /** A directory as a killed gateway leaves it: with work in its log. */
  function killed(jobs: number, jobsBefore = 0): string {
    const dir = tempDir()
    const directory = claimDirectory(dir)
    const database = openWriter(directory.databasePath)
    const store = createStore(database)
    for (let n = 0; n < jobsBefore; n++) submitAll(store, newJob())
    database.run("PRAGMA wal_checkpoint(TRUNCATE)")
    for (let n = 0; n < jobs; n++) submitAll(store, newJob({ body: "x".repeat(3000) }))
    const copy = tempDir()
    cpSync(dir, copy, { recursive: true })
    database.close()
    directory.release()
    return copy
  }

  test("because a backup was put in its place is refused at any size, and nothing is changed", () => {
    const dir = killed(50)
    const backup = makeBackup(directoryWith(10))
    cpSync(backup, joinPath(dir))
    const before = readFileSync(joinPath(dir))
    const { reason, message } = catchRefusal(dir)
    expect(reason).toBe("corrupt")
    expect(message).toContain("asyncgate.db-wal is the log of another database")
    expect(message).toContain("move")
    expect(readFileSync(joinPath(dir)).equals(before)).toBe(true)
    for (const end of ["-wal", "-shm"]) rmSync(`${joinPath(dir)}${end}`, { force: true })
    expect(revive(dir)).toMatchObject({ ...sound, jobs: 10 })
  })

  test("because a copy of a stopped gateway's file was put in its place is refused as damage", () => {
    const dir = killed(50, 300)
    cpSync(joinPath(directoryWith(200)), joinPath(dir))
    expect(catchRefusal(dir).reason).toBe("corrupt")
  })

  test.each([
    ["removed", (path: string) => rmSync(path)],
    ["emptied", (path: string) => writeFileSync(path, "")],
  ])("because that was %s is not thrown away with all that was accepted", (_, act) => {
    const dir = killed(50)
    act(joinPath(dir))
    const { reason, message } = catchRefusal(dir)
    expect(reason).toBe("corrupt")
    expect(message).toContain("Put the database back")
    expect(statSync(`${joinPath(dir)}-wal`).size).toBeGreaterThan(0)
  })

  test("and that is empty is no reason", () => {
    const dir = tempDir()
    cpSync(makeBackup(directoryWith(5)), joinPath(dir))
    writeFileSync(`${joinPath(dir)}-wal`, "")
    expect(revive(dir)).toMatchObject({ ...sound, jobs: 5 })
  })
})

describe("a name that the database needs", () => {
  const names = ["asyncgate.db", "asyncgate.db-wal", "asyncgate.db-shm", "asyncgate.db-journal"]

  test.each(names)("%s, and that is a directory, is reported as that", (name) => {
    const dir = tempDir()
    mkdirSync(join(dir, name))
    const { reason, message } = catchRefusal(dir)
    expect(reason).toBe("unusable")
    expect(message).toContain(`${name} is a directory`)
    expect(message).not.toContain("\n")
  })

  test("and that is a link to nothing is reported with its target", () => {
    const dir = tempDir()
    symlinkSync(join(dir, "elsewhere.db"), joinPath(dir))
    const { reason, message } = catchRefusal(dir)
    expect(reason).toBe("unusable")
    expect(message).toContain("elsewhere.db, which is not there")
  })

  test("and that is a pipe is reported as no file, and not waited for", () => {
    const dir = tempDir()
    expect(Bun.spawnSync(["mkfifo", joinPath(dir)]).success).toBe(true)
    expect(catchRefusal(dir).message).toContain("no regular file")
  })

  test.each(["asyncgate.lock", "asyncgate.pid"])("%s, and that is a directory, is reported with its name", (name) => {
    const dir = tempDir()
    mkdirSync(join(dir, name))
    const { reason, message } = catchRefusal(dir)
    expect(reason).toBe("unusable")
    expect(message).toContain(name)
  })

  test("and that lies elsewhere behind a link works, with its log and its lock beside it", () => {
    const dir = tempDir()
    const other = directoryWith(3)
    symlinkSync(joinPath(other), joinPath(dir))
    const directory = claimDirectory(dir)
    expect(directory.databasePath).toBe(joinPath(other))
    expect(directory.lock.path).toBe(join(other, "asyncgate.lock"))
    directory.release()
    expect(revive(dir)).toMatchObject({ ...sound, jobs: 3 })
  })
})

describe("a database that is damaged", () => {
  test.each([
    ["text was added to its end", (path: string) => appendFileSync(path, "x".repeat(8192)), null],
    ["a page in its middle is torn", (path: string) => tear(path, 6), "corrupt"],
    ["its first page is torn", (path: string) => tear(path, 0), "corrupt"],
    ["its schema is torn", (path: string) => tear(path, 0, 200), "corrupt"],
    ["it was cut in mid-page", (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 9000)), "corrupt"],
    ["it is a line of text", (path: string) => writeFileSync(path, "x".repeat(100)), "corrupt"],
  ])("because %s is reported as damage with instructions, or harmless", (_, damage, reason) => {
    const dir = directoryWith(100)
    damage(joinPath(dir))
    if (reason === null) {
      expect(revive(dir).jobs).toBe(100)
      return
    }
    const before = readFileSync(joinPath(dir))
    const refusal = catchRefusal(dir)
    expect(refusal.reason).toBe("corrupt")
    for (const word of ["is damaged", "Nothing was changed", ".recover", "backup"])
      expect(refusal.message).toContain(word)
    expect(readFileSync(joinPath(dir)).equals(before)).toBe(true)
  })

  function tear(path: string, page: number, from = 0): void {
    const bytes = readFileSync(path)
    bytes.fill(0xff, page * 4096 + from, (page + 1) * 4096)
    writeFileSync(path, bytes)
  }
})

test("a database that is newer, with work in its log, is refused and not touched", () => {
  const dir = directoryWith(3)
  const database = new Database(joinPath(dir))
  database.run(`PRAGMA user_version = ${schemaVersion + 1}`)
  const copy = tempDir()
  cpSync(dir, copy, { recursive: true })
  database.close()
  const files = () => ["", "-wal"].map((end) => readFileSync(`${joinPath(copy)}${end}`))
  const before = files()
  expect(before[1]?.length).toBeGreaterThan(0)
  expect(catchRefusal(copy).reason).toBe("newer")
  expect(files()).toEqual(before)
})

test("a directory is not used while its name stands for a file", () => {
  const dir = tempDir()
  renameSync(dir, `${dir}-gone`)
  afterTest(() => removeDir(`${dir}-gone`))
  writeFileSync(dir, "")
  expect(catchRefusal(dir).reason).toBe("unusable")
})
