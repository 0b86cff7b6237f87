// Writes archives that depend on nothing but what is in them: the order as given, one time, no owner. `tar` and `zip` of a system have flags
// for that which differ from one to the next.

/** One file of an archive. */
export interface Entry {
  /** Its path in the archive: at most 100 characters of ASCII, with slashes. In a tar, one at the end makes a directory. */
  path: string
  content: Uint8Array
  isExecutable: boolean
  /** Of a tar alone: the rights, where they are not 0755 or 0644. */
  mode?: number
  /** Of a tar alone: the number of the user and of the group that it belongs to, where that is not 0. */
  owner?: number
}

const BLOCK = 512
const NAME_MAX = 100
/** Where the checksum stands in the header of a file; it counts as eight spaces. */
const CHECKSUM_AT = 148

/** A tar in the form of POSIX.1-1988 (ustar), not compressed. @param time seconds since 1970 */
export function writeTar(entries: readonly Entry[], time: number): Uint8Array<ArrayBuffer> {
  const parts = entries.flatMap(({ path, content, isExecutable, mode, owner = 0 }) => {
    const header = new Uint8Array(BLOCK)
    const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, "0")}\0`
    const write = (at: number, text: string) => header.set(encode(text), at)
    write(0, checkPath(path))
    write(100, octal(mode ?? (isExecutable ? 0o755 : 0o644), 8))
    write(108, octal(owner, 8) + octal(owner, 8) + octal(content.length, 12) + octal(time, 12))
    write(CHECKSUM_AT, `${" ".repeat(8)}${path.endsWith("/") ? 5 : 0}`)
    write(257, "ustar\x0000")
    const sum = header.reduce((total, byte) => total + byte, 0)
    write(CHECKSUM_AT, `${octal(sum, 7)} `)
    return [header, content, new Uint8Array(-content.length & (BLOCK - 1))]
  })
  return join([...parts, new Uint8Array(2 * BLOCK)])
}

/** A zip with every file deflated. @param time seconds since 1970 */
export function writeZip(entries: readonly Entry[], time: number): Uint8Array<ArrayBuffer> {
  const VERSION = 20
  const MADE_ON_UNIX = 3 << 8
  const DEFLATED = 8
  const stamp = writeDosTime(new Date(time * 1000))
  let offset = 0
  const files: Uint8Array[] = []
  const directory: Uint8Array[] = []
  for (const { path, content, isExecutable } of entries) {
    const name = encode(checkPath(path))
    const packed = Bun.deflateSync(Uint8Array.from(content), { level: 9, library: "libdeflate" })
    const about = [
      ...[number(2, 0), number(2, DEFLATED), number(4, stamp), number(4, Bun.hash.crc32(content))],
      ...[number(4, packed.length), number(4, content.length), number(2, name.length), number(2, 0)],
    ]
    const file = join([number(4, 0x04034b50), number(2, VERSION), ...about, name, packed])
    // After the extra field: the comment, the disk, text or not, the file's rights, and where it begins.
    const rights = ((0o100000 | (isExecutable ? 0o755 : 0o644)) << 16) >>> 0
    const rest = [number(2, 0), number(2, 0), number(2, 0), number(4, rights), number(4, offset), name]
    directory.push(
      join([number(4, 0x02014b50), number(2, MADE_ON_UNIX | VERSION), number(2, VERSION), ...about, ...rest]),
    )
    files.push(file)
    offset += file.length
  }
  const list = join(directory)
  const counts = [number(2, 0), number(2, 0), number(2, entries.length), number(2, entries.length)]
  return join([
    ...files,
    list,
    number(4, 0x06054b50),
    ...counts,
    number(4, list.length),
    number(4, offset),
    number(2, 0),
  ])
}

function checkPath(path: string): string {
  if (path.length > NAME_MAX || !/^[\x21-\x7e]+$/.test(path)) throw new Error(`${path} is no name for an archive`)
  return path
}

/** The date in the upper, the time in the lower half; in UTC, as a zip has no zone. */
function writeDosTime(date: Date): number {
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate()
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1)
  return day * 0x10000 + time
}

/** Little-endian. */
function number(length: number, value: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => Math.floor(value / 256 ** at) % 256)
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function join(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Bun.concatArrayBuffers(parts.map((part) => Uint8Array.from(part))))
}
