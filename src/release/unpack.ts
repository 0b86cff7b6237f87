// Takes the program out of the archive of a release.
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  statfsSync,
  writeFileSync,
} from "node:fs"
import { basename, join } from "node:path"
import { inflateRawSync } from "node:zlib"
import { describeCause } from "../values.ts"
import { UpdateRefused } from "./updaterefused.ts"

/** More than a program of ours has, so that a wrong archive fills no disk. */
const PROGRAM_BYTES_MAX = 1_000_000_000

/**
 * @param archive the path of a .tar.gz or .zip, whose sum has been checked
 * @param directory an empty one, where it is unpacked
 * @param name what the program is called in there, alone or in a directory
 * @returns the path of the program, which can be run
 * @throws {UpdateRefused}
 */
export async function unpackProgram(archive: string, directory: string, name: string): Promise<string> {
  const found = archive.endsWith(".zip") ? unzip(archive, directory, name) : await untar(archive, directory, name)
  const [path] = found
  if (path === undefined || found.length > 1)
    throw new UpdateRefused(`${basename(archive)} holds ${found.length} files with the name ${name}, and must hold one`)
  chmodSync(path, 0o755)
  // After a power cut the name must not lead to an empty file. Windows flushes only what may be written.
  const file = openSync(path, "r+")
  fsyncSync(file)
  closeSync(file)
  return path
}

async function untar(archive: string, directory: string, name: string): Promise<string[]> {
  try {
    await new Bun.Archive(readFileSync(archive)).extract(directory, { glob: [name, `*/${name}`] })
  } catch (error) {
    // On a full disk Bun says no more than "ReadError".
    const { bsize, bavail } = statfsSync(directory)
    const free = Math.floor((bsize * bavail) / 1_000_000)
    throw new UpdateRefused(
      `${basename(archive)} cannot be unpacked (${describeCause(error)}); the disk has ${free} MB free`,
    )
  }
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === name)
    .map((entry) => join(entry.parentPath, entry.name))
}

/** The signatures of the records of a zip file, and where their members stand (APPNOTE.TXT 4.3.7, 4.3.12 and 4.3.16). */
const END = { signature: 0x06054b50, bytes: 22, count: 10, directory: 16 }
const ENTRY = {
  signature: 0x02014b50,
  bytes: 46,
  method: 10,
  packed: 20,
  size: 24,
  name: 28,
  extra: 30,
  comment: 32,
  at: 42,
}
const LOCAL = { signature: 0x04034b50, bytes: 30, name: 26, extra: 28 }
const STORED = 0
const DEFLATED = 8

/** Reads what our own archives are made of: no encryption, no parts, no 64-bit sizes. */
function unzip(archive: string, directory: string, name: string): string[] {
  const zip = readFileSync(archive)
  const refuse = (what: string) => new UpdateRefused(`${basename(archive)} is no zip file that can be read: ${what}`)
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  if (end < 0 || end + END.bytes > zip.length) throw refuse("it has no directory")
  const contents: Buffer[] = []
  let at = zip.readUInt32LE(end + END.directory)
  for (let left = zip.readUInt16LE(end + END.count); left > 0; left--) {
    if (at + ENTRY.bytes > zip.length || zip.readUInt32LE(at) !== ENTRY.signature)
      throw refuse("its directory is damaged")
    const nameBytes = zip.readUInt16LE(at + ENTRY.name)
    const path = zip.toString("utf8", at + ENTRY.bytes, at + ENTRY.bytes + nameBytes)
    if (path === name || (path.endsWith(`/${name}`) && path.split("/").length === 2))
      contents.push(readEntry(zip, at, refuse))
    at += ENTRY.bytes + nameBytes + zip.readUInt16LE(at + ENTRY.extra) + zip.readUInt16LE(at + ENTRY.comment)
  }
  return contents.map((content, index) => {
    const path = join(directory, index === 0 ? name : `${index}-${name}`)
    writeFileSync(path, content, { flag: "wx" })
    return path
  })
}

function readEntry(zip: Buffer, at: number, refuse: (what: string) => UpdateRefused): Buffer {
  const local = zip.readUInt32LE(at + ENTRY.at)
  const size = zip.readUInt32LE(at + ENTRY.size)
  if (size > PROGRAM_BYTES_MAX) throw refuse("its program is too large")
  if (local + LOCAL.bytes > zip.length || zip.readUInt32LE(local) !== LOCAL.signature)
    throw refuse("an entry is not there")
  const from = local + LOCAL.bytes + zip.readUInt16LE(local + LOCAL.name) + zip.readUInt16LE(local + LOCAL.extra)
  const packed = zip.subarray(from, from + zip.readUInt32LE(at + ENTRY.packed))
  const method = zip.readUInt16LE(at + ENTRY.method)
  if (method !== STORED && method !== DEFLATED) throw refuse(`its method ${method} is not known`)
  const content = method === STORED ? packed : inflateRawSync(packed, { maxOutputLength: PROGRAM_BYTES_MAX })
  if (content.length !== size) throw refuse("its program is cut off")
  return content
}
