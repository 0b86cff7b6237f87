// Reads the lines of a batch's input file, in slices that leave time for other requests.

import type { Batch } from "../../batches/batch.ts"
import { type InputLine, readInputLine } from "../../batches/inputlines.ts"
import { type SplitLine, splitLines } from "../../batches/splitlines.ts"
import type { Clock } from "../../clock.ts"
import type { FileBytes } from "../../jobs/filebytes.ts"
import type { EngineClient } from "../engineclient.ts"

export interface LineOptions {
  fileBytes: Pick<FileBytes, "pieces" | "exists">
  /** The most bytes of a request, and so of a line. */
  bodyBytesMax: number
  breathe: () => Promise<void>
  clock: Pick<Clock, "after">
  engine: Pick<EngineClient, "hasCallers">
  /** Milliseconds since an arbitrary moment, with fractions. */
  steady: () => number
}

/** The input file of a batch is gone or is another one: the batch can neither go on nor write its results. */
export class InputLost extends Error {}

/** How long a batch may hold the thread before other events are handled. */
const SLICE_MS = 2
/** A line has the id and the address beside its request. */
const FRAME_BYTES = 64 * 1024

/** Beside callers who submit jobs a batch rests so many times as long as it has worked. */
const REST = 8
const REST_MS_MAX = 100

/** Returns a function that is called between two steps, and lets other events be handled once enough time has passed. */
export function createPace({
  breathe,
  clock,
  engine,
  steady,
}: Pick<LineOptions, "breathe" | "clock" | "engine" | "steady">): () => Promise<void> | undefined {
  let since = steady()
  const rest = (workedMs: number) =>
    new Promise<void>((resolve) => clock.after(Math.min(workedMs * REST, REST_MS_MAX), resolve))
  return () => {
    const workedMs = steady() - since
    if (workedMs < SLICE_MS) return undefined
    return (engine.hasCallers() ? rest(workedMs) : breathe()).then(() => {
      since = steady()
    })
  }
}

export function measureLine({ bodyBytesMax }: Pick<LineOptions, "bodyBytesMax">): number {
  return bodyBytesMax + FRAME_BYTES
}

/** All lines as they are, each until the next one is asked for. @throws {InputLost} */
export async function* readRawLines({ inputFile }: Batch, options: LineOptions): AsyncGenerator<SplitLine> {
  if (!(await options.fileBytes.exists(inputFile))) throw new InputLost(`the bytes of ${inputFile} are gone`)
  yield* splitLines(options.fileBytes.pieces(inputFile), measureLine(options))
}

/** The lines of an input that has been checked, behind the first ones. @throws {InputLost} */
export async function* readLines(batch: Batch, behind: number, options: LineOptions): AsyncGenerator<InputLine> {
  const pace = createPace(options)
  for await (const split of readRawLines(batch, options)) {
    if (split.number > (batch.total ?? 0)) return
    await pace()
    if (split.number <= behind) continue
    const { line, error } = readInputLine(split, batch.url, measureLine(options))
    // The file does not change once it is there: the disk has lost some of it.
    if (!line) throw new InputLost(`line ${split.number} of ${batch.inputFile} has changed: ${error.message}`)
    yield line
  }
}
