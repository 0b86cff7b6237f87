// The commands backup and restore, with a gateway that runs, that has stopped and that was killed, and with files that are not as they should be.
import type { Database } from "bun:sqlite"
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs"
import { join } from "node:path"
import { backUp, readEnd } from "../../src/cli/backupfile.ts"
import { findCode } from "../../src/cli/exitcodes.ts"
import { checkBackup, finishRestore, listMoves, restoreTo } from "../../src/cli/restore.ts"
import { schemaVersion } from "../../src/jobs/sqlite/database.ts"
import { claimDirectory } from "../../src/jobs/sqlite/directory.ts"
import { afterTest, newDir, removeDir, tempDir } from "../cleanup.ts"
import { runClient } from "../commands.ts"
import { chat, launch, run, start } from "../harness.ts"
import { copyToOlder } from "../older.ts"
import { openDatabase } from "../opendatabase.ts"
import { openRoom, type Room } from "../torture/room.ts"

/** Each starts the program several times. */
setDefaultTimeout(240_000)

const slow = { mock: { latency_ms: 600_000 } }
const failed = findCode("failed")

/** Directories of a gateway that has stopped, with a job that has ended, and of one that was killed, with a job that has not. */
interface Past {
  dir: string
  id: string
}
let past: Past & { backup: string }
let killed: Past

beforeAll(async () => {
  const [one, other] = await Promise.all([launch(), launch({ config: {} })])
  const dir = newDir()
  past = { dir: one.dir, id: await one.accept(chat()), backup: join(dir, "one.backup") }
  await one.end(past.id)
  await one.adminToken()
  await one.stop()
  expect(await runClient(one, ["backup", past.backup])).toMatchObject({ stderr: "", code: 0 })
  killed = { dir: other.dir, id: await other.accept(chat(slow)) }
  await other.stop("SIGKILL")
})
afterAll(() => {
  for (const dir of [past.dir, join(past.backup, ".."), killed.dir]) removeDir(dir)
})

/** A copy of such a directory, which a test may change. */
function copyPast({ dir }: Past): string {
  const copy = join(tempDir(), "app")
  cpSync(dir, copy, { recursive: true })
  return copy
}

/** Every file in a directory, as it is. What SQLite keeps beside a database that is open only changes when it is opened. */
function readAll(dir: string): Record<string, string> {
  const names = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = names.map(({ parentPath, name }) => join(parentPath, name)).filter((path) => !path.endsWith("-shm"))
  return Object.fromEntries(paths.map((path) => [path, Bun.hash(readFileSync(path)).toString()]))
}

/** A backup that somebody has changed, with an end that fits it. */
function forge(
  backup: string,
  change: (database: Database) => void,
  form = "0001",
  word: [string, string] | null = null,
): string {
  const forged = join(tempDir(), "forged.backup")
  copyFileSync(backup, forged)
  truncateSync(forged, readEnd(backup)?.bodyBytes)
  const database = openDatabase(forged)
  change(database)
  database.close()
  // What SQLite lets nobody write stands in the file all the same.
  if (word !== null)
    writeFileSync(
      forged,
      readFileSync(forged)
        .toString("latin1")
        .replaceAll(...word),
      "latin1",
    )
  const digest = new Bun.CryptoHasher("sha256").update(readFileSync(forged)).digest("hex")
  appendFileSync(forged, `\nasyncgate backup ${form}${digest}\n`)
  return forged
}

const trial = openRoom(newDir(), 1)
const noRoom = "reason" in trial ? trial.reason : null
if (!("reason" in trial)) trial.close()
if (noRoom !== null) process.stderr.write(`skipped, what needs the right to mount: ${noRoom}\n`)

/** A disk of its own. */
function openSmallDisk(): Room {
  const room = openRoom(tempDir(), 1)
  if ("reason" in room) throw new Error(room.reason)
  afterTest(room.close)
  return room
}

describe("a backup", () => {
  test("of a running gateway has every job that was acknowledged, its keys and its settings, and starts elsewhere", async () => {
    const gateway = await start({ config: { client: { async_job_result_ttl: 7200 } } })
    const key = (await run(["vk", "create", "team", "--app-dir", gateway.dir])).stdout.trim()
    const token = await gateway.adminToken()
    const sealed = { "x-bf-eh-x-tenant": "one" }
    const ended = await gateway.accept(chat())
    await gateway.end(ended)
    const ids = await Promise.all([
      ...Array.from({ length: 20 }, () => gateway.accept(chat(slow))),
      gateway.accept(chat(slow), { "x-bf-vk": key }),
      gateway.accept(chat(slow), sealed),
    ])
    const file = join(tempDir(), "running.backup")
    const { stdout, stderr, code } = await runClient(gateway, ["backup", file, "--json"])
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 })
    const { jobs, ...facts } = JSON.parse(stdout)
    const names = ["admin-token", "config.json", "encryption.key", "virtual-keys.json"]
    expect(facts).toMatchObject({
      path: file,
      bytes: statSync(file).size,
      schema: schemaVersion,
      files: names,
      sealed: 1,
    })
    expect(Object.values<number>(jobs).reduce((sum, count) => sum + count, 0)).toBe(23)
    expect(jobs.succeeded).toBe(1)
    await gateway.stop("SIGKILL")

    const elsewhere = join(tempDir(), "elsewhere")
    const restored = await runClient({ dir: elsewhere }, ["restore", file])
    expect({ code: restored.code }).toEqual({ code: 0 })
    expect(restored.stderr).toContain("had not ended: they go on when the gateway starts")
    const second = await start({ dir: elsewhere })
    expect(await (await second.poll(ended)).json()).toMatchObject({ status: "completed" })
    for (const id of ids) {
      const headers = { "x-bf-vk": "", authorization: `Bearer ${token}` }
      expect((await second.poll(id, headers)).status).toBe(202)
    }
    expect((await second.submit(chat(), { "x-bf-vk": key })).status).toBe(202)
  })

  test("of a gateway that was killed has what only its log holds, and changes nothing there", async () => {
    const { dir } = killed
    expect(statSync(join(dir, "asyncgate.db-wal")).size).toBeGreaterThan(0)
    const before = readAll(dir)
    const file = join(tempDir(), "killed.backup")
    expect((await runClient({ dir }, ["backup", file])).code).toBe(0)
    expect(readAll(dir)).toEqual(before)
    expect(Object.values(checkBackup(file).jobs)).toEqual([1])
  })

  test("is readable by its owner alone, replaces the one before, and no other file", async () => {
    const { dir } = past
    const backup = join(tempDir(), "one.backup")
    copyFileSync(past.backup, backup)
    await backUp(dir, backup)
    expect(statSync(backup).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(backup, ".."))).toEqual(["one.backup"])
    const other = join(tempDir(), "letter.txt")
    writeFileSync(other, "Dear reader")
    const { stderr, code } = await runClient({ dir }, ["backup", other])
    expect({ code }).toEqual({ code: failed })
    expect(stderr).toContain("is no backup of asyncgate: name another file")
    expect(readFileSync(other, "utf8")).toBe("Dear reader")
  })

  test("removes the drafts of commands that were killed, and none of a command that is at work", async () => {
    const dir = tempDir()
    const gone = Bun.spawnSync([process.execPath, "--version"]).pid
    const draft = `x.backup.${gone}.asyncgate-draft`
    const others = [
      `x.backup.${process.ppid}.asyncgate-draft`,
      `y.backup.${gone}.asyncgate-draft`,
      `x.backup.notes.${gone}.asyncgate-draft`,
      `x.backup.${gone}.tmp`,
    ]
    for (const name of [draft, ...others]) writeFileSync(join(dir, name), "")
    await backUp(past.dir, join(dir, "x.backup"))
    expect(readdirSync(dir).toSorted()).toEqual(["x.backup", ...others].toSorted())
  })

  test("takes no name that the gateway gives its own files, also through a link to its directory", async () => {
    const dir = copyPast(past)
    const link = join(tempDir(), "link")
    symlinkSync(dir, link)
    const before = readAll(dir)
    for (const name of ["config.json", "virtual-keys.json", "asyncgate.db-journal", "restoring"]) {
      const { stderr, code } = await runClient({ dir }, ["backup", join(name === "restoring" ? link : dir, name)])
      expect({ name, code }).toEqual({ name, code: failed })
      expect(stderr).toContain(`${name} is the name of a file of the gateway: write the backup elsewhere`)
    }
    expect(readAll(dir)).toEqual(before)
  })

  test("leaves out no file that is there and cannot be read", async () => {
    for (const spoil of [(path: string) => symlinkSync("/none", path), (path: string) => mkdirSync(path)]) {
      const dir = copyPast(past)
      const key = join(dir, "encryption.key")
      rmSync(key, { force: true })
      spoil(key)
      const file = join(tempDir(), "one.backup")
      const { stderr, code } = await runClient({ dir }, ["backup", file])
      expect({ code, isMade: existsSync(file) }).toEqual({ code: failed, isMade: false })
      expect(stderr).toMatch(/encryption\.key is a (link to nothing|directory): move it away, or put the file there/)
    }
  })

  test("goes to one file, and to no pipe", async () => {
    const { dir } = past
    const { stderr, code } = await runClient({ dir }, ["backup", "-"])
    expect({ stderr, code }).toEqual({
      stderr: "asyncgate backup: a backup is a file: write a name instead of -\n",
      code: findCode("usage"),
    })
    const { code: tooMany } = await runClient({ dir }, ["backup", "one", "two"])
    expect(tooMany).toBe(findCode("usage"))
  })

  test("of nothing is refused, and makes nothing", async () => {
    const dir = join(tempDir(), "none")
    const file = join(tempDir(), "none.backup")
    const { stderr, code } = await runClient({ dir }, ["backup", file])
    expect({ code }).toEqual({ code: failed })
    expect(stderr).toContain(`there is nothing to back up: ${dir}/asyncgate.db is not there`)
    expect([existsSync(dir), existsSync(file)]).toEqual([false, false])
    const { stderr: where } = await runClient({ dir }, ["backup", join(dir, "x.backup")])
    expect(where).toContain("nothing to back up")
  })

  test("of a database that is a link has what the link leads to", async () => {
    const dir = copyPast(past)
    const away = join(tempDir(), "asyncgate.db")
    renameSync(join(dir, "asyncgate.db"), away)
    symlinkSync(away, join(dir, "asyncgate.db"))
    expect((await backUp(dir, join(tempDir(), "linked.backup"))).jobs).toEqual({ succeeded: 1 })
  })

  test.each([
    ["damaged", "is damaged", (path: string) => writeSync(openSync(path, "r+"), Buffer.alloc(8192, 7), 0, 8192, 8192)],
    [
      "foreign",
      "is damaged (file is not a database)",
      (path: string) => writeFileSync(path, "no database at all".repeat(300)),
    ],
    [
      "newer",
      `has schema version 99, and this asyncgate knows ${schemaVersion}`,
      (path: string) => {
        const database = openDatabase(path)
        database.run("PRAGMA user_version = 99")
        database.close()
      },
    ],
  ])("of a %s database is refused, and leaves no file", async (_, words, spoil) => {
    const dir = copyPast(past)
    spoil(join(dir, "asyncgate.db"))
    const target = tempDir()
    const { stderr, code } = await runClient({ dir }, ["backup", join(target, "x.backup")])
    expect({ code }).toEqual({ code: failed })
    expect(stderr).toContain(words)
    expect(readdirSync(target)).toEqual([])
  })

  // To root nothing is forbidden: the binary runs as nobody then.
  const cannotBeNobody = process.getuid?.() !== 0 || process.env["ASYNCGATE_BINARY"] === undefined
  test.skipIf(cannotBeNobody)("by a user who may not write the directory says as whom to run it", () => {
    const dir = copyPast(past)
    const [above, target] = [join(dir, ".."), tempDir()]
    const binary = join(above, "asyncgate")
    cpSync(process.env["ASYNCGATE_BINARY"] ?? "", binary)
    for (const path of [above, dir, binary]) chmodSync(path, 0o755)
    chmodSync(target, 0o777)
    for (const end of ["-shm", "-wal"]) rmSync(join(dir, `asyncgate.db${end}`), { force: true })
    chmodSync(join(dir, "asyncgate.db"), 0o644)
    const command = ["setpriv", "--reuid=65534", "--clear-groups", binary, "backup", join(target, "x.backup")]
    const { stderr, exitCode } = Bun.spawnSync(command, { env: { APP_DIR: dir, HOME: "/" } })
    expect(stderr.toString()).toContain("run this as the user of the gateway, who may write its directory")
    expect(exitCode).toBe(failed)
    expect(readdirSync(target)).toEqual([])
  })

  test.skipIf(noRoom !== null)(
    "that finds its disk full says so, leaves no file, and the one before as it was",
    async () => {
      const room = openSmallDisk()
      const { dir } = past
      const file = join(room.path, "x.backup")
      await backUp(dir, file)
      room.fill(20_000)
      const before = readFileSync(file)
      const { stderr, code } = await runClient({ dir }, ["backup", file])
      expect({ code }).toEqual({ code: failed })
      expect(stderr).toContain(`the disk of ${file} is full: free space there`)
      expect(readFileSync(file).equals(before)).toBe(true)
      expect(readdirSync(room.path).toSorted()).toEqual(["ballast", "x.backup"])
    },
  )
})

test("a backup put by hand in the place of a database starts", async () => {
  const dir = tempDir()
  copyFileSync(past.backup, join(dir, "asyncgate.db"))
  const gateway = await start({ dir })
  expect((await gateway.poll(past.id)).status).toBe(200)
  const more = await gateway.accept(chat())
  await gateway.end(more)
  await gateway.stop()
  const { jobs } = await backUp(dir, join(tempDir(), "again.backup"))
  expect(jobs).toEqual({ succeeded: 2 })
})

describe("a restore", () => {
  test("is refused while the gateway runs, and changes nothing", async () => {
    const { backup } = past
    const gateway = await start()
    const names = readdirSync(gateway.dir)
    const { stderr, code } = await runClient(gateway, ["restore", backup, "--yes"])
    expect({ code }).toEqual({ code: failed })
    expect(stderr).toContain(`is in use by process ${gateway.pid}. Stop that one`)
    expect(readdirSync(gateway.dir)).toEqual(names)
    rmSync(join(gateway.dir, "asyncgate.lock"))
    const again = await runClient(gateway, ["restore", backup, "--yes"])
    expect(again.stderr).toContain(`is in use by process ${gateway.pid}`)
    expect(existsSync(join(gateway.dir, "restoring"))).toBe(false)
  })

  test("of files with which no gateway starts says so, and what to do", async () => {
    const dir = copyPast(past)
    writeFileSync(join(dir, "config.json"), '{"client": {"async_job_result_ttl": "soon"}}')
    writeFileSync(join(dir, "virtual-keys.json"), "{}")
    const file = join(tempDir(), "broken.backup")
    await backUp(dir, file)
    const { stderr, code } = await runClient({ dir: join(tempDir(), "elsewhere") }, ["restore", file])
    expect({ code }).toEqual({ code: 0 })
    expect(stderr).toMatch(/no gateway starts with it: client\.async_job_result_ttl: found "soon"[^\n]*: write /)
    expect(stderr).toMatch(/no gateway starts with it: \S*virtual-keys\.json is not a list of virtual keys/)
    const right = await runClient({ dir: join(tempDir(), "elsewhere") }, ["restore", past.backup])
    expect(right.stderr).not.toContain("no gateway starts")
  })

  test("needs --yes where something is there, keeps it, and says where", async () => {
    const { backup, id } = past
    const [dir, later] = [copyPast(killed), killed.id]
    const asked = await runClient({ dir }, ["restore", backup])
    expect({ code: asked.code }).toEqual({ code: findCode("usage") })
    expect(asked.stderr).toContain("add --yes to do it")
    const { stdout, code } = await runClient({ dir }, ["restore", backup, "--yes", "--json"])
    expect({ code }).toEqual({ code: 0 })
    const { kept, ...facts } = JSON.parse(stdout)
    expect(facts).toMatchObject({ app_dir: dir, backup, jobs: { succeeded: 1 } })
    // The log of the database that was there lies beside that one, and its settings are not those of the backup.
    expect(readdirSync(kept)).toEqual(
      expect.arrayContaining(["asyncgate.db", "asyncgate.db-wal", "config.json", "encryption.key"]),
    )
    expect(existsSync(join(dir, "config.json"))).toBe(false)
    const restored = await start({ dir })
    expect((await restored.poll(id)).status).toBe(200)
    expect((await restored.poll(later)).status).toBe(404)
    expect(statSync(join(dir, "encryption.key")).mode & 0o777).toBe(0o600)
    const old = await start({ dir: kept })
    expect((await old.poll(later)).status).toBe(202)
  })

  test("replaces a database that is damaged", async () => {
    const { backup, id } = past
    const dir = copyPast(past)
    writeFileSync(join(dir, "asyncgate.db"), "no database at all".repeat(300))
    expect((await runClient({ dir }, ["restore", backup, "--yes"])).code).toBe(0)
    expect((await (await start({ dir })).poll(id)).status).toBe(200)
  })

  test("leaves a database that a link leads to where it is, and keeps the link", () => {
    const dir = copyPast(killed)
    const away = tempDir()
    for (const end of ["", "-wal"]) renameSync(join(dir, `asyncgate.db${end}`), join(away, `asyncgate.db${end}`))
    symlinkSync(join(away, "asyncgate.db"), join(dir, "asyncgate.db"))
    const kept = restoreTo(dir, checkBackup(past.backup)) ?? ""
    expect(countJob(join(dir, "asyncgate.db"), past.id)).toBe(1)
    expect(lstatSync(join(dir, "asyncgate.db")).isSymbolicLink()).toBe(false)
    expect(readlinkSync(join(kept, "asyncgate.db"))).toBe(join(away, "asyncgate.db"))
    expect(countJob(join(away, "asyncgate.db"), killed.id)).toBe(1)
  })

  test("of an older schema brings it up to date", async () => {
    const { dir, id } = past
    const older = tempDir()
    copyToOlder(join(dir, "asyncgate.db"), join(older, "asyncgate.db"), 3)
    const backup = join(tempDir(), "older.backup")
    expect((await backUp(older, backup)).schema).toBe(3)
    const target = tempDir()
    expect(restoreTo(target, checkBackup(backup))).toBeNull()
    expect((await (await start({ dir: target })).poll(id)).status).toBe(200)
  })

  test("takes no file that is not a whole backup as it was made, and changes nothing", async () => {
    const { dir, backup } = past
    const whole = readFileSync(backup)
    const write = (name: string, bytes: Uint8Array | string) => {
      const path = join(tempDir(), name)
      writeFileSync(path, bytes)
      return path
    }
    const flipped = Buffer.from(whole)
    flipped[whole.length >> 1] = (flipped[whole.length >> 1] ?? 0) ^ 1
    const spoilt: [path: string, words: string][] = [
      [join(dir, "none.backup"), "is not there"],
      [dir, "is no file"],
      [write("empty", ""), "is no backup"],
      [write("text", "Dear reader\n".repeat(5000)), "is no backup"],
      [join(dir, "asyncgate.db"), "is no backup"],
      [write("cut", whole.subarray(0, whole.length - 100)), "is no backup of asyncgate, or only the beginning of one"],
      [write("middle", Buffer.concat([whole.subarray(0, 8192), whole.subarray(16_384)])), "is damaged"],
      [write("flipped", flipped), "is damaged: it is not what was written"],
      [forge(backup, () => {}, "0002"), "was made by a newer asyncgate"],
      [forge(backup, (database) => database.run("PRAGMA user_version = 99")), "has schema version 99"],
      [
        forge(backup, (database) => database.run("DROP TABLE quotas")),
        "is not a database of asyncgate: it has no table quotas",
      ],
      [
        forge(backup, (database) =>
          database.run("CREATE TRIGGER more AFTER INSERT ON jobs BEGIN DELETE FROM jobs; END"),
        ),
        "it has a trigger more",
      ],
      // A name that SQLite gives nobody, and runs all the same.
      [
        forge(
          backup,
          (database) => database.run("CREATE TRIGGER sqliteXmore AFTER INSERT ON jobs BEGIN DELETE FROM jobs; END"),
          "0001",
          ["sqliteXmore", "sqlite_more"],
        ),
        "it has a trigger sqlite_more",
      ],
      [
        forge(backup, (database) => database.run("DELETE FROM backup_files WHERE name = 'backup.json'")),
        "does not say when it was made",
      ],
      ...["../escaped", "/etc/passwd", "asyncgate.db", "config.json/x"].map((name): [string, string] => [
        forge(backup, (database) => database.run("INSERT INTO backup_files VALUES (?, 'x')", [name])),
        `holds a file ${JSON.stringify(name)}`,
      ]),
      [
        forge(backup, (database) =>
          database.run("INSERT INTO backup_files VALUES ('config.json', zeroblob(17 * 1024 * 1024))"),
        ),
        "carries more than a backup does",
      ],
      [forge(backup, (database) => database.run("DROP TABLE backup_files")), "no such table: backup_files"],
    ]
    for (const [path, words] of spoilt) {
      const check = () => checkBackup(path)
      expect(check).toThrow(words)
      expect(check).toThrow("Nothing was changed")
    }
    const target = copyPast(killed)
    const before = readAll(target)
    const { stderr, code } = await runClient({ dir: target }, ["restore", spoilt.at(-1)?.[0] ?? "", "--yes"])
    expect({ code }).toEqual({ code: failed })
    expect(stderr).toContain("Nothing was changed")
    expect(readAll(target)).toEqual(before)
  })

  test("that was interrupted between any two moves is finished by a command, and no gateway starts before", async () => {
    const { backup, id } = past
    const all = interrupt(backup, Number.POSITIVE_INFINITY).moves
    expect(all).toBeGreaterThan(6)
    for (let moved = 0; moved <= all; moved++) {
      const { dir } = interrupt(backup, moved)
      expect(() => claimDirectory(dir)).toThrow(`finish it with asyncgate restore --finish --app-dir ${dir}`)
      expect(() => restoreTo(dir, checkBackup(backup))).toThrow("run asyncgate restore --finish first")
      await expect(backUp(dir, join(tempDir(), "half.backup"))).rejects.toThrow("run asyncgate restore --finish first")
      const kept = finishRestore(dir) ?? ""
      const count = (at: string, of: string) => countJob(join(at, "asyncgate.db"), of)
      const found = [count(dir, id), count(dir, killed.id), count(kept, id), count(kept, killed.id)]
      expect({ moved, found }).toEqual({ moved, found: [1, 0, 0, 1] })
      expect(existsSync(join(kept, "config.json"))).toBe(true)
      expect(readdirSync(dir).filter((name) => /restor|config/.test(name))).toEqual(["before-restore-now"])
    }
  })

  test("that was interrupted is told by a start of the gateway, and finished by the command", async () => {
    const { dir } = interrupt(past.backup, 3)
    const { stderr, code } = await run(["--app-dir", dir, "--port", "0"])
    expect({ code }).toEqual({ code: 1 })
    expect(stderr).toContain("a restore of")
    const finished = await runClient({ dir }, ["restore", "--finish"])
    expect(finished).toMatchObject({ stderr: "", code: 0 })
    expect(finished.stdout).toContain(`${dir}/before-restore-now has what was there`)
    expect((await (await start({ dir })).poll(past.id)).status).toBe(200)
    const none = await runClient({ dir: tempDir() }, ["restore", "--finish"])
    expect(none.stderr).toContain("there is nothing to finish")
  })

  test.skipIf(noRoom !== null)("that cannot move a file of its own mount puts everything back", async () => {
    const { backup, id } = past
    const dir = copyPast(past)
    const outside = join(tempDir(), "config.json")
    writeFileSync(outside, "{}")
    writeFileSync(join(dir, "config.json"), "")
    expect(Bun.spawnSync(["mount", "--bind", outside, join(dir, "config.json")]).success).toBe(true)
    afterTest(() => Bun.spawnSync(["umount", join(dir, "config.json")]))
    const before = readAll(dir)
    const { stderr, code } = await runClient({ dir }, ["restore", backup, "--yes"])
    expect({ code }).toEqual({ code: failed })
    expect(stderr).toContain("What was there before is still there")
    expect(readAll(dir)).toEqual(before)
    expect((await (await start({ dir })).poll(id)).status).toBe(200)
  })

  test.skipIf(noRoom !== null)("that finds too little room, or none, says so and leaves what was there", async () => {
    const room = openSmallDisk()
    const { backup } = past
    const dir = join(room.path, "app")
    mkdirSync(dir)
    room.fill(60_000)
    const { stderr, code } = await runClient({ dir }, ["restore", backup])
    expect({ code }).toEqual({ code: failed })
    expect(stderr).toContain("free space first. Nothing was changed")
    expect(readdirSync(dir)).toEqual(["asyncgate.lock"])
  })

  test("wants a file or --finish, not both and not neither", async () => {
    const { backup } = past
    for (const args of [
      ["restore"],
      ["restore", backup, "--finish"],
      ["restore", backup, "--url", "http://127.0.0.1"],
    ]) {
      expect((await runClient({ dir: tempDir() }, args)).code).toBe(findCode("usage"))
    }
  })
})

/** A directory in which a restore was interrupted after so many moves; and how many there are in all. */
function interrupt(backup: string, moved: number): { dir: string; moves: number } {
  const dir = copyPast(killed)
  const source = join(tempDir(), "unpacked")
  restoreTo(source, checkBackup(backup))
  rmSync(join(source, "asyncgate.lock"))
  const plan = { kept: "before-restore-now", names: readdirSync(source) }
  writeFileSync(join(source, "restore.json"), JSON.stringify(plan))
  renameSync(source, join(dir, "restoring"))
  const moves = listMoves(dir, plan)
  mkdirSync(join(dir, plan.kept))
  for (const { from, to } of moves.slice(0, moved)) renameSync(from, to)
  return { dir, moves: moves.length }
}

function countJob(path: string, id: string): number {
  const database = openDatabase(path, { readonly: true })
  const row = database.query<{ n: number }, [string]>("SELECT count(*) AS n FROM jobs WHERE id = ?").get(id)
  database.close()
  return row?.n ?? 0
}
