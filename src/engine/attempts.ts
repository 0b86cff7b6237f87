// The end of an attempt: takes its outcome, decides the transition of its job once, and stores that transition.
import type { Outcome } from "../call.ts"
import type { Clock } from "../clock.ts"
import type { WireError } from "../errors.ts"
import { cutAnswer } from "../jobs/bodyparts.ts"
import type { AttemptEnd, Claimed, ClosedQuota } from "../jobs/job.ts"
import type { Results, Store } from "../jobs/store.ts"
import { decide, decideInterrupted, type KeysLeft, type Transition } from "../jobs/transitions.ts"
import type { Log } from "../log.ts"
import { nameKey } from "../providers/keys.ts"
import type { ProviderSettings } from "../providers/provider.ts"
import { createCalls } from "./calls.ts"
import { type Committer, writeParts } from "./committer.ts"
import type { Disk } from "./disk.ts"
import { type EngineLog, isLogged } from "./eventlog.ts"
import type { FailureLog } from "./failurelog.ts"
import type { Entry, How } from "./inbox.ts"
import { describeMove as describe } from "./moves.ts"
import { applyFallbacks, listFallbacks } from "./nexttargets.ts"
import type { Replies } from "./replies.ts"
import type { Dispatcher } from "./schedule/dispatcher.ts"
import type { Pool } from "./threads/pool.ts"

/** Used where the outcome has nothing to do with the provider's keys. */
const NO_KEYS: KeysLeft = { choice: null, opensAt: 0, hasFallback: false }

export type Attempts = ReturnType<typeof createAttempts>

export function createAttempts(options: {
  store: Store
  committer: Committer
  disk: Disk
  dispatcher: Dispatcher
  replies: Replies
  failures: FailureLog
  settings: ReadonlyMap<string, ProviderSettings>
  clock: Clock
  random: () => number
  log: Log
  pool: () => Pool
  unseal: (secret: Uint8Array, jobId: string) => string
  /** Called with each outcome; the call took `tookMs`. */
  onAnswer?: (job: Claimed, outcome: Outcome, tookMs: number) => void
  eventLog: () => Pick<EngineLog, "goOn" | "behind">
  /** Called when the last call in flight has ended. */
  idle: () => void
}) {
  const { committer, disk, dispatcher, replies, settings, clock, log, pool } = options
  /** Jobs whose attempt has ended but is not stored yet. While the store takes no writes, that can last longer than their lease. */
  const settling = new Map<string, { job: Claimed; end: AttemptEnd }>()
  /** The jobs that failed in this turn. */
  const failed: { job: Claimed; error: WireError }[] = []
  const calls = createCalls({
    ...options,
    unread: requeueUnread,
    notSent: (job, message) => finish(job.id, job.attempt, { kind: "unreached", reason: "not_sent", message }),
  })

  /** Takes the outcome of an attempt. The transition is decided once and kept until it is stored. */
  function finish(jobId: string, attempt: number, outcome: Outcome): void {
    const out = calls.find(jobId)
    if (!out || out.job.attempt !== attempt) {
      pool().stored(jobId, attempt)
      return
    }
    const { job, sentAt } = out
    const bytes = countBytes(outcome)
    disk.received(bytes)
    const now = clock.now()
    // Before the next call goes out: what this one has learned of its quota holds for that too.
    const closed = dispatcher.learn(job, outcome, sentAt, now)
    calls.end([jobId])
    options.onAnswer?.(job, outcome, now - sentAt)
    const keys = outcome.kind === "refused" ? findKeysLeft(job, now) : NO_KEYS
    const transition = applyFallbacks(job, decide(outcome, job, keys, calls.findPolicy(job), now, options.random()))
    if (transition.to === "await")
      dispatcher.trackWaiting({ ...job, providerState: transition.state }, transition.runAt)
    else dispatcher.releaseSlots(job)
    const end = describeEnd(job, outcome, closed)
    log.debug("attempt ended", { job: job.id, attempt, outcome: end.outcome, status: end.status, next: transition.to })
    if (closed) {
      const until = new Date(closed.closedUntil).toISOString()
      log.info("a provider's quota is closed", { provider: job.provider, model: job.model, by: end.keyName, until })
    }
    settling.set(jobId, { job, end })
    storeEnd(job, end, transition, bytes)
    if (calls.isIdle()) options.idle()
  }

  /** Stores the transition. A large answer is first stored part by part, each part in a commit of its own. */
  function storeEnd(job: Claimed, end: AttemptEnd, transition: Transition, bytes: number): void {
    const settled = () => {
      settling.delete(job.id)
      pool().stored(job.id, job.attempt)
    }
    const write = (isStaged: boolean) => {
      const staged = isStaged && transition.to === "succeed" ? { ...transition, isStaged } : transition
      const how = { isKept: true, bytes: isStaged ? 0 : bytes }
      const entry = move(job, end, staged, { ...how, settled, failed: settled })
      committer.write(isLogged(job) ? options.eventLog().behind(job.id, entry) : entry)
    }
    const parts = transition.to === "succeed" ? cutAnswer(transition.result, transition.content?.bytes) : null
    if (parts === null) {
      write(false)
      return
    }
    writeParts(committer, parts, {
      isKept: true,
      change: (part) => ({ kind: "stage", job, part }),
      done: () => write(true),
      failed: settled,
    })
  }

  /** Makes the entry that stores a transition. `then.settled` is called when the transition is on disk. */
  function move(
    job: Claimed,
    end: AttemptEnd,
    transition: Transition,
    then: How & { settled?(): void; failed?(): void } = {},
  ): Entry {
    let lane = job
    return {
      ...then,
      plan(now) {
        const change = describeMove(job, end, transition, now)
        if (change.kind === "requeue") {
          lane = { ...job, ...change.fallback?.next, keyChoice: change.keyChoice }
          dispatcher.queued(lane, change.runAt, now)
        } else if (change.kind === "await") dispatcher.expectDeadline(job.deadlineAt)
        return [change]
      },
      settled([result]) {
        if (transition.to === "await") settleAwait(job, transition, result as Results["await"])
        else if (transition.to === "succeed" || transition.to === "fail") {
          if (result && transition.to === "fail") reportFailure(job, transition.error)
          else if (result) replies.ended(job.id)
        } else if (!result) dispatcher.dequeued(lane)
        then.settled?.()
      },
    }
  }

  /** Reports that a job has failed. */
  function reportFailure(job: Claimed, error: WireError): void {
    failed.push({ job, error })
    replies.ended(job.id)
  }

  function settleAwait(
    job: Claimed,
    { state, runAt }: Extract<Transition, { to: "await" }>,
    result: Results["await"],
  ): void {
    // Tracked once more, because a poll may have been attempted before the waiting state was stored.
    if (result.isApplied) dispatcher.trackWaiting({ ...job, providerState: state }, runAt)
    else if (result.state !== "waiting") dispatcher.untrack(job.id)
  }

  function describeMove(job: Claimed, end: AttemptEnd, transition: Transition, now: number) {
    return describe(job, end, transition, now, () => calls.isSecretNeeded(job))
  }

  /**
   * Returns a job to its place in the queue because its stored request could not be read. This does not count as a failure. A job
   * with an upstream job waits for the next poll instead: a new call would be billed again.
   */
  function requeueUnread(job: Claimed): void {
    const transition: Transition = job.providerState === null ? { to: "park" } : decideLost(job, clock.now())
    if (transition.to === "await") dispatcher.trackWaiting(job, transition.runAt)
    else dispatcher.releaseSlots(job)
    const message = "the stored request could not be read"
    const end = describeEnd(job, { kind: "unreached", reason: "aborted", message }, null)
    settling.set(job.id, { job, end })
    const forget = () => settling.delete(job.id)
    committer.write(move(job, end, transition, { isKept: true, settled: forget, failed: forget }))
  }

  function findKeysLeft(job: Claimed, now: number): KeysLeft {
    const hasFallback = listFallbacks(job).length > 0
    return { choice: dispatcher.choiceWithout(job), opensAt: dispatcher.opensAt(job, now), hasFallback }
  }

  /** The record of an attempt that ended without an outcome from a worker. */
  function abortedAttempt(job: Claimed | null, outcome: string, reason: string): AttemptEnd {
    const nothing = { status: null, upstreamRequestId: null, used: null, cost: null, closed: null }
    return { outcome, reason, keyName: job && findKeyName(job), ...nothing }
  }

  function describeEnd(job: Claimed, outcome: Outcome, closed: ClosedQuota | null): AttemptEnd {
    if (outcome.kind === "unreached") return { ...abortedAttempt(job, outcome.reason, outcome.message), closed }
    // A pending attempt has not ended, so that no row is written for it.
    if (outcome.kind === "pending") return { ...abortedAttempt(job, outcome.kind, ""), closed }
    const { kind, status, upstream } = outcome
    return {
      outcome: kind,
      status,
      reason: kind === "answered" ? null : kind === "refused" ? outcome.refusal.message : outcome.message,
      keyName: findKeyName(job),
      upstreamRequestId: upstream.requestId,
      used: kind === "answered" ? outcome.used : null,
      cost: kind === "answered" ? outcome.cost : null,
      closed,
    }
  }

  function findKeyName({ provider, keyId }: Claimed): string | null {
    return nameKey(settings.get(provider), keyId)
  }

  /** The transition of a job whose answer is lost. */
  function decideLost(job: Claimed, now: number): Transition {
    return applyFallbacks(job, decideInterrupted(job, calls.findPolicy(job), now))
  }

  return {
    calls,
    finish,
    move,
    describeMove,
    abortedAttempt,
    decideLost,
    abortCalls: calls.abort,

    /** The job and, where its attempt has ended, the record of that; undefined where the job is not in flight, settling or waiting. */
    findUnderWay(jobId: string): { job: Claimed; end?: AttemptEnd } | undefined {
      const waiting = dispatcher.findWaiting(jobId)
      return settling.get(jobId) ?? calls.find(jobId) ?? (waiting ? { job: waiting } : undefined)
    },

    /** Whether a call of the job is in flight, or has ended and is not stored yet. */
    isUnderWay: (jobId: string): boolean => calls.find(jobId) !== undefined || settling.has(jobId),

    /** Records how an attempt ends whose call is aborted, so that a cancel still finds it until that is stored. */
    settle(job: Claimed, end: AttemptEnd): void {
      settling.set(job.id, { job, end })
    },

    /** Forgets that, because it is stored. */
    unsettle(jobId: string): void {
      settling.delete(jobId)
    },

    findEnd: (jobId: string): AttemptEnd | undefined => settling.get(jobId)?.end,

    reportFailure,

    /** Writes the failures of a turn that is on disk to the log. */
    logFailures(): void {
      if (failed.length > 0) options.failures.report(failed.splice(0))
    },
  }
}

/** How many bytes of an outcome are to be written. */
function countBytes(outcome: Outcome): number {
  if (outcome.kind !== "answered" && outcome.kind !== "unreadable") return 0
  if (outcome.kind === "unreadable") return outcome.body.length
  const { body, content, turn } = outcome
  const added = turn?.items.reduce((sum, { item }) => sum + item.length, 0) ?? 0
  return body.length + (content?.bytes.length ?? 0) + added
}
