// Cancels and removes jobs at their callers' request, and reports when a job that a caller waits for has ended.
import { type StateFilter, terminalStates } from "../jobs/job.ts"
import type { Leaving, Left, Results } from "../jobs/store.ts"
import type { Attempts } from "./attempts.ts"
import type { Committer } from "./committer.ts"
import type { Disk } from "./disk.ts"
import { createEntry, type How } from "./inbox.ts"
import type { Recovery } from "./recovery.ts"
import type { Replies } from "./replies.ts"
import type { Dispatcher } from "./schedule/dispatcher.ts"

export function createCancellation(options: {
  committer: Committer
  disk: Disk
  dispatcher: Dispatcher
  attempts: Attempts
  recovery: Recovery
  replies: Replies
}) {
  const { committer, disk, dispatcher, attempts, recovery, replies } = options

  function cancelJobs(
    seq: number,
    ids: readonly string[],
    only: StateFilter | null,
    done: (left: Left[]) => void,
    { over, ...how }: How & { over?(): void } = {},
  ): void {
    committer.write(
      createEntry<"cancel">(() => ({ kind: "cancel", jobs: ids.map(describeJob), ...(only && { only }) }), {
        ...how,
        endsJobs: true,
        settled(left) {
          forget(left)
          over?.()
          done(left)
        },
        failed(error) {
          over?.()
          refuse(seq, error)
        },
      }),
    )
  }

  function removeJobs(
    seq: number,
    ids: readonly string[],
    only: StateFilter | null,
    done: (r: Results["remove"]) => void,
  ) {
    committer.write(
      createEntry<"remove">(() => ({ kind: "remove", jobs: ids.map(describeJob), ...(only && { only }) }), {
        endsJobs: true,
        settled(removed) {
          forget(removed.left)
          done(removed)
        },
        failed: (error) => refuse(seq, error),
      }),
    )
  }

  /** Called with jobs that were cancelled or removed, and the states that they had. */
  function forget(left: readonly Left[]): void {
    for (const { job, state } of left) {
      if (state === "queued") dispatcher.dequeued(job)
      replies.ended(job.id)
    }
    attempts.abortCalls(left.map(({ job }) => job.id))
  }

  /** With the record of the open attempt. An outcome that has come and is not stored yet is recorded as it is, with its cost. */
  function describeJob(id: string): Leaving {
    const underWay = attempts.findUnderWay(id) ?? recovery.findOrphan(id)
    const reason = "the job was cancelled while the call was out"
    return { id, end: underWay?.end ?? attempts.abortedAttempt(underWay?.job ?? null, "cancelled", reason) }
  }

  function refuse(seq: number, error: unknown): void {
    replies.post({ kind: "refused", seq, ...disk.refuse(error) })
  }

  return {
    cancel(seq: number, id: string): void {
      cancelJobs(seq, [id], null, () => replies.stored(seq))
    },

    /**
     * Cancels a job whose client has gone. Its call is aborted before that is stored: nobody would be told that it cannot be stored now,
     * and so it is tried until it is. An answer that is here has been paid for, and goes before.
     */
    leave(seq: number, id: string): void {
      const underWay = attempts.findUnderWay(id)
      // An upstream job goes on without a poll, and is cancelled when its job has ended.
      const isOut = underWay !== undefined && underWay.end === undefined && underWay.job.providerState === null
      if (isOut) attempts.settle(underWay.job, describeJob(id).end)
      const isKept = underWay?.end?.outcome !== "answered"
      const over = () => {
        if (isOut) attempts.unsettle(id)
      }
      cancelJobs(seq, [id], null, () => replies.stored(seq), { isKept, over })
      if (isOut) attempts.abortCalls([id])
    },

    /** Cancels those of the jobs that are in one of these states when this is stored. */
    cancelSome(seq: number, ids: readonly string[], only: StateFilter): void {
      cancelJobs(seq, ids, only, ({ length }) => replies.changed(seq, length, ids.length))
    },

    /** Deletes a job and everything that belongs to it. The call of a running job is aborted. */
    remove(seq: number, id: string): void {
      removeJobs(seq, [id], null, () => replies.stored(seq))
    },

    /** Deletes those of the first jobs that are in one of these states when this is stored. */
    removeSome(seq: number, ids: readonly string[], only: StateFilter): void {
      removeJobs(seq, ids, only, ({ left, looked }) => replies.changed(seq, left.length, looked))
    },

    /** Reports to the HTTP server when the job ends, at once if it has ended. */
    watch(id: string): void {
      replies.watch(id)
      const settled = (state: Parameters<typeof terminalStates.has>[0] | null) => {
        if (state === null || terminalStates.has(state)) replies.ended(id)
      }
      committer.write(createEntry<"look">({ kind: "look", id }, { isKept: true, settled }))
    },
  }
}
