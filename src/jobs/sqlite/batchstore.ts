// Stores files and batches, inside the transactions of the store, and counts the jobs of each batch as they are stored and end.
import { type NewFile, REMOVED, unfinishedStatuses } from "../../batches/batch.ts"
import { createBatchCounter } from "../batchcounts.ts"
import type { Claimed } from "../job.ts"
import { readBatchNumber } from "../numbers.ts"
import type { ChangeOf, Results } from "../store.ts"
import { BATCH_MS } from "../storebounds.ts"
import { batchNames, fileNames, unfinished } from "./batchrows.ts"
import { makeInsert } from "./columns.ts"
import type { Connection } from "./database.ts"
import type { WebhookStore } from "./webhookstore.ts"

export type BatchStore = ReturnType<typeof createBatchStore>

// Longer than 80 lines: it is a list of prepared statements, and what a turn has counted must be forgotten together.
export function createBatchStore({ database }: Connection, webhooks: Pick<WebhookStore, "batchEnded">) {
  type Values = Record<string, string | number | Uint8Array | null>
  const prepare = <Row = unknown>(sql: string) => database.query<Row, Values>(sql)
  const insertFile = prepare(makeInsert("files", fileNames))
  const deleteFile = prepare<{ id: string }>(
    `DELETE FROM files WHERE number = $number
       AND NOT EXISTS (SELECT 1 FROM batches WHERE status IN (${unfinished}) AND input_file = files.id) RETURNING id`,
  )
  const deleteExpired = prepare<{ id: string }>(
    `DELETE FROM files WHERE number IN (SELECT number FROM files WHERE expires_at <= $now
       AND NOT EXISTS (SELECT 1 FROM batches WHERE status IN (${unfinished}) AND input_file = files.id) LIMIT $limit) RETURNING id`,
  )
  const selectFile = prepare<{ id: string }>("SELECT id FROM files WHERE number = $number AND id = $id")
  const insertBatch = prepare(makeInsert("batches", batchNames))
  const updateBatch = prepare<{ id: string; owner: string }>(
    `UPDATE batches SET status = $status, sealed = iif($status IN (${unfinished}), sealed, NULL), errors = coalesce($errors, errors),
       total = coalesce($total, total), output_file = coalesce($outputFile, output_file), error_file = coalesce($errorFile, error_file),
       in_progress_at = iif($status = 'in_progress', coalesce(in_progress_at, $now), in_progress_at),
       finalizing_at = iif($status = 'finalizing', coalesce(finalizing_at, $now), finalizing_at),
       cancelling_at = iif($status = 'cancelling', coalesce(cancelling_at, $now), cancelling_at),
       completed_at = iif($status = 'completed', $now, completed_at), failed_at = iif($status = 'failed', $now, failed_at),
       expired_at = iif($status = 'expired', $now, expired_at), cancelled_at = iif($status = 'cancelled', $now, cancelled_at)
     WHERE number = $number AND instr($from, '|' || status || '|') > 0 RETURNING id, owner`,
  )
  const insertRefusal = prepare(
    "INSERT OR IGNORE INTO batch_refusals (batch, line, status_code, error) VALUES ($batch, $line, $statusCode, $error)",
  )
  const recordRemoval = prepare(
    `INSERT OR IGNORE INTO batch_refusals (batch, line, status_code, error) SELECT batch, batch_line, ${REMOVED}, 'null' FROM jobs
     WHERE number = $number AND EXISTS (SELECT 1 FROM batches WHERE batches.number = jobs.batch AND status IN (${unfinished}))`,
  )
  const addCounts = prepare(
    `UPDATE batches SET taken = max(taken, $taken), completed = completed + $completed, failed = failed + $failed,
       input_tokens = input_tokens + $inputTokens, output_tokens = output_tokens + $outputTokens,
       cost = cost + $cost, calls_without_cost = calls_without_cost + $callsWithoutCost WHERE number = $batch`,
  )
  const expireJobs = prepare(
    `UPDATE jobs SET expires_at = $at WHERE batch = $batch AND batch_line >= $from AND batch_line < $to AND expires_at > $at`,
  )
  const deleteOld = prepare(
    `DELETE FROM batches WHERE number IN (SELECT number FROM batches WHERE created_at < $before AND status NOT IN (${unfinished})
       AND max(coalesce(completed_at, 0), coalesce(failed_at, 0), coalesce(expired_at, 0), coalesce(cancelled_at, 0)) < $before LIMIT $limit)`,
  )

  const counter = createBatchCounter()

  return {
    stored: counter.stored,
    ended: counter.ended,
    spent: counter.spent,

    /**
     * Records that a job of a batch is about to be deleted, so that its line is neither run again nor missing in the results.
     * @param hasEnded whether it was counted when it ended
     */
    removed({ number, batch }: Claimed, hasEnded: boolean): void {
      if (batch === null) return
      recordRemoval.run({ number })
      if (!hasEnded) counter.fail(batch)
    },

    saveFile({ file }: ChangeOf<"saveFile">): null {
      insert(file)
      return null
    },

    removeFile({ number }: ChangeOf<"removeFile">): boolean {
      return deleteFile.all({ number }).length > 0
    },

    createBatch({ batch }: ChangeOf<"createBatch">): boolean {
      const id = batch.inputFile
      if (selectFile.get({ number: readBatchNumber(id), id }) === null) return false
      insertBatch.run({ ...batch, number: readBatchNumber(batch.id) })
      return true
    },

    moveBatch(
      { number, from, to, files = [], errors, total, outputFile, errorFile }: ChangeOf<"moveBatch">,
      now: number,
    ): boolean {
      const values = {
        errors: errors ?? null,
        total: total ?? null,
        outputFile: outputFile ?? null,
        errorFile: errorFile ?? null,
      }
      const moved = updateBatch.get({ number, status: to, from: `|${from.join("|")}|`, now, ...values })
      if (moved === null) return false
      for (const file of files) insert(file)
      if (!unfinishedStatuses.includes(to)) webhooks.batchEnded({ ...moved, number, status: to }, now)
      return true
    },

    refuseLine({ batch, line, statusCode, error }: ChangeOf<"refuseLine">): null {
      if (insertRefusal.run({ batch, line, statusCode, error }).changes > 0) counter.fail(batch)
      counter.take(batch, line)
      return null
    },

    expireBatchJobs({ batch, from, to, at }: ChangeOf<"expireBatchJobs">): null {
      expireJobs.run({ batch, from, to, at })
      return null
    },

    pruneFiles({ limit }: ChangeOf<"pruneFiles">, now: number): Results["pruneFiles"] {
      const files = deleteExpired.all({ now, limit }).map(({ id }) => id)
      deleteOld.run({ before: now - BATCH_MS, limit })
      return files
    },

    /** Writes what the turn has counted: once for all of its jobs that belong to a batch. */
    flush(): void {
      for (const [batch, counts] of counter.drain()) addCounts.run({ batch, ...counts })
    },

    undo: counter.undo,
  }

  function insert(file: NewFile): void {
    insertFile.run({ ...file, number: readBatchNumber(file.id) })
  }
}
