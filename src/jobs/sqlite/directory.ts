// The data directory: only one process at a time may use it, and that process notices when it has lost the directory.
import { Database, SQLiteError } from "bun:sqlite"
import {
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs"
import { dirname, join } from "node:path"
import { describeCause } from "../../values.ts"
import { DataRefused } from "../storeerror.ts"
import { isDamage } from "./database.ts"
import { prepareDatabase } from "./prepare.ts"

export interface DataDirectory {
  /** The path of the database file, with a symbolic link `asyncgate.db` resolved. */
  databasePath: string
  lock: HeldLock
  /** Tells the commands on this machine where the gateway listens. */
  announce(url: string): void
  /** Releases the lock for the next process. The operating system does the same when this process dies. */
  release(): void
}

/** The lock file. `identity` tells it from another file of the same name. */
export interface HeldLock {
  path: string
  identity: string
}

/** Why this process has lost the data directory. */
export interface Loss {
  reason: "in_use" | "unusable"
  message: string
  /** Whether the open database is still the one in the directory, so that it may be closed cleanly. */
  isDatabaseThere: boolean
}

/** In the app directory while a restore puts its files in place: see cli/restore.ts. */
export const RESTORING = "restoring"

/** How long to wait for another process: a gateway that has lost its lock notices that within a second. */
const OTHERS_MS_MAX = 2500
const OTHERS_EVERY_MS = 20

/**
 * Takes the directory for this process, creates or migrates the database, and leaves it ready to be opened.
 * @param onWait called before this waits for another process that still has the database open
 * @throws {DataRefused}
 */
export function claimDirectory(directory: string, onWait: (event: string) => void = () => {}): DataDirectory {
  const paths = findPaths(directory)
  const { databasePath, lockPath, pidPath, urlPath } = paths
  const isUncertain = mayBeOpen(paths)
  const { lock, identity } = takeDirectory(directory, lockPath, pidPath, urlPath)
  try {
    refuseUnfinishedRestore(directory)
    prepareDatabase(databasePath, () => {
      if (isUncertain) awaitOthers(databasePath, onWait)
    })
  } catch (error) {
    lock.close()
    throw error
  }
  return { databasePath, lock: { path: lockPath, identity }, ...holdTaken(lock, pidPath, urlPath) }
}

/**
 * Takes the directory for a gateway whose database is elsewhere: config.json, keys and files are in it.
 * @throws {DataRefused}
 */
export function claimPlainDirectory(directory: string): Pick<DataDirectory, "announce" | "release"> {
  const { lockPath, pidPath, urlPath } = findPaths(directory)
  const { lock } = takeDirectory(directory, lockPath, pidPath, urlPath)
  return holdTaken(lock, pidPath, urlPath)
}

/** What a gateway does with its directory while it runs, and at its end. */
function holdTaken(lock: Database, pidPath: string, urlPath: string): Pick<DataDirectory, "announce" | "release"> {
  return {
    announce(url) {
      writeFileSync(urlPath, `${url}\n`, { mode: 0o600 })
    },
    release() {
      try {
        if (readPid(pidPath) === process.pid) {
          rmSync(urlPath, { force: true })
          unlinkSync(pidPath)
        }
      } catch {
        // A pid file that remains does no harm, because the lock alone decides.
      }
      lock.close()
    },
  }
}

/** Whether a gateway may have the database open although its lock is free, as where the lock file was removed while it runs. */
function mayBeOpen({ databasePath, lockPath, pidPath }: ReturnType<typeof findPaths>): boolean {
  return (!existsSync(lockPath) && existsSync(databasePath)) || isAlive(readPid(pidPath))
}

/** Finds the paths of the files. The lock is beside the database file, so that two directories with links to one file share it. */
function findPaths(directory: string) {
  const path = join(directory, "asyncgate.db")
  const isLink = existsSync(path) && lstatSync(path).isSymbolicLink()
  const databasePath = isLink ? realpathSync(path) : path
  const base = trimSuffix(databasePath)
  return { databasePath, lockPath: `${base}.lock`, pidPath: `${base}.pid`, urlPath: `${base}.url` }
}

/** The path of the database without its suffix, with which the paths of the lock and of the pid file begin. */
function trimSuffix(databasePath: string): string {
  return databasePath.replace(/\.db$/, "")
}

function takeDirectory(
  directory: string,
  lockPath: string,
  pidPath: string,
  urlPath: string,
): { lock: Database; identity: string } {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const taken = takeLock(lockPath)
    if (taken !== null) {
      // Before the pid: the address of a gateway that was killed must not seem to be that of this one.
      rmSync(urlPath, { force: true })
      writeFileSync(pidPath, `${process.pid}\n`, { mode: 0o600 })
      return taken
    }
  } catch (error) {
    throw unusable(directory, error)
  }
  throw inUse(directory, pidPath)
}

function unusable(directory: string, error: unknown): DataRefused {
  const why = describeCause(error)
  return new DataRefused("unusable", `cannot use the data directory ${directory}: ${why}. Name another with --app-dir.`)
}

function inUse(directory: string, pidPath: string): DataRefused {
  return new DataRefused(
    "in_use",
    `the data directory ${directory} is in use by process ${readPid(pidPath) ?? "unknown"}. Stop that one, or name another directory with --app-dir.`,
  )
}

/** What was there before lies beside what came from the backup, and neither is whole. */
function refuseUnfinishedRestore(directory: string): void {
  if (!existsSync(join(directory, RESTORING))) return
  throw new DataRefused(
    "unusable",
    `a restore of ${directory} was interrupted. Nothing was lost: finish it with asyncgate restore --finish --app-dir ${directory}`,
  )
}

/**
 * Takes the directory for a command that replaces what is in it, so that no gateway starts meanwhile. Makes it where there is none.
 * Where the database is a link, the locks of both places are taken.
 * @returns gives the directory back
 * @throws {DataRefused} in_use, unusable
 */
export function holdDirectory(directory: string): () => void {
  const locks: Database[] = []
  const release = () => {
    for (const lock of locks.splice(0)) lock.close()
  }
  const paths = findPaths(directory)
  const { databasePath, lockPath, pidPath } = paths
  const isUncertain = mayBeOpen(paths)
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    for (const path of new Set([lockPath, join(directory, "asyncgate.lock")])) {
      const taken = takeLock(path)
      if (taken === null) throw inUse(directory, pidPath)
      locks.push(taken.lock)
    }
    if (isUncertain && isOpenElsewhere(databasePath)) throw inUse(directory, pidPath)
  } catch (error) {
    release()
    throw error instanceof DataRefused ? error : unusable(directory, error)
  }
  return release
}

/**
 * Takes an exclusive lock on a separate file. The lock ends with the process, however that ends, and the database stays readable
 * by other tools. Null: another process has the lock.
 */
function takeLock(path: string): { lock: Database; identity: string } | null {
  const file = openSync(path, "a", 0o600)
  const identity = formatIdentity(fstatSync(file))
  // Closed before the lock is taken, because closing any descriptor of the file would release the lock.
  closeSync(file)
  chmodSync(path, 0o600)
  const lock = new Database(path)
  try {
    lock.run("PRAGMA busy_timeout = 0")
    lock.run("PRAGMA journal_mode = MEMORY")
    lock.run("BEGIN EXCLUSIVE")
  } catch (error) {
    lock.close()
    if (error instanceof SQLiteError && error.code === "SQLITE_BUSY") return null
    throw new Error(`${path} cannot be locked (${describeCause(error)})`)
  }
  if (readIdentity(path) === identity) return { lock, identity }
  lock.close()
  throw new Error(`${path} was replaced while it was being locked`)
}

/**
 * Waits until no other process has the database open. Called where the lock was free but its file was missing, or its last owner
 * still lives: the lock file may have been removed while that gateway runs. That gateway notices and stops, and the calls of its
 * jobs must not be repeated before.
 */
function awaitOthers(databasePath: string, onWait: (event: string) => void): void {
  for (let waitedMs = 0; isOpenElsewhere(databasePath); waitedMs += OTHERS_EVERY_MS) {
    if (waitedMs === 0) {
      const seconds = OTHERS_MS_MAX / 1000
      onWait(`another process has the database open although the lock was free: waiting up to ${seconds} s for its end`)
    }
    if (waitedMs >= OTHERS_MS_MAX) return
    Bun.sleepSync(OTHERS_EVERY_MS)
  }
}

/** Whether another process has the database open: a connection in WAL mode holds a shared lock, which prevents an exclusive one. */
function isOpenElsewhere(databasePath: string): boolean {
  if (!existsSync(databasePath)) return false
  const database = new Database(databasePath, { readwrite: true, create: false })
  try {
    database.run("PRAGMA busy_timeout = 0")
    database.run("PRAGMA locking_mode = EXCLUSIVE")
    database.run("BEGIN EXCLUSIVE")
    database.run("ROLLBACK")
    return false
  } catch (error) {
    if (error instanceof SQLiteError && error.code?.startsWith("SQLITE_BUSY")) return true
    // No gateway has it open for long.
    if (isDamage(error)) return false
    throw error
  } finally {
    database.close()
  }
}

/**
 * Returns a function that checks whether this process still has the directory: null as long as it has. A check looks up three
 * paths, 3 µs each. The database must be open for writing. A removed lock file is created and locked again, unless another process
 * was faster.
 */
export function watchDirectory(databasePath: string, held: HeldLock): () => Loss | null {
  let { identity } = held
  const database = readIdentity(databasePath)
  const logPath = `${databasePath}-wal`
  const log = readIdentity(logPath)
  const locks: Database[] = []

  function retakeLock(): boolean {
    try {
      const taken = takeLock(held.path)
      if (taken === null) return false
      locks.push(taken.lock)
      identity = taken.identity
    } catch {
      // Where this process cannot create a file, no other process can either.
    }
    return true
  }

  return () => {
    if (!isStill(databasePath, database)) return describeLostDatabase(databasePath)
    if (!isStill(held.path, identity) && !retakeLock()) return describeLostLock(databasePath)
    if (!isStill(logPath, log)) return describeLostLog(logPath)
    return null
  }
}

function describeLostDatabase(path: string): Loss {
  const what = existsSync(dirname(path)) ? `the database ${path}` : `the data directory ${dirname(path)}`
  const message = `${what} was removed, renamed or replaced while the gateway ran. All work was stopped at once: put it back, or start with --app-dir and its new place.`
  return { reason: "unusable", message, isDatabaseThere: false }
}

function describeLostLock(path: string): Loss {
  const pid = readPid(`${trimSuffix(path)}.pid`) ?? "unknown"
  const message = `the lock of the data directory ${dirname(path)} was removed or replaced while the gateway ran, and process ${pid} has it now. All work was stopped at once: that process goes on with the jobs.`
  return { reason: "in_use", message, isDatabaseThere: false }
}

function describeLostLog(path: string): Loss {
  const message = `${path} was removed or replaced while the gateway ran. All work was stopped and what was in that log was put into the database: start again to go on.`
  return { reason: "unusable", message, isDatabaseThere: true }
}

/** Whether the path still leads to that file. Assumed where the path cannot be read, as after a change of permissions. */
function isStill(path: string, identity: string | null): boolean {
  try {
    return readIdentity(path) === identity
  } catch {
    return true
  }
}

/** The device and inode of a file; null: there is no such file. */
function readIdentity(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? null : formatIdentity(stat)
}

function formatIdentity({ dev, ino }: Stats): string {
  return `${dev}:${ino}`
}

/** The process id in a pid file; null where the file cannot be read or is incomplete. */
function readPid(path: string): number | null {
  try {
    const pid = Number(readFileSync(path, "utf8").trim())
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null
  } catch {
    return null
  }
}

/** Whether another process has this id. The id may have been given to a new process since it was written. */
function isAlive(pid: number | null): boolean {
  if (pid === null || pid === process.pid) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as { code?: unknown }).code === "EPERM"
  }
}
