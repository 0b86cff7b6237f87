// Ends jobs that have waited beyond their deadline, a batch of them in each turn.
import { ask } from "../jobs/answer.ts"
import type { Store } from "../jobs/store.ts"
import { decideOverdue } from "../jobs/transitions.ts"
import { explainLack } from "../providers/keys.ts"
import type { ProviderSettings } from "../providers/provider.ts"
import type { Attempts } from "./attempts.ts"
import type { Committer } from "./committer.ts"
import { type Disk, isStoreTrouble } from "./disk.ts"
import { createEntry, type Entry } from "./inbox.ts"
import type { Dispatcher } from "./schedule/dispatcher.ts"

/** How many jobs one turn ends for their deadline. */
const ENDS_MAX = 500
const NEVER = Number.POSITIVE_INFINITY

export type Deadlines = ReturnType<typeof createDeadlines>

export function createDeadlines(options: {
  store: Store
  committer: Committer
  disk: Disk
  dispatcher: Dispatcher
  attempts: Attempts
  settings: ReadonlyMap<string, ProviderSettings>
}) {
  const { store, committer, disk, dispatcher, attempts, settings } = options
  /** The clock was set back before this process: deadlines on disk can be earlier than those that are known of jobs that are out. */
  let isSetBack = false
  let overdue: Entry[] = []
  /** Whether the store was asked in this turn, and whether what it named is all there is. */
  let isAsked = false
  let isComplete = true

  function endOverdue(job: Parameters<typeof decideOverdue>[0] & Parameters<Attempts["abortedAttempt"]>[0]): Entry {
    const { statusCode, error } = decideOverdue(job, explainLack(settings.get(job.provider), job))
    const isWaiting = job.providerState !== null
    return createEntry<"finish">(
      {
        kind: "finish",
        job,
        from: isWaiting ? "waiting" : "queued",
        state: "failed",
        statusCode,
        error: JSON.stringify(error),
        isFailure: false,
        end: isWaiting ? attempts.abortedAttempt(job, "overdue", "the upstream job did not end in time") : null,
        answer: null,
      },
      {
        settled(isApplied) {
          if (!isApplied) return
          if (isWaiting) attempts.abortCall(job.id)
          else dispatcher.dequeued(job)
          attempts.failed(job, error)
        },
      },
    )
  }

  return {
    /** From now on the store is asked in each turn. */
    clockWasSetBack(): void {
      isSetBack = true
    },

    /** Learns whose deadlines have passed, where any may have. */
    prepare(now: number, goOn: () => void): void {
      overdue = []
      isAsked = isSetBack || now >= dispatcher.overdueAt()
      isComplete = true
      if (!isAsked) {
        goOn()
        return
      }
      ask(
        () => store.overdue(now, ENDS_MAX),
        (jobs) => {
          overdue = jobs.map(endOverdue)
          isComplete = jobs.length < ENDS_MAX
          if (isComplete) dispatcher.setNextDeadline(NEVER)
          goOn()
        },
        (error) => {
          if (!isStoreTrouble(error)) throw error
          disk.report(error)
          isComplete = false
          goOn()
        },
      )
    },

    /** The ends of those jobs. */
    ends: (): readonly Entry[] => overdue,

    /** Whether nothing that waits is beyond its deadline once the turn is on disk: only then jobs are claimed. */
    isInTime: (now: number): boolean => isComplete && now < dispatcher.overdueAt(),

    /** The turn is on disk. */
    settled(): void {
      overdue = []
      if (!isAsked || !isComplete) return
      committer.askBetweenTurns(
        () => store.nextDeadline(),
        (at) => dispatcher.setNextDeadline(Math.min(dispatcher.overdueAt(), at ?? NEVER)),
        (error) => {
          if (!isStoreTrouble(error)) throw error
          dispatcher.setNextDeadline(0)
        },
      )
    },
  }
}
