// What a stream of a run is made of, as its provider and its readers know it: pieces that can be told from any other's.

export interface StreamScript {
  /** No other stream of the run has it. */
  job: number
  pieces: number
  /** Until the first, and between two. */
  firstMs: number
  pieceMs: number
  /** What a piece is longer than its name, in characters. */
  padding: number
  /** Each piece says when it left: the answer is another at each call. */
  isStamped: boolean
}

/** @param at when it leaves, by `epochMs` */
export function writePiece({ job, padding, isStamped }: StreamScript, number: number, at: number): string {
  return `${job}.${number}${isStamped ? `@${at.toFixed(1)}` : ""} ${"x".repeat(padding)}`
}

/** When a piece left; null: it is not this one. */
export function readPiece(script: StreamScript, number: number, text: string): number | null {
  if (!script.isStamped) return text === writePiece(script, number, 0) ? 0 : null
  const at = Number(/@(\d+\.\d) /.exec(text.slice(0, 40))?.[1])
  return text === writePiece(script, number, at) ? at : null
}

/** All that a stream says that has no stamps. */
export function writeAll(script: StreamScript): string {
  return Array.from({ length: script.pieces }, (_, number) => writePiece(script, number, 0)).join("")
}
