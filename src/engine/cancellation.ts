// Cancels and removes jobs at their callers' request, and reports when a job that a caller waits for has ended.
import type { Clock } from "../clock.ts"
import { ask } from "../jobs/answer.ts"
import { type JobFilter, terminalStates } from "../jobs/job.ts"
import type { Store } from "../jobs/store.ts"
import type { Attempts } from "./attempts.ts"
import type { Committer } from "./committer.ts"
import type { Disk } from "./disk.ts"
import { createEntry } from "./inbox.ts"
import type { Recovery } from "./recovery.ts"
import type { Replies } from "./replies.ts"
import type { Dispatcher } from "./schedule/dispatcher.ts"

/** How many jobs one turn cancels at most: bounds the time that a submit waits for such a turn. */
const CANCELS_MAX = 500

export function createCancellation(options: {
  store: Store
  committer: Committer
  disk: Disk
  dispatcher: Dispatcher
  attempts: Attempts
  recovery: Recovery
  replies: Replies
  clock: Clock
}) {
  const { store, committer, disk, dispatcher, attempts, recovery, replies, clock } = options

  /**
   * Cancels those of the jobs that have not ended.
   * @param isPending whether those are left alone that start before this is stored
   */
  function cancelJobs(seq: number, ids: readonly string[], isPending: boolean, done: (count: number) => void): void {
    const describeJobs = () => ids.map((id) => ({ id, end: describeEnd(id) }))
    committer.write(
      createEntry<"cancel">(() => ({ kind: "cancel", jobs: describeJobs(), isPending }), {
        endsJobs: true,
        settled(left) {
          for (const { job, state } of left) {
            if (state === "queued") dispatcher.dequeued(job)
            replies.ended(job.id)
            attempts.abortCall(job.id)
          }
          done(left.length)
        },
        failed: (error) => refuse(seq, error),
      }),
    )
  }

  /** The record of the cancelled attempt. An outcome that has come and is not stored yet is recorded as it is, with its cost. */
  function describeEnd(id: string) {
    const underWay = attempts.findUnderWay(id) ?? recovery.findOrphan(id)
    const reason = "the job was cancelled while the call was out"
    return underWay?.end ?? attempts.abortedAttempt(underWay?.job ?? null, "cancelled", reason)
  }

  function refuse(seq: number, error: unknown): void {
    replies.post({ kind: "refused", seq, ...disk.refuse(error) })
  }

  return {
    cancel(seq: number, id: string): void {
      cancelJobs(seq, [id], false, () => replies.stored(seq))
    },

    /** Cancels all unfinished jobs that match the filter and exist now, a batch in each turn. */
    cancelAll(seq: number, filter: JobFilter): void {
      let count = 0
      const next = (before: number) =>
        ask(
          () => store.matching(filter, before, CANCELS_MAX),
          (ids) =>
            cancelJobs(seq, ids, filter.isPending === true, (cancelled) => {
              count += cancelled
              if (ids.length === CANCELS_MAX) next(before)
              else replies.post({ kind: "cancelledAll", seq, count })
            }),
          (error) => refuse(seq, error),
        )
      const now = clock.now()
      // A clock that was set back is allowed for, so that jobs created before that are included.
      recovery.measureSetBack((byMs) => next(now + byMs))
    },

    /** Deletes a job and everything that belongs to it. The call of a running job is aborted. */
    remove(seq: number, id: string): void {
      committer.write(
        createEntry<"remove">(
          { kind: "remove", id },
          {
            endsJobs: true,
            settled(left) {
              if (left?.state === "queued") dispatcher.dequeued(left.job)
              replies.ended(id)
              attempts.abortCall(id)
              replies.stored(seq)
            },
            failed: (error) => refuse(seq, error),
          },
        ),
      )
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
