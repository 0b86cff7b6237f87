// A job's result as JSON text, whether it is held at once or read in pieces.
import type { JobView, Pieces, Reads } from "../jobs/reads.ts"
import type { Result } from "./dialects/dialect.ts"

/** The result of a job that has ended; null where it has none but an error. */
export function readResult(job: JobView, reads: Reads): Result | null {
  if (job.error !== null) return null
  return !job.isLong && job.contentKind === null ? job.result : readPieces(job, reads)
}

/** A result that is too large to be held at once, or that has bytes beside it which go into its first member as base64. */
async function* readPieces({ id, contentKind }: JobView, reads: Reads): AsyncGenerator<string | Uint8Array> {
  if (contentKind === null) yield* reads.bodyPieces(id, "result")
  else {
    yield AUDIO_OPEN
    yield* encodeBase64(reads.bodyPieces(id, "content"))
    yield* reads.bodyPieces(id, "result", AUDIO_OPEN.length)
  }
}

/** How a result with bytes beside it begins: see `Reading` of endpoints/endpoint.ts. */
const AUDIO_OPEN = '{"audio":"'

/** Base64 in pieces: three bytes make four characters, so what is left of a piece goes to the next. */
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
