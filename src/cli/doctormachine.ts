// What the doctor looks at on the machine: the port, the directory and its files, the disk, the clock, and what restores have left.
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statfsSync,
  statSync,
} from "node:fs"
import { userInfo } from "node:os"
import { dirname, join } from "node:path"
import { FILES_DIRECTORY } from "../batches/batch.ts"
import { systemClock } from "../clock.ts"
import type { Listening } from "../config/load.ts"
import { describeDisk } from "../jobs/sqlite/database.ts"
import { RESTORING } from "../jobs/sqlite/directory.ts"
import { quoteForShell } from "../shell.ts"
import { carriedFiles, describeKind } from "./backupfile.ts"
import { createResults, type Result } from "./doctor.ts"
import { listLeft } from "./restore.ts"
import { formatAge, formatBytes } from "./texts.ts"

/** The files of the gateway that have to be read and written. */
const fileNames = [...carriedFiles, "asyncgate.db", "asyncgate.db-wal", "asyncgate.db-shm", "asyncgate.lock"]

/** Whether the gateway could listen where it is told to. @param runningAt where that of this directory listens; null: none runs */
export function checkPort({ host, port }: Listening, runningAt: string | null): Result {
  const { ok, error } = createResults("port")
  if (runningAt !== null) return ok(`the gateway of this directory listens at ${runningAt}`)
  try {
    Bun.listen({ hostname: host, port, socket: { data() {} } }).stop(true)
    return ok(port === 0 ? "any free port will be taken" : `${host}:${port} is free`)
  } catch (thrown) {
    const { code, message } = thrown as { code?: unknown; message: string }
    if (code !== "EADDRINUSE")
      return error(`${host}:${port} cannot be listened at (${message})`, "start with another --host or --port")
    const owner = findOwner(port)
    return error(
      `${host}:${port} is taken by ${owner ?? "another program"}`,
      "stop that program, or start with --port N (or APP_PORT=N)",
    )
  }
}

/** The process that listens at a port, as `process 12 (name)`; null: the system does not tell. */
function findOwner(port: number): string | null {
  const sockets = ["/proc/net/tcp", "/proc/net/tcp6"].filter(existsSync).flatMap((path) => {
    const rows = readFileSync(path, "utf8").split("\n").slice(1)
    const cells = rows.map((row) => row.trim().split(/\s+/))
    const isOurs = ([, local = "", , state]: string[]) =>
      state === "0A" && Number.parseInt(local.split(":")[1] ?? "", 16) === port
    return cells.filter(isOurs).map((row) => `socket:[${row[9]}]`)
  })
  if (sockets.length === 0) return null
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const holds = readdirSync(`/proc/${pid}/fd`).some((fd) => sockets.includes(readLink(`/proc/${pid}/fd/${fd}`)))
      if (holds) return `process ${pid} (${readFileSync(`/proc/${pid}/comm`, "utf8").trim()})`
    } catch {
      // It is another user's, or has ended.
    }
  }
  return null
}

function readLink(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ""
  }
}

/** Everything in the directory that has the name of a file and is none. Nothing of it is opened: whoever reads a pipe waits for ever. */
export function checkKinds(appDir: string): Result[] {
  const { error } = createResults("files")
  return fileNames.flatMap((name) => {
    const path = join(appDir, name)
    const trouble = describeKind(path)
    return trouble === null ? [] : [error(`${path} ${trouble}`, "move it away, or put the file there")]
  })
}

/** Rights of the directory and of its files. */
export function checkDirectory(appDir: string): Result[] {
  const { ok, warning, error } = createResults("directory")
  const stat = statSync(appDir, { throwIfNoEntry: false })
  if (stat === undefined) {
    const above = findAbove(appDir)
    if (mayWrite(above)) return [ok(`${appDir} is not there yet: the first start makes it`)]
    return [
      error(
        `${appDir} is not there, and ${above} cannot be written`,
        `give this user the right to, or name another with --app-dir`,
      ),
    ]
  }
  if (!stat.isDirectory()) return [error(`${appDir} is no directory`, "name another with --app-dir")]
  const shown = quoteForShell(appDir)
  const results: Result[] = []
  const paths = [...fileNames, FILES_DIRECTORY].map((name) => join(appDir, name)).filter(existsSync)
  const shut = [appDir, ...paths].filter((path) => !mayWrite(path) || !mayRead(path))
  if (shut.length > 0) {
    const remedy = `give them to the user of the gateway: chown -R ${userInfo().username} ${shown}; chmod -R u+rwX ${shown}`
    results.push(error(`this user cannot read and write ${shut.join(", ")}`, remedy))
  }
  // Windows has no such modes.
  const isPosix = process.platform !== "win32"
  const open = isPosix ? [appDir, ...paths].filter((path) => (statSync(path).mode & 0o077) !== 0) : []
  if (open.length > 0) results.push(warning(`other users may read ${open.join(", ")}`, `chmod -R go= ${shown}`))
  const foreign = isPosix ? paths.filter((path) => statSync(path).uid !== stat.uid) : []
  if (foreign.length > 0) {
    const remedy = `a command was run as another user: chown -R --reference=${shown} ${shown}`
    results.push(warning(`the directory and ${foreign.join(", ")} belong to different users`, remedy))
  }
  return results.length > 0 ? results : [ok(`${appDir} is this user's alone`)]
}

function findAbove(path: string): string {
  return existsSync(path) ? path : findAbove(dirname(path))
}

function mayRead(path: string): boolean {
  return isAllowed(path, constants.R_OK)
}

function mayWrite(path: string): boolean {
  return isAllowed(path, constants.W_OK)
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

/** By the number that statfs gives them on Linux: those on which SQLite's locks or its shared memory are not to be trusted. */
const networkKinds: Record<number, string> = {
  26985: "NFS",
  20859: "SMB",
  4283649346: "CIFS",
  4266872130: "SMB2",
  16914839: "9p",
  1702057286: "FUSE",
  12805120: "Ceph",
  1397113167: "AFS",
  198183888: "Lustre",
  1196443219: "GPFS",
}
const TMPFS = 0x01021994

/** Room and kind of the disk. @param reserveMb as in config.json; null: the usual one */
export function checkDisk(appDir: string, reserveMb: number | null): Result[] {
  const { ok, warning, error } = createResults("disk")
  const at = findAbove(appDir)
  const { freeBytes, reserveBytes } = describeDisk(join(at, "asyncgate.db"), reserveMb)
  const free = freeBytes()
  const { type, files, ffree } = statfsSync(at)
  const results: Result[] = []
  const room = `${formatBytes(free)} free, of which ${formatBytes(Math.round(reserveBytes))} are kept free`
  const remedy = "free space, or delete jobs with asyncgate rm; client.disk_reserve_mb in config.json sets the reserve"
  if (free < reserveBytes) results.push(error(`${room}: new work is refused with 507`, remedy))
  else if (free < 2 * reserveBytes) results.push(warning(`${room}: it is nearly full`, remedy))
  if (files > 0 && ffree === 0) results.push(error("no file can be made: the disk has no inodes left", "remove files"))
  const network = process.platform === "linux" ? networkKinds[type >>> 0] : undefined
  if (network !== undefined) {
    const why = `${appDir} is on a network file system (${network}), whose locks SQLite cannot rely on`
    results.push(warning(why, "name a directory on a disk of this machine with --app-dir"))
  }
  if (process.platform === "linux" && type >>> 0 === TMPFS) {
    const why = `${appDir} is on a disk in memory (tmpfs): every job is gone after a restart of the machine`
    results.push(warning(why, "name a directory on a disk with --app-dir"))
  }
  return results.length > 0 ? results : [ok(room)]
}

/** The earliest time that a right clock can show: ids of jobs begin then. */
const EARLIEST_MS = Date.UTC(2026, 0, 1)
/** Clocks of file systems differ a little. */
const AHEAD_MS = 60_000

/** The clock against what was written before. @param newestAt when the newest job was made; null: there is none */
export function checkClock(appDir: string, newestAt: number | null): Result {
  const { ok, error } = createResults("clock")
  const now = systemClock.wall()
  const remedy = "set the clock, as by timedatectl set-ntp true"
  const shown = new Date(now).toISOString()
  if (now < EARLIEST_MS) return error(`it shows ${shown}, which is past`, remedy)
  const names = ["asyncgate.db", "asyncgate.db-wal", "asyncgate.pid"]
  const times = names.map((name) => statSync(join(appDir, name), { throwIfNoEntry: false })?.mtimeMs ?? 0)
  const [job, file] = [newestAt ?? 0, Math.max(...times)]
  if (Math.max(job, file) <= now + AHEAD_MS) return ok(`it shows ${shown}`)
  const what = job > file ? "the newest job was made" : "the database was written"
  const by = formatAge(Math.max(job, file) - now)
  return error(`it shows ${shown}, and ${what} ${by} later than that: the clock was set back`, remedy)
}

/** What restores and killed commands have left. */
export function checkLeftovers(appDir: string): Result[] {
  const { ok, warning, error } = createResults("leftovers")
  const { kept, drafts } = listLeft(appDir)
  const results: Result[] = []
  if (existsSync(join(appDir, RESTORING))) {
    const remedy = `asyncgate restore --finish --app-dir ${quoteForShell(appDir)}`
    results.push(error("a restore was interrupted, and no gateway starts before it is finished", remedy))
  }
  if (drafts.length > 0) {
    const remedy = `nothing of it is needed: rm -r ${drafts.map(quoteForShell).join(" ")}`
    results.push(warning(`a restore was ended while it unpacked: ${drafts.join(", ")}`, remedy))
  }
  if (kept.length > 0) {
    const bytes = kept.reduce((sum, path) => sum + measureDirectory(path), 0)
    const remedy = `when all is well: rm -r ${kept.map(quoteForShell).join(" ")}`
    results.push(warning(`what was there before a restore takes ${formatBytes(bytes)}: ${kept.join(", ")}`, remedy))
  }
  return results.length > 0 ? results : [ok("none")]
}

function measureDirectory(path: string): number {
  return readdirSync(path).reduce(
    (sum, name) => sum + (statSync(join(path, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
}
