// Packs the program of one system into the archives that are downloaded.
import { join } from "node:path"
import type { Archive, Target } from "../../src/release/manifest.ts"
import { root } from "../build.ts"
import { type Entry, writeTar, writeZip } from "./archives.ts"
import { isWindows, nameProgram } from "./runtimes.ts"

/** Level 19 saves 9 % more and takes twelve times as long. */
const ZSTD_LEVEL = 9
const GZIP_LEVEL = 9

interface Pack {
  target: Target
  version: string
  /** The path of the program. */
  program: string
  notice: string
  /** Seconds since 1970: the time of every file in the archive. */
  time: number
  /** Where the archives go. */
  to: string
}

/**
 * Writes a zip for Windows; for others a tar.gz, and a tar.zst that is a tenth smaller.
 * Each has one directory, with the name of the archive, and in it the program, LICENSE, CHANGELOG.md and NOTICE.
 * @returns the one that the updater downloads
 */
export async function pack({ target, version, program, notice, time, to }: Pack): Promise<Archive> {
  const name = `asyncgate-${version}-${target}`
  const entry = (file: string, content: Uint8Array, isExecutable = false): Entry => ({
    path: `${name}/${file}`,
    content,
    isExecutable,
  })
  const entries = [
    entry(nameProgram(target), await Bun.file(program).bytes(), true),
    entry("LICENSE", await Bun.file(join(root, "LICENSE")).bytes()),
    entry("CHANGELOG.md", await Bun.file(join(root, "CHANGELOG.md")).bytes()),
    entry("NOTICE", new TextEncoder().encode(notice)),
  ]
  if (isWindows(target)) return write(to, `${name}.zip`, writeZip(entries, time))
  const tar = writeTar(entries, time)
  await write(to, `${name}.tar.zst`, await Bun.zstdCompress(tar, { level: ZSTD_LEVEL }))
  return write(to, `${name}.tar.gz`, Bun.gzipSync(tar, { level: GZIP_LEVEL, library: "libdeflate" }))
}

async function write(to: string, archive: string, bytes: Uint8Array): Promise<Archive> {
  await Bun.write(join(to, archive), bytes)
  const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex")
  return { archive, url: archive, sha256, size: bytes.length }
}
