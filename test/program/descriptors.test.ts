// A process that may open no more files: it says so, does not take a whole core for it, and serves again when some are free.
import { expect, setDefaultTimeout, test } from "bun:test"
import { readFileSync } from "node:fs"
import { connect, type Socket } from "node:net"
import { afterTest, newDir, removeDir } from "../cleanup.ts"
import { CHAT, chat, firstLine, type Job, plainEnv, program } from "../harness.ts"

setDefaultTimeout(30_000)

const LIMIT = 64

async function startLimited() {
  const dir = newDir()
  const words = [...program, "--port", "0", "--app-dir", dir, "--log-style", "json"]
  const child = Bun.spawn(["sh", "-c", `ulimit -n ${LIMIT} && exec "$@"`, "sh", ...words], {
    env: plainEnv(),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  afterTest(async () => {
    child.kill("SIGKILL")
    await child.exited
    removeDir(dir)
  })
  let log = ""
  void (async () => {
    for await (const piece of child.stderr) log += Buffer.from(piece).toString()
  })()
  const { url } = JSON.parse((await firstLine(child.stdout)) ?? "{}") as { url: string }
  return { child, url, log: () => log }
}

/** Opens connections that say nothing, more than the process may have. */
async function crowd(url: string): Promise<Socket[]> {
  const { port } = new URL(url)
  const open = Array.from({ length: LIMIT }, async () => {
    const socket = connect(Number(port), "127.0.0.1")
    socket.on("error", () => {})
    await new Promise<void>((resolve) => socket.once("connect", () => resolve()))
    return socket
  })
  const sockets = await Promise.all(open)
  afterTest(() => {
    for (const socket of sockets) socket.destroy()
  })
  return sockets
}

/** Milliseconds of all cores that the process has used. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

async function job(url: string): Promise<Job> {
  const submitted = await fetch(url + CHAT, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(chat()),
  })
  const { id } = (await submitted.json()) as Job
  return (await (await fetch(`${url}/v1/async/jobs/${id}`, { headers: { prefer: "wait=20" } })).json()) as Job
}

test.skipIf(process.platform !== "linux")(
  "used-up file descriptors are logged once with the limit and the remedy, cost no core, and serving goes on when some are free",
  async () => {
    const { child, url, log } = await startLimited()
    expect((await job(url)).status).toBe("completed")
    for (let round = 0; round < 2; round++) {
      const sockets = await crowd(url)
      while (!log().includes("file descriptors are used up")) await Bun.sleep(10)
      const before = cpuMs(child.pid)
      const from = performance.now()
      await Bun.sleep(1000)
      expect((cpuMs(child.pid) - before) / (performance.now() - from)).toBeLessThan(0.4)
      for (const socket of sockets) socket.destroy()
      expect((await job(url)).status).toBe("completed")
    }
    const lines = log()
      .split("\n")
      .filter((line) => line.includes("are used up"))
    // A state of its own only when there were some for seconds in between.
    expect(lines.length).toBeLessThanOrEqual(2)
    expect(lines[0]).toContain(`this process may have ${LIMIT}`)
    expect(lines[0]).toContain("ulimit -n")
    child.kill("SIGTERM")
    expect(await child.exited).toBe(0)
  },
)
