// The files of the Files API in a backup: they lie behind its database, each behind a line with its name and length. They are copied in
// pieces, and whatever their size they take no more memory than one piece.
import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, readSync, writeSync } from "node:fs"
import { join } from "node:path"
import { FILES_DIRECTORY } from "../batches/batch.ts"
import { CommandError } from "./exitcodes.ts"

/** A file in a backup. */
export interface Upload {
  name: string
  /** Where its bytes begin in the backup, and how many there are. */
  at: number
  bytes: number
}

const PIECE_BYTES = 1024 * 1024
const HEAD = /^\n(file-[0-9a-f]{32}) (\d{16})\n$/
const HEAD_BYTES = 1 + 37 + 1 + 16 + 1

/**
 * Copies the uploaded files that lie beside a database behind the end of an open file. One that is deleted meanwhile is left out.
 * @param names the ids of the files that the database in the backup has
 * @returns how many they are, and their bytes
 */
export function appendUploads(target: number, beside: string, names: ReadonlySet<string>) {
  const directory = join(beside, FILES_DIRECTORY)
  const uploads = { count: 0, bytes: 0 }
  for (const name of listThere(directory).filter((each) => names.has(each))) {
    const source = openIfThere(join(directory, name))
    if (source === null) continue
    try {
      const { size: bytes } = fstatSync(source)
      const { size: end } = fstatSync(target)
      writeSync(target, `\n${name} ${String(bytes).padStart(16, "0")}\n`, end)
      copyRange({ file: source, at: 0, bytes }, { file: target, at: end + HEAD_BYTES })
      uploads.count++
      uploads.bytes += bytes
    } finally {
      closeSync(source)
    }
  }
  return uploads
}

/**
 * The uploads between two offsets of a backup.
 * @throws {CommandError} failed: what is there is something else
 */
export function findUploads(path: string, from: number, end: number): Upload[] {
  const file = openSync(path, "r")
  const uploads: Upload[] = []
  try {
    const head = Buffer.alloc(HEAD_BYTES)
    for (let at = from; at < end; ) {
      const count = readSync(file, head, 0, HEAD_BYTES, at)
      const [, name = "", length] = HEAD.exec(head.toString("latin1", 0, count)) ?? []
      const bytes = Number(length)
      if (!(at + HEAD_BYTES + bytes <= end))
        throw new CommandError("failed", `${path} is no backup of asyncgate: behind its database lies something else`)
      uploads.push({ name, at: at + HEAD_BYTES, bytes })
      at += HEAD_BYTES + bytes
    }
  } finally {
    closeSync(file)
  }
  return uploads
}

/** Copies the uploads of a backup into a new directory, and calls `written` with the path of each. */
export function extractUploads(
  path: string,
  uploads: readonly Upload[],
  directory: string,
  written: (path: string) => void,
) {
  mkdirSync(directory, { mode: 0o700 })
  for (const { name, at, bytes } of uploads) {
    const target = join(directory, name)
    copyOut(path, { at, bytes }, target)
    written(target)
  }
}

/** Copies a part of a file into a new one. */
export function copyOut(path: string, { at, bytes }: { at: number; bytes: number }, target: string): void {
  const source = openSync(path, "r")
  const file = openSync(target, "wx", 0o600)
  try {
    copyRange({ file: source, at, bytes }, { file, at: 0 })
  } finally {
    closeSync(source)
    closeSync(file)
  }
}

/** The size of a database by its header, whatever lies behind it: https://www.sqlite.org/fileformat.html#the_database_header */
export function measureDatabase(path: string): number {
  const file = openSync(path, "r")
  try {
    const header = Buffer.alloc(100)
    if (readSync(file, header, 0, 100, 0) < 100) return 0
    const size = header.readUInt16BE(16)
    return (size === 1 ? 65_536 : size) * header.readUInt32BE(28)
  } finally {
    closeSync(file)
  }
}

function copyRange(from: { file: number; at: number; bytes: number }, to: { file: number; at: number }): void {
  const buffer = new Uint8Array(PIECE_BYTES)
  for (let done = 0; done < from.bytes; ) {
    const count = readSync(from.file, buffer, 0, Math.min(buffer.length, from.bytes - done), from.at + done)
    if (count === 0) throw new Error("a file became shorter while it was copied")
    for (let written = 0; written < count; ) {
      written += writeSync(to.file, buffer, written, count - written, to.at + done + written)
    }
    done += count
  }
}

function listThere(directory: string): string[] {
  try {
    return readdirSync(directory).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw error
  }
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, "r")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null
    throw error
  }
}
