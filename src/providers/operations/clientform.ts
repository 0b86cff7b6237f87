// A client's form as an operation sees it: its text fields, and its files as they stream by. Keeps no file bytes.
import type { Form } from "../../call.ts"
import { applyEdits, FormReader, type Part } from "../../multipart.ts"
import { findSoundType } from "../mediatypes.ts"

type PieceAt = (seq: number) => Promise<Uint8Array | null>

export interface Upload {
  /** A list where a name came more than once. */
  fields: Record<string, string | string[]>
  files: readonly Part[]
  /** The content of one of the files. Only one may be read at a time. */
  bytesOf(file: Part): AsyncGenerator<Uint8Array>
  /** A form of these text fields and this file, in parts that the client's boundary keeps apart. */
  formOf(fields: readonly (readonly [name: string, value: string])[], file: Part): Body & { contentType: string }
}

/** A body that is made as it goes out. */
export interface Body {
  bytes: number
  pieces: AsyncIterable<Uint8Array>
}

/** Was checked when it was taken: what the reader throws here is our own fault. */
export async function readUpload(form: Form, pieceAt: PieceAt): Promise<Upload> {
  const reader = new FormReader(form.contentType)
  for await (const piece of piecesOf(pieceAt)) reader.push(piece)
  const { fields, files, edits } = reader.end()
  const [, quoted, bare] = /;\s*boundary\s*=\s*(?:"([^"]*)"|([^\s;]+))/i.exec(form.contentType) ?? []
  const delimiter = `\r\n--${quoted ?? bare}`
  // Without its text fields a form is its files, one after another, each behind a delimiter and a head.
  const noTexts = edits(Object.fromEntries(Object.keys(fields).map((name) => [name, null])))

  async function* bytesOf(file: Part): AsyncGenerator<Uint8Array> {
    const strip = applyEdits(noTexts)
    // A form may begin with its first delimiter, as if a line end stood in front of it.
    let head: Buffer | null = Buffer.from("\r\n")
    let at = 0
    let left = 0
    for await (const piece of piecesOf(pieceAt)) {
      for (const part of strip(piece)) {
        let rest: Uint8Array = part
        while (rest.length > 0) {
          if (head !== null) {
            head = Buffer.concat([head, rest])
            const start = head.indexOf(delimiter)
            const end = start < 0 ? -1 : head.indexOf("\r\n\r\n", start)
            if (end < 0) break
            rest = head.subarray(end + 4)
            head = null
            left = files[at]?.bytes ?? 0
          }
          const taken = rest.subarray(0, left)
          if (files[at] === file && taken.length > 0) yield taken
          rest = rest.subarray(taken.length)
          left -= taken.length
          if (left > 0) break
          if (files[at] === file) return
          at++
          head = Buffer.alloc(0)
        }
      }
    }
  }

  function formOf(texts: readonly (readonly [string, string])[], file: Part): Body & { contentType: string } {
    const parts = texts.map(([name, value]) => `${delimiter}\r\n${disposition(name)}\r\n\r\n${value}`)
    const head = `${disposition(file.name, file.fileName ?? "file")}\r\ncontent-type: ${findSoundType(file)}`
    const before = Buffer.from(`${parts.join("")}${delimiter}\r\n${head}\r\n\r\n`).subarray(2)
    const after = Buffer.from(`${delimiter}--\r\n`)
    const pieces = async function* () {
      yield before
      yield* bytesOf(file)
      yield after
    }
    return { contentType: form.contentType, bytes: before.length + file.bytes + after.length, pieces: pieces() }
  }

  return { fields, files, bytesOf, formOf }
}

export async function bytesIn(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const held: Uint8Array[] = []
  // The engine sends each piece once and keeps none of it.
  for await (const piece of pieces) held.push(piece)
  return Buffer.concat(held)
}

/** Bytes as base64, which has four characters for three of them, between two texts. */
export function inBase64(before: string, file: Body, after: string): Body {
  const pieces = async function* () {
    yield Buffer.from(before)
    let rest = Buffer.alloc(0)
    for await (const piece of file.pieces) {
      const all =
        rest.length === 0 ? Buffer.from(piece.buffer, piece.byteOffset, piece.length) : Buffer.concat([rest, piece])
      const whole = all.length - (all.length % 3)
      yield Buffer.from(all.toString("base64", 0, whole))
      rest = Buffer.from(all.subarray(whole))
    }
    yield Buffer.from(rest.toString("base64") + after)
  }
  const bytes = Buffer.byteLength(before) + Math.ceil(file.bytes / 3) * 4 + Buffer.byteLength(after)
  return { bytes, pieces: pieces() }
}

async function* piecesOf(pieceAt: PieceAt): AsyncGenerator<Uint8Array> {
  let seq = 0
  for (let piece = await pieceAt(seq); piece !== null; piece = await pieceAt(++seq)) yield piece
}

/** As browsers write names: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data */
function disposition(name: string, fileName?: string): string {
  const escaped = (text: string) => text.replace(/\r/g, "%0D").replace(/\n/g, "%0A").replace(/"/g, "%22")
  const rest = fileName === undefined ? "" : `; filename="${escaped(fileName)}"`
  return `content-disposition: form-data; name="${escaped(name)}"${rest}`
}
