// Reads the event log. Read only.
import type { Database } from "bun:sqlite"
import type { Reads } from "../reads.ts"
import { splitEvents } from "./eventstore.ts"
import { readNumber } from "./numbers.ts"

/** How many rows are read at once at most, and after how many bytes of them no other is read. */
const ROWS_MAX = 100
const READ_BYTES = 64 * 1024

interface EventRow {
  first: number
  attempt: number
  data: Uint8Array
}

export function prepareEventReads(
  database: Database,
  share: <T>(question: () => T) => T,
): Pick<Reads, "events" | "eventCount"> {
  const selectRows = database.query<EventRow, { number: number; from: number }>(
    `SELECT first, attempt, data FROM answer_events
     WHERE job = $number AND first >= coalesce((SELECT max(first) FROM answer_events WHERE job = $number AND first <= $from), 0)
     ORDER BY first LIMIT ${ROWS_MAX}`,
  )
  const selectCount = database.query<{ count: number }, { number: number }>(
    "SELECT first + count AS count FROM answer_events WHERE job = $number ORDER BY first DESC LIMIT 1",
  )

  return {
    events(id, from) {
      return share(() => {
        const lines: string[] = []
        let bytes = 0
        let last: number | null = null
        for (const { first, attempt, data } of selectRows.iterate({ number: readNumber(id), from })) {
          if (bytes > READ_BYTES || (last !== null && attempt !== last)) break
          // The first row may begin before.
          const more = splitEvents(data).slice(Math.max(0, from - first))
          if (more.length === 0) continue
          last = attempt
          bytes += more.reduce((sum, line) => sum + line.length, 0)
          lines.push(...more)
        }
        return last === null ? null : { attempt: last, lines }
      })
    },

    eventCount: (id) => share(() => selectCount.get({ number: readNumber(id) }))?.count ?? 0,
  }
}
