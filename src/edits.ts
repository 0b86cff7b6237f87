// Applies edits to a body that is read as a stream. Pure.
import type { Edit } from "./call.ts"

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
      add(Buffer.from(edit.text))
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
  return edits.reduce((length, edit) => length + Buffer.byteLength(edit.text) - edit.length, bytes)
}
