// The HTTP server's connection to the engine thread: a submit is a promise that resolves once the job is on disk.
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
import type { NewJob, StateFilter } from "../jobs/job.ts"
import { EndWatchers } from "./endwatchers.ts"
import { PieceUploads } from "./pieceuploads.ts"
import { createStreams } from "./streamreader.ts"

/** An engine that has sent nothing for this long is blocked by the disk. */
const SILENCE_MS_MAX = 10_000

export interface Started {
  recovered: number
  queued: number
}

/** How many jobs a batch has changed, and how many of its first ids were looked at. */
export interface Changed {
  count: number
  looked: number
}

/** What the engine answers to a sequence number: the id of an earlier job, what a batch has changed, or nothing. */
type Answer = string | Changed | null

export interface EngineEvents {
  /** Called before a message of the engine is handled: the engine may have changed the store. */
  onNews: () => void
  /** Called when the engine has ended without having been drained: no job can be accepted any more. */
  onOver: (end: Pick<Over, "reason" | "message">) => void
}

export class EngineClient {
  private readonly waiting = new Map<
    number,
    { resolve: (answer: Answer) => void; reject: (error: GatewayError) => void }
  >()
  private readonly uploads: PieceUploads
  private readonly watchers: EndWatchers
  /** The answers that are read as they come. */
  readonly streams = createStreams()
  private readonly started = Promise.withResolvers<Started>()
  private readonly drained = Promise.withResolvers<{ released: number }>()
  /** A request for readings that is not answered yet: later callers share its answer. */
  private reading: PromiseWithResolvers<Readings> | null = null
  private seq = 0
  private isDraining = false
  private isDrained = false
  private reportedTrouble: string | null = null
  private heardAt: number
  private lastError = "the engine thread ended"

  constructor(
    private readonly worker: Worker,
    private readonly clock: Clock,
    private readonly events: EngineEvents,
  ) {
    this.heardAt = clock.now()
    this.watchers = new EndWatchers((id) => this.send({ kind: "watch", id }))
    this.uploads = new PieceUploads({
      sendPiece: (id, seq, bytes) => {
        this.refuseWhileDraining()
        this.send({ kind: "piece", id, seq, bytes }, [bytes.buffer])
      },
      discardPieces: (id) => this.send({ kind: "discard", id }),
    })
    worker.addEventListener("message", (event: MessageEvent<FromEngine>) => this.receive(event.data))
    worker.addEventListener("error", (event: ErrorEvent) => {
      event.preventDefault()
      this.lastError = threadError(event.message)
    })
    worker.addEventListener("close", () => {
      if (this.isDrained) return
      const message = `the engine thread died: ${this.lastError}. Every accepted job is on disk; start again to go on.`
      events.onOver({ reason: "unusable", message })
    })
  }

  /** The first message, sent as early as possible: the engine opens the database while the HTTP server is being built. No call goes out yet. */
  open(message: Omit<EngineOpen, "kind">): void {
    this.send({ kind: "open", ...message })
  }

  /** Replaces the limits of virtual keys. */
  limit(limits: OwnerLimits): void {
    this.send({ kind: "limit", ...limits })
  }

  /** Resolves when the engine has recovered the jobs of the last process. Submits may be sent before: they are handled afterwards. */
  start(): Promise<Started> {
    this.send({ kind: "start" })
    return this.started.promise
  }

  /**
   * Resolves when the job is on disk, with the id of the earlier job that has the same Idempotency-Key, or null.
   * @param body JSON text; null: the body has been uploaded in pieces under the job's id
   * @param isStreamed whether the answer is read from `streams`
   * @throws {GatewayError} shutting_down, store_full, store_unavailable, idempotency_mismatch, queue_full, budget_exceeded
   */
  submit(job: Omit<NewJob, "body">, body: string | null, isStreamed = false): Promise<string | null> {
    this.refuseWhileDraining()
    return this.ask<string | null>((seq) => this.send(frameSubmit(seq, job, body, isStreamed)))
  }

  /** Stores the pieces of a body under the id its job will have: see `PieceUploads`. @throws {GatewayError} shutting_down */
  upload(id: string) {
    this.refuseWhileDraining()
    return this.uploads.start(id)
  }

  /** Calls `notify` once when the job has ended or is deleted, or when the engine stops; the returned function ends the watch. */
  watch(id: string, notify: () => void): () => void {
    if (this.isDrained) queueMicrotask(notify)
    return this.watchers.add(id, notify)
  }

  /** Resolves when the job has ended, now or earlier. @throws {GatewayError} store_full, store_unavailable */
  async cancel(id: string): Promise<void> {
    await this.ask((seq) => this.send({ kind: "cancel", seq, id }))
  }

  /** Cancels those of the jobs that have not ended and are in one of these states, in one turn. @throws as `cancel` */
  cancelSome(ids: readonly string[], only: StateFilter): Promise<Changed> {
    return this.ask<Changed>((seq) => this.send({ kind: "cancelSome", seq, ids, only }))
  }

  /** Deletes those of the jobs that are in one of these states, in one turn: only the first of them where their bodies are long. @throws as `cancel` */
  removeSome(ids: readonly string[], only: StateFilter): Promise<Changed> {
    return this.ask<Changed>((seq) => this.send({ kind: "removeSome", seq, ids, only }))
  }

  /** Resolves when the job, its attempts and its bodies are deleted. @throws {GatewayError} store_full, store_unavailable */
  async remove(id: string): Promise<void> {
    await this.ask((seq) => this.send({ kind: "remove", seq, id }))
  }

  /** Why the store takes no writes, in words; null: it takes them. */
  trouble(): string | null {
    if (this.reportedTrouble !== null) return this.reportedTrouble
    const silentMs = this.silentMs()
    return silentMs > SILENCE_MS_MAX ? `the engine has not answered for ${Math.round(silentMs / 1000)} s` : null
  }

  /** The counters of the engine; null where it does not answer in time. */
  async read(withinMs: number): Promise<Readings | null> {
    if (this.reading === null) {
      this.reading = Promise.withResolvers()
      this.send({ kind: "read" })
    }
    const late = Promise.withResolvers<null>()
    const cancel = this.clock.after(withinMs, () => late.resolve(null))
    const readings = await Promise.race([this.reading.promise, late.promise])
    cancel()
    return readings
  }

  /** Tells the engine that the database is damaged. */
  reportDamage(detail: string): void {
    this.send({ kind: "damaged", detail })
  }

  /** How long ago the last message of the engine came: it sends one every second. */
  silentMs(): number {
    return this.clock.now() - this.heardAt
  }

  /** Refuses submits from now on. Resolves when every running call has finished or its job is back in the queue. */
  drain(graceMs: number): Promise<{ released: number }> {
    this.isDraining = true
    this.send({ kind: "drain", graceMs })
    return this.drained.promise
  }

  private send(message: ToEngine, transfer: ArrayBuffer[] = []): void {
    this.worker.postMessage(message, transfer)
  }

  private refuseWhileDraining(): void {
    if (!this.isDraining) return
    throw new GatewayError("shutting_down", "the gateway is shutting down: send the request again in a moment", {
      retryAfter: 5,
    })
  }

  /** Sends a message that the engine answers by its sequence number. */
  private ask<T extends Answer>(send: (seq: number) => void): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    this.waiting.set(++this.seq, { resolve: resolve as (answer: Answer) => void, reject })
    send(this.seq)
    return promise
  }

  private settle(seq: number) {
    const entry = this.waiting.get(seq)
    this.waiting.delete(seq)
    return entry
  }

  private receive(message: FromEngine): void {
    this.heardAt = this.clock.now()
    this.events.onNews()
    if (typeof message === "string") {
      for (const seq of message.split(",")) this.settle(Number(seq))?.resolve(null)
      return
    }
    switch (message.kind) {
      case "started":
        this.started.resolve(message)
        break
      case "replayed":
        this.settle(message.seq)?.resolve(message.id)
        break
      case "changed":
        this.settle(message.seq)?.resolve(message)
        break
      case "refused":
        this.settle(message.seq)?.reject(toRefusal(message))
        break
      case "pieces":
        this.uploads.stored(message.id, message.seq)
        break
      case "pieceRefused":
        this.uploads.refused(message.id, toRefusal(message))
        break
      case "ended":
        for (const id of message.ids) this.watchers.notify(id)
        break
      case "pulse":
        this.reportedTrouble = message.trouble
        break
      case "readings":
        this.reading?.resolve(message.readings)
        this.reading = null
        break
      case "over":
        this.events.onOver(message)
        break
      case "channel":
        this.streams.connect(message.port)
        break
      case "drained":
        this.isDrained = true
        // No job will end any more: waiting requests must not delay the stop.
        this.watchers.notifyAll()
        this.drained.resolve(message)
        break
    }
  }
}

/** Seconds until a retry, for refusals of the engine that do not say. */
const retryAfters: Partial<Record<ErrorCode, number>> = { store_unavailable: 1, shutting_down: 5, queue_full: 5 }

function toRefusal({ code, message, retryAfter }: { code: ErrorCode; message: string; retryAfter?: number }) {
  const seconds = retryAfter ?? retryAfters[code]
  return new GatewayError(code, message, seconds === undefined ? {} : { retryAfter: seconds })
}
