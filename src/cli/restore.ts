// Puts a backup in place of what is in an app directory. It is unpacked and opened beside the old files first. Then the old files move
// into a directory of their own, and those of the backup to their places; a move that was interrupted is finished later.
import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs"
import { join, resolve } from "node:path"
import { syncDirectory } from "../auth/privatefiles.ts"
import { FILES_DIRECTORY } from "../batches/batch.ts"
import { systemClock } from "../clock.ts"
import { measureFile } from "../jobs/sqlite/database.ts"
import { holdDirectory, RESTORING } from "../jobs/sqlite/directory.ts"
import { prepareDatabase } from "../jobs/sqlite/prepare.ts"
import { type Contents, describeSnapshot, readFiles, removeFiles, SnapshotRefused } from "../jobs/sqlite/snapshot.ts"
import { DataRefused } from "../jobs/storeerror.ts"
import { asRecord, asText } from "../values.ts"
import { ABOUT, carriedFiles, digest, FILE_BYTES_MAX, FORM, readEnd } from "./backupfile.ts"
import { copyOut, extractUploads, findUploads, measureDatabase, type Upload } from "./backupuploads.ts"
import { CommandError } from "./exitcodes.ts"

export interface CheckedBackup extends Contents {
  path: string
  bytes: number
  /** Of its database, which is the beginning. */
  databaseBytes: number
  uploads: Upload[]
  /** When it was made, and by which version. */
  madeAt: string
  version: string
  files: Map<string, Uint8Array>
}

const DATABASE = "asyncgate.db"
/** What is kept of the old state. The log and its index belong to the database. */
const oldNames = [
  ...carriedFiles,
  FILES_DIRECTORY,
  `${DATABASE}-journal`,
  `${DATABASE}-wal`,
  `${DATABASE}-shm`,
  DATABASE,
]
const STAGE = "restore.tmp"
const PLAN = "restore.json"
/** What the old files lie in afterwards begins with this; a time follows. */
export const KEPT = "before-restore-"
/** Migrations and the log need some room besides the copy. */
const ROOM_SHARE = 1.1

/**
 * Reads all of a backup, and changes nothing.
 * @throws {CommandError} failed: it is damaged, cut short, foreign or of a newer version
 */
export function checkBackup(file: string): CheckedBackup {
  const path = resolve(file)
  try {
    const end = readEnd(path)
    if (end === null) throw refuse(path, "is no backup of asyncgate, or only the beginning of one")
    if (end.form > FORM)
      throw refuse(path, "was made by a newer asyncgate: restore it with that one, or with one as new")
    requireDigest(path, end)
    const contents = describeSnapshot(path)
    const files = readFiles(path, { files: carriedFiles.length + 1, bytes: FILE_BYTES_MAX })
    const about = asRecord(JSON.parse(new TextDecoder().decode(files.get(ABOUT)) || "null"))
    files.delete(ABOUT)
    const databaseBytes = measureDatabase(path)
    const uploads = findUploads(path, databaseBytes, end.bodyBytes)
    const stranger = [...files.keys()].find((name) => !carriedFiles.some((known) => known === name))
    if (stranger !== undefined)
      throw refuse(path, `holds a file ${JSON.stringify(stranger)}, which no backup has: it was made by somebody else`)
    const [madeAt, version] = [asText(about["made_at"]), asText(about["version"])]
    if (madeAt === "" || version === "")
      throw refuse(path, "does not say when it was made: it was made by somebody else")
    return {
      ...contents,
      path,
      bytes: end.bodyBytes,
      databaseBytes,
      uploads,
      madeAt,
      version,
      files,
    }
  } catch (error) {
    if (error instanceof CommandError) throw error
    if (error instanceof SnapshotRefused) throw new CommandError("failed", `${error.message}. Nothing was changed`)
    const { code, message } = error as { code?: unknown; message: string }
    throw code === "ENOENT" ? refuse(path, "is not there") : refuse(path, `cannot be read: ${message}`)
  }
}

function requireDigest(path: string, end: { digest: string; bodyBytes: number }): void {
  const file = openSync(path, "r")
  try {
    if (digest(file, end.bodyBytes) === end.digest) return
  } finally {
    closeSync(file)
  }
  throw refuse(path, "is damaged: it is not what was written. Take another backup")
}

function refuse(path: string, why: string): CommandError {
  return new CommandError("failed", `${path} ${why}. Nothing was changed`)
}

/** Whether a restore would replace something there. */
export function holdsData(appDir: string): boolean {
  return oldNames.some((name) => isThere(join(appDir, name)))
}

/**
 * Puts the backup in place. The lock of the directory is held meanwhile, so that no gateway starts.
 * @returns where the old files are now; null: there were none
 * @throws {CommandError} failed: then what was there before is still there
 */
export function restoreTo(appDir: string, backup: CheckedBackup): string | null {
  return holding(appDir, () => {
    if (existsSync(join(appDir, RESTORING)))
      throw new CommandError("failed", "an earlier restore was interrupted: run asyncgate restore --finish first")
    const stage = join(appDir, STAGE)
    try {
      rmSync(stage, { recursive: true, force: true })
      requireRoom(appDir, backup.bytes)
      unpack(stage, backup)
    } catch (error) {
      rmSync(stage, { recursive: true, force: true })
      throw explain(error, appDir)
    }
    const kept = holdsData(appDir) ? `${KEPT}${stampTime()}` : null
    const names = [...backup.files.keys(), ...(backup.uploads.length > 0 ? [FILES_DIRECTORY] : []), DATABASE]
    writeSynced(join(stage, PLAN), JSON.stringify({ kept, names } satisfies Plan))
    syncDirectory(stage)
    renameSync(stage, join(appDir, RESTORING))
    syncDirectory(appDir)
    return moveOrUndo(appDir)
  })
}

/**
 * Finishes a restore that was interrupted after it had been unpacked.
 * @returns as `restoreTo`
 * @throws {CommandError} failed
 */
export function finishRestore(appDir: string): string | null {
  if (!existsSync(join(appDir, RESTORING)))
    throw new CommandError("failed", `no restore of ${appDir} was interrupted: there is nothing to finish`)
  return holding(appDir, () => {
    const plan = readPlan(appDir)
    carryOut(appDir, listMoves(appDir, plan))
    return settle(appDir, plan)
  })
}

function holding<T>(appDir: string, work: () => T): T {
  let release: () => void
  try {
    release = holdDirectory(appDir)
  } catch (error) {
    if (!(error instanceof DataRefused)) throw error
    throw new CommandError("failed", `${error.message} Nothing was changed`)
  }
  try {
    return work()
  } finally {
    release()
  }
}

function requireRoom(appDir: string, bytes: number): void {
  const { bsize, bavail } = statfsSync(appDir)
  const [free, needed] = [bsize * bavail, Math.ceil(bytes * ROOM_SHARE)]
  if (free >= needed) return
  throw new CommandError(
    "failed",
    `${appDir} has ${free} bytes free, and the backup needs ${needed}: free space first. Nothing was changed`,
  )
}

/** Makes a whole app directory of the backup, with a database that this program has opened and, where it was older, migrated. */
function unpack(stage: string, { path, databaseBytes, uploads, files }: CheckedBackup): void {
  mkdirSync(stage, { mode: 0o700 })
  const database = join(stage, DATABASE)
  copyOut(path, { at: 0, bytes: databaseBytes }, database)
  removeFiles(database)
  prepareDatabase(database, () => {})
  describeSnapshot(database)
  if (measureFile(`${database}-wal`) > 0) throw new Error(`${database} has a log although nobody writes`)
  for (const end of ["-wal", "-shm"]) rmSync(`${database}${end}`, { force: true })
  syncFile(database)
  for (const [name, data] of files) writeSynced(join(stage, name), data)
  if (uploads.length > 0) {
    const directory = join(stage, FILES_DIRECTORY)
    extractUploads(path, uploads, directory, syncFile)
    syncDirectory(directory)
  }
  syncDirectory(stage)
}

function writeSynced(path: string, data: string | Uint8Array): void {
  writeFileSync(path, data, { mode: 0o600, flag: "wx" })
  syncFile(path)
}

function syncFile(path: string): void {
  const file = openSync(path, "r+")
  try {
    fchmodSync(file, 0o600)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** What a restore does once it is unpacked. It lies with the unpacked files until all of them have their place. */
export interface Plan {
  /** The directory for the old files, in the app directory; null: there are none. */
  kept: string | null
  /** The files of the backup. */
  names: string[]
}

export interface Move {
  from: string
  to: string
}

/** @throws {CommandError} failed */
function readPlan(appDir: string): Plan {
  const path = join(appDir, RESTORING, PLAN)
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Plan
  } catch (error) {
    throw new CommandError(
      "failed",
      `${path} cannot be read (${(error as Error).message}): what lies in ${join(appDir, RESTORING)} belongs into ${appDir}, and its old files into a directory beside it`,
    )
  }
}

/** The moves that are left to do, those of old files first: each file of the backup that has not moved yet has an old one in its place. */
export function listMoves(appDir: string, { kept, names }: Plan): Move[] {
  const restoring = join(appDir, RESTORING)
  const waits = (name: string) => isThere(join(restoring, name))
  const isOld = (name: string) => isThere(join(appDir, name)) && (!names.includes(name) || waits(name))
  const old = kept === null ? [] : oldNames.filter(isOld)
  return [
    ...old.map((name) => ({ from: join(appDir, name), to: join(appDir, kept ?? "", name) })),
    ...names.filter(waits).map((name) => ({ from: join(restoring, name), to: join(appDir, name) })),
  ]
}

/** Carries a new plan out. Where a file cannot be moved, as one that is mounted by itself, everything goes back to where it was. */
function moveOrUndo(appDir: string): string | null {
  const plan = readPlan(appDir)
  const done: Move[] = []
  try {
    carryOut(appDir, listMoves(appDir, plan), done)
  } catch (error) {
    for (const { from, to } of done.reverse()) renameSync(to, from)
    if (plan.kept !== null) rmdirSync(join(appDir, plan.kept))
    dropUnpacked(appDir)
    throw explain(error, appDir)
  }
  return settle(appDir, plan)
}

function carryOut(appDir: string, moves: readonly Move[], done: Move[] = []): void {
  const { kept } = readPlan(appDir)
  if (kept !== null) mkdirSync(join(appDir, kept), { recursive: true, mode: 0o700 })
  for (const move of moves) {
    renameSync(move.from, move.to)
    done.push(move)
  }
}

/** Everything has its place: on disk before the plan goes. */
function settle(appDir: string, { kept }: Plan): string | null {
  if (kept !== null) syncDirectory(join(appDir, kept))
  syncDirectory(appDir)
  dropUnpacked(appDir)
  return kept === null ? null : join(appDir, kept)
}

/** Removes the directory of the plan, which is never there without its plan: a draft is left by whoever is killed here. */
function dropUnpacked(appDir: string): void {
  const stage = join(appDir, STAGE)
  rmSync(stage, { recursive: true, force: true })
  renameSync(join(appDir, RESTORING), stage)
  syncDirectory(appDir)
  rmSync(stage, { recursive: true })
}

/** The directories that restores have left with old files, and drafts of a restore that never got so far. */
export function listLeft(appDir: string): { kept: string[]; drafts: string[] } {
  const names = existsSync(appDir) ? readdirSync(appDir) : []
  return {
    kept: names.filter((name) => name.startsWith(KEPT)).map((name) => join(appDir, name)),
    drafts: names.filter((name) => name === STAGE).map((name) => join(appDir, name)),
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

/** As 20260102T030405678Z. */
export function stampTime(): string {
  return new Date(systemClock.wall()).toISOString().replace(/[-:.]/g, "")
}

function explain(error: unknown, appDir: string): CommandError {
  if (error instanceof CommandError) return error
  const { code, message } = error as { code?: unknown; message: string }
  const why =
    code === "ENOSPC" || /disk is full/.test(message)
      ? "its disk is full: free space first"
      : message.replace(/\.$/, "")
  return new CommandError("failed", `${appDir} cannot be restored: ${why}. What was there before is still there`)
}
