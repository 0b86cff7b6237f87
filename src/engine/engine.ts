// The engine: the only thread that writes. Everything that arrived while the last commit ran goes into the next one,
// submits, outcomes and claims together; only what is on disk is answered, and only what is claimed on disk is called.
import { SQLiteError } from "bun:sqlite"
import { type CallerSecret, headersTo, isNeededBy, readSecret } from "../auth/callersecret.ts"
import type { Call, Extras, Form, Outcome } from "../call.ts"
import { afterReads, type Clock } from "../clock.ts"
import { type ErrorCode, ownError, type WireError } from "../errors.ts"
import {
  type AttemptEnd,
  type Claimed,
  type ClosedQuota,
  dayOf,
  type JobFilter,
  type NewJob,
  type Target,
  terminalStates,
} from "../jobs/job.ts"
import { answerParts, type BodyPart, requestParts } from "../jobs/sqlite/bodystore.ts"
import { isDamage } from "../jobs/sqlite/database.ts"
import type { Loss } from "../jobs/sqlite/directory.ts"
import type { Store } from "../jobs/sqlite/store.ts"
import {
  decide,
  decideInterrupted,
  decideOverdue,
  type KeysLeft,
  orFallBack,
  type RetryPolicy,
  type Transition,
} from "../jobs/transitions.ts"
import type { Log } from "../log.ts"
import { ANY_KEY, explainLack, isCallerKey } from "../providers/keys.ts"
import type { ProviderSettings } from "../providers/provider.ts"
import { createFailures, type Failure } from "./failurelog.ts"
import { createInbox, type Write } from "./inbox.ts"
import { lacksOf } from "./lacks.ts"
import { excessOf } from "./schedule/budgets.ts"
import { createDispatcher } from "./schedule/dispatcher.ts"
import { PACED_MS } from "./schedule/quotas.ts"
import { createOutgoing } from "./threads/outgoing.ts"
import type { Pool } from "./threads/pool.ts"
import type { FromEngine, OwnerLimits } from "./threads/protocol.ts"

/** A job whose call is out. An attempt that asks after a provider's own job goes out many times. */
interface Out {
  job: Claimed
  sentAt: number
}

/** What was to be committed has been written, but not to the disk for certain. */
const SYNC_FAILED = "SQLITE_IOERR_FSYNC"
/** How long the engine leaves a store alone that refused a write. */
const TROUBLE_PAUSE_MS = 1000
/** A quiet gateway still learns within this time that its disk takes no more writes. */
const PROBE_EVERY_MS = 10_000
/** The disk's free space is looked at anew after so long, or after so much has come in: that costs 15 µs. */
const MEASURE_EVERY_MS = 50
const MEASURE_BYTES = 1_000_000
/** So often, while there is something to store, the engine looks whether the directory is still its own. */
const LOOK_EVERY_MS = 10
/** How long a provider may take to end its own job. */
const CANCEL_MS_MAX = 30_000
/** How many jobs one transaction ends for their deadline. */
const EXPIRES_MAX = 500
/** How many jobs one transaction cancels: bounds the time a submit waits behind it. */
const CANCELS_MAX = 500
/** How often a stop tries what a store in trouble has refused. */
const LAST_TRIES = 3
/** The message of a failure is looked through for words of a request that is no longer than this. */
const LOOKED_THROUGH_BYTES_MAX = 64 * 1024
/** Two months and a bit: what a budget of a month may ask for. */
const SPENDING_DAYS = 62
/** For an attempt that no key can mend. */
const noKeys: KeysLeft = { choice: null, opensAt: 0, hasFallback: false }
/** For a job of a provider that the configuration no longer names: it may come back with the next one. */
const patient: RetryPolicy = { maxRetries: Number.MAX_SAFE_INTEGER, backoffInitialMs: 1000, backoffMaxMs: 60_000 }

export type Engine = ReturnType<typeof createEngine>

export interface EngineOptions extends OwnerLimits {
  store: Store
  providers: ProviderSettings[]
  /** Why the directory is no longer this process's, or null. */
  lost?: () => Loss | null
  /** How a damaged database is mended: for the log. */
  wayOut?: string
  /** How much is free on the disk of the database. */
  freeBytes: () => number
  /** With less than this free, new work is refused. */
  reserveBytes: number
  clock: Clock
  random: () => number
  log: Log
  post: (message: FromEngine) => void
  /** A call came back after `tookMs`. */
  onAnswer?: (job: Claimed, outcome: Outcome, tookMs: number) => void
  /** What was sealed with a job, in the clear. */
  unseal: (secret: Uint8Array, jobId: string) => string
  /** Set after creation, because the pool reports to the engine. */
  pool: () => Pool
}

export function createEngine(options: EngineOptions) {
  const { store, clock, log, post, pool } = options
  const settings = new Map(options.providers.map((provider) => [provider.name, provider]))
  const dispatcher = createDispatcher(store, options.providers, options.ownerCaps, options.random)
  let { budgets } = options

  const inbox = createInbox()
  /** Requests that a process before this one was receiving. */
  const cutOffUploads = store.uploads()
  let isScheduled = false
  let isDraining = false
  let isClosed = false
  /** Called when the last call in flight has ended, while draining. */
  let onIdle: (() => void) | null = null
  let trouble: string | null = null
  /** That trouble does not pass: only what providers have answered is still written, where the store takes it. */
  let isDamaged = false
  let lookedAt = 0
  /** Why new work is refused although the store takes writes, or null. */
  let shortage: string | null = null
  let probedAt = clock.now()
  /** The clock was set back before this process: deadlines on disk can be earlier than those that are known of jobs that are out. */
  let isSetBack = false
  /** Whether a job of this turn may go out without having been queued. */
  let startsAtOnce = false
  let measuredAt = 0
  /** What has come in since, bodies alone. */
  let unmeasuredBytes = 0
  let cancelWake = () => {}
  /** Changes of a commit that may lie in the log although it failed. */
  const doubtful: { change: Write; error: unknown }[] = []
  /** Kept changes that a store in trouble has refused, and what cancels their next try. */
  const paused = new Map<Write, () => void>()
  const stored: number[] = []
  /** Jobs whose end the face wants to hear of, and those of them that ended in this turn. */
  const watched = new Set<string>()
  const ended: string[] = []
  /** Jobs that failed in this turn. */
  let failed: Failure[] = []
  const failures = createFailures(log, clock, requestText)
  /** Jobs whose deadline passed in this turn while the provider worked on them. */
  const late: string[] = []
  /** Requests of this turn's submits: most are claimed in the same turn and need not be read back. */
  const fresh = new Map<string, string>()
  /** Jobs whose call a worker has, by id. */
  const inFlight = new Map<string, Out>()
  const outgoing = createOutgoing()
  /** Jobs whose attempt has ended and is not stored yet: a store in trouble may keep them waiting for longer than their lease. */
  const settling = new Map<string, { job: Claimed; end: AttemptEnd; closed: ClosedQuota | null }>()

  function write(change: Write): void {
    inbox.add(change)
    schedule()
  }

  /** Stores one part after the other, each in a commit that others can come between, and goes on when all are on disk. */
  function writeParts(
    parts: Iterator<BodyPart> | null,
    how: { isKept?: true; apply(part: BodyPart, now: number): void; next(): void; failed(error: unknown): void },
  ): void {
    const part = parts?.next().value
    if (!part) {
      how.next()
      return
    }
    write({
      ...(how.isKept ? { isKept: true } : {}),
      bytes: part.bytes.length,
      apply: (now) => how.apply(part, now),
      done: () => writeParts(parts, how),
      failed: how.failed,
    })
  }

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    clock.soon(turn)
  }

  function turn(): void {
    isScheduled = false
    const batch = inbox.take()
    if (isClosed) {
      for (const change of batch) change.failed?.(closed)
      if (!inbox.isEmpty()) schedule()
      return
    }
    if (hasLostDirectory()) return
    if (isDamaged) salvage(batch)
    else if (batch.length > 0 || (trouble === null && dispatcher.nextAt() <= clock.now())) commit(batch)
    fresh.clear()
    if (!inbox.isEmpty()) schedule()
    else wakeWhenDue()
  }

  /** Where it has, all work ends at once: no commit, no call. What is stored is the next process's. */
  function hasLostDirectory(): boolean {
    if (isClosed || clock.now() < lookedAt + LOOK_EVERY_MS) return isClosed
    lookedAt = clock.now()
    const loss = options.lost?.() ?? null
    if (loss === null) return false
    isClosed = true
    cancelWake()
    pool().close()
    if (loss.isDatabaseThere) closeStore()
    post({ kind: "over", reason: loss.reason, message: loss.message })
    return true
  }

  /** What has come back from a provider is paid for, and may have its place on pages that are sound: each change alone. */
  function salvage(batch: Write[]): void {
    for (const change of batch) {
      if (change.isKept) commit([change])
      else change.failed?.(damaged)
    }
  }

  /** One transaction for all. If a change is at fault, each alone: it must not take the others with it. */
  function commit(batch: Write[]): void {
    if (unmeasuredBytes >= MEASURE_BYTES || clock.now() >= measuredAt + MEASURE_EVERY_MS) measureDisk()
    startsAtOnce = mayStart() && !batch.some(({ endsJobs }) => endsJobs)
    try {
      store.transaction(() => {
        const now = clock.now()
        for (const change of batch) change.apply(now)
        if (isDamaged) return
        const isAllInTime = (!isSetBack && now < dispatcher.overdueAt()) || expire(now)
        if (isAllInTime && mayStart()) dispatcher.claim(now)
      })
    } catch (error) {
      undone(batch, error)
      return
    }
    const claimed = dispatcher.sent()
    for (const id of late.splice(0)) takeBack(id)
    for (const change of batch) change.done?.()
    if (stored.length > 0) post(stored.splice(0).join())
    if (ended.length > 0) post({ kind: "ended", ids: ended.splice(0) })
    for (const job of claimed) send(job)
    if (failed.length > 0) {
      failures.tell(failed)
      failed = []
    }
  }

  /** What the caller sent, where it is text and not too long to be looked through for the log. */
  function requestText(job: Claimed): string | null {
    if (job.form !== null) return null
    try {
      const piece = store.requestPiece(job.id, 0)
      return piece === null || piece.length > LOOKED_THROUGH_BYTES_MAX ? null : Buffer.from(piece).toString()
    } catch (error) {
      if (!isStoreTrouble(error)) throw error
      return null
    }
  }

  /** Whether calls may go out now. */
  function mayStart(): boolean {
    return !isDraining && trouble === null && pool().isReady()
  }

  /** A transaction was rolled back: what became of its changes. */
  function undone(batch: Write[], error: unknown): void {
    dispatcher.rollBack()
    // What was rolled back has not ended.
    for (const id of ended.splice(0)) watched.add(id)
    late.length = 0
    failed = []
    if (!isStoreTrouble(error)) {
      if (batch.length === 1) for (const change of batch) reject(change, error)
      else for (const change of batch) commit([change])
      return
    }
    const isGone = error.code !== SYNC_FAILED || unwrite()
    report(error)
    for (const change of batch) {
      // Nobody can be told yet that nothing was accepted: it may still lie in the log. They are when the store takes a write.
      if (isGone || change.isKept) reject(change, error)
      else doubtful.push({ change, error })
    }
  }

  /**
   * A commit whose sync failed lies whole in the log, and a process that died now would find it there at the next start:
   * work that was refused. The next write, synced or not, takes its place; whether it did.
   */
  function unwrite(): boolean {
    try {
      store.probe()
      return true
    } catch (error) {
      // Where only its sync failed too, it has been written.
      return isStoreTrouble(error) && error.code === SYNC_FAILED
    }
  }

  function endDoubt(): void {
    for (const { change, error } of doubtful.splice(0)) change.failed?.(error)
  }

  function recount(): void {
    try {
      dispatcher.recount()
    } catch (error) {
      // A store that cannot be read now is asked again when it takes a write.
      if (!isStoreTrouble(error)) throw error
      if (isDamage(error)) report(error)
    }
  }

  function reject(change: Write, error: unknown): void {
    if (change.isKept && isStoreTrouble(error)) {
      const cancel = clock.after(TROUBLE_PAUSE_MS, () => {
        paused.delete(change)
        write(change)
      })
      paused.set(change, cancel)
      return
    }
    if (!isStoreTrouble(error)) log.error("a change was refused by the store: this is a bug", { error: String(error) })
    change.failed?.(error)
  }

  /** The disk, not the change, is at fault: nothing new is claimed until a probe gets through. */
  function report(error: SQLiteError): void {
    if (isDamage(error)) {
      reportDamage(error.message)
      return
    }
    if (trouble === null) log.error("the store cannot be written", { code: error.code, error: error.message })
    trouble = error.code ?? "SQLITE_ERROR"
    pulse()
  }

  function reportDamage(detail: string): void {
    if (isDamaged) return
    isDamaged = true
    trouble = `the database is damaged (${detail})`
    log.error(`${trouble}: stored results can still be read, new work is refused and no call goes out`, {
      fix: `Stop the gateway. ${options.wayOut ?? ""}`,
    })
    pulse()
  }

  function wakeWhenDue(): void {
    cancelWake()
    if (!mayStart()) return
    const at = dispatcher.nextAt()
    if (at === Number.POSITIVE_INFINITY) return
    const delay = at - clock.now()
    if (delay <= 0) schedule()
    else cancelWake = clock.after(delay, schedule)
  }

  function send(job: Claimed): void {
    inFlight.set(job.id, { job, sentAt: clock.now() })
    makeCall(job, (bytes) => outgoing.start(job.id, bytes))
  }

  /** @param mayGo whether there is room for a body of so many bytes; where there is none, `goOn` makes the call later */
  function makeCall(job: Claimed, mayGo: (bytes: number) => boolean): void {
    try {
      const call = callOf(job)
      // What was out on a thread that died goes out alone: another death is then its own.
      if (mayGo(call.body?.length ?? 0)) pool().run(call, job.crashes > 0)
    } catch (error) {
      if (isStoreTrouble(error)) {
        report(error)
        requeueUnread(job)
        return
      }
      const message = `the call could not be made: ${error instanceof Error ? error.message : error}`
      finish(job.id, job.attempt, { kind: "unreached", reason: "not_sent", message })
    }
  }

  /** What it is to be sent with cannot be read from the disk now: back to its place in the queue, no try spent. */
  function requeueUnread(job: Claimed): void {
    leaveFlight(job.id)
    dispatcher.ended(job)
    const message = "the stored request could not be read"
    const end = endOf(job, { kind: "unreached", reason: "aborted", message })
    settling.set(job.id, { job, end, closed: null })
    const forget = () => settling.delete(job.id)
    write({ isKept: true, apply: (now) => apply(job, end, { to: "park" }, now), done: forget, failed: forget })
    if (inFlight.size === 0) onIdle?.()
  }

  /** A call with a large body has room to go out; its quota may have closed while it waited. */
  function goOn(jobId: string): void {
    const out = inFlight.get(jobId)
    if (!out) return
    const delayMs = admit(jobId) - clock.now()
    if (delayMs > 0) clock.after(delayMs, () => goOn(jobId))
    else makeCall(out.job, () => true)
  }

  /** The call is no longer out. */
  function leaveFlight(jobId: string): void {
    inFlight.delete(jobId)
    for (const next of outgoing.end(jobId)) goOn(next)
  }

  /** A call that waits for a thread has one: when it may go, epoch milliseconds; not after now: it goes. */
  function admit(jobId: string): number {
    const now = clock.now()
    const out = inFlight.get(jobId)
    const at = out ? dispatcher.admit(out.job, now) : now
    if (out && at <= now) out.sentAt = now
    return at
  }

  function callOf(job: Claimed): Call {
    const { id, form, model, providerState } = job
    return {
      ...headOf(job),
      step: providerState === null ? "start" : "resume",
      body: form === null ? (fresh.get(id) ?? store.requestBody(job.number)) : null,
      form: form === null ? null : formFor(JSON.parse(form) as Form, model),
    }
  }

  /** A call without what it carries. */
  function headOf(job: Claimed): Omit<Call, "step" | "body" | "form"> {
    const secret = openSecret(job)
    const extras = job.extras === null ? {} : (JSON.parse(job.extras) as Extras)
    return {
      jobId: job.id,
      attempt: job.attempt,
      state: job.providerState,
      requestId: job.requestId,
      // Another provider or model is another request: with the first one's key it would be refused, or answered as that one.
      idempotencyKey:
        job.primaryError === null ? job.id : `${job.id}-${encodeURIComponent(`${job.provider}/${job.model}`)}`,
      requestType: job.requestType,
      provider: job.provider,
      model: job.model,
      isRepeatable: job.lossRetries === null && job.failures < policyOf(job).maxRetries,
      timeoutMs: Math.min(settings.get(job.provider)?.timeoutMs ?? 0, Math.max(job.deadlineAt - clock.now(), 1)),
      extras: secret === null ? extras : { headers: { ...extras.headers, ...headersTo(job.provider, secret) } },
      keyId: job.keyId === null || isCallerKey(job.keyId) ? null : job.keyId,
      callerKey: secret !== null && isCallerKey(job.keyChoice) ? secret.key : null,
    }
  }

  /** @throws {SecretLost} */
  function openSecret({ id, secret }: Claimed): CallerSecret | null {
    return secret === null ? null : readSecret(options.unseal(secret, id))
  }

  /** Whether any of the targets that are left gets something of the caller's secret. */
  function keepsSecret(job: Claimed): boolean {
    const left = job.secret === null ? [] : fallbacksOf(job)
    if (left.length === 0) return false
    try {
      const secret = openSecret(job)
      return (
        secret !== null &&
        isNeededBy(
          left.map(({ provider }) => provider),
          secret,
        )
      )
    } catch {
      return false
    }
  }

  /** An attempt ended. What that means for the job is decided once, and kept until it is stored. */
  function finish(jobId: string, attempt: number, outcome: Outcome): void {
    const out = inFlight.get(jobId)
    if (!out || out.job.attempt !== attempt) {
      pool().stored(jobId, attempt)
      return
    }
    const { job, sentAt } = out
    const bytes = bytesOf(outcome)
    unmeasuredBytes += bytes
    const now = clock.now()
    leaveFlight(jobId)
    const closed = dispatcher.learn(job, outcome, sentAt, now)
    options.onAnswer?.(job, outcome, now - sentAt)
    const keys = outcome.kind === "refused" ? keysLeft(job, now) : noKeys
    const transition = withFallbacks(job, decide(outcome, job, keys, policyOf(job), now, options.random()))
    if (transition.to === "await") dispatcher.hold({ ...job, providerState: transition.state }, transition.runAt)
    else dispatcher.ended(job)
    const end = endOf(job, outcome)
    log.debug("attempt ended", { job: job.id, attempt, outcome: end.outcome, status: end.status, next: transition.to })
    if (closed) {
      const until = new Date(closed.closedUntil).toISOString()
      log.info("a provider's quota is closed", { provider: job.provider, model: job.model, by: end.keyName, until })
    }
    settling.set(jobId, { job, end, closed })
    const settled = () => {
      settling.delete(jobId)
      pool().stored(jobId, attempt)
    }
    const last = (isStaged: boolean): Write => ({
      isKept: true,
      bytes: isStaged ? 0 : bytes,
      apply: (at) => {
        if (closed) store.saveQuota(closed)
        apply(job, end, isStaged && transition.to === "succeed" ? { ...transition, isStaged } : transition, at)
      },
      done: settled,
      failed: settled,
    })
    const parts = transition.to === "succeed" ? answerParts(transition.result, transition.content?.bytes) : null
    writeParts(parts, {
      isKept: true,
      apply: (part) => store.stage(job, part),
      next: () => write(last(parts !== null)),
      failed: settled,
    })
    if (inFlight.size === 0) onIdle?.()
  }

  function policyOf({ provider }: Claimed): RetryPolicy {
    return settings.get(provider) ?? patient
  }

  function keysLeft(job: Claimed, now: number): KeysLeft {
    const hasFallback = fallbacksOf(job).length > 0
    return { choice: dispatcher.choiceWithout(job), opensAt: dispatcher.opensAt(job, now), hasFallback }
  }

  function apply(job: Claimed, end: AttemptEnd, transition: Transition, now: number): void {
    switch (transition.to) {
      case "succeed":
        if (store.succeed(job, end, transition, now)) announce(job.id)
        break
      case "fail":
        if (store.fail(job, end, transition.statusCode, JSON.stringify(transition.error), now, transition.raw)) {
          announce(job.id)
          failed.push({ job, error: transition.error })
        }
        break
      case "retry":
        if (store.retry(job, end, transition, now)) dispatcher.queued(job, transition.runAt, now)
        break
      case "await":
        // Held once more, because it may have been asked for before it was stored.
        if (store.await(job, transition.state, transition.runAt)) {
          dispatcher.hold({ ...job, providerState: transition.state }, transition.runAt)
        } else if (store.find(job.id)?.state !== "waiting") dispatcher.letGo(job.id)
        break
      case "fallBack": {
        const { next } = transition
        const to = { next, error: JSON.stringify(transition.error), keepsSecret: keepsSecret(job) }
        if (!store.fallBack(job, end, to, now)) break
        dispatcher.queued({ ...job, ...next, keyChoice: ANY_KEY }, now, now)
        break
      }
      case "rotate":
      case "park": {
        const keyChoice = transition.to === "rotate" ? transition.keyChoice : job.keyChoice
        const runAt = (transition.to === "park" ? transition.runAt : undefined) ?? job.runAt
        if (store.park(job, end, keyChoice, runAt, now)) dispatcher.queued({ ...job, keyChoice }, runAt, now)
        break
      }
    }
  }

  /** How an attempt is remembered that ended without an outcome of its own. */
  function cutOff(job: Claimed, outcome: string, reason: string): AttemptEnd {
    return { outcome, status: null, reason, keyName: keyNameOf(job), upstreamRequestId: null, used: null, cost: null }
  }

  function endOf(job: Claimed, outcome: Outcome): AttemptEnd {
    if (outcome.kind === "unreached") return cutOff(job, outcome.reason, outcome.message)
    // Nothing has ended: no row is made of it.
    if (outcome.kind === "pending") return cutOff(job, outcome.kind, "")
    const { kind, status, upstream } = outcome
    return {
      outcome: kind,
      status,
      reason: kind === "answered" ? null : kind === "refused" ? outcome.refusal.message : outcome.message,
      keyName: keyNameOf(job),
      upstreamRequestId: upstream.requestId,
      used: kind === "answered" ? outcome.used : null,
      cost: kind === "answered" ? outcome.cost : null,
    }
  }

  function keyNameOf({ provider, keyId }: Claimed): string | null {
    if (keyId === null) return null
    if (isCallerKey(keyId)) return "the caller's own"
    return settings.get(provider)?.keys.find(({ id }) => id === keyId)?.name ?? keyId
  }

  /** Inside a transaction: heard by the face once it is committed. */
  function announce(jobId: string): void {
    if (watched.delete(jobId)) ended.push(jobId)
  }

  /**
   * Takes a job from the worker that has its call, if any: the connection closes, a late outcome is nobody's.
   * The provider's own job is ended there, as far as the provider lets us.
   */
  function takeBack(jobId: string): void {
    const out = inFlight.get(jobId)
    if (out) {
      leaveFlight(jobId)
      dispatcher.ended(out.job)
      pool().abort(jobId)
    }
    const job = out?.job ?? dispatcher.letGo(jobId)
    if (job && job.providerState !== null && pool().isReady()) endThere(job)
    if (inFlight.size === 0) onIdle?.()
  }

  function endThere(job: Claimed): void {
    try {
      // Its deadline may have passed; what ends it must still have time.
      pool().run({ ...headOf(job), step: "cancel", timeoutMs: CANCEL_MS_MAX, body: "{}", form: null }, false)
    } catch (error) {
      log.warn("the provider's own job could not be ended", { job: job.id, error: String(error) })
    }
  }

  function interrupted(job: Claimed, outcome: string, now: number): void {
    if (inFlight.has(job.id) || settling.has(job.id)) return
    if (job.providerState !== null) dispatcher.adopt(job, now)
    interrupt(job, cutOff(job, outcome, "the gateway or its thread ended while the call was out"), now)
  }

  /** The answer of this attempt is lost, inside a transaction. */
  function interrupt(job: Claimed, end: AttemptEnd, now: number): void {
    apply(job, end, withFallbacks(job, decideInterrupted(job, policyOf(job), now)), now)
  }

  /** Ends what has waited beyond its deadline, a batch of it, inside a transaction; whether there is no more. */
  function expire(now: number): boolean {
    const overdue = store.overdue(now, EXPIRES_MAX)
    for (const job of overdue) {
      const { statusCode, error } = decideOverdue(job, explainLack(settings.get(job.provider), job))
      const isAwaited = job.providerState !== null
      const end = isAwaited ? cutOff(job, "overdue", "the provider's own job did not end in time") : null
      if (!store.expire(job, end, statusCode, JSON.stringify(error), now)) continue
      failed.push({ job, error })
      if (isAwaited) late.push(job.id)
      else dispatcher.left(job.provider)
      announce(job.id)
    }
    if (overdue.length === EXPIRES_MAX) return false
    dispatcher.inTime(store.nextDeadline() ?? Number.POSITIVE_INFINITY)
    return true
  }

  /** Ends a job that has not ended, inside a transaction; whether it was there to be ended. */
  function cancelNow(id: string, now: number): boolean {
    const job = store.find(id)
    if (job === null) return false
    const isOut = job.state === "running" || job.state === "waiting"
    // What has come back and is not stored yet is remembered as what it was: it has cost what it has cost.
    const settled = settling.get(id)
    const end = settled?.end ?? cutOff(job, "cancelled", "the job was cancelled while the call was out")
    const running = isOut ? { job, end } : null
    const error = ownError("job_cancelled", "the job was cancelled", job)
    if (!store.cancel(id, error.status_code, JSON.stringify(error), now, running)) return false
    if (settled?.closed) store.saveQuota(settled.closed)
    if (job.state === "queued") dispatcher.left(job.provider)
    announce(id)
    return true
  }

  /** Unfinished jobs that fit and were made by then, a batch of them. */
  function unfinished(filter: JobFilter, before: number): string[] {
    const fits = (job: { owner: string; provider: string; model: string }) =>
      (filter.owner ?? job.owner) === job.owner &&
      (filter.provider ?? job.provider) === job.provider &&
      (filter.model ?? job.model) === job.model
    const out = filter.isPending === true ? [] : [...store.running(), ...store.waiting()].filter(fits)
    const ids = out
      .filter(
        ({ requestType, createdAt }) => (filter.requestType ?? requestType) === requestType && createdAt <= before,
      )
      .slice(0, CANCELS_MAX)
      .map(({ id }) => id)
    for (const lane of store.eachLane()) {
      if (ids.length >= CANCELS_MAX) break
      if (fits(lane)) ids.push(...store.queuedIn(lane, filter, before, CANCELS_MAX - ids.length))
    }
    return ids
  }

  function pulse(): void {
    post({ kind: "pulse", trouble: trouble ?? shortage })
  }

  /** A disk that is nearly full takes no new work, so that what is under way can be stored. */
  function measureDisk(): void {
    measuredAt = clock.now()
    unmeasuredBytes = 0
    const free = options.freeBytes()
    const before = shortage
    shortage =
      free >= options.reserveBytes
        ? null
        : `only ${megabytes(free)} MB are free on the disk, less than the reserve of ${megabytes(options.reserveBytes)} MB`
    if ((before === null) === (shortage === null)) return
    if (shortage !== null) log.error("new work is refused", { reason: shortage })
    else log.info("new work is taken again: there is space on the disk")
    pulse()
  }

  /** What an Idempotency-Key that was seen before asks for: the same job, or a refusal; null where the job is new. */
  function replay(seq: number, job: NewJob, now: number): FromEngine | null {
    const earlier = job.idempotencyKey === null ? null : store.replayOf(job.idempotencyKey, now)
    if (earlier === null) return null
    if (earlier.bodyDigest === job.bodyDigest) return { kind: "replayed", seq, id: earlier.id }
    const message = "this Idempotency-Key came with another body before: use a new key for a new request"
    return { kind: "refused", seq, code: "idempotency_mismatch", message }
  }

  /** Refuses new work when the disk is nearly full; null where it is not. */
  function diskFull(seq: number): FromEngine | null {
    return shortage === null ? null : { kind: "refused", seq, ...shortageRefusal(shortage) }
  }

  /** Refuses a job whose owner has used what it may; null where it has not. */
  function overBudget(seq: number, { owner }: NewJob, now: number): FromEngine | null {
    const budget = budgets[owner]
    const excess = budget ? excessOf(budget, (day) => store.spentSince(owner, day), now) : null
    return excess && { kind: "refused", seq, code: "budget_exceeded", ...excess }
  }

  /** Refuses a job whose provider has as many waiting as may; null where there is room. */
  function queueFull(seq: number, job: NewJob): FromEngine | null {
    const full = dispatcher.fullAt(job.provider)
    if (full === null) return null
    const message = `${full} jobs wait for provider ${job.provider} already: send the request again later, or raise its buffer_size in config.json`
    return { kind: "refused", seq, code: "queue_full", message }
  }

  /** What came of a request that does not become a job is forgotten. */
  function discard(id: string): void {
    // Behind its pieces: one that came after it would stay for ever.
    write({ isKept: true, isOrdered: true, apply: () => store.discard(id) })
  }

  /** Stores a job whose body, if it has none with it, is on disk. */
  function submitWhole(seq: number, job: NewJob, refuse: (error: unknown) => void): void {
    let answer: FromEngine | null = null
    write({
      bytes: job.body?.length ?? 0,
      apply: (now) => {
        answer = replay(seq, job, now) ?? diskFull(seq) ?? overBudget(seq, job, now) ?? queueFull(seq, job)
        if (answer !== null) {
          if (job.body === null) store.discard(job.id)
          return
        }
        const first = startsAtOnce && now < job.deadlineAt ? dispatcher.startFor(job, now) : null
        const started = store.submit(job, first)
        if (job.body !== null) fresh.set(job.id, job.body)
        if (started) dispatcher.started(started)
        else dispatcher.queued(job, job.createdAt, now)
      },
      done: () => {
        if (answer === null) stored.push(seq)
        else post(answer)
      },
      failed: refuse,
    })
  }

  /** By how much the clock was set back since the newest job was made; 0 too where the store cannot say. */
  function behindMs(): number {
    try {
      const latest = store.latestCreatedAt()
      return latest === null ? 0 : Math.max(0, latest - clock.now())
    } catch (error) {
      if (!isStoreTrouble(error)) throw error
      if (isDamage(error)) report(error)
      return 0
    }
  }

  function closeStore(): void {
    try {
      store.close()
    } catch (error) {
      log.error("the store could not be closed cleanly; nothing is lost", { error: String(error) })
    }
  }

  return {
    write,
    finish,
    interrupted,
    admit,

    /** Forgets what no quota and no budget needs any more. */
    forget(now: number): void {
      store.forget(now - PACED_MS, dayOf(now) - SPENDING_DAYS)
    },

    /** Once a second: tells the face how the store is, and finds out whether it takes writes, in trouble each time. */
    beat(): void {
      if (hasLostDirectory()) return
      pulse()
      failures.flush()
      dispatcher.sweep(clock.now())
      if (isDamaged) return
      if (trouble === null && clock.now() - probedAt < PROBE_EVERY_MS) return
      probedAt = clock.now()
      write({
        apply: () => store.probe(),
        done: () => {
          if (trouble === null) return
          trouble = null
          endDoubt()
          recount()
          log.info("the store can be written again")
          pulse()
          schedule()
        },
      })
    },

    /** Gives free pages back to the disk; whether there are more to give. */
    shrink(pages: number): boolean {
      if (isDamaged || hasLostDirectory()) return false
      try {
        return store.shrink(pages)
      } catch (error) {
        if (!isStoreTrouble(error)) throw error
        report(error)
        return false
      }
    },

    /** Puts what was deleted out of the log too; whether that is done. */
    fold(): boolean {
      if (isDamaged || hasLostDirectory()) return false
      try {
        return store.fold()
      } catch (error) {
        if (!isStoreTrouble(error)) throw error
        // A disk that is full takes it later; whether it takes writes at all, others find out.
        if (isDamage(error)) report(error)
        return false
      }
    },

    /** Somebody who read the database found it damaged. */
    damaged: reportDamage,

    /** A piece of a form whose call is out, null past its end; undefined: it cannot be read, and the call is given up. */
    pieceOf(jobId: string, seq: number): Uint8Array<ArrayBuffer> | null | undefined {
      try {
        const piece = store.requestPiece(jobId, seq)
        return piece === null ? null : new Uint8Array(piece)
      } catch (error) {
        if (!isStoreTrouble(error)) throw error
        report(error)
        pool().abort(jobId)
        const out = inFlight.get(jobId)
        if (out) requeueUnread(out.job)
        return undefined
      }
    },

    /** What owners may use from now on. */
    limit(limits: OwnerLimits): void {
      budgets = limits.budgets
      dispatcher.cap(limits.ownerCaps)
      schedule()
    },

    submit(seq: number, job: NewJob): void {
      unmeasuredBytes += job.body?.length ?? 0
      const parts = shortage === null ? requestParts(job.body) : null
      const refuse = (error: unknown) => {
        if (parts !== null) discard(job.id)
        post({ kind: "refused", seq, ...refusal(error) })
      }
      writeParts(parts, {
        apply: (part, now) => store.upload(job.id, part, now),
        next: () => submitWhole(seq, parts === null ? job : { ...job, body: null }, refuse),
        failed: refuse,
      })
    },

    /** A piece of a form whose job is still to come. */
    upload(id: string, seq: number, bytes: Uint8Array): void {
      if (shortage !== null) {
        post({ kind: "pieceRefused", id, ...shortageRefusal(shortage) })
        return
      }
      unmeasuredBytes += bytes.length
      write({
        isOrdered: true,
        bytes: bytes.length,
        apply: (now) => store.upload(id, { kind: "request", seq, bytes }, now),
        done: () => post({ kind: "pieces", id, seq }),
        failed: (error) => post({ kind: "pieceRefused", id, ...refusal(error) }),
      })
    },

    discard,

    /** The face wants to hear when the job ends; at once if it has. */
    watch(id: string): void {
      watched.add(id)
      write({
        isKept: true,
        apply: () => {
          const job = store.find(id)
          if (job === null || terminalStates.has(job.state)) announce(id)
        },
      })
    },

    /** Ends a job that has not ended; of one that has, nothing changes. */
    cancel(seq: number, id: string): void {
      write({
        endsJobs: true,
        apply: (now) => {
          cancelNow(id, now)
        },
        done: () => {
          takeBack(id)
          stored.push(seq)
        },
        failed: (cause) => post({ kind: "refused", seq, ...refusal(cause) }),
      })
    },

    /** Ends all unfinished jobs that fit and are there now, a batch in each turn. */
    cancelAll(seq: number, filter: JobFilter): void {
      // Those that are there now, also where the clock was set back since they were made.
      const before = clock.now() + behindMs()
      let count = 0
      const next = () => {
        let ids: string[] = []
        let isMore = false
        write({
          endsJobs: true,
          apply: (now) => {
            const batch = unfinished(filter, before)
            isMore = batch.length === CANCELS_MAX
            ids = batch.filter((id) => cancelNow(id, now))
          },
          done: () => {
            for (const id of ids) takeBack(id)
            count += ids.length
            if (isMore) next()
            else post({ kind: "cancelledAll", seq, count })
          },
          failed: (cause) => post({ kind: "refused", seq, ...refusal(cause) }),
        })
      }
      next()
    },

    /** Removes a job and all that hangs on it; one that still runs is cancelled by it. */
    remove(seq: number, id: string): void {
      write({
        endsJobs: true,
        apply: () => {
          const job = store.find(id)
          store.remove(id)
          if (job?.state === "queued") dispatcher.left(job.provider)
          announce(id)
        },
        done: () => {
          takeBack(id)
          stored.push(seq)
        },
        failed: (cause) => post({ kind: "refused", seq, ...refusal(cause) }),
      })
    },

    /** Every row that says `running` is an orphan of a process that died: nobody else can hold the directory. */
    start(): void {
      const lateMs = behindMs()
      isSetBack = lateMs > 0
      if (isSetBack) {
        const seconds = Math.round(lateMs / 1000)
        log.warn("the clock was set back: what is queued is due by as much earlier", { seconds })
      }
      // A store in trouble takes new jobs before it has taken this.
      const last = store.lastNumber()
      const orphans = store.running()
      write({
        isKept: true,
        apply: (now) => {
          // What was queued when the clock was further on is due when it would have been.
          if (lateMs > 0) store.setBack(lateMs, now, last)
          for (const job of orphans) interrupted({ ...job, deadlineAt: job.deadlineAt - lateMs }, "interrupted", now)
          for (const id of cutOffUploads) store.discard(id)
        },
        done() {
          if (lateMs === 0) return
          dispatcher.restore(store.quotas(), clock.now())
          recount()
        },
      })
      dispatcher.restore(store.quotas(), clock.now())
      const waiting = store.waiting()
      for (const job of waiting) dispatcher.adopt(job, job.runAt)
      measureDisk()
      const counts = dispatcher.recount()
      const queued = [...counts.values()].reduce((sum, count) => sum + count, 0)
      const unserved = dispatcher.unserved().map((lane) => ({ ...lane, jobs: store.countIn(lane) }))
      for (const { provider, jobs, lack } of lacksOf(settings, counts, unserved, [...waiting, ...orphans])) {
        log.warn("accepted jobs wait for what the configuration lacks", { provider, jobs, lack })
      }
      post({ kind: "started", recovered: orphans.length, queued })
      pulse()
      schedule()
    },

    wake: schedule,

    /** Lets calls in flight finish for `graceMs`, puts the rest back into the queue, and closes the store. */
    drain(graceMs: number): void {
      isDraining = true
      const cancel = afterReads(clock, graceMs, release)
      onIdle = release
      if (inFlight.size === 0) release()

      function release(): void {
        cancel()
        onIdle = null
        const left = [...inFlight.values()].map(({ job }) => job)
        inFlight.clear()
        for (const job of left) {
          pool().abort(job.id)
          // A cancel that comes now still finds what it cuts off.
          settling.set(job.id, { job, end: cutOff(job, "released", "the gateway was stopped"), closed: null })
        }
        const requeue = (now: number) => {
          for (const job of left) putBack(job, now)
          // Nobody sends the rest of them any more.
          for (const id of store.uploads()) store.discard(id)
        }
        writeLast(requeue, { released: left.length, ifFailed: 0, tries: LAST_TRIES })
      }

      /** Closes the store behind all that waits for it. What is kept is tried again, as long as the store takes other writes. */
      function writeLast(
        apply: (now: number) => void,
        { released, ifFailed, tries }: { released: number; ifFailed: number; tries: number },
      ): void {
        for (const [change, cancelPause] of paused) {
          cancelPause()
          inbox.add(change)
        }
        paused.clear()
        inbox.addLast({
          apply,
          done: () => {
            if (paused.size === 0 || tries === 1) close(released)
            else writeLast(() => store.probe(), { released, ifFailed: released, tries: tries - 1 })
          },
          failed: () => close(ifFailed),
        })
        schedule()
      }

      /** Back into the queue, no try spent; where a lost answer counts, it has lost one. */
      function putBack(job: Claimed, now: number): void {
        const end = settling.get(job.id)?.end ?? cutOff(job, "released", "the gateway was stopped")
        if (job.providerState === null && job.lossRetries === null) store.park(job, end, job.keyChoice, job.runAt, now)
        else interrupt(job, end, now)
      }

      function close(released: number): void {
        isClosed = true
        endDoubt()
        failures.flush(true)
        cancelWake()
        for (const cancelPause of paused.values()) cancelPause()
        pool().close()
        closeStore()
        post({ kind: "drained", released })
      }
    },
  }
}

/** The targets that are left to go to. */
function fallbacksOf({ fallbacks, fallbacksTried }: Claimed): Target[] {
  return fallbacks === null ? [] : (JSON.parse(fallbacks) as Target[]).slice(fallbacksTried)
}

function withFallbacks(job: Claimed, transition: Transition): Transition {
  const primaryError = job.primaryError === null ? null : (JSON.parse(job.primaryError) as WireError)
  return orFallBack(transition, fallbacksOf(job), primaryError)
}

/** The one edit of a form that puts something in is its model, and that is another one after a fallback. */
function formFor(form: Form, model: string): Form {
  return { ...form, edits: form.edits.map((edit) => (edit.text === "" ? edit : { ...edit, text: model })) }
}

/** How much is to be written of what an attempt came to. */
function bytesOf(outcome: Outcome): number {
  if (outcome.kind !== "answered" && outcome.kind !== "unreadable") return 0
  const content = outcome.kind === "answered" ? (outcome.content?.bytes.length ?? 0) : 0
  return outcome.body.length + content
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000)
}

function isStoreTrouble(error: unknown): error is SQLiteError {
  return error instanceof SQLiteError && !error.code?.startsWith("SQLITE_CONSTRAINT")
}

/** The store was closed before a change came. */
const closed = new Error("the store is closed")
/** The store takes no changes any more. */
const damaged = new Error("the database is damaged")

function shortageRefusal(reason: string): { code: ErrorCode; message: string } {
  const message = `${reason}: nothing was accepted. Free space, or lower client.disk_reserve_mb in config.json.`
  return { code: "store_full", message }
}

/** Seconds after which somebody may have put a damaged database right. */
const DAMAGED_RETRY_AFTER = 60

function refusal(error: unknown): { code: ErrorCode; message: string; retryAfter?: number } {
  if (error === damaged || isDamage(error)) {
    const message =
      "the database is damaged: nothing was accepted, stored results can still be read. Stop the gateway, then put a backup in place or recover what can be read: its log says how."
    return { code: "store_unavailable", message, retryAfter: DAMAGED_RETRY_AFTER }
  }
  if (error === closed) {
    return { code: "shutting_down", message: "the gateway is shutting down: send the request again in a moment" }
  }
  if (!isStoreTrouble(error))
    return { code: "internal_error", message: "the job could not be stored: nothing was accepted" }
  const code = error.code ?? "SQLITE_ERROR"
  if (code === "SQLITE_FULL") {
    return {
      code: "store_full",
      message: "the disk is full: nothing was accepted. Free space and send the request again.",
    }
  }
  return {
    code: "store_unavailable",
    message: `the job could not be stored (${code}): nothing was accepted. Send the request again in a moment.`,
  }
}
