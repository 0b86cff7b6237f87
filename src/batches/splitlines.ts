// Splits bytes that come in pieces into lines, within a bound of memory. A line ends with LF or CRLF, the last one also without.

export interface SplitLine {
  /** Counted from 1. */
  number: number
  /** Without its line end; null: it is longer than the limit. */
  bytes: Uint8Array | null
  /** The offset of the byte after its line end. */
  end: number
}

const LF = 10
const CR = 13
const BOM = [0xef, 0xbb, 0xbf] as const

/**
 * @param pieces which may each be in the memory of the one before: so may the bytes of a line, which are right until the next is asked for
 * @param begun where to go on: how many lines and bytes came before the first piece
 * @param lineBytesMax of a line; the bytes of a longer one are not kept
 */
export async function* splitLines(
  pieces: AsyncIterable<Uint8Array>,
  lineBytesMax: number,
  begun: { lines: number; bytes: number } = { lines: 0, bytes: 0 },
): AsyncGenerator<SplitLine> {
  let number = begun.lines
  let offset = begun.bytes
  let held: Uint8Array[] = []
  let heldBytes = 0
  let isTooLong = false

  const keep = (part: Uint8Array) => {
    heldBytes += part.length
    // One byte more is kept for a CR.
    if (heldBytes > lineBytesMax + 1) {
      isTooLong = true
      held = []
    } else if (part.length > 0) held.push(part)
  }
  const take = (end: number): SplitLine => {
    const whole = held.length === 1 ? (held[0] as Uint8Array) : Buffer.concat(held)
    const bytes = isTooLong ? null : trimLine(whole, number === 0)
    held = []
    heldBytes = 0
    isTooLong = false
    number++
    return { number, bytes: bytes !== null && bytes.length > lineBytesMax ? null : bytes, end }
  }

  for await (const piece of pieces) {
    let at = 0
    for (let lf = piece.indexOf(LF); lf >= 0; lf = piece.indexOf(LF, at)) {
      keep(piece.subarray(at, lf))
      at = lf + 1
      yield take(offset + at)
    }
    // A copy, because the reader may use the memory of the piece again. `slice` of a Buffer makes none.
    keep(new Uint8Array(piece.subarray(at)))
    offset += piece.length
  }
  if (heldBytes > 0) yield take(offset)
}

/** Without a CR at the end, and without a byte order mark at the beginning of the file. */
function trimLine(bytes: Uint8Array, isFirst: boolean): Uint8Array {
  const start = isFirst && BOM.every((byte, at) => bytes[at] === byte) ? BOM.length : 0
  const end = bytes.length > start && bytes[bytes.length - 1] === CR ? bytes.length - 1 : bytes.length
  return bytes.subarray(start, end)
}
