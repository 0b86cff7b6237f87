// A process that may open no more files: it says so, does not take a whole core for it, and serves again when some are free.
import { expect, setDefaultTimeout, test } from "bun:test"
import { readFileSync } from "node:fs"
import { connect, type Socket } from "node:net"
import { afterTest } from "../cleanup.ts"
import { CHAT, chat, start } from "../harness.ts"
import { open, requestText } from "../hostile/socket.ts"

setDefaultTimeout(240_000)

const LIMIT = 64

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

test.skipIf(process.platform !== "linux")(
  "used-up file descriptors are logged once with the limit and the remedy, cost no core, and serving goes on when some are free",
  async () => {
    const gateway = await start({ shell: `ulimit -n ${LIMIT}` })
    const complete = async () => (await gateway.end(await gateway.accept(chat()))).status
    expect(await complete()).toBe("completed")
    const hanging = await gateway.accept(chat({ mock: { hang: true } }))
    for (let round = 0; round < 2; round++) {
      // A connection that is open before the others tells when a second is over.
      const line = await open(gateway.url)
      const sockets = await crowd(gateway.url)
      await gateway.logged("file descriptors are used up")
      const before = cpuMs(gateway.pid)
      const from = performance.now()
      line.send(requestText("GET", `${CHAT}/${hanging}`, { headers: { prefer: "wait=1" } }))
      expect((await line.reply()).status).toBe(202)
      expect((cpuMs(gateway.pid) - before) / (performance.now() - from)).toBeLessThan(0.4)
      line.destroy()
      for (const socket of sockets) socket.destroy()
      expect(await complete()).toBe("completed")
    }
    const lines = await gateway.logged("are used up")
    // A state of its own only when there were some for seconds in between.
    expect(lines.length).toBeLessThanOrEqual(2)
    expect(lines[0]).toContain(`this process may have ${LIMIT}`)
    expect(lines[0]).toContain("ulimit -n")
    await gateway.fetch(`${CHAT}/${hanging}`, { method: "DELETE" })
    expect(await gateway.stop()).toBe(0)
  },
)
