// Makes the edits of a form, and applies edits to a body that is read as a stream. Pure.
import type { Edit } from "./call.ts"
import { quoted } from "./errors.ts"
import { FormError } from "./multiparthead.ts"

/** A part of a form and its offsets: `at` is the first dash of its delimiter, two bytes after the `contentEnd` of the part before. */
interface Section {
  name: string
  isFile: boolean
  at: number
  contentAt: number
  contentEnd: number
}

/** The line end in front of a delimiter. */
const LINE_END = "\r\n"

/** See `Form.edits` of multipart.ts. @throws {FormError} when a value holds the form's boundary */
export function makeEdits(
  sections: readonly Section[],
  changes: Record<string, string | null>,
  boundary: string,
  required?: string,
): Edit[] {
  const edits: Edit[] = []
  const texts = sections.filter(({ isFile }) => !isFile)
  const [first] = sections
  if (required !== undefined && first !== undefined && texts.every(({ name }) => name !== required)) {
    const text = checkText(required, changes[required] ?? "", boundary)
    const before = `--${boundary}${LINE_END}Content-Disposition: form-data; name="${required}"${LINE_END}${LINE_END}`
    edits.push({ at: first.at, length: 0, text, around: [before, LINE_END] })
  }
  for (const { name, at, contentAt, contentEnd } of texts) {
    const change = Object.hasOwn(changes, name) ? changes[name] : undefined
    if (change === undefined) continue
    // From the dashes of this delimiter to those of the next one, so that the rest is still a form.
    if (change === null) edits.push({ at, length: contentEnd + LINE_END.length - at, text: "" })
    else edits.push({ at: contentAt, length: contentEnd - contentAt, text: checkText(name, change, boundary) })
  }
  return edits
}

function checkText(name: string, text: string, boundary: string): string {
  if (!`\n${text}`.includes(`\n--${boundary}`)) return text
  throw new FormError(`field ${quoted(name)} holds the form's boundary: choose one that no content has`)
}

/** Applies edits to a body in pieces of any size. Keeps no bytes: the returned arrays are views of the piece. */
export function applyEdits(edits: readonly Edit[]): (piece: Uint8Array) => Uint8Array[] {
  let at = 0
  let next = 0
  /** The offset up to which the body has been copied or replaced. */
  let done = 0
  return (piece) => {
    const result: Uint8Array[] = []
    const add = (bytes: Uint8Array) => {
      if (bytes.length > 0) result.push(bytes)
    }
    const end = at + piece.length
    for (let edit = edits[next]; edit && edit.at <= end; edit = edits[++next]) {
      add(piece.subarray(done - at, edit.at - at))
      add(Buffer.from(writeText(edit)))
      done = edit.at + edit.length
    }
    if (end > done) {
      add(piece.subarray(done - at))
      done = end
    }
    at = end
    return result
  }
}

/** The length in bytes of a body of `bytes` after the edits. */
export function editedLength(bytes: number, edits: readonly Edit[]): number {
  return edits.reduce((length, edit) => length + Buffer.byteLength(writeText(edit)) - edit.length, bytes)
}

function writeText({ text, around: [before, after] = ["", ""] }: Edit): string {
  return before + text + after
}
