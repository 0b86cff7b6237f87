// What is read in pieces, one after the other: results that are too long to be read at once, and the bytes of binary ones. Read only.
import type { Database } from "bun:sqlite"
import type { BodyKind } from "../store.ts"
import { BODY_PIECE_BYTES, BODY_PIECES_MAX } from "./pieces.ts"

/** Where the first piece of a job's body stands: see schema.ts. */
export const firstPlace = `jobs.number * ${BODY_PIECES_MAX}`

export type Bodies = ReturnType<typeof createBodies>

/** Each piece is a read transaction of its own: beside 256 KB it costs nothing, and none stays open while a client is slow. */
export function createBodies(database: Database) {
  const bodyOf = (table: string) => ({
    piece: database.query<{ data: Uint8Array }, [number, string]>(
      `SELECT data FROM ${table}, jobs WHERE place = ${firstPlace} + ? AND jobs.id = ?`,
    ),
    bytes: database.query<{ bytes: number | null }, [string]>(
      `SELECT sum(length(data)) AS bytes FROM jobs, ${table} WHERE jobs.id = ? AND place >= ${firstPlace} AND place < ${firstPlace} + ${BODY_PIECES_MAX}`,
    ),
  })
  const bodies = { request: bodyOf("requests"), result: bodyOf("results"), content: bodyOf("contents") }

  function bytes(id: string, kind: BodyKind): number {
    return bodies[kind].bytes.get(id)?.bytes ?? 0
  }

  return {
    /** How long a body is. */
    bytes,

    /**
     * A body from byte `from` up to `to` (by default all of it), each piece read when it is asked for.
     * @throws when the job goes away meanwhile: what was read then is no whole
     */
    *pieces(id: string, kind: BodyKind, from = 0, to = bytes(id, kind)): Generator<Uint8Array> {
      for (let at = from; at < to; ) {
        const seq = Math.floor(at / BODY_PIECE_BYTES)
        const piece = bodies[kind].piece.get(seq, id)?.data
        if (!piece) throw new Error(`job ${id} was removed while it was being read`)
        const start = at - seq * BODY_PIECE_BYTES
        const part = piece.subarray(start, Math.min(piece.length, start + to - at))
        yield part
        at += part.length
      }
    },
  }
}
