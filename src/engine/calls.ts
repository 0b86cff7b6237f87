// Calls on their way out and while they are out: what each is made of, which thread has it, and when it waits for room.
import { type CallerSecret, headersTo, isNeededBy, readSecret } from "../auth/callersecret.ts"
import type { Call, Extras, Form } from "../call.ts"
import type { Clock } from "../clock.ts"
import { type Answer, ask } from "../jobs/answer.ts"
import type { Claimed } from "../jobs/job.ts"
import type { Store } from "../jobs/store.ts"
import type { RetryPolicy } from "../jobs/transitions.ts"
import type { Log } from "../log.ts"
import { isCallerKey } from "../providers/keys.ts"
import type { ProviderSettings } from "../providers/provider.ts"
import { type Disk, isStoreTrouble } from "./disk.ts"
import { listFallbacks } from "./nexttargets.ts"
import type { Dispatcher } from "./schedule/dispatcher.ts"
import { createOutgoing } from "./threads/outgoing.ts"
import type { Pool } from "./threads/pool.ts"

/** A job whose call is out. An attempt that polls an upstream job goes out many times. */
export interface Out {
  job: Claimed
  sentAt: number
}

/** How long a provider may take to end an upstream job. */
const CANCEL_MS_MAX = 30_000
/** For a job of a provider that the configuration no longer names: it may come back with the next one. */
const PATIENT: RetryPolicy = { maxRetries: Number.MAX_SAFE_INTEGER, backoffInitialMs: 1000, backoffMaxMs: 60_000 }

/** The message of a failure is searched for words of a request that is no longer than this. */
const SEARCHED_BYTES_MAX = 64 * 1024

export type Calls = ReturnType<typeof createCalls>

export function createCalls(options: {
  store: Store
  disk: Disk
  dispatcher: Dispatcher
  settings: ReadonlyMap<string, ProviderSettings>
  clock: Clock
  log: Log
  pool: () => Pool
  /** What was sealed with a job, in the clear. */
  unseal: (secret: Uint8Array, jobId: string) => string
  /** Its stored request cannot be read now: the call did not go out. */
  unread: (job: Claimed) => void
  /** It cannot be made into a call. */
  notSent: (job: Claimed, message: string) => void
  /** The last call has ended. */
  idle: () => void
}) {
  const { store, disk, dispatcher, settings, clock, log, pool } = options
  /** Jobs whose call a worker has, by id. */
  const inFlight = new Map<string, Out>()
  const outgoing = createOutgoing()
  /** Requests of the turn's submits: most are claimed in the same turn and need not be read back. */
  const fresh = new Map<string, string>()

  function send(job: Claimed): void {
    inFlight.set(job.id, { job, sentAt: clock.now() })
    makeCall(job, (bytes) => outgoing.start(job.id, bytes))
  }

  /** @param mayGo whether there is room for a body of so many bytes; where there is none, `goOn` makes the call later */
  function makeCall(job: Claimed, mayGo: (bytes: number) => boolean): void {
    ask(
      () => (job.form === null ? (fresh.get(job.id) ?? store.requestBody(job)) : null),
      (body) => {
        // While the store was asked, the call may have been aborted.
        if (inFlight.get(job.id)?.job === job) run(job, body, mayGo)
      },
      (error) => {
        if (!isStoreTrouble(error)) throw error
        disk.report(error)
        giveUpUnread(job)
      },
    )
  }

  function run(job: Claimed, body: string | null, mayGo: (bytes: number) => boolean): void {
    let call: Call
    try {
      call = describeCall(job, body)
      // What was out on a thread that died goes out alone: another death is then its own.
      if (mayGo(body?.length ?? 0)) pool().run(call, job.crashes > 0)
    } catch (error) {
      options.notSent(job, `the call could not be made: ${error instanceof Error ? error.message : error}`)
    }
  }

  /** What it is to be sent with cannot be read from the disk now. */
  function giveUpUnread(job: Claimed): void {
    end(job.id)
    dispatcher.ended(job)
    options.unread(job)
    if (inFlight.size === 0) options.idle()
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
  function end(jobId: string): void {
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
      isRepeatable: job.lossRetries === null && job.failures < findPolicy(job).maxRetries,
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

  function findPolicy({ provider }: Claimed): RetryPolicy {
    return settings.get(provider) ?? PATIENT
  }

  /** The provider ends the upstream job, as far as it lets us. */
  function cancelUpstream(job: Claimed): void {
    try {
      // Its deadline may have passed; what ends it must still have time.
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
    isIdle: (): boolean => inFlight.size === 0,

    /** What a submit of this turn brought. */
    remember(jobId: string, body: string): void {
      fresh.set(jobId, body)
    },

    forgetBodies(): void {
      fresh.clear()
    },

    /**
     * Takes a job from the worker that has its call, if any: the connection closes, a late outcome is nobody's.
     * The upstream job, if there is one, is cancelled.
     */
    abort(jobId: string): void {
      const out = inFlight.get(jobId)
      if (out) {
        end(jobId)
        dispatcher.ended(out.job)
        pool().abort(jobId)
      }
      const job = out?.job ?? dispatcher.untrack(jobId)
      if (job && job.providerState !== null && pool().isReady()) cancelUpstream(job)
      if (inFlight.size === 0) options.idle()
    },

    /** All that are out, taken from their threads. */
    abortAll(): Claimed[] {
      const jobs = [...inFlight.values()].map(({ job }) => job)
      inFlight.clear()
      for (const job of jobs) pool().abort(job.id)
      return jobs
    },

    /** Whether any of the targets that are left gets something of the caller's secret. */
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

    /** What the caller sent, where it is text and not too long to be searched for the log; else null. */
    readRequest(job: Claimed): Answer<string | null> {
      if (job.form !== null) return null
      const piece = store.requestPiece(job.id, 0)
      return piece instanceof Promise ? piece.then(toSearchedText) : toSearchedText(piece)
    },

    /** A piece of a form whose call is out, null past its end; undefined: it cannot be read, and the call is given up. */
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

function toSearchedText(piece: Uint8Array | null): string | null {
  return piece === null || piece.length > SEARCHED_BYTES_MAX ? null : Buffer.from(piece).toString()
}

/** The one edit of a form that puts something in is its model, and that is another one after a fallback. */
function setModel(form: Form, model: string): Form {
  return { ...form, edits: form.edits.map((edit) => (edit.text === "" ? edit : { ...edit, text: model })) }
}
