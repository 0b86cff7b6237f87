// Submits the requests of jobs that have ended again, for a bulk operation. Each is one submit, with all of its checks and limits.
import type { Clock } from "../../clock.ts"
import type { ErrorCode } from "../../errors.ts"
import type { ListedJob } from "../../jobs/reads.ts"
import { toRefusal } from "../thrown.ts"
import type { Applied } from "./progress.ts"

/** How many are submitted at the same time: fewer than a turn stores, so that other callers' submits do not wait. */
const AT_ONCE = 16
/** Refusals that pass by themselves: the request is submitted again after the time that they name. */
const passing: readonly ErrorCode[] = ["rate_limited", "queue_full", "server_busy"]
/** Refusals that every other submit would meet too: they end the operation. */
const ending: readonly ErrorCode[] = ["store_unavailable", "store_full", "shutting_down", "internal_error"]

/**
 * @param repeat makes a new job of the request of an earlier one
 * @param isOver whether the operation was aborted
 * @throws {GatewayError} what ends the operation
 */
export async function retryAll(
  jobs: readonly ListedJob[],
  repeat: (job: ListedJob) => Promise<unknown>,
  { clock, isOver }: { clock: Clock; isOver: () => boolean },
): Promise<Applied> {
  const applied: Applied = { done: 0, failed: 0, error: null }
  const retry = async (job: ListedJob): Promise<void> => {
    while (!isOver()) {
      try {
        await repeat(job)
        applied.done++
        return
      } catch (error) {
        const { code, message, retryAfter = 1 } = toRefusal(error)
        if (ending.includes(code)) throw error
        if (!passing.includes(code)) {
          applied.failed++
          applied.error ??= { code, message: `job ${job.id}: ${message}` }
          return
        }
        await new Promise<void>((resolve) => clock.after(retryAfter * 1000, resolve))
      }
    }
  }
  for (let first = 0; first < jobs.length; first += AT_ONCE) {
    await Promise.all(jobs.slice(first, first + AT_ONCE).map(retry))
  }
  return applied
}
