// Reads the event log. Read only.
import type { Database } from "bun:sqlite"
import { createEventGroup, type StoredEvents } from "../eventpacking.ts"
import { readNumber } from "../numbers.ts"
import type { Reads } from "../reads.ts"

export function prepareEventReads(
  database: Database,
  share: <T>(question: () => T) => T,
): Pick<Reads, "events" | "eventCount"> {
  const selectRow = database.query<Omit<StoredEvents, "count">, { number: number; at: number }>(
    "SELECT first, attempt, data FROM answer_events WHERE job = $number AND first <= $at ORDER BY first DESC LIMIT 1",
  )
  const selectCount = database.query<{ count: number }, { number: number }>(
    "SELECT first + count AS count FROM answer_events WHERE job = $number ORDER BY first DESC LIMIT 1",
  )

  return {
    events: (id, from) =>
      share(() => {
        const number = readNumber(id)
        const group = createEventGroup(from)
        const findNext = () => selectRow.get({ number, at: group.next() })
        for (let row = findNext(); row !== null && group.add(row); ) row = findNext()
        return group.read()
      }),

    eventCount: (id) => share(() => selectCount.get({ number: readNumber(id) }))?.count ?? 0,
  }
}
