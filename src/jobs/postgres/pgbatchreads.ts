// Queries about files, batches and conversations. Read only.
import type { Batch, LineRefusal, StoredFile } from "../../batches/batch.ts"
import { readConversationId } from "../../endpoints/conversationid.ts"
import type { StoredConversation, StoredItem } from "../conversation.ts"
import { readBatchNumber, readNumber } from "../numbers.ts"
import type { BatchJob, Reads } from "../reads.ts"
import { unfinished } from "./pgbatches.ts"
import { batches, conversationItems, conversations, files, omit, select } from "./pgcolumns.ts"
import type { Asking } from "./pgdriver.ts"

const fileColumns = select(files, "files")
const batchColumns = select(batches, "batches")
const itemColumns = select(omit(conversationItems, "conversation"), "conversation_items")

/** No number is above it, and no place. */
const LAST = Number.MAX_SAFE_INTEGER
const LAST_PLACE = 2_147_483_647

const owned = "($1::text IS NULL OR owner IN (SELECT json_array_elements_text($1::text::json)))"

type Wanted = Pick<
  Reads,
  | (
      | "file"
      | "files"
      | "fileIds"
      | "batch"
      | "batches"
      | "unfinishedBatches"
      | "lineOf"
      | "batchJobs"
      | "batchRefusals"
    )
  | ("conversation" | "conversationItems" | "conversationItem")
>

const list = (owners: readonly string[] | null) => owners && JSON.stringify(owners)

export function prepareBatchReads(ask: Asking["ask"]): Wanted {
  return {
    async file(id, now) {
      const [row] = await ask<StoredFile>(
        `SELECT ${fileColumns} FROM files WHERE number = $1::bigint AND id = $2::text AND coalesce(expires_at > $3::bigint, true)`,
        [readBatchNumber(id), id, now],
      )
      return row ?? null
    },

    files({ owners, purpose, order, after, limit }, now) {
      const bound = after === null ? (order === "asc" ? -1 : LAST) : readBatchNumber(after)
      return ask<StoredFile>(
        `SELECT ${fileColumns} FROM files WHERE ${owned} AND number ${order === "asc" ? ">" : "<"} $2::bigint
           AND ($3::text IS NULL OR purpose = $3::text) AND coalesce(expires_at > $4::bigint, true)
         ORDER BY files.number ${order === "asc" ? "ASC" : "DESC"} LIMIT $5::bigint`,
        [list(owners), bound, purpose, now, limit],
      )
    },

    fileIds: async () => (await ask<{ id: string }>("SELECT id FROM files")).map(({ id }) => id),

    async batch(id) {
      const [row] = await ask<Batch>(
        `SELECT ${batchColumns} FROM batches WHERE number = $1::bigint AND id = $2::text`,
        [readBatchNumber(id), id],
      )
      return row ?? null
    },

    batches: ({ owners, after, limit }) =>
      ask<Batch>(
        `SELECT ${batchColumns} FROM batches WHERE ${owned} AND number < $2::bigint ORDER BY batches.number DESC LIMIT $3::bigint`,
        [list(owners), after === null ? LAST : readBatchNumber(after), limit],
      ),

    unfinishedBatches: () =>
      ask<Batch>(`SELECT ${batchColumns} FROM batches WHERE status IN (${unfinished}) ORDER BY batches.number`),

    async lineOf(jobId) {
      const [row] = await ask<{ batchId: string; line: number }>(
        `SELECT batches.id AS "batchId", batch_line AS line FROM jobs JOIN batches ON batches.number = jobs.batch
         WHERE jobs.number = $1::bigint AND jobs.id = $2::text`,
        [readNumber(jobId), jobId],
      )
      return row ?? null
    },

    batchJobs: (batch, from, to) =>
      ask<BatchJob>(
        `SELECT batch_line AS line, id, request_id AS "requestId", state, status_code AS "statusCode", error FROM jobs
         WHERE batch = $1::bigint AND batch_line >= $2::integer AND batch_line < $3::integer ORDER BY batch_line`,
        [batch, from, Math.min(to, LAST_PLACE)],
      ),

    batchRefusals: (batch, from, to) =>
      ask<LineRefusal>(
        `SELECT line, status_code AS "statusCode", error FROM batch_refusals
         WHERE batch = $1::bigint AND line >= $2::integer AND line < $3::integer ORDER BY line`,
        [batch, from, Math.min(to, LAST_PLACE)],
      ),

    async conversation(id, now) {
      const [row] = await ask<StoredConversation>(
        `SELECT ${select(conversations, "conversations")} FROM conversations
         WHERE number = $1::bigint AND id = $2::text AND expires_at > $3::bigint`,
        [readNumber(readConversationId(id) ?? ""), id, now],
      )
      return row ?? null
    },

    conversationItems: ({ conversation, order, after, limit }) =>
      ask<StoredItem>(
        `SELECT ${itemColumns} FROM conversation_items WHERE conversation = $1::bigint AND place ${order === "asc" ? ">" : "<"} $2::integer
         ORDER BY place ${order === "asc" ? "ASC" : "DESC"} LIMIT $3::bigint`,
        [conversation, after ?? (order === "asc" ? -1 : LAST_PLACE), limit],
      ),

    async conversationItem(conversation, id) {
      const [row] = await ask<StoredItem>(
        `SELECT ${itemColumns} FROM conversation_items WHERE conversation = $1::bigint AND id = $2::text`,
        [conversation, id],
      )
      return row ?? null
    },
  }
}
