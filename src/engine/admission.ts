// Takes new jobs and the pieces of their requests: stores them, or says why not. A job that can go out at once is stored as started.
import type { Budget } from "../auth/virtualkeys.ts"
import { cutRequest } from "../jobs/bodyparts.ts"
import type { Claimed, NewJob } from "../jobs/job.ts"
import type { Submitted } from "../jobs/store.ts"
import type { Calls } from "./calls.ts"
import type { Committer } from "./committer.ts"
import type { Disk, StoreRefusal } from "./disk.ts"
import { createEntry } from "./inbox.ts"
import type { Replies } from "./replies.ts"
import { describeExcess, listAllowances } from "./schedule/budgets.ts"
import type { Dispatcher } from "./schedule/dispatcher.ts"
import type { FromEngine } from "./threads/protocol.ts"

export type Admission = ReturnType<typeof createAdmission>

export function createAdmission(options: {
  committer: Committer
  disk: Disk
  dispatcher: Dispatcher
  replies: Replies
  calls: Calls
  /** owner -> what it may use */
  budgets: Record<string, Budget>
}) {
  const { committer, disk, dispatcher, replies, calls } = options
  let { budgets } = options
  /** Jobs of this turn that are stored as started. */
  const started: Claimed[] = []

  /** Stores a job whose body, if it has none with it, is on disk. */
  function submitWhole(seq: number, job: NewJob, failed: (error: unknown) => void): void {
    let refusal: StoreRefusal | null = null
    let isStarting = false
    committer.write(
      createEntry<"submit">(
        (now) => {
          refusal = disk.refuseNewWork() ?? refuseFullQueue(job)
          const isStored = refusal === null
          const start =
            isStored && committer.mayStartAtOnce() && now < job.deadlineAt ? dispatcher.tryStart(job, now) : null
          isStarting = start !== null
          if (isStored && !isStarting) dispatcher.queued(job, job.createdAt, now)
          if (isStored && job.body !== null) calls.remember(job.id, job.body)
          const allowances = isStored ? listAllowances(budgets[job.owner], now) : []
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

  /** Refuses a job whose provider has as many waiting as may; null where there is room. */
  function refuseFullQueue({ provider }: NewJob): StoreRefusal | null {
    const full = dispatcher.fullAt(provider)
    if (full === null) return null
    const message = `${full} jobs wait for provider ${provider} already: send the request again later, or raise its buffer_size in config.json`
    return { code: "queue_full", message }
  }

  /** What came of a request that does not become a job is deleted. */
  function discard(id: string): void {
    // Behind its pieces: one that came after it would stay for ever.
    committer.write(createEntry<"discard">({ kind: "discard", jobIds: [id] }, { isKept: true, isOrdered: true }))
  }

  return {
    discard,

    submit(seq: number, job: NewJob): void {
      disk.received(job.body?.length ?? 0)
      const parts = disk.refuseNewWork() === null ? cutRequest(job.body) : null
      if (parts === null) {
        submitWhole(seq, job, (error) => replies.post({ kind: "refused", seq, ...disk.refuse(error) }))
        return
      }
      const failed = (error: unknown) => {
        discard(job.id)
        replies.post({ kind: "refused", seq, ...disk.refuse(error) })
      }
      committer.writeParts(parts, {
        change: (part) => ({ kind: "upload", jobId: job.id, part }),
        done: () => submitWhole(seq, { ...job, body: null }, failed),
        failed,
      })
    },

    /** A piece of a form whose job is still to come. */
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

    /** What owners may use from now on. */
    limit(limits: Record<string, Budget>): void {
      budgets = limits
    },

    /** Jobs of this turn that are on disk as started. */
    takeStarted: (): Claimed[] => started.splice(0),
  }
}
