// Reads requests, long results and binary contents piece by piece. Read only.
import type { Database } from "bun:sqlite"
import { BODY_PIECE_BYTES } from "../job.ts"
import { BODY_PIECES_MAX, readNumber } from "../numbers.ts"
import type { ReadableBody } from "../reads.ts"

/** The key of the first piece of a job's body: see tables.ts. */
export const firstPlace = `jobs.number * ${BODY_PIECES_MAX}`

/**
 * Each piece is read in a transaction of its own, so that no transaction stays open while a client is slow.
 * @param answer runs a query and translates errors of the database
 */
export function createBodies(database: Database, answer: <T>(question: () => T) => T) {
  const prepare = (table: string) => ({
    piece: database.query<{ data: Uint8Array }, [number, number, string]>(
      `SELECT data FROM ${table}, jobs WHERE place = ${firstPlace} + ? AND jobs.number = ? AND jobs.id = ?`,
    ),
    bytes: database.query<{ bytes: number | null }, [number, string]>(
      `SELECT sum(length(data)) AS bytes FROM jobs, ${table} WHERE jobs.number = ? AND jobs.id = ? AND place >= ${firstPlace} AND place < ${firstPlace} + ${BODY_PIECES_MAX}`,
    ),
  })
  const statements = { request: prepare("requests"), result: prepare("results"), content: prepare("contents") }

  function bytes(id: string, kind: ReadableBody): number {
    return answer(() => statements[kind].bytes.get(readNumber(id), id)?.bytes ?? 0)
  }

  return {
    bytes,

    *pieces(id: string, kind: ReadableBody, from = 0, to = bytes(id, kind)): Generator<Uint8Array> {
      for (let at = from; at < to; ) {
        const seq = Math.floor(at / BODY_PIECE_BYTES)
        const piece = answer(() => statements[kind].piece.get(seq, readNumber(id), id)?.data)
        if (!piece) throw new Error(`job ${id} was removed while it was being read`)
        const start = at - seq * BODY_PIECE_BYTES
        const part = piece.subarray(start, Math.min(piece.length, start + to - at))
        yield part
        at += part.length
      }
    },
  }
}
