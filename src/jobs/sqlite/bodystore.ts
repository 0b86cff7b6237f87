// Writes bodies in pieces, found by the number of their job, and reads the bodies that the engine needs. Runs inside the
// transactions of the store.
import { eq, type Placeholder, sql } from "drizzle-orm"
import { BODY_PIECE_BYTES } from "../job.ts"
import { BODY_PIECES_MAX, readNumber } from "../numbers.ts"
import type { BodyKind, BodyPart } from "../store.ts"
import type { Connection } from "./database.ts"
import { prepareChange } from "./statement.ts"
import { contents, jobs, requests, results, uploads } from "./tables.ts"

const PIECES_MAX = sql.raw(String(BODY_PIECES_MAX))

export type BodyStore = ReturnType<typeof createBodyStore>

/** @param onDelete called when something is deleted that the write-ahead log may still contain */
export function createBodyStore({ database, db }: Connection, onDelete: () => void) {
  const prepare = (query: Parameters<typeof prepareChange>[1]) => prepareChange(database, query)
  const number = sql.placeholder("number")
  const id = sql.placeholder("id")
  const place = placeOfPiece(number, sql.placeholder("seq"))
  const inBody = sql`place >= ${number} * ${PIECES_MAX} AND place < (${number} + 1) * ${PIECES_MAX}`
  const prepareBody = (table: typeof requests | typeof results | typeof contents) => ({
    insert: prepare(db.insert(table).values({ place, data: sql.placeholder("data") })),
    delete: prepare(db.delete(table).where(inBody)),
  })
  const bodies = { request: prepareBody(requests), result: prepareBody(results), content: prepareBody(contents) }
  const selectBody = db.select({ data: requests.data }).from(requests).where(inBody).orderBy(requests.place).prepare()
  const selectPiece = db.select({ data: requests.data }).from(requests).where(sql`place = ${place}`).prepare()
  const insertUpload = prepare(db.insert(uploads).values({ job_id: id, number, started_at: sql.placeholder("now") }))
  const deleteUpload = db.delete(uploads).where(eq(uploads.job_id, id)).returning({ number: uploads.number }).prepare()
  const selectUploads = db.select({ id: uploads.job_id }).from(uploads).prepare()
  const selectUpload = db.select({ number: uploads.number }).from(uploads).where(eq(uploads.job_id, id)).prepare()
  const selectRunning = db
    .select({ number: jobs.number })
    .from(jobs)
    .where(sql`number = ${number} AND state = 'running' AND attempt = ${sql.placeholder("attempt")}`)
    .prepare()

  function put(number: number, { kind, seq: first, bytes }: BodyPart): void {
    for (let n = 0; n * BODY_PIECE_BYTES < bytes.length; n++) {
      const data = bytes.subarray(n * BODY_PIECE_BYTES, (n + 1) * BODY_PIECE_BYTES)
      if (first + n >= BODY_PIECES_MAX) throw new Error(`the ${kind} has more than ${BODY_PIECES_MAX} pieces`)
      bodies[kind].insert({ number, seq: first + n, data })
    }
  }

  /** Deletes the stored parts of an answer with which the job did not end. */
  function clearAnswer(number: number): void {
    if (bodies.result.delete({ number }) + bodies.content.delete({ number }) > 0) onDelete()
  }

  return {
    /** Stores a whole body. */
    put(number: number, kind: BodyKind, body: string | Uint8Array): void {
      put(number, { kind, seq: 0, bytes: toBytes(body) })
    },

    clearAnswer,

    /** Deletes all bodies of a job. */
    delete(number: number): void {
      for (const { delete: remove } of Object.values(bodies)) remove({ number })
      onDelete()
    },

    /** Stores a part of an answer, if its attempt is still running. */
    stage({ number, attempt }: { number: number; attempt: number }, part: BodyPart): null {
      if (!selectRunning.get({ number, attempt })) return null
      if (part.kind === "result" && part.seq === 0) clearAnswer(number)
      put(number, part)
      return null
    },

    /** Stores a part of a request before its job exists. */
    upload(jobId: string, { kind, seq, bytes }: BodyPart, now: number): null {
      if (seq === 0) insertUpload({ id: jobId, number: readNumber(jobId), now })
      const upload = selectUpload.get({ id: jobId })
      // Where the first piece was refused, the following ones are not stored.
      if (upload) put(upload.number, { kind, seq, bytes })
      return null
    },

    /** Turns an uploaded request into the request of a job. */
    takeUpload(jobId: string): void {
      deleteUpload.all({ id: jobId })
    },

    /** Deletes an uploaded request. The request of an existing job is kept. */
    discard(jobId: string): void {
      const [upload] = deleteUpload.all({ id: jobId })
      if (!upload) return
      bodies.request.delete({ number: upload.number })
      onDelete()
    },

    /** The ids of requests that a previous process was receiving. */
    uploads(): string[] {
      return selectUploads.all().map((row) => row.id)
    },

    request(number: number): string {
      return Buffer.concat(selectBody.all({ number }).map((row) => row.data)).toString()
    },

    /** One piece of a request, or null past its end. */
    requestPiece(jobId: string, seq: number): Uint8Array | null {
      return selectPiece.get({ number: readNumber(jobId), seq })?.data ?? null
    },
  }
}

/** The key of a piece. SQLite computes it, because it can exceed the safe integers of JavaScript. */
function placeOfPiece(number: Placeholder, seq: Placeholder) {
  return sql`${number} * ${PIECES_MAX} + ${seq}`
}

function toBytes(body: string | Uint8Array): Uint8Array {
  return typeof body === "string" ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.length)
}
