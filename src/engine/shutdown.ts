// The shutdown of the engine: calls in flight may finish for a grace period, the others are requeued, and the store is closed.
import { afterReads, type Clock } from "../clock.ts"
import { ask } from "../jobs/answer.ts"
import type { AttemptEnd, Claimed } from "../jobs/job.ts"
import type { Change, Store } from "../jobs/store.ts"
import type { Log } from "../log.ts"
import type { Attempts } from "./attempts.ts"
import type { Committer } from "./committer.ts"
import type { Deliveries } from "./deliveries.ts"
import type { FailureLog } from "./failurelog.ts"
import type { Pool } from "./threads/pool.ts"
import type { FromEngine, Over } from "./threads/protocol.ts"

/** How often a shutdown tries to write kept entries that the store has refused. */
const LAST_TRIES = 3

/** How long the turn in progress may take at the end of the grace period. */
const LAST_TURN_MS = 2000

export type Shutdown = ReturnType<typeof createShutdown>

export function createShutdown(options: {
  store: Store
  committer: Committer
  attempts: Attempts
  deliveries: Deliveries
  failures: FailureLog
  clock: Clock
  log: Log
  pool: () => Pool
  post: (message: FromEngine) => void
}) {
  const { store, committer, attempts, deliveries, failures, clock, log, pool, post } = options
  let isDraining = false
  /** Called when the last call and the last webhook in flight have ended, while draining. */
  let onIdle: (() => void) | null = null
  let cancelLastTurn = () => {}

  /** Called when the last call or the last webhook in flight has ended. Waits for the turn in progress, which may start further calls. */
  function idle(): void {
    if (onIdle === null) return
    committer.afterTurn(() => {
      if (attempts.calls.isIdle() && deliveries.isIdle()) onIdle?.()
    })
  }

  function release(): void {
    if (onIdle === null) return
    onIdle = null
    cancelLastTurn()
    const left = attempts.calls.abortAll()
    for (const job of left) attempts.settle(job, describeRelease(job))
    const requeue = (now: number): Change[] => [
      ...left.map((job) => describeRequeue(job, attempts.findEnd(job.id) ?? describeRelease(job), now)),
      // Unfinished uploads are deleted: no client will send their remaining pieces.
      { kind: "discard", jobIds: null },
    ]
    writeLast(requeue, { released: left.length, ifFailed: 0, tries: LAST_TRIES })
  }

  function describeRelease(job: Claimed): AttemptEnd {
    return attempts.abortedAttempt(job, "released", "the gateway was stopped")
  }

  /** The change that requeues a job at shutdown. It counts as a lost answer only where lost answers are limited. */
  function describeRequeue(job: Claimed, end: AttemptEnd, now: number): Change {
    const mayRepeat = job.providerState === null && job.lossRetries === null
    return attempts.describeMove(job, end, mayRepeat ? { to: "park" } : attempts.decideLost(job, now), now)
  }

  /** Closes the store after all waiting entries. Kept entries are tried again as long as the store takes other writes. */
  function writeLast(
    plan: (now: number) => Change[],
    { released, ifFailed, tries }: { released: number; ifFailed: number; tries: number },
  ): void {
    committer.writeLast({
      plan,
      settled: () => {
        if (!committer.hasPaused() || tries === 1) close(released)
        else writeLast(() => [{ kind: "probe" }], { released, ifFailed: released, tries: tries - 1 })
      },
      failed: () => close(ifFailed),
    })
  }

  function close(released: number): void {
    committer.close()
    failures.flush(true)
    pool().close()
    deliveries.close()
    closeStore(() => post({ kind: "drained", released }))
  }

  function closeStore(done: () => void): void {
    ask(
      () => store.close(),
      done,
      (error) => {
        log.error("the store could not be closed cleanly; nothing is lost", { error: String(error) })
        done()
      },
    )
  }

  return {
    isDraining: (): boolean => isDraining,

    idle,

    /** Lets calls in flight finish for `graceMs`, requeues the jobs of the others, and closes the store. */
    drain(graceMs: number): void {
      isDraining = true
      const cancel = afterReads(clock, graceMs, () => {
        const isTurnOut = committer.isTurnOut()
        committer.afterTurn(release)
        if (!isTurnOut) return
        // A store that is away, or does not answer, would keep its turn. One that was in trouble may be back, and answer this turn first.
        cancelLastTurn = clock.after(LAST_TURN_MS, () => {
          if (onIdle !== null && committer.isTurnOut()) closeStore(() => {})
        })
      })
      onIdle = () => {
        cancel()
        release()
      }
      idle()
    },

    /** Ends all work at once, without another commit or call. The next process recovers what is stored. */
    end(over: Omit<Over, "kind">, isDatabaseThere: boolean): void {
      committer.close()
      pool().close()
      deliveries.close()
      const done = () => post({ kind: "over", ...over })
      if (isDatabaseThere) closeStore(done)
      else done()
    },
  }
}
