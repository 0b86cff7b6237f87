// Fails jobs whose deadline passed while they waited, a batch of them in each turn.
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

/** How many overdue jobs one turn fails at most. */
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
  /** Whether the clock was set back before this start: then stored deadlines can be earlier than those that the dispatcher has. */
  let isSetBack = false
  let overdue: Entry[] = []
  /** Whether the store was asked in this turn, and whether its answer had all overdue jobs. */
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
          if (isWaiting) attempts.abortCalls([job.id])
          else dispatcher.dequeued(job)
          attempts.reportFailure(job, error)
        },
      },
    )
  }

  return {
    /** Makes every later turn ask the store for overdue jobs. */
    clockWasSetBack(): void {
      isSetBack = true
    },

    /** Finds the jobs whose deadlines have passed, where there can be any, then calls `goOn`. */
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

    /** The entries that fail those jobs. */
    ends: (): readonly Entry[] => overdue,

    /** Whether no waiting job is overdue once the turn is on disk: only then jobs are claimed. */
    isInTime: (now: number): boolean => isComplete && now < dispatcher.overdueAt(),

    /** Called when the turn is on disk: asks the store for the next deadline. */
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
