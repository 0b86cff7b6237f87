// How the events of a logged answer lie in rows: as they came while the job runs, compressed by Zstandard once it has ended.

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

function readEvents(data: Uint8Array): string {
  return Buffer.from(isPacked(data) ? Bun.zstdDecompressSync(data) : data).toString()
}

function isPacked(data: Uint8Array): boolean {
  return data[0] === ZSTD
}
