// The end of the engine: calls in flight may finish for a while, the rest is put back into the queue, and the store is closed.
import { afterReads, type Clock } from "../clock.ts"
import { ask } from "../jobs/answer.ts"
import type { AttemptEnd, Claimed } from "../jobs/job.ts"
import type { Change, Store } from "../jobs/store.ts"
import type { Log } from "../log.ts"
import type { Attempts } from "./attempts.ts"
import type { Committer } from "./committer.ts"
import type { FailureLog } from "./failurelog.ts"
import type { Pool } from "./threads/pool.ts"
import type { FromEngine, Over } from "./threads/protocol.ts"

/** How often a stop tries what a store in trouble has refused. */
const LAST_TRIES = 3

export type Shutdown = ReturnType<typeof createShutdown>

export function createShutdown(options: {
  store: Store
  committer: Committer
  attempts: Attempts
  failures: FailureLog
  clock: Clock
  log: Log
  pool: () => Pool
  post: (message: FromEngine) => void
}) {
  const { store, committer, attempts, failures, clock, log, pool, post } = options
  let isDraining = false
  /** Called when the last call in flight has ended, while draining. */
  let onIdle: (() => void) | null = null

  /** The last call has ended, but for those that the turn under way starts. */
  function idle(): void {
    if (onIdle === null) return
    committer.afterTurn(() => {
      if (attempts.calls.isIdle()) onIdle?.()
    })
  }

  function release(): void {
    if (onIdle === null) return
    onIdle = null
    const left = attempts.calls.abortAll()
    for (const job of left) attempts.settle(job, describeRelease(job))
    const requeue = (now: number): Change[] => [
      ...left.map((job) => putBackIntoQueue(job, attempts.findEnd(job.id) ?? describeRelease(job), now)),
      // Nobody sends the rest of them any more.
      { kind: "discard", jobIds: null },
    ]
    writeLast(requeue, { released: left.length, ifFailed: 0, tries: LAST_TRIES })
  }

  function describeRelease(job: Claimed): AttemptEnd {
    return attempts.abortedAttempt(job, "released", "the gateway was stopped")
  }

  /** No try is spent; where a lost answer counts, it has lost one. */
  function putBackIntoQueue(job: Claimed, end: AttemptEnd, now: number): Change {
    const mayRepeat = job.providerState === null && job.lossRetries === null
    return attempts.describeMove(job, end, mayRepeat ? { to: "park" } : attempts.decideLost(job, now), now)
  }

  /** Closes the store behind all that waits for it. What is kept is tried again, as long as the store takes other writes. */
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

    /** Lets calls in flight finish for `graceMs`, puts the rest back into the queue, and closes the store. */
    drain(graceMs: number): void {
      isDraining = true
      const cancel = afterReads(clock, graceMs, () => committer.afterTurn(release))
      onIdle = () => {
        cancel()
        release()
      }
      idle()
    },

    /** Ends all work at once: no commit, no call. What is stored is the next process's. */
    end(over: Omit<Over, "kind">, isDatabaseThere: boolean): void {
      committer.close()
      pool().close()
      const done = () => post({ kind: "over", ...over })
      if (isDatabaseThere) closeStore(done)
      else done()
    },
  }
}
