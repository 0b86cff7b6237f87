// The data directory: one process at a time has it, and that process knows when it has it no longer.
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
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs"
import { dirname, join } from "node:path"
import { DataRefused } from "./database.ts"
import { prepareDatabase } from "./prepare.ts"

export interface DataDirectory {
  /** The file itself, where `asyncgate.db` is a link to it. */
  databasePath: string
  lock: HeldLock
  /** Lets the next process in. The operating system does the same when this one dies. */
  release(): void
}

/** The lock file, and which one it is: another can take its name. */
export interface HeldLock {
  path: string
  identity: string
}

/** Why the directory is no longer this process's. */
export interface Loss {
  reason: "in_use" | "unusable"
  message: string
  /** Whether the open database is still the one of this directory, so that it may be closed in good order. */
  isDatabaseThere: boolean
}

/** A gateway that has lost its lock notices within a second. */
const OTHERS_MS_MAX = 2500
const OTHERS_EVERY_MS = 20

/**
 * Takes the directory for this process, creates or migrates the database, and leaves it ready to be opened.
 * @param onWait told when another process seems to have the database open still, which is then waited for
 * @throws {DataRefused}
 */
export function claimDirectory(directory: string, onWait: (event: string) => void = () => {}): DataDirectory {
  const { databasePath, lockPath, pidPath } = findPaths(directory)
  const isUncertain = (!existsSync(lockPath) && existsSync(databasePath)) || isAlive(readPid(pidPath))
  const { lock, identity } = takeDirectory(directory, lockPath, pidPath)
  try {
    prepareDatabase(databasePath, () => {
      if (isUncertain) awaitOthers(databasePath, onWait)
    })
  } catch (error) {
    lock.close()
    throw error
  }
  return {
    databasePath,
    lock: { path: lockPath, identity },
    release() {
      try {
        if (readPid(pidPath) === process.pid) unlinkSync(pidPath)
      } catch {
        // It names a process that is gone, and nobody goes by that alone.
      }
      lock.close()
    },
  }
}

/** The lock stands beside the database itself, so that two directories whose `asyncgate.db` is one file have one lock. */
function findPaths(directory: string): { databasePath: string; lockPath: string; pidPath: string } {
  const path = join(directory, "asyncgate.db")
  const isLink = existsSync(path) && lstatSync(path).isSymbolicLink()
  const databasePath = isLink ? realpathSync(path) : path
  const base = trimSuffix(databasePath)
  return { databasePath, lockPath: `${base}.lock`, pidPath: `${base}.pid` }
}

/** What the names of the files around a database begin with. */
function trimSuffix(databasePath: string): string {
  return databasePath.replace(/\.db$/, "")
}

function takeDirectory(directory: string, lockPath: string, pidPath: string): { lock: Database; identity: string } {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const taken = takeLock(lockPath)
    if (taken !== null) {
      writeFileSync(pidPath, `${process.pid}\n`, { mode: 0o600 })
      return taken
    }
  } catch (error) {
    throw new DataRefused(
      "unusable",
      `cannot use the data directory ${directory}: ${error instanceof Error ? error.message : error}. Name another with --app-dir.`,
    )
  }
  throw new DataRefused(
    "in_use",
    `the data directory ${directory} is in use by process ${readPid(pidPath) ?? "unknown"}. Stop that one, or name another directory with --app-dir.`,
  )
}

/**
 * An exclusive lock on a file of its own: it goes when the process goes, however it goes, and the database itself stays readable
 * by other tools. Null: another process has it.
 */
function takeLock(path: string): { lock: Database; identity: string } | null {
  const file = openSync(path, "a", 0o600)
  const identity = formatIdentity(fstatSync(file))
  // Before the lock is taken: any file that this process closes here would end it.
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
    throw new Error(`${path} cannot be locked (${error instanceof Error ? error.message : error})`)
  }
  if (readIdentity(path) === identity) return { lock, identity }
  lock.close()
  throw new Error(`${path} was replaced while it was being locked`)
}

/**
 * The lock was free although its file was missing, or although the process that had it last still lives: somebody may have removed
 * or replaced it under a running gateway. That one notices and stops; its jobs must not be called before.
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

/** A connection in WAL mode holds a shared lock on the file for as long as it is open, so that this one gets no exclusive one. */
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
    throw error
  } finally {
    database.close()
  }
}

/**
 * Tells whether the directory is still this process's: null as long as it is. Looks at three names, 3 µs each. To be made once the
 * database is open for writing. A lock file that somebody removed is made and locked anew, unless another process was faster.
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
      // A disk that refuses a file here refuses it to every other process too.
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

/** Whether the name still stands for that file. Where nobody can tell, as when the permissions have changed, it does. */
function isStill(path: string, identity: string | null): boolean {
  try {
    return readIdentity(path) === identity
  } catch {
    return true
  }
}

/** Null: there is no such file. */
function readIdentity(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? null : formatIdentity(stat)
}

function formatIdentity({ dev, ino }: Stats): string {
  return `${dev}:${ino}`
}

/** What a kill left half written, or what cannot be read, names no process. */
function readPid(path: string): number | null {
  try {
    const pid = Number(readFileSync(path, "utf8").trim())
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null
  } catch {
    return null
  }
}

/** Whether another process has this id: perhaps the one that wrote it down, perhaps one that was given it since. */
function isAlive(pid: number | null): boolean {
  if (pid === null || pid === process.pid) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as { code?: unknown }).code === "EPERM"
  }
}
