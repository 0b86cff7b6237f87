// Writes bodies in pieces, found by the number of their job, and reads the bodies that the engine needs.
import { BODY_PIECE_BYTES } from "../job.ts"
import { BODY_PIECES_MAX, readNumber } from "../numbers.ts"
import type { BodyKind, BodyPart, ChangeOf } from "../store.ts"
import { toArray } from "./pgcolumns.ts"
import type { Asking } from "./pgdriver.ts"
import type { Turn } from "./pgturn.ts"
import { awaitAll } from "./pgwriter.ts"

type Ask = Asking["ask"]

export const bodyTables = { request: "requests", result: "results", content: "contents" } as const satisfies Record<
  BodyKind,
  string
>

/** A body of at most so many characters is one piece, and is stored by the statement that stores or ends its job. */
export const SHORT_CHARS = BODY_PIECE_BYTES / 4

export type PgBodies = ReturnType<typeof createPgBodies>

/** @param onBytes called with how many bytes of bodies have come, or gone */
export function createPgBodies(onBytes: (bytes: number) => void) {
  async function putPart({ ask }: Turn, number: number, { kind, seq: first, bytes }: BodyPart): Promise<void> {
    const count = Math.ceil(bytes.length / BODY_PIECE_BYTES)
    if (first + count > BODY_PIECES_MAX) throw new Error(`the ${kind} has more than ${BODY_PIECES_MAX} pieces`)
    const sql = `INSERT INTO ${bodyTables[kind]} (number, piece, data) VALUES ($1::bigint, $2::integer, $3::bytea)`
    const pieces = Array.from({ length: count }, (_, n) =>
      ask(sql, [number, first + n, bytes.subarray(n * BODY_PIECE_BYTES, (n + 1) * BODY_PIECE_BYTES)]),
    )
    await awaitAll(pieces)
    onBytes(bytes.length)
  }

  /** Deletes bodies of these jobs. */
  async function remove({ ask }: Turn, numbers: readonly number[], kinds: readonly BodyKind[]): Promise<void> {
    if (numbers.length === 0) return
    const gone = await awaitAll(
      kinds.map((kind) =>
        ask<{ bytes: number }>(
          `WITH gone AS (DELETE FROM ${bodyTables[kind]} WHERE number = ANY($1::text::bigint[]) RETURNING octet_length(data) AS bytes)
           SELECT coalesce(sum(bytes), 0)::float8 AS bytes FROM gone`,
          [toArray(numbers)],
        ),
      ),
    )
    for (const [row] of gone as [{ bytes: number }][]) onBytes(-row.bytes)
  }

  async function discard(turn: Turn, jobIds: readonly string[] | null): Promise<void> {
    const gone = await turn.ask<{ number: number }>(
      `DELETE FROM uploads WHERE $1::text IS NULL OR job_id IN (SELECT json_array_elements_text($1::text::json))
       RETURNING number::float8 AS number`,
      [jobIds && JSON.stringify(jobIds)],
    )
    await remove(
      turn,
      gone.map(({ number }) => number),
      ["request"],
    )
  }

  return {
    onBytes,

    /** Stores a whole body. */
    put(turn: Turn, number: number, kind: BodyKind, body: string | Uint8Array): Promise<void> {
      return putPart(turn, number, { kind, seq: 0, bytes: toBytes(body) })
    },

    remove,

    /** Stores a part of an answer, if its attempt is still running. */
    async stage(turn: Turn, { job, part }: ChangeOf<"stage">): Promise<null> {
      const { number, attempt } = job
      const [running] = await turn.ask(
        "SELECT number::float8 AS number FROM jobs WHERE number = $1::bigint AND state = 'running' AND attempt = $2::integer",
        [number, attempt],
      )
      if (!running) return null
      if (part.kind === "result" && part.seq === 0) await remove(turn, [number], ["result", "content"])
      await putPart(turn, number, part)
      return null
    },

    /** Stores a part of a request before its job exists. Where the first was refused, the following ones are not stored. */
    async upload(turn: Turn, { jobId, part }: ChangeOf<"upload">): Promise<null> {
      if (part.seq === 0) {
        await turn.ask("INSERT INTO uploads (job_id, number, started_at) VALUES ($1::text, $2::bigint, $3::bigint)", [
          jobId,
          readNumber(jobId),
          turn.now,
        ])
      }
      const [upload] = await turn.ask<{ number: number }>(
        "SELECT number::float8 AS number FROM uploads WHERE job_id = $1::text",
        [jobId],
      )
      if (upload) await putPart(turn, upload.number, part)
      return null
    },

    /** Turns uploaded requests into requests of jobs. */
    async takeUploads({ ask }: Turn, jobIds: readonly string[]): Promise<void> {
      if (jobIds.length === 0) return
      await ask("DELETE FROM uploads WHERE job_id IN (SELECT json_array_elements_text($1::text::json))", [
        JSON.stringify(jobIds),
      ])
    },

    /** Deletes uploaded requests; null: all. The request of an existing job is kept. */
    discard,
  }
}

/** The whole request of a job as text. */
export async function readRequest(ask: Ask, number: number): Promise<string> {
  const rows = await ask<{ data: Uint8Array }>("SELECT data FROM requests WHERE number = $1::bigint ORDER BY piece", [
    number,
  ])
  return Buffer.concat(rows.map(({ data }) => data)).toString()
}

/** A piece of a request, or null past its end. */
export async function readRequestPiece(ask: Ask, jobId: string, seq: number): Promise<Uint8Array | null> {
  const [row] = await ask<{ data: Uint8Array }>(
    "SELECT data FROM requests WHERE number = $1::bigint AND piece = $2::integer",
    [readNumber(jobId), seq],
  )
  return row?.data ?? null
}

function toBytes(body: string | Uint8Array): Uint8Array {
  return typeof body === "string" ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.length)
}
