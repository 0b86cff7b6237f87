// Stores files and batches, and counts the jobs of each batch as they are stored and end.
import { REMOVED, unfinishedStatuses } from "../../batches/batch.ts"
import { createBatchCounter } from "../batchcounts.ts"
import type { Claimed } from "../job.ts"
import { readBatchNumber } from "../numbers.ts"
import type { ChangeOf, Results } from "../store.ts"
import { BATCH_MS } from "../storebounds.ts"
import { batches, type Columns, files, given, list, toRow } from "./pgcolumns.ts"
import { toJson } from "./pgdriver.ts"
import type { Turn } from "./pgturn.ts"
import type { PgWebhooks } from "./pgwebhooks.ts"

/** Their statuses, for a condition of SQL. The partial index has the same. */
export const unfinished = unfinishedStatuses.map((status) => `'${status}'`).join(", ")

const counts = {
  ...{ batch: "bigint", taken: "integer", completed: "integer", failed: "integer", input_tokens: "float8" },
  ...{ output_tokens: "float8", cost: "float8", calls_without_cost: "integer" },
} as const satisfies Columns

const NOT_READ = `NOT EXISTS (SELECT FROM batches WHERE status IN (${unfinished}) AND input_file = files.id)`

const setAt = (column: string, status: string, value: string) =>
  `${column} = CASE WHEN $2::text = '${status}' THEN ${value} ELSE ${column} END`

const MOVE = `UPDATE batches SET status = $2::text, sealed = CASE WHEN $2::text IN (${unfinished}) THEN sealed END,
    errors = coalesce($5::text, errors), total = coalesce($6::integer, total), output_file = coalesce($7::text, output_file),
    error_file = coalesce($8::text, error_file),
    ${(["in_progress", "finalizing", "cancelling"] as const)
      .map((status) => setAt(`${status}_at`, status, `coalesce(${status}_at, $4::bigint)`))
      .join(", ")},
    ${(["completed", "failed", "expired", "cancelled"] as const)
      .map((status) => setAt(`${status}_at`, status, "$4::bigint"))
      .join(", ")}
  WHERE number = $1::bigint AND status IN (SELECT json_array_elements_text($3::text::json)) RETURNING id, owner`

const COUNT = `UPDATE batches SET taken = greatest(batches.taken, given.taken), completed = batches.completed + given.completed,
    failed = batches.failed + given.failed, input_tokens = batches.input_tokens + given.input_tokens,
    output_tokens = batches.output_tokens + given.output_tokens, cost = batches.cost + given.cost,
    calls_without_cost = batches.calls_without_cost + given.calls_without_cost
  FROM ${given(counts)} WHERE batches.number = given.batch`

export type PgBatches = ReturnType<typeof createPgBatches>

// Longer than 80 lines: what a turn has counted must be forgotten together.
export function createPgBatches(webhooks: Pick<PgWebhooks, "batchEnded">) {
  const counter = createBatchCounter()

  return {
    stored: counter.stored,
    ended: counter.ended,
    spent: counter.spent,

    /**
     * Records that a job of a batch is about to be deleted, so that its line is neither run again nor missing in the results.
     * @param hasEnded whether it was counted when it ended
     */
    async removed({ ask }: Turn, { number, batch }: Claimed, hasEnded: boolean): Promise<void> {
      if (batch === null) return
      await ask(
        `INSERT INTO batch_refusals (batch, line, status_code, error) SELECT batch, batch_line, ${REMOVED}, 'null' FROM jobs
         WHERE number = $1::bigint AND EXISTS (SELECT FROM batches WHERE batches.number = jobs.batch AND status IN (${unfinished}))
         ON CONFLICT DO NOTHING`,
        [number],
      )
      if (!hasEnded) counter.fail(batch)
    },

    async saveFile(turn: Turn, { file }: ChangeOf<"saveFile">): Promise<null> {
      await insertFiles(turn, [file])
      return null
    },

    async removeFile({ ask }: Turn, { number }: ChangeOf<"removeFile">): Promise<boolean> {
      const gone = await ask(`DELETE FROM files WHERE number = $1::bigint AND ${NOT_READ} RETURNING id`, [number])
      return gone.length > 0
    },

    async createBatch({ ask }: Turn, { batch }: ChangeOf<"createBatch">): Promise<boolean> {
      const id = batch.inputFile
      const [file] = await ask("SELECT id FROM files WHERE number = $1::bigint AND id = $2::text", [
        readBatchNumber(id),
        id,
      ])
      if (!file) return false
      const row = toJson([{ ...toRow(batches, batch), number: readBatchNumber(batch.id) }])
      await ask(`INSERT INTO batches (${list(batches)}) SELECT ${list(batches)} FROM ${given(batches)}`, [row])
      return true
    },

    async moveBatch(turn: Turn, change: ChangeOf<"moveBatch">): Promise<boolean> {
      const { number, from, to, files = [], errors, total, outputFile, errorFile } = change
      const [moved] = await turn.ask<{ id: string; owner: string }>(MOVE, [
        ...[number, to, JSON.stringify(from), turn.now],
        ...[errors ?? null, total ?? null, outputFile ?? null, errorFile ?? null],
      ])
      if (!moved) return false
      await insertFiles(turn, files)
      if (!unfinishedStatuses.includes(to)) await webhooks.batchEnded(turn, { ...moved, number, status: to })
      return true
    },

    async refuseLine({ ask }: Turn, change: ChangeOf<"refuseLine">): Promise<null> {
      const { batch, line, statusCode, error } = change
      const added = await ask(
        `INSERT INTO batch_refusals (batch, line, status_code, error) VALUES ($1::bigint, $2::integer, $3::integer, $4::text)
         ON CONFLICT DO NOTHING RETURNING line`,
        [batch, line, statusCode, error],
      )
      if (added.length > 0) counter.fail(batch)
      counter.take(batch, line)
      return null
    },

    async expireBatchJobs({ ask }: Turn, { batch, from, to, at }: ChangeOf<"expireBatchJobs">): Promise<null> {
      await ask(
        `UPDATE jobs SET expires_at = $4::bigint
         WHERE batch = $1::bigint AND batch_line >= $2::integer AND batch_line < $3::integer AND expires_at > $4::bigint`,
        [batch, from, to, at],
      )
      return null
    },

    async pruneFiles({ ask, now }: Turn, { limit }: ChangeOf<"pruneFiles">): Promise<Results["pruneFiles"]> {
      const gone = await ask<{ id: string }>(
        `DELETE FROM files WHERE number IN
           (SELECT number FROM files WHERE expires_at <= $1::bigint AND ${NOT_READ} LIMIT $2::bigint) RETURNING id`,
        [now, limit],
      )
      await ask(
        `DELETE FROM batches WHERE number IN (SELECT number FROM batches WHERE created_at < $1::bigint AND status NOT IN (${unfinished})
           AND greatest(completed_at, failed_at, expired_at, cancelled_at) < $1::bigint LIMIT $2::bigint)`,
        [now - BATCH_MS, limit],
      )
      return gone.map(({ id }) => id)
    },

    /** Writes what the turn has counted: once for all of its jobs that belong to a batch. */
    async flush({ ask }: Turn): Promise<void> {
      const rows = counter.drain().map(([batch, counted]) => toRow(counts, { batch, ...counted }))
      if (rows.length > 0) await ask(COUNT, [toJson(rows)])
    },

    undo: counter.undo,
  }
}

async function insertFiles({ ask }: Turn, some: readonly { id: string }[]): Promise<void> {
  if (some.length === 0) return
  const rows = some.map((file) => ({ ...toRow(files, file), number: readBatchNumber(file.id) }))
  await ask(`INSERT INTO files (${list(files)}) SELECT ${list(files)} FROM ${given(files)}`, [toJson(rows)])
}
