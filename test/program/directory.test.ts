// What can happen to the data directory under a running gateway, and between two of its runs: no job is called by two processes,
// damage is told as damage, what was deleted is gone, and never does a person see a stack trace.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { openWriter } from "../../src/jobs/sqlite/database.ts"
import { claimDirectory } from "../../src/jobs/sqlite/directory.ts"
import { CHECKED_BYTES_MAX } from "../../src/jobs/sqlite/prepare.ts"
import { createStore } from "../../src/jobs/sqlite/sqlitestore.ts"
import { afterTest, newDir, removeDir, tempDir } from "../cleanup.ts"
import { doTurn, makeClaim, makeFinish, newJob, submitAll } from "../factory.ts"
import { chat, type Gateway, type Job, onChange, plainEnv, program, run, start } from "../harness.ts"
import { openDatabase } from "../opendatabase.ts"
import { closed, completion, configFor, startUpstream, type Upstream } from "../upstream.ts"

setDefaultTimeout(240_000)

function provider(...args: Parameters<typeof startUpstream>): Upstream {
  const upstream = startUpstream(...args)
  afterTest(() => upstream.stop())
  return upstream
}

/** What the gateway said when it ended by itself, in one line, with its exit code. */
async function lastWords(gateway: Gateway): Promise<{ code: number | null; text: string }> {
  const code = await gateway.exit()
  const lines = gateway.log().trim().split("\n")
  expect(lines.filter((line) => !line.startsWith("{"))).toHaveLength(1)
  return { code, text: lines.at(-1) ?? "" }
}

const hang = () => new Promise<Response>(() => {})

describe("a lock that is removed under a running gateway", () => {
  test("is made anew within a second, and a second gateway is refused as ever", async () => {
    const gateway = await start()
    const lock = join(gateway.dir, "asyncgate.lock")
    rmSync(lock)
    await onChange(gateway.dir, () => existsSync(lock))
    const second = await run(["--port", "0", "--app-dir", gateway.dir])
    expect(second.code).toBe(3)
    expect(second.stderr).toContain(`in use by process ${gateway.pid}`)
    expect((await gateway.end(await gateway.accept(chat()))).status).toBe("completed")
  })

  test("and taken by a second gateway while the first cannot notice, lets no job be called by both", async () => {
    const upstream = provider(hang)
    const first = await start({ config: configFor(upstream) })
    const id = await first.accept(chat({ model: "up/m" }))
    const call = await upstream.request(0)
    first.process.kill("SIGSTOP")
    rmSync(join(first.dir, "asyncgate.lock"))
    const starting = start({ dir: first.dir })
    const pidFile = join(first.dir, "asyncgate.pid")
    await onChange(first.dir, () => readFileSync(pidFile, "utf8") !== `${first.pid}\n`)
    upstream.answer(() => completion(call.signal.aborted ? "called alone" : "called twice"))
    first.process.kill("SIGCONT")
    const { code, text } = await lastWords(first)
    expect(code).toBe(3)
    expect(text).toContain("process")
    expect(text).toContain("All work was stopped")
    const second = await starting
    expect(second.log()).toContain("waiting up to 2.5 s")
    expect(second.facts).toMatchObject({ recovered: 1 })
    expect((await second.end(id)).result.choices[0].message.content).toBe("called alone")
    expect(upstream.received).toHaveLength(2)
  })
})

describe("a directory that is taken away under a running gateway", () => {
  test.each([
    ["removed", (dir: string) => rmSync(dir, { recursive: true, force: true }), "the data directory"],
    ["renamed", (dir: string) => renameSync(dir, `${dir}-away`), "the data directory"],
    ["left without its database", (dir: string) => rmSync(join(dir, "asyncgate.db")), "the database"],
    ["left without its log", (dir: string) => rmSync(join(dir, "asyncgate.db-wal")), "asyncgate.db-wal"],
  ])("because it was %s ends it with exit 1 and a sentence, its calls too", async (_, act, what) => {
    const upstream = provider(hang)
    const gateway = await start({ config: configFor(upstream) })
    afterTest(() => removeDir(`${gateway.dir}-away`))
    await gateway.accept(chat({ model: "up/m" }))
    const call = await upstream.request(0)
    act(gateway.dir)
    const { code, text } = await lastWords(gateway)
    expect(code).toBe(1)
    expect(text).toContain(what)
    expect(text).toMatch(/^asyncgate stopped: .*\.$/)
    await closed(call)
  })

  test("goes on at its new place with all that was accepted", async () => {
    const upstream = provider(hang)
    const gateway = await start({ config: configFor(upstream) })
    const ids = await Promise.all([1, 2, 3].map(() => gateway.accept(chat({ model: "up/m" }))))
    await upstream.request(2)
    const away = `${gateway.dir}-away`
    afterTest(() => removeDir(away))
    renameSync(gateway.dir, away)
    await lastWords(gateway)
    upstream.answer(() => completion())
    const next = await start({ dir: away })
    expect(next.facts).toMatchObject({ recovered: 3 })
    for (const id of ids) expect((await next.end(id)).status).toBe("completed")
  })

  test("is no reason to stop where only the index of its log is gone", async () => {
    const gateway = await start()
    await gateway.end(await gateway.accept(chat()))
    rmSync(join(gateway.dir, "asyncgate.db-shm"))
    const ids = await Promise.all([1, 2, 3].map(() => gateway.accept(chat())))
    for (const id of ids) expect((await gateway.end(id)).status).toBe("completed")
    await gateway.stop("SIGKILL")
    const next = await start({ dir: gateway.dir })
    for (const id of ids) expect((await next.poll(id)).status).toBe(200)
  })
})

test.each([
  ["a directory", (path: string) => mkdirSync(path), "asyncgate.db is a directory"],
  ["a link to nothing", (path: string) => symlinkSync("/nowhere/asyncgate.db", path), "which is not there"],
])("a start where asyncgate.db is %s says so in a sentence", async (_, act, says) => {
  const dir = tempDir()
  act(join(dir, "asyncgate.db"))
  const { code, stderr } = await run(["--port", "0", "--app-dir", dir])
  expect(code).toBe(1)
  expect(stderr).toContain(says)
  expect(stderr.trim().split("\n")).toHaveLength(1)
})

test("what nobody expected of a database ends the start with a sentence, not with source", async () => {
  const dir = tempDir()
  await (await start({ dir })).stop()
  const database = openDatabase(join(dir, "asyncgate.db"))
  database.run("DROP TABLE quotas")
  database.close()
  const { code, stderr } = await run(["--port", "0", "--app-dir", dir])
  expect(code).toBe(1)
  expect(stderr).toContain("no such table: quotas")
  expect(stderr.trim().split("\n")).toHaveLength(1)
})

describe("a database that is too large to be checked before the start", () => {
  const content = "x".repeat(250_000)

  interface Large {
    path: string
    /** Ids of completed jobs with long results; 20 more wait. */
    done: string[]
  }
  let template: Large & { dir: string }
  beforeAll(() => {
    const dir = newDir()
    template = { dir, ...fill(dir) }
  })
  afterAll(() => removeDir(template.dir))

  function largeDatabase(dir: string): Large {
    const path = join(dir, "asyncgate.db")
    cpSync(template.path, path)
    return { path, done: template.done }
  }

  function fill(dir: string): Large {
    const directory = claimDirectory(dir)
    const database = openWriter(directory.databasePath)
    const store = createStore(database)
    const now = Date.now()
    const done: string[] = []
    const result = JSON.stringify({ choices: [{ message: { content } }] })
    while (done.length * content.length < CHECKED_BYTES_MAX * 1.1) {
      submitAll(store, newJob({ createdAt: now }))
      for (const job of doTurn(store, makeClaim({ leaseUntil: now + 60_000 }), now).jobs) {
        doTurn(store, makeFinish(job, { answer: { result, usage: null } }), now)
        done.push(job.id)
      }
    }
    for (let n = 0; n < 20; n++) submitAll(store, newJob({ createdAt: now, model: `m${n}` }))
    const path = directory.databasePath
    store.close()
    directory.release()
    return { path, done }
  }

  /** Tears the first page of a table or an index, which lies somewhere in the file. */
  function tear(path: string, name: string): void {
    const database = openDatabase(path, { readonly: true })
    const row = database.query<{ page: number }, [string]>("SELECT rootpage AS page FROM sqlite_schema WHERE name = ?")
    const page = row.get(name)?.page ?? 0
    database.close()
    const bytes = readFileSync(path)
    bytes.fill(0xff, (page - 1) * 4096, page * 4096)
    writeFileSync(path, bytes)
  }

  test.each(["jobs_due", "usage_daily", "jobs_reaped_at", "contents"])(
    "and whose page of %s is torn: results can be read, new work gets 503 with the way out, nothing is called",
    async (name) => {
      const dir = tempDir()
      const { path, done } = largeDatabase(dir)
      tear(path, name)
      const gateway = await start({ dir })
      // A job that is stored before the damage is found does not end, so that none is sent until then.
      await gateway.logged("the database is damaged")
      while ((await gateway.fetch("/health")).status !== 503);
      expect(await (await gateway.fetch("/health")).json()).toMatchObject({
        reason: expect.stringContaining("the database is damaged"),
      })
      const refusal = await gateway.submit(chat())
      expect(refusal.status).toBe(503)
      expect(Number(refusal.headers.get("retry-after"))).toBeGreaterThan(1)
      const { error } = (await refusal.json()) as Job
      expect(error.code).toBe("store_unavailable")
      for (const word of ["is damaged", "backup", "recover"]) expect(error.message).toContain(word)
      const poll = await gateway.poll(done[0] ?? "")
      expect(poll.status).toBe(200)
      expect(((await poll.json()) as Job).result.choices[0].message.content).toBe(content)
      const told = () =>
        gateway
          .log()
          .split("\n")
          .filter((line) => line.includes(".recover"))
      await gateway.logged(".recover")
      expect((await gateway.submit(chat())).status).toBe(503)
      expect(told()).toHaveLength(1)
      expect(await gateway.stop()).toBe(0)
      expect(gateway.log()).not.toMatch(/\.ts:\d|\n\s+at /)
    },
  )

  test("and whose table of jobs is torn ends the start with exit 5 and the way out", async () => {
    const dir = tempDir()
    tear(largeDatabase(dir).path, "jobs")
    const { code, stderr } = await run(["--port", "0", "--app-dir", dir])
    expect(code).toBe(5)
    for (const word of ["the database is damaged", ".recover", "backup"]) expect(stderr).toContain(word)
    expect(stderr.trim().split("\n")).toHaveLength(1)
  })

  test("and that has the log of another beside it is refused, and says which file to move", async () => {
    const dir = tempDir()
    largeDatabase(dir)
    const old = await start()
    await old.end(await old.accept(chat()))
    await old.stop("SIGKILL")
    const backup = join(dir, "backup.db")
    const database = openDatabase(join(dir, "asyncgate.db"), { readonly: true })
    database.run(`VACUUM INTO '${backup}'`)
    database.close()
    cpSync(backup, join(old.dir, "asyncgate.db"))
    const { code, stderr } = await run(["--port", "0", "--app-dir", old.dir])
    expect(code).toBe(5)
    expect(stderr).toContain("asyncgate.db-wal is the log of another database")
    expect(stderr.trim().split("\n")).toHaveLength(1)
  })

  test("and that is sound works as ever", async () => {
    const dir = tempDir()
    const { done } = largeDatabase(dir)
    const gateway = await start({ dir })
    expect((await gateway.end(await gateway.accept(chat()))).status).toBe("completed")
    expect((await gateway.poll(done.at(-1) ?? "")).status).toBe(200)
    expect((await gateway.fetch("/health")).status).toBe(200)
    expect(await gateway.stop()).toBe(0)
  })
})

describe("what was deleted", () => {
  const short = (n: number) => `MARKER-${n}-${"s".repeat(200)}`
  const long = (n: number) => `MARKER-${n}-${"l".repeat(30_000)}`

  function bytesIn(dir: string): Buffer {
    return Buffer.concat(readdirSync(dir).map((name) => readFileSync(join(dir, name))))
  }

  /** The numbers of those markers that stand in any file of the directory. */
  function found(dir: string): number[] {
    const text = bytesIn(dir).toString("latin1")
    return [...new Set([...text.matchAll(/MARKER-(\d+)-/g)].map((match) => Number(match[1])))].sort((a, b) => a - b)
  }

  const ask = (n: number) =>
    chat({ messages: [{ role: "user", content: n % 3 === 0 ? long(n) : short(n) }], user: `MARKER-${n}-user` })

  test("by DELETE or by its time is in no file after the stop, and what was kept is there", async () => {
    const gateway = await start({ config: { client: { shutdown_grace_in_seconds: 0 } } })
    const ids: string[] = []
    for (let n = 0; n < 120; n++) {
      const ttl = n % 4 === 1 ? "1" : "3600"
      const headers = { "x-bf-async-job-result-ttl": ttl, "idempotency-key": `MARKER-${n}-key` }
      ids.push(await gateway.accept(ask(n), headers))
    }
    for (const [n, id] of ids.entries()) if (n % 4 !== 1) await gateway.end(id)
    for (const [n, id] of ids.entries()) {
      if (n % 4 !== 0) continue
      expect((await gateway.fetch(`/v1/async/jobs/${id}`, { method: "DELETE" })).status).toBe(204)
    }
    await onChange(gateway.dir, () => gateway.count("jobs") === 60)
    expect(await gateway.stop()).toBe(0)
    expect(found(gateway.dir).filter((n) => n % 4 < 2)).toEqual([])
    expect(found(gateway.dir)).toHaveLength(60)
  })

  test("as a form, as one that broke off, or with its caller's key, is in no file after the stop", async () => {
    const gateway = await start()
    const form = new FormData()
    form.set("model", "mock/echo")
    form.set("file", new File([long(1)], "a.wav", { type: "audio/wav" }))
    const submit = await gateway.fetch("/v1/async/audio/transcriptions", { method: "POST", body: form })
    expect(submit.status).toBe(202)
    const { id } = (await submit.json()) as Job
    await breakOff(gateway, long(5))
    const keyed = await gateway.accept(ask(2), {
      authorization: "Bearer sk-MARKER-3-own",
      "x-bf-eh-x-mark": "MARKER-4-",
    })
    await onChange(
      gateway.dir,
      () => gateway.count("jobs", "completed_at IS NULL") === 0 && gateway.count("uploads") === 0,
    )
    for (const [job, headers] of [
      [id, {}],
      [keyed, { authorization: "Bearer sk-MARKER-3-own" }],
    ] as const) {
      expect((await gateway.fetch(`/v1/async/jobs/${job}`, { method: "DELETE", headers })).status).toBe(204)
    }
    await gateway.stop()
    expect(found(gateway.dir)).toEqual([])
  })

  /** A client that goes away in the middle of a form, once some of it is stored. */
  async function breakOff(gateway: Gateway, text: string): Promise<void> {
    const { hostname, port } = new URL(gateway.url)
    const body = text.repeat(1 + 1_000_000 / text.length)
    const socket = await Bun.connect({ hostname, port: Number(port), socket: { data() {}, drain } })
    const head = `POST /v1/async/audio/transcriptions HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-length: 9000000\r\n`
    const part = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    socket.write(`${head}content-type: multipart/form-data; boundary=b\r\n\r\n${part}`)
    let sent = socket.write(body)
    function drain(): void {
      sent += socket.write(body.slice(sent))
    }
    await onChange(gateway.dir, () => gateway.count("requests") > 1)
    socket.terminate()
  }

  test("leaves the log soon, while the gateway runs", async () => {
    const gateway = await start()
    const id = await gateway.accept(ask(3))
    await gateway.end(id)
    await gateway.fetch(`/v1/async/jobs/${id}`, { method: "DELETE" })
    await onChange(gateway.dir, () => found(gateway.dir).length === 0)
  })
})

test("a start that is killed at any moment leaves a directory that the next start takes up", async () => {
  const dir = tempDir()
  for (let n = 0; n < 12; n++) {
    if (n % 4 === 0) for (const name of readdirSync(dir)) rmSync(join(dir, name))
    const child = Bun.spawn([...program, "--port", "0", "--app-dir", dir], {
      env: plainEnv(),
      stdout: "ignore",
      stderr: "ignore",
    })
    // At one of the first changes of its files, each time at another.
    let changes = 0
    await onChange(dir, () => ++changes > n)
    child.kill("SIGKILL")
    await child.exited
  }
  const gateway = await start({ dir })
  expect((await gateway.end(await gateway.accept(chat()))).status).toBe("completed")
})
