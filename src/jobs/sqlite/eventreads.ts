// Reads the event log. Read only.
import type { Database } from "bun:sqlite"
import { splitEvents } from "../eventpacking.ts"
import { readNumber } from "../numbers.ts"
import type { Reads } from "../reads.ts"

/** After so many characters no other row is read: a row of a running job has what came in 30 ms, one of an ended job about 64 KB. */
const READ_CHARS = 64 * 1024

interface EventRow {
  first: number
  attempt: number
  data: Uint8Array
}

export function prepareEventReads(
  database: Database,
  share: <T>(question: () => T) => T,
): Pick<Reads, "events" | "eventCount"> {
  const selectRow = database.query<EventRow, { number: number; at: number }>(
    "SELECT first, attempt, data FROM answer_events WHERE job = $number AND first <= $at ORDER BY first DESC LIMIT 1",
  )
  const selectCount = database.query<{ count: number }, { number: number }>(
    "SELECT first + count AS count FROM answer_events WHERE job = $number ORDER BY first DESC LIMIT 1",
  )

  return {
    events: (id, from) =>
      share(() => {
        const number = readNumber(id)
        const lines: string[] = []
        let attempt: number | null = null
        for (let chars = 0; chars < READ_CHARS; ) {
          const at = from + lines.length
          const row = selectRow.get({ number, at })
          if (row === null || (attempt !== null && row.attempt !== attempt)) break
          const more = splitEvents(row.data).slice(at - row.first)
          if (more.length === 0) break
          attempt = row.attempt
          chars += more.reduce((sum, line) => sum + line.length, 0)
          lines.push(...more)
        }
        return attempt === null ? null : { attempt, lines }
      }),

    eventCount: (id) => share(() => selectCount.get({ number: readNumber(id) }))?.count ?? 0,
  }
}
