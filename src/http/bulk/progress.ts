// The bulk operations: each goes on after its request is answered. They are kept in memory, and a restart ends them: what an
// operation has done is on disk, job by job.
import { GatewayError } from "../../errors.ts"
import type { ListedJob } from "../../jobs/reads.ts"
import type { Log } from "../../log.ts"
import { toRefusal } from "../thrown.ts"
import { eachBatch, type Selection, type SweepOptions } from "./sweep.ts"

export const actions = ["cancel", "delete", "retry"] as const
export type Action = (typeof actions)[number]

export interface Operation {
  id: string
  action: Action
  /** As the caller has sent it. */
  given: Readonly<Record<string, unknown>>
  /** Whose it is, as `listOwners`; null: the admin's. */
  owners: readonly string[] | null
  status: "running" | "completed" | "aborted" | "failed"
  /** How many jobs matched at the moment. */
  total: number
  done: number
  /** Jobs that ended, changed or were deleted before their turn. */
  skipped: number
  failed: number
  /** Why it has failed, or why the first of the jobs did that are counted as failed. */
  error: { code: string; message: string } | null
  /** Epoch milliseconds. The moment at which the jobs matched. */
  createdAt: number
  endedAt: number | null
}

/** How many operations are remembered. */
const KEPT_MAX = 100
/**
 * How many operations of one caller may run at the same time: each reads the whole list of its owner's jobs. A retry may wait for
 * hours, and those of one caller must keep nobody else from theirs.
 */
const OWN_RUNNING_MAX = 8
/** How many may run of all callers together, whose number nothing bounds. The admin is let in above it. */
const RUNNING_MAX = 64

export type Operations = ReturnType<typeof createOperations>

export function createOperations() {
  /** By their ids, the oldest first. */
  const kept = new Map<string, Operation>()

  return {
    /** @throws {GatewayError} rate_limited */
    begin(
      { action, given, owners }: Pick<Operation, "action" | "given" | "owners">,
      { id, moment }: Selection,
    ): Operation {
      const running = [...kept.values()].filter(({ status }) => status === "running")
      const own = running.filter((operation) => String(operation.owners) === String(owners)).length
      const refuse = (words: string) => new GatewayError("rate_limited", words, { retryAfter: 5 })
      if (own >= OWN_RUNNING_MAX)
        throw refuse(`${own} bulk operations of yours are running already: wait until one has ended, or cancel one`)
      if (owners !== null && running.length >= RUNNING_MAX)
        throw refuse(`${running.length} bulk operations are running already: send this again when one has ended`)
      const counts = { total: 0, done: 0, skipped: 0, failed: 0 }
      const operation: Operation = {
        ...{ id, action, given, owners, status: "running", ...counts },
        ...{ error: null, createdAt: moment, endedAt: null },
      }
      kept.set(id, operation)
      const [oldest] = [...kept.values()].filter(({ status }) => status !== "running")
      if (kept.size > KEPT_MAX && oldest) kept.delete(oldest.id)
      return operation
    },

    /** Forgets an operation that could not begin. */
    forget: ({ id }: Operation): void => void kept.delete(id),

    /** The operations of a caller, the newest first. @param owners as `listOwners` */
    list: (owners: Operation["owners"]): Operation[] =>
      [...kept.values()].filter((operation) => isVisible(operation, owners)).reverse(),

    /** @throws {GatewayError} bulk_operation_not_found */
    find(id: string, owners: Operation["owners"]): Operation {
      const operation = kept.get(id)
      if (operation && isVisible(operation, owners)) return operation
      throw new GatewayError(
        "bulk_operation_not_found",
        "there is no such bulk operation: the last 100 since the start of the gateway are known",
      )
    },
  }
}

function isVisible(operation: Operation, owners: Operation["owners"]): boolean {
  return owners === null || (operation.owners?.some((owner) => owners.includes(owner)) ?? false)
}

/** What has become of the jobs of a batch. Those that are neither done nor failed were skipped. */
export interface Applied {
  done: number
  failed: number
  /** Why the first of them has failed. */
  error: Operation["error"]
}

export interface RunOptions extends SweepOptions {
  log: Log
}

/** Carries out an operation to its end, and never throws. @param apply does to a batch what the operation is to do */
export async function runOperation(
  operation: Operation,
  selection: Selection,
  apply: (jobs: readonly ListedJob[]) => Promise<Applied>,
  options: RunOptions,
): Promise<void> {
  try {
    for await (const jobs of eachBatch(selection, options)) {
      if (operation.status !== "running") return
      const { done, failed, error } = await apply(jobs)
      operation.done += done
      operation.failed += failed
      operation.skipped += operation.status === "running" ? jobs.length - done - failed : 0
      operation.error ??= error
    }
    // Those that had ended, changed or gone before they were reached.
    operation.skipped = Math.max(operation.skipped, operation.total - operation.done - operation.failed)
    end(operation, "completed", options.clock.now())
  } catch (error) {
    const { code, message, cause } = toRefusal(error)
    operation.error = { code, message }
    options.log.warn("a bulk operation has failed", { operation: operation.id, code, error: String(cause ?? message) })
    end(operation, "failed", options.clock.now())
  }
}

export function end(operation: Operation, status: Operation["status"], now: number): void {
  if (operation.status !== "running") return
  operation.status = status
  operation.endedAt = now
}
