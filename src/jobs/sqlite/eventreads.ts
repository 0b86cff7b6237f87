// Reads the event log. Read only.
import type { Database } from "bun:sqlite"
import type { Reads } from "../reads.ts"
import { splitEvents } from "./eventstore.ts"
import { readNumber } from "./numbers.ts"

/** How many rows are read at once at most, and after how many bytes of them no other is read. */
const ROWS_MAX = 100
const READ_BYTES = 64 * 1024

export function prepareEventReads(
  database: Database,
  share: <T>(question: () => T) => T,
): Pick<Reads, "events" | "eventCount"> {
  const selectRows = database.query<{ first: number; data: Uint8Array }, { number: number; from: number }>(
    `SELECT first, data FROM answer_events
     WHERE job = $number AND first >= coalesce((SELECT max(first) FROM answer_events WHERE job = $number AND first <= $from), 0)
     ORDER BY first LIMIT ${ROWS_MAX}`,
  )
  const selectCount = database.query<{ count: number }, { number: number }>(
    "SELECT first + count AS count FROM answer_events WHERE job = $number ORDER BY first DESC LIMIT 1",
  )

  return {
    events(id, from) {
      const lines: string[] = []
      let begin = from
      let bytes = 0
      share(() => {
        for (const { first, data } of selectRows.iterate({ number: readNumber(id), from })) {
          if (lines.length === 0) begin = first
          const more = splitEvents(data)
          bytes += more.reduce((sum, line) => sum + line.length, 0)
          lines.push(...more)
          if (bytes > READ_BYTES) break
        }
      })
      return lines.slice(from - begin)
    },

    eventCount: (id) => share(() => selectCount.get({ number: readNumber(id) }))?.count ?? 0,
  }
}
