// A client's form: its parts one after another as its pieces come, or its text fields and its files, each read when it is needed. Keeps no
// bytes of files. The form was checked when the job was accepted.
import type { Form } from "../call.ts"
import { type FormPart, FormReader, type Part } from "../multipart.ts"
import { findSoundType } from "./mediatypes.ts"

type PieceAt = (seq: number) => Promise<Uint8Array | null>

/** A file, and where in the form its content begins. */
export interface UploadFile extends Part {
  at: number
}

export interface Upload {
  /** A list where a name came more than once. */
  fields: Record<string, string | string[]>
  files: readonly UploadFile[]
  /** The content of one of the files. */
  read(file: UploadFile): AsyncGenerator<Uint8Array>
  /** A form of these text fields and this file, in parts that the client's boundary keeps apart. */
  compose(fields: readonly (readonly [name: string, value: string])[], file: UploadFile): Body & { contentType: string }
}

/** A body that is made as it goes out. */
export interface Body {
  bytes: number
  pieces: AsyncIterable<Uint8Array>
}

/** A text field, or a file whose content is still to come. */
export interface StreamedPart extends FormPart {
  /** Must be read before the next part is asked for; what is left of it is passed over. */
  content: AsyncIterable<Uint8Array>
}

/** The parts of a form in their order, each as soon as it is there. @throws {FormError} when the form breaks off */
export async function* readParts(form: Form, pieceAt: PieceAt): AsyncGenerator<StreamedPart> {
  /** What the reader has found in the last piece: parts, and what follows the head of a file. */
  const found: (FormPart | Uint8Array)[] = []
  const reader = new FormReader(form.contentType, false, {
    part: (part) => found.push(part),
    content: (bytes) => found.push(bytes),
  })
  const pieces = listPieces(pieceAt)

  async function peek(): Promise<FormPart | Uint8Array | undefined> {
    while (found.length === 0) {
      const { done, value } = await pieces.next()
      if (!done) reader.push(value)
      else {
        reader.end()
        return undefined
      }
    }
    return found[0]
  }

  async function* readContent(): AsyncGenerator<Uint8Array> {
    for (let next = await peek(); next instanceof Uint8Array; next = await peek()) {
      found.shift()
      yield next
    }
  }

  for (let part = await peek(); part !== undefined && !(part instanceof Uint8Array); part = await peek()) {
    found.shift()
    const content = readContent()
    // Without `return`: a reader that stops early must not end what is still to be passed over.
    yield { ...part, content: { [Symbol.asyncIterator]: () => ({ next: () => content.next() }) } }
    for await (const _ of content);
  }
}

/** Reads the form once for its text fields; files are read from where they lie. */
export async function readUpload(form: Form, pieceAt: PieceAt): Promise<Upload> {
  const places: number[] = []
  const reader = new FormReader(form.contentType, false, {
    part: ({ isFile, at }) => void (isFile && places.push(at)),
    content: () => {},
  })
  /** Where in the form each piece begins. */
  const starts: number[] = []
  let at = 0
  for await (const piece of listPieces(pieceAt)) {
    starts.push(at)
    at += piece.length
    reader.push(piece)
  }
  const { fields, files: found } = reader.end()
  const files = found.map((file, index) => ({ ...file, at: places[index] ?? 0 }))
  const delimiter = `\r\n--${reader.boundary}`

  async function* read({ at, bytes }: UploadFile): AsyncGenerator<Uint8Array> {
    const first = Math.max(
      0,
      starts.findLastIndex((start) => start <= at),
    )
    let start = starts[first] ?? 0
    for await (const piece of listPieces(pieceAt, first)) {
      const content = piece.subarray(Math.max(0, at - start), at + bytes - start)
      if (content.length > 0) yield content
      start += piece.length
      if (start >= at + bytes) return
    }
  }

  function compose(texts: readonly (readonly [string, string])[], file: UploadFile): Body & { contentType: string } {
    const fields = texts.map(([name, value]) => `${delimiter}\r\n${disposition(name)}\r\n\r\n${value}`)
    const head = `${disposition(file.name, file.fileName ?? "file")}\r\ncontent-type: ${findSoundType(file)}`
    const before = Buffer.from(`${fields.join("")}${delimiter}\r\n${head}\r\n\r\n`).subarray(2)
    const after = Buffer.from(`${delimiter}--\r\n`)
    const pieces = async function* () {
      yield before
      yield* read(file)
      yield after
    }
    return { contentType: form.contentType, bytes: before.length + file.bytes + after.length, pieces: pieces() }
  }

  return { fields, files, read, compose }
}

export async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<Buffer<ArrayBuffer>> {
  const held: Uint8Array[] = []
  // The engine sends each piece once and keeps none of it.
  for await (const piece of pieces) held.push(piece)
  return Buffer.concat(held)
}

/** A body as a stream that is read on only as it goes out, so that memory does not grow with it. */
export function toStream(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const source = pieces[Symbol.asyncIterator]()
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await source.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
    },
    { highWaterMark: 1 },
  )
}

/** Bytes as base64, which has four characters for three of them, between two texts. */
export function encodeBase64(before: string, file: Body, after: string): Body {
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

async function* listPieces(pieceAt: PieceAt, first = 0): AsyncGenerator<Uint8Array> {
  let seq = first
  for (let piece = await pieceAt(seq); piece !== null; piece = await pieceAt(++seq)) yield piece
}

/** As browsers write names: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data */
function disposition(name: string, fileName?: string): string {
  const escaped = (text: string) => text.replace(/\r/g, "%0D").replace(/\n/g, "%0A").replace(/"/g, "%22")
  const rest = fileName === undefined ? "" : `; filename="${escaped(fileName)}"`
  return `content-disposition: form-data; name="${escaped(name)}"${rest}`
}
