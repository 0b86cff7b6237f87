// How the events of a logged answer lie in rows: as they came while the job runs, compressed by Zstandard once it has ended.
import type { EventGroup } from "./reads.ts"

/** About how many characters of a packed log stand in one row. */
const PACKED_CHARS = 64 * 1024
/** With which a packed row begins, and no event does: https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1 */
const ZSTD = 0x28

/** Consecutive events of one attempt. `first` is the place of the first of them, counted from 0. */
export interface StoredEvents {
  first: number
  attempt: number
  count: number
  data: Uint8Array
}

/** The rows of an ended job, compressed; null: they are already, or there are too few. */
export function packEvents(rows: readonly StoredEvents[]): StoredEvents[] | null {
  if (rows.length < 2 || rows.some(({ data }) => isPacked(data))) return null
  return groupRows(rows).map((group) => ({
    first: group[0].first,
    attempt: group[0].attempt,
    count: group.reduce((sum, row) => sum + row.count, 0),
    data: Bun.zstdCompressSync(group.map((row) => readEvents(row.data)).join("\n")),
  }))
}

/** Consecutive rows of one attempt, about as long as a packed row. */
function groupRows<Row extends { attempt: number; data: Uint8Array }>(rows: readonly Row[]): [Row, ...Row[]][] {
  const groups: [Row, ...Row[]][] = []
  let bytes = 0
  for (const row of rows) {
    const last = groups.at(-1)
    if (last !== undefined && last[0].attempt === row.attempt && bytes < PACKED_CHARS) last.push(row)
    else {
      groups.push([row])
      bytes = 0
    }
    bytes += row.data.length
  }
  return groups
}

/** The events of a row, as `eventline.ts` writes them. */
export function splitEvents(data: Uint8Array): string[] {
  return readEvents(data).split("\n")
}

/** After so many characters no other row is read: a row of a running job has what came in 30 ms, one of an ended job about 64 KB. */
const GATHERED_CHARS = 64 * 1024

/** Gathers the events of consecutive rows from a place on, as long as they are of one attempt. */
export function createEventGroup(from: number) {
  const lines: string[] = []
  let attempt: number | null = null
  let chars = 0
  return {
    /** The place of the next event. */
    next: (): number => from + lines.length,

    /** Adds what a row has from there on. @returns whether another row may follow */
    add(row: Omit<StoredEvents, "count">): boolean {
      const at = from + lines.length
      if (row.first > at || (attempt !== null && row.attempt !== attempt)) return false
      const more = splitEvents(row.data).slice(at - row.first)
      if (more.length === 0) return false
      attempt = row.attempt
      chars += more.reduce((sum, line) => sum + line.length, 0)
      lines.push(...more)
      return chars < GATHERED_CHARS
    },

    /** Null: there is none. */
    read: (): EventGroup | null => (attempt === null ? null : { attempt, lines }),
  }
}

function readEvents(data: Uint8Array): string {
  return Buffer.from(isPacked(data) ? Bun.zstdDecompressSync(data) : data).toString()
}

function isPacked(data: Uint8Array): boolean {
  return data[0] === ZSTD
}
