// Reads the result of a job as JSON text, at once, in pieces, or a part of it.
import { BODY_PIECE_BYTES } from "../jobs/job.ts"
import type { JobView, Pieces, Reads } from "../jobs/reads.ts"
import type { Result } from "./dialects/dialect.ts"

/** The result of a job that has ended; null where it has an error instead. */
export function readResult(job: JobView, reads: Reads): Result | null {
  if (job.error !== null) return null
  return !job.isLong && job.contentKind === null ? job.result : readPieces(job, reads)
}

/** All of a result as JSON text, for what must be parsed. */
export async function readWholeResult(job: JobView, reads: Reads): Promise<string> {
  const result = readResult(job, reads) ?? ""
  if (typeof result === "string") return result
  return readText(result)
}

/** A body that must be parsed, all at once. */
export async function readText(pieces: Pieces | AsyncIterable<string | Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(pieces, (piece) => Buffer.from(piece))).toString()
}

async function* readPieces(job: JobView, reads: Reads): AsyncGenerator<Uint8Array> {
  const { bytes, read } = await openResult(job, reads)
  yield* read(0, bytes)
}

/** Bytes of which any part can be read, its end exclusive. */
export interface Parts {
  bytes: number
  read(from: number, to: number): Pieces
}

/** The result of a job that succeeded, as the job shows it: binary content is its first member as base64. */
export async function openResult({ id, contentKind, isLong, result }: JobView, reads: Reads): Promise<Parts> {
  if (contentKind === null && !isLong) return holdParts(Buffer.from(result ?? "null"))
  const stored = await reads.bodyBytes(id, "result")
  const read = (from: number, to: number) => reads.bodyPieces(id, "result", from, to)
  if (contentKind === null) return { bytes: stored, read }
  const content = await reads.bodyBytes(id, "content")
  const encoded = Math.ceil(content / 3) * 4
  const open = AUDIO_OPEN.length
  return {
    bytes: stored + encoded,
    async *read(from, to) {
      yield* read(from, Math.min(to, open))
      const [first, last] = [Math.max(0, from - open), Math.min(encoded, to - open)]
      if (first < last) yield* encodePart((...ends) => reads.bodyPieces(id, "content", ...ends), content, first, last)
      yield* read(Math.max(open, from - encoded), to - encoded)
    },
  }
}

/** @param bytes that are held anyway: they go out in pieces all the same */
export function holdParts(bytes: Uint8Array): Parts {
  return {
    bytes: bytes.length,
    *read(from, to) {
      for (let at = from; at < to; at += BODY_PIECE_BYTES) yield bytes.subarray(at, Math.min(to, at + BODY_PIECE_BYTES))
    },
  }
}

/** The beginning of a result with binary content: see `Reading` in endpoints/endpoint.ts. */
const AUDIO_OPEN = '{"audio":"'

/** A part of what bytes are in base64, of which no more is encoded than that. */
async function* encodePart(read: Parts["read"], bytes: number, from: number, to: number): AsyncGenerator<Uint8Array> {
  let at = from - (from % 4)
  for await (const text of encodeBase64(read((at / 4) * 3, Math.min(bytes, Math.ceil(to / 4) * 3)))) {
    yield Buffer.from(text.slice(Math.max(0, from - at), to - at), "latin1")
    at += text.length
  }
}

/** Base64 in pieces: three bytes become four characters, so the remainder of a piece is encoded with the next. */
async function* encodeBase64(pieces: Pieces): AsyncGenerator<string> {
  let left = Buffer.alloc(0)
  for await (const piece of pieces) {
    const bytes =
      left.length > 0 ? Buffer.concat([left, piece]) : Buffer.from(piece.buffer, piece.byteOffset, piece.length)
    const whole = bytes.length - (bytes.length % 3)
    yield bytes.toString("base64", 0, whole)
    left = Buffer.from(bytes.subarray(whole))
  }
  yield left.toString("base64")
}
