// What asks the program to stop, when it may come, and what is left behind.
import { describe, expect, setDefaultTimeout, test } from "bun:test"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { tempDir } from "../cleanup.ts"
import { chat, type Gateway, onChange, plainEnv, program, run, start } from "../harness.ts"

// Most of these start the program several times.
setDefaultTimeout(240_000)

/** Accepts a job and waits until its call is out. */
async function running(gateway: Gateway, mock: Record<string, unknown>): Promise<string> {
  const id = await gateway.accept(chat({ mock }))
  while (gateway.count("jobs", "attempt = 1") === 0) await gateway.poll(id)
  return id
}

describe("a signal", () => {
  test.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const)(
    "%s stops in good order: a call that is out ends first, and is not repeated",
    async (signal) => {
      const gateway = await start({ dir: tempDir() })
      const id = await running(gateway, { latency_ms: 300 })
      expect(await gateway.stop(signal)).toBe(0)
      expect(gateway.count("jobs", `id = '${id}' AND state = 'succeeded' AND attempt = 1`)).toBe(1)
    },
  )

  test("is followed by a second one: it ends at once, with 1", async () => {
    const gateway = await start({ dir: tempDir() })
    await running(gateway, { hang: true })
    gateway.process.kill("SIGHUP")
    await gateway.logged("a second signal stops at once")
    expect(await gateway.stop("SIGTERM")).toBe(1)
  })

  test.each(["SIGUSR1", "SIGUSR2"] as const)("%s means nothing here, and ends nothing", async (signal) => {
    const gateway = await start()
    const id = await running(gateway, { latency_ms: 100 })
    gateway.process.kill(signal)
    expect((await gateway.end(id)).status).toBe("completed")
  })

  test("SIGHUP stays ignored where whoever started the program had it so, as nohup does", async () => {
    const gateway = await start({ shell: 'trap "" HUP' })
    gateway.process.kill("SIGHUP")
    for (let n = 0; n < 20; n++) expect((await gateway.fetch("/health")).status).toBe(200)
    expect(await gateway.stop()).toBe(0)
  })

  test("that comes as soon as the port answers stops in good order", async () => {
    for (let round = 0; round < 5; round++) {
      const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } })
      const { port } = listener
      listener.stop()
      const child = Bun.spawn([...program, "--port", String(port), "--app-dir", tempDir()], {
        env: plainEnv(),
        stdio: ["ignore", "ignore", "ignore"],
      })
      while (!(await fetch(`http://127.0.0.1:${port}/health`).catch(() => null))) {}
      child.kill("SIGTERM")
      expect([await child.exited, child.signalCode]).toEqual([0, null])
    }
  }, 240_000)

  test("that comes before the port is open ends the start with 0, and no job goes out", async () => {
    const dir = tempDir()
    const first = await start({ dir, config: { client: { shutdown_grace_in_seconds: 0 } } })
    await running(first, { hang: true })
    await first.stop()
    // From the lock on, the signals have been taken.
    const child = Bun.spawn([...program, "--port", "0", "--app-dir", dir], {
      env: plainEnv(),
      stdio: ["ignore", "ignore", "ignore"],
    })
    await onChange(dir, () => existsSync(join(dir, "asyncgate.pid")))
    child.kill("SIGTERM")
    expect([await child.exited, child.signalCode]).toEqual([0, null])
    expect(first.count("jobs", "state IN ('queued', 'running')")).toBe(1)
  })
})

describe("asyncgate.pid", () => {
  test("names the process while it runs and is gone after a stop", async () => {
    const gateway = await start({ dir: tempDir() })
    const path = join(gateway.dir, "asyncgate.pid")
    expect(readFileSync(path, "utf8")).toBe(`${gateway.pid}\n`)
    await gateway.stop()
    expect(existsSync(path)).toBe(false)
  })

  test("is gone after a start that was refused, unless it is another process's", async () => {
    const holder = await start({ dir: tempDir() })
    const path = join(holder.dir, "asyncgate.pid")
    expect((await run(["--port", "0", "--app-dir", holder.dir])).code).toBe(3)
    expect(readFileSync(path, "utf8")).toBe(`${holder.pid}\n`)
    const dir = tempDir()
    expect((await run(["--port", new URL(holder.url).port, "--app-dir", dir])).code).toBe(1)
    expect(existsSync(join(dir, "asyncgate.pid"))).toBe(false)
  })
})
