// Decodes the content codings of an answer up to a limit. Never throws: a body that cannot be decoded is returned with the reason.
import type { Transform } from "node:stream"
import type { BrotliOptions, ZlibOptions, ZstdOptions } from "node:zlib"

export interface Decoded {
  bytes: Uint8Array
  /** Why `bytes` are not the whole body, as the end of a sentence that starts with "but". Null when they are. */
  defect: string | null
}

type Zlib = typeof import("node:zlib")
type Options = ZlibOptions & BrotliOptions & ZstdOptions

interface Coding {
  /** The first bytes of every body in this coding. Empty when there are no such bytes. */
  signature: readonly number[]
  decodeSync(zlib: Zlib, bytes: Uint8Array, options: Options): Uint8Array
  createDecoder(zlib: Zlib, bytes: Uint8Array, options: Options): Transform
}

/** https://www.iana.org/assignments/http-parameters/http-parameters.xhtml#content-coding */
const codings: Readonly<Record<string, Coding>> = {
  gzip: {
    signature: [0x1f, 0x8b],
    decodeSync: (zlib, bytes, options) => zlib.gunzipSync(bytes, options),
    createDecoder: (zlib, _, options) => zlib.createGunzip(options),
  },
  deflate: {
    signature: [],
    decodeSync: (zlib, bytes, options) => (isZlib(bytes) ? zlib.inflateSync : zlib.inflateRawSync)(bytes, options),
    createDecoder: (zlib, bytes, options) => (isZlib(bytes) ? zlib.createInflate : zlib.createInflateRaw)(options),
  },
  br: {
    signature: [],
    decodeSync: (zlib, bytes, options) => zlib.brotliDecompressSync(bytes, options),
    createDecoder: (zlib, _, options) => zlib.createBrotliDecompress(options),
  },
  zstd: {
    signature: [0x28, 0xb5, 0x2f, 0xfd],
    decodeSync: (zlib, bytes, options) => zlib.zstdDecompressSync(bytes, options),
    createDecoder: (zlib, _, options) => zlib.createZstdDecompress(options),
  },
}

/** The codings that providers are asked for. Without zstd, because Bun 1.4.4 takes a part of a frame for all of it. */
export const ACCEPTED_CODINGS = "gzip, br"
/** Larger bodies are decoded as a stream, which is slower and does not block the thread's other calls. */
const SYNC_BYTES_MAX = 32 * 1024

/**
 * @param header the `content-encoding`
 * @param bytesMax the limit of the decoded bytes
 */
export async function decode(bytes: Uint8Array, header: string, bytesMax: number): Promise<Decoded> {
  let decoded: Decoded = { bytes, defect: null }
  // Codings are listed in the order in which they were applied. Unknown names are ignored.
  for (const listed of header.toLowerCase().split(",").reverse()) {
    const name = listed.trim().replace(/^x-/, "")
    const coding = Object.hasOwn(codings, name) ? codings[name] : undefined
    if (coding && decoded.defect === null) decoded = await decodeOnce(coding, name, decoded.bytes, bytesMax)
  }
  return decoded
}

async function decodeOnce(coding: Coding, name: string, bytes: Uint8Array, bytesMax: number): Promise<Decoded> {
  // Some servers name a coding that they have not applied.
  if (bytes.length === 0 || !coding.signature.every((byte, at) => bytes[at] === byte)) return { bytes, defect: null }
  // Loaded with the first answer that needs it.
  const zlib = await import("node:zlib")
  const isSmall = bytes.length <= SYNC_BYTES_MAX
  if (isSmall) {
    try {
      const whole = coding.decodeSync(zlib, bytes, { maxOutputLength: bytesMax })
      if (whole.length > 0) return { bytes: whole, defect: null }
    } catch {
      // A stream still returns what comes before the broken bytes.
    }
  }
  const decoder = coding.createDecoder(zlib, bytes, { chunkSize: isSmall ? 1024 : SYNC_BYTES_MAX })
  const read = await readDecoder(decoder.end(bytes), bytesMax)
  if (read.isCut) return { bytes: read.bytes, defect: tooLarge(bytesMax) }
  if (read.isWhole) return { bytes: read.bytes, defect: null }
  // Nothing proves that a coding without a signature was applied.
  if (coding.signature.length === 0 && isJsonText(bytes)) return { bytes, defect: null }
  return { bytes: read.bytes.length > 0 ? read.bytes : bytes, defect: `its ${name} body is broken` }
}

/** By its beginning: compressed bytes include characters that JSON cannot have. */
function isJsonText(bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, 256)
  return (
    /^\s*[[{]/.test(new TextDecoder().decode(start)) && start.every((byte) => byte >= 32 || (byte >= 9 && byte <= 13))
  )
}

async function readDecoder(decoder: AsyncIterable<Uint8Array>, bytesMax: number) {
  const pieces: Uint8Array[] = []
  let length = 0
  let isWhole = true
  try {
    for await (const piece of decoder) {
      pieces.push(piece)
      length += piece.length
      if (length > bytesMax) break
    }
  } catch {
    isWhole = false
  }
  const isCut = length > bytesMax
  return { bytes: Buffer.concat(pieces, Math.min(length, bytesMax)), isCut, isWhole: isWhole && length > 0 }
}

export function tooLarge(bytesMax: number): string {
  return `its body is larger than ${bytesMax / 1024 / 1024} MiB`
}

/** Many servers send `deflate` without the zlib header that it should have (RFC 9110, 8.4.1.2; RFC 1950, 2.2). */
function isZlib([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0
}
