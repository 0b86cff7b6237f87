// Queries about files and batches. Read only.
import type { Database } from "bun:sqlite"
import type { Batch, LineRefusal, StoredFile } from "../../batches/batch.ts"
import { readBatchNumber, readNumber } from "../numbers.ts"
import type { BatchJob, BatchQuery, FileQuery } from "../reads.ts"
import { batchColumns, fileColumns, unfinished } from "./batchrows.ts"

type Values = Record<string, string | number | null>

/** No number is above it. */
const LAST = Number.MAX_SAFE_INTEGER

/** @param share runs a query inside the read transaction of this turn of the event loop */
export function prepareBatchReads(database: Database, share: <T>(question: () => T) => T) {
  const prepare = <Row>(sql: string) => database.query<Row, Values>(sql)
  const owned = "($owners IS NULL OR owner IN (SELECT value FROM json_each($owners)))"
  const selectFile = prepare<StoredFile>(`SELECT ${fileColumns} FROM files WHERE number = $number AND id = $id`)
  const prepareFiles = (order: string, bounds: string) =>
    prepare<StoredFile>(
      `SELECT ${fileColumns} FROM files WHERE ${bounds} AND purpose = coalesce($purpose, purpose)
         AND ifnull(expires_at > $now, 1) AND ${owned} ORDER BY number ${order} LIMIT $limit`,
    )
  const selectFiles = { desc: prepareFiles("DESC", "number < $after"), asc: prepareFiles("ASC", "number > $after") }
  const selectFileIds = prepare<{ id: string }>("SELECT id FROM files")
  const selectBatch = prepare<Batch>(`SELECT ${batchColumns} FROM batches WHERE number = $number AND id = $id`)
  const selectBatches = prepare<Batch>(
    `SELECT ${batchColumns} FROM batches WHERE number < $after AND ${owned} ORDER BY number DESC LIMIT $limit`,
  )
  const selectUnfinished = prepare<Batch>(
    `SELECT ${batchColumns} FROM batches WHERE status IN (${unfinished}) ORDER BY number`,
  )
  const selectLine = prepare<{ batchId: string; line: number }>(
    `SELECT batches.id AS batchId, batch_line AS line FROM jobs JOIN batches ON batches.number = jobs.batch
     WHERE jobs.number = $number AND jobs.id = $id`,
  )
  const selectJobs = prepare<BatchJob>(
    `SELECT batch_line AS line, id, request_id AS requestId, state, status_code AS statusCode, error FROM jobs
     WHERE batch = $batch AND batch_line >= $from AND batch_line < $to ORDER BY batch_line`,
  )
  const selectRefusals = prepare<LineRefusal>(
    `SELECT line, status_code AS statusCode, error FROM batch_refusals
     WHERE batch = $batch AND line >= $from AND line < $to ORDER BY line`,
  )

  const locate = (id: string) => ({ id, number: readBatchNumber(id) })
  const list = (owners: readonly string[] | null) => owners && JSON.stringify(owners)

  return {
    file(id: string, now: number): StoredFile | null {
      const file = share(() => selectFile.get(locate(id)))
      return file && (file.expiresAt === null || file.expiresAt > now) ? file : null
    },

    files({ owners, purpose, order, after, limit }: FileQuery, now: number): StoredFile[] {
      const bound = after === null ? (order === "asc" ? -1 : LAST) : locate(after).number
      return share(() => selectFiles[order].all({ owners: list(owners), purpose, after: bound, limit, now }))
    },

    fileIds: (): string[] => share(() => selectFileIds.all({})).map(({ id }) => id),

    batch: (id: string): Batch | null => share(() => selectBatch.get(locate(id))),

    batches({ owners, after, limit }: BatchQuery): Batch[] {
      const bound = after === null ? LAST : locate(after).number
      return share(() => selectBatches.all({ owners: list(owners), after: bound, limit }))
    },

    unfinishedBatches: (): Batch[] => share(() => selectUnfinished.all({})),

    lineOf: (id: string) => share(() => selectLine.get({ number: readNumber(id), id })),

    batchJobs: (batch: number, from: number, to: number): BatchJob[] =>
      share(() => selectJobs.all({ batch, from, to })),

    batchRefusals: (batch: number, from: number, to: number): LineRefusal[] =>
      share(() => selectRefusals.all({ batch, from, to })),
  }
}
