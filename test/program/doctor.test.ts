// The command doctor: what it says of a machine on which all is well, and of each fault that can be made here.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs"
import { dirname, join } from "node:path"
import { checkDatabase } from "../../src/cli/doctordata.ts"
import { findCode } from "../../src/cli/exitcodes.ts"
import { schemaVersion } from "../../src/jobs/sqlite/database.ts"
import { afterTest, newDir, removeDir, tempDir } from "../cleanup.ts"
import { runClient } from "../commands.ts"
import { chat, type Gateway, launch, start } from "../harness.ts"
import { copyToOlder } from "../older.ts"
import { openDatabase } from "../opendatabase.ts"
import { openRoom } from "../torture/room.ts"

/** Each starts the program several times. */
setDefaultTimeout(240_000)

interface Check {
  check: string
  state: string
  says: string
  remedy?: string
}

/** Port 0 is free on every machine. */
const calm = { APP_PORT: "0" }

let past: string
/** The port of a gateway that runs. */
let gateway: Gateway

beforeAll(async () => {
  gateway = await launch()
  past = newDir()
  const stopped = await launch({ dir: past })
  // What a caller's header says is sealed until its job has ended.
  await stopped.accept(chat({ mock: { latency_ms: 600_000 } }), { "x-bf-eh-x-tenant": "one" })
  await stopped.adminToken()
  await stopped.stop("SIGKILL")
})
afterAll(async () => {
  await gateway.dispose()
  removeDir(past)
})

function copyPast(): string {
  const copy = join(tempDir(), "app")
  cpSync(past, copy, { recursive: true })
  return copy
}

async function examine(dir: string, env: Record<string, string> = calm, args: string[] = []) {
  const { stdout, stderr, code } = await runClient({ dir }, ["doctor", "--json", ...args], { env })
  const { ok, checks } = JSON.parse(stdout || "{}") as { ok: boolean; checks: Check[] }
  return { ok, checks, stderr, code }
}

describe("a doctor", () => {
  test("finds a gateway that runs well, and changes nothing in its directory", async () => {
    const names = readdirSync(gateway.dir)
    const { ok, checks, stderr, code } = await examine(gateway.dir)
    expect({ ok, stderr, code }).toEqual({ ok: true, stderr: "", code: 0 })
    expect(checks.filter(({ state }) => state === "error")).toEqual([])
    const says = Object.fromEntries(checks.map(({ check, says }) => [check, says]))
    expect(says).toMatchObject({
      gateway: `it answers at ${gateway.url}`,
      port: `the gateway of this directory listens at ${gateway.url}`,
      database: expect.stringContaining("checked"),
      upgrade: `schema version ${schemaVersion} is that of this program: a start changes nothing`,
      providers: "1 can be called: mock",
    })
    expect(readdirSync(gateway.dir)).toEqual(names)
  })

  test("finds nothing wrong where there is nothing yet, and makes nothing", async () => {
    const dir = join(tempDir(), "none")
    const { ok, code } = await examine(dir)
    expect({ ok, code }).toEqual({ ok: true, code: 0 })
    expect(existsSync(dir)).toBe(false)
  })

  test("prints a line for each thing, and what to do below what is wrong", async () => {
    const dir = copyPast()
    chmodSync(dir, 0o755)
    const { stdout, code } = await runClient({ dir }, ["doctor"], { env: calm })
    expect({ code }).toEqual({ code: 0 })
    expect(stdout).toContain(`warning  directory  other users may read ${dir}\n`)
    expect(stdout).toContain(`-> chmod -R go= ${dir}\n`)
  })

  test("looks only at a gateway that is named by its address", async () => {
    const { checks, code } = await examine(past, { ASYNCGATE_URL: gateway.url })
    expect({ code }).toEqual({ code: 0 })
    expect([...new Set(checks.map(({ check }) => check))]).toEqual(["gateway", "providers"])
  })

  test("tells a caller who may not see the providers how to", async () => {
    const guarded = await start({ config: { client: { enforce_auth_on_inference: true } } })
    const { checks, code } = await examine(guarded.dir)
    expect({ code }).toEqual({ code: 0 })
    expect(checks).toContainEqual({
      check: "providers",
      state: "skipped",
      says: expect.stringContaining("ASYNCGATE_TOKEN"),
    })
  })

  test("calls every provider where it is asked to, and says how it went", async () => {
    const upstream = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => Response.json({ error: { message: "no such key" } }, { status: 401 }),
    })
    afterTest(() => upstream.stop(true))
    const custom_provider_config = { base_provider_type: "openai" }
    const broken = {
      keys: [{ name: "one", value: "sk-wrong", models: ["m"], weight: 1 }],
      network_config: { base_url: `http://127.0.0.1:${upstream.port}` },
      custom_provider_config,
    }
    const calling = await start({ config: { providers: { broken } } })
    const { checks, code } = await examine(calling.dir, calm, ["--calls"])
    const calls = checks.filter(({ check }) => check === "calls")
    expect(calls).toContainEqual({ check: "calls", state: "ok", says: expect.stringMatching(/^mock\/.* answers$/) })
    expect(calls).toContainEqual(
      expect.objectContaining({ state: "error", says: expect.stringContaining("broken/m: ") }),
    )
    expect({ code }).toEqual({ code: 1 })
    // What the call has met is told from then on without another one.
    const again = await examine(calling.dir)
    expect(again.checks).toContainEqual(
      expect.objectContaining({ check: "providers", state: "warning", says: expect.stringContaining("with 401") }),
    )
  })
})

type Fault = [name: string, found: Check, make: (dir: string) => unknown]

const word = (text: string): string => expect.stringContaining(text) as unknown as string

/** Each is made in the directory of a gateway that was killed, and returns the environment that it needs. */
const faults: Fault[] = [
  [
    "a port that another program has",
    { check: "port", state: "error", says: word(`process ${process.pid} (`), remedy: word("--port N") },
    () => {
      const other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() })
      afterTest(() => other.stop(true))
      return { APP_PORT: String(other.port) }
    },
  ],
  [
    "a config.json that is wrong",
    { check: "config", state: "error", says: word("client.async_job_result_ttl: found"), remedy: word("write ") },
    (dir) => writeFileSync(join(dir, "config.json"), '{"client":{"async_job_result_ttl":"soon"}}'),
  ],
  [
    "a member of config.json that nobody knows",
    { check: "config", state: "warning", says: word("colour is not known"), remedy: word("remove it") },
    (dir) => writeFileSync(join(dir, "config.json"), '{"client":{"colour":"red"}}'),
  ],
  [
    "a directory that is a file",
    { check: "directory", state: "error", says: word("is no directory"), remedy: word("--app-dir") },
    (dir) => {
      rmSync(dir, { recursive: true })
      writeFileSync(dir, "")
    },
  ],
  [
    "keys that others may read",
    { check: "directory", state: "warning", says: word("encryption.key"), remedy: word("chmod -R go=") },
    (dir) => chmodSync(join(dir, "encryption.key"), 0o644),
  ],
  [
    "a damaged database",
    { check: "database", state: "error", says: word("is damaged"), remedy: word("asyncgate restore FILE") },
    (dir) => {
      rmSync(join(dir, "asyncgate.db-wal"))
      writeSync(openSync(join(dir, "asyncgate.db"), "r+"), Buffer.alloc(8192, 7), 0, 8192, 8192)
    },
  ],
  [
    "a file that is no database",
    { check: "database", state: "error", says: word("file is not a database"), remedy: word("asyncgate restore FILE") },
    (dir) => {
      rmSync(join(dir, "asyncgate.db-wal"))
      writeFileSync(join(dir, "asyncgate.db"), "Dear reader\n".repeat(1000))
    },
  ],
  [
    "a log that belongs to another database",
    {
      check: "database",
      state: "error",
      says: word("the log of another database"),
      remedy: word("asyncgate restore FILE"),
    },
    (dir) => {
      const other = join(tempDir(), "other.db")
      const database = openDatabase(other)
      database.run("CREATE TABLE t (a)")
      database.close()
      cpSync(other, join(dir, "asyncgate.db"))
    },
  ],
  [
    "a link to nothing",
    { check: "files", state: "error", says: word("is a link to nothing"), remedy: word("put the file there") },
    (dir) => {
      rmSync(join(dir, "asyncgate.db"))
      symlinkSync(join(dir, "away.db"), join(dir, "asyncgate.db"))
    },
  ],
  [
    "a pipe in the place of a file, which is not opened",
    { check: "files", state: "error", says: word("config.json is no file"), remedy: word("move it away") },
    (dir) => {
      rmSync(join(dir, "config.json"), { force: true })
      Bun.spawnSync(["mkfifo", join(dir, "config.json")])
    },
  ],
  [
    "an admin token that is a link to nothing",
    { check: "files", state: "error", says: word("admin-token is a link to nothing"), remedy: word("put the file") },
    (dir) => {
      rmSync(join(dir, "admin-token"))
      symlinkSync("/none", join(dir, "admin-token"))
    },
  ],
  [
    "a database of a newer version",
    {
      check: "upgrade",
      state: "error",
      says: word("has schema version 99"),
      remedy: word("start the newer asyncgate"),
    },
    (dir) => change(dir, "PRAGMA user_version = 99"),
  ],
  [
    "a database of an older version",
    {
      check: "upgrade",
      state: "warning",
      says: word(`from schema version 3 to ${schemaVersion}`),
      remedy: word("asyncgate backup"),
    },
    (dir) => {
      const older = join(dir, "older.db")
      copyToOlder(join(dir, "asyncgate.db"), older, 3)
      for (const end of ["-wal", "-shm", ""]) rmSync(join(dir, `asyncgate.db${end}`), { force: true })
      cpSync(older, join(dir, "asyncgate.db"))
    },
  ],
  [
    "an encryption key that is lost",
    { check: "keys", state: "error", says: word("is not there"), remedy: word("put encryption.key back") },
    (dir) => rmSync(join(dir, "encryption.key")),
  ],
  [
    "an encryption key that is another",
    { check: "keys", state: "error", says: word("is another one"), remedy: word("put encryption.key back") },
    () => ({ ASYNCGATE_ENCRYPTION_KEY: "00".repeat(32) }),
  ],
  [
    "virtual keys that are no list",
    { check: "keys", state: "error", says: word("is not a list of virtual keys"), remedy: word("from a backup") },
    (dir) => writeFileSync(join(dir, "virtual-keys.json"), "{"),
  ],
  [
    "an admin token that is none",
    { check: "keys", state: "error", says: word("admin-token does not hold"), remedy: word("admin-token rotate") },
    (dir) => writeFileSync(join(dir, "admin-token"), "hello"),
  ],
  [
    "a clock that was set back",
    {
      check: "clock",
      state: "error",
      says: word("later than that: the clock was set back"),
      remedy: word("set the clock"),
    },
    (dir) => {
      const later = new Date("2100-01-01T00:00:00Z")
      utimesSync(join(dir, "asyncgate.db"), later, later)
    },
  ],
  [
    "a restore that was interrupted",
    {
      check: "leftovers",
      state: "error",
      says: word("a restore was interrupted"),
      remedy: word("asyncgate restore --finish"),
    },
    (dir) => mkdirSync(join(dir, "restoring")),
  ],
  [
    "a draft of a restore",
    { check: "leftovers", state: "warning", says: word("while it unpacked"), remedy: word("rm -r") },
    (dir) => mkdirSync(join(dir, "restore.tmp")),
  ],
  [
    "what was there before a restore",
    { check: "leftovers", state: "warning", says: word("takes 5 B"), remedy: word("rm -r") },
    (dir) => {
      mkdirSync(join(dir, "before-restore-20260102"))
      writeFileSync(join(dir, "before-restore-20260102", "asyncgate.db"), "12345")
    },
  ],
]

function change(dir: string, sql: string): void {
  const database = openDatabase(join(dir, "asyncgate.db"))
  database.run(sql)
  database.close()
}

describe("a fault is found, and what to do is said", () => {
  test.each(faults)("%s", async (_, found, make) => {
    const dir = copyPast()
    const env = make(dir) as Record<string, string> | undefined
    const { ok, checks, stderr, code } = await examine(dir, { ...calm, ...env })
    expect(checks).toContainEqual(found)
    const isError = found.state === "error"
    expect({ ok, stderr, code }).toEqual({ ok: !isError, stderr: "", code: isError ? 1 : 0 })
  })

  // To root nothing is forbidden: the program runs as nobody then.
  test.skipIf(
    process.platform === "win32" || process.getuid?.() !== 0 || process.env["ASYNCGATE_BINARY"] === undefined,
  )("a directory and files that this user may not read", async () => {
    const dir = copyPast()
    chmodSync(dirname(dir), 0o755)
    const nobody = 65_534
    chownSync(join(dir, "encryption.key"), nobody, nobody)
    const binary = join(dirname(dir), "asyncgate")
    cpSync(process.env["ASYNCGATE_BINARY"] ?? "", binary)
    chmodSync(binary, 0o755)
    chmodSync(dir, 0o755)
    const { stdout } = Bun.spawnSync(["setpriv", "--reuid=65534", "--clear-groups", binary, "doctor", "--json"], {
      env: { APP_DIR: dir, ...calm, HOME: "/" },
    })
    const { checks } = JSON.parse(stdout.toString()) as { checks: Check[] }
    expect(checks).toContainEqual(
      expect.objectContaining({
        check: "directory",
        state: "error",
        says: word(`read and write ${dir}`),
        remedy: word("chown"),
      }),
    )
    expect(checks).toContainEqual(
      expect.objectContaining({ check: "directory", says: word("belong to different users") }),
    )
    expect(checks).toContainEqual(expect.objectContaining({ check: "database", state: "error" }))
  })

  test("a database that takes too long to be read is told as such, and its jobs all the same", async () => {
    const script = URL.createObjectURL(new Blob(["self.onmessage = () => {}"]))
    const { results, sight } = await checkDatabase(past, () => new Worker(script), false, 5)
    expect(results).toContainEqual({
      check: "database",
      state: "skipped",
      says: word("jobs: 1 running; it could not be checked to its end in 0.005 s"),
      remedy: word("asyncgate backup"),
    })
    expect(sight?.jobs).toEqual({ running: 1 })
  })

  test("a thread that cannot read the database is an error", async () => {
    const script = URL.createObjectURL(new Blob(['throw new Error("no such file")']))
    const reading = checkDatabase(past, () => new Worker(script), false)
    expect((await reading).results).toEqual([
      { check: "database", state: "error", says: word("no such file"), remedy: "fix its rights" },
    ])
  })

  const trial = openRoom(newDir(), 8)
  const noRoom = "reason" in trial ? trial.reason : null
  if (!("reason" in trial)) trial.close()
  if (noRoom !== null) process.stderr.write(`skipped, what needs the right to mount: ${noRoom}\n`)

  test.skipIf(noRoom !== null)("a disk that is full, and in memory", async () => {
    const room = openRoom(tempDir(), 8)
    if ("reason" in room) throw new Error(room.reason)
    afterTest(room.close)
    const dir = join(room.path, "app")
    cpSync(past, dir, { recursive: true })
    room.fill()
    const { checks, code } = await examine(dir)
    expect({ code }).toEqual({ code: 1 })
    expect(checks).toContainEqual({
      check: "disk",
      state: "error",
      says: word("new work is refused with 507"),
      remedy: word("free space"),
    })
    expect(checks).toContainEqual({ check: "disk", state: "warning", says: word("tmpfs"), remedy: word("--app-dir") })
  })
})

describe("doctor --live", () => {
  test("says in one word that a gateway is well", async () => {
    expect(await runClient(gateway, ["doctor", "--live"])).toEqual({ stdout: "ok\n", stderr: "", code: 0 })
    const json = await runClient(gateway, ["doctor", "--live", "--json"])
    expect(JSON.parse(json.stdout)).toEqual({ status: "ok" })
  })

  test("says in one line that there is none, or none that answers, with the code for that", async () => {
    const none = await runClient({ dir: join(tempDir(), "none") }, ["doctor", "--live"])
    expect({ stdout: none.stdout, code: none.code }).toEqual({ stdout: "", code: findCode("unreachable") })
    expect(none.stderr.split("\n")).toHaveLength(2)
    const killed = await runClient({ dir: past }, ["doctor", "--live"])
    expect({ code: killed.code }).toEqual({ code: findCode("unreachable") })
  })

  test("says in one line why a gateway can do no new work", async () => {
    const sick = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => Response.json({ status: "unavailable", reason: "the disk is full" }, { status: 503 }),
    })
    afterTest(() => sick.stop(true))
    const url = `http://127.0.0.1:${sick.port}`
    const { stdout, stderr, code } = await runClient(null, ["doctor", "--live", "--url", url])
    expect({ stdout, stderr, code }).toEqual({
      stdout: "",
      stderr: "asyncgate doctor: the gateway can do no new work: the disk is full\n",
      code: findCode("failed"),
    })
  })

  test("takes no words and no flags that it does not know", async () => {
    for (const args of [["now"], ["--lives"]])
      expect((await runClient(gateway, ["doctor", ...args])).code).toBe(findCode("usage"))
    expect(readFileSync(join(gateway.dir, "asyncgate.url"), "utf8").trim()).toBe(gateway.url)
  })
})
