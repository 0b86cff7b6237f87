// Cuts a body that is too large for one commit into parts. The parts are stored before the change that needs the body.
import { BODY_PIECE_BYTES } from "./job.ts"
import type { BodyKind, BodyPart } from "./store.ts"

/** The length of a part in bytes or characters. Its commit takes some ten milliseconds, during which other changes wait. */
const PART_LENGTH = 32 * BODY_PIECE_BYTES

/** The parts of a request, each made when it is needed; null where the request fits into one commit. */
export function cutRequest(body: string | null): Iterator<BodyPart> | null {
  return body === null || body.length <= PART_LENGTH ? null : cutBody("request", body)
}

/** The parts of an answer, each made when it is needed; null where the answer fits into one commit. */
export function cutAnswer(result: string, content: Uint8Array | undefined): Iterator<BodyPart> | null {
  return result.length + (content?.length ?? 0) <= PART_LENGTH ? null : cutBoth(result, content)
}

function* cutBoth(result: string, content: Uint8Array | undefined): Generator<BodyPart> {
  yield* cutBody("result", result)
  if (content) yield* cutBody("content", content)
}

/** Cuts a body so that each part but the last consists of whole pieces. */
function* cutBody(kind: BodyKind, body: string | Uint8Array): Generator<BodyPart> {
  let seq = 0
  let rest: Uint8Array = new Uint8Array()
  for (let at = 0; at < body.length; ) {
    const end = findCut(body, at + PART_LENGTH)
    const bytes = Buffer.concat([rest, toBytes(body.slice(at, end))])
    const whole = end < body.length ? bytes.length - (bytes.length % BODY_PIECE_BYTES) : bytes.length
    yield { kind, seq, bytes: bytes.subarray(0, whole) }
    seq += whole / BODY_PIECE_BYTES
    rest = bytes.subarray(whole)
    at = end
  }
}

/** The end of a part: at most `at`, and never inside a surrogate pair. */
function findCut(body: string | Uint8Array, at: number): number {
  if (at >= body.length) return body.length
  const isCut = typeof body === "string" && (body.charCodeAt(at - 1) & 0xfc00) === 0xd800
  return isCut ? at - 1 : at
}

function toBytes(body: string | Uint8Array): Uint8Array {
  return typeof body === "string" ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.length)
}
