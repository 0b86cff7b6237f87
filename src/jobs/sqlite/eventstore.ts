// Stores the events of logged answers, inside the transactions of the store, and packs them when their job has ended.
import type { LoggedGroup } from "../job.ts"
import type { ChangeOf } from "../store.ts"
import type { Connection } from "./database.ts"
import { readNumber } from "./numbers.ts"

/** About how many characters of a packed log stand in one row. */
const PACKED_CHARS = 64 * 1024
/** With which a packed row begins, and no event does: https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1 */
const ZSTD = 0x28

interface EventRow {
  first: number
  data: Uint8Array
}

export type EventStore = ReturnType<typeof createEventStore>

export function createEventStore({ database }: Connection) {
  type Values = Record<string, string | number | Uint8Array | null>
  const prepare = <Row = unknown>(sql: string) => database.query<Row, Values>(sql)
  const insert = prepare<{ first: number }>(
    `INSERT INTO answer_events (job, first, attempt, count, sequence, data)
     SELECT $number, coalesce((SELECT first + count FROM answer_events WHERE job = $number ORDER BY first DESC LIMIT 1), 0), attempt, $count, $sequence, $data
     FROM jobs WHERE number = $number AND state = 'running' AND attempt = $attempt RETURNING first`,
  )
  const forbidRepeat = prepare("UPDATE jobs SET loss_retries = 0 WHERE number = $number")
  const keepState = prepare(
    "UPDATE jobs SET provider_state = $state WHERE number = $number AND state = 'running' AND attempt = $attempt",
  )
  const put = prepare(
    "INSERT INTO answer_events (job, first, attempt, count, data) VALUES ($number, $first, $attempt, $count, $data)",
  )
  const selectAll = prepare<EventRow & { attempt: number; count: number; sequence: number | null }>(
    "SELECT first, attempt, count, sequence, data FROM answer_events WHERE job = $number ORDER BY first",
  )
  const selectCount = prepare<{ count: number }>(
    "SELECT first + count AS count FROM answer_events WHERE job = $number ORDER BY first DESC LIMIT 1",
  )
  const remove = prepare("DELETE FROM answer_events WHERE job = $number")

  return {
    /** Adds events of a running attempt. @returns the place of the first; null: there are none, or the attempt is not running any more */
    add({ job, lines, count, hasCall, sequence, state }: ChangeOf<"logEvents">): number | null {
      const { number, attempt } = job
      if (state !== null) keepState.run({ number, attempt, state })
      if (count === 0) return null
      const added = insert.get({ number, attempt, count, sequence, data: Buffer.from(lines) })
      if (added && hasCall) forbidRepeat.run({ number })
      return added?.first ?? null
    },

    /** Compresses the log of a job that has ended, which nothing is added to. */
    pack({ id }: ChangeOf<"packEvents">): null {
      const number = readNumber(id)
      const rows = selectAll.all({ number })
      if (rows.length < 2 || rows.some(({ data }) => isPacked(data))) return null
      remove.run({ number })
      for (const group of groupRows(rows)) {
        const [{ first, attempt }] = group
        const count = group.reduce((sum, row) => sum + row.count, 0)
        const data = Bun.zstdCompressSync(group.map((row) => readEvents(row.data)).join("\n"))
        put.run({ number, first, attempt, count, data })
      }
      return null
    },

    delete(number: number): void {
      remove.run({ number })
    },

    /** All events of a job. */
    all(id: string): LoggedGroup[] {
      const rows = selectAll.all({ number: readNumber(id) })
      return rows.map(({ attempt, sequence, data }) => ({ attempt, sequence, lines: splitEvents(data) }))
    },

    /** How many events a job has. */
    count: (id: string): number => selectCount.get({ number: readNumber(id) })?.count ?? 0,
  }
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
