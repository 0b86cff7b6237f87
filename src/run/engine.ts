// The engine: the only thread that writes. Everything that arrived while the last commit ran goes into the next one,
// submits, outcomes and claims together; only what is on disk is answered, and only what is claimed on disk is called.
import { SQLiteError } from "bun:sqlite"
import type { Call, Extras, Form, Outcome } from "../call.ts"
import type { Clock } from "../clock.ts"
import { type ErrorCode, ownError, type WireError } from "../errors.ts"
import type { State } from "../jobs/schema.ts"
import type { AttemptEnd, Claimed, NewJob, Store, Target } from "../jobs/store.ts"
import {
  decide,
  decideInterrupted,
  decideOverdue,
  orFallBack,
  type RetryPolicy,
  type Transition,
} from "../jobs/transitions.ts"
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
  /** owner -> how many of its jobs may run at one time */
  ownerCaps: Record<string, number>
  clock: Clock
  random: () => number
  log: Log
  post: (message: FromEngine) => void
  /** The caller's own provider key, in the clear. */
  unseal: (secret: Uint8Array, jobId: string) => string
  /** Set after creation, because the pool reports to the engine. */
  pool: () => Pool
}) {
  const { store, clock, log, post, pool } = options
  const settings = new Map(options.providers.map((provider) => [provider.name, provider]))
  const dispatcher = createDispatcher(store, options.providers, options.ownerCaps)

  const inbox: Write[] = []
  let isScheduled = false
  let isDraining = false
  let isClosed = false
  /** Called when the last call in flight has ended, while draining. */
  let onIdle: (() => void) | null = null
  let trouble: string | null = null
  let probedAt = clock.now()
  let cancelWake = () => {}
  const stored: number[] = []
  /** Jobs whose end the face wants to hear of, and those of them that ended in this turn. */
  const watched = new Set<string>()
  const ended: string[] = []
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
    if (isClosed) {
      for (const change of batch) change.failed?.(closed)
      return
    }
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
      recount()
      // What was rolled back has not ended.
      for (const id of ended.splice(0)) watched.add(id)
      if (isStoreTrouble(error)) report(error)
      if (batch.length > 1 && !isStoreTrouble(error)) for (const change of batch) commit([change])
      else for (const change of batch) reject(change, error)
      return
    }
    for (const change of batch) change.done?.()
    if (stored.length > 0) post(stored.splice(0).join())
    if (ended.length > 0) post({ kind: "ended", ids: ended.splice(0) })
    for (const job of claimed) send(job)
  }

  function recount(): void {
    try {
      dispatcher.recount()
    } catch (error) {
      // A store that cannot be read now is asked again when it takes a write.
      if (!isStoreTrouble(error)) throw error
    }
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
    dispatcher.sent(job)
    inFlight.set(job.id, job)
    try {
      pool().run(callOf(job))
    } catch (error) {
      const message = `the call could not be made: ${error instanceof Error ? error.message : error}`
      finish(job.id, job.attempt, { kind: "unreached", reason: "unsendable", message }, null)
    }
  }

  function callOf(job: Claimed): Call {
    return {
      jobId: job.id,
      attempt: job.attempt,
      requestId: job.requestId,
      requestType: job.requestType,
      provider: job.provider,
      model: job.model,
      timeoutMs: Math.min(settings.get(job.provider)?.timeoutMs ?? 0, Math.max(job.deadlineAt - clock.now(), 1)),
      body: job.form === null ? (fresh.get(job.id) ?? store.requestBody(job.id)) : null,
      form: job.form === null ? null : formFor(JSON.parse(job.form) as Form, job.model),
      extras: extrasOf(job),
      ownKey: job.secret === null ? null : options.unseal(job.secret, job.id),
    }
  }

  /** An attempt ended. What that means for the job is decided once, and kept until it is stored. */
  function finish(jobId: string, attempt: number, outcome: Outcome, keyName: string | null): void {
    const job = inFlight.get(jobId)
    if (!job || job.attempt !== attempt) return
    inFlight.delete(jobId)
    dispatcher.ended(job)
    const policy = settings.get(job.provider) ?? noRetry
    const transition = withFallbacks(job, decide(outcome, job, policy, clock.now(), options.random()))
    const end: AttemptEnd = {
      outcome: outcome.kind === "unreached" ? outcome.reason : outcome.kind,
      status: outcome.kind === "unreached" ? null : outcome.status,
      keyName,
      reason: reasonOf(outcome),
    }
    log.debug("attempt ended", { job: job.id, attempt, outcome: end.outcome, status: end.status, next: transition.to })
    write({ isKept: true, apply: (now) => apply(job, end, transition, now) })
    if (inFlight.size === 0) onIdle?.()
  }

  function apply(job: Claimed, end: AttemptEnd, transition: Transition, now: number): void {
    switch (transition.to) {
      case "succeed":
        if (store.succeed(job, end, transition, now)) announce(job.id)
        break
      case "fail":
        if (store.fail(job, end, transition.statusCode, JSON.stringify(transition.error), now, transition.raw)) {
          announce(job.id)
        }
        break
      case "retry":
        if (store.retry(job, end, transition.runAt, now)) dispatcher.queued(job, transition.runAt)
        break
      case "fallBack": {
        const { next, rest, error } = transition
        if (!store.fallBack(job, end, next, rest, JSON.stringify(error), now)) break
        dispatcher.queued({ provider: next.provider, owner: job.owner }, now)
        break
      }
      case "park":
        if (store.park(job, end, transition.runAt, now)) dispatcher.queued(job, transition.runAt)
        break
    }
  }

  /** Inside a transaction: heard by the face once it is committed. */
  function announce(jobId: string): void {
    if (watched.delete(jobId)) ended.push(jobId)
  }

  /** Takes a job from the worker that has its call, if any: the connection closes, a late outcome is nobody's. */
  function takeBack(jobId: string): void {
    const job = inFlight.get(jobId)
    if (!job) return
    inFlight.delete(jobId)
    dispatcher.ended(job)
    pool().abort(jobId)
    if (inFlight.size === 0) onIdle?.()
  }

  function interrupted(job: Claimed, outcome: string, now: number): void {
    if (inFlight.has(job.id)) return
    const policy = settings.get(job.provider) ?? noRetry
    const end = {
      outcome,
      status: null,
      keyName: null,
      reason: "the gateway or its thread ended while the call was out",
    }
    apply(job, end, withFallbacks(job, decideInterrupted(job, policy, now)), now)
  }

  function pulse(): void {
    post({ kind: "pulse", trouble })
  }

  /** What an Idempotency-Key that was seen before asks for: the same job, or a refusal; null where the job is new. */
  function replay(seq: number, job: NewJob, now: number): FromEngine | null {
    const earlier = job.idempotencyKey === null ? null : store.replayOf(job.idempotencyKey, now)
    if (earlier === null) return null
    if (job.body === null) store.discard(job.id)
    if (earlier.bodyDigest === job.bodyDigest) return { kind: "replayed", seq, id: earlier.id }
    const message = "this Idempotency-Key came with another body before: use a new key for a new request"
    return { kind: "refused", seq, code: "idempotency_mismatch", message }
  }

  /** Refuses a job whose provider has as many waiting as may; null where there is room. */
  function queueFull(seq: number, job: NewJob): FromEngine | null {
    const full = dispatcher.fullAt(job.provider)
    if (full === null) return null
    const message = `${full} jobs wait for provider ${job.provider} already: send the request again later, or raise its buffer_size in config.json`
    return { kind: "refused", seq, code: "queue_full", message }
  }

  return {
    write,
    finish,
    interrupted,

    /** Once a second: tells the face how the store is, and finds out whether it takes writes, in trouble each time. */
    beat(): void {
      pulse()
      dispatcher.sweep()
      if (trouble === null && clock.now() - probedAt < PROBE_EVERY_MS) return
      probedAt = clock.now()
      write({
        apply: () => store.probe(),
        done: () => {
          if (trouble === null) return
          trouble = null
          recount()
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
      if (transition.to !== "fail") return
      if (!store.expire(job, transition.statusCode, JSON.stringify(transition.error), now)) return
      dispatcher.left(job.provider)
      announce(job.id)
    },

    submit(seq: number, job: NewJob): void {
      let answer: FromEngine | null = null
      write({
        apply: (now) => {
          answer = replay(seq, job, now) ?? queueFull(seq, job)
          if (answer !== null) return
          store.submit(job)
          if (job.body !== null) fresh.set(job.id, job.body)
          dispatcher.queued(job, job.createdAt)
        },
        done: () => {
          if (answer === null) stored.push(seq)
          else post(answer)
        },
        failed: (error) => post({ kind: "refused", seq, ...refusal(error) }),
      })
    },

    /** A piece of a form whose job is still to come. */
    upload(id: string, seq: number, bytes: Uint8Array): void {
      write({
        apply: (now) => store.upload(id, seq, bytes, now),
        done: () => post({ kind: "pieces", id, seq }),
        failed: (error) => post({ kind: "pieceRefused", id, ...refusal(error) }),
      })
    },

    discard(id: string): void {
      write({ isKept: true, apply: () => store.discard(id) })
    },

    /** The face wants to hear when the job ends; at once if it has. */
    watch(id: string): void {
      watched.add(id)
      write({
        apply: () => {
          const job = store.find(id)
          if (job === null || terminalStates.has(job.state)) announce(id)
        },
      })
    },

    /** Ends a job that has not ended; of one that has, nothing changes. */
    cancel(seq: number, id: string): void {
      write({
        apply: (now) => {
          const job = store.find(id)
          if (job === null) return
          const error = ownError("job_cancelled", "the job was cancelled", job)
          if (!store.cancel(id, error.status_code, JSON.stringify(error), now)) return
          if (job.state === "queued") dispatcher.left(job.provider)
          announce(id)
        },
        done: () => {
          takeBack(id)
          stored.push(seq)
        },
        failed: (cause) => post({ kind: "refused", seq, ...refusal(cause) }),
      })
    },

    /** Removes a job and all that hangs on it; one that still runs is cancelled by it. */
    remove(seq: number, id: string): void {
      write({
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
      const orphans = store.running()
      const cutOff = store.uploads()
      write({
        isKept: true,
        apply: (now) => {
          for (const job of orphans) interrupted(job, "interrupted", now)
          for (const id of cutOff) store.discard(id)
        },
      })
      let queued = 0
      for (const [provider, count] of dispatcher.recount()) {
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
            // The face sends no more pieces of them.
            for (const id of store.uploads()) store.discard(id)
          },
          done: () => close(left.length),
          failed: () => close(0),
        })
      }

      function close(released: number): void {
        isClosed = true
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

function withFallbacks(job: Claimed, transition: Transition): Transition {
  const fallbacks = job.fallbacks === null ? [] : (JSON.parse(job.fallbacks) as Target[])
  return orFallBack(
    transition,
    fallbacks,
    job.primaryError === null ? null : (JSON.parse(job.primaryError) as WireError),
  )
}

/** The one edit of a form that puts something in is its model, and that is another one after a fallback. */
function formFor(form: Form, model: string): Form {
  return { ...form, edits: form.edits.map((edit) => (edit.text === "" ? edit : { ...edit, text: model })) }
}

/** A key is pinned for the first provider only. */
function extrasOf({ extras, primaryError }: Claimed): Extras {
  const { keyName, ...rest } = extras === null ? {} : (JSON.parse(extras) as Extras)
  return primaryError === null && keyName !== undefined ? { ...rest, keyName } : rest
}

const terminalStates: ReadonlySet<State> = new Set(["succeeded", "failed", "cancelled"])

/** For the attempt's row; never what the provider sent as a body. */
function reasonOf(outcome: Outcome): string | null {
  if (outcome.kind === "answered") return null
  return outcome.kind === "refused" ? outcome.refusal.message : outcome.message
}

function isStoreTrouble(error: unknown): error is SQLiteError {
  return error instanceof SQLiteError && !error.code?.startsWith("SQLITE_CONSTRAINT")
}

/** The store was closed before a change came. */
const closed = new Error("the store is closed")

function refusal(error: unknown): { code: ErrorCode; message: string } {
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
