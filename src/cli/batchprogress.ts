// How far a batch is: a bar with the time that is left and what it has cost, and the wait for its end.
import { steadyNow, systemClock } from "../clock.ts"
import { asRecord, asText } from "../values.ts"
import { CommandError, type Ending } from "./exitcodes.ts"
import type { Gateway } from "./gatewayclient.ts"
import { cutLine, type Terminal } from "./terminal.ts"
import { formatAge } from "./texts.ts"

/** A batch as the API has it. */
export type Fields = Record<string, unknown>

export const BATCHES = "/v1/batches"
const LOOK_MS = 1000
/** How long a gateway that is started again may take. */
const RESTART_MS = 20_000
const BAR_CHARS = 24

const ended = ["completed", "failed", "expired", "cancelled"]

export function hasEnded({ status }: Fields): boolean {
  return ended.includes(asText(status))
}

/** How a command ends that has waited for the batch. */
export function nameBatchEnding(batch: Fields): Ending {
  if (!hasEnded(batch)) return "unfinished"
  if (batch["status"] === "cancelled") return "job_cancelled"
  return batch["status"] === "completed" && readCounts(batch).failed === 0 ? "done" : "job_failed"
}

export function readCounts(batch: Fields): { total: number; completed: number; failed: number } {
  const { total, completed, failed } = asRecord(batch["request_counts"])
  return { total: Number(total ?? 0), completed: Number(completed ?? 0), failed: Number(failed ?? 0) }
}

/**
 * Waits for the end of a batch. The gateway has answered before: while it is gone it is being started again.
 * @throws {CommandError} failed: there is none; unreachable; …
 */
export async function waitForBatch(
  id: string,
  gateway: Gateway,
  terminal: Terminal,
  isQuiet: boolean,
): Promise<Fields> {
  const begin = { at: steadyNow(), done: -1 }
  let goneAt = Number.POSITIVE_INFINITY
  for (;;) {
    try {
      const { value: batch } = await gateway.read(`${BATCHES}/${encodeURIComponent(id)}`)
      goneAt = Number.POSITIVE_INFINITY
      if (hasEnded(batch)) return batch
      const { completed, failed } = readCounts(batch)
      if (begin.done < 0) begin.done = completed + failed
      if (!isQuiet && terminal.canRedraw) {
        terminal.progress(cutLine(drawProgress(batch, begin), 79))
      }
    } catch (error) {
      if (!(error instanceof CommandError) || error.ending !== "unreachable") throw error
      goneAt = Math.min(goneAt, steadyNow())
      if (steadyNow() > goneAt + RESTART_MS)
        throw new CommandError("unreachable", `${error.message}; the batch is kept: asyncgate batch get ${id} --wait`)
    }
    await new Promise<void>((resolve) => systemClock.after(LOOK_MS, resolve))
  }
}

/** @param begin what was done when the wait began, by `steadyNow` */
function drawProgress(batch: Fields, begin: { at: number; done: number }): string {
  const { total, completed, failed } = readCounts(batch)
  const status = asText(batch["status"])
  if (total === 0) return status
  const done = completed + failed
  const filled = Math.floor((done / total) * BAR_CHARS)
  const bar = `${"#".repeat(filled)}${"-".repeat(BAR_CHARS - filled)}`
  const rate = (done - begin.done) / (steadyNow() - begin.at)
  const left = rate > 0 ? `, ${formatAge((total - done) / rate)} left` : ""
  const failures = failed === 0 ? "" : `, ${failed} failed`
  const cost = typeof batch["cost_usd"] === "number" ? `, $${batch["cost_usd"].toFixed(4)}` : ""
  return `${status} [${bar}] ${done} of ${total}${failures}${left}${cost}`
}

/** What its calls have cost so far, as far as that is known. */
export function describeCost({ cost_usd, calls_without_cost: unknown }: Fields): string {
  if (typeof cost_usd !== "number") return "unknown"
  const isMore = Number(unknown ?? 0) > 0
  return `$${cost_usd.toFixed(4)}${isMore ? `, and ${unknown} call${unknown === 1 ? "" : "s"} of unknown cost` : ""}`
}
