// Recovers the jobs that the previous process left, and attempts that will get no outcome because their worker is gone.
import type { Clock } from "../clock.ts"
import { ask } from "../jobs/answer.ts"
import type { Claimed } from "../jobs/job.ts"
import type { Remains, Store } from "../jobs/store.ts"
import type { Log } from "../log.ts"
import type { ProviderSettings } from "../providers/provider.ts"
import type { Attempts } from "./attempts.ts"
import type { Committer } from "./committer.ts"
import type { Deadlines } from "./deadlines.ts"
import { type Disk, isStoreTrouble } from "./disk.ts"
import { createEntry, type How } from "./inbox.ts"
import { findLacks } from "./lacks.ts"
import type { Dispatcher } from "./schedule/dispatcher.ts"
import type { FromEngine } from "./threads/protocol.ts"

export type Recovery = ReturnType<typeof createRecovery>

export function createRecovery(options: {
  store: Store
  committer: Committer
  disk: Disk
  dispatcher: Dispatcher
  attempts: Attempts
  deadlines: Deadlines
  settings: ReadonlyMap<string, ProviderSettings>
  clock: Clock
  log: Log
  post: (message: FromEngine) => void
}) {
  const { store, committer, disk, dispatcher, attempts, deadlines, settings, clock, log, post } = options
  /** Orphans: running jobs whose attempt will get no outcome. They are listed until their transition is stored. */
  const orphans = new Map<string, Claimed>()

  let isRecountDue = false
  let isLookingForLapsed = false

  /** Makes the dispatcher count the queued jobs anew, after the current turn is settled. */
  function recount(): void {
    isRecountDue = true
  }

  function recountIfDue(): void {
    if (!isRecountDue) return
    isRecountDue = false
    committer.askBetweenTurns(
      () => store.queued(),
      (lanes) => {
        dispatcher.recount(lanes)
      },
      (error) => {
        // A store that cannot be read now is asked again when it takes writes.
        if (!isStoreTrouble(error)) throw error
        isRecountDue = true
        if (error.kind === "corrupt") disk.report(error)
      },
    )
  }

  /** Stores the transition of an attempt whose answer is lost. */
  function interrupt(job: Claimed, outcome: string, now: number, how: How = {}): void {
    if (attempts.isUnderWay(job.id) || orphans.has(job.id)) return
    orphans.set(job.id, job)
    const forget = () => orphans.delete(job.id)
    if (job.providerState !== null) dispatcher.restoreWaiting(job, now)
    const end = attempts.abortedAttempt(job, outcome, "the gateway or its thread ended while the call was out")
    committer.write(attempts.move(job, end, attempts.decideLost(job, now), { ...how, settled: forget, failed: forget }))
  }

  /** Moves stored times after the clock was set back, so that queued jobs need not wait until the clock has caught up. */
  function setBack(byMs: number, remains: Remains): void {
    const seconds = Math.round(byMs / 1000)
    log.warn("the clock was set back: what is queued is due by as much earlier", { seconds })
    deadlines.clockWasSetBack()
    // Planned late, because new jobs may be stored before a store in trouble takes this change.
    const plan = () => {
      // Deadlines change in this turn, so that no job is claimed before overdue ones are found.
      dispatcher.expectDeadline(0)
      return { kind: "setBack", byMs, last: remains.lastNumber } as const
    }
    committer.write(
      createEntry<"setBack">(plan, {
        isKept: true,
        settled(_, now) {
          const quotas = remains.quotas.map((quota) => ({ ...quota, closedUntil: quota.closedUntil - byMs }))
          dispatcher.restore(quotas, now)
          recount()
        },
      }),
    )
  }

  function start(remains: Remains): void {
    const { running, waiting, quotas, queued, uploads } = remains
    const now = clock.now()
    const byMs = Math.max(0, (remains.latestCreatedAt ?? 0) - now)
    if (byMs > 0) setBack(byMs, remains)
    for (const job of running) {
      interrupt({ ...job, deadlineAt: job.deadlineAt - byMs }, "interrupted", now, { isKept: true })
    }
    if (uploads.length > 0) {
      // Requests that the previous process was receiving when it ended.
      committer.write(createEntry<"discard">({ kind: "discard", jobIds: uploads }, { isKept: true }))
    }
    dispatcher.restore(quotas, now)
    for (const job of waiting) dispatcher.restoreWaiting(job, job.runAt)
    disk.measure()
    dispatcher.recount(queued)
    for (const { provider, jobs, lack } of findLacks(settings, queued, dispatcher.unserved(), [
      ...waiting,
      ...running,
    ])) {
      log.warn("accepted jobs wait for what the configuration lacks", { provider, jobs, lack })
    }
    const jobs = queued.reduce((sum, lane) => sum + lane.jobs, 0)
    post({ kind: "started", recovered: running.length, queued: jobs })
    disk.pulse()
    committer.schedule()
  }

  return {
    recount,
    recountIfDue,

    /** Recovers jobs whose lease has expired and whose attempt no thread has. */
    interruptLapsed(limit: number): void {
      if (disk.isDamaged() || isLookingForLapsed) return
      isLookingForLapsed = true
      // Of a turn that is out nobody knows yet which jobs it starts. Their leases can be over before it is answered.
      committer.afterTurn(() => {
        const now = clock.now()
        ask(
          () => store.lapsed(now, limit),
          (jobs) => {
            isLookingForLapsed = false
            for (const job of jobs) interrupt(job, "lease_expired", now)
          },
          (error) => {
            isLookingForLapsed = false
            if (!isStoreTrouble(error)) throw error
            disk.report(error)
          },
        )
      })
    },

    /** The orphan with this id, until its transition is stored. */
    findOrphan(jobId: string): { job: Claimed; end?: undefined } | undefined {
      const job = orphans.get(jobId)
      return job && { job }
    },

    /** Recovers what the store has. Every `running` row is an orphan of the previous process: only one process has the directory. */
    start(): void {
      committer.askBetweenTurns(
        () => store.remains(),
        start,
        (error) => {
          if (!isStoreTrouble(error) || error.kind !== "corrupt") throw error
          // The results in a damaged database can still be read, so that the gateway starts without the queue.
          disk.report(error)
          post({ kind: "started", recovered: 0, queued: 0 })
        },
      )
    },
  }
}
