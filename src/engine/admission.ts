// Accepts new jobs and the pieces of their requests: stores them or refuses them with a reason. A job whose call can be made at
// once is stored in the state `running`.
import type { Budget } from "../auth/virtualkeys.ts"
import type { Reader } from "../call.ts"
import { cutRequest } from "../jobs/bodyparts.ts"
import type { Claimed, NewJob } from "../jobs/job.ts"
import type { Submitted } from "../jobs/store.ts"
import type { Calls } from "./calls.ts"
import { type Committer, writeParts } from "./committer.ts"
import type { Disk, StoreRefusal } from "./disk.ts"
import { createEntry } from "./inbox.ts"
import type { Replies } from "./replies.ts"
import { describeExcess, listAllowances } from "./schedule/budgets.ts"
import type { Dispatcher } from "./schedule/dispatcher.ts"
import type { FromEngine } from "./threads/protocol.ts"

/** The part of a provider's queue that jobs of batches may fill. Nobody waits for them, and many batches must not shut others out. */
const BATCH_SHARE = 0.5

export function createAdmission(options: {
  committer: Committer
  disk: Disk
  dispatcher: Dispatcher
  replies: Replies
  calls: Calls
  /** Owner -> the budget of that owner. */
  budgets: Record<string, Budget>
}) {
  const { committer, disk, dispatcher, replies, calls } = options
  let { budgets } = options
  /** The jobs that this turn stores in the state `running`. */
  const started: Claimed[] = []

  /** Stores a job. Where `job.body` is null, its body must be on disk already. */
  function submitWhole(seq: number, job: NewJob, failed: (error: unknown) => void): void {
    let refusal: StoreRefusal | null = null
    let isStarting = false
    committer.write(
      createEntry<"submit">(
        (now) => {
          const shortage = disk.refuseNewWork()
          refusal = shortage ?? refuseFullQueue(job)
          const isStored = refusal === null
          const start =
            isStored && committer.mayStartAtOnce() && now < job.deadlineAt ? dispatcher.tryStart(job, now) : null
          isStarting = start !== null
          if (isStored && !isStarting) dispatcher.queued(job, job.createdAt, now)
          if (isStored && job.body !== null) calls.remember(job.id, job.body)
          const allowances = shortage === null ? listAllowances(budgets[job.owner], now) : []
          return { kind: "submit", job, start, allowances, isRefused: !isStored }
        },
        {
          bytes: job.body?.length ?? 0,
          settled(result, now) {
            if (result.kind === "started") started.push(result.job)
            if (isStarting) dispatcher.started(job.id, result.kind === "started", now)
            else if (refusal === null && result.kind !== "queued") dispatcher.dequeued(job)
            answer(seq, job, result, refusal, now)
          },
          failed,
        },
      ),
    )
  }

  function answer(seq: number, job: NewJob, result: Submitted, refusal: StoreRefusal | null, now: number): void {
    const post = (message: FromEngine) => replies.post(message)
    if (result.kind !== "queued" && result.kind !== "started") replies.forget(job.id)
    switch (result.kind) {
      case "queued":
      case "started":
        replies.stored(seq)
        break
      case "replayed":
        post({ kind: "replayed", seq, id: result.id })
        break
      case "mismatch": {
        const message = "this Idempotency-Key came with another body before: use a new key for a new request"
        post({ kind: "refused", seq, code: "idempotency_mismatch", message })
        break
      }
      case "overBudget": {
        const excess = describeExcess(budgets[job.owner] ?? {}, result.allowance, result.spent, now)
        post({ kind: "refused", seq, code: "budget_exceeded", ...excess })
        break
      }
      case "refused":
        if (refusal !== null) post({ kind: "refused", seq, ...refusal })
    }
  }

  /** The refusal of a job whose provider has a full queue; null where the queue has room. */
  function refuseFullQueue({ provider, batch }: NewJob): StoreRefusal | null {
    const full = dispatcher.fullAt(provider, batch === null ? 1 : BATCH_SHARE)
    if (full === null) return null
    const again = "send the request again later, or raise its buffer_size in config.json"
    const rest = batch === null ? "" : ", as many as batches may fill its queue with"
    return { code: "queue_full", message: `${full} jobs wait for provider ${provider} already${rest}: ${again}` }
  }

  /** Deletes the stored pieces of a request that does not become a job. */
  function discard(id: string): void {
    // Ordered behind the pieces of the request: a piece stored after this change would never be deleted.
    committer.write(createEntry<"discard">({ kind: "discard", jobIds: [id] }, { isKept: true, isOrdered: true }))
  }

  return {
    discard,

    /** @param reader of the answer; null: nobody waits for it */
    submit(seq: number, job: NewJob, reader: Reader | null = null): void {
      // What an answer has used counts before its client has it: the next request must not come before.
      const isCounted = reader === "answer" && budgets[job.owner] !== undefined
      if (reader !== null) replies.expect(job.id, isCounted ? "end" : reader)
      disk.received(job.body?.length ?? 0)
      const parts = disk.refuseNewWork() === null ? cutRequest(job.body) : null
      const refuse = (error: unknown) => {
        replies.forget(job.id)
        replies.post({ kind: "refused", seq, ...disk.refuse(error) })
      }
      if (parts === null) {
        submitWhole(seq, job, refuse)
        return
      }
      const failed = (error: unknown) => {
        discard(job.id)
        refuse(error)
      }
      writeParts(committer, parts, {
        change: (part) => ({ kind: "upload", jobId: job.id, part }),
        done: () => submitWhole(seq, { ...job, body: null }, failed),
        failed,
      })
    },

    /** Stores a piece of a form before the job of that form exists. */
    upload(id: string, seq: number, bytes: Uint8Array): void {
      const refusal = disk.refuseNewWork()
      if (refusal !== null) {
        replies.post({ kind: "pieceRefused", id, ...refusal })
        return
      }
      disk.received(bytes.length)
      committer.write(
        createEntry<"upload">(
          { kind: "upload", jobId: id, part: { kind: "request", seq, bytes } },
          {
            isOrdered: true,
            bytes: bytes.length,
            settled: () => replies.post({ kind: "pieces", id, seq }),
            failed: (error) => replies.post({ kind: "pieceRefused", id, ...disk.refuse(error) }),
          },
        ),
      )
    },

    /** Replaces the budgets of all owners. */
    limit(limits: Record<string, Budget>): void {
      budgets = limits
    },

    /** Returns the jobs that this turn stored in the state `running`, and forgets them. */
    takeStarted: (): Claimed[] => started.splice(0),
  }
}
