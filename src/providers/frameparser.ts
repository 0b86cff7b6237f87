// Reads Amazon's event stream, frames of bytes with checksums. https://smithy.io/2.0/aws/amazon-eventstream.html
import { crc32 } from "node:zlib"
import type { ServerEvent } from "./eventparser.ts"

/** Total length, length of the headers, and the checksum of both. */
const PRELUDE_BYTES = 12
const CHECKSUM_BYTES = 4
/** The payload is at most 24 MB, the headers are at most 128 KB. */
const FRAME_BYTES_MAX = 25 * 1024 * 1024
/** How many bytes the value of a header has, by its type. Types 6 and 7 have their length before them. */
const valueBytes: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 }
const BYTES = 6
const TEXT = 7

/**
 * The events of each chunk, when they are complete. An exception has the name of its type.
 * @throws for bytes that are no such stream, and for an end within a frame
 */
export async function* readFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent[]> {
  let pieces: Uint8Array[] = []
  let length = 0
  /** So many bytes are needed before there is anything to read. */
  let needed = PRELUDE_BYTES
  for await (const chunk of chunks) {
    pieces.push(chunk)
    length += chunk.length
    if (length < needed) continue
    let rest = Buffer.concat(pieces)
    const events: ServerEvent[] = []
    let size = frameBytes(rest)
    for (; size !== null && size <= rest.length; size = frameBytes(rest)) {
      events.push(readFrame(rest.subarray(0, size)))
      rest = rest.subarray(size)
    }
    pieces = [rest]
    length = rest.length
    needed = size ?? PRELUDE_BYTES
    yield events
  }
  if (length > 0) throw new Error("the event stream ends within a frame")
}

/** The length of the first frame; null while it is not known. */
function frameBytes(bytes: Buffer): number | null {
  if (bytes.length < PRELUDE_BYTES) return null
  const [size, headers] = [bytes.readUInt32BE(0), bytes.readUInt32BE(4)]
  const isSound = crc32(bytes.subarray(0, PRELUDE_BYTES - CHECKSUM_BYTES)) === bytes.readUInt32BE(8)
  if (!isSound || size > FRAME_BYTES_MAX || headers > size - PRELUDE_BYTES - CHECKSUM_BYTES) {
    throw new Error("the event stream has a frame that is not sound")
  }
  return size
}

function readFrame(frame: Buffer): ServerEvent {
  const end = frame.length - CHECKSUM_BYTES
  if (crc32(frame.subarray(0, end)) !== frame.readUInt32BE(end)) throw new Error("a frame has another checksum")
  const payload = PRELUDE_BYTES + frame.readUInt32BE(4)
  const headers = readHeaders(frame.subarray(PRELUDE_BYTES, payload))
  const data = frame.toString("utf8", payload, end)
  switch (headers.get(":message-type")) {
    case "exception":
      return { name: headers.get(":exception-type") ?? "", data, isError: true }
    case "error": {
      const said = { message: headers.get(":error-message") ?? "" }
      return { name: headers.get(":error-code") ?? "", data: JSON.stringify(said), isError: true }
    }
    default:
      return { name: headers.get(":event-type") ?? null, data }
  }
}

/** The headers whose values are texts. */
function readHeaders(bytes: Buffer): Map<string, string> {
  const found = new Map<string, string>()
  for (let at = 0; at < bytes.length; ) {
    const nameEnd = at + 1 + bytes.readUInt8(at)
    const type = bytes.readUInt8(nameEnd)
    const hasLength = type === BYTES || type === TEXT
    const start = nameEnd + (hasLength ? 3 : 1)
    const length = hasLength ? bytes.readUInt16BE(nameEnd + 1) : valueBytes[type]
    if (length === undefined || start + length > bytes.length) throw new Error("a frame has a header that is not sound")
    if (type === TEXT) found.set(bytes.toString("utf8", at + 1, nameEnd), bytes.toString("utf8", start, start + length))
    at = start + length
  }
  return found
}
