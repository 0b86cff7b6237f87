// The engine: the only thread that writes. Everything that arrived while the last commit ran goes into the next one,
// submits, outcomes and claims together; only what is on disk is answered, and only what is claimed on disk is called.
import { SQLiteError } from "bun:sqlite"
import type { Call, Outcome } from "../call.ts"
import type { Clock } from "../clock.ts"
import type { ErrorCode } from "../errors.ts"
import type { AttemptEnd, Claimed, NewJob, Store } from "../jobs/store.ts"
import { decide, decideInterrupted, decideOverdue, type RetryPolicy, type Transition } from "../jobs/transitions.ts"
import type { Log } from "../log.ts"
import type { ProviderSettings } from "../providers/table.ts"
import { createDispatcher } from "./dispatcher.ts"
import type { Pool } from "./pool.ts"
import type { FromEngine } from "./protocol.ts"

/** One change waiting for the next commit. */
export interface Write {
  apply(now: number): void
  /** It is on disk. */
  done?(): void
  /** It is not, and will not be tried again by the engine. */
  failed?(error: unknown): void
  /** Must not be lost: tried again until the store takes it. */
  isKept?: boolean
}

/** Bounds how long the first of a batch waits for the last. */
const BATCH_MAX = 1000
/** How long the engine leaves a store alone that refused a write. */
const TROUBLE_PAUSE_MS = 1000
/** A quiet gateway still learns within this time that its disk takes no more writes. */
const PROBE_EVERY_MS = 10_000
/** For a job of a provider that the configuration no longer names. */
const noRetry: RetryPolicy = { maxRetries: 0, backoffInitialMs: 0, backoffMaxMs: 0 }

export type Engine = ReturnType<typeof createEngine>

export function createEngine(options: {
  store: Store
  providers: ProviderSettings[]
  clock: Clock
  random: () => number
  log: Log
  post: (message: FromEngine) => void
  /** Set after creation, because the pool reports to the engine. */
  pool: () => Pool
}) {
  const { store, clock, log, post, pool } = options
  const settings = new Map(options.providers.map((provider) => [provider.name, provider]))
  const dispatcher = createDispatcher(store, options.providers)

  const inbox: Write[] = []
  let isScheduled = false
  let isDraining = false
  /** Called when the last call in flight has ended, while draining. */
  let onIdle: (() => void) | null = null
  let trouble: string | null = null
  let probedAt = clock.now()
  let cancelWake = () => {}
  const stored: number[] = []
  /** Requests of this turn's submits: most are claimed in the same turn and need not be read back. */
  const fresh = new Map<string, string>()
  /** Jobs whose call a worker has, by id. */
  const inFlight = new Map<string, Claimed>()

  function write(change: Write): void {
    inbox.push(change)
    schedule()
  }

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    setImmediate(turn)
  }

  function turn(): void {
    isScheduled = false
    const batch = inbox.splice(0, BATCH_MAX)
    if (batch.length > 0 || (trouble === null && dispatcher.nextAt() <= clock.now())) commit(batch)
    fresh.clear()
    if (inbox.length > 0) schedule()
    else wakeWhenDue()
  }

  /** One transaction for all. If a change is at fault, each alone: it must not take the others with it. */
  function commit(batch: Write[]): void {
    let claimed: Claimed[] = []
    try {
      claimed = store.transaction(() => {
        const now = clock.now()
        for (const change of batch) change.apply(now)
        return isDraining || trouble !== null || !pool().isReady() ? [] : dispatcher.claim(now)
      })
    } catch (error) {
      dispatcher.forget()
      if (isStoreTrouble(error)) report(error)
      if (batch.length > 1 && !isStoreTrouble(error)) for (const change of batch) commit([change])
      else for (const change of batch) reject(change, error)
      return
    }
    for (const change of batch) change.done?.()
    if (stored.length > 0) post(stored.splice(0).join())
    for (const job of claimed) send(job)
  }

  function reject(change: Write, error: unknown): void {
    if (change.isKept && isStoreTrouble(error)) {
      clock.after(TROUBLE_PAUSE_MS, () => write(change))
      return
    }
    if (!isStoreTrouble(error)) log.error("a change was refused by the store: this is a bug", { error: String(error) })
    change.failed?.(error)
  }

  /** The disk, not the change, is at fault: nothing new is claimed until a probe gets through. */
  function report(error: SQLiteError): void {
    if (trouble === null) log.error("the store cannot be written", { code: error.code, error: error.message })
    trouble = error.code ?? "SQLITE_ERROR"
    pulse()
  }

  function wakeWhenDue(): void {
    cancelWake()
    if (isDraining || trouble !== null) return
    const at = dispatcher.nextAt()
    if (at === Number.POSITIVE_INFINITY) return
    const delay = at - clock.now()
    if (delay <= 0) schedule()
    else cancelWake = clock.after(delay, schedule)
  }

  function send(job: Claimed): void {
    dispatcher.sent(job.provider)
    inFlight.set(job.id, job)
    let body: string
    try {
      body = fresh.get(job.id) ?? store.requestBody(job.id)
    } catch (error) {
      const message = `the stored request could not be read: ${error instanceof Error ? error.message : error}`
      finish(job.id, job.attempt, { kind: "unreached", reason: "crashed", message })
      return
    }
    const call: Call = {
      jobId: job.id,
      attempt: job.attempt,
      requestId: job.requestId,
      requestType: job.requestType,
      provider: job.provider,
      model: job.model,
      timeoutMs: Math.min(settings.get(job.provider)?.timeoutMs ?? 0, Math.max(job.deadlineAt - clock.now(), 1)),
      body,
    }
    pool().run(call)
  }

  /** An attempt ended. What that means for the job is decided once, and kept until it is stored. */
  function finish(jobId: string, attempt: number, outcome: Outcome): void {
    const job = inFlight.get(jobId)
    if (!job || job.attempt !== attempt) return
    inFlight.delete(jobId)
    dispatcher.ended(job.provider)
    const transition = decide(outcome, job, settings.get(job.provider) ?? noRetry, clock.now(), options.random())
    const end: AttemptEnd = {
      outcome: outcome.kind === "unreached" ? outcome.reason : outcome.kind,
      status: outcome.kind === "unreached" ? null : outcome.status,
    }
    log.debug("attempt ended", { job: job.id, attempt, ...end, next: transition.to })
    write({ isKept: true, apply: (now) => apply(job, end, transition, now) })
    if (inFlight.size === 0) onIdle?.()
  }

  function apply(job: Claimed, end: AttemptEnd, transition: Transition, now: number): void {
    switch (transition.to) {
      case "succeed":
        store.succeed(job, end, transition.statusCode, transition.result, now)
        break
      case "fail":
        store.fail(job, end, transition.statusCode, JSON.stringify(transition.error), now, transition.raw)
        break
      case "retry":
        if (store.retry(job, end, transition.runAt, now)) dispatcher.queued(job.provider, transition.runAt)
        break
      case "park":
        if (store.park(job, end, transition.runAt, now)) dispatcher.queued(job.provider, transition.runAt)
        break
    }
  }

  function interrupted(job: Claimed, outcome: string, now: number): void {
    if (inFlight.has(job.id)) return
    const policy = settings.get(job.provider) ?? noRetry
    apply(job, { outcome, status: null }, decideInterrupted(job, policy, now), now)
  }

  function pulse(): void {
    post({ kind: "pulse", trouble })
  }

  return {
    write,
    finish,
    interrupted,

    /** Once a second: tells the face how the store is, and finds out whether it takes writes, in trouble each time. */
    beat(): void {
      pulse()
      if (trouble === null && clock.now() - probedAt < PROBE_EVERY_MS) return
      probedAt = clock.now()
      write({
        apply: () => store.probe(),
        done: () => {
          if (trouble === null) return
          trouble = null
          log.info("the store can be written again")
          pulse()
          schedule()
        },
      })
    },

    /** Gives free pages back to the disk; whether there are more to give. */
    shrink(pages: number): boolean {
      try {
        return store.shrink(pages)
      } catch (error) {
        if (!isStoreTrouble(error)) throw error
        report(error)
        return false
      }
    },

    overdue(job: Claimed, now: number): void {
      const transition = decideOverdue(job)
      if (transition.to === "fail") store.expire(job, transition.statusCode, JSON.stringify(transition.error), now)
    },

    submit(seq: number, job: NewJob): void {
      write({
        apply: () => {
          store.submit(job)
          fresh.set(job.id, job.body)
          dispatcher.queued(job.provider, job.createdAt)
        },
        done: () => stored.push(seq),
        failed: (error) => post({ kind: "refused", seq, ...refusal(error) }),
      })
    },

    /** Every row that says `running` is an orphan of a process that died: nobody else can hold the directory. */
    start(): void {
      const orphans = store.running()
      write({
        isKept: true,
        apply: (now) => {
          for (const job of orphans) interrupted(job, "interrupted", now)
        },
      })
      let queued = 0
      for (const [provider, count] of store.queuedByProvider()) {
        queued += count
        if (!settings.has(provider)) {
          log.warn("queued jobs wait for a provider that is not configured", { provider, jobs: count })
        }
      }
      post({ kind: "started", recovered: orphans.length, queued })
      pulse()
      schedule()
    },

    wake: schedule,

    /** Lets calls in flight finish for `graceMs`, puts the rest back into the queue, and closes the store. */
    drain(graceMs: number): void {
      isDraining = true
      const cancel = clock.after(graceMs, release)
      onIdle = release
      if (inFlight.size === 0) release()

      function release(): void {
        cancel()
        onIdle = null
        const left = [...inFlight.values()]
        inFlight.clear()
        for (const job of left) pool().abort(job.id)
        write({
          apply: (now) => {
            for (const job of left) store.release(job, now)
          },
          done: () => close(left.length),
          failed: () => close(0),
        })
      }

      function close(released: number): void {
        pool().close()
        try {
          store.close()
        } catch (error) {
          log.error("the store could not be closed cleanly; nothing is lost", { error: String(error) })
        }
        post({ kind: "drained", released })
      }
    },
  }
}

function isStoreTrouble(error: unknown): error is SQLiteError {
  return error instanceof SQLiteError && !error.code?.startsWith("SQLITE_CONSTRAINT")
}

function refusal(error: unknown): { code: ErrorCode; message: string } {
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
