// A batch as OpenAI writes it: https://platform.openai.com/docs/api-reference/batch/object

import type { Batch, NewBatch } from "../../batches/batch.ts"
import type { LineError } from "../../batches/inputlines.ts"
import { toSeconds } from "../files/fileobject.ts"

/** Times are Unix seconds. Members that have no value are null, as OpenAI writes them. */
export function writeBatch(batch: Batch | NewBatch, waitsFor: string | null = null) {
  const seconds = (ms: number | null) => (ms === null ? null : toSeconds(ms))
  const errors = batch.errors === null ? null : (JSON.parse(batch.errors) as LineError[])
  return {
    id: batch.id,
    object: "batch",
    endpoint: batch.url,
    model: null,
    errors: errors && { object: "list", data: errors },
    input_file_id: batch.inputFile,
    completion_window: batch.window,
    status: batch.status,
    output_file_id: batch.outputFile,
    error_file_id: batch.errorFile,
    created_at: toSeconds(batch.createdAt),
    in_progress_at: seconds(batch.inProgressAt),
    expires_at: toSeconds(batch.expiresAt),
    finalizing_at: seconds(batch.finalizingAt),
    completed_at: seconds(batch.completedAt),
    failed_at: seconds(batch.failedAt),
    expired_at: seconds(batch.expiredAt),
    cancelling_at: seconds(batch.cancellingAt),
    cancelled_at: seconds(batch.cancelledAt),
    request_counts: { total: batch.total ?? 0, completed: batch.completed, failed: batch.failed },
    usage: writeUsage(batch),
    metadata: batch.metadata === null ? null : (JSON.parse(batch.metadata) as unknown),
    // Of this gateway: what its calls have cost, and why no line goes out at the moment.
    cost_usd: batch.cost === 0 && batch.callsWithoutCost > 0 ? null : batch.cost,
    calls_without_cost: batch.callsWithoutCost,
    ...(waitsFor === null ? {} : { waits_for: waitsFor }),
  }
}

/** As a response's usage is written. Tokens that providers did not report are not in it. */
function writeUsage({ inputTokens, outputTokens }: Batch | NewBatch) {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: inputTokens + outputTokens,
  }
}
