// Stores and reads the events of logged answers, and packs them when their job has ended.
import { createEventGroup, packEvents, type StoredEvents, splitEvents } from "../eventpacking.ts"
import type { LoggedGroup } from "../job.ts"
import { readNumber } from "../numbers.ts"
import type { EventGroup } from "../reads.ts"
import type { ChangeOf } from "../store.ts"
import { toArray } from "./pgcolumns.ts"
import type { Asking } from "./pgdriver.ts"
import type { Turn } from "./pgturn.ts"
import { awaitAll } from "./pgwriter.ts"

type Ask = Asking["ask"]

const ADD = `WITH added AS (INSERT INTO answer_events (job, first, attempt, count, sequence, data)
    SELECT number, coalesce((SELECT first + count FROM answer_events WHERE job = number ORDER BY first DESC LIMIT 1), 0), attempt,
      $3::integer, $6::bigint, $4::bytea
    FROM jobs WHERE number = $1::bigint AND state = 'running' AND attempt = $2::integer AND $3::integer > 0 RETURNING first),
  changed AS (UPDATE jobs SET loss_retries = CASE WHEN $5::boolean THEN 0 ELSE loss_retries END,
      provider_state = coalesce($7::text, provider_state)
    WHERE ($5::boolean OR $7::text IS NOT NULL) AND number = $1::bigint AND state = 'running' AND attempt = $2::integer)
  SELECT first FROM added`

/** How many rows are read at once. */
const ROWS = 64

export type PgEvents = ReturnType<typeof createPgEvents>

/** @param onBytes called with how many bytes have come, or gone */
export function createPgEvents(onBytes: (bytes: number) => void) {
  async function remove({ ask }: Turn, numbers: readonly number[]): Promise<void> {
    const [row] = await ask<{ bytes: number }>(
      `WITH gone AS (DELETE FROM answer_events WHERE job = ANY($1::text::bigint[]) RETURNING octet_length(data) AS bytes)
       SELECT coalesce(sum(bytes), 0)::float8 AS bytes FROM gone`,
      [toArray(numbers)],
    )
    onBytes(-(row?.bytes ?? 0))
  }

  return {
    /** Adds events of running attempts. @returns the place of the first of each; null: there are none, or the attempt is not running any more */
    async add({ ask }: Turn, changes: readonly ChangeOf<"logEvents">[]): Promise<(number | null)[]> {
      const added = changes.map(async ({ job, lines, count, hasCall, sequence, state }) => {
        const data = Buffer.from(lines)
        const values = [job.number, job.attempt, count, data, hasCall, sequence, state]
        const [row] = await ask<{ first: number }>(ADD, values)
        if (row) onBytes(data.length)
        return row?.first ?? null
      })
      return (await awaitAll(added)) as (number | null)[]
    },

    /** Compresses the log of a job that has ended, which nothing is added to. */
    async pack(turn: Turn, { id }: ChangeOf<"packEvents">): Promise<null> {
      const job = readNumber(id)
      const packed = packEvents(await readRows(turn.ask, job))
      if (packed === null) return null
      await remove(turn, [job])
      for (const { first, attempt, count, data } of packed) {
        await turn.ask(
          `INSERT INTO answer_events (job, first, attempt, count, data)
           VALUES ($1::bigint, $2::integer, $3::integer, $4::integer, $5::bytea)`,
          [job, first, attempt, count, data],
        )
        onBytes(data.length)
      }
      return null
    },

    remove,
  }
}

function readRows(ask: Ask, job: number): Promise<(StoredEvents & { sequence: number | null })[]> {
  return ask<StoredEvents & { sequence: number | null }>(
    "SELECT first, attempt, count, sequence::float8 AS sequence, data FROM answer_events WHERE job = $1::bigint ORDER BY first",
    [job],
  )
}

/** All events of a job. */
export async function readEvents(ask: Ask, id: string): Promise<LoggedGroup[]> {
  const rows = await readRows(ask, readNumber(id))
  return rows.map(({ attempt, sequence, data }) => ({ attempt, sequence, lines: splitEvents(data) }))
}

/** How many events a job has. */
export async function countEvents(ask: Ask, id: string): Promise<number> {
  const [row] = await ask<{ count: number }>(
    "SELECT first + count AS count FROM answer_events WHERE job = $1::bigint ORDER BY first DESC LIMIT 1",
    [readNumber(id)],
  )
  return row?.count ?? 0
}

/** Some of the events from a place on, all of one attempt; null: there are none. */
export async function readEventsFrom(ask: Ask, id: string, from: number): Promise<EventGroup | null> {
  const rows = await ask<Omit<StoredEvents, "count">>(
    `SELECT first, attempt, data FROM answer_events WHERE job = $1::bigint AND first >= coalesce(
       (SELECT first FROM answer_events WHERE job = $1::bigint AND first <= $2::integer ORDER BY first DESC LIMIT 1), $2::integer)
     ORDER BY first LIMIT $3::bigint`,
    [readNumber(id), from, ROWS],
  )
  const group = createEventGroup(from)
  for (const row of rows) if (!group.add(row)) break
  return group.read()
}
