// Writes bodies, and reads what the engine needs of them: in pieces, found by their job's number. Part of the store, inside its
// transactions.
import { eq, sql } from "drizzle-orm"
import { BODY_PIECE_BYTES } from "../job.ts"
import type { BodyKind, BodyPart } from "../store.ts"
import type { Connection } from "./database.ts"
import { BODY_PIECES_MAX } from "./pieces.ts"
import { prepareChange } from "./statement.ts"
import { contents, jobs, requests, results, uploads } from "./tables.ts"

export type BodyStore = ReturnType<typeof createBodyStore>

/**
 * @param nextNumber that of a job that is to come
 * @param onDelete called when something is deleted that the log may still hold
 */
export function createBodyStore({ database, db }: Connection, nextNumber: () => number, onDelete: () => void) {
  const change = (query: Parameters<typeof prepareChange>[1]) => prepareChange(database, query)
  const place = sql.placeholder("place")
  const id = sql.placeholder("id")
  const inBody = sql`place >= ${place} AND place < ${sql.placeholder("end")}`
  const bodyOf = (table: typeof requests | typeof results | typeof contents) => ({
    insert: change(db.insert(table).values({ place, data: sql.placeholder("data") })),
    delete: change(db.delete(table).where(inBody)),
  })
  const bodies = { request: bodyOf(requests), result: bodyOf(results), content: bodyOf(contents) }
  const selectBody = db.select({ data: requests.data }).from(requests).where(inBody).orderBy(requests.place).prepare()
  const selectPiece = db.select({ data: requests.data }).from(requests).where(eq(requests.place, place)).prepare()
  const insertUpload = change(
    db.insert(uploads).values({ job_id: id, number: sql.placeholder("number"), started_at: sql.placeholder("now") }),
  )
  const deleteUpload = db.delete(uploads).where(eq(uploads.job_id, id)).returning({ number: uploads.number }).prepare()
  const selectUploads = db.select({ id: uploads.job_id }).from(uploads).prepare()
  const selectUpload = db.select({ number: uploads.number }).from(uploads).where(eq(uploads.job_id, id)).prepare()
  const selectNumber = db.select({ number: jobs.number }).from(jobs).where(eq(jobs.id, id)).prepare()
  const selectRunning = db
    .select({ number: jobs.number })
    .from(jobs)
    .where(sql`number = ${sql.placeholder("number")} AND state = 'running' AND attempt = ${sql.placeholder("attempt")}`)
    .prepare()

  function put(number: number, { kind, seq: first, bytes }: BodyPart): void {
    for (let n = 0; n * BODY_PIECE_BYTES < bytes.length; n++) {
      const data = bytes.subarray(n * BODY_PIECE_BYTES, (n + 1) * BODY_PIECE_BYTES)
      bodies[kind].insert({ place: placeOf(number, first + n), data })
    }
  }

  /** What was left of an answer that did not become the job's. */
  function clearAnswer(number: number): void {
    const places = placesOf(number)
    if (bodies.result.delete(places) + bodies.content.delete(places) > 0) onDelete()
  }

  return {
    /** A whole body. */
    put(number: number, kind: BodyKind, body: string | Uint8Array): void {
      put(number, { kind, seq: 0, bytes: bytesOf(body) })
    },

    clearAnswer,

    /** All that is stored of a job. */
    delete(number: number): void {
      for (const { delete: remove } of Object.values(bodies)) remove(placesOf(number))
      onDelete()
    },

    /** A part of the answer of an attempt that is under way; of any other nothing is stored. */
    stage({ number, attempt }: { number: number; attempt: number }, part: BodyPart): null {
      if (!selectRunning.get({ number, attempt })) return null
      if (part.kind === "result" && part.seq === 0) clearAnswer(number)
      put(number, part)
      return null
    },

    /** A part of a request that is coming in, before its job is there. */
    upload(jobId: string, { kind, seq, bytes }: BodyPart, now: number): null {
      if (seq === 0) insertUpload({ id: jobId, number: nextNumber(), now })
      const upload = selectUpload.get({ id: jobId })
      // Where its first piece was refused, the rest is nobody's.
      if (upload) put(upload.number, { kind, seq, bytes })
      return null
    },

    /** The number of the job whose request is there in parts, which is no upload any more; null: it is not there. */
    takeUpload(jobId: string): number | null {
      return deleteUpload.all({ id: jobId })[0]?.number ?? null
    },

    /** The request did not become a job. One that did keeps its body, whoever asks. */
    discard(jobId: string): void {
      const [upload] = deleteUpload.all({ id: jobId })
      if (!upload) return
      bodies.request.delete(placesOf(upload.number))
      onDelete()
    },

    /** Requests that a process that died was receiving. */
    uploads(): string[] {
      return selectUploads.all().map((row) => row.id)
    },

    request(number: number): string {
      return Buffer.concat(selectBody.all(placesOf(number)).map((row) => row.data)).toString()
    },

    /** One piece of a request's body, or null past its end. */
    requestPiece(jobId: string, seq: number): Uint8Array | null {
      const job = selectNumber.get({ id: jobId })
      return job ? (selectPiece.get({ place: placeOf(job.number, seq) })?.data ?? null) : null
    },
  }
}

function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === "string" ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.length)
}

/** Where a piece of a job's body stands in its table. */
function placeOf(number: number, seq: number): number {
  return number * BODY_PIECES_MAX + seq
}

function placesOf(number: number): { place: number; end: number } {
  return { place: placeOf(number, 0), end: placeOf(number + 1, 0) }
}
