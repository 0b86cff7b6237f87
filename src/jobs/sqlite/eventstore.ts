// Stores the events of logged answers, inside the transactions of the store, and packs them when their job has ended.
import { packEvents, type StoredEvents, splitEvents } from "../eventpacking.ts"
import type { LoggedGroup } from "../job.ts"
import { readNumber } from "../numbers.ts"
import type { ChangeOf } from "../store.ts"
import type { Connection } from "./database.ts"

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
  const selectAll = prepare<StoredEvents & { sequence: number | null }>(
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
      const packed = packEvents(selectAll.all({ number }))
      if (packed === null) return null
      remove.run({ number })
      for (const row of packed) put.run({ number, ...row })
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
