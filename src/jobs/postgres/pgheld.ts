// How many bytes of bodies, events and items the database holds. The size of its tables would not do: what VACUUM has freed stays in them.
import { type Asking, SCHEMA } from "./pgdriver.ts"

type Ask = Asking["ask"]

const TOTAL = `SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::float8 AS bytes FROM pg_class
  WHERE relnamespace = '${SCHEMA}'::regnamespace AND relkind = 'r'`

/** This reads no body: the length of a long one stands in front of it. */
const HELD = `SELECT (SELECT coalesce(sum(octet_length(data)), 0) FROM requests)::float8
  + (SELECT coalesce(sum(octet_length(data)), 0) FROM results)::float8
  + (SELECT coalesce(sum(octet_length(data)), 0) FROM contents)::float8
  + (SELECT coalesce(sum(octet_length(data)), 0) FROM answer_events)::float8
  + (SELECT coalesce(sum(length(item)), 0) FROM conversation_items)::float8 AS bytes`

/** The size of all tables with their indexes. */
export async function readTotalBytes(ask: Ask): Promise<number> {
  const [row] = await ask<{ bytes: number }>(TOTAL)
  return row?.bytes ?? 0
}

/** @param ask asks outside of the transactions that write: counting takes a second for some million bodies */
export function createHeldBytes(ask: Ask) {
  /** Null: not counted. It is then kept up to date. */
  let bytes: number | null = null
  let isCounting = false

  async function count(): Promise<void> {
    isCounting = true
    try {
      const [row] = await ask<{ bytes: number }>(HELD)
      bytes = row?.bytes ?? null
    } catch {
      // It is asked again by the next who wants to know.
    } finally {
      isCounting = false
    }
  }

  return {
    add(change: number): void {
      if (bytes !== null) bytes += change
    },

    /** The bytes; null: not known, or not worth knowing. */
    read: (): number | null => bytes,

    /** Counts, unless even with their indexes and free space the tables are smaller. What is counted is known a moment later. */
    async measureIfLarge(turn: { ask: Ask }, bytesMax: number): Promise<void> {
      if (bytes === null && !isCounting && (await readTotalBytes(turn.ask)) > bytesMax) void count()
    },

    /** A turn was rolled back, with what it has added. */
    undo(): void {
      bytes = null
    },
  }
}
