// A process that may have 64 files open, and clients that take them all: it says so, does not spin, and serves on when they go.
import { readFileSync } from "node:fs"
import { connect, type Socket } from "node:net"
import { join } from "node:path"
import type { Section } from "./report.ts"
import { openSite, type Run } from "./site.ts"

const FILES_MAX = 64
/** More than there can be; the system keeps what is beyond waiting. */
const CONNECTIONS = 150
const CALM_MS = 1000
const WATCHED_MS = 3000
/** Of a core, while nothing can be accepted. */
const CPU_SHARE_MAX = 0.2
/** From the moment the connections are gone until a submit is answered. */
const RESUME_MS_MAX = 3000
/** In units of which /proc counts. */
const TICK_MS = 10

export async function tortureByDescriptors(run: Run): Promise<Section[]> {
  const mix = { seed: run.seed, hasFaults: false, hasActs: false, length: 200, callMs: 50 }
  const launch = { wrap: ["sh", "-c", `ulimit -n ${FILES_MAX}; exec "$@"`, "sh"] }
  const directory = join(run.stage, "descriptors")
  const site = await openSite(run, { directory, mix, launch, unendedMax: 10 })
  const { ledger } = site
  const child = await site.start()
  const url = new URL((await child.facts)?.url ?? "")
  site.load.submitting(true)
  await Bun.sleep(CALM_MS)
  site.load.submitting(false)
  const sockets = Array.from({ length: CONNECTIONS }, () => openSocket(url))
  await Bun.sleep(CALM_MS)
  const cpuMs = readCpuMs(child.pid)
  await Bun.sleep(WATCHED_MS)
  const share = (readCpuMs(child.pid) - cpuMs) / WATCHED_MS
  if (!(share <= CPU_SHARE_MAX)) ledger.problem("spins", `${(share * 100).toFixed(0)} % of a core`)
  const line = site
    .log()
    .split("\n")
    .find((text) => /descriptor|open files|EMFILE|connections/i.test(text))
  if (line === undefined) ledger.problem("does not say that its files are used up", "no line in the log")
  for (const socket of sockets) socket.destroy()
  const goneAt = Date.now()
  const before = ledger.accepted()
  site.load.submitting(true)
  const resumedMs = await site.until(() => ledger.accepted() > before, RESUME_MS_MAX)
  if (resumedMs === null) ledger.problem("does not serve on", `within ${RESUME_MS_MAX} ms`)
  await Bun.sleep(CALM_MS)
  const { verdict } = await site.finish(goneAt)
  const figures = {
    "open files": FILES_MAX,
    "CPU while they are used up": `${(share * 100).toFixed(0)} % of a core`,
    "the log says": line?.slice(0, 200) ?? "NOTHING",
    "from then on until the next acceptance": resumedMs === null ? "NEVER" : `${resumedMs} ms`,
  }
  return [{ name: `ulimit -n ${FILES_MAX}`, figures, verdict }]
}

function openSocket({ hostname, port }: URL): Socket {
  const socket = connect({ host: hostname, port: Number(port) })
  socket.on("error", () => {})
  return socket
}

/** All its threads', of user and system. */
function readCpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? []
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}
