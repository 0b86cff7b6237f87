// What the HTTP server asks of batches, as a script has it: to make one, to move it on, to refuse a line, to let its jobs expire.
import { type BatchStatus, makeBatchId, makeFileId, unfinishedStatuses } from "../../src/batches/batch.ts"
import type { BatchRow } from "./batchcounts.ts"
import type { Step } from "./steps.ts"
import type { World } from "./world.ts"

const DAY_MS = 86_400_000

/** From where each of these moves goes where. */
const moves: Partial<Record<BatchMove, [from: BatchStatus[], to: BatchStatus]>> = {
  begin: [["validating"], "in_progress"],
  finalize: [["in_progress"], "finalizing"],
  complete: [["finalizing"], "completed"],
  cancel: [["validating", "in_progress"], "cancelling"],
  stop: [["cancelling"], "cancelled"],
}

type BatchMove = Extract<Step, { do: "batch" }>["move"]

export function changeBatch(world: World, { move, nth }: Extract<Step, { do: "batch" }>): void {
  if (move === "create") {
    createBatch(world)
    return
  }
  const row = [...world.ledger.batches.rows.values()].at(-1 - nth)
  if (row) moveBatch(world, row, move)
}

/** Ends all batches that have not ended. */
export function endBatches(world: World): void {
  for (const row of world.ledger.batches.listUnfinished())
    for (const move of ["complete", "cancel", "stop"] as const) moveBatch(world, row, move)
}

function moveBatch(world: World, { number, taken }: BatchRow, move: BatchMove): void {
  const [from, to] = moves[move] ?? []
  const status = world.ledger.batches.rows.get(number)?.status ?? "failed"
  if (from && to) world.askBatch({ kind: "moveBatch", number, from, to })
  else if (move === "expire") {
    // Not before: a job that is gone before the results are written would be missing in them.
    if (unfinishedStatuses.includes(status)) return
    world.askBatch({ kind: "expireBatchJobs", batch: number, from: 1, to: taken + 1, at: world.ledger.now() + DAY_MS })
  } else if (status === "in_progress") {
    const line = world.ledger.batches.chooseLine(number)
    world.askBatch({ kind: "refuseLine", batch: number, line, statusCode: 400, error: "{}" }, `${number} ${line}`)
  }
}

function createBatch(world: World): void {
  const now = world.ledger.now()
  const inputFile = makeFileId(world.newId())
  const expiresAt = now + DAY_MS
  const file = { id: inputFile, owner: "", filename: "in.jsonl", purpose: "batch", bytes: 1, createdAt: now, expiresAt }
  world.askBatch({ kind: "saveFile", file })
  const none = { errors: null, total: null, outputFile: null, errorFile: null, metadata: null }
  const times = { inProgressAt: null, finalizingAt: null, completedAt: null, failedAt: null, expiredAt: null }
  world.askBatch({
    kind: "createBatch",
    batch: {
      ...{ id: makeBatchId(world.newId()), owner: "", sealed: new Uint8Array([1]), inputFile, window: "24h" },
      ...{ url: "/v1/chat/completions", requestType: "chat_completion", expiresAt, outputTtlMs: DAY_MS },
      ...{ status: "validating", createdAt: now, taken: 0, completed: 0, failed: 0, inputTokens: 0, outputTokens: 0 },
      ...{ cost: 0, callsWithoutCost: 0, cancellingAt: null, cancelledAt: null },
      ...none,
      ...times,
    },
  })
}
