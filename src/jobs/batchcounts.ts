// What a turn counts of batches as their jobs are stored and end. Both stores write it once for each batch.
import type { AttemptEnd, Claimed, NewJob } from "./job.ts"
import type { Finish } from "./store.ts"
import { isOfUnknownCost } from "./storebounds.ts"

/** What a turn has counted of a batch. `taken` is the last of its lines that became a job or a refusal. */
export interface BatchCounts {
  taken: number
  completed: number
  failed: number
  inputTokens: number
  outputTokens: number
  cost: number
  callsWithoutCost: number
}

export function createBatchCounter() {
  const counted = new Map<number, BatchCounts>()

  function count(batch: number): BatchCounts {
    let counts = counted.get(batch)
    if (counts === undefined) {
      counts = { ...nothing }
      counted.set(batch, counts)
    }
    return counts
  }

  function take(batch: number, line: number): void {
    const counts = count(batch)
    counts.taken = Math.max(counts.taken, line)
  }

  return {
    /** Counts a line up to which all have become jobs or refusals. */
    take,

    /** Counts a job of a batch that ends without a result. */
    fail(batch: number): void {
      count(batch).failed++
    },

    /** Counts a line that this turn stores as a job. */
    stored({ batch, batchLine }: NewJob): void {
      if (batch !== null) take(batch, batchLine ?? 0)
    },

    /** Counts a job of a batch that ends in this turn. */
    ended({ batch }: Claimed, { state }: Pick<Finish, "state">): void {
      if (batch === null) return
      if (state === "succeeded") count(batch).completed++
      else count(batch).failed++
    },

    /** Counts what an attempt has used and cost that ends in this turn, be it the last of its job or not. */
    spent({ batch }: Claimed, end: AttemptEnd): void {
      if (batch === null) return
      const counts = count(batch)
      counts.inputTokens += end.used?.input_tokens ?? 0
      counts.outputTokens += end.used?.output_tokens ?? 0
      counts.cost += end.cost ?? 0
      counts.callsWithoutCost += Number(isOfUnknownCost(end))
    },

    /** What was counted since it was asked last. */
    drain(): [batch: number, counts: BatchCounts][] {
      const all = [...counted]
      counted.clear()
      return all
    },

    /** The turn was rolled back. */
    undo: (): void => counted.clear(),
  }
}

const nothing: BatchCounts = {
  ...{ taken: 0, completed: 0, failed: 0, inputTokens: 0, outputTokens: 0, cost: 0, callsWithoutCost: 0 },
}
