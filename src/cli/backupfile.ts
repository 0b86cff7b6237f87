// A backup is one file: a copy of the database that carries the small files of the app directory, behind it the uploaded files, and at
// its end the digest of all before.
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { version as programVersion } from "../../package.json" with { type: "json" }
import { syncDirectory } from "../auth/privatefiles.ts"
import { systemClock } from "../clock.ts"
import { RESTORING } from "../jobs/sqlite/directory.ts"
import {
  addFiles,
  type Contents,
  copyDatabase,
  describeSnapshot,
  listUploads,
  SnapshotRefused,
} from "../jobs/sqlite/snapshot.ts"
import { appendUploads } from "./backupuploads.ts"
import { CommandError } from "./exitcodes.ts"

/** What an app directory holds beside its database and the uploaded files. Everything else there belongs to the process that runs, or to nobody. */
export const carriedFiles = ["admin-token", "config.json", "encryption.key", "virtual-keys.json"] as const
/** What the gateway calls files in its directory, and restores theirs. */
const OWN_NAMES = /^(asyncgate\..*|admin-token|config\.json|encryption\.key|virtual-keys\.json|service\.env|restor.*)$/i
/** The file in a backup that tells of the backup itself. */
export const ABOUT = "backup.json"
/** What a small file may have: config.json with many models has a hundredth of it. */
export const FILE_BYTES_MAX = 16 * 1024 * 1024

/** The end of a backup: the number of its form, and the SHA-256 of everything before. */
export const FORM = 1
const MARK = "\nasyncgate backup "
const END_BYTES = MARK.length + 4 + 64 + 1
const PIECE_BYTES = 1024 * 1024

export interface Backup extends Contents {
  path: string
  bytes: number
  /** The small files in it. */
  files: string[]
  /** The files of the Files API in it. */
  uploads: { count: number; bytes: number }
}

/**
 * Makes a backup of an app directory, whether its gateway runs or not. It only reads there. The backup is checked before it has its
 * name, is readable by its owner alone, and is on disk when this returns.
 * @param file where to; a backup that is there already is replaced, any other file is not
 * @throws {CommandError} failed
 */
export async function backUp(appDir: string, file: string): Promise<Backup> {
  const path = resolve(file)
  const database = findDatabase(appDir)
  refusePlace(path, [appDir, dirname(database)])
  refuseOther(path)
  const draft = openDraft(path)
  try {
    copyDatabase(database, draft)
    const files = collectFiles(appDir)
    addFiles(draft, files)
    const contents = describeSnapshot(draft)
    const { bytes, uploads } = seal(draft, dirname(database))
    renameSync(draft, path)
    syncDirectory(dirname(path))
    return { path, bytes, ...contents, files: [...files.keys()].filter((name) => name !== ABOUT), uploads }
  } catch (error) {
    for (const end of ["", "-journal"]) rmSync(`${draft}${end}`, { force: true })
    throw explain(error, path)
  }
}

/** The database of an app directory, with a link resolved. @throws {CommandError} failed: there is none */
function findDatabase(appDir: string): string {
  const path = join(appDir, "asyncgate.db")
  if (existsSync(join(appDir, RESTORING)))
    throw new CommandError("failed", `a restore of ${appDir} was interrupted: run asyncgate restore --finish first`)
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0) return realpathSync(path)
  } catch (error) {
    throw new CommandError("failed", `${path} cannot be read: ${(error as Error).message}`)
  }
  const what = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? "is a link to nothing" : "is not there"
  throw new CommandError(
    "failed",
    `there is nothing to back up: ${path} ${what}; name the app directory with --app-dir`,
  )
}

/** What a path is that should be a file or not be there; null: it is as it should. Whoever reads a pipe waits for ever. */
export function describeKind(path: string): string | null {
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return null
    const stat = statSync(path)
    return stat.isFile() ? null : stat.isDirectory() ? "is a directory" : "is no file"
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string }
    // Of ENOTDIR the directory itself is the trouble.
    if (code === "ENOTDIR") return null
    return code === "ENOENT" ? "is a link to nothing" : `cannot be read (${message})`
  }
}

function collectFiles(appDir: string): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  for (const name of carriedFiles) {
    const path = join(appDir, name)
    const trouble = describeKind(path)
    if (trouble !== null) throw new CommandError("failed", `${path} ${trouble}: move it away, or put the file there`)
    if (existsSync(path)) files.set(name, readFileSync(path))
  }
  const about = { version: programVersion, made_at: new Date(systemClock.wall()).toISOString() }
  files.set(ABOUT, Buffer.from(JSON.stringify(about)))
  return files
}

/** A name that the gateway gives its own files: it would read a backup that has it. @throws {CommandError} failed */
function refusePlace(path: string, directories: readonly string[]): void {
  const real = (directory: string) => (existsSync(directory) ? realpathSync(directory) : directory)
  const isTheirs = directories.some((directory) => real(directory) === real(dirname(path)))
  if (!isTheirs || !OWN_NAMES.test(basename(path))) return
  throw new CommandError("failed", `${path} is the name of a file of the gateway: write the backup elsewhere`)
}

/** @throws {CommandError} failed */
function refuseOther(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined || (stat.isFile() && (stat.size === 0 || readEnd(path) !== null))) return
  throw new CommandError("failed", `${path} is there and is no backup of asyncgate: name another file`)
}

/** Of no file of somebody else, as .tmp alone would be. */
const DRAFT_END = ".asyncgate-draft"

/** An empty file beside it that only this user can read. Drafts of commands that were killed are removed. @throws {CommandError} failed */
function openDraft(path: string): string {
  const start = `${basename(path)}.`
  const draft = `${path}.${process.pid}${DRAFT_END}`
  try {
    for (const name of readdirSync(dirname(path))) {
      const pid = name.startsWith(start) && name.endsWith(DRAFT_END) ? name.slice(start.length, -DRAFT_END.length) : ""
      if (/^\d+$/.test(pid) && !isAlive(Number(pid))) rmSync(join(dirname(path), name), { force: true })
    }
    closeSync(openSync(draft, "wx", 0o600))
    return draft
  } catch (error) {
    throw new CommandError("failed", `${draft} cannot be written: ${(error as Error).message}`)
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as { code?: unknown }).code === "EPERM"
  }
}

/** Adds the uploaded files beside the database and the end, and puts everything on disk. @returns the size, and what was added */
function seal(path: string, directory: string): Pick<Backup, "bytes" | "uploads"> {
  const names = listUploads(path)
  const file = openSync(path, "r+")
  try {
    const uploads = appendUploads(file, directory, names)
    const { size } = fstatSync(file)
    const end = `${MARK}${String(FORM).padStart(4, "0")}${digest(file, size)}\n`
    writeSync(file, end, size)
    fsyncSync(file)
    return { bytes: size + end.length, uploads }
  } finally {
    closeSync(file)
  }
}

/** The SHA-256 of the first bytes of a file, read in pieces. */
export function digest(file: number, bytes: number): string {
  const hash = new Bun.CryptoHasher("sha256")
  const buffer = new Uint8Array(PIECE_BYTES)
  for (let at = 0; at < bytes; ) {
    const count = readSync(file, buffer, 0, Math.min(buffer.length, bytes - at), at)
    if (count === 0) break
    hash.update(buffer.subarray(0, count))
    at += count
  }
  return hash.digest("hex")
}

/** The end of a backup; null: the file has none. */
export function readEnd(path: string): { form: number; digest: string; bodyBytes: number } | null {
  const stat = statSync(path)
  if (!stat.isFile()) throw new CommandError("failed", `${path} is no file. Nothing was changed`)
  const bodyBytes = stat.size - END_BYTES
  if (bodyBytes <= 0) return null
  const file = openSync(path, "r")
  const end = Buffer.alloc(END_BYTES)
  try {
    readSync(file, end, 0, END_BYTES, bodyBytes)
  } finally {
    closeSync(file)
  }
  const [, form, digest = ""] = /^\nasyncgate backup (\d{4})([0-9a-f]{64})\n$/.exec(end.toString("latin1")) ?? []
  return form === undefined ? null : { form: Number(form), digest, bodyBytes }
}

function explain(error: unknown, path: string): unknown {
  if (error instanceof CommandError) return error
  const { code, message } = error as { code?: unknown; message: string }
  const isFull = code === "ENOSPC" || /SQLITE_FULL|disk is full/.test(message)
  if (isFull)
    return new CommandError("failed", `the disk of ${path} is full: free space there, or name a file on another disk`)
  if (error instanceof SnapshotRefused) {
    const next = error.reason === "damaged" ? "; asyncgate doctor says how to repair it" : ""
    return new CommandError("failed", `${message}${next}`)
  }
  return new CommandError("failed", `the backup ${path} cannot be written: ${message}`)
}
