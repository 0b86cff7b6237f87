// The face's end of the line to the engine thread: a submit is a promise that settles once the job is on disk.
import type { Clock } from "../clock.ts"
import {
  type EngineOpen,
  type FromEngine,
  frameSubmit,
  type Over,
  type OwnerLimits,
  type Readings,
  type ToEngine,
} from "../engine/threads/protocol.ts"
import { type ErrorCode, GatewayError, threadError } from "../errors.ts"
import type { JobFilter, NewJob } from "../jobs/job.ts"

/** An engine that has not been heard for this long is stuck in the disk. */
const SILENCE_MS_MAX = 10_000

/** How many pieces of a form may be on their way to the disk: bounds the memory of an upload. */
const PIECES_MAX = 4

export interface Started {
  recovered: number
  queued: number
}

/** What the engine says of something it did. */
interface Answer {
  /** The job that came before with the same Idempotency-Key. */
  replayedId: string | null
  /** How many jobs a `cancelAll` ended. */
  count: number
}

/** It is done, and there is nothing to say. */
const DONE: Answer = { replayedId: null, count: 0 }

export type EngineLine = ReturnType<typeof connectEngine>

/**
 * @param onNews called before anything is done with what the engine tells: it may have changed the store
 * @param onOver called when the engine has ended without having been drained: nothing can be accepted any more
 */
export function connectEngine(
  worker: Worker,
  clock: Clock,
  onNews: () => void,
  onOver: (end: Pick<Over, "reason" | "message">) => void,
) {
  const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: GatewayError) => void }>()
  const uploads = new Map<string, Upload>()
  /** Who waits for the end of a job. */
  const watchers = new Map<string, Set<() => void>>()
  const started = Promise.withResolvers<Started>()
  const drained = Promise.withResolvers<{ released: number }>()
  /** What is asked of the engine now and not answered yet: who asks meanwhile shares the answer. */
  let reading: PromiseWithResolvers<Readings> | null = null
  let seq = 0
  let isDraining = false
  let isDrained = false
  let trouble: string | null = null
  let heardAt = clock.now()
  let lastError = "the engine thread ended"

  worker.addEventListener("message", (event: MessageEvent<FromEngine>) => {
    heardAt = clock.now()
    onNews()
    const answer = event.data
    if (typeof answer === "string") {
      for (const stored of answer.split(",")) settle(Number(stored))?.resolve(DONE)
      return
    }
    switch (answer.kind) {
      case "started":
        started.resolve(answer)
        break
      case "replayed":
        settle(answer.seq)?.resolve({ ...DONE, replayedId: answer.id })
        break
      case "cancelledAll":
        settle(answer.seq)?.resolve({ ...DONE, count: answer.count })
        break
      case "refused":
        settle(answer.seq)?.reject(refusalOf(answer))
        break
      case "pieces":
        uploads.get(answer.id)?.stored(answer.seq)
        break
      case "pieceRefused":
        uploads.get(answer.id)?.refused(refusalOf(answer))
        break
      case "ended":
        answer.ids.forEach(notifyWatchers)
        break
      case "pulse":
        trouble = answer.trouble
        break
      case "readings":
        reading?.resolve(answer.readings)
        reading = null
        break
      case "over":
        onOver(answer)
        break
      case "drained":
        isDrained = true
        // Nothing will end any more: who waits must not hold up the stop.
        for (const id of [...watchers.keys()]) notifyWatchers(id)
        drained.resolve(answer)
        break
    }
  })
  worker.addEventListener("error", (event: ErrorEvent) => {
    event.preventDefault()
    lastError = threadError(event.message)
  })
  worker.addEventListener("close", () => {
    if (isDrained) return
    const message = `the engine thread died: ${lastError}. Every accepted job is on disk; start again to go on.`
    onOver({ reason: "unusable", message })
  })

  function tell(message: ToEngine, transfer: ArrayBuffer[] = []): void {
    worker.postMessage(message, transfer)
  }

  function refuseWhileDraining(): void {
    if (!isDraining) return
    throw new GatewayError("shutting_down", "the gateway is shutting down: send the request again in a moment", {
      retryAfter: 5,
    })
  }

  /** Sends something that the engine answers by its sequence number. */
  function ask(send: (seq: number) => void): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    waiting.set(++seq, { resolve, reject })
    send(seq)
    return promise
  }

  function notifyWatchers(id: string): void {
    for (const notify of watchers.get(id) ?? []) notify()
    watchers.delete(id)
  }

  function settle(stored: number) {
    const entry = waiting.get(stored)
    waiting.delete(stored)
    return entry
  }

  return {
    /** Comes first, and as early as can be: the engine opens the database while the face is being built. Nothing goes out yet. */
    open(message: Omit<EngineOpen, "kind">): void {
      tell({ kind: "open", ...message })
    },

    /** What owners may use from now on. */
    limit(limits: OwnerLimits): void {
      tell({ kind: "limit", ...limits })
    },

    /** Resolves when the engine has recovered what the last process left. Submits may come before: they wait their turn. */
    start(): Promise<Started> {
      tell({ kind: "start" })
      return started.promise
    },

    /**
     * @param body JSON text; null: a form or a large text, whose pieces have been uploaded under the job's id
     * Resolves when the job is on disk; with the id of the job that came before with the same Idempotency-Key, or null.
     * @throws {GatewayError} shutting_down, store_full, store_unavailable, idempotency_mismatch, queue_full, budget_exceeded
     */
    async submit(job: Omit<NewJob, "body">, body: string | null): Promise<string | null> {
      refuseWhileDraining()
      const { replayedId } = await ask((seq) => tell(frameSubmit(seq, job, body)))
      return replayedId
    },

    /**
     * Stores the pieces of a form under the id its job will have. `push` resolves when there is room for another piece,
     * `done` when all are on disk; `discard` when the form does not become a job.
     */
    upload(id: string) {
      refuseWhileDraining()
      const upload = new Upload()
      uploads.set(id, upload)
      let count = 0
      return {
        async push(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
          refuseWhileDraining()
          const piece = count++
          tell({ kind: "piece", id, seq: piece, bytes }, [bytes.buffer])
          await upload.until(count - PIECES_MAX)
        },
        async done(): Promise<void> {
          await upload.until(count)
          uploads.delete(id)
        },
        discard(): void {
          uploads.delete(id)
          if (count > 0) tell({ kind: "discard", id })
        },
      }
    },

    /** Calls `notify` once when the job has ended or is gone, or when none will end here; the returned function ends the watch. */
    watch(id: string, notify: () => void): () => void {
      if (isDrained) queueMicrotask(notify)
      const others = watchers.get(id)
      if (others) others.add(notify)
      else {
        watchers.set(id, new Set([notify]))
        tell({ kind: "watch", id })
      }
      return () => {
        const waiters = watchers.get(id)
        if (waiters?.delete(notify) && waiters.size === 0) watchers.delete(id)
      }
    },

    /** Resolves when the job has ended, by this or before. @throws {GatewayError} store_full, store_unavailable */
    async cancel(id: string): Promise<void> {
      await ask((seq) => tell({ kind: "cancel", seq, id }))
    },

    /** Resolves when all jobs that fit and had not ended have ended; how many they were. @throws as `cancel` */
    async cancelAll(filter: JobFilter): Promise<number> {
      const { count } = await ask((seq) => tell({ kind: "cancelAll", seq, filter }))
      return count
    },

    /** Resolves when the job and all that hangs on it are gone. @throws {GatewayError} store_full, store_unavailable */
    async remove(id: string): Promise<void> {
      await ask((seq) => tell({ kind: "remove", seq, id }))
    },

    /** Why the store takes no writes, or null. */
    trouble(): string | null {
      if (trouble !== null) return trouble
      const silentMs = clock.now() - heardAt
      return silentMs > SILENCE_MS_MAX ? `the engine has not answered for ${Math.round(silentMs / 1000)} s` : null
    },

    /** What the engine has counted; null where it does not answer in that time. */
    async read(withinMs: number): Promise<Readings | null> {
      if (reading === null) {
        reading = Promise.withResolvers()
        tell({ kind: "read" })
      }
      const late = Promise.withResolvers<null>()
      const cancel = clock.after(withinMs, () => late.resolve(null))
      const readings = await Promise.race([reading.promise, late.promise])
      cancel()
      return readings
    },

    /** Tells the engine that the database is damaged. */
    damaged(detail: string): void {
      tell({ kind: "damaged", detail })
    },

    /** How long ago the engine was last heard: it says something once a second. */
    silentMs(): number {
      return clock.now() - heardAt
    },

    /** Refuses submits from now on; resolves when what was running has finished or is back in the queue. */
    drain(graceMs: number): Promise<{ released: number }> {
      isDraining = true
      tell({ kind: "drain", graceMs })
      return drained.promise
    },
  }
}

/** How far the pieces of one form have come to the disk. */
class Upload {
  private count = 0
  private error: GatewayError | null = null
  private waiter: { count: number; resolve: () => void; reject: (error: GatewayError) => void } | null = null

  stored(seq: number): void {
    this.count = seq + 1
    if (this.waiter && this.count >= this.waiter.count) this.waiter.resolve()
  }

  refused(error: GatewayError): void {
    this.error = error
    this.waiter?.reject(error)
  }

  /** Resolves when `count` pieces are on disk. */
  async until(count: number): Promise<void> {
    if (this.error) throw this.error
    if (this.count >= count) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.waiter = { count, resolve, reject }
    await promise
  }
}

/** Seconds after which it is worth trying again, where the engine does not say. */
const retryAfters: Partial<Record<ErrorCode, number>> = { store_unavailable: 1, shutting_down: 5, queue_full: 5 }

function refusalOf({ code, message, retryAfter }: Refused): GatewayError {
  const seconds = retryAfter ?? retryAfters[code]
  return new GatewayError(code, message, seconds === undefined ? {} : { retryAfter: seconds })
}

interface Refused {
  code: ErrorCode
  message: string
  retryAfter?: number
}
