// A client's form, part by part as its pieces come: what is in a part goes on at once, and memory does not grow with it.
// The form was checked when it was accepted; here it is only taken apart.
import type { Call } from "../../call.ts"
import type { CallContext } from "../adapter.ts"

export interface Part {
  name: string
  /** Null: a text field. */
  file: { name: string; type: string } | null
  /** To be read before the next part is asked for; what is left of it is passed over. */
  content: AsyncIterable<Uint8Array>
}

const LINE_END = Buffer.from("\r\n")
const HEAD_END = Buffer.from("\r\n\r\n")

export async function* partsOf({ form }: Call, { pieceAt }: CallContext): AsyncGenerator<Part> {
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(form?.contentType ?? "")
  const delimiter = Buffer.from(`\r\n--${boundary?.[1] ?? boundary?.[2]}`)
  /** The body may begin with a delimiter, as if a line end stood in front of it. */
  let held: Buffer = LINE_END
  let seq = 0

  /** What lies in front of the next `mark`, which is passed over; of the last line, which may have none, all. */
  async function* until(mark: Buffer, isLast = false): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = held.indexOf(mark)
      const passed = at < 0 ? Math.max(0, held.length - mark.length + 1) : at
      if (passed > 0) yield held.subarray(0, passed)
      held = held.subarray(at < 0 ? passed : at + mark.length)
      if (at >= 0) return
      const piece = await pieceAt(seq++)
      if (piece === null && isLast) return yield held
      if (piece === null) throw new Error("the stored form ends too early")
      held = Buffer.concat([held, piece])
    }
  }

  await bytesOf(until(delimiter))
  for (;;) {
    if ((await bytesOf(until(LINE_END, true))).toString().startsWith("--")) return
    const head = await headOf(await bytesOf(until(HEAD_END)))
    const reading = until(delimiter)
    // Without `return`: a reader that stops early must not end what is still to be passed over.
    yield { ...head, content: { [Symbol.asyncIterator]: () => ({ next: () => reading.next() }) } }
    await bytesOf(reading)
  }
}

export async function bytesOf(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of content) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** A head as the platform reads it: as that of a form with this one part, which is empty. */
async function headOf(head: Buffer): Promise<Omit<Part, "content">> {
  const body = Buffer.concat([Buffer.from("--x\r\n"), head, Buffer.from("\r\n\r\n\r\n--x--\r\n")])
  const form = await new Response(body, { headers: { "content-type": "multipart/form-data; boundary=x" } }).formData()
  const [name, value] = [...form][0] ?? ["", ""]
  return { name, file: typeof value === "string" ? null : { name: value.name, type: value.type } }
}

/**
 * A text field as the value it stands for: a provider's own members may be numbers, lists or objects, and a form has texts
 * only. What is no JSON is a text, and so is a number that would not stay what it is.
 */
export function meaningOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "number" && String(value) !== text.trim() ? text : value
  } catch {
    return text
  }
}

/** One more field of a name: names that come more than once, or end in `[]`, stand for lists. */
export function addField(fields: Record<string, unknown>, name: string, value: unknown): void {
  const key = name.replace(/\[\]$/, "")
  const before = Object.hasOwn(fields, key) ? fields[key] : undefined
  if (before !== undefined) fields[key] = Array.isArray(before) ? [...before, value] : [before, value]
  else fields[key] = key === name ? value : [value]
}
