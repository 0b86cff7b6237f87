// What the program prints serves people: whatever becomes of its reader, the service goes on.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { closeSync, constants, openSync, readFileSync, readSync } from "node:fs"
import { join } from "node:path"
import { afterTest, newDir, removeDir, tempDir } from "../cleanup.ts"
import { CHAT, chat, firstLine, type Job, plainEnv, program, run } from "../harness.ts"
import { takeTurns } from "../random.ts"
import { openRoom, type Room } from "../torture/room.ts"

// Most of these start the program several times.
setDefaultTimeout(240_000)

/** A port that nobody listens on. */
function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } })
  listener.stop()
  return listener.port
}

/** The program under a shell's redirections, at a port that is known before it says so. */
function start(redirections: string, args: string[] = []) {
  const dir = tempDir()
  const port = freePort()
  const words = [...program, "--port", String(port), "--app-dir", dir, ...args]
  const child = Bun.spawn(["sh", "-c", `exec "$@" ${redirections}`, "sh", ...words], {
    env: plainEnv(),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  afterTest(async () => {
    child.kill("SIGKILL")
    await child.exited
  })
  return { child, dir, url: `http://127.0.0.1:${port}` }
}

/** Resolves when it serves; fails when it has ended. */
async function serving({ child, url }: ReturnType<typeof start>): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const answer = await fetch(`${url}/health`).catch(() => null)
    if (answer?.ok) return
  }
  throw new Error(`ended with ${child.exitCode ?? child.signalCode}`)
}

/** A pipe with a reader that reads only when it is told to. */
function openPipe() {
  const path = join(tempDir(), "pipe")
  Bun.spawnSync(["mkfifo", path])
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  afterTest(() => closeSync(file))
  const bytes = new Uint8Array(65_536)
  return {
    path,
    /** What lies in the pipe. */
    read(): string {
      let text = ""
      try {
        for (let count = readSync(file, bytes); count > 0; count = readSync(file, bytes)) {
          text += Buffer.from(bytes.subarray(0, count)).toString()
        }
      } catch (error) {
        if ((error as { code?: unknown }).code !== "EAGAIN") throw error
      }
      return text
    },
  }
}

/** Submits a job that makes each thread log and collects its end. */
async function job(url: string): Promise<Job> {
  const submitted = await fetch(url + CHAT, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(chat()),
  })
  const { id } = (await submitted.json()) as Job
  const answer = await fetch(`${url}/v1/async/jobs/${id}`, { headers: { prefer: "wait=20" } })
  return (await answer.json()) as Job
}

const JOBS = 1200
const DEBUG = ["--log-level", "debug", "--log-style", "json"]

describe("the service goes on", () => {
  test("when the reader of both outputs has gone, and stops in good order", async () => {
    const gateway = start("2>&1", DEBUG)
    await firstLine(gateway.child.stdout)
    await gateway.child.stdout.cancel()
    for (let n = 0; n < 5; n++) expect((await job(gateway.url)).status).toBe("completed")
    gateway.child.kill("SIGTERM")
    expect(await gateway.child.exited).toBe(0)
  })

  test.each([
    ["nothing can be written to standard error", "2>/dev/full"],
    ["nothing can be written to either output", ">/dev/full 2>/dev/full"],
    ["both outputs were closed before the start", ">&- 2>&-"],
    ["all three were closed before the start", "<&- >&- 2>&-"],
  ])("when %s, and stops in good order", async (_, redirections) => {
    const gateway = start(redirections, DEBUG)
    await serving(gateway)
    for (let n = 0; n < 5; n++) expect((await job(gateway.url)).status).toBe("completed")
    gateway.child.kill("SIGTERM")
    expect(await gateway.child.exited).toBe(0)
  })

  test("when the reader stalls: lines wait up to a bound, what is above it is dropped, and a line says how many", async () => {
    const pipe = openPipe()
    const gateway = start(`2>${pipe.path} >/dev/null`, DEBUG)
    await serving(gateway)
    // The two lines of each have some 700 bytes: more than the pipe and the buffer hold.
    const submit = (n: number) =>
      fetch(gateway.url + CHAT, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(chat({ model: `mock/${n}-${"m".repeat(400)}`, mock: { status: 429, retry_after: 900 } })),
      }).then((response) => response.arrayBuffer())
    for (let n = 0; n < JOBS; n += 50) await Promise.all(Array.from({ length: 50 }, (_, at) => submit(n + at)))
    expect((await job(gateway.url)).status).toBe("completed")

    let text = ""
    const dropped = () =>
      text
        .split("\n")
        .filter((line) => line.includes("log lines were dropped"))
        .reduce((sum, line) => sum + JSON.parse(line).count, 0)
    while (dropped() === 0) {
      await fetch(`${gateway.url}/health`)
      text += pipe.read()
    }
    gateway.child.kill("SIGTERM")
    while (gateway.child.exitCode === null) {
      text += pipe.read()
      await takeTurns(1)
    }
    text += pipe.read()
    expect(gateway.child.exitCode).toBe(0)
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string })
    const told = lines.filter(({ event }) => /^(attempt ended|a provider's quota is closed)$/.test(event)).length
    expect(told).toBeLessThan(2 * JOBS)
    expect(told + dropped()).toBeGreaterThanOrEqual(2 * JOBS)
    expect(lines.at(-1)?.event).toBe("stopped")
  }, 240_000)
})

const probeDir = newDir()
const probe = openRoom(join(probeDir, "room"), 1)
const noRoom = "reason" in probe ? probe.reason : null
if ("close" in probe) probe.close()
afterAll(() => removeDir(probeDir))

test.skipIf(noRoom !== null)(
  "a log on a full file system loses lines, and once there is space a line of its own says how many",
  async () => {
    const room = openRoom(join(tempDir(), "room"), 1) as Room
    afterTest(room.close)
    const gateway = start(`2>${room.path}/log >/dev/null`, DEBUG)
    await serving(gateway)
    room.fill(4096)
    for (let n = 0; n < 100; n++) expect((await job(gateway.url)).status).toBe("completed")
    room.empty()
    const lines = () => readFileSync(join(room.path, "log"), "utf8").split("\n")
    while (!lines().some((line) => line.includes("log lines were dropped"))) await job(gateway.url)
    gateway.child.kill("SIGTERM")
    expect(await gateway.child.exited).toBe(0)
    const notice = lines().find((line) => line.includes("log lines were dropped")) ?? ""
    expect(JSON.parse(notice).count).toBeGreaterThan(0)
    // Only the line that the disk had no room for is not whole.
    expect(lines().filter((line) => line !== "" && !line.endsWith("}"))).toHaveLength(1)
  },
)

describe("a command", () => {
  test("whose reader is gone says nothing of it", async () => {
    const { stderr } = await shell(`"$@" --help | head -c 1 >/dev/null`)
    expect(stderr).not.toContain(" at ")
  })

  test("that cannot print a new virtual key takes it back and says so", async () => {
    const dir = tempDir()
    const { code, stderr } = await shell(`"$@" vk create a --app-dir ${dir} >/dev/full`)
    expect(code).toBe(2)
    expect(stderr).toContain("The key was taken back")
    expect(JSON.parse(readFileSync(join(dir, "virtual-keys.json"), "utf8"))).toEqual([])
  })

  test("still prints its answer when its notes cannot be read", async () => {
    const dir = tempDir()
    const { code, stdout } = await shell(`"$@" vk create a --app-dir ${dir} 2>/dev/full`)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^sk-bf-[\w-]{43}\n$/)
  })
})

async function shell(line: string) {
  const child = Bun.spawn(["sh", "-c", line, "sh", ...program], { env: plainEnv(), stdout: "pipe", stderr: "pipe" })
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return { code: await child.exited, stdout, stderr }
}

describe("a start that is refused", () => {
  test.each([
    ["an address that is none", ["--host", "127.0.0.999"], 2, "--host"],
    ["an unknown flag", ["--prot", "1"], 2, "unknown flag --prot; did you mean --port?"],
  ])("says %s in a sentence, without a stack", async (_, args, code, says) => {
    const refused = await run([...args, "--app-dir", tempDir()])
    expect(refused.code).toBe(code)
    expect(refused.stderr).toContain(says)
    expect(refused.stderr).not.toMatch(/^\s+at /m)
  })
})
