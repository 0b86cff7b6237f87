// Ends and removes jobs because their callers ask for it, and says when a job that a caller waits for has ended.
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

/** How many jobs one turn cancels: bounds the time a submit waits behind it. */
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

  /** Ends jobs that have not ended; of those that have, nothing changes. */
  function cancelJobs(seq: number, ids: readonly string[], done: (count: number) => void): void {
    committer.write(
      createEntry<"cancel">(() => ({ kind: "cancel", jobs: ids.map((id) => ({ id, end: describeEnd(id) })) }), {
        endsJobs: true,
        settled(left) {
          for (const { job, state } of left) {
            if (state === "queued") dispatcher.dequeued(job)
            replies.ended(job.id)
          }
          for (const id of ids) attempts.abortCall(id)
          done(left.length)
        },
        failed: (error) => refuse(seq, error),
      }),
    )
  }

  /** What has come back and is not stored yet is remembered as what it was: it has cost what it has cost. */
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
      cancelJobs(seq, [id], () => replies.stored(seq))
    },

    /** Ends all unfinished jobs that fit and are there now, a batch in each turn. */
    cancelAll(seq: number, filter: JobFilter): void {
      let count = 0
      const next = (before: number) =>
        ask(
          () => store.matching(filter, before, CANCELS_MAX),
          (ids) =>
            cancelJobs(seq, ids, (cancelled) => {
              count += cancelled
              if (ids.length === CANCELS_MAX) next(before)
              else replies.post({ kind: "cancelledAll", seq, count })
            }),
          (error) => refuse(seq, error),
        )
      const now = clock.now()
      // Those that are there now, also where the clock was set back since they were made.
      recovery.measureSetBack((byMs) => next(now + byMs))
    },

    /** Removes a job and everything that belongs to it; one that still runs is cancelled by it. */
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

    /** The HTTP server wants to hear when the job ends; at once if it has. */
    watch(id: string): void {
      replies.watch(id)
      const settled = (state: Parameters<typeof terminalStates.has>[0] | null) => {
        if (state === null || terminalStates.has(state)) replies.ended(id)
      }
      committer.write(createEntry<"look">({ kind: "look", id }, { isKept: true, settled }))
    },
  }
}
