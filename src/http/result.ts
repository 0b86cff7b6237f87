// Reads the result of a job as JSON text, at once or in pieces.
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
  return Buffer.concat(await Array.fromAsync(result, (piece) => Buffer.from(piece))).toString()
}

/** For a result that is too large to be held at once, or that has binary content, which becomes its first member as base64. */
async function* readPieces({ id, contentKind }: JobView, reads: Reads): AsyncGenerator<string | Uint8Array> {
  if (contentKind === null) yield* reads.bodyPieces(id, "result")
  else {
    yield AUDIO_OPEN
    yield* encodeBase64(reads.bodyPieces(id, "content"))
    yield* reads.bodyPieces(id, "result", AUDIO_OPEN.length)
  }
}

/** The beginning of a result with binary content: see `Reading` in endpoints/endpoint.ts. */
const AUDIO_OPEN = '{"audio":"'

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
