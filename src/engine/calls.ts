// Calls that are about to be sent or in flight: builds them, hands them to the pool and makes large ones wait for memory.
import { type CallerSecret, headersTo, isNeededBy, readSecret } from "../auth/callersecret.ts"
import type { Call, Extras, Form } from "../call.ts"
import type { Clock } from "../clock.ts"
import { type Answer, andThen, ask } from "../jobs/answer.ts"
import type { Claimed, LoggedGroup } from "../jobs/job.ts"
import type { Store } from "../jobs/store.ts"
import type { RetryPolicy } from "../jobs/transitions.ts"
import type { Log } from "../log.ts"
import { isCallerKey } from "../providers/keys.ts"
import type { ProviderSettings } from "../providers/provider.ts"
import { describeCause } from "../values.ts"
import { type Disk, isStoreTrouble } from "./disk.ts"
import { type EngineLog, isLogged } from "./eventlog.ts"
import { listFallbacks } from "./nexttargets.ts"
import type { Replies } from "./replies.ts"
import type { Dispatcher } from "./schedule/dispatcher.ts"
import { createOutgoing } from "./threads/outgoing.ts"
import type { Pool } from "./threads/pool.ts"

/** A job whose call is in flight. The attempt of an upstream job makes one call for each poll. */
export interface Out {
  job: Claimed
  sentAt: number
  /** Ends its wait, where it could not be sent at once. */
  cancelWait?: () => void
}

/** The timeout of the call that cancels an upstream job. */
const CANCEL_MS_MAX = 30_000
/** When a call that found no thread is tried again. */
const NO_THREAD_MS = 100
/** For a job whose provider is no longer configured: the next configuration may contain that provider again. */
const PATIENT: RetryPolicy = { maxRetries: Number.MAX_SAFE_INTEGER, backoffInitialMs: 1000, backoffMaxMs: 60_000 }

/** Failure messages are searched for quotations only of requests up to this size. */
const SEARCHED_BYTES_MAX = 64 * 1024

export type Calls = ReturnType<typeof createCalls>

export function createCalls(options: {
  store: Store
  disk: Disk
  dispatcher: Dispatcher
  replies: Replies
  settings: ReadonlyMap<string, ProviderSettings>
  clock: Clock
  log: Log
  pool: () => Pool
  /** Decrypts the secret of a job. */
  unseal: (secret: Uint8Array, jobId: string) => string
  /** Called with a job whose call was not sent because its stored request cannot be read now. The job still has its slots. */
  unread: (job: Claimed) => void
  /** Called with a job of which no call can be made. */
  notSent: (job: Claimed, message: string) => void
  /** A function, because it is created after the calls, which it looks for jobs in. */
  eventLog: () => Pick<EngineLog, "goOn">
  /** Called when the last call in flight has ended. */
  idle: () => void
}) {
  const { store, disk, dispatcher, settings, clock, log, pool } = options
  /** Job id -> the job whose call is in flight. */
  const inFlight = new Map<string, Out>()
  const outgoing = createOutgoing()
  /** Job id -> the request that this turn stores. Most of these jobs are claimed in the same turn and need not be read back. */
  const fresh = new Map<string, string>()

  function send(job: Claimed): void {
    const now = clock.now()
    const out: Out = { job, sentAt: now }
    inFlight.set(job.id, out)
    const mayGo = (bytes: number) => outgoing.start(job.id, bytes)
    // Upstream jobs are polled whatever their quota.
    const at = job.providerState === null ? dispatcher.admit(job, now, job.startedAt) : now
    if (at > now) out.cancelWait = clock.after(at - now, () => goOn(job.id, mayGo))
    else makeCall(job, mayGo)
  }

  /** @param mayGo whether memory allows a body of so many bytes; where it does not, `goOn` makes the call later */
  function makeCall(job: Claimed, mayGo: (bytes: number) => boolean): void {
    ask(
      () => readStored(job),
      ({ body, events }) => {
        // The call may have been aborted while the store was reading.
        if (inFlight.get(job.id)?.job === job) run(job, body, events, mayGo)
      },
      (error) => {
        if (!isStoreTrouble(error)) {
          options.notSent(job, describeNotMade(error))
          return
        }
        disk.report(error)
        giveUpUnread(job)
      },
    )
  }

  /** What a call needs of the store: the JSON body, and what is logged of the answer by now. */
  function readStored(job: Claimed): Answer<{ body: string | null; events: readonly LoggedGroup[] }> {
    const body = job.form === null ? (fresh.get(job.id) ?? store.requestBody(job)) : null
    const isFirst = job.attempt === 1 && job.providerState === null
    if (isFirst || !isLogged(job)) return andThen(body, (body) => ({ body, events: [] }))
    return andThen(body, (body) => andThen(store.events(job.id), (events) => ({ body, events })))
  }

  function run(
    job: Claimed,
    body: string | null,
    events: readonly LoggedGroup[],
    mayGo: (bytes: number) => boolean,
  ): void {
    try {
      const call = describeCall(job, body)
      if (!mayGo(body?.length ?? 0)) return
      // Not before: a call that waits for memory comes here twice, and what is open must be closed once.
      const log = options.eventLog().goOn(job, events)
      // A job whose call was on a thread that died gets a thread of its own: if that dies too, this job is the cause.
      pool().run(log === null ? call : { ...call, log }, job.crashes > 0)
    } catch (error) {
      options.notSent(job, describeNotMade(error))
    }
  }

  /** Ends a call whose stored request cannot be read now. */
  function giveUpUnread(job: Claimed): void {
    end([job.id])
    options.unread(job)
    if (inFlight.size === 0) options.idle()
  }

  /** Sends a call that waited for memory or for its commit, later if its quota has closed meanwhile or no thread is alive. */
  function goOn(jobId: string, mayGo = (_: number) => true): void {
    const out = inFlight.get(jobId)
    if (!out) return
    const delayMs = pool().isReady() ? admit(jobId) - clock.now() : NO_THREAD_MS
    if (delayMs > 0) out.cancelWait = clock.after(delayMs, () => goOn(jobId, mayGo))
    else makeCall(out.job, mayGo)
  }

  /** Removes calls that are no longer in flight, and sends those that waited for their memory. */
  function end(jobIds: readonly string[]): void {
    for (const jobId of jobIds) {
      inFlight.get(jobId)?.cancelWait?.()
      inFlight.delete(jobId)
    }
    for (const next of outgoing.end(jobIds)) goOn(next)
  }

  /** When a call that has waited for a thread may be sent, epoch milliseconds. Where that is not after now, the call is sent. */
  function admit(jobId: string): number {
    const now = clock.now()
    const out = inFlight.get(jobId)
    const at = out ? dispatcher.admit(out.job, now) : now
    if (out && at <= now) out.sentAt = now
    return at
  }

  function describeCall(job: Claimed, body: string | null): Call {
    return {
      ...describeCallWithoutBody(job),
      step: job.providerState === null ? "start" : "resume",
      body,
      form: job.form === null ? null : setModel(JSON.parse(job.form) as Form, job.model),
    }
  }

  function describeCallWithoutBody(job: Claimed): Omit<Call, "step" | "body" | "form"> {
    const secret = openSecret(job)
    const reader = options.replies.findReader(job.id)
    const extras = job.extras === null ? {} : (JSON.parse(job.extras) as Extras)
    return {
      jobId: job.id,
      attempt: job.attempt,
      state: job.providerState,
      requestId: job.requestId,
      // A fallback is another request: with the primary's key a provider would refuse it, or answer it like the primary.
      idempotencyKey:
        job.primaryError === null ? job.id : `${job.id}-${encodeURIComponent(`${job.provider}/${job.model}`)}`,
      requestType: job.requestType,
      provider: job.provider,
      model: job.model,
      isRepeatable: job.lossRetries === null && job.failures < findPolicy(job).maxRetries,
      timeoutMs: Math.min(settings.get(job.provider)?.timeoutMs ?? 0, Math.max(job.deadlineAt - clock.now(), 1)),
      extras:
        secret === null ? extras : { ...extras, headers: { ...extras.headers, ...headersTo(job.provider, secret) } },
      keyId: job.keyId === null || isCallerKey(job.keyId) ? null : job.keyId,
      callerKey: secret !== null && isCallerKey(job.keyChoice) ? secret.key : null,
      ...(reader === undefined ? {} : { reader }),
    }
  }

  /** @throws {SecretLost} */
  function openSecret({ id, secret }: Claimed): CallerSecret | null {
    return secret === null ? null : readSecret(options.unseal(secret, id))
  }

  function findPolicy({ provider }: Claimed): RetryPolicy {
    return settings.get(provider) ?? PATIENT
  }

  function listJobs(): Claimed[] {
    return [...inFlight.values()].map(({ job }) => job)
  }

  /** Asks the provider to cancel the upstream job, where it supports that. */
  function cancelUpstream(job: Claimed): void {
    try {
      // The deadline of the job may have passed, but the cancellation must still have time.
      const call = { step: "cancel", timeoutMs: CANCEL_MS_MAX, body: "{}", form: null } as const
      pool().run({ ...describeCallWithoutBody(job), ...call }, false)
    } catch (error) {
      log.warn("the upstream job could not be cancelled", { job: job.id, error: String(error) })
    }
  }

  return {
    send,
    admit,
    findPolicy,
    end,

    find: (jobId: string): Out | undefined => inFlight.get(jobId),
    /** The jobs whose calls are in flight. */
    jobs: listJobs,
    isIdle: (): boolean => inFlight.size === 0,

    /** Keeps the request of a job that this turn stores. */
    remember(jobId: string, body: string): void {
      fresh.set(jobId, body)
    },

    forgetBodies(): void {
      fresh.clear()
    },

    /**
     * Aborts the calls of jobs that are in flight, and cancels the upstream jobs of those that have one. Late outcomes are ignored.
     * All at once: one that waited for another's memory would be sent before its own turn to be aborted.
     */
    abort(jobIds: readonly string[]): void {
      const outs = jobIds.map((jobId) => inFlight.get(jobId))
      end(jobIds)
      for (const [at, jobId] of jobIds.entries()) {
        const out = outs[at]
        if (out) {
          dispatcher.releaseSlots(out.job)
          pool().abort(jobId)
        }
        const job = out?.job ?? dispatcher.untrack(jobId)
        if (job && job.providerState !== null && pool().isReady()) cancelUpstream(job)
      }
      if (inFlight.size === 0) options.idle()
    },

    /** Aborts all calls in flight and returns their jobs. */
    abortAll(): Claimed[] {
      const jobs = listJobs()
      for (const { cancelWait } of inFlight.values()) cancelWait?.()
      inFlight.clear()
      for (const job of jobs) pool().abort(job.id)
      return jobs
    },

    /** Whether any of the remaining fallbacks uses a part of the caller's secret. */
    isSecretNeeded(job: Claimed): boolean {
      const left = job.secret === null ? [] : listFallbacks(job)
      if (left.length === 0) return false
      try {
        const secret = openSecret(job)
        const providers = left.map(({ provider }) => provider)
        return secret !== null && isNeededBy(providers, secret)
      } catch {
        return false
      }
    },

    /** The request as text; null where it is a form, or too long to be searched. */
    readRequest(job: Claimed): Answer<string | null> {
      if (job.form !== null) return null
      const piece = store.requestPiece(job.id, 0)
      return piece instanceof Promise ? piece.then(toSearchedText) : toSearchedText(piece)
    },

    /** Reads a piece of the form of a call in flight, null past its end. Where the store cannot read it, the call is given up. */
    readPiece(jobId: string, seq: number, use: (piece: Uint8Array<ArrayBuffer> | null) => void): void {
      ask(
        () => store.requestPiece(jobId, seq),
        (piece) => use(piece === null ? null : new Uint8Array(piece)),
        (error) => {
          if (!isStoreTrouble(error)) throw error
          disk.report(error)
          pool().abort(jobId)
          const out = inFlight.get(jobId)
          if (out) giveUpUnread(out.job)
        },
      )
    },
  }
}

function describeNotMade(error: unknown): string {
  return `the call could not be made: ${describeCause(error)}`
}

function toSearchedText(piece: Uint8Array | null): string | null {
  return piece === null || piece.length > SEARCHED_BYTES_MAX ? null : Buffer.from(piece).toString()
}

/** Writes the model into the form: after a fallback it is another one. The only edit that inserts text is that of the model. */
function setModel(form: Form, model: string): Form {
  return { ...form, edits: form.edits.map((edit) => (edit.text === "" ? edit : { ...edit, text: model })) }
}
